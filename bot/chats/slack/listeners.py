"""The Bolt app: store each request, acknowledge it, and handle it as a background task.

Socket Mode, signed HTTP ──► Bolt: check signature, find workspace ──► RequestInbox ──► ack
                                                                           └──► handler (request_kinds)
Requests that change nothing, such as typing in a modal, are acknowledged first and not stored.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.chats.slack.adapter import SlackAdapter
from bot.chats.slack.app_home import AppHome, validate_topic
from bot.chats.slack.channel_events import CHANNEL_EVENTS
from bot.chats.slack.inbox import RequestInbox, RequestTask
from bot.chats.slack.payloads import (
    CHANNEL_INPUT,
    TOPIC_INPUT,
    MessageRequest,
    Payload,
    ViewState,
    get_dict,
    get_str,
    parse_button,
    parse_modal,
)
from bot.chats.slack.request_kinds import IS_EVENT, SUMMARISE, VERB_ACTION, kind_of
from bot.chats.slack.requests import RequestHandler
from bot.chats.slack.schedule_modal import SCHEDULE_MODAL, validate_schedule_modal
from bot.chats.slack.views import (
    ADD_ACTION,
    INVITE_ACTION,
    NEW_TOPIC,
    PAGE_ACTION,
    REFRESH_ACTION,
)
from bot.chats.slack.workspace import Clients
from bot.conversation.cards.overview import SCHEDULE_ACTION
from bot.runtime.tasks import TaskPool

UninstallCallback = Callable[[Payload], Awaitable[None]]
"""Called when a workspace removes the app or revokes its tokens."""

_NOT_INSTALLED_TEXT: Final = "Tocsin is not installed in this workspace."
_INVITE_ACTION: Final = re.compile(rf"^{re.escape(INVITE_ACTION)}#\d+$")
_PAGE_ACTION: Final = re.compile(rf"^({re.escape(REFRESH_ACTION)}|{re.escape(PAGE_ACTION)}:\d+)$")
_SCHEDULE_ACTION: Final = re.compile(rf"^{SCHEDULE_ACTION}#\d+$")
_ANY: Final = re.compile(".*")
_MAX_LOGGED_TYPE_CHARS: Final = 40
_UNAVAILABLE: Final = 503

log = structlog.get_logger(__name__)


# ── active workspaces ────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ActiveWorkspace:
    """A workspace with the components that handle its requests."""

    adapter: SlackAdapter
    requests: RequestHandler
    app_home: AppHome
    inbox: RequestInbox


class WorkspaceRegistry:
    """The active workspaces by account. A request is only handled with its own workspace's token."""

    def __init__(self) -> None:
        self._workspaces: dict[str, ActiveWorkspace] = {}

    def __iter__(self) -> Iterator[ActiveWorkspace]:
        # A copy, because workspaces may be added or removed during the iteration.
        return iter(list(self._workspaces.values()))

    def add(self, workspace: ActiveWorkspace) -> None:
        """Handle the requests of a workspace from now on."""
        self._workspaces[workspace.adapter.account] = workspace

    def remove(self, account: str) -> None:
        """Stop handling the requests of a workspace."""
        self._workspaces.pop(account, None)

    def find(self, team: str | None, enterprise: str | None) -> ActiveWorkspace | None:
        """Return the workspace's own installation, else the one of its organisation, if any."""
        workspace = self._workspaces.get(team or "")
        return workspace if workspace is not None else self._workspaces.get(enterprise or "")


# ── the Bolt app ─────────────────────────────────────────────────────────────────────────────────


