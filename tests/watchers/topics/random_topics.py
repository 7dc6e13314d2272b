"""Random queries and items over few words, so that they meet often."""

from __future__ import annotations

from random import Random

from tests.watchers.topics.brute_force import Asked
from watchers.item import Item

WORDS = (
    "sanction sanctions sanctioned missile missiles korea korean north south north us iran iranian "
    "crisis isis policy police nuclear talks talk élysée elysee müller muller häuser haus санкции "
    "санкций 북한 북한의 联 合 国 制 裁 العقوبات عقوبات والعقوبات"
).split()
PRINTED = (
    *WORDS,
    "US",
    "Us",
    "Iran's",
    "the",
    "of",
    "and",
    "MISSILE",
    "联合国",
    "制裁",
    "Müller’s",
)
STOPS = (" ", " ", " ", ", ", " - ", ". ", "\n\n", "/", "-")
LANGUAGES = ("en", "en", "en-GB", "de", "ru", "ar", "ko", "zh", None, "fr", "sw")


def asked(chance: Random, depth: int = 3) -> Asked:
    """A query that holds something positive; contradictions may be in it."""
    while True:
        one = _any(chance, depth)
        if _is_anchored(one):
            return one


def item(chance: Random, number: int) -> Item:
    return Item(
        key=str(number),
        title=_text(chance, 8),
        lead=_text(chance, 10) if chance.random() < 0.5 else "",
        text=_text(chance, 40),
        language=chance.choice(LANGUAGES),
        source=chance.choice(("reuters.com", "BBC News", "seeds")),
    )


def _text(chance: Random, most: int) -> str:
    size = chance.randrange(most + 1)
    return "".join(chance.choice(PRINTED) + chance.choice(STOPS) for _ in range(size))


def _any(chance: Random, depth: int) -> Asked:  # noqa: PLR0911 - one line for each kind
    roll = chance.random()
    if depth == 0 or roll < 0.35:
        return _leaf(chance)
    if roll < 0.38:
        return Asked("lang", (chance.choice(("en", "de", "ru")),))
    if roll < 0.41:
        return Asked("source", (chance.choice(("reuters", "bbc")),))
    if roll < 0.5:
        return Asked("not", parts=(_any(chance, depth - 1),))
    if roll < 0.62:
        return _near(chance, 2)
    if roll < 0.66:
        parts = tuple(_leaf(chance) for _ in range(chance.choice((3, 3, 4))))
        return Asked("stretch", parts=parts, between=chance.randrange(8))
    kind = "and" if roll < 0.83 else "or"
    count = chance.choice((2, 2, 3, 4))
    return Asked(kind, parts=tuple(_any(chance, depth - 1) for _ in range(count)))


def _near(chance: Random, depth: int) -> Asked:
    def part() -> Asked:
        roll = chance.random()
        if depth and roll < 0.2:
            return _near(chance, depth - 1)
        if roll < 0.4:
            return Asked("or", parts=(_leaf(chance), _leaf(chance)))
        return _leaf(chance)

    kind = chance.choice(("near", "near", "onear"))
    return Asked(kind, parts=(part(), part()), between=chance.randrange(6))


def _leaf(chance: Random) -> Asked:
    field = chance.choice(("", "", "", "", "title", "body"))
    roll = chance.random()
    if roll < 0.5:
        return Asked("word", (chance.choice(WORDS),), field=field)
    if roll < 0.55:
        return Asked("word", tuple(chance.choices(WORDS, k=2)), field=field)
    if roll < 0.85:
        size = chance.choice((1, 2, 2, 3))
        return Asked("exact", tuple(map(_bare, chance.choices(WORDS, k=size))), field=field)
    if roll < 0.92:
        return Asked("cased", (chance.choice(("US", "Us", "us", "MISSILE")),), field=field)
    return Asked(
        "prefix", (chance.choice(("sanct", "mis", "kor", "pol", "санк", "mull")),), field=field
    )


def _bare(word: str) -> str:
    return {"élysée": "elysee", "müller": "muller", "häuser": "hauser"}.get(word, word)


def _is_anchored(one: Asked) -> bool:
    return _needs(one, wanted=True)


def _needs(one: Asked, *, wanted: bool) -> bool:
    """Whether something named must be there for ``one`` to hold (or not to hold)."""
    match one.kind:
        case "not":
            return _needs(one.parts[0], wanted=not wanted)
        case "and":
            found = [_needs(part, wanted=wanted) for part in one.parts]
            return any(found) if wanted else all(found)
        case "or":
            found = [_needs(part, wanted=wanted) for part in one.parts]
            return all(found) if wanted else any(found)
        case _:
            return wanted
