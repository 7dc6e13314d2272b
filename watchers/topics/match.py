"""The result of matching: a topic, and the spans of text that made it match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias, overload

SpanField: TypeAlias = Literal["title", "lead", "text"]

SPAN_FIELDS: Final[tuple[SpanField, ...]] = ("title", "lead", "text")
"""The attributes of an Item that have running text, in the order in which spans are sorted."""

Leaves: TypeAlias = "int | tuple[int, ...]"
"""The number of the leaf that made a topic match, or the numbers of several leaves."""


# A named tuple, because an item has hundreds of spans and a frozen dataclass takes four times as
# long to create.
class Span(NamedTuple):
    """A range of an item: characters ``start`` to ``end`` (half-open) of its attribute ``field``."""

    field: SpanField
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A topic that an item matches, and where.

    Attributes:
        topic_id: the topic.
        spans: the occurrences of the wanted leaves, in reading order and without overlaps; empty
            if the query has only data fields.
    """

    topic_id: int
    spans: tuple[Span, ...]


class Matches(Sequence[Match]):
    """The topics that one item matches, each once, in no particular order.

    A sequence of :class:`Match`. An item may match hundreds of topics, most of which are only
    counted. So callers can read all topics and spans as columns, without one object per match.
    Spans are computed when they are first read.

    Attributes:
        topic_ids: the topics.
    """

    __slots__ = ("_leaves", "_spans_by_leaves", "topic_ids")

    def __init__(
        self,
        topic_ids: Sequence[int],
        leaves: Sequence[Leaves],
        spans_by_leaves: Mapping[Leaves, tuple[Span, ...]],
    ) -> None:
        self.topic_ids = topic_ids
        self._leaves = leaves
        self._spans_by_leaves = spans_by_leaves

    @property
    def spans(self) -> list[tuple[Span, ...]]:
        """The spans of each match, in the order of :attr:`topic_ids`."""
        return [*map(self._spans_by_leaves.__getitem__, self._leaves)]

    def __len__(self) -> int:
        return len(self.topic_ids)

    @overload
    def __getitem__(self, index: int) -> Match: ...
    @overload
    def __getitem__(self, index: slice) -> list[Match]: ...
    def __getitem__(self, index: int | slice) -> Match | list[Match]:
        if isinstance(index, slice):
            return [*self][index]
        return Match(self.topic_ids[index], self._spans_by_leaves[self._leaves[index]])

    def __iter__(self) -> Iterator[Match]:
        return map(Match, self.topic_ids, self.spans)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return [*self] == [*other]

    # A sequence that compares by value is unhashable, as a list is.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Matches({[*self]})"


def merge_spans(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return ``spans`` in reading order, with overlapping spans merged."""
    # Sorting by field name puts "title" last: move it to the front.
    ordered = sorted(spans)
    title_start = next((index for index, span in enumerate(ordered) if span[0] == "title"), 0)
    merged: list[Span] = []
    for span in ordered[title_start:] + ordered[:title_start]:
        if merged and span.start < merged[-1].end and span.field == merged[-1].field:
            field, start, end = merged[-1]
            merged[-1] = Span(field, start, max(end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
