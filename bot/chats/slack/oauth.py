"""Installation in many workspaces: the OAuth v2 pages, and the encrypted tokens that they return.

/slack/install ──► Slack's consent page ──► /slack/oauth_redirect ──► tokens ──► installations
   (issues an encrypted state, bound to the browser)   (accepts the state once)

app_uninstalled, tokens_revoked ──► delete the tokens
expiring tokens                 ──► renew them two hours earlier, in one process only
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
from slack_sdk.oauth.installation_store import Installation as SdkInstallation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore

from bot.chats.slack.adapter import PLATFORM
from bot.chats.slack.errors import SDK_ERRORS, delivery_error_from
from bot.chats.slack.token_encryption import TokenCipher
from bot.chats.slack.workspace import Clients, Workspace
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.installations import (
    Installation,
    end_installation,
    find_installation,
    list_installations,
    renew_installation,
    save_installation,
)
from bot.store.leases import acquire_lease
from bot.store.updates import claim_update

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
"""The permissions that the app requests. docs/slack-manifest.json lists the same; docs/slack.md
explains each."""

INSTALL_PATH: Final = "/slack/install"
REDIRECT_PATH: Final = "/slack/oauth_redirect"

_STATE_TTL: Final = timedelta(minutes=10)
# Used states are recorded as processed updates of this account.
_STATE_ACCOUNT: Final = "oauth"
_STATE_BYTES: Final = 16
_RENEW_BEFORE: Final = timedelta(hours=2)
_RENEWAL_LEASE_TTL: Final = timedelta(minutes=1)

log = structlog.get_logger(__name__)


class Installations:
    """The workspaces that installed the app through the OAuth pages."""

    def __init__(
        self,
        database: Database,
        cipher: TokenCipher,
        clients: Clients,
        clock: Clock,
        *,
        client_id: str,
        client_secret: str,
        on_change: Callable[[], None],
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._clients = clients
        self._clock = clock
        self._client_id = client_id
        self._client_secret = client_secret
        self._on_change = on_change
        self._lease_owner = uuid4().hex

    async def all(self) -> list[Workspace]:
        """Return all workspaces with readable tokens. Tokens that expire soon are renewed first."""
        async with self._database.reading() as connection:
            installations = await list_installations(connection, PLATFORM)
        workspaces = []
        for installation in installations:
            current = await self._renew_if_due(installation)
            secret = self._decrypt(current)
            if secret is not None:
                workspaces.append(_to_workspace(current, secret))
        return workspaces

    async def save(self, granted: SdkInstallation) -> None:
        """Save the tokens of a new installation."""
        is_organisation = granted.is_enterprise_install
        account = granted.enterprise_id if is_organisation else granted.team_id
        name = granted.enterprise_name if is_organisation else granted.team_name
        expires_at = granted.bot_token_expires_at
        scopes = granted.bot_scopes or []
        secret = {
            "token": granted.bot_token,
            "refresh": granted.bot_refresh_token,
            "bot_user": granted.bot_user_id,
            "bot": granted.bot_id,
            "scopes": scopes if isinstance(scopes, str) else ",".join(scopes),
        }
        installation = Installation(
            PLATFORM,
            str(account),
            name or "",
            self._cipher.encrypt(json.dumps(secret)),
            self._clock(),
            datetime.fromtimestamp(expires_at, UTC) if expires_at else None,
        )
        async with self._database.writing() as connection:
            await save_installation(connection, installation)
        log.info("slack_app_installed", account=account)
        self._on_change()

    async def revoke(self, account: str, *, at: datetime) -> None:
        """Delete the tokens of a workspace that removed the app at ``at``.

        An installation after ``at`` stays.
        """
        async with self._database.writing() as connection:
            is_ended = await end_installation(
                connection, PLATFORM, account, removed_at=at, now=self._clock()
            )
        if is_ended:
            log.info("slack_app_uninstalled", account=account)
            self._on_change()

    async def issue_state(self) -> str:
        """Return a state that is valid for one installation within ten minutes."""
        nonce = secrets.token_urlsafe(_STATE_BYTES)
        state = self._cipher.encrypt(nonce, now=self._clock().timestamp())
        # Padding would have to be escaped in a URL.
        return state.rstrip("=")

    async def use_state(self, state: str) -> bool:
        """Return True if ``state`` was issued here, has not expired and was not used before."""
        padded = state + "=" * (-len(state) % 4)
        now = self._clock()
        nonce = self._cipher.decrypt(padded, now=now.timestamp(), within=_STATE_TTL)
        if nonce is None:
            return False
        async with self._database.writing() as connection:
            return await claim_update(connection, PLATFORM, _STATE_ACCOUNT, nonce, now=now)

    # ── renewal ───────────────────────────────────────────────────────────────────────────────────

    async def _renew_if_due(self, installation: Installation) -> Installation:
        """Return the installation with a token that is valid for a while."""
        now = self._clock()
        expires_at = installation.expires_at
        if expires_at is None or expires_at > now + _RENEW_BEFORE:
            return installation
        # A refresh token works once, so only one process may use it.
        async with self._database.writing() as connection:
            lease = await acquire_lease(
                connection,
                f"{PLATFORM}/{installation.account}/renew",
                owner=self._lease_owner,
                now=now,
                until=now + _RENEWAL_LEASE_TTL,
            )
            latest = await find_installation(connection, PLATFORM, installation.account)
        if (
            lease is None
            or latest is None
            or latest.encrypted_tokens != installation.encrypted_tokens
        ):
            # Another process renews the token, or has just done so.
            return latest or installation
        secret = self._decrypt(installation)
        if secret is None or not secret.get("refresh"):
            return installation
        return await self._renew(installation, secret, now=now)

    async def _renew(
        self, installation: Installation, secret: Mapping[str, Any], *, now: datetime
    ) -> Installation:
        """Exchange the refresh token and save the new tokens."""
        try:
            response = await self._clients.make().oauth_v2_access(
                client_id=self._client_id,
                client_secret=self._client_secret,
                grant_type="refresh_token",
                refresh_token=str(secret["refresh"]),
            )
        except SDK_ERRORS as error:
            problem = delivery_error_from(error)
            log.error(
                "slack_token_not_renewed", account=installation.account, problem=problem.reason
            )
            return installation
        new_secret = {
            **secret,
            "token": response["access_token"],
            "refresh": response.get("refresh_token"),
        }
        expires_at = now + timedelta(seconds=int(response.get("expires_in") or 0))
        sealed = self._cipher.encrypt(json.dumps(new_secret))
        async with self._database.writing() as connection:
            await renew_installation(connection, installation, sealed, expires_at=expires_at)
            latest = await find_installation(connection, PLATFORM, installation.account)
        return latest or installation

    def _decrypt(self, installation: Installation) -> dict[str, Any] | None:
        """Return the tokens of an installation, or None if no key matches."""
        text = self._cipher.decrypt(installation.encrypted_tokens)
        if text is None:
            log.error(
                "slack_tokens_unreadable",
                account=installation.account,
                hint="append the previous key to TOCSIN_SECRET_KEY, or install the app again",
            )
            return None
        secret: dict[str, Any] = json.loads(text)
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
    """Return Bolt's installation pages, with our installations and states behind them."""
    logger = clients.logger
    settings = AsyncOAuthSettings(
        client_id=client_id,
        client_secret=client_secret,
        scopes=list(SCOPES),
        user_scopes=[],
        redirect_uri=public_url.rstrip("/") + REDIRECT_PATH,
        install_path=INSTALL_PATH,
        redirect_uri_path=REDIRECT_PATH,
        installation_store=_InstallationStore(installations, logger),
        state_store=_StateStore(installations, logger),
        state_expiration_seconds=int(_STATE_TTL.total_seconds()),
        authorization_url=authorize_url or None,
        logger=logger,
    )
    return AsyncOAuthFlow(settings=settings, client=clients.make(), logger=logger)


class _InstallationStore(AsyncInstallationStore):
    """The store that Bolt's pages call after a successful installation."""

    def __init__(self, installations: Installations, logger: logging.Logger) -> None:
        self._installations = installations
        self._logger = logger

    @property
    def logger(self) -> logging.Logger:
        return self._logger

    async def async_save(self, installation: SdkInstallation) -> None:
        await self._installations.save(installation)


class _StateStore(AsyncOAuthStateStore):
    """The store that Bolt's pages call for states."""

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


def _to_workspace(installation: Installation, secret: Mapping[str, Any]) -> Workspace:
    scopes = str(secret.get("scopes") or "").split(",")
    return Workspace(
        account=installation.account,
        name=installation.name,
        bot_user=str(secret.get("bot_user") or ""),
        token=str(secret.get("token") or ""),
        bot=str(secret.get("bot") or ""),
        scopes=frozenset(scope for scope in scopes if scope),
    )
