"""Compare reverse search engines: python benchmarks/matching [--sizes 1k,10k,100k,1m] [--engines …]

For each number of subscriptions and each engine, in a separate process on one core, the script prints:
items per second end to end (from a text to the IDs of its topics), the median and the 99th percentile per
item, the memory of the topics, the time to build, to add one more topic and to discard it, and a checksum of
the results. All times are processor times, so that other processes have little influence. Every engine has
its memory in huge pages, as Tocsin does in production. Slow engines match fewer items, or are left out of
large sizes.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import json
import os
import subprocess
import sys
import time
import zlib
from pathlib import Path
from statistics import quantiles

import psutil

# Run from a checkout without an installation.
sys.path.insert(0, str(Path(__file__).parents[2]))
from engines import ENGINES, query_text
from workload import Workload, make_workload

from bot.runtime.huge_pages import use_huge_pages
from watchers.item import Item
from watchers.topics import parse_query

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1m": 1_000_000}
MAX_ITEMS = {"re": {"1k": 200, "10k": 30, "100k": 4, "1m": 0}}
COLUMNS = "items/s,p50 µs,p99 µs,build s,MB,B/topic,add µs,discard µs,matches/item,checksum"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1k,10k,100k,1m")
    parser.add_argument("--engines", default=",".join(ENGINES).replace(", ", "; "))
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--cell", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cell:
        print(json.dumps(measure(*options.cell, items=options.items)))
        return
    engines = [name.replace("; ", ", ") for name in options.engines.split(",")]
    for size in options.sizes.split(","):
        print(f"\n{SIZES[size]:,} subscriptions")
        print(f"{'':30}" + "".join(f"{column:>13}" for column in COLUMNS.split(",")))
        for engine in engines:
            row = run_cell(engine, size, options.items)
            cells = (f"{row.get(column, '–'):>13}" for column in COLUMNS.split(","))
            print(f"{engine:30}" + "".join(cells), flush=True)


def run_cell(engine: str, size: str, items: int) -> dict[str, str]:
    if MAX_ITEMS.get(engine, {}).get(size, items) == 0:
        return {}
    script = str(Path(__file__).parent)
    command = [sys.executable, script, "--cell", engine, size, "--items", str(items)]
    process = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3_600)
    if process.returncode:
        print(process.stderr[-2_000:], file=sys.stderr)
        return {}
    return json.loads(process.stdout)


def measure(name: str, size: str, items: int) -> dict[str, str]:
    workload = make_workload(SIZES[size])
    item_count = min(items, MAX_ITEMS.get(name, {}).get(size, items))
    news = [_make_item(number, words) for number, words in enumerate(workload.items[:item_count])]
    gc.collect()
    release_free_memory()
    process = psutil.Process()
    rss_before = process.memory_info().rss
    engine = ENGINES[name]()
    started = time.process_time()
    for number, topic in enumerate(workload.topics):
        engine.add(number, topic)
    engine.finish()
    build_seconds = time.process_time() - started
    gc.collect()
    release_free_memory()
    memory = process.memory_info().rss - rss_before
    gc.freeze()
    # The first pass fills the caches of words, as a day of operation does.
    for item in news:
        engine.match(item)
    use_huge_pages()
    times_us, match_count, checksum = [], 0, 0
    for number, item in enumerate(news):
        started_ns = time.thread_time_ns()
        topic_ids = engine.match(item)
        times_us.append((time.thread_time_ns() - started_ns) / 1_000)
        match_count += len(topic_ids)
        if number < 4:
            checksum = zlib.crc32(repr(sorted(topic_ids)).encode(), checksum)
    percentiles = quantiles(times_us, n=100)
    add, discard = _measure_changes(engine, workload) if hasattr(engine, "index") else ("–", "–")
    return {
        "items/s": f"{1e6 * len(times_us) / sum(times_us):,.0f}",
        "p50 µs": f"{percentiles[49]:,.0f}",
        "p99 µs": f"{percentiles[98]:,.0f}",
        "build s": f"{build_seconds:.2f}",
        "MB": f"{memory / 1e6:,.0f}",
        "B/topic": f"{memory / len(workload.topics):,.0f}",
        "add µs": add,
        "discard µs": discard,
        "matches/item": f"{match_count / len(times_us):,.1f}",
        "checksum": f"{checksum:08x}",
    }


def release_free_memory() -> None:
    """Return free memory of the C library to the system, so that only used memory is counted."""
    # Other C libraries have no malloc_trim.
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _make_item(number: int, words: list[str]) -> Item:
    """Return an item with a title, and with sentences of fifteen words."""
    starts = range(8, len(words), 15)
    sentences = [" ".join(words[start : start + 15]).capitalize() + "." for start in starts]
    title = " ".join(words[:8]).title()
    return Item(key=str(number), title=title, text=" ".join(sentences), language="en")


def _measure_changes(engine: object, workload: Workload) -> tuple[str, str]:
    """Return the microseconds to add a parsed topic to the loaded index, and to discard it.

    The mean is over 5,000 topics of another workload.
    """
    new_topics = make_workload(20_000, items=300, seed=12).topics[:5_000]
    queries = [parse_query(query_text(topic, exact=True)) for topic in new_topics]
    first = len(workload.topics)
    started = time.thread_time_ns()
    for number, query in enumerate(queries, first):
        engine.index.add(number, query)
    all_added = time.thread_time_ns()
    for number in range(first, first + len(queries)):
        engine.index.discard(number)
    all_discarded = time.thread_time_ns()
    add_us = (all_added - started) / 1_000 / len(queries)
    discard_us = (all_discarded - all_added) / 1_000 / len(queries)
    return f"{add_us:.1f}", f"{discard_us:.1f}"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
