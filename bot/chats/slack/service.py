"""The Slack service of this process: its workspaces, their transports, and shared components.

token in the settings ──► identify ─┐
installations ──────────────────────┴─► SlackAdapter, one Sender each ──► ActiveWorkspace
                                                                                ▲
       Socket Mode, signed HTTP ──► Bolt ──► workspace of the request ──────────┘
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Final, Protocol

import structlog
from aiohttp import web
from slack_bolt.async_app import AsyncApp

from bot.chats.adapter import ChatAdapter, ReplyChannel
from bot.chats.slack.adapter import EventTransport, SlackAdapter, UserDirectory
from bot.chats.slack.app_home import PREVIEW_DEBOUNCE_SECONDS, AppHome, SubscriptionOverview
from bot.chats.slack.files import Files, Uploads
from bot.chats.slack.inbox import RequestInbox
from bot.chats.slack.listeners import ActiveWorkspace, WorkspaceRegistry, bolt_app
from bot.chats.slack.oauth import SCOPES, Installations, oauth_flow
from bot.chats.slack.payloads import Payload
from bot.chats.slack.replies import PROGRESS_NOTICE_AFTER_SECONDS, Responder
from bot.chats.slack.request_kinds import request_parsers
from bot.chats.slack.requests import ChannelPermissions, RequestHandler
from bot.chats.slack.response_urls import ResponseUrlClient
from bot.chats.slack.token_encryption import TokenCipher
from bot.chats.slack.transports import SocketModeTransport, event_routes, install_routes
from bot.chats.slack.workspace import Clients, Workspace, identify
from bot.conversation.conversation import Conversation
from bot.errors import BotError, ChatUnreachable, DeliveryError, ErrorScope
from bot.runtime.backoff import Backoff
from bot.runtime.clock import Clock
from bot.runtime.tasks import TaskPool, wait_first, wait_for_stop
from bot.store import Database

INSTALLATION_POLL_SECONDS: Final = 60.0
"""The interval at which installations are read; another process may have added one."""

_RETRY_BACKOFF: Final = Backoff(first_seconds=2.0, factor=4.0, max_seconds=60.0)
# Further requests are dropped, so that a flood cannot exhaust the memory.
_MAX_REQUESTS: Final = 500
# A rejected token stays rejected until an operator acts.
_REJECTED_TOKEN_RETRY_SECONDS: Final = 300.0
# The time that running requests have to finish at shutdown.
_SHUTDOWN_GRACE_SECONDS: Final = 3.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SlackOptions:
    """The settings for Slack. An empty value disables the features that need it."""

    bot_token: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    base_url: str = ""
    public_url: str = ""
    secret_keys: tuple[str, ...] = field(default=(), repr=False)
    rules: ChannelPermissions = field(default_factory=ChannelPermissions)
    progress_notice_after: float = PROGRESS_NOTICE_AFTER_SECONDS
    preview_debounce: float = PREVIEW_DEBOUNCE_SECONDS

    @property
    def allows_installation(self) -> bool:
        """Return True if other workspaces can install the app."""
        return bool(self.client_id and self.client_secret and self.public_url)


class SenderRegistry(Protocol):
    """The component that runs one Sender per account."""

    def start(self, adapter: ChatAdapter) -> ReplyChannel:
        """Send and listen for an account from now on."""

    async def remove(self, adapter: ChatAdapter) -> None:
        """Stop sending and listening. Queued messages stay queued."""


class Slack:
    """The Slack service. The web server mounts `routes`; `run` serves until it is stopped."""

    def __init__(
        self,
        options: SlackOptions,
        database: Database,
        conversation: Conversation,
        subscriptions: SubscriptionOverview,
        senders: SenderRegistry,
        clock: Clock,
    ) -> None:
        """Create the components.

        Raises:
            SettingsError: other workspaces can install the app, but no encryption key is set.
        """
        self._options = options
        self._conversation = conversation
        self._subscriptions = subscriptions
        self._senders = senders
        self._clients = Clients(options.base_url)
        self._response_urls = ResponseUrlClient(self._clients)
        self._accounts = WorkspaceRegistry()
        self._request_tasks = TaskPool(_MAX_REQUESTS, error_event="slack_request_failed")
        self._changed = asyncio.Event()
        self._clock = clock
        self._installations = (
            Installations(
                database,
                TokenCipher(options.secret_keys),
                self._clients,
                clock,
                client_id=options.client_id,
                client_secret=options.client_secret,
                on_change=self._changed.set,
            )
            if options.allows_installation
            else None
        )
        self._installed: dict[str, SlackAdapter] = {}

    @property
    def accounts(self) -> WorkspaceRegistry:
        """The active workspaces."""
        return self._accounts

    @property
    def request_tasks(self) -> TaskPool:
        """The running requests."""
        return self._request_tasks

    def routes(self) -> list[web.RouteDef]:
        """Return the routes for the web server; none without a signing secret. Needs a running loop."""
        if not self._options.signing_secret:
            return []
        routes = event_routes(self._app())
        if self._installations is not None:
            base_url = self._options.base_url.rstrip("/").removesuffix("/api")
            flow = oauth_flow(
                self._installations,
                self._clients,
                client_id=self._options.client_id,
                client_secret=self._options.client_secret,
                public_url=self._options.public_url,
                authorize_url=f"{base_url}/oauth/v2/authorize" if base_url else "",
            )
            routes += install_routes(flow)
        return routes

    async def run(self, stop: asyncio.Event) -> None:
        """Serve all workspaces until ``stop`` is set."""
        try:
            tasks = [asyncio.ensure_future(self._serve_configured_workspace(stop))]
            if self._installations is not None:
                tasks.append(asyncio.ensure_future(self._serve_installations(stop)))
            try:
                await asyncio.gather(*tasks)
                await stop.wait()
            finally:
                for task in tasks:
                    task.cancel()
        finally:
            await self._request_tasks.close(grace_seconds=_SHUTDOWN_GRACE_SECONDS)
            await self._clients.close()

    # ── activation ────────────────────────────────────────────────────────────────────────────────

    async def _serve_configured_workspace(self, stop: asyncio.Event) -> None:
        """Activate the workspace of the token in the settings once Slack has identified it."""
        if not self._options.bot_token:
            return
        failures = 0
        while not stop.is_set():
            try:
                workspace = await identify(self._clients.make(self._options.bot_token))
            except DeliveryError as error:
                is_rejected = _is_token_rejected(error)
                if is_rejected or not failures:
                    log.error("slack_connect_failed", problem=error.reason)
                failures += 1
                delay_seconds = _RETRY_BACKOFF.delay(failures)
                # One refusal may be wrong.
                if is_rejected and failures > 1:
                    delay_seconds = _REJECTED_TOKEN_RETRY_SECONDS
                await wait_for_stop(stop, delay_seconds)
                continue
            transport = None
            if self._options.app_token:
                transport = SocketModeTransport(self._app(), self._clients, self._options.app_token)
            self._activate(workspace, transport)
            return

    async def _serve_installations(self, stop: asyncio.Event) -> None:
        """Activate and deactivate workspaces as they install and remove the app."""
        while not stop.is_set():
            self._changed.clear()
            try:
                await self._sync_installations()
            except BotError as error:
                log.error("slack_installations_not_read", problem=str(error))
            await wait_first(
                stop.wait(), self._changed.wait(), asyncio.sleep(INSTALLATION_POLL_SECONDS)
            )

    async def _sync_installations(self) -> None:
        """Make the active workspaces match the stored installations."""
        if self._installations is None:
            return
        workspaces = {workspace.account: workspace for workspace in await self._installations.all()}
        for account in [account for account in self._installed if account not in workspaces]:
            self._accounts.remove(account)
            await self._senders.remove(self._installed.pop(account))
        for account, workspace in workspaces.items():
            adapter = self._installed.get(account)
            if adapter is not None:
                # The token may have been renewed.
                adapter.set_token(workspace)
            elif self._accounts.find(account, None) is None:
                # The workspace of the token in the settings is already active.
                self._installed[account] = self._activate(workspace, None)

    def _activate(self, workspace: Workspace, transport: EventTransport | None) -> SlackAdapter:
        """Send to a workspace and handle its requests from now on."""
        adapter = SlackAdapter(workspace, self._clients.make(workspace.token), transport)
        reply_channel = self._senders.start(adapter)
        users = UserDirectory(adapter)
        responder = Responder(
            reply_channel,
            self._response_urls,
            users,
            Uploads(adapter, reply_channel, self._clients),
            notice_after_seconds=self._options.progress_notice_after,
        )
        requests = RequestHandler(
            adapter,
            reply_channel,
            self._conversation,
            responder,
            users,
            Files(adapter, self._clients),
            self._options.rules,
        )
        app_home = AppHome(
            requests,
            self._subscriptions,
            self._clock,
            preview_debounce_seconds=self._options.preview_debounce,
        )
        inbox = RequestInbox(
            reply_channel, self._request_tasks, request_parsers(requests, app_home)
        )
        adapter.on_listen = partial(inbox.resume, is_exclusive=transport is not None)
        self._accounts.add(ActiveWorkspace(adapter, requests, app_home, inbox))
        missing_scopes = ", ".join(workspace.missing_scopes(SCOPES))
        if missing_scopes:
            log.warning(
                "slack_permissions_missing", account=workspace.account, permissions=missing_scopes
            )
        log.info("slack_workspace_connected", account=workspace.account, name=workspace.name)
        return adapter

    # ── removal ───────────────────────────────────────────────────────────────────────────────────

    async def _handle_removal(self, body: Payload) -> None:
        """Handle ``app_uninstalled`` and ``tokens_revoked``.

        Slack sends both in any order, repeats them, and may deliver them after a new installation.
        """
        event = body.get("event") or {}
        account = self._account_of(body)
        if event.get("type") == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
            # Only tokens of users were revoked. The app has none.
            return
        adapter = self._installed.get(account)
        if adapter is None or self._installations is None:
            if self._accounts.find(account, None) is not None:
                log.error("slack_app_removed", account=account, hint="install the app again")
            return
        removed_at = self._clock()
        try:
            await identify(adapter.client)
        except DeliveryError as error:
            if not _is_token_rejected(error):
                # Slack did not confirm that the token is invalid. With the time of the event, a
                # newer installation stays.
                event_time = body.get("event_time")
                if isinstance(event_time, int):
                    removed_at = datetime.fromtimestamp(event_time, UTC)
            await self._installations.revoke(account, at=removed_at)
        else:
            log.info("slack_removal_outdated", account=account)

    def _account_of(self, body: Payload) -> str:
        """Return the active account that an event names, else the workspace or organisation ID."""
        for name in ("team_id", "enterprise_id"):
            account = body.get(name)
            if isinstance(account, str) and self._accounts.find(account, None) is not None:
                return account
        return str(body.get("team_id") or body.get("enterprise_id") or "")

    def _app(self) -> AsyncApp:
        return bolt_app(
            self._accounts,
            self._request_tasks,
            self._clients,
            signing_secret=self._options.signing_secret,
            on_removed=self._handle_removal,
        )


def _is_token_rejected(error: DeliveryError) -> bool:
    return isinstance(error, ChatUnreachable) and error.scope is ErrorScope.ACCOUNT
