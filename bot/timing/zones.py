"""Time zones by the names of the IANA database (https://www.iana.org/time-zones)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

DEFAULT: Final = "UTC"
"""The zone of a chat that has named none."""

_SUGGESTED: Final = 3
_LONGEST: Final = 64  # characters of a name that is looked for


def zone_named(name: str) -> ZoneInfo | None:
    """The zone that a person means: "Europe/Kyiv", "kyiv", "new york"; ``None`` if there is none."""
    known = _by_word()
    found = known.get(_word(name)) if len(name) <= _LONGEST else None
    return zone_of(found) if found else None


@cache
def zone_of(name: str) -> ZoneInfo:
    """The zone of a chat: ``name`` is one that `zone_named` gave, or "" for the default.

    A name that the system's own database has lost since is taken as UTC.
    """
    return ZoneInfo(name if name in available_timezones() else DEFAULT)


def zones_like(name: str) -> Sequence[str]:
    """Names that ``name`` may have been meant to be."""
    known = _by_word()
    close = difflib.get_close_matches(_word(name[:_LONGEST]), known, n=_SUGGESTED)
    return list(dict.fromkeys(known[word] for word in close))


@cache
def _by_word() -> Mapping[str, str]:
    """Whole names and the cities in them, folded; a city that two zones have stands for neither."""
    names = sorted(available_timezones())
    known: dict[str, str] = {}
    cities: dict[str, set[str]] = {}
    for name in names:
        known[_word(name)] = name
        if "/" in name and not name.startswith(("Etc/", "SystemV/", "US/", "posix/", "right/")):
            cities.setdefault(_word(name.rpartition("/")[2]), set()).add(name)
    for city, at in cities.items():
        if len(at) == 1:
            known.setdefault(city, *at)
    return known


def _word(name: str) -> str:
    return name.strip().casefold().replace(" ", "_")
