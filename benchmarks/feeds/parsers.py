"""Compare the feed parser with feedparser and fastfeedparser: entries per second for the same feeds.

    python -m benchmarks.feeds.parsers [--feeds 60] [--rounds 2]

The unit is CPU time of one process, the best of interleaved rounds. feedparser runs with its defaults, and
without the steps that only browsers need (sanitising, relative links in bodies). JSON feeds are left out of
the comparison, because the other parsers do not read them. The last line is the longest delay of the event
loop while `read_feed` reads every feed, with large and broken feeds in worker processes.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from io import BytesIO

import feedparser

from benchmarks.feeds.generated_feeds import GeneratedFeed, generate_feeds
from watchers.feeds.detect import detect_format
from watchers.feeds.feedparser_fallback import parse_with_feedparser
from watchers.feeds.models import Feed
from watchers.feeds.reader import entry_to_item, read_feed, read_strictly
from watchers.feeds.xml_tree import NeedsFallback
from watchers.process_pool import SandboxPool

NOW = datetime(2026, 11, 23, tzinfo=UTC)
URL = "https://example.org/feed"
HEARTBEAT_SECONDS = 0.002


def parse_with_tocsin(body: bytes) -> Feed:
    is_json = detect_format(body) == "json"
    try:
        return read_strictly(is_json, body, "", URL, NOW)
    except NeedsFallback:
        return parse_with_feedparser(body, "", URL, NOW)


def count_tocsin_entries(body: bytes) -> int:
    return len(parse_with_tocsin(body).entries)


def count_tocsin_items(body: bytes) -> int:
    feed = parse_with_tocsin(body)
    return sum(entry_to_item(entry, feed) is not None for entry in feed.entries)


def count_feedparser_entries(body: bytes) -> int:
    return len(feedparser.parse(BytesIO(body)).entries)


def count_feedparser_entries_without_sanitising(body: bytes) -> int:
    parsed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    return len(parsed.entries)


def count_fastfeedparser_entries(body: bytes) -> int:
    import fastfeedparser

    try:
        return len(fastfeedparser.parse(body).entries)
    except ValueError:
        return 0


def measure(count_entries: Callable[[bytes], int], feeds: list[GeneratedFeed]) -> tuple[float, int]:
    started = time.process_time()
    count = sum(count_entries(feed.body) for feed in feeds)
    return time.process_time() - started, count


async def measure_delays(feeds: list[GeneratedFeed]) -> list[float]:
    """Return the delay of each heartbeat, in seconds, while the feeds are read."""
    delays: list[float] = []

    async def beat() -> None:
        while True:
            due = time.perf_counter() + HEARTBEAT_SECONDS
            await asyncio.sleep(HEARTBEAT_SECONDS)
            delays.append(time.perf_counter() - due)

    async with SandboxPool() as isolation:
        await isolation.run(abs, 1, seconds=30)
        heartbeat = asyncio.create_task(beat())
        for feed in feeds:
            await read_feed(feed.body, content_type="", url=URL, now=NOW, sandbox=isolation)
        heartbeat.cancel()
    return delays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    all_feeds = generate_feeds(options.feeds)
    feeds = [feed for feed in all_feeds if feed.kind != "json"]
    sizes = sorted(len(feed.body) for feed in all_feeds)
    broken = sum(feed.kind == "broken" for feed in all_feeds) / len(all_feeds)
    cuts = statistics.quantiles(sizes, n=20)
    print(
        f"{len(all_feeds)} feeds, {sum(sizes) / 1e6:.0f} MB, p50 {statistics.median(sizes) / 1e3:.0f} kB, "
        f"p95 {cuts[18] / 1e6:.2f} MB, {sum(feed.entries for feed in all_feeds):,} entries, {broken:.0%} broken\n"
    )
    readers: dict[str, Callable[[bytes], int]] = {
        "feedparser": count_feedparser_entries,
        "feedparser, no sanitising": count_feedparser_entries_without_sanitising,
        "fastfeedparser": count_fastfeedparser_entries,
        "Tocsin": count_tocsin_entries,
        "Tocsin, with Items": count_tocsin_items,
    }
    if find_spec("fastfeedparser") is None:
        print("fastfeedparser is not installed and is skipped\n")
        del readers["fastfeedparser"]
    best: dict[str, float] = {}
    counts: dict[str, int] = {}
    for _ in range(options.rounds):
        for name, reader in readers.items():
            seconds, counts[name] = measure(reader, feeds)
            best[name] = min(seconds, best.get(name, seconds))
    entry_count = sum(feed.entries for feed in feeds)
    base = entry_count / best["feedparser"]
    print(f"{'reader':36}{'entries/s':>11}{'x feedparser':>14}{'found':>8}")
    for name, seconds in best.items():
        rate = entry_count / seconds
        print(f"{name:36}{rate:>11,.0f}{rate / base:>14.1f}{counts[name] / entry_count:>8.1%}")
    delays = sorted(asyncio.run(measure_delays(all_feeds)))
    print(
        f"\nevent loop delay: p99 {delays[int(len(delays) * 0.99)] * 1e3:.1f} ms, worst {delays[-1] * 1e3:.1f} ms"
    )


if __name__ == "__main__":
    main()
