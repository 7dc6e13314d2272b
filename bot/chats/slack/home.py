"""App Home, where a person looks after their own topics, and the modals that add one, or say when.

opened ──► the topics of the person's own chat, and how all is ──► views.publish
a button there ──► the conversation ──► the same page, with what was said on top
typed into the modal ──► /preview ──► views.update          (only the last letter counts)
handed in ──► /subscribe, or wishes ──► App Home, or the chat that was chosen
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

import structlog

from bot.chats.slack.desk import Desk
from bot.chats.slack.incoming import Asked, Filled, Memory, Pressed
from bot.chats.slack.replying import not_here
from bot.chats.slack.timing_view import Chosen, timing_modal
from bot.chats.slack.views import PAGE_TO, home_view, topic_modal
from bot.clock import Clock
from bot.conversation.card import Action, Card, say
from bot.conversation.feeding import is_link
from bot.conversation.overview import Page, Told
from bot.conversation.queries import read_query
from bot.conversation.rhythms import VERB as WISH
from bot.errors import DeliveryError, Gone, MisuseError
from bot.model import Ref

STILL: Final = 0.3
"""Seconds without another letter, before a preview is made of what was typed."""

_MOST_TYPING: Final = 1_000  # modals that are typed into at once

log = structlog.get_logger(__name__)


class Followed(Protocol):
    """All that a chat follows, and when it comes."""

    async def page(self, ref: Ref) -> Page:
        """All of it."""

    async def told(self, ref: Ref, topic_id: int) -> Told | None:
        """When a topic comes, or all of it (0)."""


class Homes:
    """App Home and its modals, for the people of one workspace."""

    def __init__(self, desk: Desk, followed: Followed, clock: Clock, *, still: float) -> None:
        self._desk = desk
        self._followed = followed
        self._clock = clock
        self._still = still
        self._typed: dict[str, Filled] = {}  # by modal: what was typed last, and is not shown yet
        self._busy: set[str] = set()  # modals whose preview is being made

    async def opened(self, asked: Asked) -> None:
        """Somebody looks at App Home: ``asked.channel`` is their direct message."""
        if await self._desk.is_new(asked.id):
            await self._publish(asked.user, Memory(chat=asked.channel))

    async def press(self, pressed: Pressed) -> None:
        """A button of the conversation, in App Home."""
        if not await self._desk.is_new(pressed.id):
            return
        ref = await self._ref(pressed.memory, pressed.user)
        said = await self._desk.do(pressed, ref)
        await self._publish(pressed.user, replace(pressed.memory, chat=ref.chat), said)

    async def turn_page(self, pressed: Pressed) -> None:
        """Another page, or the same one afresh."""
        _, _, number = pressed.action.verb.removeprefix(PAGE_TO).rpartition(":")
        page = int(number) if number.isdecimal() else pressed.memory.page
        await self._publish(pressed.user, replace(pressed.memory, page=page))

    async def open_modal(self, trigger: str, memory: Memory) -> None:
        """Show the modal: at once, as the trigger lives for three seconds."""
        client = self._desk.chat.client
        await self._desk.chat.once(client.views_open(trigger_id=trigger, view=topic_modal(memory)))

    async def open_timing(self, pressed: Pressed) -> None:
        """Ask when a topic is to come."""
        topic = pressed.action.argument
        ref = await self._ref(pressed.memory, pressed.user)
        told = await self._followed.told(ref, int(topic) if topic.isdecimal() else 0)
        if told is None:
            await self._publish(
                pressed.user, pressed.memory, [say("You no longer follow this topic.")]
            )
            return
        memory = replace(pressed.memory, chat=ref.chat)
        view = timing_modal(told, memory, self._clock())
        client = self._desk.chat.client
        await self._desk.chat.once(client.views_open(trigger_id=pressed.trigger, view=view))

    async def timed(self, chosen: Chosen) -> None:
        """It was said when a topic is to come."""
        if not await self._desk.is_new(chosen.id):
            return
        memory = Memory(chat=chosen.chat, page=chosen.page)
        ref = await self._ref(memory, chosen.user)
        said = [
            card
            for wish in chosen.wishes
            for card in await self._desk.act(ref, Action(WISH, str(wish)), chosen.user)
        ]
        await self._publish(chosen.user, memory, said)

    async def typing(self, filled: Filled) -> None:
        """A letter was typed: once no other follows, what would the topic bring?"""
        if len(self._typed) >= _MOST_TYPING:
            self._typed.clear()
        self._typed[filled.view] = filled
        if filled.view in self._busy:
            return  # whoever makes its preview looks again
        self._busy.add(filled.view)
        try:
            while (last := self._typed.get(filled.view)) is not None:
                await asyncio.sleep(self._still)
                if self._typed.get(filled.view) is last:
                    self._typed.pop(filled.view)
                    await self._preview(last)
        finally:
            self._busy.discard(filled.view)

    async def _preview(self, filled: Filled) -> None:
        if not filled.text.strip():
            return
        ref = await self._ref(filled.memory, filled.user)
        cards = await self._desk.hear(ref, f"/preview {filled.text}", filled.user)
        if not cards or filled.view in self._typed:
            return  # more has been typed meanwhile
        view = topic_modal(filled.memory, cards[0])
        client = self._desk.chat.client
        try:
            await self._desk.chat.once(client.views_update(view_id=filled.view, view=view))
        except DeliveryError as error:  # it was closed, or Slack has enough of updates
            log.debug("no preview", problem=error.reason)

    async def submitted(self, filled: Filled) -> None:
        """The modal was handed in: follow the topic, and say so where the person looks."""
        self._typed.pop(filled.view, None)
        if not await self._desk.is_new(filled.id):
            return
        direct = await self._ref(filled.memory, filled.user)
        ref = self._desk.people.channel(filled.channel) if filled.channel else direct
        said = await self._desk.hear(ref, f"/subscribe {filled.text}", filled.user)
        if filled.memory.from_home:
            await self._publish(filled.user, Memory(chat=direct.chat), said)
        else:
            for card in said:
                await self._desk.outlet.reply(direct, card)
        if ref == direct:
            return
        await self._tell_channel(ref, direct, filled, said)

    async def _tell_channel(
        self, ref: Ref, direct: Ref, filled: Filled, said: Sequence[Card]
    ) -> None:
        try:
            await self._desk.replying.tell_all(said, ref, filled.user_name, strict=True)
        except Gone as error:
            await self._desk.outlet.reply(direct, not_here(ref, error.reason))

    async def _publish(self, user: str, memory: Memory, said: Sequence[Card] = ()) -> None:
        ref = await self._ref(memory, user)
        page = await self._followed.page(ref)
        status = await self._desk.hear(ref, "/status", user)
        view = home_view(page, status, replace(memory, chat=ref.chat), said)
        client = self._desk.chat.client
        await self._desk.chat.once(client.views_publish(user_id=user, view=view))
        await self._desk.replying.to_home(user, said)

    async def _ref(self, memory: Memory, user: str) -> Ref:
        if memory.chat.startswith("D"):
            return self._desk.people.channel(memory.chat)
        return await self._desk.people.direct(user)


def unreadable(text: str) -> str:
    """What is wrong with a topic, before it is handed in; "" if nothing is."""
    if not text.strip():
        return "Type what you want to follow."
    if is_link(text):
        return ""
    try:
        read_query(text)
    except MisuseError as error:
        return str(error)[:150]
    return ""
