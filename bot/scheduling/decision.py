"""Decide how a story is delivered to a chat at a given moment. All functions are pure.

decide(rules, facts, now), once per matching topic ──► combine ──► the decision for the chat

    delivery off, too few sources, not breaking   Skip (a later item of the story may change this)
    digest                                        HoldUntil the next digest
    daily limit reached                           HoldUntil the next digest of the chat
    quiet hours                                   SendSilently, or HoldUntil the quiet hours end
    otherwise                                     SendNow
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from bot.scheduling.wall_clock import (
    NEVER_QUIET,
    QuietHours,
    QuietMode,
    next_hour,
    next_time,
    zone_of,
)

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Monday to Friday.
_WORKDAYS: Final = 5
DEFAULT_DIGEST_TIME: Final = time(8)
"""The time of a digest if the user names none."""

BREAKING_WINDOW: Final = timedelta(hours=2)
BREAKING_SOURCES: Final = 3
"""A story is breaking if this many sources first report it within `BREAKING_WINDOW`."""


class Frequency(Enum):
    """How often alerts are sent."""

    INSTANT = "instant"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKDAYS = "weekdays"
    WEEKLY = "weekly"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class Mode:
    """A delivery mode: a frequency with its local time and its day of the week (Monday is 0)."""

    frequency: Frequency
    time_of_day: time = DEFAULT_DIGEST_TIME
    weekday: int = 0

    @property
    def is_scheduled(self) -> bool:
        """Return True if the mode is a digest."""
        return self.frequency not in {Frequency.INSTANT, Frequency.OFF}

    def next_digest(self, after: datetime, zone: ZoneInfo) -> datetime:
        """Return the time of the first digest after ``after``. Requires `is_scheduled`."""
        match self.frequency:
            case Frequency.HOURLY:
                return next_hour(after, zone)
            case Frequency.WEEKLY:
                return next_time(after, self.time_of_day, zone, weekday=self.weekday)
            case Frequency.WEEKDAYS:
                return min(
                    next_time(after, self.time_of_day, zone, weekday=day)
                    for day in range(_WORKDAYS)
                )
            case _:
                return next_time(after, self.time_of_day, zone)

    def __str__(self) -> str:
        """Return the text that `parse_mode` parses, for example "weekly Mon 08:00"."""
        match self.frequency:
            case Frequency.DAILY:
                return f"daily {self.time_of_day:%H:%M}"
            case Frequency.WEEKDAYS:
                return f"weekdays {self.time_of_day:%H:%M}"
            case Frequency.WEEKLY:
                return f"weekly {DAYS[self.weekday]} {self.time_of_day:%H:%M}"
            case Frequency.INSTANT | Frequency.HOURLY | Frequency.OFF:
                return self.frequency.name.lower()


INSTANT: Final = Mode(Frequency.INSTANT)
OFF: Final = Mode(Frequency.OFF)
EVERY_MORNING: Final = Mode(Frequency.DAILY)
"""The digest for alerts above the daily limit if the chat has no digest of its own."""


@dataclass(frozen=True, slots=True)
class ChatDeliverySettings:
    """The delivery settings of a chat. ``zone`` is an IANA name, or "" if the chat has not set one."""

    mode: Mode = INSTANT
    quiet: QuietHours = NEVER_QUIET
    zone: str = ""


@dataclass(frozen=True, slots=True)
class TopicSchedule:
    """The delivery settings of one topic of a chat; ``None`` means the setting of the chat.

    Attributes:
        min_sources: alert only on stories with at least this many sources.
        daily_limit: alerts per day; further ones go into a digest.
        breaking: alert only on breaking stories.
    """

    mode: Mode | None = None
    quiet: QuietHours | None = None
    min_sources: int | None = None
    daily_limit: int | None = None
    breaking: bool = False


DEFAULT_TOPIC_SCHEDULE: Final = TopicSchedule()
"""No setting of its own: the topic follows its chat."""


@dataclass(frozen=True, slots=True)
class Rules:
    """The effective settings of one topic in one chat."""

    mode: Mode
    quiet: QuietHours
    zone: ZoneInfo
    overflow: Mode
    min_sources: int
    daily_limit: int | None
    breaking: bool


@dataclass(frozen=True, slots=True)
class StoryFacts:
    """The number of sources of a story, and of those that joined within `BREAKING_WINDOW`."""

    sources: int = 1
    recent_sources: int = 1

    @property
    def is_breaking(self) -> bool:
        """Return True if enough sources reported the story within a short time."""
        return self.recent_sources >= BREAKING_SOURCES


@dataclass(frozen=True, slots=True)
class SendNow:
    """Send the alert at once."""


@dataclass(frozen=True, slots=True)
class SendSilently:
    """Send the alert at once, without a notification sound."""


@dataclass(frozen=True, slots=True)
class HoldUntil:
    """Put the alert into the briefing of ``moment``."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class Skip:
    """Send no alert for the story in its current state."""


