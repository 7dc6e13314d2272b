"""Which passages make the summary: the best that fit, none twice, none that leans on what is left out.

A passage that leans ("He said …") comes with the one before it, where the two together are better than
the next best alone; otherwise it stays out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.summaries.scoring import Scored, dot

_SAME: Final = 0.75
"""Two passages as alike as this say the same: of the two, the better one is told."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much a summary may hold: passages, and characters with a space between two."""

    passages: int
    characters: int | None = None


def choose(
    lengths: Sequence[int], scores: Sequence[Scored], leans: Callable[[int], bool], room: Room
) -> list[int]:
    """The places of what is chosen, in order. ``leans`` tells of a place whether it leans."""
    return _Choice(lengths, scores, leans, room).made()


class _Choice:
    """One choice under way."""

    def __init__(
        self,
        lengths: Sequence[int],
        scores: Sequence[Scored],
        leans: Callable[[int], bool],
        room: Room,
    ) -> None:
        self._lengths = lengths
        self._scores = scores
        self._leans = leans
        self._room = room
        self._chosen: list[int] = []
        self._used = 0

    def made(self) -> list[int]:
        best = sorted(range(len(self._scores)), key=lambda at: (-self._scores[at].score, at))
        held: list[int] = []  # they lean on what is not chosen, yet
        for at in best:
            if len(self._chosen) == self._room.passages:
                break
            if at in self._chosen or self._is_told(at):
                continue
            if not self._needs(at):
                self._take(at)
            elif self._is_better_as_pair(at, best):
                self._take(at - 1, at)
            else:
                held.append(at)
                continue
            self._take_held(held)
        if not self._chosen:
            # All of it leans: better that than nothing.
            self._take(*(at for at in held[:1]))
        return sorted(self._chosen)

    def _needs(self, at: int) -> bool:
        """Whether the passage leans on one that is not chosen."""
        return at > 0 and at - 1 not in self._chosen and self._leans(at)

    def _is_better_as_pair(self, at: int, best: Sequence[int]) -> bool:
        if len(self._chosen) + 2 > self._room.passages or self._needs(at - 1):
            return False
        pair = (self._scores[at].score + self._scores[at - 1].score) / 2
        alone = (
            self._scores[other].score
            for other in best
            if other not in self._chosen and other != at and not self._needs(other)
        )
        return pair >= next(alone, 0.0) and not self._is_told(at - 1)

    def _take_held(self, held: list[int]) -> None:
        """What leans on what is chosen by now may come, if it is worth more than what is left."""
        for at in [at for at in held if not self._needs(at)]:
            held.remove(at)
            if len(self._chosen) < self._room.passages and not self._is_told(at):
                self._take(at)

    def _is_told(self, at: int) -> bool:
        vector = self._scores[at].vector
        return any(dot(vector, self._scores[other].vector) >= _SAME for other in self._chosen)

    def _take(self, *places: int) -> None:
        """All of ``places``, if they fit."""
        new = [at for at in places if at not in self._chosen]
        length = sum(self._lengths[at] + 1 for at in new)
        if self._room.characters is not None and self._used + length > self._room.characters + 1:
            return
        self._chosen.extend(new)
        self._used += length
