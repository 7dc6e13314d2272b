"""Where the leaves of one query occur in one item: the plain way, without an index.

The words of the item are looked up in tables, so a leaf takes time in proportion to the places where
it occurs, not to the number of different words in the item.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain, takewhile
from typing import TypeAlias

from watchers.item import Item
from watchers.text import words
from watchers.text.stems import Stems, rules_for
from watchers.topics.nodes import DATA, Form, Leaf
from watchers.topics.positions import Positions, positions_of
from watchers.topics.reading import Reading, facts

_Table: TypeAlias = dict[str, list[list[int]]]
"""A key to the positions of each printed word that has this key."""


class Search:
    """One item, opened for questions about leaves."""

    def __init__(self, item: Item) -> None:
        self.reading = Reading(item)
        self._stems = Stems(rules_for(item.language))
        self._positions: dict[str, list[int]] = {}
        for position, word in enumerate(self.reading.words):
            if word:
                self._positions.setdefault(word, []).append(position)
        self._found: dict[tuple[str, Form], Positions] = {}
        self._tables: dict[Form, _Table] = {}
        self._sorted: list[str] = []

    def find(self, leaf: Leaf) -> Positions | None:
        """Where ``leaf`` starts; ``None`` if nowhere, no position if a field of data has it."""
        if leaf.field in DATA:
            return 0 if self._is_fact(leaf) else None
        starts = self.at(leaf.words[0], leaf.form)
        if leaf.field:
            title = (1 << self.reading.title_end) - 1
            starts &= title if leaf.field == "title" else ~title
        for step, word in enumerate(leaf.words[1:], start=1):
            if not starts:
                break
            starts &= self.at(word, leaf.form) >> step
        return starts or None

    def at(self, word: str, form: Form) -> Positions:
        """The positions of one word of a leaf."""
        known = self._found.get((word, form))
        if known is None:
            found = chain.from_iterable(self._look(word, form))
            known = positions_of(found, len(self.reading.words))
            self._found[word, form] = known
        return known

    def _look(self, word: str, form: Form) -> Iterable[list[int]]:
        """The positions of each printed word that ``word`` finds."""
        folded = self._table(Form.EXACT)
        if form is Form.CASED:
            return self._table(form).get(word, ())
        if form is Form.EXACT:
            return folded.get(word, ())
        if form is Form.PREFIX:
            return chain.from_iterable(map(folded.__getitem__, self._beginning(word, folded)))
        stems = self._table(form).get(self._stems.asks(word), ())
        return chain(folded.get(words.fold(word), ()), stems)

    def _beginning(self, word: str, folded: _Table) -> Iterator[str]:
        """The folded words that begin with ``word``: neighbours in their order."""
        if not self._sorted:
            self._sorted = sorted(folded)
        at = bisect_left(self._sorted, word)
        following = (self._sorted[place] for place in range(at, len(self._sorted)))
        return takewhile(lambda one: one.startswith(word), following)

    def _table(self, form: Form) -> _Table:
        """The printed words by what ``form`` compares: letters, folded words, or stems."""
        table = self._tables.get(form)
        if table is None:
            table = self._tables[form] = {}
            for printed, positions in self._positions.items():
                for key in self._keys(printed, form):
                    table.setdefault(key, []).append(positions)
        return table

    def _keys(self, printed: str, form: Form) -> tuple[str, ...]:
        if form is Form.CASED:
            return (words.encoded(printed),)
        normal = words.normal(printed)
        return self._stems.answers(normal) if form is Form.ANY else (words.fold(normal),)

    def _is_fact(self, leaf: Leaf) -> bool:
        size = len(leaf.words)
        return any(
            value[at : at + size] == leaf.words
            for value in facts(self.reading.item, leaf.field)
            for at in range(len(value) - size + 1)
        )
