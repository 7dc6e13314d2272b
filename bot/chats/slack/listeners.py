"""The Bolt app: each kind of request is acknowledged at once, and then handed to its workspace's desk.

Socket Mode, signed HTTP ──► Bolt: signature, workspace ──► ack ──► errand ──► Desk, Homes, life
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext

from bot.chats.slack import life
from bot.chats.slack.accounts import Accounts, Served
from bot.chats.slack.bodies import Body
from bot.chats.slack.errands import Errands
from bot.chats.slack.home import unreadable
from bot.chats.slack.incoming import (
    TOPIC,
    WHERE,
    Asked,
    Memory,
    asked_about_message,
    asked_by_command,
    asked_by_event,
    filled,
    pressed,
)
from bot.chats.slack.timing_view import TIMING, chosen, problems_of
from bot.chats.slack.views import ADD, INVITE, NEW_TOPIC, PAGE_TO, REFRESH
from bot.chats.slack.workspace import Clients
from bot.conversation.overview import WHEN

SUMMARISE: Final = "summarise_message"
"""The callback id of the shortcut in a message's menu."""

Work = Coroutine[Any, Any, None]
Removed = Callable[[Body], Awaitable[None]]
"""What is told that the app was removed from a workspace, or its tokens."""

_NOT_INSTALLED: Final = "Tocsin is not installed in this workspace, or not any more."
_VERB: Final = re.compile(r"^[a-z_]+#\d+$")

log = structlog.get_logger(__name__)


