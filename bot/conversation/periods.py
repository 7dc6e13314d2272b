"""Read periods and moments at the end of a command: "sanctions since yesterday", "oil until Monday"."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import regex

from bot.conversation.cards.schedule_text import format_moment
from bot.conversation.durations import format_duration, format_period, is_duration, parse_duration
from bot.conversation.request import CommandRequest
from bot.errors import UserError
from bot.scheduling.moments import MAX_MOMENT_LENGTH, Direction, parse_moment
from bot.scheduling.wall_clock import find_zone, zone_of
from bot.store import Database
from bot.store.chats.chats import find_chat
from bot.store.chats.schedule import read_schedule

PERIOD_FORMS: Final = "since 7d, since yesterday, since 1 May or last 3 days"
"""The accepted forms of a period in the past, for error texts."""

MOMENT_FORMS: Final = "2h, 3 days, until tomorrow 9:00 or until Monday"
"""The accepted forms of a period from now on, for error texts."""

_MAX_PERIOD: Final = timedelta(days=366)
_MAX_OPTION_WORDS: Final = 7
"""Words of the longest option ("since the day before yesterday 9 am")."""

_MAX_DURATION_WORDS: Final = 2

# "с" is also a preposition of topics in Russian, so its rest decides.
_SINCE: Final = regex.compile(
    r"(?:^|(?<=\s))(?P<word>since|seit|desde|depuis|с)\s++(?P<rest>\S.*+)$", regex.IGNORECASE
)
_LAST: Final = regex.compile(
    r"(?:^|(?<=\s))(?:(?:in|within|over)\s++(?:the\s++)?)?"
    r"(?:last|past|letzten?|letzte[rs]?|últimos|últimas|derniers|dernières|последние)\s++"
    r"(?P<rest>(?:\d{1,6}\s?+)?\p{L}{1,9})$",
    regex.IGNORECASE,
)
_UNTIL: Final = regex.compile(
    r"(?:^|(?<=\s))(?P<word>until|till|til|bis|hasta|jusqu'à|jusqu’à|até|до|for|für|por|pour|на)\s++"
    r"(?P<rest>\S.*+)$",
    regex.IGNORECASE,
)
_OPEN_OPTION: Final = regex.compile(r"(?:^|\s)(since)$", regex.IGNORECASE)
# Words that state an option even if the rest cannot be read. The others are also words of topics.
_SURE_WORDS: Final = ("since", "until")


@dataclass(frozen=True, slots=True)
class Period:
    """A period up to now.

    Attributes:
        start: its first moment.
        phrase: the period in words: "in the last 7 days", "since Sun 31 May, 00:00".
        option: the text of the option, which parses to the same period in a later message.
    """

    start: datetime
    phrase: str
    option: str


async def zone_of_request(database: Database, request: CommandRequest) -> ZoneInfo:
    """Return the time zone of the chat, or else the one of the user."""
    async with database.reading() as connection:
        chat_id = await find_chat(connection, request.ref)
        name = (await read_schedule(connection, chat_id)).timing.zone if chat_id is not None else ""
    return zone_of(name) if name else find_zone(request.zone) or zone_of("")


async def split_period(
    argument: str, now: datetime, zone: ZoneInfo, *, allow_bare: bool = False
) -> tuple[str, Period | None]:
    """Split "sanctions since yesterday" into its head and the period, or ``None`` without one.

    Args:
        argument: the text after the command.
        now: the present.
        zone: the time zone of the chat.
        allow_bare: also accept a duration without a word before it: "sanctions 7d".

    Raises:
        UserError: the text names a period that cannot be read.
    """
    head, tail = _split_words(argument)
    if match := _LAST.search(tail):
        length = _length_of(match["rest"])
        if length is not None:
            return _join(head, tail[: match.start()]), _period_of(length, now)
    if match := _SINCE.search(tail):
        rest = match["rest"]
        period = await _read_since(rest, now, zone)
        if period is not None:
            return _join(head, tail[: match.start()]), period
        if match["word"].lower() in _SURE_WORDS:
            raise UserError(
                f"“{rest}” is not a time; use {PERIOD_FORMS}. To find the word “{match['word']}”,"
                " put it in quotes"
            )
    if match := _OPEN_OPTION.search(tail):
        raise UserError(f"“{match[1]}” needs a time; use {PERIOD_FORMS}")
    if allow_bare:
        topic, length = split_duration(argument)
        if length is not None:
            return topic, _period_of(length, now)
    return argument.strip(), None


async def split_until(
    argument: str, now: datetime, zone: ZoneInfo
) -> tuple[str, datetime | None, str]:
    """Split "oil until Monday" or "oil 2h" into its head, the end of the period, and the end in words.

    The end is ``None`` without a period.

    Raises:
        UserError: the text names a period that cannot be read.
    """
    head, tail = _split_words(argument)
    if match := _UNTIL.search(tail):
        rest = match["rest"]
        topic = _join(head, tail[: match.start()])
        if is_duration(rest):
            return topic, now + parse_duration(rest), f"for {format_duration(parse_duration(rest))}"
        end = await asyncio.to_thread(parse_moment, rest, now, zone, Direction.FUTURE)
        if end is not None:
            _check_future(rest, end, now)
            return topic, end, f"until {format_moment(end, zone.key)}"
        if match["word"].lower() in _SURE_WORDS:
            raise UserError(f"“{rest}” is not a time; use {MOMENT_FORMS}")
    topic, length = split_duration(argument)
    if length is not None:
        return topic, now + length, f"for {format_duration(length)}"
    return argument.strip(), None, ""


def split_duration(argument: str) -> tuple[str, timedelta | None]:
    """Split "sanctions 2 days" into its head and the duration, or ``None`` without one.

    Raises:
        UserError: the duration is too long.
    """
    words = argument.split()
    for count in range(min(_MAX_DURATION_WORDS, len(words)), 0, -1):
        text = " ".join(words[-count:])
        if is_duration(text):
            head = " ".join(words[:-count])
            return head, parse_duration(text)
    return argument.strip(), None


async def split_topic_period(argument: str, now: datetime, zone: ZoneInfo) -> str | None:
    """Return the topic without the period at its end, or ``None`` if there is none."""
    try:
        topic, period = await split_period(argument, now, zone)
    except UserError:
        # "life since the war" is a topic.
        return None
    return topic if period is not None and topic else None


async def _read_since(text: str, now: datetime, zone: ZoneInfo) -> Period | None:
    if is_duration(text):
        return _period_of(parse_duration(text), now)
    start = await asyncio.to_thread(parse_moment, text, now, zone, Direction.PAST)
    if start is None:
        return None
    if start > now:
        raise UserError(f"“{text}” is in the future; use {PERIOD_FORMS}")
    if now - start > _MAX_PERIOD:
        raise UserError(f"“{text}” is more than a year ago; use at most since 1y")
    option = f"since {start:%Y-%m-%dT%H:%M}+00:00"
    return Period(start, f"since {format_moment(start, zone.key)}", option)


def _period_of(length: timedelta, now: datetime) -> Period:
    option = f"since {length // timedelta(minutes=1)}m"
    return Period(now - length, f"in {format_period(length)}", option)


def _length_of(text: str) -> timedelta | None:
    """Return the length of "3 days" or "week"."""
    text = text if text[:1].isdecimal() else f"1 {text}"
    return parse_duration(text) if is_duration(text) else None


def _check_future(text: str, end: datetime, now: datetime) -> None:
    if end <= now:
        raise UserError(f"“{text}” is in the past; use {MOMENT_FORMS}")
    if end - now > _MAX_PERIOD:
        raise UserError(f"“{text}” is more than a year away; the maximum is a year")


def _split_words(text: str) -> tuple[str, str]:
    """Return the beginning, and the end that an option can fill.

    The beginning is not searched, so that the time is linear in the length of the text.
    """
    words = text.split()
    tail = " ".join(words[-_MAX_OPTION_WORDS:])[-2 * MAX_MOMENT_LENGTH :]
    whole = " ".join(words)
    return whole[: len(whole) - len(tail)], tail


def _join(head: str, rest: str) -> str:
    return f"{head}{rest}".strip()
