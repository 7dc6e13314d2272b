"""Entries a second of our reader beside feedparser and fastfeedparser, over the same made-up feeds.

    python -m benchmarks.feeds.parsers [--feeds 60] [--rounds 2]

CPU time of one process, best of the rounds, which are interleaved. feedparser is run as it comes, and
with what only browsers need (sanitising, relative links in bodies) switched off. JSON feeds are left
out of the comparison, as no peer reads them. The second table is the event loop's worst pause while
every feed goes through `read_feed`, with the worker processes doing what is large or broken.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO

import feedparser

from benchmarks.feeds.made import Made, feeds
from watchers.feeds.items import entry_item
from watchers.feeds.lenient import read_leniently
from watchers.feeds.reader import read_feed, read_strictly
from watchers.feeds.sniff import form_of
from watchers.feeds.tree import NotSure
from watchers.feeds.values import Feed
from watchers.isolation import Isolation

NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://example.org/feed"
BEAT = 0.002  # seconds between two looks at the clock


def ours(body: bytes) -> Feed:
    is_json = form_of(body) == "json"
    try:
        return read_strictly(is_json, body, "", URL, NOW)
    except NotSure:
        return read_leniently(body, "", URL, NOW)


def read_ours(body: bytes) -> int:
    return len(ours(body).entries)


def read_ours_to_items(body: bytes) -> int:
    feed = ours(body)
    return sum(entry_item(entry, feed) is not None for entry in feed.entries)


def read_feedparser(body: bytes) -> int:
    return len(feedparser.parse(BytesIO(body)).entries)


def read_feedparser_bare(body: bytes) -> int:
    found = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    return len(found.entries)


def read_fastfeedparser(body: bytes) -> int:
    import fastfeedparser

    try:
        return len(fastfeedparser.parse(body).entries)
    except ValueError:
        return 0


def measure(reader: Callable[[bytes], int], made: list[Made]) -> tuple[float, int]:
    started = time.process_time()
    found = sum(reader(feed.body) for feed in made)
    return time.process_time() - started, found


async def worst_pauses(made: list[Made]) -> list[float]:
    """Seconds that each beat came too late while the feeds were read."""
    late: list[float] = []

    async def beat() -> None:
        while True:
            due = time.perf_counter() + BEAT
            await asyncio.sleep(BEAT)
            late.append(time.perf_counter() - due)

    async with Isolation() as isolation:
        await isolation.run(abs, 1, seconds=30)
        beating = asyncio.create_task(beat())
        for feed in made:
            await read_feed(feed.body, content_type="", url=URL, now=NOW, isolation=isolation)
        beating.cancel()
    return late


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    everything = feeds(options.feeds)
    made = [feed for feed in everything if feed.kind != "json"]
    sizes = sorted(len(feed.body) for feed in everything)
    broken = sum(feed.kind == "broken" for feed in everything) / len(everything)
    cuts = statistics.quantiles(sizes, n=20)
    print(
        f"{len(everything)} feeds, {sum(sizes) / 1e6:.0f} MB, p50 {statistics.median(sizes) / 1e3:.0f} kB, "
        f"p95 {cuts[18] / 1e6:.2f} MB, {sum(feed.entries for feed in everything):,} entries, {broken:.0%} broken\n"
    )
    readers: dict[str, Callable[[bytes], int]] = {
        "feedparser": read_feedparser,
        "feedparser, no sanitising": read_feedparser_bare,
        "fastfeedparser": read_fastfeedparser,
        "Tocsin": read_ours,
        "Tocsin, and every entry to an Item": read_ours_to_items,
    }
    best: dict[str, float] = {}
    found: dict[str, int] = {}
    for _ in range(options.rounds):
        for name, reader in readers.items():
            seconds, found[name] = measure(reader, made)
            best[name] = min(seconds, best.get(name, seconds))
    there = sum(feed.entries for feed in made)
    base = there / best["feedparser"]
    print(f"{'reader':36}{'entries/s':>11}{'x feedparser':>14}{'found':>8}")
    for name, seconds in best.items():
        rate = there / seconds
        print(f"{name:36}{rate:>11,.0f}{rate / base:>14.1f}{found[name] / there:>8.1%}")
    late = sorted(asyncio.run(worst_pauses(everything)))
    print(
        f"\nevent loop's pause: p99 {late[int(len(late) * 0.99)] * 1e3:.1f} ms, worst {late[-1] * 1e3:.1f} ms"
    )


if __name__ == "__main__":
    main()
