"""Measure how the processor time grows with the length of a text.

No absolute time is asserted. For a text of four times the length, linear work takes four times as long
and quadratic work sixteen times. The load of other processes does not count: the time is that of the
thread, and the shortest of several measurements is used.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

SIZES = (24, 96, 512, 2_048, 8_192)
MIN_SECONDS = 0.020
"""Shorter times are too inexact to measure growth."""

MAX_GROWTH = 10.0
"""Growth for a text of four times the length, between 4 (linear) and 16 (quadratic)."""

_TRIES = 4


def superlinear(apply: Callable[[int], object], sizes: tuple[int, ...] = SIZES) -> str:
    """Return the growth of ``apply`` (for a text length) if it is superlinear, "" if it is linear.

    The length rises until the work takes longer than `MIN_SECONDS`, so that even exponential work ends.
    """
    for previous_size, size in zip((0, *sizes), sizes, strict=False):
        longer = _seconds(apply, size)
        if longer < MIN_SECONDS:
            continue
        if not previous_size:
            longer = min(_seconds(apply, size) for _ in range(_TRIES))
            if longer >= MIN_SECONDS:
                return f"{longer:.3f} s for {size} characters"
            continue
        for _ in range(_TRIES):
            # A disturbed measurement of the shorter text would hide growth, so its minimum counts. One of
            # the longer text can only report growth that does not exist, and is then repeated.
            shorter = min(_seconds(apply, previous_size) for _ in range(_TRIES))
            growth = longer / max(shorter, 1e-7)
            if longer < MIN_SECONDS or growth * previous_size / size * 4 < MAX_GROWTH:
                break
            longer = min(_seconds(apply, size) for _ in range(2))
        else:
            return f"{growth:.0f} times longer from {previous_size} to {size} characters ({longer:.3f} s)"
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
