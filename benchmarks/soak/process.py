"""Run a role and count its asyncio tasks: python process.py ROLE ACCOUNT_LEASE HOST_LEASE

Every few seconds, prints a line to standard error: the tasks, and the memory blocks that Python holds.
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

INTERVAL_SECONDS = 5.0


async def report_counts() -> None:
    while True:
        await asyncio.sleep(INTERVAL_SECONDS)
        # gc.get_objects() would return tuples that another thread is still filling.
        gc.collect()
        tasks = asyncio.all_tasks()
        names = Counter(_name(task) for task in tasks)
        counts = {"tasks": len(tasks), "names": names, "blocks": sys.getallocatedblocks()}
        line = {"level": "info", "event": "counts", "at": time.time(), **counts}
        sys.stderr.write(json.dumps(line) + "\n")
        sys.stderr.flush()


def _name(task: asyncio.Task) -> str:
    return getattr(task.get_coro(), "__qualname__", "?")


async def main() -> None:
    counting = asyncio.ensure_future(report_counts())
    try:
        await role.main()
    finally:
        counting.cancel()


if __name__ == "__main__":
    asyncio.run(main())
