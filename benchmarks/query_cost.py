"""The most expensive topics against long texts: python benchmarks/query_cost.py [SECONDS [SEED]]

The script makes topics as expensive as the limits of the language allow: chains and trees of NEAR over
frequent words, groups of alternatives, words close together, phrases of one repeated word, many prefixes of
one word, and many parts joined by AND. Each is matched against texts in which its words are frequent. For
each topic it prints the processor time and the memory of one item, with the index and with the query alone,
for an article of 1,500 words and a text of 20,000 words, and the ratio of the two times (13.3 if the time
grows linearly). After the fixed topics it makes random ones for SECONDS (60 by default) and prints the most
expensive one. It exits with status 1 if an article takes more than 20 ms or 20 MB with the index.
"""

from __future__ import annotations

import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

# Run from a checkout without an installation.
sys.path.insert(0, str(Path(__file__).parents[1]))

from watchers.item import Item
from watchers.topics import Query, QuerySyntaxError, TopicIndex, parse_query

ARTICLE_WORDS, LONG_WORDS = 1_500, 20_000
MAX_MS, MAX_MB = 20.0, 20.0
COMMON = "the of to and in a for is on that by this with you it not or be are from".split()
LONG_WORD = "internationalization"


@dataclass(frozen=True)
class Cost:
    ms: float
    mb: float


def topics() -> Iterator[tuple[str, str]]:
    """Yield names and topics. Each topic is the longest of its kind that is accepted."""
    yield "a word", "oil"
    yield "two words near", f"{COMMON[0]} NEAR/99 {COMMON[1]}"
    for operator in ("NEAR/99", "NEAR/4", "ONEAR/99", "ONEAR/0"):
        yield (
            f"chain of {operator}",
            _longest(lambda count, operator=operator: _chain(count, 1, operator)),
        )
        yield (
            f"groups by {operator}",
            _longest(lambda count, operator=operator: _chain(count, 6, operator)),
        )
        yield (
            f"tree of {operator}",
            _longest(lambda count, operator=operator: _tree(count, operator)),
        )
        yield (
            f"pairs of {operator}",
            _longest(
                lambda count, operator=operator: " AND ".join(
                    f"({_word(number)} {operator} {_word(number + 1)})" for number in range(count)
                )
            ),
        )
    yield "proximity", _longest(lambda count: f"({' '.join(map(_word, range(count)))})~99")
    yield "alternatives", _longest(lambda count: " OR ".join(map(_word, range(count))))
    yield "all of", _longest(lambda count: " AND ".join(map(_word, range(count))))
    yield (
        "phrases",
        _longest(lambda count: " OR ".join(_repeat(number + 2) for number in range(count))),
    )
    yield (
        "phrases near",
        _longest(
            lambda count: (
                f"({' OR '.join(_repeat(number + 1) for number in range(count))}) NEAR/99 of"
            )
        ),
    )
    yield (
        "phrases of all forms",
        " OR ".join(f"{field}{sign}{_repeat(28)}" for field in ("", "body:") for sign in ("", "="))
        + " OR "
        + "-".join(["the"] * 28),
    )
    prefixes = [
        f"{field}{LONG_WORD[:size]}*"
        for field in ("", "body:", "title:")
        for size in range(3, len(LONG_WORD))
    ]
    yield "prefixes", " OR ".join(prefixes)
    yield "prefixes, all", " AND ".join(prefixes[:34])
    yield "prefixes and a phrase", " OR ".join([*prefixes, f'"{LONG_WORD} {LONG_WORD}"'])


def _word(number: int) -> str:
    """Return one of as many distinct leaves as possible: exact words first, then any form."""
    word = COMMON[number % len(COMMON)]
    return f'"{word}"' if number < len(COMMON) else word


def _repeat(count: int) -> str:
    return f'"{" ".join(["the"] * count)}"'


def _chain(count: int, alternatives: int, operator: str) -> str:
    groups = [
        " OR ".join(_word(number + offset) for offset in range(alternatives))
        for number in range(count)
    ]
    return f" {operator} ".join(f"({group})" if alternatives > 1 else group for group in groups)


def _tree(count: int, operator: str) -> str:
    parts = [*map(_word, range(count))]
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        unpaired = parts[-1:] if len(parts) % 2 else []
        parts = [f"({left} {operator} {right})" for left, right in pairs] + unpaired
    return parts[0]


def _longest(make: Callable[[int], str]) -> str:
    """Return the longest topic of ``make`` that the language accepts."""
    accepted = ""
    for count in range(2, 65):
        try:
            parse_query(make(count))
        except QuerySyntaxError:
            continue
        accepted = make(count)
    return accepted


