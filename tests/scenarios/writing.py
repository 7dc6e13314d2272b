"""Writes to a database until it is killed: a story and its item, always both or neither."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime

from bot.settings import read_address
from bot.store import Database
from bot.store.items import save_items
from bot.store.sources import ensure_source
from bot.store.stories import newest, open_stories
from watchers import Item, Source


async def main(address: str) -> None:
    database = Database(read_address(address, "the address"))
    number = 0
    while True:
        number += 1
        now = datetime.now(UTC)
        async with database.writing() as connection:
            watched = await ensure_source(connection, Source("folder", "/seeds"), now=now)
            _, last = await newest(connection)

            async def assign(new, *, story=last + 1, connection=connection, now=now):
                await open_stories(connection, [story], now=now)
                return [story] * len(new)

            item = Item(key=f"k{number}", title=f"No. {number}", text="word " * 200)
            await save_items(connection, watched.id, [item], assign, now=now)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
