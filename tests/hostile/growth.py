"""Measure how processor time grows with the length of a text.

No limit of time is asserted. A text four times as long takes four times as long where the work is
linear, and sixteen times where it is quadratic. A load of other processes does not count: time is that of
the thread, and each length is measured several times, of which the shortest counts.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

SIZES = (24, 96, 512, 2_048, 8_192)
FLOOR_S = 0.020
"""Shorter times say nothing of growth."""

MOST_GROWTH = 10.0
"""Of a text four times as long: between 4 (linear) and 16 (quadratic)."""

_TRIES = 4


def superlinear(apply: Callable[[int], object], sizes: tuple[int, ...] = SIZES) -> str:
    """Return the growth with which ``apply`` (to a text of a length) is superlinear, "" for linear work.

    Lengths rise until the work takes longer than the floor, so that even exponential work ends.
    """
    for before, size in zip((0, *sizes), sizes, strict=False):
        if _seconds(apply, size) < FLOOR_S:
            continue
        if not before:
            longer = min(_seconds(apply, size) for _ in range(_TRIES))
            if longer >= FLOOR_S:
                return f"{longer:.3f} s for {size} characters"
            continue
        for _ in range(_TRIES):
            shorter = min(_seconds(apply, before) for _ in range(_TRIES))
            longer = min(_seconds(apply, size) for _ in range(2))
            growth = longer / max(shorter, 1e-7)
            if longer < FLOOR_S or growth * before / size * 4 < MOST_GROWTH:
                break
        else:
            return f"{growth:.0f} times longer from {before} to {size} characters ({longer:.3f} s)"
    return ""


def _seconds(apply: Callable[[int], object], size: int) -> float:
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        start = time.thread_time()
        apply(size)
        return time.thread_time() - start
    finally:
        if was_collecting:
            gc.enable()
