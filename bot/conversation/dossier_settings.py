"""The settings in a chat's own file: each value from JSON to what the store takes, or why not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from bot.errors import MisuseError
from bot.store.tables import AGAIN, EDIT, REPLY
from bot.timing.spoken import read_mode, read_quiet
from bot.timing.zones import zone_named
from watchers.text.language import primary_tag

_LATEST: Final = timedelta(days=400)  # from now, that a mute may end
_MOST: Final = 1_000  # sources, alerts a day
_LONGEST: Final = 100  # characters of a value


def read_setting(name: str, value: object, *, of_topic: bool, now: datetime) -> object:
    """A setting's value as its column takes it.

    Raises:
        ValueError: it is none; says what would be.
    """
    if of_topic and value is None and name in _MAY_BE_EMPTY:
        return None
    if name == "muted_until":
        return _moment(value, now)
    read = _READ.get(name)
    if read is None:
        raise ValueError("cannot be read by this version")
    return read(value)


def _truth(value: object) -> bool:
    if value is True or value is False:
        return value
    raise ValueError("is neither true nor false")


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError("is no short text")
    return value


def _count(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= _MOST:
        raise ValueError(f"is no number from 1 to {_MOST:,}")
    return value


def _language(value: object) -> str:
    tag = primary_tag(_text(value))
    if value and tag is None:
        raise ValueError("is no language, as en or uk")
    return tag or ""


def _zone(value: object) -> str:
    zone = zone_named(_text(value)) if value else None
    if value and zone is None:
        raise ValueError("is no time zone, as Europe/Kyiv")
    return zone.key if zone else ""


def _mode(value: object) -> str:
    try:
        return str(read_mode(_text(value)))
    except MisuseError as error:
        raise ValueError("is no rhythm, as instant or daily 08:00") from error


def _quiet(value: object) -> str:
    try:
        return str(read_quiet(_text(value)))
    except MisuseError as error:
        raise ValueError("are no quiet hours, as 22:00-07:00 hold or off") from error


def _way(value: object) -> str:
    way = _text(value)
    if way not in {REPLY, AGAIN, EDIT}:
        raise ValueError("is neither reply, alert nor edit")
    return way


def _moment(value: object, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(value))
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("is no time with its zone, as 2026-06-01T12:00:00+00:00")
    if moment > now + _LATEST:
        raise ValueError("is more than a year away")
    return moment


_MAY_BE_EMPTY: Final = frozenset({"muted_until", "mode", "quiet", "at_least", "most_a_day"})
_READ: Final[Mapping[str, Callable[[object], object]]] = MappingProxyType(
    {
        "always": _truth,
        "at_least": _count,
        "breaking": _truth,
        "follow_ups": _way,
        "language": _language,
        "mode": _mode,
        "most_a_day": _count,
        "open": _truth,
        "quiet": _quiet,
        "spikes": _truth,
        "zone": _zone,
    }
)
