"""Read the parts of an element besides its text: authors, files, picture, location, polling hints."""

from __future__ import annotations

import re
from typing import Final

from watchers.feeds.elements import Element, ElementReader, Parts, first, first_text, text_of
from watchers.feeds.models import Enclosure, Hints

_AUTHOR_ELEMENTS: Final = ("atom:author", "dc:creator", "author", "itunes:author", "media:credit")
# Both patterns run in linear time: possessive quantifiers never backtrack, and the final sign is
# checked with a look-behind.
_MAIL_AND_NAME: Final = re.compile(r"\S[^\s@]{0,199}+@\S{1,200} ?\((.{2,201}+)(?<=\))\Z")
_NAME_AND_MAIL: Final = re.compile(
    r"(.{1,200}?) ?[<(]mailto:?\S{2,201}+(?<=[>)])\Z"
    r"|(.{1,200}?) ?<\S[^\s@]{0,199}+@\S{2,201}+(?<=>)\Z"
)
_MAX_AUTHORS: Final = 20
_MAX_AUTHOR_CHARS: Final = 200

_MAX_FILES: Final = 50
_MAX_MEDIA_TYPE_CHARS: Final = 100
_MAX_LATITUDE: Final = 90.0
_MAX_LONGITUDE: Final = 180.0
_MAX_COORDINATE_CHARS: Final = 30
_MAX_INTEGER_DIGITS: Final = 15
_MAX_NUMBER_CHARS: Final = 20

