"""The clock as a parameter, so that tests can set the time."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

# The position of "starttime" behind the name of the program in /proc/self/stat (proc_pid_stat(5)).
_START_TICKS_FIELD: Final = 19

Clock = Callable[[], datetime]
"""Returns the current time, with its time zone."""


def utc_now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)


def process_started_at() -> datetime:
    """Return when this process began, or the current time where the system does not state it."""
    now = utc_now()
    try:
        stat = Path("/proc/self/stat").read_text(encoding="utf-8")
        start_ticks = int(stat.rpartition(")")[2].split()[_START_TICKS_FIELD])
        uptime_seconds = time.clock_gettime(time.CLOCK_BOOTTIME)
    except (OSError, ValueError, IndexError, AttributeError):
        # Not Linux.
        return now
    return now - timedelta(seconds=uptime_seconds - start_ticks / os.sysconf("SC_CLK_TCK"))
