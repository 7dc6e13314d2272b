"""Reverse search beside its peers: python benchmarks/matching [--sizes 1k,10k,100k,1m] [--engines …]

For each number of subscriptions and each engine, in a process of its own on one core: items a second
end to end (a text in, the ids of the topics out), the median and the 99th percentile of an item, the
memory that the topics took, the time to build, to add one more topic and to drop it again, and a
checksum of the results. All times are the processor's, so that what else the machine does counts
little; memory is laid into huge pages for every engine, as Tocsin does it for itself. Peers are
measured only where they finish in sensible time.
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

sys.path.insert(0, str(Path(__file__).parents[2]))  # a checkout need not be installed
import workload
from engines import ENGINES, typed

from bot.huge_pages import use_huge_pages
from watchers.item import Item
from watchers.topics import parse_query

SIZES = {"1k": 1_000, "10k": 10_000, "100k": 100_000, "1m": 1_000_000}
FEWER_ITEMS = {"re": {"1k": 200, "10k": 30, "100k": 4, "1m": 0}}
HEADS = "items/s,p50 µs,p99 µs,build s,MB,B/topic,add µs,discard µs,matches/item,checksum"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--sizes", default="1k,10k,100k,1m")
    options.add_argument("--engines", default=",".join(ENGINES).replace(", ", "; "))
    options.add_argument("--items", type=int, default=2_000)
    options.add_argument("--cell", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.cell:
        print(json.dumps(measure(*given.cell, items=given.items)))
        return
    engines = [name.replace("; ", ", ") for name in given.engines.split(",")]
    for size in given.sizes.split(","):
        print(f"\n{SIZES[size]:,} subscriptions")
        print(f"{'':30}" + "".join(f"{head:>13}" for head in HEADS.split(",")))
        for engine in engines:
            row = run_cell(engine, size, given.items)
            cells = (f"{row.get(head, '–'):>13}" for head in HEADS.split(","))
            print(f"{engine:30}" + "".join(cells), flush=True)


def run_cell(engine: str, size: str, items: int) -> dict[str, str]:
    if FEWER_ITEMS.get(engine, {}).get(size, items) == 0:
        return {}
    script = str(Path(__file__).parent)
    command = [sys.executable, script, "--cell", engine, size, "--items", str(items)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=3_600)
    if done.returncode:
        print(done.stderr[-2_000:], file=sys.stderr)
        return {}
    return json.loads(done.stdout)


def measure(name: str, size: str, items: int) -> dict[str, str]:
    load = workload.make(SIZES[size])
    most = min(items, FEWER_ITEMS.get(name, {}).get(size, items))
    texts = [_item(number, text) for number, text in enumerate(load.items[:most])]
    gc.collect()
    give_back()
    process = psutil.Process()
    before = process.memory_info().rss
    engine = ENGINES[name]()
    started = time.process_time()
    for number, topic in enumerate(load.topics):
        engine.add(number, topic)
    engine.finish()
    build = time.process_time() - started
    gc.collect()
    give_back()
    memory = process.memory_info().rss - before
    gc.freeze()
    for text in texts:  # the first pass fills what remembers words, as a day of running does
        engine.match(text)
    use_huge_pages()  # for every engine alike
    times, matches, checksum = [], 0, 0
    for number, text in enumerate(texts):
        begun = time.thread_time_ns()
        found = engine.match(text)
        times.append((time.thread_time_ns() - begun) / 1_000)
        matches += len(found)
        if number < 4:
            checksum = zlib.crc32(repr(sorted(found)).encode(), checksum)
    cuts = quantiles(times, n=100)
    add, discard = _changes(engine, load) if hasattr(engine, "index") else ("–", "–")
    return {
        "items/s": f"{1e6 * len(times) / sum(times):,.0f}",
        "p50 µs": f"{cuts[49]:,.0f}",
        "p99 µs": f"{cuts[98]:,.0f}",
        "build s": f"{build:.2f}",
        "MB": f"{memory / 1e6:,.0f}",
        "B/topic": f"{memory / len(load.topics):,.0f}",
        "add µs": add,
        "discard µs": discard,
        "matches/item": f"{matches / len(times):,.1f}",
        "checksum": f"{checksum:08x}",
    }


def give_back() -> None:
    """Let the C library return what is free to the system: memory counted is memory in use."""
    with contextlib.suppress(OSError, AttributeError):  # not glibc
        ctypes.CDLL("libc.so.6").malloc_trim(0)


def _item(number: int, words: list[str]) -> Item:
    """A title, and sentences of some fifteen words."""
    lines = [" ".join(words[at : at + 15]).capitalize() + "." for at in range(8, len(words), 15)]
    title = " ".join(words[:8]).title()
    return Item(key=str(number), title=title, text=" ".join(lines), language="en")


def _changes(engine: object, load: workload.Workload) -> tuple[str, str]:
    """Microseconds to add a parsed topic to the loaded index, and to drop it: 5,000 others' topics."""
    fresh = workload.make(20_000, items=300, seed=12).topics[:5_000]
    queries = [parse_query(typed(topic, exact=True)) for topic in fresh]
    first = len(load.topics)
    started = time.thread_time_ns()
    for number, query in enumerate(queries, first):
        engine.index.add(number, query)
    added = time.thread_time_ns()
    for number in range(first, first + len(queries)):
        engine.index.discard(number)
    dropped = time.thread_time_ns()
    each = 1_000 * len(queries)
    return f"{(added - started) / each:.1f}", f"{(dropped - added) / each:.1f}"


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    main()
