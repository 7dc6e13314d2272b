from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.charts.render import BACKGROUND, COLOURS, MUTED_COLOUR, TEXT, draw
from bot.charts.trend import (
    MAX_ALT_TEXT_CHARS,
    OTHERS,
    Peak,
    alt_text,
    format_period,
    is_spike,
    peaks_of,
    sparkline,
    trend_of,
)

FIRST, LAST = date(2026, 5, 3), date(2026, 6, 1)


def on(**days: int) -> dict[date, int]:
    """Counts by day of May: on(d3=2)."""
    return {date(2026, 5, int(day[1:])): many for day, many in days.items()}


def test_a_trend_has_every_day_and_its_sources_by_size():
    trend = trend_of("x", {"A": on(d3=1), "B": on(d3=2, d5=4)}, FIRST, LAST)
    assert [one.name for one in trend.series] == ["B", "A"]
    assert len(trend.days) == 30
    assert trend.totals[:4] == [3, 0, 4, 0]
    assert trend.total == 7
    assert trend.days[-1] == LAST


def test_small_sources_are_told_together():
    counts = {f"S{number}": on(d3=number + 1) for number in range(9)}
    trend = trend_of("x", counts, FIRST, LAST)
    assert [one.name for one in trend.series] == ["S8", "S7", "S6", "S5", OTHERS]
    assert trend.total == sum(range(1, 10))


def test_topics_are_never_told_together():
    counts = {f"T{number}": on(d3=number) for number in range(9)}
    trend = trend_of("x", counts, FIRST, LAST, parts=False)
    assert [one.name for one in trend.series] == ["T8", "T7", "T6", "T5", "T4"]


def test_a_year_is_counted_by_whole_weeks_up_to_today():
    first = LAST - timedelta(days=364)
    trend = trend_of("x", {"A": {LAST: 3, LAST - timedelta(days=7): 2, first: 1}}, first, LAST)
    assert trend.step == 7
    assert trend.totals[-2:] == [2, 3]
    assert trend.days[-1] == LAST - timedelta(days=6)


def test_a_trend_of_nothing_is_a_flat_one():
    trend = trend_of("x", {}, FIRST, LAST)
    assert (trend.total, len(trend.days)) == (0, 30)
    assert alt_text(trend).endswith(": none.")


@pytest.mark.parametrize(
    ("totals", "places"),
    [
        ([], []),
        ([0] * 9, []),
        ([1] * 9, []),
        ([1, 1, 9, 1, 1, 1, 7, 1], [2, 6]),
        ([1, 8, 9, 8, 1, 1, 1, 1, 1], [2]),  # neighbours of a peak are its slopes
        ([0, 1, 0, 0, 0], []),  # one item is no peak
        ([5, 1, 1, 6, 1, 1, 7, 1, 1, 8, 1, 1], [3, 6, 9]),
    ],
)
def test_the_peaks_are_the_days_that_stand_out(totals, places):
    assert [one.place for one in peaks_of(totals)] == places


@pytest.mark.parametrize(
    ("today", "before", "is_one"),
    [
        (9, [0] * 28, True),
        (4, [0] * 28, False),  # a few items are none
        (90, [0] * 6, False),  # nobody knows yet what is usual
        (9, [4] * 28, False),
        (13, [4] * 28, True),
        (40, [30, 20, 35, 25, 40, 10, 28] * 4, False),
        (100, [30, 20, 35, 25, 40, 10, 28] * 4, True),
        (12, [2] * 26 + [300, 280], True),  # an earlier spike does not hide the next
        (130, [100] * 28, False),  # counts vary by their root
        (141, [100] * 28, True),
    ],
)
def test_a_spike_is_far_above_the_usual(today, before, is_one):
    assert is_spike(today, before) is is_one


@pytest.mark.parametrize(
    ("counts", "line"),
    [([], ""), ([0, 0], "▁▁"), ([0, 7], "▁█"), ([1, 100], "▂█"), ([3, 3], "██")],
)
def test_a_sparkline_shows_even_little_beside_much(counts, line):
    assert sparkline(counts) == line


@given(st.lists(st.integers(0, 10**6), max_size=400))
def test_a_sparkline_fits_a_line(counts):
    assert len(sparkline(counts)) <= 60


def test_the_span_names_a_second_year_only_where_there_is_one():
    assert format_period(trend_of("x", {}, FIRST, LAST)) == "3 May to 1 Jun 2026"
    assert format_period(trend_of("x", {}, date(2025, 12, 30), date(2026, 1, 2))) == (
        "30 Dec 2025 to 2 Jan 2026"
    )


def test_the_alt_text_says_what_is_to_be_seen_and_is_bounded():
    trend = trend_of("sanctions", {"BBC": on(d3=2, d9=8)}, FIRST, LAST)
    trend = replace(trend, peaks=(Peak(6, 8, "Council agrees"),))
    said = alt_text(trend)
    assert "sanctions per day, 3 May to 1 Jun 2026: 10 in total (BBC 10)" in said
    assert "9 May: 8, mainly “Council agrees”" in said
    assert len(alt_text(replace(trend, name="x" * 5_000))) <= MAX_ALT_TEXT_CHARS


# ── the picture ──────────────────────────────────────────────────────────────────────────────────


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.1)."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return sum(weight * one for weight, one in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_words_and_bars_stand_out_from_the_background_as_wcag_asks():
    assert all(contrast(colour, BACKGROUND) >= 4.5 for colour in (TEXT, MUTED_COLOUR))
    assert all(contrast(colour, BACKGROUND) >= 3 for colour in COLOURS)


def test_the_picture_does_not_vanish_in_a_light_chat():
    assert contrast(BACKGROUND, "#FFFFFF") >= 3


def size_of(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    return int.from_bytes(picture[16:20]), int.from_bytes(picture[20:24])


HOSTILE = [
    "sanctions",
    "$x_1$ \\frac{1}{0} $",
    "制裁 ∀ 😀",
    "\u202eevil\u0000\n\t",
    "عقوبات",
    "x" * 3_000,
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("parts", [True, False])
def test_any_text_can_be_drawn_without_a_warning(text, parts):
    trend = trend_of(text, {text: on(d3=2), f"{text}2": on(d9=8)}, FIRST, LAST, parts=parts)
    trend = replace(trend, peaks=(Peak(0, 2, text), Peak(6, 8, text)) if parts else ())
    picture = draw(trend)
    assert size_of(picture) == (1080, 1080)
    assert len(picture) < 300_000


@pytest.mark.parametrize("length", [2, 7, 120, 366])
def test_any_length_can_be_drawn(length):
    first = LAST - timedelta(days=length - 1)
    assert size_of(draw(trend_of("x", {"A": {LAST: 1_000_000}}, first, LAST))) == (1080, 1080)


def test_nothing_but_the_background_is_in_the_margins():
    from PIL import Image

    trend = trend_of("x" * 300, {f"S{n}" * 20: on(d3=n) for n in range(9)}, FIRST, LAST)
    trend = replace(trend, peaks=tuple(Peak(n * 9, 9, "W" * 300) for n in range(3)))
    image = Image.open(BytesIO(draw(trend))).convert("RGB")
    wanted = tuple(int(BACKGROUND[at : at + 2], 16) for at in (1, 3, 5))
    edges = [(x, y) for x in (2, 1077) for y in range(1080)]
    edges += [(x, y) for y in (2, 1077) for x in range(1080)]
    assert {image.getpixel(place) for place in edges} == {wanted}
