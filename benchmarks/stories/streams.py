"""Labelled streams for benchmarks/stories, from files or generated."""

from __future__ import annotations

import gzip
import itertools
import json
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.watchers.stories.story_stream import Labelled, stream
from watchers.item import Item

SEEDS = range(1, 9)
START = datetime(2026, 1, 1, tzinfo=UTC)
# Items without a date arrive at this interval, so that 1,000 of them arrive within 17 hours.
DEFAULT_INTERVAL = timedelta(minutes=1)


def synthetic_streams() -> dict[str, list[Labelled]]:
    return {f"synthetic {seed}": stream(seed) for seed in SEEDS}


def find_streams(paths: Sequence[Path]) -> dict[str, list[Labelled]]:
    """Return the streams of files, and of all `.jsonl` and `.jsonl.gz` files in folders."""
    files = []
    for path in paths:
        files += sorted(path.glob("*.jsonl*")) if path.is_dir() else [path]
    return {file.name.split(".")[0]: read_stream(file) for file in files}


def read_stream(path: Path) -> list[Labelled]:
    """Read one JSON object per line: title, text, story; optionally lang, source, url, and a date.

    Items with dates arrive in the order of their dates; without dates, in the order of the file.
    """
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    rows = [json.loads(line) for line in content.splitlines() if line.strip()]
    reports = []
    for number, row in enumerate(rows):
        text = row.get("published") or row.get("date")
        published = datetime.fromisoformat(text) if text else None
        if published is not None and published.tzinfo is None:
            published = published.replace(tzinfo=UTC)
        item = Item(
            key=str(number),
            title=row.get("title") or "",
            lead=row.get("lead") or "",
            text=row.get("text") or "",
            url=row.get("url"),
            source=row.get("source") or "",
            language=row.get("lang") or row.get("language"),
            published=published,
        )
        reports.append(
            Labelled(item, published or START + number * DEFAULT_INTERVAL, str(row["story"]))
        )
    if all(report.item.published is not None for report in reports):
        reports.sort(key=lambda report: report.received_at)
    return reports


def shuffled(labelled: list[Labelled], seed: int = 1) -> list[Labelled]:
    """Return the items in another order at the same times, for streams without dates."""
    moments = [report.received_at for report in labelled]
    others = random.Random(seed).sample(labelled, len(labelled))
    return [
        Labelled(report.item, moment, report.story)
        for report, moment in zip(others, moments, strict=True)
    ]


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
