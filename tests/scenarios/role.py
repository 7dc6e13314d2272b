"""A process of one role, with the lease durations of a test.

Usage: python role.py ROLE ACCOUNT_LEASE HOST_LEASE. Settings come from the environment.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import cast

from bot.app.context import RoleName

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.app.app import App
from bot.app.context import LeaseDurations
from bot.runtime.log_setup import configure_logging
from bot.runtime.notifications import ProcessNotifier
from bot.settings import load_settings
from bot.store import Database, migrate


async def main() -> None:
    role, account, host = sys.argv[1:]
    configure_logging(level=logging.INFO)
    settings = load_settings()
    database = Database(settings.database)
    await migrate(database)
    if "TEST_NO_NOTICES" in os.environ:  # notifications only save time
        ProcessNotifier.publish = lambda *_: None  # type: ignore[method-assign]
    leases = LeaseDurations(float(account), timedelta(seconds=float(host)))
    await App(settings, database, role=cast("RoleName", role), leases=leases).run()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
