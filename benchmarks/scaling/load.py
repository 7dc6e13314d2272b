"""The load of the benchmark: items of 120 generated words, and topics of one to three words."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from itertools import accumulate

from watchers import Item, parse_query

# Items per poll.
POLL = 100
_SYLLABLES = "ba ke li mo nu ra se ti vo zu dar fen gil hok jun mal pes ruk sol tam".split()
_chance = random.Random(3)
WORDS = sorted({"".join(_chance.choices(_SYLLABLES, k=4)) for _ in range(40_000)})
_chance.shuffle(WORDS)
_WEIGHTS = list(accumulate(1 / (rank + 20) for rank in range(len(WORDS))))


def item(chance: random.Random) -> Item:
    words = chance.choices(WORDS, cum_weights=_WEIGHTS, k=120)
    key = f"{chance.getrandbits(64):x}"
    return Item(
        key=key,
        title=" ".join(words[:9]),
        url=f"http://news.example/{key}",
        source="News",
        published=datetime.now(UTC),
        text=" ".join(words[9:]),
    )


def topics(count: int) -> list:
    """Return topics of which an item matches two on average, if ``count`` is 1,000."""
    chance = random.Random(5)
    queries = {}
    while len(queries) < count:
        words = chance.choices(WORDS, k=chance.choice((1, 1, 1, 2, 3)))
        text = f'"{" ".join(words)}"' if chance.random() < 0.3 else " ".join(words)
        query = parse_query(text)
        queries[str(query)] = query
    return list(queries.values())