def bolt_app(
    accounts: Accounts,
    errands: Errands,
    clients: Clients,
    *,
    signing_secret: str,
    on_removed: Removed,
) -> AsyncApp:
    """The app, with all its listeners."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult | None:
        served = accounts.find(team_id, enterprise_id)
        if served is None:
            return None
        workspace = served.chat.workspace
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
        authorize=authorize,  # type: ignore[arg-type]  # None is what Bolt expects for nobody
        user_facing_authorize_error_message=_NOT_INSTALLED,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
        logger=clients.logger,
    )
    listen = Listeners(accounts, errands, on_removed)
    app.command(re.compile(r"^/"))(listen.command)
    app.shortcut(NEW_TOPIC)(listen.new_topic)
    app.shortcut(SUMMARISE)(listen.summarise)
    app.shortcut(re.compile(".*"))(listen.ignore)
    app.action(TOPIC[1])(listen.typing)
    app.action(ADD)(listen.add)
    app.action(re.compile(rf"^{re.escape(INVITE)}#\d+$"))(listen.invite)
    app.action(re.compile(rf"^({re.escape(REFRESH)}|{re.escape(PAGE_TO)}:\d+)$"))(listen.turn_page)
    app.action(re.compile(rf"^{WHEN}#\d+$"))(listen.timing)
    app.action(_VERB)(listen.press)
    app.action(WHERE[1])(listen.ignore)
    app.action(re.compile(".*"))(listen.ignore)
    app.view(NEW_TOPIC)(listen.submit)
    app.view(TIMING)(listen.timed)
    app.view(re.compile(".*"))(listen.ignore)
    app.event("app_mention")(listen.mention)
    app.event("message")(listen.message)
    app.event("app_home_opened")(listen.home)
    app.event(re.compile("^(app_uninstalled|tokens_revoked)$"))(listen.removed)
    app.event(life.EVENTS)(listen.life)
    app.event(re.compile(".*"))(listen.ignore_event)
    return app


class Listeners:
    """What Bolt calls. Their arguments go by Bolt's names; each acknowledges before anything else."""

    def __init__(self, accounts: Accounts, errands: Errands, on_removed: Removed) -> None:
        self._accounts = accounts
        self._errands = errands
        self._on_removed = on_removed

    async def command(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """`/tocsin …`."""
        await ack()
        self._begin(context, lambda it: it.desk.command(asked_by_command(body)))

    async def new_topic(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """The shortcut that opens the modal."""
        await ack()
        trigger = str(body.get("trigger_id") or "")
        self._begin(context, lambda it: it.homes.open_modal(trigger, Memory()))

    async def summarise(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """The shortcut in a message's menu."""
        await ack()
        self._begin(context, lambda it: it.desk.summarise(asked_about_message(body)))

    async def press(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """A button of a card."""
        await ack()
        one = pressed(body)
        self._begin(context, lambda it: (it.homes if one.in_home else it.desk).press(one))

    async def add(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """App Home's button that opens the modal."""
        await ack()
        one = pressed(body)
        memory = Memory(chat=one.memory.chat, from_home=True)
        self._begin(context, lambda it: it.homes.open_modal(one.trigger, memory))

    async def turn_page(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """App Home's buttons for another page, or a fresh one."""
        await ack()
        self._begin(context, lambda it: it.homes.turn_page(pressed(body)))

    async def invite(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """The button that brings us into a channel."""
        await ack()
        self._begin(context, lambda it: it.desk.invite(pressed(body)))

    async def typing(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """A letter in the modal."""
        await ack()
        self._begin(context, lambda it: it.homes.typing(filled(body)))

    async def submit(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """The modal is handed in: refused at once where the topic cannot be read."""
        one = filled(body)
        problem = unreadable(one.text)
        if problem:
            await ack(response_action="errors", errors={TOPIC[0]: problem})
            return
        await ack()
        self._begin(context, lambda it: it.homes.submitted(one))

    async def timing(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """App Home's button that asks when a topic is to come."""
        await ack()
        self._begin(context, lambda it: it.homes.open_timing(pressed(body)))

    async def timed(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """It was said when a topic is to come: refused at once where that makes no sense."""
        problems = problems_of(body)
        if problems:
            await ack(response_action="errors", errors=problems)
            return
        await ack()
        self._begin(context, lambda it: it.homes.timed(chosen(body)))

    async def mention(self, body: Body, context: AsyncBoltContext) -> None:
        """`@Tocsin …`."""
        self._heard(body, context, direct=False)

    async def message(self, body: Body, context: AsyncBoltContext) -> None:
        """A direct message; what is said in channels is none of our business."""
        if (body.get("event") or {}).get("channel_type") == "im":
            self._heard(body, context, direct=True)

    async def home(self, body: Body, context: AsyncBoltContext) -> None:
        """Somebody opens App Home."""
        event = body.get("event") or {}
        if event.get("tab") != "home":
            return
        asked = Asked(
            id=str(body.get("event_id") or ""),
            channel=str(event.get("channel") or ""),
            user=str(event.get("user") or ""),
            user_name="",
            text="",
        )
        self._begin(context, lambda it: it.homes.opened(asked))

    async def life(self, body: Body, context: AsyncBoltContext) -> None:
        """A channel comes, goes or changes."""
        self._begin(context, lambda it: life.happened(it.chat, it.desk.outlet, body))

    async def removed(self, body: Body) -> None:
        """The app, or its tokens, were removed from a workspace."""
        self._errands.start(_awaited(self._on_removed(body)))

    async def ignore(self, ack: AsyncAck, body: Body) -> None:
        """Something that is none of ours, such as a button of an older version."""
        await ack()
        log.info("something unknown comes from Slack", kind=str(body.get("type"))[:40])

    async def ignore_event(self, body: Body) -> None:
        """An event that nobody here asked for."""
        kind = str((body.get("event") or {}).get("type"))[:40]
        log.info("an unknown event comes from Slack", kind=kind)

    def _heard(self, body: Body, context: AsyncBoltContext, *, direct: bool) -> None:
        served = self._served(context)
        if served is None:
            return
        asked = asked_by_event(body, me=served.chat.workspace.bot_user)
        # A mention in a direct message comes as a message, too.
        if asked is None or asked.channel.startswith("D") is not direct:
            return
        work = served.desk.message(asked) if direct else served.desk.mention(asked)
        self._errands.start(work)

    def _begin(self, context: AsyncBoltContext, work: Callable[[Served], Work]) -> None:
        served = self._served(context)
        if served is not None:
            self._errands.start(work(served))

    def _served(self, context: AsyncBoltContext) -> Served | None:
        return self._accounts.find(context.team_id, context.enterprise_id)


async def _awaited(work: Awaitable[None]) -> None:
    await work
