"""A role's process that counts what it has under way: python process.py ROLE ACCOUNT_LEASE HOST_LEASE

Every few seconds a line on standard error: its tasks, and the blocks of memory that Python holds.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.scenarios import role

EVERY = 5.0  # seconds


async def count() -> None:
    while True:
        await asyncio.sleep(EVERY)
        gc.collect()  # not get_objects: tuples that a thread is filling break when they are seen
        tasks = asyncio.all_tasks()
        names = Counter(_name(task) for task in tasks)
        found = {"tasks": len(tasks), "names": names, "blocks": sys.getallocatedblocks()}
        said = {"level": "info", "event": "counts", "at": time.time(), **found}
        sys.stderr.write(json.dumps(said) + "\n")
        sys.stderr.flush()


def _name(task: asyncio.Task) -> str:
    return getattr(task.get_coro(), "__qualname__", "?")


async def main() -> None:
    counting = asyncio.ensure_future(count())
    try:
        await role.main()
    finally:
        counting.cancel()


if __name__ == "__main__":
    asyncio.run(main())
