"""Slack, for this process: its workspaces, the ways in, and what all of them share.

token in the settings ──► identify ─┐
installations ──────────────────────┼──► SlackChat ──► Host: a Sender each ──► Served: desk, homes
                                    │                                             ▲
           Socket Mode, signed HTTP ──► Bolt ──► whose is it? ────────────────────┘
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.chats.adapter import ChatAdapter, Outlet
from bot.chats.slack.accounts import Accounts, Served
from bot.chats.slack.answering import Answering
from bot.chats.slack.bodies import Body
from bot.chats.slack.chat import Door, SlackChat
from bot.chats.slack.desk import Desk, Rules
from bot.chats.slack.errands import Errands
from bot.chats.slack.files import Files
from bot.chats.slack.home import STILL, Followed, Homes
from bot.chats.slack.installing import SCOPES, Installations, oauth_flow
from bot.chats.slack.listeners import bolt_app
from bot.chats.slack.people import People
from bot.chats.slack.replying import PATIENCE, Replying
from bot.chats.slack.sealing import Seal
from bot.chats.slack.socket_door import SocketDoor
from bot.chats.slack.uploads import Uploads
from bot.chats.slack.web_door import event_routes, install_routes
from bot.chats.slack.workspace import Clients, Workspace, identify
from bot.clock import Clock
from bot.conversation.conversation import Conversation
from bot.errors import BotError, DeliveryError, Gone, Scope
from bot.store import Database

LOOK_AGAIN: Final = 60.0
"""Seconds between looks at the installations: another process may have added one."""

_PAUSES: Final = (2.0, 10.0, 30.0, 60.0)  # seconds after Slack could not be reached
_HALT: Final = 300.0  # seconds after a token that was refused
_GRACE: Final = 3.0  # seconds for the answers that are under way at the end

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SlackOptions:
    """What the settings say. Empty texts switch off what needs them."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    base_url: str = ""
    public_url: str = ""
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    rules: Rules = field(default_factory=Rules)
    patience: float = PATIENCE
    still: float = STILL

    @property
    def is_installed_by_others(self) -> bool:
        """Whether other workspaces may install the app."""
        return bool(self.client_id and self.client_secret and self.public_url)


class Host(Protocol):
    """Who runs a Sender for each account."""

    def start(self, adapter: ChatAdapter) -> Outlet:
        """Send and listen for an account from now on."""

    async def end(self, adapter: ChatAdapter) -> None:
        """Do so no more; what is queued stays queued."""