Decision = SendNow | SendSilently | HoldUntil | Skip


def effective_rules(
    chat: ChatDeliverySettings, topic: TopicSchedule = DEFAULT_TOPIC_SCHEDULE
) -> Rules:
    """Return the effective settings of a topic of a chat."""
    return Rules(
        mode=topic.mode or chat.mode,
        quiet=topic.quiet or chat.quiet,
        zone=zone_of(chat.zone),
        # Alerts above the limit join the digest that the chat already gets; a second digest would
        # surprise.
        overflow=chat.mode if chat.mode.is_scheduled else EVERY_MORNING,
        min_sources=topic.min_sources or 1,
        daily_limit=topic.daily_limit,
        breaking=topic.breaking,
    )


def decide(rules: Rules, facts: StoryFacts, now: datetime, *, alerts_today: int = 0) -> Decision:
    """Return the decision for a story and one topic; ``alerts_today`` counts its alerts."""
    # Too few sources is not final: the next item of the story is decided again.
    if rules.mode == OFF or facts.sources < rules.min_sources:
        return Skip()
    if rules.breaking and not facts.is_breaking:
        return Skip()
    # A digest within quiet hours would make a sound in the night, so it waits for their end.
    if rules.mode.is_scheduled:
        return HoldUntil(_after_quiet_hours(rules, rules.mode.next_digest(now, rules.zone)))
    # The limit is checked after the digest: held alerts do not count against it.
    if rules.daily_limit is not None and alerts_today >= rules.daily_limit:
        return HoldUntil(_after_quiet_hours(rules, rules.overflow.next_digest(now, rules.zone)))
    return apply_quiet_hours(rules, facts, now)


def apply_quiet_hours(rules: Rules, facts: StoryFacts, now: datetime) -> Decision:
    """Return the decision for an alert that is due ``now``, after applying quiet hours."""
    if not rules.quiet.contains(now, rules.zone):
        return SendNow()
    if rules.quiet.mode is QuietMode.SILENT:
        return SendSilently()
    # Silent quiet hours were handled above: an alert without a sound may be sent at any time.
    if rules.quiet.mode is QuietMode.BREAKING and facts.is_breaking:
        return SendNow()
    return HoldUntil(rules.quiet.end_after(now, rules.zone))


def quiet_until(rules: Rules, now: datetime) -> datetime | None:
    """Return when the quiet hours end that block a briefing ``now``; ``None`` if none do."""
    quiet = rules.quiet
    # Silent quiet hours do not block briefings: they are sent without a sound.
    if quiet.mode is QuietMode.SILENT or not quiet.contains(now, rules.zone):
        return None
    return quiet.end_after(now, rules.zone)


def combine(verdicts: Iterable[Decision]) -> Decision:
    """Return the most urgent of the decisions that the topics of a chat lead to."""
    # An alert names all matching topics, so the most urgent topic decides for the alert.
    return min(verdicts, key=urgency_key, default=Skip())


def urgency_key(verdict: Decision) -> tuple[int, float]:
    """Return a sort key: smaller keys are delivered earlier."""
    match verdict:
        case SendNow():
            return 0, 0.0
        case SendSilently():
            return 1, 0.0
        case HoldUntil(moment):
            return 2, moment.timestamp()
        case Skip():
            return 3, 0.0


def _after_quiet_hours(rules: Rules, moment: datetime) -> datetime:
    """Return ``moment``, or the end of the non-silent quiet hours that contain it."""
    if rules.quiet.mode is QuietMode.SILENT:
        return moment
    return rules.quiet.end_after(moment, rules.zone)
