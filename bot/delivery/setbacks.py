"""How long an account waits after the database refused: longer each time, until it works again."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final

import structlog

_PAUSES: Final = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)  # seconds

log = structlog.get_logger(__name__)


class Setbacks:
    """Those of one account. Only the first of a row is told in the log."""

    def __init__(self, account: str, ticks: Callable[[], float]) -> None:
        self._account = account
        self._ticks = ticks
        self._many = 0
        self._pause_until = -inf

    @property
    def pause(self) -> float:
        """Seconds until the database is to be asked again; 0 or less: now."""
        return self._pause_until - self._ticks()

    def note(self, problem: str) -> None:
        """Something went wrong."""
        if not self._many:
            log.error("cannot deliver", account=self._account, problem=problem)
        self._pause_until = self._ticks() + _PAUSES[min(self._many, len(_PAUSES) - 1)]
        self._many += 1

    def worked(self) -> None:
        """Something went well: the next pause is a short one. One that has begun is kept."""
        self._many = 0

    def forget(self) -> None:
        """Begin anew, at once."""
        self._many, self._pause_until = 0, -inf
