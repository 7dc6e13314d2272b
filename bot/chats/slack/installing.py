"""Installing in many workspaces: the pages of OAuth v2, and the tokens that it brings, kept sealed.

/slack/install ──► Slack's consent page ──► /slack/oauth_redirect ──► tokens ──► installations
      (a state, sealed and bound to the browser)   (the state, once)

app_uninstalled, tokens_revoked ──► the tokens are forgotten, whichever comes first
tokens that expire ──► renewed two hours before, by one process
"""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import Installation as Installed
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.chats.slack.chat import PLATFORM
from bot.chats.slack.refusals import TROUBLE, refusal
from bot.chats.slack.sealing import Seal
from bot.chats.slack.workspace import Clients, Workspace
from bot.clock import Clock
from bot.store import Database
from bot.store.installations import (
    Installation,
    end_installation,
    find_installation,
    list_installations,
    renew_installation,
    save_installation,
)
from bot.store.leases import take_lease
from bot.store.updates import first_time

SCOPES: Final = (
    "app_mentions:read",
    "channels:history",
    "channels:join",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "files:write",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "users:read",
)
"""What the app asks for; docs/slack-manifest.json says the same, and docs/slack.md what for."""

INSTALL_PATH: Final = "/slack/install"
REDIRECT_PATH: Final = "/slack/oauth_redirect"

_STATE_LIVES: Final = timedelta(minutes=10)
_STATES: Final = "oauth"  # whose updates the states that were used are
_RENEW_BEFORE: Final = timedelta(hours=2)
_RENEWING: Final = timedelta(minutes=1)  # that one process has for it

log = structlog.get_logger(__name__)


class Installations:
    """The workspaces that others have installed the app in."""

    def __init__(
        self,
        database: Database,
        seal: Seal,
        clients: Clients,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        on_change: Callable[[], None],
    ) -> None:
        self._database = database
        self._seal = seal
        self._clients = clients
        self._clock = clock
        self._client_id = client_id
        self._client_secret = client_secret
        self._on_change = on_change
        self._owner = uuid4().hex

    async def all(self) -> list[Workspace]:
        """Every one whose tokens can be read, renewed where they are about to expire."""
        async with self._database.reading() as connection:
            known = await list_installations(connection, PLATFORM)
        found = []
        for one in known:
            renewed = await self._renewed(one)
            secret = self._read(renewed)
            if secret is not None:
                found.append(_workspace(renewed, secret))
        return found

    async def save(self, installed: Installed) -> None:
        """Keep what an installation brought."""
        whole = installed.is_enterprise_install
        account = installed.enterprise_id if whole else installed.team_id
        name = installed.enterprise_name if whole else installed.team_name
        expires = installed.bot_token_expires_at
        scopes = installed.bot_scopes or []
        secret = {
            "token": installed.bot_token,
            "refresh": installed.bot_refresh_token,
            "bot_user": installed.bot_user_id,
            "bot": installed.bot_id,
            "scopes": scopes if isinstance(scopes, str) else ",".join(scopes),
        }
        one = Installation(
            PLATFORM,
            str(account),
            name or "",
            self._seal.close(json.dumps(secret)),
            self._clock(),
            datetime.fromtimestamp(expires, UTC) if expires else None,
        )
        async with self._database.writing() as connection:
            await save_installation(connection, one)
        log.info("installed in a workspace", account=account)
        self._on_change()

    async def ended(self, account: str, *, at: datetime) -> None:
        """The app was removed from a workspace at ``at``: forget its tokens."""
        async with self._database.writing() as connection:
            had = await end_installation(connection, PLATFORM, account, at=at, now=self._clock())
        if had:
            log.info("removed from a workspace", account=account)
            self._on_change()

    async def issue_state(self) -> str:
        """A state that is good for one installation, for ten minutes."""
        sealed = self._seal.close(secrets.token_urlsafe(16), now=self._clock().timestamp())
        return sealed.rstrip("=")

    async def use_state(self, state: str) -> bool:
        """Whether ``state`` is ours, fresh, and used for the first time."""
        padded = state + "=" * (-len(state) % 4)
        now = self._clock()
        nonce = self._seal.open(padded, now=now.timestamp(), within=_STATE_LIVES)
        if nonce is None:
            return False
        async with self._database.writing() as connection:
            return await first_time(connection, PLATFORM, _STATES, nonce, now=now)

    # ── renewing ──────────────────────────────────────────────────────────────────────────────────

    async def _renewed(self, one: Installation) -> Installation:
        now = self._clock()
        if one.expires_at is None or one.expires_at > now + _RENEW_BEFORE:
            return one
        async with self._database.writing() as connection:
            name = f"{PLATFORM}/{one.account}/renew"
            mine = await take_lease(
                connection, name, owner=self._owner, now=now, until=now + _RENEWING
            )
            latest = await find_installation(connection, PLATFORM, one.account)
        if mine is None or latest is None or latest.sealed != one.sealed:
            return latest or one  # another process does it, or has done it
        secret = self._read(one)
        if secret is None or not secret.get("refresh"):
            return one
        try:
            answer = await self._clients.make().oauth_v2_access(
                client_id=self._client_id,
                client_secret=self._client_secret,
                grant_type="refresh_token",
                refresh_token=str(secret["refresh"]),
            )
        except TROUBLE as error:
            problem = refusal(error)
            log.error("a token cannot be renewed", account=one.account, problem=problem.reason)
            return one
        fresh = {**secret, "token": answer["access_token"], "refresh": answer.get("refresh_token")}
        until = now + timedelta(seconds=int(answer.get("expires_in") or 0))
        sealed = self._seal.close(json.dumps(fresh))
        async with self._database.writing() as connection:
            await renew_installation(connection, one, sealed, until=until)
            latest = await find_installation(connection, PLATFORM, one.account)
        return latest or one

    def _read(self, one: Installation) -> dict[str, Any] | None:
        opened = self._seal.open(one.sealed)
        if opened is None:
            log.error(
                "the tokens of a workspace cannot be read: TOCSIN_SECRET_KEY is another one;"
                " set the old one behind it, or install again",
                account=one.account,
            )
            return None
        secret: dict[str, Any] = json.loads(opened)
        return secret


