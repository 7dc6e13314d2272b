"""App Home, where a person looks after their own topics, and the modal that adds one anywhere.

opened ──► the topics of the person's own chat, and how all is ──► views.publish
a button there ──► the conversation ──► the same page, with what was said on top
typed into the modal ──► /preview ──► views.update          (only the last letter counts)
handed in ──► /subscribe ──► App Home, or the chat that was chosen
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import structlog

from bot.chats.slack.desk import Desk, not_here
from bot.chats.slack.incoming import Asked, Filled, Memory, Pressed
from bot.chats.slack.views import PAGE_TO, home_view, topic_modal
from bot.conversation.card import Card
from bot.conversation.feeding import is_link
from bot.conversation.queries import read_query
from bot.errors import Gone, MisuseError, Rejected
from bot.model import Ref

Topics = Callable[[Ref], Awaitable[Sequence[Card]]]
"""All that a chat follows, a card a topic."""

_MOST_TYPING: Final = 1_000  # modals that are open at once

log = structlog.get_logger(__name__)


class Homes:
    """App Home and the modal, for the people of one workspace."""

    def __init__(self, desk: Desk, topics: Topics) -> None:
        self._desk = desk
        self._topics = topics
        self._typed: dict[str, str] = {}  # by modal: what was typed last

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

    async def typing(self, filled: Filled) -> None:
        """A letter was typed: what would the topic bring?"""
        if len(self._typed) >= _MOST_TYPING:
            self._typed.clear()
        self._typed[filled.view] = filled.text
        if not filled.text.strip():
            return
        try:
            ref = await self._ref(filled.memory, filled.user)
            cards = await self._desk.hear(ref, f"/preview {filled.text}", filled.user)
            if self._typed.get(filled.view) != filled.text or not cards:
                return  # more has been typed meanwhile
            view = topic_modal(filled.memory, cards[0])
            client = self._desk.chat.client
            await self._desk.chat.once(client.views_update(view_id=filled.view, view=view))
        except (Rejected, Gone) as error:  # it was closed
            log.debug("no preview", problem=error.reason)

    async def submitted(self, filled: Filled) -> None:
        """The modal was handed in: follow the topic, and say so where the person looks."""
        self._typed.pop(filled.view, None)
        if not await self._desk.is_new(filled.id):
            return
        direct = await self._ref(filled.memory, filled.user)
        ref = self._desk.ref(filled.channel) if filled.channel else direct
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
            await self._desk.tell_all(said, ref, filled.user_name, strict=True)
        except Gone as error:
            await self._desk.outlet.reply(direct, not_here(error.reason))

    async def _publish(self, user: str, memory: Memory, said: Sequence[Card] = ()) -> None:
        ref = await self._ref(memory, user)
        topics = await self._topics(ref)
        status = await self._desk.hear(ref, "/status", user)
        view = home_view(topics, status, replace(memory, chat=ref.chat), said)
        client = self._desk.chat.client
        await self._desk.chat.once(client.views_publish(user_id=user, view=view))

    async def _ref(self, memory: Memory, user: str) -> Ref:
        if memory.chat.startswith("D"):
            return self._desk.ref(memory.chat)
        return await self._desk.direct(user)


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
