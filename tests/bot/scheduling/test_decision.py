from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.errors import UserError
from bot.scheduling.decision import (
    EVERY_MORNING,
    INSTANT,
    OFF,
    ChatDeliverySettings,
    Frequency,
    HoldUntil,
    Mode,
    SendNow,
    SendSilently,
    Skip,
    StoryFacts,
    TopicSchedule,
    combine,
    decide,
    effective_rules,
)
from bot.scheduling.parsing import (
    parse_mode,
    parse_quiet_hours,
    parse_time,
    split_mode,
    split_quiet,
)
from bot.scheduling.wall_clock import NEVER_QUIET, QuietHours, QuietMode

# A Monday.
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
NIGHT = datetime(2026, 6, 1, 23, tzinfo=UTC)
MORNING = datetime(2026, 6, 2, 7, tzinfo=UTC)
HOLD = QuietHours(time(22), time(7))
SILENT = QuietHours(time(22), time(7), QuietMode.SILENT)
BREAKING = QuietHours(time(22), time(7), QuietMode.BREAKING)
BREAKING_STORY = StoryFacts(sources=5, recent_sources=3)

clocks = some.builds(time, some.integers(0, 23), some.integers(0, 59))
modes = some.builds(Mode, some.sampled_from(Frequency), clocks, some.integers(0, 6))
quiets = some.builds(QuietHours, clocks, clocks, some.sampled_from(QuietMode))
zones = some.sampled_from("Europe/Berlin America/St_Johns Asia/Kathmandu Pacific/Apia UTC".split())
moments = some.datetimes(
    datetime.fromisoformat("2026-01-01"),
    datetime.fromisoformat("2028-01-01"),
    timezones=some.just(UTC),
)
all_rules = some.builds(
    effective_rules,
    some.builds(ChatDeliverySettings, modes, quiets, zones),
    some.builds(
        TopicSchedule,
        some.none() | modes,
        some.none() | quiets,
        some.none() | some.integers(2, 9),
        some.none() | some.integers(1, 9),
        some.booleans(),
    ),
)
facts = some.builds(StoryFacts, some.integers(1, 9), some.integers(0, 9))


def _decide(chat=None, topic=None, story=None, now=NOON, told=0):
    effective = effective_rules(chat or ChatDeliverySettings(), topic or TopicSchedule())
    return decide(effective, story or StoryFacts(), now, alerts_today=told)


@pytest.mark.parametrize(
    ("chat", "topic", "story", "now", "alert_count", "decision"),
    [
        ({}, {}, None, NOON, 0, SendNow()),
        ({"mode": OFF}, {}, None, NOON, 0, Skip()),
        ({"mode": OFF}, {"mode": INSTANT}, None, NOON, 0, SendNow()),
        ({"mode": EVERY_MORNING}, {}, None, NOON, 0, HoldUntil(MORNING + timedelta(hours=1))),
        ({}, {"mode": Mode(Frequency.HOURLY)}, None, NOON, 0, HoldUntil(NOON + timedelta(hours=1))),
        ({"quiet": HOLD}, {}, None, NOON, 0, SendNow()),
        ({"quiet": HOLD}, {}, None, NIGHT, 0, HoldUntil(MORNING)),
        ({"quiet": HOLD}, {"quiet": NEVER_QUIET}, None, NIGHT, 0, SendNow()),
        ({}, {"quiet": HOLD}, None, NIGHT, 0, HoldUntil(MORNING)),
        ({"quiet": SILENT}, {}, None, NIGHT, 0, SendSilently()),
        ({"quiet": BREAKING}, {}, None, NIGHT, 0, HoldUntil(MORNING)),
        ({"quiet": BREAKING}, {}, BREAKING_STORY, NIGHT, 0, SendNow()),
        ({"quiet": HOLD}, {}, BREAKING_STORY, NIGHT, 0, HoldUntil(MORNING)),
        ({"quiet": QuietHours(time(9), time(9))}, {}, None, NOON, 0, SendNow()),
        ({}, {"min_sources": 3}, StoryFacts(2, 2), NOON, 0, Skip()),
        ({}, {"min_sources": 3}, StoryFacts(3, 1), NOON, 0, SendNow()),
        ({}, {"breaking": True}, StoryFacts(9, 2), NOON, 0, Skip()),
        ({}, {"breaking": True}, BREAKING_STORY, NOON, 0, SendNow()),
        ({}, {"daily_limit": 5}, None, NOON, 4, SendNow()),
        ({}, {"daily_limit": 5}, None, NOON, 5, HoldUntil(MORNING + timedelta(hours=1))),
        (
            {"quiet": HOLD, "mode": Mode(Frequency.DAILY, time(6))},
            {},
            None,
            NIGHT,
            0,
            HoldUntil(MORNING),
        ),
        (
            {"quiet": SILENT, "mode": Mode(Frequency.DAILY, time(6))},
            {},
            None,
            NIGHT,
            0,
            HoldUntil(MORNING - timedelta(hours=1)),
        ),
    ],
)
def test_decision(chat, topic, story, now, alert_count, decision):
    settings = ChatDeliverySettings(**chat), TopicSchedule(**topic)
    assert _decide(*settings, story, now, alert_count) == decision


