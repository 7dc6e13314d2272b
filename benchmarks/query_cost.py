"""The dearest topics that are accepted, against long texts: python benchmarks/query_cost.py [SECONDS]

Makes topics as dear as the limits of the language allow: chains and trees of NEAR over frequent words,
groups of alternatives, words in one stretch, phrases of one repeated word, many beginnings of one word,
many parts joined by AND; each against texts in which its words are frequent. For each: the processor
time and the memory of one item, by the index and by the query alone, for an article of 1,500 words and
a text of 20,000, and the ratio of the two times (13.3 where the time grows with the length). After the
fixed topics it makes random ones for SECONDS (60 by default) and prints the dearest. Ends with status
1 if an article takes more than 20 ms or 20 MB in the index.
"""

from __future__ import annotations

import random
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))  # a checkout need not be installed

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
    """Names and topics; each is the longest of its kind that is accepted."""
    yield "a word", "oil"
    yield "two words near", f"{COMMON[0]} NEAR/99 {COMMON[1]}"
    for operator in ("NEAR/99", "NEAR/4", "ONEAR/99", "ONEAR/0"):
        yield f"chain of {operator}", _longest(lambda count, sign=operator: _chain(count, 1, sign))
        yield f"groups by {operator}", _longest(lambda count, sign=operator: _chain(count, 6, sign))
        yield f"tree of {operator}", _longest(lambda count, sign=operator: _tree(count, sign))
        yield (
            f"pairs of {operator}",
            _longest(
                lambda count, sign=operator: " AND ".join(
                    f"({_word(at)} {sign} {_word(at + 1)})" for at in range(count)
                )
            ),
        )
    yield "one stretch", _longest(lambda count: f"({' '.join(map(_word, range(count)))})~99")
    yield "alternatives", _longest(lambda count: " OR ".join(map(_word, range(count))))
    yield "all of", _longest(lambda count: " AND ".join(map(_word, range(count))))
    yield "phrases", _longest(lambda count: " OR ".join(_repeated(at + 2) for at in range(count)))
    yield (
        "phrases near",
        _longest(
            lambda count: f"({' OR '.join(_repeated(at + 1) for at in range(count))}) NEAR/99 of"
        ),
    )
    yield (
        "phrases of all forms",
        " OR ".join(
            f"{field}{sign}{_repeated(28)}" for field in ("", "body:") for sign in ("", "=")
        )
        + " OR "
        + "-".join(["the"] * 28),
    )
    beginnings = [
        f"{field}{LONG_WORD[:size]}*"
        for field in ("", "body:", "title:")
        for size in range(3, len(LONG_WORD))
    ]
    yield "beginnings", " OR ".join(beginnings)
    yield "beginnings, all", " AND ".join(beginnings[:34])
    yield "beginnings and a phrase", " OR ".join([*beginnings, f'"{LONG_WORD} {LONG_WORD}"'])


def _word(at: int) -> str:
    return f'"{COMMON[at % len(COMMON)]}"' if at < len(COMMON) else COMMON[at % len(COMMON)]


def _repeated(count: int) -> str:
    return f'"{" ".join(["the"] * count)}"'


def _chain(count: int, alternatives: int, operator: str) -> str:
    groups = [
        " OR ".join(_word(at + other) for other in range(alternatives)) for at in range(count)
    ]
    return f" {operator} ".join(f"({group})" if alternatives > 1 else group for group in groups)


def _tree(count: int, operator: str) -> str:
    parts = [*map(_word, range(count))]
    while len(parts) > 1:
        pairs = zip(parts[::2], parts[1::2], strict=False)
        odd = parts[-1:] if len(parts) % 2 else []
        parts = [f"({left} {operator} {right})" for left, right in pairs] + odd
    return parts[0]


def _longest(make: Callable[[int], str]) -> str:
    """The longest topic that ``make`` makes and the language accepts."""
    accepted = ""
    for count in range(2, 65):
        try:
            parse_query(make(count))
        except QuerySyntaxError:
            continue
        accepted = make(count)
    return accepted


