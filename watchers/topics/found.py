"""The leaves that one item holds, of all that any topic asks for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, chain, pairwise
from operator import mul

from watchers.item import Item
from watchers.text.stems import rules_for
from watchers.topics.match import Leaves, Place, Span
from watchers.topics.nodes import DATA, Leaf
from watchers.topics.reading import Reading, facts
from watchers.topics.vocabulary import SPREAD, Terms, Vocabulary


class Found:
    """What was found in one item.

    Attributes:
        leaves: the numbers of all leaves.
        spans: where they are, as :class:`Spans`.
        reading: the item's words.
    """

    __slots__ = ("_numbers", "_phrases", "_places", "_row", "leaves", "reading", "spans")

    def __init__(self, item: Item, vocabulary: Vocabulary) -> None:
        self.reading = reading = Reading(item)
        self._numbers = vocabulary.numbers
        self._places: dict[int, list[Place]] = {}
        self._phrases: dict[int, list[Place]] = {}
        self.spans = Spans(self)
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
        self.leaves = set(chain.from_iterable(row))
        if vocabulary.phrases:
            self._find_phrases(row, vocabulary)
            self.leaves.update(self._phrases)
        if fields:
            for field in DATA:
                if fields.get(field):
                    self.leaves.update(_facts(item, field, vocabulary))

    def find(self, leaf: Leaf) -> Sequence[Place] | None:
        """Where ``leaf`` occurs; ``None`` if nowhere, empty if a field of data has it."""
        number = self._numbers[leaf.text]
        return self.places_of(number) if number in self.leaves else None

    def keep(self, places: set[Place]) -> Leaves:
        """What :attr:`spans` takes for a leaf with these ``places``."""
        leaves = (-len(self.spans) - 1,)
        self.spans[leaves] = self.reading.spans(places)
        return leaves

    def _find_phrases(self, row: list[Terms], vocabulary: Vocabulary) -> None:
        """Look up every word with the word after it; what is found may go on."""
        found, phrases, begun_ones = self._phrases, vocabulary.phrases, vocabulary.begun
        keys = [
            one * SPREAD + other
            for begun, following in pairwise(row)
            if following
            for one in begun
            for other in following
        ]
        hits = [(at, hit) for at, hit in enumerate(map(phrases.get, keys)) if hit is not None]
        if not hits:
            return
        keys_before = list(accumulate(map(mul, map(len, row), map(len, row[1:]))))
        for at, number in hits:
            start = bisect_right(keys_before, at)
            found.setdefault(number, []).append((start, start + 2))
            if number in begun_ones:
                for longer, end in _longer(number, row, start + 2, phrases):
                    found.setdefault(longer, []).append((start, end))

    def places_of(self, number: int) -> Sequence[Place]:
        """Where the leaf with this number stands."""
        known = self._phrases.get(number)
        return self._all_places().get(number, ()) if known is None else known

    def all_spans(self) -> dict[Leaves, tuple[Span, ...]]:
        """The spans of every leaf alone: most matches need nothing else."""
        terms: dict[int, list[Span]] = {}
        for found, span in zip(
            filter(None, self._row), self.reading.word_spans(self._row), strict=True
        ):
            for one in found:
                if one in terms:
                    terms[one].append(span)
                else:
                    terms[one] = [span]
        spans: dict[Leaves, tuple[Span, ...]] = {
            (one,): tuple(where) for one, where in terms.items()
        }
        spans_of = self.reading.spans
        spans.update({(one,): spans_of(where) for one, where in self._phrases.items()})
        return spans

    def _all_places(self) -> dict[int, list[Place]]:
        """Where each term stands."""
        if not self._places:
            places = self._places
            for at, terms in enumerate(self._row):
                for one in terms:
                    if one in places:
                        places[one].append((at, at + 1))
                    else:
                        places[one] = [(at, at + 1)]
        return self._places


class Spans(dict[Leaves, tuple[Span, ...]]):
    """Leaves that made a topic match to their spans, looked up when they are first asked for."""

    __slots__ = ("_found",)

    def __init__(self, found: Found) -> None:
        super().__init__()
        self._found = found

    def __missing__(self, leaves: Leaves) -> tuple[Span, ...]:
        if not self:
            self.update(self._found.all_spans())
            if leaves in self:
                return self[leaves]
        places = list(chain.from_iterable(map(self._found.places_of, leaves)))
        spans = self[leaves] = self._found.reading.spans(places)
        return spans


def _longer(
    number: int, row: list[Terms], at: int, phrases: dict[int, int]
) -> list[tuple[int, int]]:
    """The phrases that begin with the phrase ``number``, which ends before ``at``; with their ends."""
    found: list[tuple[int, int]] = []
    for other in row[at] if at < len(row) else ():
        longer = phrases.get(number * SPREAD + other)
        if longer is not None:
            found.append((longer, at + 1))
            found += _longer(longer, row, at + 1, phrases)
    return found


def _facts(item: Item, field: str, vocabulary: Vocabulary) -> Iterator[int]:
    """The leaves of a field of data that hold for ``item``."""
    for value in facts(item, field):
        texts = [f'{field}:"{word}"' for word in value]
        numbers = [vocabulary.numbers.get(text) for text in texts]
        row: list[Terms] = [() if number is None else (number,) for number in numbers]
        for at, terms in enumerate(row, start=1):
            for one in terms:
                yield one
                for longer, _ in _longer(one, row, at, vocabulary.phrases):
                    yield longer
