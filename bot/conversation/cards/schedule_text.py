"""Describe delivery settings: as sentences for answers, in a few words for lists."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.conversation.cards.card import Line, code, dim, line
from bot.scheduling.decision import (
    BREAKING_SOURCES,
    BREAKING_WINDOW,
    INSTANT,
    Frequency,
    Mode,
    TopicSchedule,
)
from bot.scheduling.wall_clock import QuietHours, QuietMode, describe_zone, to_local, zone_of
from bot.store.chats.schedule import ChatSchedule

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_QUIET_EFFECTS: Final = {
    QuietMode.SILENT: "alerts arrive without a sound",
    QuietMode.HOLD: "alerts wait and arrive in one briefing at the end",
    QuietMode.BREAKING: "breaking stories arrive at once, all others in one briefing at the end",
}
BREAKING_DEFINITION: Final = (
    f"a story that {BREAKING_SOURCES} sources start to report within"
    f" {BREAKING_WINDOW.seconds // 3600} hours"
)
"""The definition of a breaking story."""


def format_mode(mode: Mode) -> str:
    """Return a delivery mode as the predicate of a sentence: "arrives at once"."""
    match mode.frequency:
        case Frequency.INSTANT:
            return "arrives at once"
        case Frequency.HOURLY:
            return "arrives in a digest every hour"
        case Frequency.DAILY:
            return f"arrives in a digest every day at {mode.time_of_day:%H:%M}"
        case Frequency.WEEKDAYS:
            return f"arrives in a digest from Monday to Friday at {mode.time_of_day:%H:%M}"
        case Frequency.WEEKLY:
            return f"arrives in a digest every {_DAYS[mode.weekday]} at {mode.time_of_day:%H:%M}"
        case Frequency.OFF:
            return "sends no alerts; /latest and /briefing show the news"


def format_quiet_hours(quiet: QuietHours) -> str:
    """Return quiet hours in words, with their effect."""
    if quiet.is_off:
        return "no quiet hours"
    return f"quiet from {quiet.start:%H:%M} to {quiet.end:%H:%M}: {_QUIET_EFFECTS[quiet.mode]}"


def format_moment(moment: datetime, zone: str) -> str:
    """Return a moment in the local time of a chat: "Tue 2 Jun, 08:00"."""
    local = to_local(moment, zone_of(zone))
    return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"


def zone_line(zone: str, now: datetime) -> Line:
    """Return the time zone of the chat with its local time, or how to set it."""
    local_time = f"{to_local(now, zone_of(zone)):%H:%M}"
    if zone:
        return line(dim(f"Time zone {describe_zone(zone)}, where it is {local_time}."))
    utc = f"Time zone UTC, where it is {local_time}; "
    return line(dim(utc), code("/timezone Europe/Kyiv"), dim(" sets yours."))


def describe_topic_schedule(timing: TopicSchedule) -> list[str]:
    """Return the settings of a topic that differ from its chat, in a few words each."""
    settings = []
    if timing.mode is not None:
        settings.append(str(timing.mode))
    if timing.quiet is not None:
        settings.append("never quiet" if timing.quiet.is_off else f"quiet {timing.quiet}")
    if timing.min_sources is not None:
        settings.append(f"at least {timing.min_sources} sources")
    if timing.daily_limit is not None:
        settings.append(f"at most {timing.daily_limit} per day")
    if timing.breaking:
        settings.append("breaking only")
    return settings


def describe_chat_schedule(habits: ChatSchedule, now: datetime) -> list[str]:
    """Return the settings of a chat that differ from the defaults, in a few words each."""
    timing = habits.timing
    settings = []
    if habits.is_paused(now):
        settings.append("paused")
    if timing.mode != INSTANT:
        settings.append(f"{timing.mode}{', always' if habits.always else ''}")
    if not timing.quiet.is_off:
        settings.append(f"quiet {timing.quiet}")
    if timing.zone:
        settings.append(describe_zone(timing.zone))
    return settings
