from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.errors import MisuseError
from bot.timing.modes import EVERY_MORNING, INSTANT, OFF, Mode, Rhythm
from bot.timing.quiet import NEVER_QUIET, Quiet, Way
from bot.timing.spoken import read_clock, read_mode, read_quiet, split_mode, split_quiet
from bot.timing.verdict import (
    ChatTiming,
    Facts,
    HoldUntil,
    NotTold,
    SendNow,
    SendSilently,
    TopicTiming,
    combine,
    decide,
    rules,
)

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)  # a Monday
NIGHT = datetime(2026, 6, 1, 23, tzinfo=UTC)
MORNING = datetime(2026, 6, 2, 7, tzinfo=UTC)
HOLD = Quiet(time(22), time(7))
SILENT = Quiet(time(22), time(7), Way.SILENT)
BREAKING = Quiet(time(22), time(7), Way.BREAKING)
GROWS = Facts(sources=5, lately=3)

clocks = some.builds(time, some.integers(0, 23), some.integers(0, 59))
modes = some.builds(Mode, some.sampled_from(Rhythm), clocks, some.integers(0, 6))
quiets = some.builds(Quiet, clocks, clocks, some.sampled_from(Way))
zones = some.sampled_from("Europe/Berlin America/St_Johns Asia/Kathmandu Pacific/Apia UTC".split())
moments = some.datetimes(
    datetime.fromisoformat("2026-01-01"),
    datetime.fromisoformat("2028-01-01"),
    timezones=some.just(UTC),
)
all_rules = some.builds(
    rules,
    some.builds(ChatTiming, modes, quiets, zones),
    some.builds(
        TopicTiming,
        some.none() | modes,
        some.none() | quiets,
        some.none() | some.integers(2, 9),
        some.none() | some.integers(1, 9),
        some.booleans(),
    ),
)
facts = some.builds(Facts, some.integers(1, 9), some.integers(0, 9))


def _decide(chat=None, topic=None, known=None, now=NOON, told=0):
    held = rules(chat or ChatTiming(), topic or TopicTiming())
    return decide(held, known or Facts(), now, told=told)


@pytest.mark.parametrize(
    ("chat", "topic", "known", "now", "told", "verdict"),
    [
        ({}, {}, None, NOON, 0, SendNow()),
        ({"mode": OFF}, {}, None, NOON, 0, NotTold()),
        ({"mode": OFF}, {"mode": INSTANT}, None, NOON, 0, SendNow()),
        ({"mode": EVERY_MORNING}, {}, None, NOON, 0, HoldUntil(MORNING + timedelta(hours=1))),
        ({}, {"mode": Mode(Rhythm.HOURLY)}, None, NOON, 0, HoldUntil(NOON + timedelta(hours=1))),
        ({"quiet": HOLD}, {}, None, NOON, 0, SendNow()),
        ({"quiet": HOLD}, {}, None, NIGHT, 0, HoldUntil(MORNING)),
        ({"quiet": HOLD}, {"quiet": NEVER_QUIET}, None, NIGHT, 0, SendNow()),
        ({}, {"quiet": HOLD}, None, NIGHT, 0, HoldUntil(MORNING)),
        ({"quiet": SILENT}, {}, None, NIGHT, 0, SendSilently()),
        ({"quiet": BREAKING}, {}, None, NIGHT, 0, HoldUntil(MORNING)),
        ({"quiet": BREAKING}, {}, GROWS, NIGHT, 0, SendNow()),
        ({"quiet": HOLD}, {}, GROWS, NIGHT, 0, HoldUntil(MORNING)),
        ({"quiet": Quiet(time(9), time(9))}, {}, None, NOON, 0, SendNow()),
        ({}, {"at_least": 3}, Facts(2, 2), NOON, 0, NotTold()),
        ({}, {"at_least": 3}, Facts(3, 1), NOON, 0, SendNow()),
        ({}, {"breaking": True}, Facts(9, 2), NOON, 0, NotTold()),
        ({}, {"breaking": True}, GROWS, NOON, 0, SendNow()),
        ({}, {"most_a_day": 5}, None, NOON, 4, SendNow()),
        ({}, {"most_a_day": 5}, None, NOON, 5, HoldUntil(MORNING + timedelta(hours=1))),
        (
            {"quiet": HOLD, "mode": Mode(Rhythm.DAILY, time(6))},
            {},
            None,
            NIGHT,
            0,
            HoldUntil(MORNING),
        ),
        (
            {"quiet": SILENT, "mode": Mode(Rhythm.DAILY, time(6))},
            {},
            None,
            NIGHT,
            0,
            HoldUntil(MORNING - timedelta(hours=1)),
        ),
    ],
)
def test_what_becomes_of_a_story(chat, topic, known, now, told, verdict):
    assert _decide(ChatTiming(**chat), TopicTiming(**topic), known, now, told) == verdict


