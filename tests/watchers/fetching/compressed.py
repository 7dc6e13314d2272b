"""Compress bytes for tests with the codings of HTTP."""

from __future__ import annotations

import gzip
import sys


def compress_zstd(data: bytes) -> bytes:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd.compress(data)


def compress_gzip(data: bytes) -> bytes:
    # Without the time, all test processes make the same bytes.
    return gzip.compress(data, mtime=0)
