"""How a feed wants to be read: hubs, periods, hours of silence."""

from __future__ import annotations

from typing import Final

from watchers.feeds.parts import Element, Parts, Reader, first, text, text_of
from watchers.feeds.values import Hints

_PERIODS: Final = {
    "hourly": 3600.0,
    "daily": 86_400.0,
    "weekly": 604_800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}
"""Seconds (https://web.resource.org/rss/1.0/modules/syndication/)."""

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MOST_HUBS: Final = 5
_LONGEST_TTL: Final = 10_000_000.0  # minutes: anything above is a slip of the pen
_MOST_UPDATES: Final = 1_000.0  # in one period
_HOURS: Final = 24
_SHORTEST_DAY: Final = 3  # letters


def read_hints(parts: Parts, reader: Reader) -> Hints:
    """The hints among the children of a channel or an Atom feed."""
    links = _links(parts)
    self_links = [reader.link(element, "href") for element in links.get("self", ())]
    hubs = dict.fromkeys(filter(None, (reader.link(hub, "href") for hub in links.get("hub", ()))))
    pages = [reader.link(element, "href") for element in links.get("next", ())]
    return Hints(
        hubs=tuple(hubs)[:_MOST_HUBS],
        self_url=next(filter(None, self_links), None),
        moved_to=reader.link(first(parts, "itunes:new-feed-url")),
        ttl=ttl_seconds(text(parts, "ttl")),
        update_period=update_seconds(
            text(parts, "sy:updateperiod"), text(parts, "sy:updatefrequency")
        ),
        skip_hours=skipped_hours(_listed(parts, reader, "skiphours", "hour")),
        skip_days=skipped_days(_listed(parts, reader, "skipdays", "day")),
        is_complete="fh:complete" in parts or text(parts, "itunes:complete").lower() == "yes",
        next_page=next(filter(None, pages), None),
    )


def _links(parts: Parts) -> dict[str, list[Element]]:
    found: dict[str, list[Element]] = {}
    for name in ("atom:link", "link"):
        for element in parts.get(name, ()):
            for relation in element.get("rel", "").lower().split():
                found.setdefault(relation, []).append(element)
    return found


def _listed(parts: Parts, reader: Reader, outer: str, inner: str) -> list[str]:
    around = first(parts, outer)
    return [text_of(e) for e in reader.parts(around).get(inner, ())] if around is not None else []


def ttl_seconds(minutes: str) -> float | None:
    """A ttl in seconds; ``None`` where it is no sane number of minutes."""
    value = _number(minutes)
    return value * 60 if value is not None and 0 < value <= _LONGEST_TTL else None


def update_seconds(period: str, frequency: str) -> float | None:
    """Seconds between two updates; the frequency is 1 where it makes no sense."""
    length = _PERIODS.get(period.strip().lower())
    times = _number(frequency)
    if length is None:
        return None
    return length / times if times is not None and 0 < times <= _MOST_UPDATES else length


def skipped_hours(hours: list[str]) -> frozenset[int]:
    """Hours in UTC; 24 is midnight, as RSS 0.91 counted from 1."""
    found = frozenset(
        int(n) % _HOURS for h in hours if (n := _number(h)) is not None and 0 <= n <= _HOURS
    )
    return found if len(found) < _HOURS else frozenset()


def skipped_days(days: list[str]) -> frozenset[int]:
    """Days of the week, 0 is Monday."""
    found = {
        number
        for day in days
        for number, name in enumerate(_DAYS)
        if len(day) >= _SHORTEST_DAY and name.startswith(day.strip().lower())
    }
    return frozenset(found) if len(found) < len(_DAYS) else frozenset()


def _number(value: str) -> float | None:
    value = value.strip()
    if not value or len(value) > 20 or not value.replace(".", "", 1).isdigit():  # noqa: PLR2004
        return None
    return float(value)
