"""Memory in huge pages: what is touched at random is found quicker.

A million topics are 150 MB of small objects, and an item touches hundreds of them at random. For each
page of 4 KB that it touches, the processor translates an address, from tables that do not fit its
caches: that cost a quarter of a match. Pages of 2 MB need hardly any. Where Linux gives them to those
who ask (the usual setting), we ask: once all is loaded, and every hour for what has come since.
"""

from __future__ import annotations

import asyncio
import ctypes
import re
import sys
from pathlib import Path
from typing import Final

EVERY: Final = 3_600.0
"""Seconds between two rounds."""

_HUGE: Final = 2 * 1024 * 1024  # bytes: of a huge page where others have 4 KB
_FULL: Final = 0.9  # of an area that is in use: in huge pages the rest is taken, too
_WANT_HUGE: Final = 14  # MADV_HUGEPAGE, <linux/mman.h>
_COLLAPSE: Final = 25  # MADV_COLLAPSE, the same (Linux 6.1)
_AREA: Final = re.compile(
    r"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) rw-p \S+ \S+ 0 *(?:\[heap\])?\n"
    r"(?:\w+: .*\n)*?Rss: +(?P<used>\d+) kB",
    re.MULTILINE,
)
"""An area that belongs to no file, and how much of it is in use."""


async def ask_for_huge_pages() -> bool:
    """A worker's step: :func:`use_huge_pages`, beside everything else."""
    await asyncio.to_thread(use_huge_pages)
    return False


def use_huge_pages() -> None:
    """Lay what is in memory by now into huge pages: about a second for the first 300 MB.

    Where the system has none, or gives none, nothing changes.
    """
    if sys.platform != "linux":
        return
    try:
        known = Path("/proc/self/smaps").read_text(encoding="utf-8")
    except OSError:  # a container that does not show it
        return
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in areas(known):
        # What the kernel does not do stays as it was, so nothing follows from its answers.
        advise(start, end - start, _WANT_HUGE)
        advise(start, end - start, _COLLAPSE)


def areas(known: str) -> list[tuple[int, int]]:
    """The areas of memory that are full of objects, in whole huge pages.

    ``known`` is what proc_pid_smaps(5) tells. Each area is its first address and the one after its
    last. Those of files are not among them, nor a thread's stack, of which little is in use.
    """
    found: list[tuple[int, int]] = []
    for area in _AREA.finditer(known):
        start, end = int(area["start"], 16), int(area["end"], 16)
        if int(area["used"]) * 1024 >= _FULL * (end - start):
            start, end = -(-start // _HUGE) * _HUGE, end // _HUGE * _HUGE
            if start < end:
                found.append((start, end))
    return found
