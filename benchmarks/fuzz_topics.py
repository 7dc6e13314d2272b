"""Throw text at the topic language: python benchmarks/fuzz_topics.py [SECONDS]

Three kinds of text: signs and words of the language in any order, valid topics with a few characters
changed, and any Unicode. For each: nothing but QuerySyntaxError is raised, with a position inside the
text; what is understood reads back as itself, can be explained and can be indexed and forgotten.
Prints how many were understood, and the slowest in microseconds of CPU a character, for short and long
texts: the two figures are alike where the time is linear. Ends with status 1 at the first failure.
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


def text(chance: random.Random) -> str:
    roll = chance.random()
    if roll < 0.6:
        count = chance.choice((3, 6, 12, 60, 300))
        joint = chance.choice((" ", " ", ""))
        return joint.join(chance.choices(PIECES, k=chance.randrange(count)))
    if roll < 0.65:
        parts = (chance.choice(VALID[:3]) for _ in range(chance.randrange(2, 30)))
        return chance.choice((" OR ", " AND ", " | ")).join(f"({part})" for part in parts)
    if roll < 0.9:
        chars = list(chance.choice(VALID) * chance.choice((1, 1, 5)))
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(chars))
            chars[at : at + chance.randrange(3)] = chance.choice(PIECES)
        return "".join(chars)
    return "".join(chr(_code(chance)) for _ in range(chance.randrange(40)))


def _code(chance: random.Random) -> int:
    code = chance.choice(
        (chance.randrange(0x250), chance.randrange(0x3000), chance.randrange(0x110000))
    )
    return 0x20 if 0xD800 <= code < 0xE000 else code


def check(typed: str, index: TopicIndex) -> Query | None:
    try:
        query = parse_query(typed)
    except QuerySyntaxError as error:
        assert 0 <= error.position <= len(typed), error
        assert str(error).startswith(f"column {error.position + 1}: "), error
        return None
    again = parse_query(str(query))
    assert again == query, f"{query} reads back as {again}"
    assert str(again) == str(query)
    assert query.explain()
    index.add(1, query)
    index.discard(1)
    assert not index._vocabulary.numbers
    return query


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    seed = time.time_ns() if len(sys.argv) < 3 else int(sys.argv[2])
    chance, index, counts = random.Random(seed), TopicIndex(), Counter[str]()
    parse_query("iran")  # the table of names is read once
    slowest = {"short": 0.0, "long": 0.0}
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        typed = text(chance)
        begun = time.process_time()
        try:
            understood = check(typed, index)
        except Exception:
            print(f"seed {seed}, text {typed!r}")
            raise
        spent = 1e6 * (time.process_time() - begun) / max(20, len(typed))
        size = "long" if len(typed) > 400 else "short"
        slowest[size] = max(slowest[size], spent)
        counts["understood" if understood else "refused"] += 1
    print(
        f"{counts.total():,} texts, {counts['understood']:,} understood; slowest, in µs a character:"
    )
    print(", ".join(f"{size} {spent:,.1f}" for size, spent in slowest.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