class Slack:
    """All of it. `routes` are for the web server; `run` goes on until it is stopped."""

    def __init__(
        self,
        options: SlackOptions,
        database: Database,
        conversation: Conversation,
        followed: Followed,
        host: Host,
        clock: Clock,
    ) -> None:
        """Put it together.

        Raises:
            SettingsError: others may install the app, and there is no key to seal their tokens with.
        """
        self._options = options
        self._conversation = conversation
        self._followed = followed
        self._host = host
        self._clients = Clients(options.base_url)
        self._answering = Answering(self._clients)
        self._accounts = Accounts()
        self._errands = Errands()
        self._changed = asyncio.Event()
        self._clock = clock
        self._installations = (
            Installations(
                database,
                Seal(options.secret_keys),
                self._clients,
                clock,
                client_id=options.client_id,
                client_secret=options.client_secret,
                on_change=self._changed.set,
            )
            if options.is_installed_by_others
            else None
        )
        self._installed: dict[str, SlackChat] = {}

    @property
    def accounts(self) -> Accounts:
        """The workspaces that are served now."""
        return self._accounts

    @property
    def errands(self) -> Errands:
        """What is being answered now."""
        return self._errands

    def routes(self) -> list[web.RouteDef]:
        """What the web server mounts; needs a running loop. Nothing without a signing secret."""
        if not self._options.signing_secret:
            return []
        routes = event_routes(self._app())
        if self._installations is not None:
            base = self._options.base_url.rstrip("/").removesuffix("/api")
            flow = oauth_flow(
                self._installations,
                self._clients,
                client_id=self._options.client_id,
                client_secret=self._options.client_secret,
                public_url=self._options.public_url,
                authorize_url=f"{base}/oauth/v2/authorize" if base else "",
            )
            routes += install_routes(flow)
        return routes

    async def run(self, stop: asyncio.Event) -> None:
        """Serve every workspace until ``stop``."""
        try:
            serving = [asyncio.ensure_future(self._serve_own(stop))]
            if self._installations is not None:
                serving.append(asyncio.ensure_future(self._serve_installed(stop)))
            try:
                await asyncio.gather(*serving)
                await stop.wait()
            finally:
                for task in serving:
                    task.cancel()
        finally:
            await self._errands.close(_GRACE)
            await self._clients.close()

    # ── whom it serves ────────────────────────────────────────────────────────────────────────────

    async def _serve_own(self, stop: asyncio.Event) -> None:
        """The workspace whose token is in the settings, as soon as Slack says which it is."""
        if not self._options.bot_token:
            return
        tries = 0
        while not stop.is_set():
            try:
                workspace = await identify(self._clients.make(self._options.bot_token))
            except DeliveryError as error:
                refused = isinstance(error, Gone) and error.scope is Scope.ACCOUNT
                if refused or not tries:
                    log.error("Slack does not let us in yet", problem=error.reason)
                pause = _HALT if refused else _PAUSES[min(tries, len(_PAUSES) - 1)]
                tries += 1
                await _either(stop, pause)
                continue
            door = None
            if self._options.app_token:
                door = SocketDoor(self._app(), self._clients, self._options.app_token)
            self._serve(workspace, door)
            return

    async def _serve_installed(self, stop: asyncio.Event) -> None:
        """The workspaces that others installed the app in, as they come and go."""
        while not stop.is_set():
            self._changed.clear()
            try:
                await self._follow_installations()
            except BotError as error:
                log.error("cannot read where Slack is installed", problem=str(error))
            woken = asyncio.ensure_future(self._changed.wait())
            stopping = asyncio.ensure_future(stop.wait())
            try:
                await asyncio.wait(
                    {woken, stopping}, timeout=LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                woken.cancel()
                stopping.cancel()

    async def _follow_installations(self) -> None:
        if self._installations is None:
            return
        found = {one.account: one for one in await self._installations.all()}
        for account in [account for account in self._installed if account not in found]:
            self._accounts.remove(account)
            await self._host.end(self._installed.pop(account))
        for account, workspace in found.items():
            chat = self._installed.get(account)
            if chat is not None:
                chat.renew(workspace)
            elif self._accounts.find(account, None) is None:  # not the one in the settings
                self._installed[account] = self._serve(workspace, None)

    def _serve(self, workspace: Workspace, door: Door | None) -> SlackChat:
        chat = SlackChat(workspace, self._clients.make(workspace.token), door)
        outlet = self._host.start(chat)
        replying = Replying(
            outlet,
            self._answering,
            People(chat),
            Uploads(chat, outlet, self._clients),
            patience=self._options.patience,
        )
        desk = Desk(
            chat,
            outlet,
            self._conversation,
            replying,
            Files(chat, self._clients),
            self._options.rules,
        )
        homes = Homes(desk, self._followed, self._clock, still=self._options.still)
        self._accounts.add(Served(chat, desk, homes))
        lacking = ", ".join(chat.workspace.lacks(SCOPES))
        if lacking:
            log.warning("lacks permissions", account=workspace.account, permissions=lacking)
        log.info("serves a workspace on Slack", account=workspace.account, name=workspace.name)
        return chat

    # ── whom it serves no more ────────────────────────────────────────────────────────────────────

    async def _removed(self, body: Body) -> None:
        """``app_uninstalled`` or ``tokens_revoked``: in any order, late, and twice."""
        event = body.get("event") or {}
        account = self._account_of(body)
        if event.get("type") == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            return  # a person's, of which we have none
        chat = self._installed.get(account)
        if chat is None or self._installations is None:
            if self._accounts.find(account, None) is not None:
                log.error(
                    "the app was removed from the workspace; install it again", account=account
                )
            return
        at = self._clock()
        try:
            await identify(chat.client)
        except DeliveryError as error:
            if not (isinstance(error, Gone) and error.scope is Scope.ACCOUNT):
                seconds = body.get("event_time")
                at = datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) else at
            await self._installations.ended(account, at=at)
        else:
            log.info("a removal that is over: the token works", account=account)

    def _account_of(self, body: Body) -> str:
        for name in ("team_id", "enterprise_id"):
            account = body.get(name)
            if isinstance(account, str) and self._accounts.find(account, None) is not None:
                return account
        return str(body.get("team_id") or body.get("enterprise_id") or "")

    def _app(self) -> AsyncApp:
        return bolt_app(
            self._accounts,
            self._errands,
            self._clients,
            signing_secret=self._options.signing_secret,
            on_removed=self._removed,
        )


async def _either(stop: asyncio.Event, seconds: float) -> None:
    """Wait for so long, or until ``stop``."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
