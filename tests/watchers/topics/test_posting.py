"""The allocator of rows."""

from hypothesis import given
from hypothesis import strategies as st

from watchers.topics.engine.posting import IntArena, row_capacity


def test_a_released_row_is_used_again():
    rows = IntArena()
    first, second = rows.allocate(7), rows.allocate(7)
    size = len(rows.numbers)
    rows.release(first, 7)
    rows.release(second, 7)
    assert {rows.allocate(7), rows.allocate(7)} == {first, second}
    assert len(rows.numbers) == size


@given(st.integers(4, 100_000))
def test_the_capacity_of_a_row_exceeds_its_size_by_a_quarter_at_most(size):
    assert size <= row_capacity(size) <= size * 1.25
    assert row_capacity(row_capacity(size)) == row_capacity(size)