# https://web.resource.org/rss/1.0/modules/syndication/
_PERIOD_SECONDS: Final = {
    "hourly": 3600.0,
    "daily": 86_400.0,
    "weekly": 604_800.0,
    "monthly": 2_592_000.0,
    "yearly": 31_536_000.0,
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MAX_HUBS: Final = 5
# A larger value (19 years) is a mistake.
_MAX_TTL_MINUTES: Final = 10_000_000.0
_MAX_UPDATES_PER_PERIOD: Final = 1_000.0
_HOURS_PER_DAY: Final = 24
_MIN_DAY_CHARS: Final = 3


def authors(parts: Parts, reader: ElementReader) -> tuple[str, ...]:
    """Return the distinct authors as printed, from the first vocabulary that names any."""
    for name in _AUTHOR_ELEMENTS:
        names = dict.fromkeys(
            author
            for element in parts.get(name, ())[:_MAX_AUTHORS]
            if (author := _author_name(element, reader))
        )
        if names:
            return tuple(names)
    return ()


def _author_name(element: Element, reader: ElementReader) -> str:
    if len(element):
        inner = reader.parts(element)
        name = first_text(inner, "atom:name", "name", "itunes:name", "atom:email", "email")
        return name[:_MAX_AUTHOR_CHARS]
    return parse_author(text_of(element))


def parse_author(line: str) -> str:
    """Return the name in "mail@example.org (Name)" or "Name <mail@example.org>", else the line."""
    line = line[: 2 * _MAX_AUTHOR_CHARS]
    mail_first = _MAIL_AND_NAME.match(line)
    if mail_first:
        return mail_first[1][:-1].strip()
    name_first = _NAME_AND_MAIL.match(line)
    name = name_first[1] or name_first[2] if name_first else line
    return name.strip(' "')[:_MAX_AUTHOR_CHARS]


def enclosures(parts: Parts, reader: ElementReader) -> tuple[Enclosure, ...]:
    """Return the files of an entry; each URL occurs once."""
    by_url: dict[str, Enclosure] = {}
    for name, attribute in (("enclosure", "url"), ("atom:link", "href"), ("media:content", "url")):
        # More elements than files, because links with other relations are skipped.
        for element in parts.get(name, ())[: 4 * _MAX_FILES]:
            if name == "atom:link" and element.get("rel", "").strip().lower() != "enclosure":
                continue
            url = reader.link(element, attribute) or reader.link(element, "href")
            if url and url not in by_url:
                kind = element.get("type") or element.get("medium") or ""
                length = whole_number(element.get("length") or element.get("fileSize") or "")
                by_url[url] = Enclosure(url, kind.strip().lower()[:_MAX_MEDIA_TYPE_CHARS], length)
    return tuple(by_url.values())[:_MAX_FILES]


def image(parts: Parts, reader: ElementReader, files: tuple[Enclosure, ...]) -> str | None:
    """Return the URL of the picture of an entry or a feed."""
    thumbnail = reader.link(first(parts, "media:thumbnail"), "url")
    if thumbnail:
        return thumbnail
    for file in files:
        if file.kind.startswith("image"):
            return file.url
    picture = first(parts, "itunes:image")
    if picture is not None:
        return reader.link(picture, "href") or reader.link(picture)
    picture = first(parts, "image", "atom:logo", "atom:icon")
    if picture is None:
        return None
    if not len(picture):
        return reader.link(picture) or reader.link(picture, "href")
    return reader.link(first(reader.parts(picture), "url"))


def comment_count(parts: Parts) -> int | None:
    """Return the number of comments (slash:comments, thr:total)."""
    return whole_number(first_text(parts, "slash:comments", "thr:total"))


def location(parts: Parts, reader: ElementReader) -> tuple[float, float] | None:
    """Return the location from GeoRSS (simple or GML), or from the geo vocabulary of the W3C."""
    point = first_text(parts, "georss:point")
    if not point:
        where = first(parts, "georss:where")
        gml_point = first(reader.parts(where), "gml:point") if where is not None else None
        point = first_text(reader.parts(gml_point), "gml:pos") if gml_point is not None else ""
    if not point:
        geo_point = first(parts, "geo:point")
        geo_parts = reader.parts(geo_point) if geo_point is not None else parts
        latitude = first_text(geo_parts, "geo:lat")
        point = f"{latitude} {first_text(geo_parts, 'geo:long', 'geo:lon')}"
    return parse_point(point)


def parse_point(point: str) -> tuple[float, float] | None:
    """Return latitude and longitude of "52.5 13.4"; ``None`` if the point is not on Earth."""
    numbers = point.replace(",", " ").split()
    if len(numbers) != 2 or any(len(number) > _MAX_COORDINATE_CHARS for number in numbers):  # noqa: PLR2004 - a pair
        return None
    try:
        latitude, longitude = map(float, numbers)
    except ValueError:
        return None
    # Comparisons with NaN are false, so "nan nan" is refused too.
    is_on_earth = abs(latitude) <= _MAX_LATITUDE and abs(longitude) <= _MAX_LONGITUDE
    return (latitude, longitude) if is_on_earth else None


def whole_number(value: str) -> int | None:
    """Return ``value`` as an integer of at most 15 digits; ``None`` if it is not one."""
    value = value.strip()
    is_number = value.isascii() and value.isdigit() and len(value) <= _MAX_INTEGER_DIGITS
    return int(value) if is_number else None


def read_hints(parts: Parts, reader: ElementReader) -> Hints:
    """Return the hints among the children of a channel or an Atom feed."""
    links = _links_by_relation(parts)
    self_links = [reader.link(element, "href") for element in links.get("self", ())]
    hubs = dict.fromkeys(filter(None, (reader.link(hub, "href") for hub in links.get("hub", ()))))
    next_links = [reader.link(element, "href") for element in links.get("next", ())]
    return Hints(
        hubs=tuple(hubs)[:_MAX_HUBS],
        self_url=next(filter(None, self_links), None),
        moved_to=reader.link(first(parts, "itunes:new-feed-url")),
        ttl_seconds=parse_ttl(first_text(parts, "ttl")),
        update_period_seconds=parse_update_period(
            first_text(parts, "sy:updateperiod"), first_text(parts, "sy:updatefrequency")
        ),
        skip_hours=parse_skip_hours(_nested_texts(parts, reader, "skiphours", "hour")),
        skip_days=parse_skip_days(_nested_texts(parts, reader, "skipdays", "day")),
        is_complete="fh:complete" in parts or first_text(parts, "itunes:complete").lower() == "yes",
        next_page=next(filter(None, next_links), None),
    )


def _links_by_relation(parts: Parts) -> dict[str, list[Element]]:
    links: dict[str, list[Element]] = {}
    for name in ("atom:link", "link"):
        for element in parts.get(name, ()):
            for relation in element.get("rel", "").lower().split():
                links.setdefault(relation, []).append(element)
    return links


def _nested_texts(parts: Parts, reader: ElementReader, outer: str, inner: str) -> list[str]:
    parent = first(parts, outer)
    if parent is None:
        return []
    return [text_of(element) for element in reader.parts(parent).get(inner, ())]


def parse_ttl(minutes: str) -> float | None:
    """Return a ttl in seconds; ``None`` if it is not a plausible number of minutes."""
    value = _parse_number(minutes)
    return value * 60 if value is not None and 0 < value <= _MAX_TTL_MINUTES else None


def parse_update_period(period: str, frequency: str) -> float | None:
    """Return the seconds between two updates; an invalid frequency counts as 1."""
    seconds = _PERIOD_SECONDS.get(period.strip().lower())
    updates = _parse_number(frequency)
    if seconds is None or updates is None or not 0 < updates <= _MAX_UPDATES_PER_PERIOD:
        return seconds
    return seconds / updates


def parse_skip_hours(texts: list[str]) -> frozenset[int]:
    """Return hours in UTC from 0 to 23. 24 is midnight, because RSS 0.91 counts from 1.

    If all hours are listed, the result is empty: the feed would never be polled.
    """
    hours = frozenset(
        int(number) % _HOURS_PER_DAY
        for text in texts
        if (number := _parse_number(text)) is not None and 0 <= number <= _HOURS_PER_DAY
    )
    return hours if len(hours) < _HOURS_PER_DAY else frozenset()


def parse_skip_days(texts: list[str]) -> frozenset[int]:
    """Return days of the week, where 0 is Monday; none if all days are listed."""
    days = {
        number
        for text in texts
        for number, name in enumerate(_DAYS)
        if len(text) >= _MIN_DAY_CHARS and name.startswith(text.strip().lower())
    }
    return frozenset(days) if len(days) < len(_DAYS) else frozenset()


def _parse_number(value: str) -> float | None:
    value = value.strip()
    if not value or len(value) > _MAX_NUMBER_CHARS or not value.replace(".", "", 1).isdigit():
        return None
    return float(value)
