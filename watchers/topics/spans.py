"""Where the leaves of one item are in its text: looked up when somebody first asks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final

from watchers.topics.match import Leaves, Span, joined
from watchers.topics.phrases import Phrases
from watchers.topics.reading import Reading
from watchers.topics.vocabulary import Terms

_NEW: Final = tuple.__new__  # makes a Span of its three values without a frame of Python


class Spans(dict[Leaves, tuple[Span, ...]]):
    """Leaves that made a topic match to their spans.

    Knows nothing of who found the leaves: in a circle, all that one item needed would wait for the
    garbage collector, and the next item would begin in cold memory (a match takes a sixth longer).
    """

    __slots__ = ("_are_known", "_at", "_phrases", "_reading", "_row")

    def __init__(
        self, reading: Reading, row: Sequence[Terms], at: Sequence[int], phrases: Phrases | None
    ) -> None:
        """``at``: where in ``row`` there are terms."""
        super().__init__()
        self._reading = reading
        self._row = row
        self._at = at
        self._phrases = phrases
        self._are_known = False

    def __missing__(self, leaves: Leaves) -> tuple[Span, ...]:
        if not self._are_known:
            self._are_known = True
            self._find_words()
            if self._phrases is not None:
                self._find_phrases(self._phrases)
            if leaves in self:
                return self[leaves]
        several = (leaves,) if isinstance(leaves, int) else leaves
        if self._phrases is not None and self._phrases.sets:
            self._find_sets(several, self._phrases)
        spans = self[leaves] = joined({*chain.from_iterable(self.get(one, ()) for one in several)})
        return spans

    def _find_sets(self, leaves: Sequence[int], phrases: Phrases) -> None:
        """Find the spans of phrases that have very many places: of those alone that are asked for."""
        for leaf in leaves:
            if leaf not in self and leaf in phrases.sets:
                length, starts = phrases.sets[leaf]
                self[leaf] = self._reading.spans({length: starts})

    # Most topics match by one leaf, and most leaves occur once: what these two loops do for a leaf
    # is a good part of what reading the spans of a match costs.

    def _find_words(self) -> None:
        row, words, ends = self._row, self._reading.words, self._reading.ends
        title_end, lead_end = self._reading.title_end, self._reading.lead_end
        found: dict[Leaves, tuple[Span, ...]] = {}
        again: dict[int, list[Span]] = {}
        for at in self._at:
            field = "text" if at > lead_end else "lead" if at > title_end else "title"
            end = ends[at]
            span = _NEW(Span, (field, end - len(words[at]), end))
            for number in row[at]:
                if number not in found:
                    found[number] = (span,)
                elif number in again:
                    again[number].append(span)
                else:
                    again[number] = [*found[number], span]
        found.update(zip(again, map(tuple, again.values()), strict=True))
        self.update(found)

    def _find_phrases(self, phrases: Phrases) -> None:
        words, ends = self._reading.words, self._reading.ends
        title_end, lead_end = self._reading.title_end, self._reading.lead_end
        found: dict[Leaves, tuple[Span, ...]] = {}
        again: dict[int, list[Span]] = {}
        for number, first, last in phrases.places():
            field = "text" if first > lead_end else "lead" if first > title_end else "title"
            span = _NEW(Span, (field, ends[first] - len(words[first]), ends[last]))
            if number not in found:
                found[number] = (span,)
            elif number in again:
                again[number].append(span)
            else:
                again[number] = [*found[number], span]
        found.update(zip(again, map(joined, again.values()), strict=True))
        self.update(found)