def texts(words: int) -> list[Item]:
    """Return texts in which the words of the topics are as frequent as possible."""
    chance = random.Random(words)
    mixed = " ".join(chance.choices(COMMON, k=words))
    three_words = " ".join(chance.choices(COMMON[:3], k=words))
    one_word = " ".join(["the"] * words)
    rare_words = [f"w{number}" for number in range(80)]
    sparse = " ".join(chance.choices([*COMMON, *rare_words], k=words))
    bodies = (mixed, three_words, one_word, sparse, " ".join([LONG_WORD] * words))
    return [
        Item(key=str(number), title="T", text=text, language="en")
        for number, text in enumerate(bodies)
    ]


def measure(run: Callable[[], object]) -> Cost:
    """Return the processor time (the better of two runs) and the peak of allocated memory."""
    times = []
    for _ in range(2):
        started = time.thread_time()
        run()
        times.append(time.thread_time() - started)
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Cost(1_000 * min(times), peak / 1e6)


def highest_cost(query: Query, items: list[Item]) -> tuple[Cost, Cost]:
    """Return the highest costs over ``items``, with the index (spans read) and the query alone."""
    index = TopicIndex()
    index.add(1, query)
    indexed = [measure(lambda item=item: index.match(item).spans) for item in items]
    alone = [measure(lambda item=item: query.match(item)) for item in items]
    return _maximum(indexed), _maximum(alone)


def _maximum(costs: list[Cost]) -> Cost:
    return Cost(max(cost.ms for cost in costs), max(cost.mb for cost in costs))


def random_topic(chance: random.Random) -> str:
    """Return frequent words under random operators, most of them NEAR."""
    return _random_part(chance, chance.choice((2, 4, 8, 16, 32, 64)))


def _random_part(chance: random.Random, leaves: int) -> str:
    if leaves < 2:
        return _random_leaf(chance)
    roll = chance.random()
    if roll < 0.2:
        alternatives = [_random_leaf(chance) for _ in range(leaves)]
        return f"({' OR '.join(alternatives)})"
    left_leaves = chance.choice((1, leaves // 2, leaves - 1))
    operator = f"{chance.choice(('NEAR', 'NEAR', 'ONEAR'))}/{chance.choice((0, 4, 30, 99))}"
    if roll > 0.9:
        operator = "OR"
    left = _random_part(chance, left_leaves)
    right = _random_part(chance, leaves - left_leaves)
    return f"({left} {operator} {right})"


def _random_leaf(chance: random.Random) -> str:
    roll = chance.random()
    word = chance.choice(COMMON)
    if roll < 0.7:
        return word
    return f'"{word}"' if roll < 0.85 else f'"{word} {chance.choice(COMMON)}"'


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    article, long = texts(ARTICLE_WORDS), texts(LONG_WORDS)
    print(f"{'':28}{'chars':>6}{'index ms':>10}{'MB':>7}{'alone ms':>10}{'MB':>7}", end="")
    print(f"{'20k: ms':>10}{'MB':>7}{'ratio':>7}{'alone':>9}{'ratio':>7}")
    worst = Cost(0, 0)
    for name, typed in topics():
        worst = _maximum([worst, _print_row(name, typed, article, long)])
    seed = time.time_ns() if len(sys.argv) < 3 else int(sys.argv[2])
    chance, accepted, refused = random.Random(seed), 0, 0
    worst_random_topic, worst_random_ms = "", 0.0
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        typed = random_topic(chance)
        try:
            query = parse_query(typed)
        except QuerySyntaxError:
            refused += 1
            continue
        accepted += 1
        indexed_ms = highest_cost(query, article[:3])[0].ms
        if indexed_ms > worst_random_ms:
            worst_random_topic, worst_random_ms = typed, indexed_ms
    print(f"\nseed {seed}: {accepted:,} random topics, {refused:,} more were refused")
    if worst_random_topic:
        row_cost = _print_row("worst random topic", worst_random_topic, article, long)
        worst = _maximum([worst, row_cost])
        print(worst_random_topic)
    print(f"\nworst article: {worst.ms:.1f} ms (limit {MAX_MS:.0f}),", end=" ")
    print(f"{worst.mb:.1f} MB (limit {MAX_MB:.0f})")
    return int(worst.ms > MAX_MS or worst.mb > MAX_MB)


def _print_row(name: str, typed: str, article: list[Item], long: list[Item]) -> Cost:
    query = parse_query(typed)
    indexed, alone = highest_cost(query, article)
    long_indexed, long_alone = highest_cost(query, long)
    print(
        f"{name:28}{len(typed):6}{indexed.ms:10.2f}{indexed.mb:7.1f}{alone.ms:10.2f}{alone.mb:7.1f}"
        f"{long_indexed.ms:10.1f}{long_indexed.mb:7.1f}{long_indexed.ms / indexed.ms:7.1f}"
        f"{long_alone.ms:9.1f}{long_alone.ms / alone.ms:7.1f}",
        flush=True,
    )
    return indexed


if __name__ == "__main__":
    sys.exit(main())
