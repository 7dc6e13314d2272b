"""Dates as feeds write them, to moments in UTC.

    ISO 8601 ─► epoch ─► RFC 822 ─► months of other languages ─► dateutil ─► feedparser's handlers

Each step is a library's but for the table of months. No bounds are set here: what is believable is
for `values.is_believable` to say.
"""

from __future__ import annotations

import re
from calendar import timegm
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from time import struct_time
from typing import Final

from feedparser import datetimes as handlers

from watchers.text.dates import parse_date

_LONGEST: Final = 100  # characters
_EPOCH: Final = re.compile(r"\d{9,10}(?:\d{3}|\d{6})?(?:\.\d{1,9})?\Z")
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d|\Z)|\d{8}(?:T\d|\Z)")
_ISO_ZONE: Final = re.compile(
    r"(?<=\d)(?:\s*(?:UTC|GMT|Z|UT)|\s*(?:UTC|GMT)?\s*([+-]\d\d):?(\d\d))\Z", re.IGNORECASE
)
_HANDLERS: Final[tuple[Callable[[str], struct_time | None], ...]] = tuple(
    # feedparser has no public name for these, and its own order takes "2026/11/23" for November 1st.
    getattr(handlers, f"_parse_date_{name}")
    for name in ("onblog", "nate", "greek", "hungarian", "perforce", "asctime", "iso8601", "w3dtf")
)
_PART_OF_ISO: Final = re.compile(r"(?:19|20)\d\d-(?:\d\d|\d{3})\Z")  # a month, or a day of the year
_FAR_OFF: Final = datetime(9990, 1, 1, tzinfo=UTC)  # lets everything through
_HOUR: Final = 3600
_MINUTE: Final = 60
_MIDNIGHT: Final = 24
_LONGEST_OFFSET: Final = 15 * _HOUR  # seconds; no clock is further from UTC
_GMT_OFFSET: Final = re.compile(r"\b(?:GMT|UTC)\s*([+-])(\d{1,2}):?(\d\d)?\Z", re.IGNORECASE)
_COLON_OFFSET: Final = re.compile(r"([+-]\d\d):(\d\d)\Z")
_ZONES: Final = {
    # Hours ahead of UTC; the American ones are known to RFC 822's own reader.
    **dict.fromkeys(("WET", "UT", "UTC", "GMT", "Z"), 0),
    **dict.fromkeys(("CET", "MEZ", "MET", "BST", "IST", "WEST"), 1),
    **dict.fromkeys(("CEST", "MESZ", "MEST", "EET", "SAST"), 2),
    **dict.fromkeys(("EEST", "MSK", "TRT"), 3),
    **dict.fromkeys(("HKT", "SGT", "AWST"), 8),
    **dict.fromkeys(("JST", "KST"), 9),
    **dict.fromkeys(("AEST",), 10),
    **dict.fromkeys(("AEDT",), 11),
    **dict.fromkeys(("NZST",), 12),
    **dict.fromkeys(("NZDT",), 13),
    **dict.fromkeys(("BRT", "ART"), -3),
}
_USUAL_END: Final = re.compile(r"\d (?:GMT|[+-]\d{4})\Z")
_HALF_OF_DAY: Final = re.compile(r"\d\s?[ap]\.?m\b", re.IGNORECASE)
_DATE_WORDS: Final = 3  # day, month and year
_WORD: Final = re.compile(r"[^\W\d_]+")
_MONTHS: Final = {
    # The beginnings of months, in the languages of feeds that write them out; the longest counts.
    "Jan": "jan janv ene gen sty led янв січ oca ocak ιαν ian tammi jän jän",
    "Feb": "feb févr fév fev feb lut úno фев лют şub φεβ febbr helmi",
    "Mar": "mar mars mär märz mrt maa már бер мар mart maalis μαρ μάρ",
    "Apr": "apr avr abr kwi dub апр кві nis huhti ápr απρ",
    "May": "mai may maj mag mei maio kvě май мая тра máj μαϊ μάι touko mayo maggio",
    "Jun": "jun juin juni giu cze čvn июн чер haz kesä jún ιουν ιούν iun giugno",
    "Jul": "jul juil juli lug lip čvc июл лип tem heinä júl ιουλ ιούλ iul luglio",
    "Aug": "aug août aou ago sie srp авг сер ağu elo αυγ αύγ augusti agosto",
    "Sep": "sep sept set wrz zář сен вер eyl syys σεπ szept settembre",
    "Oct": "oct okt out ott paź říj окт жов eki loka οκτ outubro ottobre",
    "Nov": "nov lis лис ноя noi νοε kas marras novembre листоп",
    "Dec": "dec déc dez dic gru pro дек гру ara joulu δεκ dicembre",
}
_SHORTEST: Final = 3  # letters of a month's beginning


