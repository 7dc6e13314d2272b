"""The opposite direction: one query over many stored items, with a word index before it.

A full-text index knows neither our inflections nor NEAR, so it is only asked for *candidates*, and
the query itself decides. For that the index holds our own terms, not its own idea of words:

    item  ──► terms_of(item)         every folded word, and every stem it answers to
    query ──► candidates_of(query)   a formula over such terms that no match can escape

What a formula cannot say (NOT, order, nearness, a field's value) it leaves out: it finds too much,
never too little.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from watchers.item import Item
from watchers.text import words
from watchers.text.stems import ALL_RULES, Stems, rules_for
from watchers.topics.nodes import DATA, And, Form, Leaf, Near, Node, Not, Or, Within
from watchers.topics.query import Query

MOST_TERMS: Final = 20_000
"""Distinct terms of one item; one with more is a candidate for everything."""

ANYTHING: Final = "*"
"""The term of an item with too many terms."""

_LONGEST: Final = 60  # characters of a term: longer words are cut, on both sides alike
_WORD, _STEM = "w", "s"  # what a term begins with


@dataclass(frozen=True, slots=True)
class Term:
    """An item that has this term, or with ``begins`` one that begins so."""

    text: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """An item for which every part holds."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """An item for which one part holds."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = Term | AllOf | AnyOf


def terms_of(item: Item) -> list[str]:
    """Every term by which ``item`` may be found, sorted."""
    stems = Stems(rules_for(item.language))
    printed = {word for text in (item.title, item.lead, item.text) for word in words.split(text)}
    terms: set[str] = set()
    for word in printed:
        normal = words.normal(word)
        terms.add(_term(_WORD, words.fold(normal)))
        terms.update(_term(_STEM, stem) for stem in stems.answers(normal))
        if len(terms) > MOST_TERMS:
            return [ANYTHING]
    return sorted(terms)


def candidates_of(query: Query) -> Formula | None:
    """A formula that every item which ``query`` matches fulfils; ``None`` if only all items do."""
    return _formula(query.node)


def _formula(node: Node) -> Formula | None:
    match node:
        case Leaf():
            return None if node.field in DATA else _all(_words(node))
        case And():
            return _all(filter(None, map(_formula, node.parts)))
        case Within():
            return _all(filter(None, map(_formula, node.leaves)))
        case Near():
            return _all(filter(None, (_formula(node.left), _formula(node.right))))
        case Or():
            parts = [_formula(part) for part in node.parts]
            known = [part for part in parts if part is not None]
            return _any(known) if len(known) == len(parts) else None
        case Not():
            return None


def _words(leaf: Leaf) -> Iterator[Formula]:
    for word in leaf.words:
        folded = words.fold(words.normal(word))
        if leaf.form is Form.PREFIX:
            yield Term(_term(_WORD, folded), begins=True)
        elif leaf.form is Form.ANY:
            keys = {_term(_STEM, stems.asks(word)) for stems in _every_stems()}
            yield _any([Term(_term(_WORD, folded)), *map(Term, sorted(keys))])
        else:
            yield Term(_term(_WORD, folded))


def _term(kind: str, key: str) -> str:
    return kind + key[:_LONGEST]


def _all(parts: Iterable[Formula]) -> Formula | None:
    kept = tuple(dict.fromkeys(parts))
    return kept[0] if len(kept) == 1 else AllOf(kept) if kept else None


def _any(parts: Iterable[Formula]) -> Formula:
    kept = tuple(dict.fromkeys(parts))
    return kept[0] if len(kept) == 1 else AnyOf(kept)


@cache
def _every_stems() -> tuple[Stems, ...]:
    # A query is asked of items in all languages at once; stemmers are dear to make, cheap to keep.
    return tuple(Stems(rules) for rules in sorted(ALL_RULES))
