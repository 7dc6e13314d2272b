"""The verdict: what becomes of a story for a chat, now. Pure.

decide(rules, facts, told, now), for each topic that matched ──► combine ──► the one for the chat

    off, too few sources, not breaking        NotTold (a later item of the story may change that)
    a digest                                  HoldUntil its moment
    the day's limit is reached                HoldUntil the chat's digest
    quiet hours                               SendSilently, or HoldUntil they are over
    otherwise                                 SendNow
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.timing.modes import EVERY_MORNING, INSTANT, OFF, Mode
from bot.timing.quiet import NEVER_QUIET, Quiet, Way
from bot.timing.zones import zone_of

LATELY: Final = timedelta(hours=2)
"""A story that so many sources tell within this time grows fast …"""

BREAKING_SOURCES: Final = 3
"""… that is, so many."""


@dataclass(frozen=True, slots=True)
class ChatTiming:
    """What a chat has set. ``zone`` is an IANA name, "" where none was named."""

    mode: Mode = INSTANT
    quiet: Quiet = NEVER_QUIET
    zone: str = ""


@dataclass(frozen=True, slots=True)
class TopicTiming:
    """What a chat has set for one topic; what is ``None`` is as the chat has it.

    ``most_a_day``: alerts in a day, the rest goes into a digest. ``breaking``: only stories that
    grow fast.
    """

    mode: Mode | None = None
    quiet: Quiet | None = None
    at_least: int | None = None
    most_a_day: int | None = None
    breaking: bool = False


ORDINARY: Final = TopicTiming()
"""Nothing set."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds for one topic in one chat."""

    mode: Mode
    quiet: Quiet
    zone: ZoneInfo
    overflow: Mode
    at_least: int
    most_a_day: int | None
    breaking: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """How many sources tell a story, and how many of them first did so `LATELY`."""

    sources: int = 1
    lately: int = 1

    @property
    def is_breaking(self) -> bool:
        """Whether the story grows fast."""
        return self.lately >= BREAKING_SOURCES


@dataclass(frozen=True, slots=True)
class SendNow:
    """It goes at once."""


@dataclass(frozen=True, slots=True)
class SendSilently:
    """It goes at once, without a sound."""


@dataclass(frozen=True, slots=True)
class HoldUntil:
    """It goes into the briefing of that moment."""

    moment: datetime


@dataclass(frozen=True, slots=True)
class NotTold:
    """Nothing is said of it, as things are."""


Verdict = SendNow | SendSilently | HoldUntil | NotTold


def rules(chat: ChatTiming, topic: TopicTiming = ORDINARY) -> Rules:
    """What holds for a topic of a chat."""
    return Rules(
        mode=topic.mode or chat.mode,
        quiet=topic.quiet or chat.quiet,
        zone=zone_of(chat.zone),
        overflow=chat.mode if chat.mode.is_scheduled else EVERY_MORNING,
        at_least=topic.at_least or 1,
        most_a_day=topic.most_a_day,
        breaking=topic.breaking,
    )


def decide(rules: Rules, facts: Facts, now: datetime, *, told: int = 0) -> Verdict:
    """What becomes of a story for one topic; ``told``: alerts that it has had this day."""
    if rules.mode == OFF or facts.sources < rules.at_least:
        return NotTold()
    if rules.breaking and not facts.is_breaking:
        return NotTold()
    if rules.mode.is_scheduled:
        return HoldUntil(_awake(rules, rules.mode.next(now, rules.zone)))
    if rules.most_a_day is not None and told >= rules.most_a_day:
        return HoldUntil(_awake(rules, rules.overflow.next(now, rules.zone)))
    return hush(rules, facts, now)


def hush(rules: Rules, facts: Facts, now: datetime) -> Verdict:
    """What quiet hours do to an alert that is to go ``now``."""
    if not rules.quiet.covers(now, rules.zone):
        return SendNow()
    if rules.quiet.way is Way.SILENT:
        return SendSilently()
    if rules.quiet.way is Way.BREAKING and facts.is_breaking:
        return SendNow()
    return HoldUntil(rules.quiet.over(now, rules.zone))


def holds_back(rules: Rules, now: datetime) -> datetime | None:
    """Until when no briefing may come; ``None``: it may."""
    quiet = rules.quiet
    if quiet.way is Way.SILENT or not quiet.covers(now, rules.zone):
        return None
    return quiet.over(now, rules.zone)


def combine(verdicts: Iterable[Verdict]) -> Verdict:
    """The one for a chat that several topics lead to: the most eager."""
    return min(verdicts, key=eagerness, default=NotTold())


def eagerness(verdict: Verdict) -> tuple[int, float]:
    """The smaller, the sooner it is told."""
    match verdict:
        case SendNow():
            return 0, 0.0
        case SendSilently():
            return 1, 0.0
        case HoldUntil(moment):
            return 2, moment.timestamp()
        case NotTold():
            return 3, 0.0


def _awake(rules: Rules, moment: datetime) -> datetime:
    """``moment``, or when the quiet hours around it are over; a silent digest disturbs nobody."""
    return moment if rules.quiet.way is Way.SILENT else rules.quiet.over(moment, rules.zone)
