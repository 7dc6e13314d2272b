"""What comes with an entry besides its words: files, a picture, a place, a number of comments."""

from __future__ import annotations

from typing import Final

from watchers.feeds.parts import Parts, Reader, first, text
from watchers.feeds.values import Enclosure

_MOST_FILES: Final = 50
_LONGEST_KIND: Final = 100  # characters of a media type
_WIDEST, _HIGHEST = 180.0, 90.0
_LONGEST_NUMBER: Final = 30  # characters


def enclosures(parts: Parts, reader: Reader) -> tuple[Enclosure, ...]:
    """The files of an entry, each address once."""
    found: dict[str, Enclosure] = {}
    for name, attribute in (("enclosure", "url"), ("atom:link", "href"), ("media:content", "url")):
        for element in parts.get(name, ())[: 4 * _MOST_FILES]:
            if name == "atom:link" and element.get("rel", "").strip().lower() != "enclosure":
                continue
            url = reader.link(element, attribute) or reader.link(element, "href")
            if url and url not in found:
                kind = element.get("type") or element.get("medium") or ""
                length = whole_number(element.get("length") or element.get("fileSize") or "")
                found[url] = Enclosure(url, kind.strip().lower()[:_LONGEST_KIND], length)
    return tuple(found.values())[:_MOST_FILES]


def image(parts: Parts, reader: Reader, files: tuple[Enclosure, ...]) -> str | None:
    """The picture of an entry or of a feed."""
    thumbnail = reader.link(first(parts, "media:thumbnail"), "url")
    if thumbnail:
        return thumbnail
    for file in files:
        if file.kind.startswith("image"):
            return file.url
    pictured = first(parts, "itunes:image")
    if pictured is not None:
        return reader.link(pictured, "href") or reader.link(pictured)
    pictured = first(parts, "image", "atom:logo", "atom:icon")
    if pictured is None:
        return None
    if not len(pictured):
        return reader.link(pictured) or reader.link(pictured, "href")
    inner = first(reader.parts(pictured), "url")
    return reader.link(inner)


def comment_count(parts: Parts) -> int | None:
    """How many comments there are (slash:comments, thr:total)."""
    return whole_number(text(parts, "slash:comments", "thr:total"))


def place(parts: Parts, reader: Reader) -> tuple[float, float] | None:
    """Where it happened: GeoRSS simple and GML points, and the W3C's geo vocabulary."""
    point = text(parts, "georss:point")
    if not point:
        where = first(parts, "georss:where")
        inner = first(reader.parts(where), "gml:point") if where is not None else None
        point = text(reader.parts(inner), "gml:pos") if inner is not None else ""
    if not point:
        inner = first(parts, "geo:point")
        around = reader.parts(inner) if inner is not None else parts
        point = f"{text(around, 'geo:lat')} {text(around, 'geo:long', 'geo:lon')}"
    return place_of(point)


def place_of(point: str) -> tuple[float, float] | None:
    """The latitude and longitude in "52.5 13.4"; ``None`` where it is no place on Earth."""
    numbers = point.replace(",", " ").split()
    if len(numbers) != 2 or any(len(number) > _LONGEST_NUMBER for number in numbers):  # noqa: PLR2004
        return None
    try:
        latitude, longitude = map(float, numbers)
    except ValueError:
        return None
    is_on_earth = abs(latitude) <= _HIGHEST and abs(longitude) <= _WIDEST
    return (latitude, longitude) if is_on_earth else None


def whole_number(value: str) -> int | None:
    """``value`` as a number that is not negative, where it is one of a sane length."""
    value = value.strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 15 else None  # noqa: PLR2004
