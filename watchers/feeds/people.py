"""Who wrote an entry, in the many ways feeds have to say so."""

from __future__ import annotations

import re
from typing import Final

from watchers.feeds.parts import Element, Parts, Reader, text, text_of

_WRITERS: Final = ("atom:author", "dc:creator", "author", "itunes:author", "media:credit")
# Each part has one way to match: the first "@" ends the mail's name, and the closing sign is looked at
# behind a part that gives nothing back.
_MAIL_AND_NAME: Final = re.compile(r"\S[^\s@]{0,199}+@\S{1,200} ?\((.{2,201}+)(?<=\))\Z")
_NAME_AND_MAIL: Final = re.compile(
    r"(.{1,200}?) ?[<(]mailto:?\S{2,201}+(?<=[>)])\Z"
    r"|(.{1,200}?) ?<\S[^\s@]{0,199}+@\S{2,201}+(?<=>)\Z"
)
_MOST: Final = 20
_LONGEST: Final = 200  # characters


def authors(parts: Parts, reader: Reader) -> tuple[str, ...]:
    """The writers as printed, each once, by the first vocabulary that names any."""
    for name in _WRITERS:
        found = dict.fromkeys(
            person
            for element in parts.get(name, ())[:_MOST]
            if (person := _person(element, reader))
        )
        if found:
            return tuple(found)
    return ()


def _person(element: Element, reader: Reader) -> str:
    if len(element):
        inner = reader.parts(element)
        return text(inner, "atom:name", "name", "itunes:name", "atom:email", "email")[:_LONGEST]
    return person(text_of(element))


def person(line: str) -> str:
    """The name in "mail@example.org (Name)" or "Name <mail@example.org>"; else the line itself."""
    line = line[: 2 * _LONGEST]
    both = _MAIL_AND_NAME.match(line)
    if both:
        return both[1][:-1].strip()
    named = _NAME_AND_MAIL.match(line)
    return (named[1] or named[2] if named else line).strip(' "')[:_LONGEST]
