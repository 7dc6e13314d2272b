"""When a chat is told, in words: whole sentences for answers, a few words for lists."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.conversation.card import Line, code, dim, line
from bot.store.timing import Habits
from bot.timing.modes import INSTANT, Mode, Rhythm
from bot.timing.moments import wall
from bot.timing.quiet import Quiet, Way
from bot.timing.verdict import BREAKING_SOURCES, LATELY, TopicTiming
from bot.timing.zones import zone_of

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_WAYS: Final = {
    Way.SILENT: "alerts come without a sound",
    Way.HOLD: "alerts wait, and come in one briefing when it is over",
    Way.BREAKING: "only what many sources tell at once comes; the rest in a briefing when it is over",
}
BREAKS: Final = (
    f"a story that {BREAKING_SOURCES} sources begin to tell within {LATELY.seconds // 3600} hours"
)
"""What breaking means."""


def said_mode(mode: Mode) -> str:
    """How often, as the end of a sentence: "comes …"."""
    match mode.rhythm:
        case Rhythm.INSTANT:
            return "comes at once"
        case Rhythm.HOURLY:
            return "comes in a digest every hour"
        case Rhythm.DAILY:
            return f"comes in a digest every day at {mode.clock:%H:%M}"
        case Rhythm.WEEKLY:
            return f"comes in a digest every {_DAYS[mode.weekday]} at {mode.clock:%H:%M}"
        case Rhythm.OFF:
            return "does not come by itself; /latest and /briefing tell it"


def said_quiet(quiet: Quiet) -> str:
    """Quiet hours, as a sentence."""
    if quiet.is_off:
        return "no quiet hours"
    return f"quiet from {quiet.begin:%H:%M} to {quiet.end:%H:%M}: {_WAYS[quiet.way]}"


def said_moment(moment: datetime, zone: str) -> str:
    """A moment on the chat's clock: "Tue 2 Jun, 08:00"."""
    shown = wall(moment, zone_of(zone))
    return f"{shown:%a} {shown.day} {shown:%b}, {shown:%H:%M}"


def zone_line(zone: str, now: datetime) -> Line:
    """Whose clock is meant."""
    if zone:
        return line(dim(f"By the clock of {zone}, where it is {wall(now, zone_of(zone)):%H:%M}."))
    clock = f"By UTC, where it is {wall(now, zone_of(zone)):%H:%M}; "
    return line(dim(clock), code("/timezone Europe/Kyiv"), dim(" sets yours."))


def topic_words(timing: TopicTiming) -> list[str]:
    """What is set for a topic alone, each in a few words."""
    said = []
    if timing.mode is not None:
        said.append(str(timing.mode))
    if timing.quiet is not None:
        said.append("never quiet" if timing.quiet.is_off else f"quiet {timing.quiet}")
    if timing.at_least is not None:
        said.append(f"from {timing.at_least} sources on")
    if timing.most_a_day is not None:
        said.append(f"{timing.most_a_day} a day at most")
    if timing.breaking:
        said.append("breaking only")
    return said


def chat_words(habits: Habits, now: datetime) -> list[str]:
    """What is set for a chat as a whole, each in a few words; nothing where nothing is."""
    timing, said = habits.timing, []
    if habits.is_paused(now):
        said.append("paused")
    if timing.mode != INSTANT:
        said.append(f"{timing.mode}{', always' if habits.always else ''}")
    if not timing.quiet.is_off:
        said.append(f"quiet {timing.quiet}")
    if timing.zone:
        said.append(timing.zone)
    return said
