"""The desk of one workspace: what people do, on its way to the conversation, and the answer's way back.

/tocsin …        ─┐               ┌─► alone: the answer, to the person
mention, DM      ─┼─► conversation┼─► a direct message, or in the mention's thread
button, shortcut ─┘               └─► all: who changed what, in the channel

Everything here runs after Slack has its acknowledgement. What takes long says so, and its answer then
takes that place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import structlog

from bot.chats.adapter import Outlet, SendOptions, Sent
from bot.chats.slack.answering import Answering
from bot.chats.slack.chat import SlackChat
from bot.chats.slack.files import Files
from bot.chats.slack.incoming import Asked, Pressed
from bot.chats.slack.views import invite_blocks
from bot.chats.slack.wording import as_message, in_slack, page_to_sum_up
from bot.conversation.card import Action, Card, Piece, code, dim, line, say, strong
from bot.conversation.conversation import Conversation
from bot.conversation.request import Message, Press
from bot.errors import DeliveryError, Gone
from bot.model import Ref

PATIENCE: Final = 1.5
"""Seconds that an answer may take before it is said that it takes long."""

WORKING: Final = say(line(dim("Working on it …")))

_EVERYBODY: Final = say(
    "Everybody in a channel may change what it follows; TOCSIN_SLACK_CHANGES=admins, set by whoever"
    " runs this bot, leaves it to admins."
)
_MORE_THAN_LINKS: Final = 280  # characters beside its links that make a message worth a summary
_MOST_DIRECT: Final = 10_000  # people whose direct message is remembered

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may change what a channel follows: anyone in it, or admins alone."""

    anyone_changes: bool = True


