"""Huge pages: the selected memory regions, and the result of the kernel."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from bot.runtime.huge_pages import memory_regions

pytestmark = pytest.mark.process

MB = 1024 * 1024
SWITCH = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def _region(start: int, size: int, used: int, rights: str = "rw-p", owner: str = "0") -> str:
    return dedent(f"""\
        {start:x}-{start + size:x} {rights} 00000000 00:00 {owner}
        Size:           {size // 1024:8} kB
        KernelPageSize:        4 kB
        Rss:            {used // 1024:8} kB
        VmFlags: rd wr mr mw me ac
        """)


def test_a_full_region_is_aligned_to_whole_huge_pages():
    assert memory_regions(_region(9 * MB, 8 * MB, 8 * MB)) == [(10 * MB, 16 * MB)]


def test_the_heap_is_included():
    heap = _region(2 * MB, 4 * MB, 4 * MB, owner="0        [heap]")
    assert memory_regions(heap) == [(2 * MB, 6 * MB)]


def test_a_mostly_unused_stack_is_left_out():
    assert memory_regions(_region(8 * MB, 8 * MB, MB)) == []


def test_regions_of_files_are_left_out():
    mapped = _region(0, 8 * MB, 8 * MB, owner="4711  /usr/lib/libc.so.6")
    assert memory_regions(mapped + _region(8 * MB, 8 * MB, 8 * MB, rights="r--p")) == []


def test_each_region_is_checked_separately():
    smaps = _region(0, 8 * MB, 8 * MB, owner="7  /lib/x") + _region(8 * MB, 8 * MB, MB)
    assert memory_regions(smaps + _region(16 * MB, 2 * MB, 2 * MB)) == [(16 * MB, 18 * MB)]


def test_a_region_smaller_than_a_huge_page_is_left_out():
    assert memory_regions(_region(MB, 2 * MB, 2 * MB)) == []


@pytest.mark.skipif(
    not SWITCH.exists() or "[never]" in SWITCH.read_text(), reason="the system has no huge pages"
)
def test_the_memory_is_in_huge_pages_and_unchanged():
    script = """
        import re
        from bot.runtime.huge_pages import use_huge_pages
        texts = [str(number) for number in range(600_000)]
        use_huge_pages()
        assert texts == [str(number) for number in range(600_000)]
        print(re.search(r"AnonHugePages: +(\\d+)", open("/proc/self/smaps_rollup").read())[1])
    """
    command = [sys.executable, "-c", dedent(script)]
    result = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    assert int(result.stdout) > 8 * 1024  # kB
