"""A topic as a person typed it, read with the chat's own words in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import regex

from bot.errors import MisuseError
from bot.model import Ref
from bot.store import Database
from bot.store.aliases import read_aliases
from bot.store.chats import find_chat
from watchers import Query, QuerySyntaxError, parse_query
from watchers.text.clean import shorten

UNREADABLE: Final = "cannot be read, brings no alerts"
"""About a topic in a list."""

_MAX_SHOWN: Final = 200
"""Characters of a topic in an error."""

# Quoted words are meant as they stand, and a word before a colon names a field.
_PIECE: Final = regex.compile(r'"[^"]*"|[\p{L}\p{M}\p{N}_-]+:?')


def read_query(text: str, aliases: Mapping[str, str] | None = None) -> Query:
    """A topic as a person typed it; ``aliases`` are the chat's own words, case-folded.

    Raises:
        MisuseError: it cannot be read; says where and what would work.
    """
    written = _with_meanings(text, aliases) if aliases else text
    try:
        return parse_query(written)
    except QuerySyntaxError as error:
        # Columns count in the text that was read, which is not the one that was typed.
        named = "this topic" if written == text else "this topic with your own words replaced"
        raise MisuseError(f"I cannot read {named}: {error}") from error


def unreadable(label: str) -> MisuseError:
    """Return the error about a followed topic whose stored text cannot be read."""
    return MisuseError(
        f"the topic “{shorten(label, _MAX_SHOWN)}” cannot be read; /topics lists its number N,"
        " /edit N TOPIC writes it in a new way and /unsubscribe N removes it"
    )


async def read_for_chat(database: Database, ref: Ref, text: str) -> Query:
    """`read_query` with the words of the chat at ``ref``."""
    async with database.reading() as connection:
        chat_id = await find_chat(connection, ref)
        aliases = await read_aliases(connection, chat_id) if chat_id is not None else {}
    return read_query(text, aliases)


def _with_meanings(text: str, aliases: Mapping[str, str]) -> str:
    def meaning(found: regex.Match[str]) -> str:
        named = aliases.get(found[0].casefold())
        return found[0] if named is None else f"({named})"

    whole = aliases.get(text.strip().casefold())
    return whole if whole is not None else _PIECE.sub(meaning, text)
