"""Write to a database until the process is killed: each transaction adds a story and its item."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from bot.settings import parse_database_url
from bot.store import Database
from bot.store.feeds.sources import get_or_create_source
from bot.store.items.items import Assignment, save_items
from bot.store.items.stories import create_stories, last_story_id
from watchers import Item, Source


async def main(address: str) -> None:
    database = Database(parse_database_url(address, "the address"))
    number = 0
    while True:
        number += 1
        now = datetime.now(UTC)
        async with database.writing() as connection:
            watched = await get_or_create_source(connection, Source("folder", "/seeds"), now=now)
            last = await last_story_id(connection)

            async def assign(new, *, story=last + 1, connection=connection, now=now):
                await create_stories(connection, [story], now=now)
                return Assignment([story] * len(new), now)

            item = Item(key=f"k{number}", title=f"No. {number}", text="word " * 200)
            await save_items(connection, watched.id, [item], assign, now=now)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
