"""Stored topics that cannot be read: one notice to the chats that follow them, one to the operators.

    matcher ──► mark of the topic (once) ──► announcements ──► announcer ──► outbox

The mark and the announcements are one transaction: a restart sends no notice twice and loses none. The
mark outlives the announcement, which retention deletes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.announcements import tell_followers, tell_operators
from bot.store.sql import insert
from bot.store.tables import marks
from watchers.text.clean import clean_line, shorten

_MARK: Final = "unreadable topic {}"
_MAX_SHOWN: Final = 200
"""Characters of a topic in a notice."""

_MAX_LISTED: Final = 5
"""Topics that the notice to the operators names."""


async def report_unreadable(
    connection: AsyncConnection, texts: Mapping[int, str], *, now: datetime
) -> int:
    """Queue the notices about these topics, by id; return how many topics were not reported before."""
    new: list[str] = []
    for topic_id, text in texts.items():
        mark = insert(connection, marks).values(name=_MARK.format(topic_id), value=1)
        done = await connection.execute(mark.on_conflict_do_nothing())
        if done.rowcount <= 0:
            continue
        shown = shorten(clean_line(text), _MAX_SHOWN)
        await tell_followers(connection, topic_id, _for_chats(shown), now=now)
        new.append(f"No. {topic_id}, “{shown}”")
    if new:
        await tell_operators(connection, _for_operators(new), now=now)
    return len(new)


def _for_chats(shown: str) -> str:
    return (
        f"Your topic “{shown}” cannot be read, so it brings no alerts. Your other topics continue."
        " Send /topics to see its number N. Then send /edit N TOPIC to write it in a new way, or"
        " /unsubscribe N to remove it."
    )


def _for_operators(new: list[str]) -> str:
    listed = "; ".join(new[:_MAX_LISTED])
    more = f"; and {len(new) - _MAX_LISTED:,} more" if len(new) > _MAX_LISTED else ""
    many = "1 stored topic" if len(new) == 1 else f"{len(new):,} stored topics"
    return (
        f"{many} cannot be read and brings no alerts: {listed}{more}. All other topics continue, and"
        " the chats concerned get a notice. Correct the text in the table topics and restart"
        " Tocsin, or leave it to these chats."
    ).replace("topics cannot be read and brings", "topics cannot be read and bring")
