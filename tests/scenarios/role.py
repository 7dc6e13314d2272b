"""A process of one role, with leases as short as a test wants them.

python role.py ROLE ACCOUNT_LEASE HOST_LEASE; settings come from the environment
"""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from bot.app import App
from bot.logs import configure_logs
from bot.notices import Notices
from bot.roles.role import Leases
from bot.settings import load_settings
from bot.store import Database, migrate


async def main() -> None:
    role, account, host = sys.argv[1:]
    configure_logs(level=logging.INFO)
    settings = load_settings()
    database = Database(settings.database)
    await migrate(database)
    if "TEST_NO_NOTICES" in os.environ:  # everything must be right without them
        Notices.tell = lambda *_: None
    leases = Leases(float(account), timedelta(seconds=float(host)))
    await App(settings, database, role=role, leases=leases).run()
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