class Desk:
    """Answers the people of one workspace."""

    def __init__(
        self,
        chat: SlackChat,
        outlet: Outlet,
        conversation: Conversation,
        answering: Answering,
        files: Files,
        rules: Rules,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self.chat = chat
        self.outlet = outlet
        self._conversation = conversation
        self._answering = answering
        self._files = files
        self._rules = rules
        self._patience = patience
        self._direct: dict[str, str] = {}  # by person: the channel of their messages with us

    # ── what people do ────────────────────────────────────────────────────────────────────────────

    async def command(self, asked: Asked) -> None:
        """`/tocsin …`: the answer is for the person alone, a change is told to the channel."""
        if not await self.is_new(asked.id):
            return
        ref = await self._where(asked.channel, asked.user)
        await self._answer_alone(asked, ref, self._hear(asked, ref))

    async def mention(self, asked: Asked) -> None:
        """`@Tocsin …` in a channel: answered in its thread, for all who read along."""
        if not await self.is_new(asked.id):
            return
        ref = self.ref(asked.channel)
        await self._answer_openly(asked, ref, thread=asked.thread or asked.ts)

    async def message(self, asked: Asked) -> None:
        """A direct message, with its files."""
        if not await self.is_new(asked.id):
            return
        self._direct[asked.user] = asked.channel
        await self._answer_openly(asked, self.ref(asked.channel), thread=asked.thread)

    async def summarise(self, asked: Asked) -> None:
        """The shortcut of a message: its text summed up, or the page that it links to."""
        if not await self.is_new(asked.id):
            return
        ref = await self._where(asked.channel, asked.user)
        await self._answer_alone(asked, ref, self._sum_up(asked, ref))

    async def press(self, pressed: Pressed) -> None:
        """A button in a message: a question's place is taken, beside anything else it is answered."""
        if not await self.is_new(pressed.id):
            return
        ref = await self._where(pressed.channel, pressed.user)
        cards = await self.do(pressed, ref)
        if pressed.asks and not pressed.is_private:
            message = Sent(ref, pressed.ts)
            await self.outlet.edit(message, joined(cards))
        elif pressed.reply_url:
            await self._say_alone(pressed.reply_url, ref, pressed.user, cards, over=pressed.asks)
        await self.tell_all(cards, ref, pressed.user_name, reply_url=pressed.reply_url)

    async def invite(self, pressed: Pressed) -> None:
        """The button that brings us into a channel that everybody may join."""
        channel = pressed.action.argument or pressed.channel
        try:
            await self.chat.once(self.chat.client.conversations_join(channel=channel))
        except DeliveryError as error:
            log.info("cannot join", channel=channel, problem=error.reason)
            card = say(line("I cannot join by myself; write ", code("/invite @Tocsin"), " here."))
        else:
            await self.outlet.back(self.ref(channel))
            card = say("I am in: alerts come here from now on.")
        if pressed.reply_url:
            await self._answering.answer(pressed.reply_url, card, replace=pressed.is_private)

    async def is_new(self, id_: str) -> bool:
        """Whether something is to be answered: Slack sends the same one again, and so may others."""
        return not id_ or await self.outlet.first_time(id_)

    # ── the conversation ──────────────────────────────────────────────────────────────────────────

    async def do(self, pressed: Pressed, ref: Ref) -> list[Card]:
        """What a button does."""
        press = Press(ref, pressed.action, pressed.user)
        if self._conversation.is_change(pressed.action):
            may = await self.may_change(press.target, pressed.user)
            press = replace(press, may_change=may)
        return self._said(await self._conversation.press(press))

    async def hear(self, ref: Ref, text: str, user: str) -> list[Card]:
        """The answer to a command, as the conversation knows it."""
        return await self._heard(Message(ref, text, user))

    async def may_change(self, ref: Ref, user: str) -> bool:
        """Whether a person decides for a chat. Who cannot be asked about does not."""
        if self._rules.anyone_changes or ref.chat.startswith("D"):
            return True
        try:
            return await self.chat.is_admin(ref, user)
        except DeliveryError as error:
            log.warning("cannot see who is an admin", problem=error.reason)
            return False

    async def _hear(self, asked: Asked, ref: Ref) -> list[Card]:
        if asked.files:
            attachments, problems = await self._files.fetch(asked.files)
        else:
            attachments, problems = (), ()
        text = as_message(asked.text, self._conversation.commands, has_files=bool(attachments))
        page = page_to_sum_up(text)
        if page:
            return self._said(await self._read(ref, page, asked.user))
        message = Message(
            ref, text, asked.user, attachments, reply_to=asked.thread, links=asked.links
        )
        heard = await self._heard(message) if text or attachments else []
        return [*self._said(problems), *heard]

    async def _heard(self, message: Message) -> list[Card]:
        if self._conversation.asks_for_change(message.text):
            if self._rules.anyone_changes and message.text.partition(" ")[0] == "/allow":
                return [_EVERYBODY]
            may = await self.may_change(message.ref, message.by)
            message = replace(message, may_change=may)
        return self._said(await self._conversation.hear(message))

    async def _read(self, ref: Ref, url: str, user: str) -> list[Card]:
        return await self._conversation.press(Press(ref, Action("read", url), user))

    async def _sum_up(self, asked: Asked, ref: Ref) -> list[Card]:
        words = asked.text
        for link in asked.links:
            words = words.replace(link, "")
        if asked.links and len(words.strip()) < _MORE_THAN_LINKS:
            return self._said(await self._read(ref, asked.links[0], asked.user))
        if not words.strip():
            return [say("There is no text in that message to sum up.")]
        press = Press(ref, Action("sum_up", asked.text), asked.user)
        return self._said(await self._conversation.press(press))

    def _said(self, cards: Sequence[Card]) -> list[Card]:
        return [in_slack(card, self._conversation.commands) for card in cards]

    # ── the answer's way back ─────────────────────────────────────────────────────────────────────

    async def _answer_alone(self, asked: Asked, ref: Ref, work: Awaitable[list[Card]]) -> None:
        """For the person alone, and quickly a word that it takes long."""

        async def say_so() -> bool:
            await self._answering.answer(asked.reply_url, WORKING)
            return True

        cards, is_late = await self._in_time(work, say_so)
        over = is_late is not None
        await self._say_alone(asked.reply_url, ref, asked.user, cards, over=over)
        await self.tell_all(cards, ref, asked.user_name, reply_url=asked.reply_url)

    async def _answer_openly(self, asked: Asked, ref: Ref, *, thread: str) -> None:
        options = SendOptions(reply_to=thread)
        cards, progress = await self._in_time(
            self._hear(asked, ref), lambda: self.outlet.reply(ref, WORKING, options)
        )
        for number, card in enumerate(cards):
            if number == 0 and isinstance(progress, Sent):
                await self.outlet.edit(progress, card)
            else:
                await self.outlet.reply(ref, card, options)

    async def _in_time(
        self, work: Awaitable[list[Card]], say_so: Callable[[], Awaitable[T]]
    ) -> tuple[list[Card], T | None]:
        """What ``work`` brings, and what became of ``say_so``, where it was needed."""
        task = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=self._patience)
            progress = None
            if not done:
                try:
                    progress = await say_so()
                except DeliveryError as error:
                    log.warning("cannot say that it takes long", problem=error.reason)
            return await task, progress
        finally:
            task.cancel()

    async def _say_alone(
        self, url: str, ref: Ref, user: str, cards: Sequence[Card], *, over: bool
    ) -> None:
        if not cards:
            return
        card = joined(cards)
        try:
            await self._answering.answer(url, card, replace=over)
        except DeliveryError as error:
            # The address is used up or out of order: there is another way to one person.
            log.info("answers in another way", problem=error.reason)
            await self.outlet.reply(ref, card, SendOptions(only_for=user))

    async def tell_all(
        self,
        cards: Sequence[Card],
        ref: Ref,
        user_name: str,
        *,
        reply_url: str = "",
        strict: bool = False,
    ) -> None:
        """Who changed what, to the channel. Where we may not speak yet, the person can let us in.

        Raises:
            Gone: we may not, and ``strict``.
        """
        news = [card for card in cards if card.changed]
        if not news or ref.chat.startswith("D"):
            return
        try:
            for card in news:
                who = strong(f"@{user_name}" if user_name else "Somebody")
                await self.outlet.reply(ref, say((who, Piece(": "), *card.lines[0])))
        except Gone as error:
            if strict:
                raise
            log.info("not in the channel yet", channel=ref.chat, problem=error.reason)
            if reply_url:
                more = invite_blocks(ref.chat)
                await self._answering.answer(reply_url, not_here(error.reason), more=more)

    # ── addresses ─────────────────────────────────────────────────────────────────────────────────

    def ref(self, channel: str) -> Ref:
        """A channel of this workspace."""
        return Ref(self.chat.platform, self.chat.account, channel)

    async def _where(self, channel: str, user: str) -> Ref:
        """The chat that a command is about: in somebody else's direct messages it is one's own."""
        if not channel.startswith("D"):
            return self.ref(channel)
        try:
            return await self.direct(user)
        except DeliveryError as error:
            log.info("cannot open direct messages", problem=error.reason)
            return self.ref(channel)

    async def direct(self, user: str) -> Ref:
        """A person's messages with us.

        Raises:
            DeliveryError: they cannot be opened.
        """
        known = self._direct.get(user)
        if known is None:
            answer = await self.chat.once(self.chat.client.conversations_open(users=user))
            known = str((answer.get("channel") or {}).get("id") or "")
            if not known:
                raise Gone("Slack opens no direct messages with this person")
            if len(self._direct) >= _MOST_DIRECT:
                self._direct.clear()
            self._direct[user] = known
        return self.ref(known)


def joined(cards: Sequence[Card]) -> Card:
    """Several answers as one: the address of an answer takes few."""
    if len(cards) == 1:
        return cards[0]
    return Card(
        tuple(one for card in cards for one in card.lines),
        tuple(button for card in cards for button in card.buttons),
        asks=any(card.asks for card in cards),
    )


def not_here(reason: str) -> Card:
    """Alerts could not be posted in a channel, and what to do."""
    return say(
        line(
            strong("Alerts cannot be posted here yet"), f": {reason.partition(': ')[2] or reason}."
        )
    )
