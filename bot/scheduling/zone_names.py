"""Find the time zone that a person means: "India", "PST", "Berlin", "Wien", "UTC+5:30".

Names of cities, territories and abbreviations come from Unicode CLDR through Babel, in the languages of
`_LOCALES`. Names of countries come from `watchers.names`, in all of its languages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

import regex

from bot.errors import UserError
from bot.scheduling.wall_clock import find_zone, suggest_timezones, zone_key
from watchers.names.table import find_territory

_MAX_NAME_LENGTH: Final = 64
_MAX_CHOICES: Final = 8
_LOCALES: Final = ("en", "de", "es", "fr", "pt", "ru", "en_GB", "en_AU", "en_IN", "en_ZA", "en_NZ")

_OFFSET: Final = regex.compile(
    r"(?:utc|gmt)?\s?(?P<sign>[+−–-])\s?(?P<hours>\d{1,2})(?::?(?P<minutes>\d{2}))?",
    regex.IGNORECASE,
)
_MIN_OFFSET_HOURS, _MAX_OFFSET_HOURS = -12, 14

# Names of fixed offsets that a person uses for a place with daylight-saving time, and abbreviations
# that CLDR does not contain.
_ABBREVIATIONS: Final = {
    "EST": "America/New_York",
    "MST": "America/Denver",
    "HST": "Pacific/Honolulu",
    "BST": "Europe/London",
    "MSK": "Europe/Moscow",
    "JST": "Asia/Tokyo",
    "KST": "Asia/Seoul",
}
# Zones without daylight-saving time whose offset is not in whole hours.
_ODD_ZONES: Final = (
    *(
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Asia/Yangon",
        "Asia/Kabul",
        "Asia/Tehran",
        "Australia/Darwin",
    ),
    *("Australia/Eucla", "Pacific/Marquesas"),
)
# The places for which an abbreviation of a zone with many cities stands.
_MAIN_CITIES: Final = {
    "Africa_Central": "Africa/Maputo",
    "Africa_Eastern": "Africa/Nairobi",
    "Africa_Southern": "Africa/Johannesburg",
    "Africa_Western": "Africa/Lagos",
    "Alaska": "America/Anchorage",
    "America_Central": "America/Chicago",
    "America_Eastern": "America/New_York",
    "America_Mountain": "America/Denver",
    "America_Pacific": "America/Los_Angeles",
    "Atlantic": "America/Halifax",
    "Australia_Central": "Australia/Adelaide",
    "Australia_Eastern": "Australia/Sydney",
    "Australia_Western": "Australia/Perth",
    "Brasilia": "America/Sao_Paulo",
    "Europe_Central": "Europe/Berlin",
    "Europe_Eastern": "Europe/Athens",
    "Europe_Western": "Europe/Lisbon",
    "GMT": "Europe/London",
    "Gulf": "Asia/Dubai",
    "Hawaii_Aleutian": "Pacific/Honolulu",
    "India": "Asia/Kolkata",
    "Indochina": "Asia/Bangkok",
}
# Territories with a main zone and remote places with other times.
_MAIN_ZONES: Final = {
    "CL": "America/Santiago",
    "CN": "Asia/Shanghai",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "UA": "Europe/Kyiv",
    "UZ": "Asia/Tashkent",
}
# Named first among the zones of a territory.
_LARGE_CITIES: Final = (
    *(
        "New_York",
        "Chicago",
        "Denver",
        "Los_Angeles",
        "Anchorage",
        "Honolulu",
        "Toronto",
        "Winnipeg",
    ),
    *(
        "Edmonton",
        "Vancouver",
        "Halifax",
        "Sao_Paulo",
        "Manaus",
        "Mexico_City",
        "Tijuana",
        "Moscow",
    ),
    *("Yekaterinburg", "Novosibirsk", "Vladivostok", "Kaliningrad", "Sydney", "Adelaide", "Perth"),
    *("Brisbane", "Jakarta", "Makassar", "Jayapura", "Kinshasa", "Lubumbashi", "Almaty"),
)


@dataclass(frozen=True, slots=True)
class FoundZone:
    """A time zone, and a sentence about how the name was read; "" if the name is that of the zone."""

    zone: ZoneInfo
    note: str = ""


def resolve_zone(name: str, now: datetime) -> FoundZone:
    """Return the time zone that a person means.

    The first call loads names for up to half a second, so do not call the function on the event loop.

    Raises:
        UserError: the name is unknown, or that of a territory with several zones.
    """
    name = " ".join(name.split())
    if len(name) > _MAX_NAME_LENGTH:
        raise UserError("this is too long for a time zone; name a city or a country")
    if offset := _OFFSET.fullmatch(name):
        return _zone_of_offset(name, offset, now)
    abbreviated = _zone_of_abbreviation(name)
    if abbreviated is not None:
        note = f"“{name}” is read as the time of {_city(abbreviated)}."
        return FoundZone(ZoneInfo(abbreviated), note)
    zone = find_zone(name)
    if zone is not None:
        return FoundZone(zone)
    city = _cities().get(zone_key(name))
    if city is not None:
        return FoundZone(ZoneInfo(city))
    return _zone_of_territory(name, now)


def _zone_of_offset(name: str, match: regex.Match[str], now: datetime) -> FoundZone:
    sign = 1 if match["sign"] == "+" else -1
    hours, minutes = sign * int(match["hours"]), int(match["minutes"] or 0)
    note = f"“{name}” is the same all year. If your place changes its clocks, name it: /timezone Berlin"
    if not minutes and _MIN_OFFSET_HOURS <= hours <= _MAX_OFFSET_HOURS:
        # The signs of these zones are those of POSIX: Etc/GMT-5 is five hours ahead of UTC.
        return FoundZone(ZoneInfo(f"Etc/GMT{-hours:+d}" if hours else "UTC"), note)
    seconds = sign * (abs(hours) * 3600 + minutes * 60)
    for zone_name in _ODD_ZONES:
        if set(_offsets_of_year(zone_name, now.year)) == {seconds}:
            note = f"“{name}” is read as the time of {_city(zone_name)}."
            return FoundZone(ZoneInfo(zone_name), note)
    raise UserError(
        f"no place has the offset “{name}” all year; name the place, such as Europe/Kyiv or New York"
    )


def _zone_of_abbreviation(name: str) -> str | None:
    """Return the zone of an abbreviation in capitals that is not itself a good zone."""
    upper = name.upper()
    if upper in _ABBREVIATIONS:
        return _ABBREVIATIONS[upper]
    # CET, EET and WET are zones with daylight-saving time.
    return None if find_zone(name) is not None else _abbreviations().get(upper)


def _zone_of_territory(name: str, now: datetime) -> FoundZone:
    territory = find_territory(name)
    zones = _zones_of_territory(territory.code) if territory is not None else ()
    if territory is None or not zones:
        raise _unknown_zone_error(name)
    main = _MAIN_ZONES.get(territory.code)
    # Zones with the same time now and half a year later are one choice.
    choices: dict[tuple[int, int], str] = {}
    for zone_name in sorted(zones, key=_rank):
        choices.setdefault(_offsets_of_year(zone_name, now.year), zone_name)
    if main is None and len(choices) > 1:
        cities = [_city(zone_name) for zone_name in sorted(choices.values(), key=_rank)]
        more = "" if len(cities) <= _MAX_CHOICES else " …"
        raise UserError(
            f"{territory.display} has several time zones; name a city:"
            f" {', '.join(cities[:_MAX_CHOICES])}{more}"
        )
    chosen = main or next(iter(choices.values()))
    return FoundZone(ZoneInfo(chosen), f"“{name}” is read as the time of {_city(chosen)}.")


def _unknown_zone_error(name: str) -> UserError:
    similar = suggest_timezones(name)
    hint = (
        f"did you mean {', '.join(similar)}?"
        if similar
        else "name a city or a country, or write UTC+2"
    )
    return UserError(f"“{name}” is not a time zone; {hint}")


def _rank(zone_name: str) -> tuple[int, str]:
    city = zone_name.rpartition("/")[2]
    place = _LARGE_CITIES.index(city) if city in _LARGE_CITIES else len(_LARGE_CITIES)
    return place, zone_name


def _city(zone_name: str) -> str:
    return zone_name.rpartition("/")[2].replace("_", " ")


def _offsets_of_year(zone_name: str, year: int) -> tuple[int, int]:
    """Return the offset from UTC in winter and summer, in seconds."""
    zone = ZoneInfo(zone_name)
    offsets = [datetime(year, month, 1, tzinfo=zone).utcoffset() for month in (1, 7)]
    winter, summer = (int(offset.total_seconds()) if offset else 0 for offset in offsets)
    return winter, summer


# ── names of Unicode CLDR ───────────────────────────────────────────────────────────────────────────


def _zones_of_territory(code: str) -> Sequence[str]:
    from babel.core import get_global

    zones = get_global("territory_zones").get(code, ())
    # CLDR keeps old names, such as Asia/Calcutta.
    available = available_timezones()
    return [zone_name for zone_name in zones if zone_name in available]


@cache
def _abbreviations() -> Mapping[str, str]:
    """Return a zone for each abbreviation of CLDR, such as PST and MESZ."""
    from babel import Locale
    from babel.core import get_global

    zones_of_group: dict[str, str] = dict(_MAIN_CITIES)
    for zone_name, group in get_global("meta_zones").items():
        zones_of_group.setdefault(group, zone_name)
    found: dict[str, str] = {}
    for code in _LOCALES:
        for group, names in Locale.parse(code).meta_zones.items():
            for name in (names.get("short") or {}).values():
                if name.isalpha() and group in zones_of_group:
                    found.setdefault(name.upper(), zones_of_group[group])
    available = available_timezones()
    return {name: zone_name for name, zone_name in found.items() if zone_name in available}


@cache
def _cities() -> Mapping[str, str]:
    """Return the zone of each city by its name in the languages of `_LOCALES`."""
    from babel import Locale

    available = available_timezones()
    return {
        zone_key(names["city"]): zone_name
        for code in _LOCALES
        for zone_name, names in Locale.parse(code).time_zones.items()
        if "city" in names and zone_name in available
    }
