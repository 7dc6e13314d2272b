"""Measure how long commands and the console take to start, and how much memory an idle bot uses.

    python benchmarks/startup.py [--runs 7] [--no-memory]

Prints the minimum and the median of each command and its ratio to the start of Python with three modules
of the standard library, in interleaved runs. The time to the prompt ends when the terminal shows the
prompt. The memory is the resident set of the process and its children with 1,000 items and 20 feeds on
SQLite, some seconds after the last item.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import pty
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from statistics import median

import psutil
from aiohttp import web

from tests.fakes.slack_team import FakeTeam
from tests.fakes.telegram import TOKEN
from tests.fakes.telegram_chats import StrictTelegram

ROOT = Path(__file__).parents[1]
BASE = "import argparse, asyncio, sqlite3"
ARTICLE = (
    "Ministers agreed on new sanctions on Tuesday. The measures concern two banks and a shipping company. "
    "The envoy said that talks would continue in Geneva next week.\n"
)
PROMPT = "›".encode()
FEED_COUNT = 20
ITEMS_PER_FEED = 50
PROMPT_TIMEOUT_SECONDS = 60
IDLE_SECONDS = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=7, help="runs of each command")
    parser.add_argument("--no-memory", action="store_true", help="skip the memory of an idle bot")
    options = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    )
    with tempfile.TemporaryDirectory(prefix="tocsin-startup-") as folder:
        measure_start(Path(folder), options.runs)
    if not options.no_memory:
        for name, has_chats in (("console", False), ("Telegram and Slack", True)):
            with tempfile.TemporaryDirectory(prefix="tocsin-startup-") as folder:
                resident = asyncio.run(idle_memory(Path(folder), has_chats=has_chats))
            print(f"idle memory, {name:<20} {resident / 1e6:7.0f} MB")


def environment(folder: Path, **values: str) -> dict[str, str]:
    (folder / "seeds").mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TOCSIN_")}
    # An installed package has byte code. Without it, each start would compile all modules.
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **kept,
        "PYTHONPYCACHEPREFIX": str(Path(tempfile.gettempdir()) / "tocsin-startup-bytecode"),
        "PYTHONPATH": str(ROOT),
        "TOCSIN_DATA_DIR": str(folder / "data"),
        "TOCSIN_SEEDS_DIR": str(folder / "seeds"),
        **values,
    }


def measure_start(folder: Path, runs: int) -> None:
    article = folder / "article.txt"
    article.write_text(ARTICLE)
    values = environment(folder)

    def command(*arguments: str) -> Callable[[], float]:
        return lambda: timed([sys.executable, *arguments], folder, values)

    fresh_number = iter(range(10_000))

    def fresh_prompt() -> float:
        data = folder / f"data-{next(fresh_number)}"
        return prompt_seconds(folder, {**values, "TOCSIN_DATA_DIR": str(data)})

    measured = {
        "python with three modules": command("-c", BASE),
        "tocsin --help": command("-m", "bot", "--help"),
        "tocsin match": command("-m", "bot", "match", "sanctions", str(article)),
        "tocsin summarize": command("-m", "bot", "summarize", str(article)),
        "prompt, existing database": lambda: prompt_seconds(folder, values),
        "prompt, fresh database": fresh_prompt,
    }
    # The first run of each writes byte code and creates the existing database.
    for run in measured.values():
        run()
    seconds: dict[str, list[float]] = {name: [] for name in measured}
    for _ in range(runs):
        for name, run in measured.items():
            seconds[name].append(run())
    base = median(seconds["python with three modules"])
    print(f"{'':<28}{'min s':>8}{'median s':>10}{'ratio':>8}")
    for name, values_of_name in seconds.items():
        middle = median(values_of_name)
        print(f"{name:<28}{min(values_of_name):8.3f}{middle:10.3f}{middle / base:8.1f}")


def timed(arguments: list[str], folder: Path, values: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(arguments, cwd=folder, env=values, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def prompt_seconds(folder: Path, values: dict[str, str]) -> float:
    """Return the seconds from the start of the process to the prompt on its terminal."""
    started = time.perf_counter()
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execve(sys.executable, [sys.executable, "-m", "bot", "run", "--console"], values)
    seen = b""
    try:
        while PROMPT not in seen:
            remaining = started + PROMPT_TIMEOUT_SECONDS - time.perf_counter()
            if not select.select([terminal], [], [], max(0, remaining))[0]:
                raise SystemExit(f"no prompt within {PROMPT_TIMEOUT_SECONDS} s: {seen!r}")
            seen += os.read(terminal, 65536)
            # prompt_toolkit asks for the position of the cursor before it draws the prompt.
            if b"\x1b[6n" in seen:
                os.write(terminal, b"\x1b[1;1R")
                seen = seen.replace(b"\x1b[6n", b"")
        return time.perf_counter() - started
    finally:
        os.kill(pid, signal.SIGTERM)
        with suppress(OSError):
            while os.read(terminal, 65536):
                pass
        os.waitpid(pid, 0)
        os.close(terminal)


async def idle_memory(folder: Path, *, has_chats: bool) -> int:
    """Return the resident bytes of a bot and its children that has read 1,000 items from 20 feeds."""
    async with AsyncExitStack() as stack:
        port = await serve_feeds(stack)
        feeds = ",".join(f"http://127.0.0.1:{port}/{number}.xml" for number in range(FEED_COUNT))
        values = environment(folder, TOCSIN_FEEDS=feeds, TOCSIN_ALLOW_NETWORKS="127.0.0.0/8")
        if has_chats:
            telegram = await stack.enter_async_context(StrictTelegram())
            slack = await stack.enter_async_context(
                FakeTeam({"xoxb-one": "T1"}, app_token="xapp-1")
            )
            values |= {
                "TOCSIN_TELEGRAM_TOKEN": TOKEN,
                "TOCSIN_TELEGRAM_BASE_URL": telegram.base_url,
                "TOCSIN_SLACK_BOT_TOKEN": "xoxb-one",
                "TOCSIN_SLACK_APP_TOKEN": "xapp-1",
                "TOCSIN_SLACK_BASE_URL": slack.base_url,
            }
        arguments = [sys.executable, "-m", "bot", "run", *(() if has_chats else ("--console",))]
        process = await asyncio.create_subprocess_exec(
            *arguments,
            cwd=folder,
            env=values,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
        )
        try:
            database = folder / "data" / "tocsin.sqlite3"
            await wait_for_items(database)
            await asyncio.sleep(IDLE_SECONDS)
            bot = psutil.Process(process.pid)
            return sum(each.memory_full_info().pss for each in (bot, *bot.children(recursive=True)))
        finally:
            process.terminate()
            await process.wait()


async def serve_feeds(stack: AsyncExitStack) -> int:
    async def serve(request: web.Request) -> web.Response:
        feed = request.match_info["feed"]
        now = format_datetime(datetime.now(UTC))
        items = "".join(
            f"<item><title>Report {feed}-{number} about harbour {number * 7919 % 1000}</title>"
            f"<guid>{feed}-{number}</guid><link>http://example.org/{feed}/{number}</link>"
            f"<pubDate>{now}</pubDate><description>{ARTICLE * 3}</description></item>"
            for number in range(ITEMS_PER_FEED)
        )
        return web.Response(
            text=f"<rss version='2.0'><channel><title>Feed {feed}</title>{items}</channel></rss>",
            content_type="application/rss+xml",
        )

    application = web.Application()
    application.router.add_get("/{feed}.xml", serve)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port: int = runner.addresses[0][1]
    return port


async def wait_for_items(database: Path) -> None:
    import sqlite3

    for _ in range(600):
        await asyncio.sleep(0.5)
        with suppress(sqlite3.Error):
            connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
            (count,) = connection.execute("select count(*) from items").fetchone()
            connection.close()
            if count >= FEED_COUNT * ITEMS_PER_FEED:
                return
    raise SystemExit("the bot did not store the items of all feeds within 300 s")


if __name__ == "__main__":
    main()