def oauth_flow(
    installations: Installations,
    clients: Clients,
    *,
    client_id: str,
    client_secret: str,
    public_url: str,
    authorize_url: str = "",
) -> AsyncOAuthFlow:
    """Bolt's pages for installing, over our store."""
    logger = clients.logger
    settings = AsyncOAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=list(SCOPES),
        user_scopes=[],
        redirect_uri=public_url.rstrip("/") + REDIRECT_PATH,
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        installation_store=_Store(installations, logger),
        state_store=_States(installations, logger),
        state_expiration_seconds=int(_STATE_LIVES.total_seconds()),
        authorization_url=authorize_url or None,
        logger=logger,
    )
    return AsyncOAuthFlow(settings=settings, client=clients.make(), logger=logger)


class _Store(AsyncInstallationStore):
    """What Bolt's pages call when an installation succeeded."""

    def __init__(self, installations: Installations, logger: logging.Logger) -> None:
        self._installations = installations
        self._logger = logger

    @property
    def logger(self) -> logging.Logger:
        return self._logger

    async def async_save(self, installation: Installed) -> None:
        await self._installations.save(installation)


class _States(AsyncOAuthStateStore):
    """What Bolt's pages call for states."""

    def __init__(self, installations: Installations, logger: logging.Logger) -> None:
        self._installations = installations
        self._logger = logger

    @property
    def logger(self) -> logging.Logger:
        return self._logger

    async def async_issue(self, *_: object, **__: object) -> str:
        return await self._installations.issue_state()

    async def async_consume(self, state: str) -> bool:
        return await self._installations.use_state(state)


def _workspace(one: Installation, secret: Mapping[str, Any]) -> Workspace:
    scopes = str(secret.get("scopes") or "").split(",")
    return Workspace(
        account=one.account,
        name=one.name,
        bot_user=str(secret.get("bot_user") or ""),
        token=str(secret.get("token") or ""),
        bot=str(secret.get("bot") or ""),
        scopes=frozenset(scope for scope in scopes if scope),
    )
