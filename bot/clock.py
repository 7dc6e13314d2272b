"""The clock, as something that is handed in: tests bring their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""What time it is, with its zone."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
