"""A process that makes due briefings, and waits before it commits: python briefing.py DB NOW."""

from __future__ import annotations

import asyncio
import sys
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from sqlalchemy.engine import make_url

from bot.store import Database
from bot.store.outbox.digests import make_briefings


async def main() -> None:
    address, now = sys.argv[1:]
    database = Database(make_url(address))
    async with database.writing() as connection:
        made = await make_briefings(connection, now=datetime.fromisoformat(now))
        sys.stdout.write(f"made {made}\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    asyncio.run(main())
