"""A strict fake platform in a process of its own: python benchmarks/delivery/server.py KIND OPTIONS

Prints its port, and the port of GET /stats, which returns the received messages.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fakes.slack import FakeSlack
from tests.fakes.telegram import FakeTelegram, jittered


async def main() -> None:
    kind, options = sys.argv[1], json.loads(sys.argv[2])
    delays = {"transit": jittered(0.01, 0.05), "service": jittered(0.03, 0.09)}
    platform = (
        FakeTelegram(**delays, **options) if kind == "telegram" else FakeSlack(**delays, **options)
    )

    async def stats(_: web.Request) -> web.Response:
        chat_field = "chat" if kind == "telegram" else "channel"
        sent = [
            (str(getattr(message, chat_field)), message.text, message.at)
            for message in platform.messages
        ]
        platform.messages.clear()
        refused, platform.refused = platform.refused, 0
        return web.json_response({"sent": sent, "refused": refused, "now": time.monotonic()})

    app = web.Application()
    app.router.add_get("/stats", stats)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    async with platform:
        print(platform.port, site._server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
