"""Compare story detection with common methods: python -m benchmarks.stories [--window 100000]

    quality   eight labelled streams (tests/watchers/stories/story_stream.py): B-cubed F1, the share of items in
              a story about something else, and the stories without any alert. A later item of a story has a
              follow-up if it has new content (Tocsin), or never (the other methods do not detect new content)
    speed     items of an invented language, as many as fit into the window and 5,000 more: items per second with
              a full window, the 99th percentile per item, and the memory

Tocsin is `watchers.stories.StoryIndex`. The other methods run on the same core: equal titles (folded, without
punctuation), MinHash-LSH (datasketch, 64 permutations, words of title and lead, the threshold that is best for
these streams) and simhash (64 bits, distance 3, four tables). They keep everything in memory forever. All times
are processor times, so that other processes have little influence.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from statistics import mean

import psutil

# Run from a checkout without an installation.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.watchers.stories.story_scores import scores
from tests.watchers.stories.story_stream import Labelled, stream
from watchers.item import Item
from watchers.stories import StoryIndex, novel_content
from watchers.text import tokens as words

Assign = Callable[[Item, datetime], int]
SEEDS = range(1, 9)
MEASURED_ITEMS = 5_000
START = datetime(2026, 1, 1, tzinfo=UTC)


def tocsin() -> Assign:
    index = StoryIndex()
    return lambda item, received_at: index.assign(item, received_at=received_at)


def equal_titles() -> Assign:
    stories: dict[str, int] = {}

    def assign(item: Item, _received_at: datetime) -> int:
        title = " ".join(word.lower() for word in words.split_words(item.title))
        return stories.setdefault(title, len(stories))

    return assign


def headline_words(item: Item) -> list[str]:
    return [word.lower() for word in words.split_words(f"{item.title} {item.lead}")]


def minhash(threshold: float = 0.5) -> Assign:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=64)
    stories: dict[int, int] = {}

    def assign(item: Item, _received_at: datetime) -> int:
        sketch = MinHash(num_perm=64)
        sketch.update_batch([word.encode() for word in set(headline_words(item))])
        similar = index.query(sketch)
        number = len(stories)
        stories[number] = stories[min(similar)] if similar else number
        index.insert(number, sketch)
        return stories[number]

    return assign


def simhash(bits: int = 64, max_distance: int = 3) -> Assign:
    """Use Charikar's simhash. Four tables of 16 bits find every fingerprint within distance 3."""
    tables: list[dict[int, list[tuple[int, int]]]] = [{} for _ in range(4)]
    numbers = itertools.count()

    def fingerprint(item: Item) -> int:
        sums = [0] * bits
        for word in headline_words(item):
            digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
            for bit in range(bits):
                sums[bit] += 1 if digest >> bit & 1 else -1
        return sum(1 << bit for bit in range(bits) if sums[bit] > 0)

    def assign(item: Item, _received_at: datetime) -> int:
        own = fingerprint(item)
        keys = [own >> 16 * table & 0xFFFF for table in range(4)]
        story = None
        for table, key in zip(tables, keys, strict=True):
            for other, number in table.get(key, ()):
                if (own ^ other).bit_count() <= max_distance:
                    story = number
        if story is None:
            story = next(numbers)
        for table, key in zip(tables, keys, strict=True):
            table.setdefault(key, []).append((own, story))
        return story

    return assign


ENGINES: dict[str, Callable[[], Assign]] = {
    "Tocsin": tocsin,
    "equal titles": equal_titles,
    "MinHash-LSH": minhash,
    "simhash": simhash,
}


def measure_quality(make: Callable[[], Assign], *, follow_ups: bool) -> dict[str, str]:
    f1, wrong, unalerted = [], [], []
    for seed in SEEDS:
        labelled = stream(seed)
        assign = make()
        stories = [assign(report.item, report.received_at) for report in labelled]
        result = scores([report.story for report in labelled], stories)
        f1.append(result.f1)
        wrong.append(result.wrong)
        unalerted.append(count_unalerted(labelled, stories, follow_ups=follow_ups))
    return {
        "F1": f"{mean(f1):.3f}",
        "worst": f"{min(f1):.3f}",
        "wrong %": f"{100 * mean(wrong):.1f}",
        "no alert": f"{sum(unalerted)}",
    }


def count_unalerted(labelled: list[Labelled], stories: list[int], *, follow_ups: bool) -> int:
    """Return how many labelled stories have neither an alert nor a follow-up."""
    alerted: dict[int, list[Item]] = {}
    alerted_labels = set()
    for report, story in zip(labelled, stories, strict=True):
        items = alerted.setdefault(story, [])
        if not items or (follow_ups and novel_content(report.item, items)):
            items.append(report.item)
            alerted_labels.add(report.story)
    return len({report.story for report in labelled} - alerted_labels)


def generate_items(count: int) -> Iterator[Item]:
    """Yield items of about 52 words by Zipf's law. Eight items on average share six rare words."""
    chance = random.Random(1)
    letters = [a + b for a in "bcdfglmnprstv" for b in "aeiou"]
    vocabulary = ["".join(chance.choices(letters, k=chance.randint(2, 4))) for _ in range(60_000)]
    weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(vocabulary))))
    topics: list[list[str]] = []
    for number in range(count):
        if number % 8 == 0:
            topics.append(chance.choices(vocabulary[2_000:], k=8))
        shared_words = chance.sample(
            topics[max(0, len(topics) - 1 - int(chance.expovariate(1 / 50)))], 6
        )
        other_words = chance.choices(vocabulary, cum_weights=weights, k=50)
        text = other_words[:45] + [word.capitalize() for word in shared_words]
        chance.shuffle(text)
        yield Item(
            key=str(number),
            title=" ".join(chance.sample(shared_words, 3) + other_words[45:]),
            lead=" ".join(text),
            url=f"https://site{number % 50}.example/a-{number}",
            source=f"site{number % 50}",
            language="en",
        )


def measure_speed(make: Callable[[], Assign], window: int) -> dict[str, str]:
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
        "items/s": f"{1e6 * len(times_us) / sum(times_us):,.0f}",
        "p99 µs": f"{times_us[int(0.99 * len(times_us))]:,.0f}",
        "MB": f"{memory / 1e6:,.0f}",
    }


COLUMNS = ("F1", "worst", "wrong %", "no alert", "items/s", "p99 µs", "MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--window", type=int, default=100_000)
    parser.add_argument("--cell", choices=ENGINES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.cell:
        make = ENGINES[options.cell]
        row = measure_quality(make, follow_ups=options.cell == "Tocsin")
        row |= measure_speed(make, options.window)
        print(json.dumps(row))
        return
    print(
        f"{'a window of ' + format(options.window, ','):22}"
        + "".join(f"{column:>12}" for column in COLUMNS)
    )
    tocsin_rate = 0.0
    for name in ENGINES:
        command = [sys.executable, "-m", "benchmarks.stories", "--cell", name]
        command += ["--window", str(options.window)]
        process = subprocess.run(command, capture_output=True, text=True, check=False)
        if process.returncode:
            print(f"{name:22}  left out: {process.stderr.strip().splitlines()[-1]}")
            continue
        row = json.loads(process.stdout)
        rate = float(row["items/s"].replace(",", ""))
        tocsin_rate = tocsin_rate or rate
        cells = "".join(f"{row[column]:>12}" for column in COLUMNS)
        print(f"{name:22}{cells}   Tocsin is {tocsin_rate / rate:.2f} times as fast", flush=True)


if __name__ == "__main__":
    main()
