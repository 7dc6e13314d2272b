"""What a match is: a topic, and the places that made it match."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

Field: TypeAlias = Literal["title", "lead", "text"]

FIELDS: Final[tuple[Field, ...]] = ("title", "lead", "text")
"""The attributes of an Item that hold running text, in the order in which spans are sorted."""

Leaves: TypeAlias = tuple[int, ...]
"""The numbers of leaves that made a topic match."""


class Span(NamedTuple):
    """A place in an item: characters ``start`` to ``end`` (half-open) of its attribute ``field``.

    A named tuple, because an item has hundreds of them and a frozen dataclass takes four times as
    long to make.
    """

    field: Field
    start: int
    end: int


class Match:
    """A topic that an item matches, and where: ``spans`` in reading order, none over another.

    Spans are looked up when they are first asked for: most of an item's matches are only counted,
    or shown to nobody. Treat a match as frozen; equal ones have equal topics and spans.
    """

    __slots__ = ("_evidence", "_leaves", "topic_id")

    def __init__(
        self, topic_id: int, leaves: Leaves, evidence: Mapping[Leaves, tuple[Span, ...]]
    ) -> None:
        self.topic_id = topic_id
        self._leaves = leaves
        self._evidence = evidence

    @property
    def spans(self) -> tuple[Span, ...]:
        """Where the wanted leaves that made it match stand; empty if no text was asked for."""
        return self._evidence[self._leaves]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Match):
            return NotImplemented
        return self.topic_id == other.topic_id and self.spans == other.spans

    def __hash__(self) -> int:
        return hash((self.topic_id, self.spans))

    def __repr__(self) -> str:
        return f"Match(topic_id={self.topic_id}, spans={self.spans})"


Place: TypeAlias = tuple[int, int]
"""Words ``start`` to ``end`` (half-open) of a :class:`~watchers.topics.reading.Reading`."""


def merged(ordered: Iterable[Place]) -> list[Place]:
    """Sorted places, those that overlap made one."""
    found: list[Place] = []
    for start, end in ordered:
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
