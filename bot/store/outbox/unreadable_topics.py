"""Stored topics that cannot be parsed: notices to the chats that follow them and to the operators.

    matcher ──► marker of the topic (written once) ──► announcements ──► announcement job ──► outbox

One transaction writes the marker and the announcements: a restart neither repeats nor loses a notice.
The marker outlives the announcement, which retention deletes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.outbox.announcements import notify_followers, notify_operators
from bot.store.tables import counters
from watchers.text.clean import clean_line, truncate

_MARKER_NAME: Final = "unreadable topic {}"
_MAX_TOPIC_CHARACTERS: Final = 200
"""Characters of a topic in a notice."""

_MAX_LISTED_TOPICS: Final = 5
"""Topics that the notice to the operators names."""


async def report_unreadable(
    connection: AsyncConnection, texts: Mapping[int, str], *, now: datetime
) -> int:
    """Queue the notices about these topics, by ID; return how many were not reported before."""
    reported: list[str] = []
    for topic_id, text in texts.items():
        marker = insert(connection, counters).values(name=_MARKER_NAME.format(topic_id), value=1)
        result = await connection.execute(marker.on_conflict_do_nothing())
        if result.rowcount <= 0:
            continue
        topic = truncate(clean_line(text), _MAX_TOPIC_CHARACTERS)
        await notify_followers(connection, topic_id, _text_for_chats(topic), now=now)
        reported.append(f"No. {topic_id}, “{topic}”")
    if reported:
        await notify_operators(connection, _text_for_operators(reported), now=now)
    return len(reported)


def _text_for_chats(topic: str) -> str:
    return (
        f"Your topic “{topic}” cannot be read, so it brings no alerts. Your other topics continue."
        " Send /topics to see its number N. Then send /edit N TOPIC to write it in a new way, or"
        " /unsubscribe N to remove it."
    )


def _text_for_operators(topics: list[str]) -> str:
    listed = "; ".join(topics[:_MAX_LISTED_TOPICS])
    unlisted_count = len(topics) - _MAX_LISTED_TOPICS
    more = f"; and {unlisted_count:,} more" if unlisted_count > 0 else ""
    if len(topics) == 1:
        subject = "1 stored topic cannot be read and brings"
    else:
        subject = f"{len(topics):,} stored topics cannot be read and bring"
    return (
        f"{subject} no alerts: {listed}{more}. All other topics continue, and the chats concerned"
        " get a notice. Correct the text in the table topics and restart Tocsin, or leave it to"
        " these chats."
    )
