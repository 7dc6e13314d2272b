"""Change one delivery setting of a chat or topic, confirm it in words, and offer to undo it.

typed or pressed ──► SettingChange(field, text, topic_id) ──► one transaction: write the setting and
                                                              reschedule the held alerts
                     Undo: a SettingChange with the previous text ◄──┘
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.conversation.cards.card import Line, TextSpan, line, strong
from bot.conversation.cards.schedule_text import (
    BREAKING_DEFINITION,
    format_mode,
    format_moment,
    format_quiet_hours,
    zone_line,
)
from bot.conversation.durations import pluralise
from bot.conversation.request import CommandRequest
from bot.errors import UserError
from bot.models import Subscription
from bot.runtime.clock import Clock
from bot.scheduling.decision import (
    DEFAULT_TOPIC_SCHEDULE,
    EVERY_MORNING,
    OFF,
    HoldUntil,
    StoryFacts,
    TopicSchedule,
    decide,
    effective_rules,
)
from bot.scheduling.parsing import parse_mode, parse_quiet_hours
from bot.scheduling.wall_clock import DEFAULT_ZONE, describe_zone, find_zone
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.schedule import (
    ChatSchedule,
    lock_chat,
    read_schedule,
    update_chat_schedule,
    update_topic_schedule,
)
from bot.store.chats.subscriptions import list_subscriptions
from bot.store.outbox.digests import schedule_next_digest
from bot.store.outbox.held_alerts import reschedule_held

UNSET: Final = "-"
"""The text of an unset setting. A topic then has the setting of its chat."""

MAX_COUNT: Final = 1_000
"""The largest number of sources, or of alerts per day."""

_MAX_DIGITS: Final = 4
_MAX_ID_DIGITS: Final = 18
_ALWAYS: Final = " always"


@dataclass(frozen=True, slots=True)
class SettingChange:
    """The new value of a setting: ``field`` is mode, quiet, zone, limit, atleast or breaking.

    ``topic_id`` 0 means the chat as a whole.
    """

    field: str
    text: str
    topic_id: int = 0

    def __str__(self) -> str:
        """Return the text that `parse_setting_change` parses."""
        return f"{self.field} {self.topic_id} {self.text}"


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """A change that was written.

    Attributes:
        change: the change.
        undo: the change that restores the previous value.
        schedule: the settings of the chat after the change.
        topic: the subscription after the change; ``None`` for a setting of the chat.
        now: the time of the change.
    """

    change: SettingChange
    undo: SettingChange
    schedule: ChatSchedule
    topic: Subscription | None
    now: datetime


def parse_setting_change(text: str) -> SettingChange:
    """Parse the argument of a button.

    Raises:
        UserError: the button was made by another version.
    """
    field, _, topic_and_value = text.partition(" ")
    topic_id, _, value = topic_and_value.partition(" ")
    if field not in _COLUMN_VALUES or not topic_id.isdecimal() or len(topic_id) > _MAX_ID_DIGITS:
        raise UserError("this button is from another version; /help lists all commands")
    return SettingChange(field, value, int(topic_id))


class SettingChanges:
    """Writes setting changes."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def apply(self, request: CommandRequest, change: SettingChange) -> AppliedChange:
        """Write a setting and reschedule the held alerts of the chat.

        Raises:
            UserError: the value is not valid, or the chat no longer follows the topic.
        """
        values = _COLUMN_VALUES[change.field](change.text, change.topic_id > 0)
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=now)
            # Two changes of the same chat must not read the same previous value.
            await lock_chat(connection, chat_id)
            schedule = await read_schedule(connection, chat_id)
            topic = _find_topic(await list_subscriptions(connection, chat_id), change.topic_id)
            if change.topic_id and topic is None:
                raise UserError("you no longer follow this topic")
            if topic is None:
                previous = _chat_setting_text(schedule, change.field)
                await update_chat_schedule(connection, chat_id, **values)
            else:
                previous = _topic_setting_text(topic.schedule, change.field)
                await update_topic_schedule(connection, chat_id, topic.topic_id, **values)
            schedule = await read_schedule(connection, chat_id)
            topic = _find_topic(await list_subscriptions(connection, chat_id), change.topic_id)
            await schedule_next_digest(
                connection, chat_id, schedule.timing, always=schedule.always, now=now
            )
            await reschedule_held(connection, chat_id, now=now)
        undo = replace(change, text=previous)
        return AppliedChange(change, undo, schedule, topic, now)


def _find_topic(subscriptions: list[Subscription], topic_id: int) -> Subscription | None:
    return next(
        (subscription for subscription in subscriptions if subscription.topic_id == topic_id), None
    )


# ── the text of a setting and its column values ─────────────────────────────────────────────────────


def _chat_setting_text(schedule: ChatSchedule, field: str) -> str:
    match field:
        case "mode":
            return f"{schedule.timing.mode}{_ALWAYS if schedule.always else ''}"
        case "quiet":
            return str(schedule.timing.quiet)
        case _:
            return schedule.timing.zone or UNSET


def _topic_setting_text(timing: TopicSchedule, field: str) -> str:
    value = {
        "mode": timing.mode,
        "quiet": timing.quiet,
        "atleast": timing.min_sources,
        "limit": timing.daily_limit,
        "breaking": "on" if timing.breaking else None,
    }[field]
    return UNSET if value is None else str(value)


def _mode_values(text: str, is_topic: bool) -> Mapping[str, object]:
    if text == UNSET and is_topic:
        return {"mode": None}
    if is_topic:
        return {"mode": str(parse_mode(text))}
    always = text.endswith(_ALWAYS)
    mode = parse_mode(text.removesuffix(_ALWAYS))
    if always and not mode.is_scheduled:
        raise UserError("“always” requires a digest: /digest daily 08:00 always")
    return {"mode": str(mode), "always": always}


