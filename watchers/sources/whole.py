"""Is a file whole? A document is read when nobody is writing it any more."""

from __future__ import annotations

import os
import signal
import sys
from typing import Final

SETTLE_SECONDS: Final = 0.15
"""A file that was written less long ago may not be whole yet."""

LONGEST_WAIT: Final = 60.0
"""Seconds after which a file that somebody merely keeps open is read all the same."""


def seconds_to_wait(descriptor: int, *, now: float) -> float:
    """How long to wait before the open file ``descriptor`` is worth reading; 0 if it is whole.

    ``now`` is in seconds since the epoch, as a file's own time is. A time in the future (a wrong
    clock, a restored archive) says nothing about writing, so it does not hold a file up.
    """
    age = now - os.fstat(descriptor).st_mtime
    if 0 <= age < SETTLE_SECONDS:
        return SETTLE_SECONDS - age
    if 0 <= age < LONGEST_WAIT and _open_for_writing(descriptor):
        return SETTLE_SECONDS
    return 0.0


def _open_for_writing(descriptor: int) -> bool:
    """Whether some process has the file open for writing: exactly known on Linux, else ``False``.

    The kernel grants a read lease only on a file that nobody has open for writing (fcntl(2),
    F_SETLEASE). It is given back at once; should a writer come in between, the kernel tells us by
    a signal, and SIGURG is one that is ignored by default.
    """
    if sys.platform != "linux":
        return False
    import fcntl  # noqa: PLC0415 - not on every platform

    try:
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False  # not our file, or a file system without leases: the settling time has to do
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
