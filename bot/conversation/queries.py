"""Parse a topic that a user typed, with the aliases of the chat replaced."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import regex

from bot.errors import UserError
from bot.models import ChatRef
from bot.store import Database
from bot.store.chats.chats import find_chat
from bot.store.chats.topics import read_aliases
from watchers import Query, QuerySyntaxError, parse_query
from watchers.text.clean import truncate

UNREADABLE_TOPIC_REMARK: Final = "cannot be read, brings no alerts"
"""The remark on a topic in a list whose stored text cannot be parsed."""

_MAX_LABEL_LENGTH: Final = 200

# Quoted phrases are not replaced, and a word before a colon names a field.
_TOKEN: Final = regex.compile(r'"[^"]*"|[\p{L}\p{M}\p{N}_-]+:?')


def read_query(text: str, aliases: Mapping[str, str] | None = None) -> Query:
    """Parse a topic; ``aliases`` are the aliases of the chat by their case-folded name.

    Raises:
        UserError: the topic cannot be parsed; names the position and a valid form.
    """
    expanded = _replace_aliases(text, aliases) if aliases else text
    try:
        return parse_query(expanded)
    except QuerySyntaxError as error:
        # Columns refer to the text that was parsed, which may differ from the one that was typed.
        subject = "this topic" if expanded == text else "this topic with your aliases replaced"
        raise UserError(f"{subject} cannot be read: {error}") from error


def unreadable_topic_error(label: str) -> UserError:
    """Return the error about a subscription whose stored topic cannot be parsed."""
    return UserError(
        f"the topic “{truncate(label, _MAX_LABEL_LENGTH)}” cannot be read; /topics shows its number N,"
        " /edit N TOPIC replaces it and /unsubscribe N removes it"
    )


async def read_query_for_chat(database: Database, ref: ChatRef, text: str) -> Query:
    """Parse a topic with the aliases of the chat ``ref``; see `read_query`."""
    async with database.reading() as connection:
        chat_id = await find_chat(connection, ref)
        aliases = await read_aliases(connection, chat_id) if chat_id is not None else {}
    return read_query(text, aliases)


def _replace_aliases(text: str, aliases: Mapping[str, str]) -> str:
    def replacement(token: regex.Match[str]) -> str:
        meaning = aliases.get(token[0].casefold())
        return token[0] if meaning is None else f"({meaning})"

    meaning_of_text = aliases.get(text.strip().casefold())
    return meaning_of_text if meaning_of_text is not None else _TOKEN.sub(replacement, text)
