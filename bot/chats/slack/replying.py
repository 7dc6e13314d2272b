"""An answer's way back to people.

command, shortcut ─► alone:  the person alone sees it, a change is told to the channel
mention, message  ─► openly: in the thread, or in the messages with us
button            ─► press:  a question's place is taken, anything else is answered to the person

What takes long says so first. Where Slack lets a message be changed, the answer takes those words'
place: not in one that a single person of a channel sees, unless it is what they pressed a button of.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import structlog

from bot.chats.adapter import Outlet, SendOptions, Sent
from bot.chats.slack.answering import Answering
from bot.chats.slack.incoming import Asked, Pressed
from bot.chats.slack.people import People
from bot.chats.slack.uploads import Uploads, not_shared
from bot.chats.slack.views import INVITE
from bot.conversation.card import Action, Button, Card, File, Image, Piece, dim, line, say, strong
from bot.errors import DeliveryError, Gone
from bot.model import Ref

PATIENCE: Final = 1.5
"""Seconds that an answer may take before it is said that it takes long."""

WORKING: Final = say(line(dim("Working on it …")))

Work = Awaitable[list[Card]]
T = TypeVar("T")

log = structlog.get_logger(__name__)


class Replying:
    """Hands answers to the people of one workspace."""

    def __init__(
        self,
        outlet: Outlet,
        answering: Answering,
        people: People,
        uploads: Uploads,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._outlet = outlet
        self._answering = answering
        self.people = people
        self._uploads = uploads
        self._patience = patience

    async def alone(self, asked: Asked, ref: Ref, work: Work) -> None:
        """Answer what a person asked, for them alone."""
        if ref.chat == asked.channel and _is_direct(ref):  # nobody else is there

            async def say_so() -> Sent | None:
                return await self._outlet.reply(ref, WORKING)
        else:

            async def say_so() -> Sent | None:
                await self._answering.answer(asked.reply_url, WORKING)
                return None

        cards, shown = await self._in_time(work, say_so)
        if shown is not None:
            await self._one_by_one(cards, ref, SendOptions(), shown)
        else:
            await self._to_one(asked.reply_url, ref, asked.user, cards)
        await self._hand_over(cards, ref, asked.user, reply_url=asked.reply_url)
        await self.tell_all(cards, ref, asked.user_name, reply_url=asked.reply_url)

    async def openly(self, asked: Asked, ref: Ref, work: Work, *, thread: str) -> None:
        """Answer a message where it stands, for all who are there; complaints to the person alone."""
        options = SendOptions(reply_to=thread)
        cards, shown = await self._in_time(work, lambda: self._outlet.reply(ref, WORKING, options))
        private = []
        if shown is None and not _is_direct(ref):
            private = [card for card in cards if card.private]
            cards = [card for card in cards if not card.private]
        # In a thread that nobody has answered in yet, Slack shows nothing to one person alone.
        alone = SendOptions(only_for=asked.user, reply_to=asked.thread)
        for card in private:
            await self._outlet.reply(ref, card, alone)
        await self._one_by_one(cards, ref, options, shown)
        for media in _media_of(cards):
            await self._share(
                media, ref, thread, lambda card: self._outlet.reply(ref, card, options)
            )

    async def press(self, pressed: Pressed, ref: Ref, work: Work) -> None:
        """Answer a button of a message."""
        is_open = pressed.asks and not pressed.is_private
        message, url = Sent(ref, pressed.ts), pressed.reply_url

        async def say_so() -> bool:
            if is_open:
                await self._outlet.edit(message, WORKING)
            elif url:
                await self._answering.answer(url, WORKING, replace=pressed.asks)
            return True

        cards, _ = await self._in_time(work, say_so)
        if is_open:
            await self._outlet.edit(message, joined(cards))
        elif url:
            await self._to_one(url, ref, pressed.user, cards, over=pressed.asks)
        await self._hand_over(cards, ref, pressed.user, reply_url=url)
        await self.tell_all(cards, ref, pressed.user_name, reply_url=url)

    async def instead(self, pressed: Pressed, card: Card) -> None:
        """Say ``card`` to who pressed a button: in the place of what they alone see."""
        if pressed.reply_url:
            await self._answering.answer(pressed.reply_url, card, replace=pressed.is_private)

    async def to_home(self, user: str, cards: Sequence[Card]) -> None:
        """What App Home cannot show of an answer: its files, in the person's messages with us."""
        await self._hand_over(cards, await self.people.direct(user), user, reply_url="")

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
        if not news or _is_direct(ref):
            return
        try:
            for card in news:
                who = strong(f"@{user_name}" if user_name else "Somebody")
                await self._outlet.reply(ref, say((who, Piece(": "), *card.lines[0])))
        except Gone as error:
            if strict:
                raise
            log.info("cannot speak in a channel", channel=ref.chat, problem=error.reason)
            if reply_url:
                await self._answering.answer(reply_url, not_here(ref, error.reason))

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    async def _in_time(
        self, work: Work, say_so: Callable[[], Awaitable[T]]
    ) -> tuple[list[Card], T | None]:
        """What ``work`` brings, and what became of ``say_so``, where it was needed."""
        task = asyncio.ensure_future(work)
        try:
            done, _ = await asyncio.wait({task}, timeout=self._patience)
            shown = None
            if not done:
                try:
                    shown = await say_so()
                except DeliveryError as error:
                    log.warning("cannot say that it takes long", problem=error.reason)
            return await task, shown
        finally:
            task.cancel()

    async def _one_by_one(
        self, cards: Sequence[Card], ref: Ref, options: SendOptions, shown: Sent | None
    ) -> None:
        """Each card as a message; the first in the place of ``shown``."""
        for number, card in enumerate(cards):
            if number == 0 and shown is not None:
                await self._outlet.edit(shown, card)
            else:
                await self._outlet.reply(ref, card, options)

    async def _to_one(
        self, url: str, ref: Ref, user: str, cards: Sequence[Card], *, over: bool = False
    ) -> None:
        if not cards:
            return
        card = joined(cards)
        try:
            await self._answering.answer(url, card, replace=over)
        except DeliveryError as error:
            # The address is used up or out of order: there is another way to one person.
            log.info("answers in another way", problem=error.reason)
            await self._outlet.reply(ref, card, SendOptions(only_for=user))

    async def _hand_over(
        self, cards: Sequence[Card], ref: Ref, user: str, *, reply_url: str
    ) -> None:
        """What an answer comes with, to the person's own messages: nobody else there sees it."""
        for media in _media_of(cards):
            own = ref if _is_direct(ref) else await self.people.direct(user)

            async def complain(card: Card) -> None:
                await self._to_one(reply_url, ref, user, [card])

            arrived = await self._share(media, own, "", complain if reply_url else self._said(own))
            if arrived and own != ref and reply_url:
                what = "picture" if isinstance(media, Image) else "file"
                there = say(line(dim(f"The {what} is in your messages with Tocsin.")))
                await self._to_one(reply_url, ref, user, [there])

    def _said(self, to: Ref) -> Callable[[Card], Awaitable[object]]:
        return lambda card: self._outlet.reply(to, card)

    async def _share(
        self,
        media: Image | File,
        to: Ref,
        thread: str,
        complain: Callable[[Card], Awaitable[object]],
    ) -> bool:
        try:
            await self._uploads.share(to, media, thread=thread)
        except DeliveryError as error:
            log.warning("a file cannot be shared", file=media.name, problem=error.reason)
            await complain(not_shared(media, error))
            return False
        return True


def joined(cards: Sequence[Card]) -> Card:
    """Several answers as one: the address of an answer takes few."""
    if len(cards) == 1:
        return cards[0]
    return Card(
        tuple(one for card in cards for one in card.lines),
        tuple(button for card in cards for button in card.buttons),
        asks=any(card.asks for card in cards),
    )


def not_here(ref: Ref, reason: str) -> Card:
    """Alerts could not be posted in a channel: what to do, and a button where that can help."""
    word, _, why = reason.partition(": ")
    invite = Button("Add Tocsin to the channel", Action(INVITE, ref.chat))
    return say(
        line(strong("Alerts cannot be posted there yet"), f": {why or word}."),
        buttons=(invite,) if word == "not_in_channel" else (),
    )


def _media_of(cards: Sequence[Card]) -> list[Image | File]:
    return [media for card in cards for media in (card.image, card.file) if media is not None]


def _is_direct(ref: Ref) -> bool:
    return ref.chat.startswith("D")