def parse_feed_date(text: str) -> datetime | None:
    """The moment ``text`` names, in UTC; without a zone it is UTC's; ``None`` if it names none."""
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST or not text.isprintable():
        return None
    for reader in (_iso, _epoch, _rfc822, _localised, _numeric, _wild):
        try:
            moment = reader(text)
            if moment is not None:
                return moment.astimezone(UTC)
        except (ValueError, OverflowError, OSError, TypeError, IndexError, AttributeError):
            continue
    return None


def _iso(text: str) -> datetime | None:
    if not _ISO.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.fromisoformat(_ISO_ZONE.sub(_plain_zone, text))
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _plain_zone(found: re.Match[str]) -> str:
    return f"{found[1]}:{found[2]}" if found[1] else "+00:00"


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.match(text):
        return None
    whole = text.partition(".")[0]
    thousands = (len(whole) - 9) // 3  # 9 or 10 digits are seconds, 3 more are milliseconds
    return datetime.fromtimestamp(float(text) / 1000**thousands, UTC)


def _rfc822(text: str) -> datetime | None:
    if not _USUAL_END.search(text):
        if _HALF_OF_DAY.search(text):
            return None  # its reader would take PM for a zone
        text = _COLON_OFFSET.sub(r"\1\2", _GMT_OFFSET.sub(_offset_alone, text))
    fields = parsedate_tz(text)
    if fields is None:
        return None
    seconds = fields[9]
    zone = text.rsplit(" ", 1)[-1].upper().strip("()")
    if not seconds and zone in _ZONES:
        seconds = _ZONES[zone] * _HOUR
    if seconds is None or abs(seconds) > _LONGEST_OFFSET:
        seconds = 0
    year, month, day, hour, minute, second = fields[:6]
    moment = datetime(year, month, day, tzinfo=timezone(timedelta(seconds=seconds)))
    # 24:00 and a leap second are written by people who mean the next minute.
    if hour > _MIDNIGHT or minute >= _MINUTE or second > _MINUTE:
        return None
    return moment + timedelta(hours=hour, minutes=minute, seconds=second)


def _offset_alone(found: re.Match[str]) -> str:
    return f"{found[1]}{int(found[2]):02d}{found[3] or '00'}"


def _localised(text: str) -> datetime | None:
    """With the month's name put into English, and the day's name left out."""
    months = [(found, month) for found in _WORD.finditer(text) if (month := _month(found[0]))]
    if not months:
        return None
    if _HALF_OF_DAY.search(text):
        return None
    found, month = months[-1]  # "mar." may be a Tuesday, before the month
    text = f"{text[: found.start()]} {month} {text[found.end() :]}"
    useful = [w for word in text.split() if _is_useful(w := word.strip(".,()"))]
    if useful and useful[0].isdigit() and len(useful[0]) == len("2026"):  # Hungarian: year first
        useful[:3] = useful[2::-1]
    if not any(":" in word for word in useful):
        useful.insert(_DATE_WORDS, "00:00")
    return _rfc822(" ".join(useful))


def _is_useful(word: str) -> bool:
    """Numbers, times, the month and a zone."""
    return (word[:1].isdigit() or (word[:1] in "+-" and len(word) > 1)) or (
        word in _MONTHS or word in _ZONES
    )


def _numeric(text: str) -> datetime | None:
    return parse_date(text, now=_FAR_OFF)


def _wild(text: str) -> datetime | None:
    # Those of ISO 8601 see a date in anything that has digits.
    several = _HANDLERS if _PART_OF_ISO.match(text) else _HANDLERS[:-2]
    for handler in several:
        with suppress(KeyError, OverflowError, ValueError, AttributeError):
            fields = handler(text)
            if fields:
                return datetime.fromtimestamp(timegm(fields), UTC)
    return None


def _month(word: str) -> str | None:
    small = word.lower()
    if len(small) < _SHORTEST or word.upper() in _ZONES:
        return None
    best, length = None, 0
    for month, beginnings in _MONTHS.items():
        for beginning in beginnings.split():
            if len(beginning) > length and small.startswith(beginning):
                best, length = month, len(beginning)
    return best
