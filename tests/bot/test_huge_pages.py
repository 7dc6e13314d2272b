"""Memory in huge pages: which areas are laid into them, and that the kernel does it."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from bot.huge_pages import areas

MB = 1024 * 1024
SWITCH = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def _area(start: int, size: int, used: int, rights: str = "rw-p", owner: str = "0") -> str:
    return dedent(f"""\
        {start:x}-{start + size:x} {rights} 00000000 00:00 {owner}
        Size:           {size // 1024:8} kB
        KernelPageSize:        4 kB
        Rss:            {used // 1024:8} kB
        VmFlags: rd wr mr mw me ac
        """)


def test_an_area_full_of_objects_is_taken_in_whole_huge_pages():
    assert areas(_area(9 * MB, 8 * MB, 8 * MB)) == [(10 * MB, 16 * MB)]


def test_the_heap_is_taken_too():
    heap = _area(2 * MB, 4 * MB, 4 * MB, owner="0        [heap]")
    assert areas(heap) == [(2 * MB, 6 * MB)]


def test_a_stack_of_which_little_is_in_use_is_left_alone():
    assert areas(_area(8 * MB, 8 * MB, MB)) == []


def test_what_belongs_to_a_file_is_left_alone():
    mapped = _area(0, 8 * MB, 8 * MB, owner="4711  /usr/lib/libc.so.6")
    assert areas(mapped + _area(8 * MB, 8 * MB, 8 * MB, rights="r--p")) == []


def test_each_area_is_judged_by_its_own_figures():
    known = _area(0, 8 * MB, 8 * MB, owner="7  /lib/x") + _area(8 * MB, 8 * MB, MB)
    assert areas(known + _area(16 * MB, 2 * MB, 2 * MB)) == [(16 * MB, 18 * MB)]


def test_an_area_smaller_than_a_huge_page_is_left_alone():
    assert areas(_area(MB, 2 * MB, 2 * MB)) == []


@pytest.mark.skipif(
    not SWITCH.exists() or "[never]" in SWITCH.read_text(), reason="the system has no huge pages"
)
def test_what_is_in_memory_lies_in_huge_pages_and_stays_as_it_was():
    script = """
        import re
        from bot.huge_pages import use_huge_pages
        kept = [str(number) for number in range(600_000)]
        use_huge_pages()
        assert kept == [str(number) for number in range(600_000)]
        print(re.search(r"AnonHugePages: +(\\d+)", open("/proc/self/smaps_rollup").read())[1])
    """
    command = [sys.executable, "-c", dedent(script)]
    done = subprocess.run(command, capture_output=True, check=True, text=True, timeout=60)
    assert int(done.stdout) > 8 * 1024  # kB
