"""Names of territories in queries: leaves that stand for every name of a territory.

    north korea ─┐
    DPRK ────────┼─► Leaf(("north", "korea"), Form.NAME): one leaf, whatever name is typed
    КНДР ────────┘

The recogniser in watchers/names finds the names in an item. ``exact:"North Korea"`` stands only for these
words (Form.LITERAL).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from watchers.names.context import OtherMeanings
from watchers.names.recogniser import Occurrence
from watchers.names.table import Territory, find_territory, name_table
from watchers.text.lazy_pattern import LazyPattern
from watchers.topics.nodes import Form, Leaf, LeafError, make_leaf
from watchers.topics.positions import Marks

MAX_NAME_WORDS: Final = 8
"""Words of the longest typed name that is looked up."""

# Signs around a name that do not change it.
_QUOTES: Final = " \"'“”„«»()"
_POSSESSIVE: Final = LazyPattern(r"['’]s$")
_ARTICLE: Final = LazyPattern(r"^(?:[ldLD]|[Qq]u|[Dd]ell|[Nn]ell|[Aa]ll|[Dd]all|[Ss]ull)['’]")


@lru_cache(maxsize=4096)
def make_name_leaf(typed: str, field: str) -> Leaf | None:
    """Return the leaf for the territory with the name ``typed``, or ``None`` if there is none."""
    territory = _find_territory(typed.strip(_QUOTES))
    if territory is None:
        return None
    return Leaf(_display_words(territory), Form.NAME, field)


def _find_territory(typed: str) -> Territory | None:
    """Return the territory with a name that may have an article or a possessive: l'Iran, Iran's."""
    territory = find_territory(typed)
    if territory is not None or ("'" not in typed and "’" not in typed):
        return territory
    return find_territory(_POSSESSIVE.sub("", _ARTICLE.sub("", typed)))


def make_literal(leaf: Leaf) -> Leaf:
    """Return an EXACT leaf, as a LITERAL one if its words are the name of a territory."""
    if make_name_leaf(" ".join(leaf.words), leaf.field) is None:
        return leaf
    return Leaf(leaf.words, Form.LITERAL, leaf.field)


def territory_of(leaf: Leaf) -> Territory:
    """Return the territory of a NAME leaf."""
    territory = find_territory(" ".join(leaf.words))
    if territory is None:
        raise ValueError(f"{leaf.text} is not the name of a territory")
    return territory


@lru_cache(maxsize=1024)
def territory_code(leaf: Leaf) -> str:
    """Return the code of the territory of a NAME leaf."""
    return territory_of(leaf).code


def name_marks(occurrences: Iterable[Occurrence]) -> dict[str, Marks]:
    """Return the occurrences of each territory, by its code."""
    found: dict[str, Marks] = {}
    for code, first, last in occurrences:
        marks = found.setdefault(code, {})
        length = last - first + 1
        marks[length] = marks.get(length, 0) | 1 << first
    return found


def count_name_words(typed: Sequence[str]) -> int:
    """Return how many of the words at the start of ``typed`` are the name of a territory.

    Return 0 if they are not a name, or if the name is part of a longer one ("New Jersey").
    """
    for size in range(min(len(typed), MAX_NAME_WORDS), 0, -1):
        text = " ".join(typed[:size])
        territory = _find_territory(text)
        if territory is None:
            if size > 1 and text.casefold() in _blocked_names():
                return 0
            continue
        return size
    return 0


def has_other_meaning(typed: Sequence[str], first: int, count: int) -> bool:
    """Return True if the name at ``first`` of the typed words is part of a longer, other name."""
    titled = [word if word[:1].isupper() else word.title() for word in typed]
    last = first + count - 1
    territory = _find_territory(" ".join(typed[first : last + 1]))
    if territory is None:
        return False
    if OtherMeanings(titled).applies(territory.code, first, last):
        return True
    # "new jersey": the longer name starts before the short one.
    for start in range(max(0, first - MAX_NAME_WORDS), first + 1):
        for end in range(last, min(len(typed), last + MAX_NAME_WORDS)):
            if end - start > last - first and (
                " ".join(typed[start : end + 1]).casefold() in _blocked_names()
            ):
                return True
    return False


def name_sizes(typed: Sequence[str]) -> dict[int, int]:
    """Return the position of each name among plain words, with its number of words."""
    sizes: dict[int, int] = {}
    position = 0
    while position < len(typed):
        count = count_name_words(typed[position:])
        if count and not has_other_meaning(typed, position, count):
            sizes[position] = count
        else:
            count = 1
        position += count
    return sizes


def _display_words(territory: Territory) -> tuple[str, ...]:
    try:
        # With accents: "reunion" is also a word.
        return make_leaf(territory.display, Form.ANY, "").words
    except LeafError as error:
        raise ValueError(f"{territory.display} contains no word") from error


@lru_cache(maxsize=1)
def _blocked_names() -> frozenset[str]:
    return frozenset(name.casefold() for name in name_table().blocked.names)
