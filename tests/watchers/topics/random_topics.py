"""Random queries and items over few words, so that they often match."""

from __future__ import annotations

from random import Random

from tests.watchers.topics.brute_force import QuerySpec
from watchers.item import Item

WORDS = (
    "sanction sanctions sanctioned missile missiles korea korean north south north us iran iranian "
    "crisis isis policy police nuclear talks talk élysée elysee müller muller häuser haus санкции "
    "санкций startup start up online WHO NATO UN F16 북한 북한의 联 合 国 制 裁 العقوبات عقوبات والعقوبات"
).split()
PRINTED = (
    *WORDS,
    "US",
    "Us",
    "U.S.",
    "U.N.",
    "who",
    "Nato",
    "start-ups",
    "on-line",
    "F-16",
    "1,000",
    "Iran's",
    "the",
    "of",
    "and",
    "MISSILE",
    "联合国",
    "制裁",
    "Müller’s",
)
SEPARATORS = (" ", " ", " ", ", ", " - ", ". ", "\n\n", "/", "-")
LANGUAGES = ("en", "en", "en-GB", "de", "ru", "ar", "ko", "zh", None, "fr", "sw")


def random_query(chance: Random, depth: int = 3) -> QuerySpec:
    """Return a query that requires a leaf. It may contradict itself."""
    while True:
        spec = _random_node(chance, depth)
        if _requires_leaf(spec, wanted=True):
            return spec


def random_item(chance: Random, number: int) -> Item:
    return Item(
        key=str(number),
        title=_text(chance, 8),
        lead=_text(chance, 10) if chance.random() < 0.5 else "",
        text=_text(chance, 40),
        language=chance.choice(LANGUAGES),
        source=chance.choice(("reuters.com", "BBC News", "seeds")),
    )


def _text(chance: Random, max_words: int) -> str:
    size = chance.randrange(max_words + 1)
    return "".join(chance.choice(PRINTED) + chance.choice(SEPARATORS) for _ in range(size))


def _random_node(chance: Random, depth: int) -> QuerySpec:  # noqa: PLR0911 - one line for each kind
    roll = chance.random()
    if depth == 0 or roll < 0.35:
        return _leaf(chance)
    if roll < 0.38:
        return QuerySpec("lang", (chance.choice(("en", "de", "ru")),))
    if roll < 0.41:
        return QuerySpec("source", (chance.choice(("reuters", "bbc")),))
    if roll < 0.5:
        return QuerySpec("not", parts=(_random_node(chance, depth - 1),))
    if roll < 0.62:
        return _near(chance, 2)
    if roll < 0.66:
        parts = tuple(_leaf(chance) for _ in range(chance.choice((3, 3, 4))))
        return QuerySpec("proximity", parts=parts, gap=chance.randrange(8))
    kind = "and" if roll < 0.83 else "or"
    count = chance.choice((2, 2, 3, 4))
    return QuerySpec(kind, parts=tuple(_random_node(chance, depth - 1) for _ in range(count)))


def _near(chance: Random, depth: int) -> QuerySpec:
    def part() -> QuerySpec:
        roll = chance.random()
        if depth and roll < 0.2:
            return _near(chance, depth - 1)
        if roll < 0.4:
            return QuerySpec("or", parts=(_leaf(chance), _leaf(chance)))
        return _leaf(chance)

    kind = chance.choice(("near", "near", "onear"))
    return QuerySpec(kind, parts=(part(), part()), gap=chance.randrange(6))


def _leaf(chance: Random) -> QuerySpec:
    field = chance.choice(("", "", "", "", "title", "body"))
    roll = chance.random()
    if roll < 0.5:
        return QuerySpec("word", (chance.choice(WORDS),), field=field)
    if roll < 0.55:
        return QuerySpec("word", tuple(chance.choices(WORDS, k=2)), field=field)
    if roll < 0.85:
        size = chance.choice((1, 2, 2, 3))
        words = tuple(map(_without_accents, chance.choices(WORDS, k=size)))
        return QuerySpec("exact", words, field=field)
    if roll < 0.92:
        return QuerySpec("cased", (chance.choice(("US", "Us", "us", "MISSILE")),), field=field)
    return QuerySpec(
        "prefix", (chance.choice(("sanct", "mis", "kor", "pol", "санк", "mull")),), field=field
    )


def _without_accents(word: str) -> str:
    return {"élysée": "elysee", "müller": "muller", "häuser": "hauser"}.get(word, word)


def _requires_leaf(spec: QuerySpec, *, wanted: bool) -> bool:
    """Return True if ``spec`` (or its negation, if not ``wanted``) holds only with a leaf."""
    match spec.kind:
        case "not":
            return _requires_leaf(spec.parts[0], wanted=not wanted)
        case "and":
            parts = [_requires_leaf(part, wanted=wanted) for part in spec.parts]
            return any(parts) if wanted else all(parts)
        case "or":
            parts = [_requires_leaf(part, wanted=wanted) for part in spec.parts]
            return all(parts) if wanted else any(parts)
        case _:
            return wanted
