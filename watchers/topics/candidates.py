"""Select stored items that a query may match, with a word index in the database.

A full-text index has neither our inflections nor NEAR. So it only selects *candidates*, and the query
itself decides about each of them. The index has our terms instead of its own notion of words:

    item  ──► terms     every folded word, and every stem that matches it
    query ──► formula   a formula over such terms that holds for every matching item

Conditions that a formula cannot express (NOT, order, distance, data fields) are left out. So a formula
may select too many items, but never too few.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache
from itertools import chain, islice
from operator import itemgetter
from threading import Lock
from typing import Final, TypeAlias

from watchers.item import Item
from watchers.text import tokens as words
from watchers.text.stems import ALL_RULES, Stems, stemming_rules
from watchers.topics.engine.tokenised_item import TokenisedItem
from watchers.topics.names import territory_code
from watchers.topics.nodes import DATA_FIELDS, And, Form, Leaf, Near, Node, Not, Or, Proximity
from watchers.topics.query import Query
from watchers.topics.word_forms import capital_name, is_in_capitals, joined_word

MAX_TERMS: Final = 20_000
"""Distinct terms of one item. An item with more is a candidate for every query."""

TERMS_VERSION: Final = 3
"""The version of the terms. Stored items with the terms of an older version must be rebuilt."""

MATCH_ALL_TERM: Final = "*"
"""The only term of an item with too many terms."""

# Longer words are cut, in items and in queries alike.
_MAX_TERM_CHARS: Final = 60

# The first character of a term: the namespaces of folded words, of stems and of territories.
_WORD, _STEM, _NAME = "w", "s", "n"

MAX_CACHED_WORDS: Final = 50_000
"""Printed words whose terms are cached, up to 15 MB. A full cache is cleared."""

# An item may have more words than the cache, so they are looked up in batches.
_WORDS_PER_BATCH: Final = 2_000


@dataclass(frozen=True, slots=True)
class Term:
    """Items with this term, or with a term that starts with it if ``is_prefix`` is true."""

    text: str
    is_prefix: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Items for which every part holds."""

    parts: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Items for which at least one part holds."""

    parts: tuple[Formula, ...]


Formula: TypeAlias = Term | AllOf | AnyOf


@dataclass(frozen=True, slots=True)
class ItemTerms:
    """The terms of an item.

    Attributes:
        words: its words, folded, without the namespace.
        stems: the stems of its words, without the namespace.
        others: all other terms: territories, or `MATCH_ALL_TERM`.
    """

    words: AbstractSet[str] = frozenset()
    stems: AbstractSet[str] = frozenset()
    others: AbstractSet[str] = frozenset()


class IndexTermMaker:
    """Makes the terms of items for the word index. It caches words, and threads may share it."""

    def __init__(self) -> None:
        self._words_by_rules: dict[str, _WordTerms] = {}
        self._lock = Lock()

    def make(self, item: Item | TokenisedItem) -> ItemTerms:
        """Return every term of ``item``."""
        tokens = item if isinstance(item, TokenisedItem) else TokenisedItem(item)
        # Empty words separate the fields.
        printed = iter({*filter(None, tokens.lookups)})
        folded: set[str] = set()
        stems: set[str] = set()
        rules = stemming_rules(tokens.item.language)
        with self._lock:
            while batch := list(
                map(self._cached_words(rules).__getitem__, islice(printed, _WORDS_PER_BATCH))
            ):
                folded.update(chain.from_iterable(map(itemgetter(0), batch)))
                stems.update(chain.from_iterable(map(itemgetter(1), batch)))
                if len(folded) + len(stems) > MAX_TERMS:
                    return ItemTerms(others={MATCH_ALL_TERM})
        names = {_NAME + occurrence.code for occurrence in tokens.find_names()}
        return ItemTerms(folded, stems, names)

    def _cached_words(self, rules: str) -> _WordTerms:
        if sum(map(len, self._words_by_rules.values())) > MAX_CACHED_WORDS:
            self._words_by_rules.clear()
        cached = self._words_by_rules.get(rules)
        if cached is None:
            cached = self._words_by_rules[rules] = _WordTerms(rules)
        return cached


class _WordTerms(dict[str, tuple[tuple[str, ...], tuple[str, ...]]]):
    """The folded words and the stems of each lookup of an item, computed at the first use."""

    def __init__(self, rules: str) -> None:
        super().__init__()
        self._stems = Stems(rules)

    def __missing__(self, lookup: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        folded: list[str] = []
        stems: list[str] = []
        for printed in words.lookup_forms(lookup):
            normal = words.normalize_word(printed)
            folded.append(words.strip_accents(normal))
            folded.append(words.strip_accents(capital_name(printed).lower()) or folded[-1])
            stems += self._stems.text_keys(normal)
        folded_words = _shorten(folded)
        stem_words = _shorten(stems)
        # Most words equal their stem, and one object for both saves memory.
        terms = (folded_words, folded_words if stem_words == folded_words else stem_words)
        self[lookup] = terms
        return terms


def _shorten(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text[:_MAX_TERM_CHARS] for text in texts))


def make_candidate_formula(query: Query) -> Formula | None:
    """Return a formula that holds for every item that ``query`` matches.

    Return ``None`` if no formula excludes any item.
    """
    return _make_formula(query.node)


def _make_formula(node: Node) -> Formula | None:
    match node:
        case Leaf():
            if node.form is Form.NAME:
                return Term(_NAME + territory_code(node))
            return None if node.field in DATA_FIELDS else _make_leaf_formula(node)
        case And():
            return _all_of(filter(None, map(_make_formula, node.parts)))
        case Proximity():
            return _all_of(filter(None, map(_make_formula, node.leaves)))
        case Near():
            parts = (_make_formula(node.left), _make_formula(node.right))
            return _all_of(filter(None, parts))
        case Or():
            optional_parts = [_make_formula(part) for part in node.parts]
            known_parts = [part for part in optional_parts if part is not None]
            return _any_of(known_parts) if len(known_parts) == len(optional_parts) else None
        case Not():
            return None


def _make_leaf_formula(leaf: Leaf) -> Formula | None:
    formula = _all_of(_word_formulas(leaf))
    joined = joined_word(leaf.words) if leaf.form in (Form.ANY, Form.EXACT) else ""
    if formula is None or not joined:
        return formula
    joined_formula = _all_of(_word_formulas(Leaf((joined, *leaf.words[2:]), leaf.form)))
    return _any_of(filter(None, (formula, joined_formula)))


def _word_formulas(leaf: Leaf) -> Iterator[Formula]:
    for word in leaf.words:
        folded = words.strip_accents(words.normalize_word(word))
        if leaf.form is Form.PREFIX:
            yield Term(_make_term(_WORD, folded), is_prefix=True)
        elif leaf.form is Form.ANY and not is_in_capitals(word):
            keys = {_make_term(_STEM, stems.query_key(word)) for stems in _all_stems()}
            yield _any_of([Term(_make_term(_WORD, folded)), *map(Term, sorted(keys))])
        else:
            yield Term(_make_term(_WORD, folded))


def _make_term(namespace: str, key: str) -> str:
    return namespace + key[:_MAX_TERM_CHARS]


def _all_of(parts: Iterable[Formula]) -> Formula | None:
    distinct = tuple(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else AllOf(distinct) if distinct else None


def _any_of(parts: Iterable[Formula]) -> Formula:
    distinct = tuple(dict.fromkeys(parts))
    return distinct[0] if len(distinct) == 1 else AnyOf(distinct)


@cache
def _all_stems() -> tuple[Stems, ...]:
    """Return the stemmers of all languages, because a query applies to items in any language.

    They are cached: a stemmer is expensive to create and cheap to keep.
    """
    return tuple(Stems(rules) for rules in sorted(ALL_RULES))