def _quiet_values(text: str, is_topic: bool) -> Mapping[str, object]:
    return {"quiet": None if text == UNSET and is_topic else str(parse_quiet_hours(text))}


def _zone_values(text: str, is_topic: bool) -> Mapping[str, object]:
    zone = None if text == UNSET else find_zone(text)
    if is_topic or (zone is None and text != UNSET):
        raise UserError(f"“{text}” is not a time zone")
    return {"zone": zone.key if zone else ""}


def _count_values(column: str) -> Callable[[str, bool], Mapping[str, object]]:
    def values(text: str, is_topic: bool) -> Mapping[str, object]:
        _require_topic(is_topic)
        if text == UNSET:
            return {column: None}
        is_number = text.isdecimal() and len(text) <= _MAX_DIGITS
        if not is_number or not 1 <= int(text) <= MAX_COUNT:
            raise UserError(f"“{text}” is not a number from 1 to {MAX_COUNT:,}")
        return {column: int(text)}

    return values


def _breaking_values(text: str, is_topic: bool) -> Mapping[str, object]:
    _require_topic(is_topic)
    return {"breaking": text == "on"}


def _require_topic(is_topic: bool) -> None:
    if not is_topic:
        raise UserError("this setting needs a topic, or its number in /topics")


_COLUMN_VALUES: Final[Mapping[str, Callable[[str, bool], Mapping[str, object]]]] = {
    "mode": _mode_values,
    "quiet": _quiet_values,
    "zone": _zone_values,
    "limit": _count_values("most_a_day"),
    "atleast": _count_values("at_least"),
    "breaking": _breaking_values,
}


# ── confirmations ───────────────────────────────────────────────────────────────────────────────────


def confirmation_lines(applied: AppliedChange) -> list[Line]:
    """Return the current setting in words: for which topic, when, and in which time zone."""
    return _CONFIRMATIONS[applied.change.field](applied)


def _subject(applied: AppliedChange) -> TextSpan:
    return strong(applied.topic.label if applied.topic else "Everything here")


def _is_unset(applied: AppliedChange) -> bool:
    return applied.topic is not None and applied.change.text == UNSET


def _zone_line(applied: AppliedChange) -> Line:
    return zone_line(applied.schedule.timing.zone, applied.now)


def _zone_confirmation(applied: AppliedChange) -> list[Line]:
    zone = applied.schedule.timing.zone or DEFAULT_ZONE
    return [
        line("This chat uses the time zone ", strong(describe_zone(zone)), "."),
        _zone_line(applied),
    ]


def _limit_confirmation(applied: AppliedChange) -> list[Line]:
    if _is_unset(applied):
        return [line(_subject(applied), ": no limit of alerts per day.")]
    chat_mode = applied.schedule.timing.mode
    overflow = format_mode(chat_mode if chat_mode.is_scheduled else EVERY_MORNING)
    limit = (
        f": at most {pluralise(int(applied.change.text), 'alert')} per day; the rest {overflow}."
    )
    return [line(_subject(applied), limit), _zone_line(applied)]


def _min_sources_confirmation(applied: AppliedChange) -> list[Line]:
    if _is_unset(applied):
        return [line(_subject(applied), ": you get an alert as soon as one source has a story.")]
    text = f": you get an alert when {applied.change.text} sources have a story."
    return [line(_subject(applied), text)]


def _breaking_confirmation(applied: AppliedChange) -> list[Line]:
    if _is_unset(applied):
        return [line(_subject(applied), ": you get alerts for all stories.")]
    return [
        line(
            _subject(applied), f": you get alerts for breaking stories only: {BREAKING_DEFINITION}."
        )
    ]


def _quiet_confirmation(applied: AppliedChange) -> list[Line]:
    chat_quiet = applied.schedule.timing.quiet
    if _is_unset(applied):
        text = f"as the chat: {format_quiet_hours(chat_quiet)}"
    else:
        topic_quiet = applied.topic.schedule.quiet if applied.topic else None
        text = format_quiet_hours(topic_quiet or chat_quiet)
    return [line(_subject(applied), f": {text}."), _zone_line(applied)]


def _mode_confirmation(applied: AppliedChange) -> list[Line]:
    chat = applied.schedule.timing
    topic = applied.topic.schedule if applied.topic else DEFAULT_TOPIC_SCHEDULE
    mode = topic.mode or chat.mode
    if mode == OFF and applied.topic is None:
        return [line("You get no alerts here; /latest and /briefing show the news.")]
    is_always = applied.topic is None and applied.schedule.always
    always = ", even if there is nothing new" if is_always else ""
    as_chat = ", as the chat" if _is_unset(applied) else ""
    lines = [line(_subject(applied), f" {format_mode(mode)}{always}{as_chat}.")]
    if not mode.is_scheduled:
        return lines
    # The number of sources and breaking stories have no effect on the time of the next digest.
    digest_rules = replace(effective_rules(chat, topic), min_sources=1, breaking=False)
    decision = decide(digest_rules, StoryFacts(), applied.now)
    if isinstance(decision, HoldUntil):
        lines.append(
            line(f"The next digest is due on {format_moment(decision.moment, chat.zone)}.")
        )
    return [*lines, _zone_line(applied)]


_CONFIRMATIONS: Final[Mapping[str, Callable[[AppliedChange], list[Line]]]] = {
    "mode": _mode_confirmation,
    "quiet": _quiet_confirmation,
    "zone": _zone_confirmation,
    "limit": _limit_confirmation,
    "atleast": _min_sources_confirmation,
    "breaking": _breaking_confirmation,
}