def texts(words: int) -> list[Item]:
    """Texts in which the words of the topics are as frequent as can be."""
    chance = random.Random(words)
    mixed = " ".join(chance.choices(COMMON, k=words))
    few = " ".join(chance.choices(COMMON[:3], k=words))
    one = " ".join(["the"] * words)
    sparse = " ".join(chance.choices([*COMMON, *(f"w{at}" for at in range(80))], k=words))
    bodies = (mixed, few, one, sparse, " ".join([LONG_WORD] * words))
    return [
        Item(key=str(at), title="T", text=text, language="en") for at, text in enumerate(bodies)
    ]


def cost(run: Callable[[], object]) -> Cost:
    """Processor time (the better of two runs) and the memory that was allocated at most."""
    times = []
    for _ in range(2):
        begun = time.thread_time()
        run()
        times.append(time.thread_time() - begun)
    tracemalloc.start()
    run()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return Cost(1_000 * min(times), peak / 1e6)


def dearest(query: Query, items: list[Item]) -> tuple[Cost, Cost]:
    """What the dearest of ``items`` takes by the index, spans read, and by the query alone."""
    index = TopicIndex()
    index.add(1, query)
    indexed = [cost(lambda item=item: index.match(item).spans) for item in items]
    alone = [cost(lambda item=item: query.match(item)) for item in items]
    return _most(indexed), _most(alone)


def _most(costs: list[Cost]) -> Cost:
    return Cost(max(one.ms for one in costs), max(one.mb for one in costs))


def random_topic(chance: random.Random) -> str:
    """Frequent words under random operators, most of them NEAR."""
    return _random_part(chance, chance.choice((2, 4, 8, 16, 32, 64)))


def _random_part(chance: random.Random, leaves: int) -> str:
    if leaves < 2:
        return _random_leaf(chance)
    roll = chance.random()
    if roll < 0.2:
        alternatives = [_random_leaf(chance) for _ in range(leaves)]
        return f"({' OR '.join(alternatives)})"
    left = chance.choice((1, leaves // 2, leaves - 1))
    operator = f"{chance.choice(('NEAR', 'NEAR', 'ONEAR'))}/{chance.choice((0, 4, 30, 99))}"
    if roll > 0.9:
        operator = "OR"
    parts = _random_part(chance, left), _random_part(chance, leaves - left)
    return f"({parts[0]} {operator} {parts[1]})"


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
        worst = _most([worst, _print_row(name, typed, article, long)])
    seed = time.time_ns() if len(sys.argv) < 3 else int(sys.argv[2])
    chance, found, accepted, refused = random.Random(seed), ("", Cost(0, 0)), 0, 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        typed = random_topic(chance)
        try:
            query = parse_query(typed)
        except QuerySyntaxError:
            refused += 1
            continue
        accepted += 1
        spent = dearest(query, article[:3])[0]
        if spent.ms > found[1].ms:
            found = typed, spent
    print(f"\nseed {seed}: {accepted:,} random topics, {refused:,} more were refused")
    if found[0]:
        worst = _most([worst, _print_row("dearest random topic", found[0], article, long)])
        print(found[0])
    print(f"\nworst article: {worst.ms:.1f} ms (target {MAX_MS:.0f}),", end=" ")
    print(f"{worst.mb:.1f} MB (target {MAX_MB:.0f})")
    return int(worst.ms > MAX_MS or worst.mb > MAX_MB)


def _print_row(name: str, typed: str, article: list[Item], long: list[Item]) -> Cost:
    query = parse_query(typed)
    indexed, alone = dearest(query, article)
    long_indexed, long_alone = dearest(query, long)
    print(
        f"{name:28}{len(typed):6}{indexed.ms:10.2f}{indexed.mb:7.1f}{alone.ms:10.2f}{alone.mb:7.1f}"
        f"{long_indexed.ms:10.1f}{long_indexed.mb:7.1f}{long_indexed.ms / indexed.ms:7.1f}"
        f"{long_alone.ms:9.1f}{long_alone.ms / alone.ms:7.1f}",
        flush=True,
    )
    return indexed


if __name__ == "__main__":
    sys.exit(main())
