"""The leaves that one item holds, of all that any topic asks for."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, compress, count

from watchers.item import Item
from watchers.text.stems import rules_for
from watchers.topics.match import Leaves
from watchers.topics.nodes import DATA, Leaf
from watchers.topics.phrases import Phrases, longer_phrases
from watchers.topics.positions import Marks, Positions, positions_of
from watchers.topics.reading import Reading, facts
from watchers.topics.spans import Spans
from watchers.topics.vocabulary import Terms, Vocabulary


class Found:
    """What was found in one item.

    Attributes:
        leaves: the numbers of all leaves.
        spans: where they are, as :class:`Spans`.
        reading: the item's words.
    """

    __slots__ = ("_at", "_numbers", "_phrases", "_row", "_starts", "leaves", "reading", "spans")

    def __init__(self, item: Item, vocabulary: Vocabulary) -> None:
        self.reading = reading = Reading(item)
        self._numbers = vocabulary.numbers
        self._starts: dict[int, list[int] | Positions] = {}
        rules = rules_for(item.language)
        fields = vocabulary.fields
        if fields and (fields.get("title") or fields.get("body")):
            cut = reading.title_end + 1
            title, body = vocabulary.lexicon(rules, "title"), vocabulary.lexicon(rules, "body")
            row = [*map(title.__getitem__, reading.words[:cut])]
            row += map(body.__getitem__, reading.words[cut:])
        else:
            row = [*map(vocabulary.lexicon(rules, "").__getitem__, reading.words)]
        self._row: list[Terms] = row
        self._at = at = [*compress(count(), row)]
        self.leaves = set(chain.from_iterable(filter(None, row)))
        self._phrases = Phrases(row, at, vocabulary) if vocabulary.phrases else None
        if self._phrases is not None:
            self.leaves |= self._phrases.numbers
        if fields:
            for field in DATA:
                if fields.get(field):
                    self.leaves.update(_facts(item, field, vocabulary))
        self.spans = Spans(reading, row, at, self._phrases)

    def find(self, leaf: Leaf) -> Positions | None:
        """Where ``leaf`` starts; ``None`` if nowhere, no position if a field of data has it."""
        number = self._numbers[leaf.text]
        if number not in self.leaves:
            return None
        if not self._starts:
            self._find_starts()
        starts = self._starts.get(number, 0)
        if not isinstance(starts, int):
            starts = self._starts[number] = positions_of(starts, len(self._row))
        return starts

    def keep(self, marks: Marks) -> Leaves:
        """What :attr:`spans` takes for a leaf with these places."""
        leaves = -len(self.spans) - 1
        self.spans[leaves] = self.reading.spans(marks)
        return leaves

    def _find_starts(self) -> None:
        """Where each leaf starts: sets of positions are made only of those that a topic needs."""
        found: dict[int, list[int]] = {}
        if self._phrases is not None:
            for phrase, first, _ in self._phrases.places():
                found.setdefault(phrase, []).append(first)
        for at in self._at:
            for one in self._row[at]:
                if one in found:
                    found[one].append(at)
                else:
                    found[one] = [at]
        self._starts = {**found}
        if self._phrases is not None:
            sets = self._phrases.sets
            self._starts.update((number, starts) for number, (_, starts) in sets.items())


def _facts(item: Item, field: str, vocabulary: Vocabulary) -> Iterator[int]:
    """The leaves of a field of data that hold for ``item``."""
    for value in facts(item, field):
        texts = [f'{field}:"{word}"' for word in value]
        numbers = [vocabulary.numbers.get(text) for text in texts]
        row: list[Terms] = [() if number is None else (number,) for number in numbers]
        for at, terms in enumerate(row, start=1):
            for one in terms:
                yield one
                yield from (
                    longer for longer, _ in longer_phrases(one, row, at, vocabulary.phrases)
                )
