"""Fill an outbox directly, with the rows that ingest and fan-out would write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import func, insert, select

from bot.store import Database
from bot.store.tables import (
    alert_topics,
    alerts,
    chat_item_numbers,
    chats,
    items,
    matches,
    sources,
    stories,
    subscriptions,
    topics,
)


async def fill(database: Database, platform: str, account: str, queue: Sequence[tuple[str, int]]):
    """Queue alerts per (chat, count) in the given order; alert n of a chat has the title "Alert n"."""
    now = datetime.now(UTC)
    item_count = max(count for _, count in queue)
    async with database.writing() as connection:

        async def write(table, rows):
            for start in range(0, len(rows), 2_000):
                await connection.execute(insert(table), rows[start : start + 2_000])

        async def next_id(table):
            highest = select(func.coalesce(func.max(table.c.id), 0))
            return (await connection.execute(highest)).scalar_one() + 1

        source, topic = await next_id(sources), await next_id(topics)
        item, chat = await next_id(items), await next_id(chats)
        await write(
            sources, [{"id": source, "kind": "feed", "address": account, "created_at": now}]
        )
        await write(
            topics,
            [{"id": topic, "query": f"word{topic}", "active": True, "revision": 1}],
        )
        await write(stories, [{"id": item + n, "created_at": now} for n in range(item_count)])
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
                    "lead": "A lead of some words.",
                    "text": "A text of some words, as long as usual. " * 20,
                    "tags": [],
                }
                for n in range(item_count)
            ],
        )
        await write(
            matches,
            [{"item_id": item + n, "topic_id": topic, "spans": []} for n in range(item_count)],
        )
        ids = {name: chat + n for n, (name, _) in enumerate(queue)}
        await write(
            chats,
            [
                {"id": ids[name], "platform": platform, "account": account, "chat": name}
                | {"thread": "", "created_at": now, "last_number": count, "due_at": now}
                for name, count in queue
            ],
        )
        await write(
            subscriptions,
            [
                {"chat_id": chat_id, "topic_id": topic, "created_at": now}
                | {"label": f"word{topic}"}
                for chat_id in ids.values()
            ],
        )
        rows = [
            {"chat_id": ids[name], "story_id": item + n, "item_id": item + n, "created_at": now}
            for name, count in queue
            for n in range(count)
        ]
        first = await next_id(alerts)
        await write(alerts, [{"id": first + n, **row} for n, row in enumerate(rows)])
        await write(
            alert_topics, [{"alert_id": first + n, "topic_id": topic} for n in range(len(rows))]
        )
        await write(
            chat_item_numbers,
            [
                {"chat_id": row["chat_id"], "number": row["item_id"] - item + 1}
                | {"item_id": row["item_id"]}
                for row in rows
            ],
        )
