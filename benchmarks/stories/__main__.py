"""Which items tell one story, beside the usual ways: python -m benchmarks.stories [--window 100000]

    how well   labelled streams (tests/watchers/story_stream.py, eight of them): B-cubed F1, the items put
               into a story of others, and the stories of which nothing would ever be told: a later item of
               a story is told if it brings news (ours), or never (the others have no such notion)
    how fast   items of a made-up language, as many as the window holds and 5,000 more: items a second
               when the window is full, the 99th percentile of one item, and the memory it took

Ours is `watchers.stories.StoryIndex`. Its peers, in the same run and on the same core: equal titles (folded,
without punctuation), MinHash-LSH (datasketch, 64 permutations, words of title and lead, the threshold that does
best on these streams) and simhash (64 bits, 3 apart, found by four tables). Peers keep everything in memory for
ever. All times are the processor's, so that what else the machine does counts little.
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

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.watchers.story_scores import scores
from tests.watchers.story_stream import Labelled, stream
from watchers.item import Item
from watchers.stories import StoryIndex, news_in
from watchers.text import words

Assign = Callable[[Item, datetime], int]
SEEDS = range(1, 9)
MORE = 5_000
START = datetime(2026, 1, 1, tzinfo=UTC)


def ours() -> Assign:
    index = StoryIndex()
    return lambda item, at: index.assign(item, at=at)


def equal_titles() -> Assign:
    known: dict[str, int] = {}

    def assign(item: Item, _at: datetime) -> int:
        title = " ".join(word.lower() for word in words.split(item.title))
        return known.setdefault(title, len(known))

    return assign


def said(item: Item) -> list[str]:
    return [word.lower() for word in words.split(f"{item.title} {item.lead}")]


def minhash(threshold: float = 0.5) -> Assign:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=64)
    stories: dict[int, int] = {}

    def assign(item: Item, _at: datetime) -> int:
        mine = MinHash(num_perm=64)
        mine.update_batch([word.encode() for word in set(said(item))])
        found = index.query(mine)
        number = len(stories)
        stories[number] = stories[min(found)] if found else number
        index.insert(number, mine)
        return stories[number]

    return assign


def simhash(bits: int = 64, apart: int = 3) -> Assign:
    """Charikar's; four tables of 16 bits find all that differ in at most three."""
    tables: list[dict[int, list[tuple[int, int]]]] = [{} for _ in range(4)]
    count = itertools.count()

    def fingerprint(item: Item) -> int:
        sums = [0] * bits
        for word in said(item):
            digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
            for bit in range(bits):
                sums[bit] += 1 if digest >> bit & 1 else -1
        return sum(1 << bit for bit in range(bits) if sums[bit] > 0)

    def assign(item: Item, _at: datetime) -> int:
        mine = fingerprint(item)
        keys = [mine >> 16 * table & 0xFFFF for table in range(4)]
        story = None
        for table, key in zip(tables, keys, strict=True):
            for other, number in table.get(key, ()):
                if (mine ^ other).bit_count() <= apart:
                    story = number
        if story is None:
            story = next(count)
        for table, key in zip(tables, keys, strict=True):
            table.setdefault(key, []).append((mine, story))
        return story

    return assign


ENGINES: dict[str, Callable[[], Assign]] = {
    "ours": ours,
    "equal titles": equal_titles,
    "MinHash-LSH": minhash,
    "simhash": simhash,
}


def quality(make: Callable[[], Assign], *, replies: bool) -> dict[str, str]:
    f1, wrong, untold = [], [], []
    for seed in SEEDS:
        labelled = stream(seed)
        assign = make()
        found = [assign(one.item, one.at) for one in labelled]
        made = scores([one.story for one in labelled], found)
        f1.append(made.f1)
        wrong.append(made.wrong)
        untold.append(never_told(labelled, found, replies=replies))
    return {
        "F1": f"{mean(f1):.3f}",
        "worst": f"{min(f1):.3f}",
        "wrong %": f"{100 * mean(wrong):.1f}",
        "never told": f"{sum(untold)}",
    }


def never_told(labelled: list[Labelled], found: list[int], *, replies: bool) -> int:
    told: dict[int, list[Item]] = {}
    heard = set()
    for one, story in zip(labelled, found, strict=True):
        known = told.setdefault(story, [])
        if not known or (replies and news_in(one.item, known)):
            known.append(one.item)
            heard.add(one.story)
    return len({one.story for one in labelled} - heard)


def made_up(many: int) -> Iterator[Item]:
    """Items of about 52 words by Zipf's law; eight items on average share six words of their own."""
    chance = random.Random(1)
    letters = [a + b for a in "bcdfglmnprstv" for b in "aeiou"]
    vocabulary = ["".join(chance.choices(letters, k=chance.randint(2, 4))) for _ in range(60_000)]
    weights = list(itertools.accumulate(1 / (rank + 8) for rank in range(len(vocabulary))))
    topics: list[list[str]] = []
    for number in range(many):
        if number % 8 == 0:
            topics.append(chance.choices(vocabulary[2_000:], k=8))
        own = chance.sample(topics[max(0, len(topics) - 1 - int(chance.expovariate(1 / 50)))], 6)
        rest = chance.choices(vocabulary, cum_weights=weights, k=50)
        text = rest[:45] + [word.capitalize() for word in own]
        chance.shuffle(text)
        yield Item(
            key=str(number),
            title=" ".join(chance.sample(own, 3) + rest[45:]),
            lead=" ".join(text),
            url=f"https://site{number % 50}.example/a-{number}",
            source=f"site{number % 50}",
            language="en",
        )


def speed(make: Callable[[], Assign], window: int) -> dict[str, str]:
    whole = list(made_up(window + MORE))
    moments = [START + timedelta(seconds=1.5 * number) for number in range(len(whole))]
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    assign = make()
    for item, at in zip(whole[:window], moments[:window], strict=True):
        assign(item, at)
    gc.collect()
    memory = process.memory_info().rss - before
    times = []
    for item, at in zip(whole[window:], moments[window:], strict=True):
        begun = time.thread_time_ns()
        assign(item, at)
        times.append((time.thread_time_ns() - begun) / 1e3)
    times.sort()
    return {
        "items/s": f"{1e6 * len(times) / sum(times):,.0f}",
        "p99 µs": f"{times[int(0.99 * len(times))]:,.0f}",
        "MB": f"{memory / 1e6:,.0f}",
    }


HEADS = ("F1", "worst", "wrong %", "never told", "items/s", "p99 µs", "MB")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--window", type=int, default=100_000)
    options.add_argument("--cell", choices=ENGINES, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.cell:
        make = ENGINES[given.cell]
        row = quality(make, replies=given.cell == "ours") | speed(make, given.window)
        print(json.dumps(row))
        return
    print(
        f"{'a window of ' + format(given.window, ','):22}"
        + "".join(f"{head:>12}" for head in HEADS)
    )
    first = 0.0
    for name in ENGINES:
        command = [sys.executable, "-m", "benchmarks.stories", "--cell", name]
        command += ["--window", str(given.window)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name:22}  left out: {done.stderr.strip().splitlines()[-1]}")
            continue
        row = json.loads(done.stdout)
        pace = float(row["items/s"].replace(",", ""))
        first = first or pace
        cells = "".join(f"{row[head]:>12}" for head in HEADS)
        print(f"{name:22}{cells}   {first / pace:.2f} x its pace is ours", flush=True)


if __name__ == "__main__":
    main()