@given(all_rules, facts, moments, some.integers(0, 9))
def test_nothing_makes_a_sound_in_quiet_hours_but_what_breaks_where_that_may(
    held, known, now, told
):
    verdict = decide(held, known, now, told=told)
    quiet = held.quiet.covers(now, held.zone)
    if isinstance(verdict, SendNow) and quiet:
        assert held.quiet.way is Way.BREAKING
        assert known.is_breaking
    if isinstance(verdict, SendSilently):
        assert quiet
        assert held.quiet.way is Way.SILENT


@given(all_rules, facts, moments, some.integers(0, 9))
def test_what_is_held_comes_later_and_never_while_it_is_quiet(held, known, now, told):
    verdict = decide(held, known, now, told=told)
    if isinstance(verdict, HoldUntil):
        assert now < verdict.moment <= now + timedelta(days=16)
        assert held.quiet.way is Way.SILENT or not held.quiet.covers(verdict.moment, held.zone)


@given(some.lists(all_rules, max_size=4), facts, moments)
def test_the_most_eager_topic_decides_for_the_chat(several, known, now):
    verdicts = [decide(one, known, now) for one in several]
    chosen = combine(verdicts)
    assert chosen in verdicts or chosen == NotTold()
    if any(isinstance(one, SendNow) for one in verdicts):
        assert chosen == SendNow()


@given(modes)
def test_a_mode_is_read_from_what_it_says(mode):
    said = str(mode)
    assert str(read_mode(said)) == said
    assert split_mode(f'"north korea" -football {said}') == (
        '"north korea" -football',
        read_mode(said),
    )


@given(quiets)
def test_quiet_hours_are_read_from_what_they_say(quiet):
    read = read_quiet(str(quiet))
    assert read == quiet or (read.is_off and quiet.is_off)


@given(some.text(max_size=60))
def test_whatever_is_typed_is_read_or_explained(text):
    for read in (split_mode, split_quiet, read_mode, read_quiet, read_clock):
        try:
            read(text)
        except MisuseError as error:
            assert str(error)


@pytest.mark.parametrize(
    ("typed", "clock"),
    [
        ("8", "08:00"),
        ("8:30 pm", "20:30"),
        ("12am", "00:00"),
        ("12 pm", "12:00"),
        ("24:00", "00:00"),
    ],
)
def test_times_of_day_are_read_as_people_write_them(typed, clock):
    assert read_clock(typed) == time.fromisoformat(clock)


@pytest.mark.parametrize("typed", ["25:00", "8:60", "13pm", "0am", "noon", "", "8:3", "24:01"])
def test_what_is_no_time_of_day_is_said(typed):
    with pytest.raises(MisuseError, match="no time of day"):
        read_clock(typed)


@pytest.mark.parametrize(
    ("typed", "head", "said"),
    [
        ("sanctions daily 8", "sanctions", "daily 08:00"),
        ("daily mail hourly", "daily mail", "hourly"),
        ("weekly Friday at 9:30 pm", "", "weekly Fri 21:30"),
        ("oil weekly", "oil", "weekly Mon 08:00"),
        ("3 off", "3", "off"),
        ("oil", "oil", "None"),
    ],
)
def test_a_mode_stands_at_the_end(typed, head, said):
    found, mode = split_mode(typed)
    assert (found, str(mode)) == (head, said)


@pytest.mark.parametrize(
    ("typed", "head", "said"),
    [
        ("22:00-07:00", "", "22:00-07:00 hold"),
        ("oil 10pm to 6am silent", "oil", "22:00-06:00 silent"),
        ("2 22–7 breaking", "2", "22:00-07:00 breaking"),
        ("oil off", "oil", "off"),
        ("09:00-09:00", "", "off"),
        ("x -football", "x -football", "None"),
    ],
)
def test_quiet_hours_stand_at_the_end(typed, head, said):
    found, quiet = split_quiet(typed)
    assert (found, str(quiet)) == (head, said)
