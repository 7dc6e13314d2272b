"""What a match is: a topic, and the places that made it match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple, TypeAlias, overload

Field: TypeAlias = Literal["title", "lead", "text"]

FIELDS: Final[tuple[Field, ...]] = ("title", "lead", "text")
"""The attributes of an Item that hold running text, in the order in which spans are sorted."""

Leaves: TypeAlias = "int | tuple[int, ...]"
"""The number of the leaf that made a topic match, or of several."""


class Span(NamedTuple):
    """A place in an item: characters ``start`` to ``end`` (half-open) of its attribute ``field``.

    A named tuple, because an item has hundreds of them and a frozen dataclass takes four times as
    long to make.
    """

    field: Field
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Match:
    """A topic that an item matches, and where: ``spans`` in reading order, none over another.

    Spans are those of the wanted leaves that made it match; empty if no text was asked for.
    """

    topic_id: int
    spans: tuple[Span, ...]


class Matches(Sequence[Match]):
    """The topics that one item matches, each once, in no particular order.

    Reads as a sequence of :class:`Match`. An item may match hundreds of topics, most of which are
    only counted or shown to nobody: so who takes them all takes columns, and no object per match is
    made. Spans are looked up when they are first asked for.

    Attributes:
        topic_ids: the topics.
    """

    __slots__ = ("_evidence", "_leaves", "topic_ids")

    def __init__(
        self,
        topic_ids: Sequence[int],
        leaves: Sequence[Leaves],
        evidence: Mapping[Leaves, tuple[Span, ...]],
    ) -> None:
        self.topic_ids = topic_ids
        self._leaves = leaves
        self._evidence = evidence

    @property
    def spans(self) -> list[tuple[Span, ...]]:
        """The spans of each match, in the order of :attr:`topic_ids`."""
        return [*map(self._evidence.__getitem__, self._leaves)]

    def __len__(self) -> int:
        return len(self.topic_ids)

    @overload
    def __getitem__(self, at: int) -> Match: ...
    @overload
    def __getitem__(self, at: slice) -> list[Match]: ...
    def __getitem__(self, at: int | slice) -> Match | list[Match]:
        if isinstance(at, slice):
            return [*self][at]
        return Match(self.topic_ids[at], self._evidence[self._leaves[at]])

    def __iter__(self) -> Iterator[Match]:
        return map(Match, self.topic_ids, self.spans)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return [*self] == [*other]

    __hash__ = None  # type: ignore[assignment] # as a list has none

    def __repr__(self) -> str:
        return f"Matches({[*self]})"


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """``spans`` in reading order, those that overlap made one."""
    row = sorted(spans)  # by the fields' names: what is in the title stands last
    title = next((at for at, span in enumerate(row) if span[0] == "title"), 0)
    found: list[Span] = []
    for span in row[title:] + row[:title]:
        if found and span.start < found[-1].end and span.field == found[-1].field:
            field, start, end = found[-1]
            found[-1] = Span(field, start, max(end, span.end))
        else:
            found.append(span)
    return tuple(found)
