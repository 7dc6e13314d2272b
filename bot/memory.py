"""Memory for what stays: what has been loaded by now is neither walked nor scattered any more.

A million topics are some 170 MB of small objects, of which an item touches hundreds at random. Two
things would make each of those touches dear, and both are settled once, after loading:

- The garbage collector walks all that it tracks: :func:`gc.freeze` takes it out of its sight.
- The processor translates the address of every page of 4 KB that it touches, from tables that do not
  fit its caches: pages of 2 MB need hardly any (Linux: ``madvise``, "Transparent Hugepage Support" in
  the kernel's documentation). An item is matched a sixth to a fifth faster.
"""

from __future__ import annotations

import ctypes
import gc
import re
import sys
from pathlib import Path
from typing import Final

_HUGE: Final = 2 * 1024 * 1024  # bytes: of a huge page where others have 4 KB
_FULL: Final = 0.9  # of an area that is in use; the rest would be taken, too, in huge pages
_WANT_HUGE: Final = 14  # MADV_HUGEPAGE, <linux/mman.h>
_COLLAPSE: Final = 25  # MADV_COLLAPSE, the same (Linux 6.1)
_AREA: Final = re.compile(
    r"^(?P<start>[0-9a-f]+)-(?P<end>[0-9a-f]+) rw-p \S+ \S+ 0 *(?:\[heap\])?\n"
    r"(?:\w+: .*\n)*?Rss: +(?P<used>\d+) kB",
    re.MULTILINE,
)
"""An area that belongs to no file, and how much of it is in use."""


def settle() -> None:
    """Settle what has been loaded: about a second for 300 MB, in which nothing else should load.

    Where the system has no huge pages, or gives none, only the collector is told.
    """
    gc.collect()
    gc.freeze()
    if sys.platform != "linux":
        return
    try:
        known = Path("/proc/self/smaps").read_text(encoding="utf-8")
    except OSError:  # a container that does not show it
        return
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in areas(known):
        # What the kernel does not do stays as it was, so nothing follows from its answer.
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