def bolt_app(
    accounts: WorkspaceRegistry,
    request_tasks: TaskPool,
    clients: Clients,
    *,
    signing_secret: str,
    on_removed: UninstallCallback,
) -> AsyncApp:
    """Return the Bolt app with all listeners."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        active = accounts.find(team_id, enterprise_id)
        if active is None:
            return None
        workspace = active.adapter.workspace
        return AuthorizeResult(
            enterprise_id=enterprise_id,
            team_id=team_id,
            bot_token=workspace.token,
            bot_id=workspace.bot,
            bot_user_id=workspace.bot_user,
        )

    app = AsyncApp(
        name="tocsin",
        signing_secret=signing_secret,
        client=clients.make(),
        # Bolt expects None for an unknown workspace, but its type hints exclude None.
        authorize=authorize,  # type: ignore[arg-type]
        user_facing_authorize_error_message=_NOT_INSTALLED_TEXT,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        logger=clients.logger,
    )
    listeners = Listeners(accounts, request_tasks, on_removed)
    app.use(listeners.store)
    # Bolt calls the first listener that matches, so the catch-all patterns come last.
    app.command(re.compile(r"^/"))(listeners.acknowledge)
    app.shortcut(NEW_TOPIC)(listeners.new_topic)
    app.shortcut(SUMMARISE)(listeners.acknowledge)
    app.shortcut(_ANY)(listeners.ignore)
    app.action(TOPIC_INPUT[1])(listeners.topic_input)
    app.action(ADD_ACTION)(listeners.add_topic)
    app.action(_INVITE_ACTION)(listeners.acknowledge)
    app.action(_PAGE_ACTION)(listeners.show_page)
    app.action(_SCHEDULE_ACTION)(listeners.open_schedule)
    app.action(VERB_ACTION)(listeners.acknowledge)
    app.action(CHANNEL_INPUT[1])(listeners.ignore)
    app.action(_ANY)(listeners.ignore)
    app.view(NEW_TOPIC)(listeners.topic_submitted)
    app.view(SCHEDULE_MODAL)(listeners.schedule_submitted)
    app.view(_ANY)(listeners.ignore)
    app.event(re.compile("^(app_mention|message)$"))(listeners.acknowledge_event)
    app.event("app_home_opened")(listeners.home_opened)
    app.event(re.compile("^(app_uninstalled|tokens_revoked)$"))(listeners.uninstalled)
    app.event(CHANNEL_EVENTS)(listeners.acknowledge_event)
    app.event(_ANY)(listeners.ignore_event)
    return app


class Listeners:
    """The listeners that Bolt calls.

    Bolt passes arguments by name, so the parameter names are fixed. Slack waits three seconds for
    the acknowledgement, so each listener sends it before it starts any work.
    """

    def __init__(
        self, accounts: WorkspaceRegistry, request_tasks: TaskPool, on_removed: UninstallCallback
    ) -> None:
        self._accounts = accounts
        self._request_tasks = request_tasks
        self._on_removed = on_removed

    # ── requests that are stored ──────────────────────────────────────────────────────────────────

    async def store(
        self, body: Payload, context: AsyncBoltContext, next_: Callable[[], Awaitable[object]]
    ) -> BoltResponse | None:
        """Store a request before a listener acknowledges it; its handler runs in the background."""
        kind = kind_of(body)
        workspace = self._find_workspace(context) if kind else None
        if workspace is not None:
            is_stored = await workspace.inbox.accept(kind, body)
            if kind in IS_EVENT and not is_stored:
                # Slack sends the event again.
                return BoltResponse(status=_UNAVAILABLE, body="")
        await next_()
        return None

    async def acknowledge(self, ack: AsyncAck) -> None:
        """Acknowledge a request that was stored."""
        await ack()

    async def acknowledge_event(self) -> None:
        """Do nothing: Bolt acknowledges events itself."""

    # ── shortcuts ─────────────────────────────────────────────────────────────────────────────────

    async def new_topic(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        """Handle the shortcut that opens the modal for a new topic."""
        await ack()
        trigger_id = str(body.get("trigger_id") or "")
        user = get_str(get_dict(body, "user"), "id")
        self._dispatch(
            context,
            lambda workspace: workspace.app_home.open_topic_modal(user, trigger_id, ViewState()),
        )

    # ── buttons ───────────────────────────────────────────────────────────────────────────────────

    async def add_topic(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        """Handle the button of App Home that opens the modal for a new topic."""
        await ack()
        request = parse_button(body)
        state = ViewState(chat=request.state.chat, from_home=True)
        self._dispatch(
            context,
            lambda workspace: workspace.app_home.open_topic_modal(
                request.user, request.trigger_id, state
            ),
        )

    async def open_schedule(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        """Handle the buttons of App Home that open the schedule modal."""
        await ack()
        request = parse_button(body)
        self._dispatch(context, lambda workspace: workspace.app_home.open_schedule_modal(request))

    async def show_page(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        """Handle the buttons of App Home that change or refresh the page."""
        await ack()
        request = parse_button(body)
        self._dispatch(context, lambda workspace: workspace.app_home.show_page(request))

    # ── modals ────────────────────────────────────────────────────────────────────────────────────

    async def topic_input(self, ack: AsyncAck, body: Payload, context: AsyncBoltContext) -> None:
        """Handle a character typed into the topic field."""
        await ack()
        request = parse_modal(body)
        self._dispatch(context, lambda workspace: workspace.app_home.handle_input(request))

    async def topic_submitted(self, ack: AsyncAck, body: Payload) -> None:
        """Handle the submitted modal for a new topic; reject an invalid topic."""
        problem = validate_topic(parse_modal(body).text)
        if problem:
            # Slack shows field errors only if they come with the acknowledgement.
            await ack(response_action="errors", errors={TOPIC_INPUT[0]: problem})
            return
        await ack()

    async def schedule_submitted(self, ack: AsyncAck, body: Payload) -> None:
        """Handle the submitted schedule modal; reject invalid quiet hours."""
        problems = validate_schedule_modal(body)
        if problems:
            await ack(response_action="errors", errors=problems)
            return
        await ack()

    # ── events, which Bolt acknowledges itself ────────────────────────────────────────────────────

    async def home_opened(self, body: Payload, context: AsyncBoltContext) -> None:
        """Handle that a user opens App Home."""
        event = body.get("event") or {}
        # Slack sends the same event for the messages tab.
        if event.get("tab") != "home":
            return
        request = MessageRequest(
            id=str(body.get("event_id") or ""),
            channel=str(event.get("channel") or ""),
            user=str(event.get("user") or ""),
            user_name="",
            text="",
        )
        self._dispatch(context, lambda workspace: workspace.app_home.handle_opened(request))

    async def uninstalled(self, body: Payload) -> None:
        """Handle that a workspace removes the app or revokes its tokens."""
        self._request_tasks.start(_as_coroutine(self._on_removed(body)))

    # ── unknown requests ──────────────────────────────────────────────────────────────────────────

    async def ignore(self, ack: AsyncAck, body: Payload) -> None:
        """Acknowledge an unknown request, such as a button of an older version."""
        await ack()
        log.info(
            "slack_request_ignored", request_type=str(body.get("type"))[:_MAX_LOGGED_TYPE_CHARS]
        )

    async def ignore_event(self, body: Payload) -> None:
        """Ignore an unknown event."""
        event_type = str((body.get("event") or {}).get("type"))
        log.info("slack_event_ignored", event_type=event_type[:_MAX_LOGGED_TYPE_CHARS])

    def _dispatch(
        self, context: AsyncBoltContext, handle: Callable[[ActiveWorkspace], RequestTask]
    ) -> None:
        """Start ``handle`` for the workspace of the request as a background task."""
        workspace = self._find_workspace(context)
        if workspace is not None:
            self._request_tasks.start(handle(workspace))

    def _find_workspace(self, context: AsyncBoltContext) -> ActiveWorkspace | None:
        return self._accounts.find(context.team_id, context.enterprise_id)


async def _as_coroutine(work: Awaitable[None]) -> None:
    await work