@given(all_rules, facts, moments, some.integers(0, 9))
def test_only_breaking_stories_make_a_sound_in_quiet_hours(rules, story, now, alert_count):
    decision = decide(rules, story, now, alerts_today=alert_count)
    is_quiet = rules.quiet.contains(now, rules.zone)
    if isinstance(decision, SendNow) and is_quiet:
        assert rules.quiet.mode is QuietMode.BREAKING
        assert story.is_breaking
    if isinstance(decision, SendSilently):
        assert is_quiet
        assert rules.quiet.mode is QuietMode.SILENT


@given(all_rules, facts, moments, some.integers(0, 9))
def test_a_held_alert_is_due_later_and_outside_quiet_hours(rules, story, now, alert_count):
    decision = decide(rules, story, now, alerts_today=alert_count)
    if isinstance(decision, HoldUntil):
        assert now < decision.moment <= now + timedelta(days=16)
        assert rules.quiet.mode is QuietMode.SILENT or not rules.quiet.contains(
            decision.moment, rules.zone
        )


@given(some.lists(all_rules, max_size=4), facts, moments)
def test_the_most_urgent_topic_decides_for_the_chat(rules_of_topics, story, now):
    decisions = [decide(rules, story, now) for rules in rules_of_topics]
    combined = combine(decisions)
    assert combined in decisions or combined == Skip()
    if SendNow() in decisions:
        assert combined == SendNow()


@given(modes)
def test_a_mode_is_parsed_from_its_text(mode):
    text = str(mode)
    assert str(parse_mode(text)) == text
    assert split_mode(f'"north korea" -football {text}') == (
        '"north korea" -football',
        parse_mode(text),
    )


@given(quiets)
def test_quiet_hours_are_parsed_from_their_text(quiet):
    parsed = parse_quiet_hours(str(quiet))
    assert parsed == quiet or (parsed.is_off and quiet.is_off)


@given(some.text(max_size=60))
def test_any_text_is_parsed_or_rejected_with_a_message(text):
    for parse in (split_mode, split_quiet, parse_mode, parse_quiet_hours, parse_time):
        try:
            parse(text)
        except UserError as error:
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
def test_times_of_day_have_many_forms(typed, clock):
    assert parse_time(typed) == time.fromisoformat(clock)


@pytest.mark.parametrize("typed", ["25:00", "8:60", "13pm", "0am", "noon", "", "8:3", "24:01"])
def test_an_invalid_time_of_day_is_named(typed):
    with pytest.raises(UserError, match=f"^“{typed}”"):
        parse_time(typed)


@pytest.mark.parametrize(
    ("typed", "head", "value"),
    [
        ("sanctions daily 8", "sanctions", "daily 08:00"),
        ("daily mail hourly", "daily mail", "hourly"),
        ("weekly Friday at 9:30 pm", "", "weekly Fri 21:30"),
        ("oil weekly", "oil", "weekly Mon 08:00"),
        ("3 off", "3", "off"),
        ("oil", "oil", "None"),
    ],
)
def test_a_mode_is_at_the_end(typed, head, value):
    remaining, mode = split_mode(typed)
    assert (remaining, str(mode)) == (head, value)


@pytest.mark.parametrize(
    ("typed", "head", "value"),
    [
        ("22:00-07:00", "", "22:00-07:00 hold"),
        ("oil 10pm to 6am silent", "oil", "22:00-06:00 silent"),
        ("2 22–7 breaking", "2", "22:00-07:00 breaking"),
        ("oil off", "oil", "off"),
        ("09:00-09:00", "", "off"),
        ("x -football", "x -football", "None"),
    ],
)
def test_quiet_hours_are_at_the_end(typed, head, value):
    remaining, quiet = split_quiet(typed)
    assert (remaining, str(quiet)) == (head, value)
