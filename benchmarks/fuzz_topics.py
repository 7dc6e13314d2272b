"""Fuzz the topic language: python benchmarks/fuzz_topics.py [SECONDS [SEED]]

Three kinds of input: words and signs of the language in any order, valid topics with a few changed
characters, and any Unicode. For each input the script checks that only QuerySyntaxError is raised, with a
position inside the text, and that an accepted topic parses back to itself, can be described, and can be
added to an index and discarded. The script prints how many topics were accepted, and the highest CPU time
per character in microseconds for short and long texts: the two figures are similar if the time is linear.
It exits with status 1 at the first failure.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter

from watchers.topics import Query, QuerySyntaxError, TopicIndex, parse_query

PIECES = (
    '( ) " " “ ” OR AND NOT | || & && - -- ! , ; + = ~ ~3 ~99 * ? ^2 [ ] { } / : NEAR NEAR/3 ONEAR '
    "ONEAR/0 NEAR/100 AROUND(3) title: body: lang: lang:en source: site:bbc.com author: country:kr "
    "tag: exact: foo: iran korea sanct* missile US U.S. don't and or not north-korea 联合国 데이터 북한 "
    "санкции عقوبات ไทย Müller İran ß ﬁ ½ ŉ ǆ ΐ ʼ ’ … © 😀 \u0301 \u200d \u00ad \ufeff \n \t １２ ＡＢ （ ）"
).split(" ")
VALID = (
    '"north korea" AND (sanctions OR missile) -football',
    "title:(iran NEAR/4 (talks OR deal)) lang:en",
    '="US" OR "united states"~3 OR (a b c)~6',
    "iran, north korea, 联合国 制裁",
)
LONG_TEXT_CHARS = 400
# Shorter texts count as this long, so that the fixed cost per text does not dominate.
MIN_COUNTED_CHARS = 20


def random_text(chance: random.Random) -> str:
    roll = chance.random()
    if roll < 0.6:
        count = chance.choice((3, 6, 12, 60, 300))
        separator = chance.choice((" ", " ", ""))
        return separator.join(chance.choices(PIECES, k=chance.randrange(count)))
    if roll < 0.65:
        parts = (chance.choice(VALID[:3]) for _ in range(chance.randrange(2, 30)))
        return chance.choice((" OR ", " AND ", " | ")).join(f"({part})" for part in parts)
    if roll < 0.9:
        chars = list(chance.choice(VALID) * chance.choice((1, 1, 5)))
        for _ in range(chance.randrange(1, 4)):
            start = chance.randrange(len(chars))
            chars[start : start + chance.randrange(3)] = chance.choice(PIECES)
        return "".join(chars)
    return "".join(chr(_random_code_point(chance)) for _ in range(chance.randrange(40)))


def _random_code_point(chance: random.Random) -> int:
    code = chance.choice(
        (chance.randrange(0x250), chance.randrange(0x3000), chance.randrange(0x110000))
    )
    # Surrogates are not characters.
    return 0x20 if 0xD800 <= code < 0xE000 else code


def check(typed: str, index: TopicIndex) -> Query | None:
    """Return the query of an accepted text, or None. Fail if a property does not hold."""
    try:
        query = parse_query(typed)
    except QuerySyntaxError as error:
        assert 0 <= error.position <= len(typed), error
        assert str(error).startswith(f"column {error.position + 1}: "), error
        return None
    parsed_back = parse_query(str(query))
    assert parsed_back == query, f"{query} parses back to {parsed_back}"
    assert str(parsed_back) == str(query)
    assert query.describe()
    index.add(1, query)
    index.discard(1)
    assert not index._vocabulary.numbers
    return query


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    seed = time.time_ns() if len(sys.argv) < 3 else int(sys.argv[2])
    chance, index, counts = random.Random(seed), TopicIndex(), Counter[str]()
    # Load the table of country names before the measurements.
    parse_query("iran")
    slowest = {"short": 0.0, "long": 0.0}
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        typed = random_text(chance)
        started = time.process_time()
        try:
            query = check(typed, index)
        except Exception:
            print(f"seed {seed}, text {typed!r}")
            raise
        elapsed = time.process_time() - started
        us_per_char = 1e6 * elapsed / max(MIN_COUNTED_CHARS, len(typed))
        size = "long" if len(typed) > LONG_TEXT_CHARS else "short"
        slowest[size] = max(slowest[size], us_per_char)
        counts["accepted" if query else "refused"] += 1
    print(
        f"{counts.total():,} texts, {counts['accepted']:,} accepted; slowest, in µs per character:"
    )
    print(", ".join(f"{size} {us_per_char:,.1f}" for size, us_per_char in slowest.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
