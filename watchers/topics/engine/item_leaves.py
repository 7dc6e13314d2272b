"""Find the leaves of all topics that occur in one item.

Words are looked up in the lexicon. Phrases are found by looking up every two neighbouring words, and
extending each phrase that is found. Spans are computed when they are first read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, compress, count, pairwise, repeat
from operator import add, itemgetter, mul
from typing import Final

from watchers.item import Item
from watchers.text.stems import stemming_rules
from watchers.topics.engine.tokenised_item import TokenisedItem, field_values
from watchers.topics.engine.vocabulary import NO_LEAF, PHRASE_KEY_MULTIPLIER, Terms, Vocabulary
from watchers.topics.match import Leaves, Span, merge_spans
from watchers.topics.nodes import DATA_FIELDS, Form, Leaf
from watchers.topics.positions import Marks, Positions, to_positions

# Beyond this number, sets of positions are cheaper than lists of occurrences.
MAX_OCCURRENCES_PER_WORD: Final = 4
"""Occurrences of phrases, and lookups of neighbours, per word of an item."""

_FIRST: Final = itemgetter(0)

# Creates a Span from its three values without a Python call.
_NEW_TUPLE: Final = tuple.__new__


class ItemLeaves:
    """The leaves of one item.

    Attributes:
        leaves: the numbers of all leaves.
        spans: their spans.
        tokens: the words of the item.
    """

    __slots__ = (
        "_marks",
        "_names",
        "_phrases",
        "_positions",
        "_row",
        "_starts",
        "_vocabulary",
        "leaves",
        "spans",
        "tokens",
    )

    def __init__(self, tokens: TokenisedItem, vocabulary: Vocabulary) -> None:
        self.tokens = tokens
        item = tokens.item
        self._vocabulary = vocabulary
        self._starts: dict[int, dict[int, list[int]]] | None = None
        self._marks: dict[int, Marks] = {}
        rules = stemming_rules(item.language)
        fields = vocabulary.fields
        if fields and (fields.get("title") or fields.get("body")):
            body_start = tokens.title_end + 1
            title, body = vocabulary.lexicon(rules, "title"), vocabulary.lexicon(rules, "body")
            row = [*map(title.__getitem__, tokens.lookups[:body_start])]
            row += map(body.__getitem__, tokens.lookups[body_start:])
        else:
            row = [*map(vocabulary.lexicon(rules, "").__getitem__, tokens.lookups)]
        self._row: list[Terms] = row
        self._positions = positions = [*compress(count(), row)]
        self.leaves = set(chain.from_iterable(filter(None, row)))
        self._phrases = Phrases(row, positions, vocabulary) if vocabulary.phrases else None
        if self._phrases is not None:
            self.leaves |= self._phrases.numbers
        if fields:
            for field in DATA_FIELDS:
                if fields.get(field):
                    self.leaves.update(_find_field_leaves(item, field, vocabulary))
        # The leaf of each name in the item, with the first and the last word.
        self._names = [*_find_name_leaves(tokens, vocabulary)] if vocabulary.names else []
        self.leaves.update(map(_FIRST, self._names))
        self.spans = Spans(tokens, row, positions, self._phrases, self._names)

    def find(self, leaf: Leaf) -> Marks | None:
        """Return the occurrences of ``leaf``.

        Return ``None`` if it does not occur, and empty marks if a data field has its value.
        """
        number = self._vocabulary.number_of(leaf)
        if number not in self.leaves:
            return None
        if leaf.form is Form.NAME:
            return self._find_name(number)
        if self._starts is None:
            self._starts = self._find_starts()
        marks = self._marks.get(number)
        if marks is None:
            # Sets are only made of the leaves that an evaluated topic needs.
            marks = self._marks[number] = {
                length: to_positions(starts, len(self._row))
                for length, starts in self._starts.get(number, {}).items()
            }
            if self._phrases is not None:
                for length, positions in self._phrases.sets.get(number, {}).items():
                    marks[length] = marks.get(length, 0) | positions
        return marks

    def _find_name(self, number: int) -> Marks:
        marks: Marks = {}
        for name, first, last in self._names:
            if name == number:
                length = last - first + 1
                marks[length] = marks.get(length, 0) | 1 << first
        return marks

    def add_spans(self, marks: Marks) -> Leaves:
        """Add the spans of an evaluated topic and return their key in :attr:`spans`."""
        # Numbers of leaves are positive, so negative keys are free.
        key = -len(self.spans) - 1
        self.spans[key] = self.tokens.spans(marks)
        return key

    def _find_starts(self) -> dict[int, dict[int, list[int]]]:
        """Return the first words of the occurrences of each leaf, by their number of words.

        A phrase may have occurrences of different lengths, because two words may be written as one.
        """
        found: dict[int, dict[int, list[int]]] = {}
        if self._phrases is not None:
            for phrase, first, last in self._phrases.occurrences():
                found.setdefault(phrase, {}).setdefault(last - first + 1, []).append(first)
        for position in self._positions:
            for number in self._row[position]:
                if number in found:
                    found[number].setdefault(1, []).append(position)
                else:
                    found[number] = {1: [position]}
        return found


def _find_name_leaves(
    tokens: TokenisedItem, vocabulary: Vocabulary
) -> Iterator[tuple[int, int, int]]:
    """Yield the leaf of each name of a territory, and its first and last word."""
    for code, first, last in tokens.find_names():
        for field, number in vocabulary.names.get(code, {}).items():
            if not field or (field == "title") == (first < tokens.title_end):
                yield number, first, last


def _find_field_leaves(item: Item, field: str, vocabulary: Vocabulary) -> Iterator[int]:
    """Yield the leaves of a data field that hold for ``item``."""
    for value in field_values(item, field):
        texts = [f'{field}:"{word}"' for word in value]
        numbers = [vocabulary.numbers.get(text) for text in texts]
        row: list[Terms] = [() if number is None else (number,) for number in numbers]
        for end, terms in enumerate(row, start=1):
            for term in terms:
                yield term
                extensions = extend_phrase(term, row, end, vocabulary.phrases)
                yield from (phrase for phrase, _ in extensions)


class Phrases:
    """The phrases in one row of terms.

    A usual item has few phrases, so each occurrence is kept. But topics can contain so many phrases of
    one repeated word that each position starts hundreds. For such an item each phrase is kept as a set
    of positions (positions.py), and the work grows with the number of phrases, not of occurrences.

    Attributes:
        numbers: the phrases that were found.
        sets: for an item with very many occurrences, each phrase to its starts by number of words;
            then there are no :meth:`occurrences`. Empty for every other item.
    """

    __slots__ = ("_longer", "_pair_starts", "_pairs", "numbers", "sets")

    def __init__(
        self, row: Sequence[Terms], positions: Sequence[int], vocabulary: Vocabulary
    ) -> None:
        """``positions`` are those of ``row`` with terms; an empty one follows the last of them."""
        self.sets: dict[int, Marks] = {}
        self._pairs: list[int] = []
        self._pair_starts: list[int] = []
        self._longer: list[tuple[int, int, int]] = []
        if (vocabulary.is_crowded and _needs_many_lookups(row)) or not self._find_occurrences(
            row, positions, vocabulary
        ):
            self._find_sets(row, positions, vocabulary)

    def _find_occurrences(
        self, row: Sequence[Terms], positions: Sequence[int], vocabulary: Vocabulary
    ) -> bool:
        """Find every occurrence. Return False if there are too many to keep."""
        find = vocabulary.phrases.get
        max_occurrences = MAX_OCCURRENCES_PER_WORD * len(row)
        starts = [first for first, second in pairwise(positions) if second - first == 1]
        keys = [
            prefix * PHRASE_KEY_MULTIPLIER + next_term
            for start in starts
            for prefix in row[start]
            for next_term in row[start + 1]
        ]
        if len(keys) > len(starts):
            # A word has several terms: repeat its position for each key.
            starts = [
                start for start in starts for _ in range(len(row[start]) * len(row[start + 1]))
            ]
        numbers = [*map(find, keys, repeat(NO_LEAF))]
        self._pairs = pairs = [*filter(None, numbers)]
        self._pair_starts = pair_starts = [*compress(starts, numbers)]
        if len(pairs) > max_occurrences:
            return False
        self._longer = longer = [
            (number, first, first + 2)
            for prefix, first in zip(pairs, pair_starts, strict=True)
            for third_term in row[first + 2]
            if (number := find(prefix * PHRASE_KEY_MULTIPLIER + third_term))
        ]
        # Most phrases have three words at most, so only few are extended further.
        for number, first, last in [phrase for phrase in longer if row[phrase[2] + 1]]:
            for longer_number, end in extend_phrase(number, row, last + 1, vocabulary.phrases):
                longer.append((longer_number, first, end - 1))
            if len(longer) > max_occurrences:
                return False
        self.numbers = {*pairs, *map(_FIRST, longer)}
        return True

    def _find_sets(
        self, row: Sequence[Terms], positions: Sequence[int], vocabulary: Vocabulary
    ) -> None:
        """Find each phrase once, from its first word, with all of its occurrences at a time."""
        find = vocabulary.phrases.get
        self._pairs, self._pair_starts, self._longer = [], [], []
        positions_by_terms: dict[Terms, list[int]] = {}
        for position in positions:
            positions_by_terms.setdefault(row[position], []).append(position)
        term_sets: dict[int, Positions] = {}
        for terms, term_positions in positions_by_terms.items():
            term_set = to_positions(term_positions, len(row))
            for term in terms:
                term_sets[term] = term_sets.get(term, 0) | term_set
        # The phrases of one length, to the positions of their last words.
        end_sets, length = term_sets, 1
        while end_sets:
            longer: dict[int, Positions] = {}
            for prefix, prefix_ends in end_sets.items():
                for next_term, next_set in term_sets.items():
                    number = find(prefix * PHRASE_KEY_MULTIPLIER + next_term)
                    if number is not None and (ends := (prefix_ends << 1) & next_set):
                        longer[number] = ends
            end_sets = longer
            for number, ends in longer.items():
                self.sets.setdefault(number, {})[length + 1] = ends >> length
            length += 1
        self.numbers = {*self.sets}

    def occurrences(self) -> Iterator[tuple[int, int, int]]:
        """Yield each phrase with the positions of its first and last word.

        The occurrences of one phrase are in ascending order.
        """
        pair_ends = map(add, self._pair_starts, repeat(1))
        return chain(zip(self._pairs, self._pair_starts, pair_ends, strict=True), self._longer)


def _needs_many_lookups(row: Sequence[Terms]) -> bool:
    """Return True if neighbouring words have many terms in many positions."""
    sizes = [*map(len, row)]
    lookups: int = sum(map(mul, sizes, sizes[1:]))
    return lookups > MAX_OCCURRENCES_PER_WORD * len(row)


def extend_phrase(
    number: int, row: Sequence[Terms], end: int, phrases: Mapping[int, int]
) -> list[tuple[int, int]]:
    """Return the phrases that start with phrase ``number``, which ends before ``end``.

    Each is returned with its own end.
    """
    extensions: list[tuple[int, int]] = []
    for next_term in row[end] if end < len(row) else ():
        longer = phrases.get(number * PHRASE_KEY_MULTIPLIER + next_term)
        if longer is not None:
            extensions.append((longer, end + 1))
            extensions += extend_phrase(longer, row, end + 1, phrases)
    return extensions


class Spans(dict[Leaves, tuple[Span, ...]]):
    """The spans of leaves, computed when they are first read.

    The object has no reference to its `ItemLeaves`. Such a cycle would keep everything about an item
    alive until a garbage collection, and the next item would start with a cold cache: a match takes a
    sixth longer then.
    """

    __slots__ = ("_added_sets", "_is_filled", "_names", "_phrases", "_positions", "_row", "_tokens")

    def __init__(
        self,
        tokens: TokenisedItem,
        row: Sequence[Terms],
        positions: Sequence[int],
        phrases: Phrases | None,
        names: Sequence[tuple[int, int, int]],
    ) -> None:
        """``positions`` are those of ``row`` with terms."""
        super().__init__()
        self._tokens = tokens
        self._row = row
        self._positions = positions
        self._phrases = phrases
        self._names = names
        self._is_filled = False
        self._added_sets: set[int] = set()

    def __missing__(self, leaves: Leaves) -> tuple[Span, ...]:
        if not self._is_filled:
            self._is_filled = True
            self._add_words()
            if self._phrases is not None:
                self._add_runs(self._phrases.occurrences())
            if self._names:
                self._add_runs(self._names)
            if self._phrases is not None and self._phrases.sets:
                self._add_sets([*self._phrases.sets.keys() & self.keys()], self._phrases)
            if leaves in self:
                return self[leaves]
        numbers = (leaves,) if isinstance(leaves, int) else leaves
        if self._phrases is not None and self._phrases.sets:
            self._add_sets(numbers, self._phrases)
        spans = self[leaves] = merge_spans(
            {*chain.from_iterable(self.get(number, ()) for number in numbers)}
        )
        return spans

    def _add_sets(self, numbers: Sequence[int], phrases: Phrases) -> None:
        """Add the spans of phrases with very many occurrences: only of the requested phrases."""
        for number in numbers:
            if number in phrases.sets and number not in self._added_sets:
                self._added_sets.add(number)
                spans = self._tokens.spans(phrases.sets[number])
                self[number] = merge_spans({*spans, *self.get(number, ())})

    # Most topics match by one leaf, and most leaves occur once. The work per leaf in the next two
    # loops is a large part of the time to read the spans of a match, so neither calls a function.

    def _add_words(self) -> None:
        row, words, ends = self._row, self._tokens.words, self._tokens.ends
        title_end, lead_end = self._tokens.title_end, self._tokens.lead_end
        single: dict[Leaves, tuple[Span, ...]] = {}
        repeated: dict[int, list[Span]] = {}
        for position in self._positions:
            field = "text" if position > lead_end else "lead" if position > title_end else "title"
            end = ends[position]
            span = _NEW_TUPLE(Span, (field, end - len(words[position]), end))
            for number in row[position]:
                if number not in single:
                    single[number] = (span,)
                elif number in repeated:
                    repeated[number].append(span)
                else:
                    repeated[number] = [*single[number], span]
        single.update(zip(repeated, map(tuple, repeated.values()), strict=True))
        self.update(single)

    def _add_runs(self, occurrences: Iterable[tuple[int, int, int]]) -> None:
        """Add the spans of phrases or names."""
        words, ends = self._tokens.words, self._tokens.ends
        title_end, lead_end = self._tokens.title_end, self._tokens.lead_end
        single: dict[Leaves, tuple[Span, ...]] = {}
        repeated: dict[int, list[Span]] = {}
        for number, first, last in occurrences:
            field = "text" if first > lead_end else "lead" if first > title_end else "title"
            span = _NEW_TUPLE(Span, (field, ends[first] - len(words[first]), ends[last]))
            if number not in single:
                single[number] = (span,)
            elif number in repeated:
                repeated[number].append(span)
            else:
                repeated[number] = [*single[number], span]
        # Occurrences of one phrase may overlap.
        single.update(zip(repeated, map(merge_spans, repeated.values()), strict=True))
        # A phrase may also be written as one word.
        for leaf in single.keys() & self.keys():
            single[leaf] = merge_spans({*single[leaf], *self[leaf]})
        self.update(single)
