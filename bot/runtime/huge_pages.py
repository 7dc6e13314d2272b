"""Moves the memory of the process to huge pages, which makes random access faster.

A million topics are 150 MB of small objects, and one item touches hundreds of them at random. With
pages of 4 KB, the address translation of the processor took a quarter of the time of a match, because
its caches do not hold tables of that size. With pages of 2 MB they do. Linux gives huge pages to
processes that request them (the usual setting): once after the start, and every hour for new memory.
"""

from __future__ import annotations

import asyncio
import ctypes
import re
import sys
from pathlib import Path
from typing import Final

INTERVAL_SECONDS: Final = 3_600.0
"""The seconds between two requests."""

_HUGE_PAGE_BYTES: Final = 2 * 1024 * 1024
# A huge page is allocated in full, so only regions with at least this part in use are moved.
_MIN_USED_SHARE: Final = 0.9
# From <linux/mman.h>; MADV_COLLAPSE needs Linux 6.1.
_MADV_HUGEPAGE: Final = 14
_MADV_COLLAPSE: Final = 25
# A writable private region that belongs to no file, and the memory in use.
_REGION: Final = re.compile(
    r"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) rw-p \S+ \S+ 0 *(?:\[heap\])?\n"
    r"(?:\w+: .*\n)*?Rss: +(?P<used>\d+) kB",
    re.MULTILINE,
)


async def huge_pages_step() -> bool:
    """Run `use_huge_pages` in a thread, as the step of a worker."""
    await asyncio.to_thread(use_huge_pages)
    return False


def use_huge_pages() -> None:
    """Move the memory in use to huge pages. The first 300 MB take about a second.

    Nothing changes on systems without huge pages.
    """
    if sys.platform != "linux":
        return
    try:
        smaps = Path("/proc/self/smaps").read_text(encoding="utf-8")
    except OSError:
        # Some containers hide this file.
        return
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in memory_regions(smaps):
        # The results are ignored: a region that the kernel does not move still works.
        madvise(start, end - start, _MADV_HUGEPAGE)
        madvise(start, end - start, _MADV_COLLAPSE)


def memory_regions(smaps: str) -> list[tuple[int, int]]:
    """Return the memory regions that are full of objects, aligned to whole huge pages.

    Args:
        smaps: the content of /proc/PID/smaps, see proc_pid_smaps(5).

    Returns:
        The start and the end of each region. Regions of files are left out, and so are stacks of
        threads, of which little is in use.
    """
    regions: list[tuple[int, int]] = []
    for match in _REGION.finditer(smaps):
        start, end = int(match["start"], 16), int(match["end"], 16)
        if int(match["used"]) * 1024 >= _MIN_USED_SHARE * (end - start):
            # Round the start up and the end down.
            start = -(-start // _HUGE_PAGE_BYTES) * _HUGE_PAGE_BYTES
            end = end // _HUGE_PAGE_BYTES * _HUGE_PAGE_BYTES
            if start < end:
                regions.append((start, end))
    return regions
