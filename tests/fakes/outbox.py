"""An outbox that is full at once: rows as ingest and fan-out would have written them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, insert, select

from bot.store import Database
from bot.store.tables import (
    alert_topics,
    alerts,
    chats,
    items,
    matches,
    shown,
    sources,
    stories,
    subscriptions,
    topics,
)


async def fill(database: Database, platform: str, account: str, queue: Sequence[tuple[str, int]]):
    """Queue alerts: (chat, how many), in the order given; alert n of a chat is titled "Alert n"."""
    now = datetime.now(UTC)
    most = max(many for _, many in queue)
    async with database.writing() as connection:

        async def write(table, rows):
            for start in range(0, len(rows), 2_000):
                await connection.execute(insert(table), rows[start : start + 2_000])

        async def first_free(table):
            return (
                await connection.execute(select(func.coalesce(func.max(table.c.id), 0)))
            ).scalar_one()

        source, topic = await first_free(sources) + 1, await first_free(topics) + 1
        item, chat = await first_free(items) + 1, await first_free(chats) + 1
        await write(
            sources, [{"id": source, "kind": "feed", "address": account, "created_at": now}]
        )
        await write(
            topics,
            [{"id": topic, "query": f"word{topic}", "active": True, "revision": 1}],
        )
        await write(stories, [{"id": item + n, "created_at": now} for n in range(most)])
        await write(
            items,
            [
                {
                    "id": item + n,
                    "source_id": source,
                    "story_id": item + n,
                    "key": str(n),
                    "digest": "",
                    "found_at": now,
                    "changed_at": now,
                    "title": f"Alert {n}",
                    "source": "bench",
                    "lead": "A lead of some words, as leads are.",
                    "text": "A text of some words, as texts are. " * 20,
                    "tags": [],
                }
                for n in range(most)
            ],
        )
        await write(
            matches, [{"item_id": item + n, "topic_id": topic, "spans": []} for n in range(most)]
        )
        ids = {name: chat + n for n, (name, _) in enumerate(queue)}
        await write(
            chats,
            [
                {"id": ids[name], "platform": platform, "account": account, "chat": name}
                | {"thread": "", "created_at": now, "last_number": many, "due_at": now}
                for name, many in queue
            ],
        )
        await write(
            subscriptions,
            [
                {"chat_id": one, "topic_id": topic, "created_at": now, "label": f"word{topic}"}
                for one in ids.values()
            ],
        )
        rows = [
            {"chat_id": ids[name], "story_id": item + n, "item_id": item + n, "created_at": now}
            for name, many in queue
            for n in range(many)
        ]
        first = await first_free(alerts) + 1
        await write(alerts, [{"id": first + n, **row} for n, row in enumerate(rows)])
        await write(
            alert_topics, [{"alert_id": first + n, "topic_id": topic} for n in range(len(rows))]
        )
        await write(
            shown,
            [
                {"chat_id": row["chat_id"], "number": row["item_id"] - item + 1}
                | {"item_id": row["item_id"]}
                for row in rows
            ],
        )
