"""Stop following all topics of a chat, and restore them: ``/unsubscribe all``.

The topics with their settings are stored as texts, which the "Undo" button names.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.conversation.cards.card import Action, Button, Card, code, line, make_card
from bot.conversation.commands.chat_export import read_chat_export, write_chat_export
from bot.conversation.durations import pluralise
from bot.conversation.registry import Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import subscriptions_of_chat
from bot.errors import UserError
from bot.models import Subscription
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.admin.chat_data import ChatExport, ExportedTopic, export_chat, import_chat
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.subscriptions import remove_subscription
from bot.store.updates import MAX_TEXT_CHARACTERS, load_text, save_text

_ALL_WORDS: Final = frozenset(
    {"all", "everything", "alles", "alle", "todo", "todos", "tout", "все", "всё"}
)
_RESTORE_ACTION: Final = "restore_topics"


def means_all(argument: str, subscriptions: Sequence[Subscription]) -> bool:
    """Return True if the argument of /unsubscribe means all topics, and not a topic of this name."""
    word = argument.casefold()
    return word in _ALL_WORDS and all(row.label.casefold() != word for row in subscriptions)


class TopicRemoval:
    """Removes all topics of a chat, with an undo that keeps their settings."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {_RESTORE_ACTION: self.restore, "unsubscribe_all": self.remove}

    async def remove(self, request: CommandRequest) -> list[Card]:
        """Stop following all topics of the chat."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        if not subscriptions:
            return [make_card("You follow no topic.")]
        return [await self.remove_all(chat_id, subscriptions)]

    async def remove_all(self, chat_id: int, subscriptions: Sequence[Subscription]) -> Card:
        """Remove the subscriptions in one transaction."""
        now = self._clock()
        async with self._database.writing() as connection:
            export = await export_chat(connection, chat_id)
            texts = await asyncio.to_thread(_write_parts, export.topics, now)
            keys = [await save_text(connection, text, now=now) for text in texts]
            for subscription in subscriptions:
                await remove_subscription(connection, chat_id, subscription.topic_id)
        count = pluralise(len(subscriptions), "topic")
        return make_card(
            line(f"{count} removed. You follow no topic now."),
            buttons=(Button("Undo", Action(_RESTORE_ACTION, ",".join(keys))),),
            announce_to_chat=True,
        )

    async def restore(self, request: CommandRequest) -> list[Card]:
        """Follow the topics of the button again, with their settings."""
        now = self._clock()
        async with self._database.reading() as connection:
            texts = [await load_text(connection, key) for key in request.argument.split(",")]
        if not all(texts):
            raise UserError("these topics are no longer stored; /import adds an exported file")
        topics = await asyncio.to_thread(_read_parts, [text for text in texts if text], now)
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=now)
            result = await import_chat(
                connection, chat_id, ChatExport(topics), user_id=request.user_id, now=now
            )
        text = f"You follow {pluralise(result.added, 'topic')} again. "
        return [make_card(line(text, code("/topics"), " lists them."), announce_to_chat=True)]


def _write_parts(topics: Sequence[ExportedTopic], now: datetime) -> list[str]:
    """Return exports of the topics, each short enough to be stored."""
    return [
        write_chat_export(ChatExport(tuple(part)), now=now).decode("utf-8", "surrogatepass")
        for part in _split(topics, now)
    ]


def _split(topics: Sequence[ExportedTopic], now: datetime) -> Iterator[list[ExportedTopic]]:
    part: list[ExportedTopic] = []
    size = 0
    for topic in topics:
        # The head of each export is included in the sum, so the sum is never too small.
        length = len(write_chat_export(ChatExport((topic,)), now=now))
        if part and size + length > MAX_TEXT_CHARACTERS:
            yield part
            part, size = [], 0
        part.append(topic)
        size += length
    if part:
        yield part


def _read_parts(texts: Sequence[str], now: datetime) -> tuple[ExportedTopic, ...]:
    return tuple(
        topic
        for text in texts
        for topic in read_chat_export(text.encode("utf-8", "surrogatepass"), now=now).dossier.topics
    )
