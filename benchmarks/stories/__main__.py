"""Compare story detection with common methods: python -m benchmarks.stories [PATH…] [--window 100000]

    quality   B-cubed precision, recall and F1; the share of items in a story about something else (wrong
              merges); the share of items whose labelled story has neither an alert nor a follow-up (never
              alerted); items per second. Tocsin sends a follow-up for new content; the others never do
    speed     items of an invented language, as many as fit into the window and 5,000 more: items per second
              with a full window, the 99th percentile per item, and the memory; left out with PATH

Without PATH, the streams are eight generated ones (tests/watchers/stories/story_stream.py). PATH is a file or a
folder of `.jsonl` and `.jsonl.gz` files (see `streams.py`). Items arrive at their dates; without dates they arrive
one per minute, in the order of the file and (marked ~) shuffled.

Tocsin is `watchers.stories.StoryIndex`. The other methods are described in `engines.py`; they keep everything in
memory forever. All times are processor times, so that other processes have little influence.
"""

from __future__ import annotations

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import mean

import psutil

# Run from a checkout without an installation.
sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.stories.engines import ENGINES, Assign
from benchmarks.stories.streams import (
    START,
    find_streams,
    generate_items,
    shuffled,
    synthetic_streams,
)
from tests.watchers.stories.story_scores import scores
from tests.watchers.stories.story_stream import Labelled
from watchers.item import Item
from watchers.stories import novel_content

MEASURED_ITEMS = 5_000
COLUMNS = ("P", "R", "F1", "wrong %", "never %", "items/s")


def measure_quality(
    make: Callable[[], Assign], labelled: list[Labelled], *, follow_ups: bool
) -> dict[str, float]:
    assign = make()
    started_ns = time.process_time_ns()
    stories = [assign(report.item, report.received_at) for report in labelled]
    seconds = (time.process_time_ns() - started_ns) / 1e9
    result = scores([report.story for report in labelled], stories)
    return {
        "P": 100 * result.precision,
        "R": 100 * result.recall,
        "F1": 100 * result.f1,
        "wrong %": 100 * result.wrong,
        "never %": 100 * share_unalerted(labelled, stories, follow_ups=follow_ups),
        "items/s": len(labelled) / seconds,
    }


def share_unalerted(labelled: list[Labelled], stories: list[int], *, follow_ups: bool) -> float:
    """Return the share of items whose labelled story has neither an alert nor a follow-up."""
    alerted: dict[int, list[Item]] = {}
    alerted_labels = set()
    for report, story in zip(labelled, stories, strict=True):
        items = alerted.setdefault(story, [])
        if not items or (follow_ups and novel_content(report.item, items)):
            items.append(report.item)
            alerted_labels.add(report.story)
    return mean(report.story not in alerted_labels for report in labelled)


def measure_speed(make: Callable[[], Assign], window: int) -> dict[str, float]:
    items = list(generate_items(window + MEASURED_ITEMS))
    moments = [START + timedelta(seconds=1.5 * number) for number in range(len(items))]
    gc.collect()
    process = psutil.Process()
    rss_before = process.memory_info().rss
    assign = make()
    for item, received_at in zip(items[:window], moments[:window], strict=True):
        assign(item, received_at)
    gc.collect()
    memory = process.memory_info().rss - rss_before
    times_us = []
    for item, received_at in zip(items[window:], moments[window:], strict=True):
        started_ns = time.thread_time_ns()
        assign(item, received_at)
        times_us.append((time.thread_time_ns() - started_ns) / 1e3)
    times_us.sort()
    return {
        "items/s": 1e6 * len(times_us) / sum(times_us),
        "p99 µs": times_us[int(0.99 * len(times_us))],
        "MB": memory / 1e6,
    }


def print_row(name: str, row: dict[str, float]) -> None:
    cells = "".join(
        f"{value:>10,.0f}" if abs(value) >= 200 else f"{value:>10.1f}" for value in row.values()
    )
    print(f"  {name:20}{cells}", flush=True)


def print_header(name: str, columns: tuple[str, ...]) -> None:
    print(f"{name:22}" + "".join(f"{column:>10}" for column in columns))


def compare_quality(name: str, streams: list[list[Labelled]]) -> None:
    items = sum(map(len, streams))
    stories = sum(len({report.story for report in labelled}) for labelled in streams)
    print_header(f"{name} ({items}/{stories})", COLUMNS)
    for engine, make in ENGINES.items():
        try:
            rows = [
                measure_quality(make, labelled, follow_ups=engine.startswith("Tocsin"))
                for labelled in streams
            ]
        except ImportError as error:
            print(f"  {engine:20}  left out: {error}")
            continue
        print_row(engine, {column: mean(row[column] for row in rows) for column in COLUMNS})


def compare_speed(window: int) -> None:
    print_header(f"a window of {window:,}", ("items/s", "p99 µs", "MB"))
    for name in ENGINES:
        command = [sys.executable, "-m", "benchmarks.stories", "--cell", name]
        command += ["--window", str(window)]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        if process.returncode:
            print(f"  {name:20}  left out: {process.stderr.strip().splitlines()[-1]}")
            continue
        print_row(name, json.loads(process.stdout))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", type=Path, nargs="*", metavar="PATH")
    parser.add_argument("--window", type=int, default=100_000)
    parser.add_argument("--cell", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cell:
        print(json.dumps(measure_speed(ENGINES[options.cell], options.window)))
        return
    if not options.paths:
        compare_quality("synthetic", list(synthetic_streams().values()))
        compare_speed(options.window)
        return
    for name, labelled in find_streams(options.paths).items():
        compare_quality(name, [labelled])
        if any(report.item.published is None for report in labelled):
            compare_quality(f"{name}~", [shuffled(labelled)])


if __name__ == "__main__":
    main()
