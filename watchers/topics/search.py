"""Where the leaves of one query occur in one item: the plain way, without an index."""

from __future__ import annotations

from collections.abc import Sequence

from watchers.item import Item
from watchers.text import words
from watchers.text.stems import Stems, rules_for
from watchers.topics.match import Place
from watchers.topics.nodes import DATA, Form, Leaf
from watchers.topics.reading import Reading, facts


class Search:
    """One item, opened for questions about leaves."""

    def __init__(self, item: Item) -> None:
        self.reading = Reading(item)
        self._stems = Stems(rules_for(item.language))
        self._positions: dict[str, list[int]] = {}
        for position, word in enumerate(self.reading.words):
            if word:
                self._positions.setdefault(word, []).append(position)
        self._found: dict[tuple[str, Form], set[int]] = {}
        self._keys: dict[str, tuple[str, tuple[str, ...]]] = {}

    def find(self, leaf: Leaf) -> Sequence[Place] | None:
        """Where ``leaf`` occurs; ``None`` if nowhere, empty if a field of data has it."""
        if leaf.field in DATA:
            return () if self._is_fact(leaf) else None
        first, *rest = leaf.words
        size = len(leaf.words)
        starts = [
            at for at in sorted(self.at(first, leaf.form)) if self.reading.is_in(leaf.field, at)
        ]
        for step, word in enumerate(rest, start=1):
            positions = self.at(word, leaf.form)
            starts = [at for at in starts if at + step in positions]
        return [(at, at + size) for at in starts] or None

    def at(self, word: str, form: Form) -> set[int]:
        """The positions of one word of a leaf."""
        known = self._found.get((word, form))
        if known is None:
            known = self._found[word, form] = self._look(word, form)
        return known

    def _look(self, word: str, form: Form) -> set[int]:
        found: set[int] = set()
        folded, asked = words.fold(word), self._stems.asks(word) if form is Form.ANY else ""
        for printed, positions in self._positions.items():
            mine, answers = self._keys_of(printed)
            if form is Form.ANY:
                same = mine == folded or asked in answers
            elif form is Form.EXACT:
                same = mine == word
            elif form is Form.PREFIX:
                same = mine.startswith(word)
            else:
                same = words.encoded(printed) == word
            if same:
                found.update(positions)
        return found

    def _keys_of(self, printed: str) -> tuple[str, tuple[str, ...]]:
        keys = self._keys.get(printed)
        if keys is None:
            normal = words.normal(printed)
            keys = self._keys[printed] = (words.fold(normal), self._stems.answers(normal))
        return keys

    def _is_fact(self, leaf: Leaf) -> bool:
        size = len(leaf.words)
        return any(
            value[at : at + size] == leaf.words
            for value in facts(self.reading.item, leaf.field)
            for at in range(len(value) - size + 1)
        )
