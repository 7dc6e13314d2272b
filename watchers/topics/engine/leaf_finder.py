"""Find the leaves of one query in one item, without an index.

The words of the item are looked up in tables. So a leaf takes time in proportion to its occurrences,
not to the number of different words in the item.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain, takewhile
from typing import Final, TypeAlias

from watchers.item import Item
from watchers.text import tokens as words
from watchers.text.stems import Stems, stemming_rules
from watchers.topics import word_forms
from watchers.topics.engine.tokenised_item import TokenisedItem, field_values
from watchers.topics.names import name_marks, territory_code
from watchers.topics.nodes import DATA_FIELDS, Form, Leaf
from watchers.topics.positions import ANYWHERE, Marks, Positions, to_positions
from watchers.topics.word_forms import joined_word

_PAIR: Final = 2
_FORMS_IN_CAPITALS: Final = (Form.ANY, Form.EXACT, Form.LITERAL)

_Table: TypeAlias = dict[str, list[list[int]]]
"""A key to the positions of each printed word that has this key."""


class LeafFinder:
    """The leaves of one item.

    Attributes:
        tokens: the words of the item.
    """

    def __init__(self, item: Item) -> None:
        self.tokens = TokenisedItem(item)
        self._stems = Stems(stemming_rules(item.language))
        self._printed: dict[str, list[int]] = {}
        for position, word in enumerate(self.tokens.lookups):
            if word:
                self._printed.setdefault(word, []).append(position)
        self._word_positions: dict[tuple[str, Form], Positions] = {}
        self._tables: dict[Form, _Table] = {}
        self._sorted: list[str] = []
        self._capital_names: _Table | None = None
        self._names: dict[str, Marks] | None = None

    def find(self, leaf: Leaf) -> Marks | None:
        """Return the occurrences of ``leaf``.

        Return ``None`` if it does not occur, and empty marks if a data field has its value.
        """
        if leaf.field in DATA_FIELDS:
            return {} if self._has_value(leaf) else None
        if leaf.form is Form.NAME:
            return self._find_name(leaf) or None
        marks: Marks = {}
        joined = joined_word(leaf.words) if leaf.form in (Form.ANY, Form.EXACT) else ""
        for leaf_words in (leaf.words, (joined, *leaf.words[_PAIR:])) if joined else (leaf.words,):
            starts = self._find_phrase(leaf_words, leaf.form) & self._scope(leaf.field)
            if starts:
                marks[len(leaf_words)] = starts
        return marks or None

    def _find_phrase(self, leaf_words: tuple[str, ...], form: Form) -> Positions:
        """Return where words stand side by side."""
        starts = self._find_word(leaf_words[0], form)
        for offset, word in enumerate(leaf_words[1:], start=1):
            if not starts:
                break
            starts &= self._find_word(word, form) >> offset
        return starts

    def _scope(self, field: str) -> Positions:
        """Return the positions of a field of running text."""
        title = (1 << self.tokens.title_end) - 1
        return title if field == "title" else ~title if field else ANYWHERE

    def _find_name(self, leaf: Leaf) -> Marks:
        if self._names is None:
            self._names = name_marks(self.tokens.find_names())
        found = self._names.get(territory_code(leaf), {})
        scope = self._scope(leaf.field)
        in_scope = {length: starts & scope for length, starts in found.items()}
        return {length: starts for length, starts in in_scope.items() if starts}

    def _find_word(self, word: str, form: Form) -> Positions:
        positions = self._word_positions.get((word, form))
        if positions is None:
            matching = chain.from_iterable(self._look_up(word, form))
            positions = to_positions(matching, len(self.tokens.words))
            self._word_positions[word, form] = positions
        return positions

    def _look_up(self, word: str, form: Form) -> Iterable[list[int]]:
        """Return the positions of each printed word that ``word`` matches."""
        if form in _FORMS_IN_CAPITALS and word_forms.is_in_capitals(word):
            return self._capitals().get(word, ())
        folded = self._table(Form.EXACT)
        if form is Form.CASED:
            return self._table(form).get(word, ())
        if form in (Form.EXACT, Form.LITERAL):
            return folded.get(word, ())
        if form is Form.PREFIX:
            return chain.from_iterable(map(folded.__getitem__, self._with_prefix(word, folded)))
        stems = self._table(form).get(self._stems.query_key(word), ())
        return chain(folded.get(words.strip_accents(word), ()), stems)

    def _with_prefix(self, prefix: str, folded: _Table) -> Iterator[str]:
        """Return the folded words that begin with ``prefix``: they are adjacent when sorted."""
        if not self._sorted:
            self._sorted = sorted(folded)
        start = bisect_left(self._sorted, prefix)
        following = (self._sorted[index] for index in range(start, len(self._sorted)))
        return takewhile(lambda word: word.startswith(prefix), following)

    def _table(self, form: Form) -> _Table:
        """Return the printed words by the keys that ``form`` compares."""
        table = self._tables.get(form)
        if table is None:
            table = self._tables[form] = {}
            for printed, positions in self._printed.items():
                for key in self._keys(printed, form):
                    table.setdefault(key, []).append(positions)
        return table

    def _capitals(self) -> _Table:
        """Return the names in capitals that words stand for."""
        if self._capital_names is None:
            self._capital_names = {}
            for lookup, positions in self._printed.items():
                for printed in words.lookup_forms(lookup):
                    name = word_forms.capital_name(printed)
                    if name:
                        self._capital_names.setdefault(name, []).append(positions)
        return self._capital_names

    def _keys(self, lookup: str, form: Form) -> set[str]:
        return {
            key
            for printed in words.lookup_forms(lookup)
            for key in self._printed_keys(printed, form)
        }

    def _printed_keys(self, printed: str, form: Form) -> tuple[str, ...]:
        if form is Form.CASED:
            return (words.to_nfkc(printed),)
        normal = words.normalize_word(printed)
        return self._stems.text_keys(normal) if form is Form.ANY else (words.strip_accents(normal),)

    def _has_value(self, leaf: Leaf) -> bool:
        """Return True if a data field has the words of ``leaf`` next to each other."""
        size = len(leaf.words)
        return any(
            value[start : start + size] == leaf.words
            for value in field_values(self.tokens.item, leaf.field)
            for start in range(len(value) - size + 1)
        )
