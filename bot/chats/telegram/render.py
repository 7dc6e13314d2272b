"""A card in Telegram's terms: HTML that is always valid, within every limit. Pure.

    lines of pieces ──► text, entities and length counted ──► {"text", "parse_mode", …, "buttons"}

Buttons leave here as labels with their actions: what a press will carry depends on the chat it is sent
to, and is sealed there (buttons.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import regex

from bot.chats.adapter import Payload
from bot.chats.telegram.markup import JOINER, cut, escaped, units, unlinked, visible, web_address
from bot.conversation.card import Action, Button, Card, Line, Piece, Style

MOST_TEXT: Final = 4_096
"""UTF-16 units of a message's text, without its markup."""

MOST_CAPTION: Final = 1_024
"""The same, of the text beneath a picture."""

MOST_ENTITIES: Final = 100
"""Marked places in a message: further ones are ignored."""

MOST_BUTTONS: Final = 100
"""Buttons beneath a message."""

MOST_IN_ROW: Final = 8
"""Buttons side by side, by Telegram's rules."""

BUTTONS: Final = "buttons"
"""Where a payload has its rows of `Key`: what Telegram is told of them is known at the sending."""

_ROW: Final = 20  # letters side by side that a phone shows whole
_LABEL: Final = 40  # characters
_TAGS: Final = {Style.STRONG: "b", Style.MARK: "b", Style.DIM: "i", Style.CODE: "code"}
_LAST: Final = regex.compile(rf"{JOINER}(?=(?:</\w+>)*$)")  # behind a line's last letter
_NOTHING: Final = "…"  # Telegram refuses a message without a letter


@dataclass(frozen=True, slots=True)
class Key:
    """A button: what it says, and what it does or where it leads."""

    label: str
    does: Action | str


Rows = tuple[tuple[Key, ...], ...]


def render_card(
    card: Card, *, plain: bool = False, links: Sequence[Key] = (), most: int = MOST_TEXT
) -> Payload:
    """The card as arguments of sendMessage. ``links`` are buttons that lead somewhere.

    ``plain`` is without any markup. ``most`` is how long the text may be.
    """
    text = _Text(most, plain=plain).card(card)
    preview = None if plain else next(_links(card.lines[:1]), None)
    payload: dict[str, object] = {
        "text": text,
        "link_preview_options": {"url": preview} if preview else {"is_disabled": True},
        BUTTONS: rows(card.buttons, links),
    }
    if not plain:
        payload["parse_mode"] = "HTML"
    return payload


def rows(buttons: Sequence[Button], links: Sequence[Key] = ()) -> Rows:
    """Buttons in rows that a phone shows whole, as evenly filled as can be."""
    keys = [Key(_label(button.label), button.action) for button in buttons]
    keys = [*keys, *links][:MOST_BUTTONS]
    made: list[tuple[Key, ...]] = []
    row: list[Key] = []
    for key in keys:
        if row and (_length(row) + len(key.label) > _ROW or len(row) == MOST_IN_ROW):
            made.append(tuple(row))
            row = []
        row.append(key)
    if row:
        made.append(tuple(row))
    two = 2
    if len(made) == two and abs(len(made[0]) - len(made[1])) > 1:
        half = (len(keys) + 1) // two
        made = [tuple(keys[:half]), tuple(keys[half:])]
    return tuple(made)


def _length(row: Sequence[Key]) -> int:
    return sum(len(key.label) for key in row)


def _label(text: str) -> str:
    return cut(" ".join(visible(text).split()), _LABEL) or _NOTHING


def _links(lines: Sequence[Line]) -> Iterator[str]:
    for pieces in lines:
        for piece in pieces:
            url = web_address(piece.url)
            if url:
                yield url


class _Text:
    """Counts what is written: letters as Telegram counts them, and places that are marked."""

    def __init__(self, most: int, *, plain: bool) -> None:
        self._room = most
        self._entities = 0 if plain else MOST_ENTITIES
        self._plain = plain

    def card(self, card: Card) -> str:
        parts: list[str] = []
        for quoted, lines in groupby(card.lines, key=_is_quote):
            if self._room < 1:
                break
            these = list(lines)
            parts.append(self._quote(these) if quoted else self._lines(these))
        text = "\n".join(parts).strip("\n")
        return text if text.strip() else _NOTHING

    def _lines(self, lines: Sequence[Line]) -> str:
        made: list[str] = []
        for pieces in lines:
            made.append(_LAST.sub("", self._line(pieces)))
            self._room -= 1  # the end of the line
            if self._room < 1:
                break
        return "\n".join(made)

    def _quote(self, lines: Sequence[Line]) -> str:
        marked = self._may_mark()
        text = self._lines(lines)
        return f"<blockquote>{text}</blockquote>" if marked and text.strip() else text

    def _line(self, pieces: Line) -> str:
        if not pieces:
            return ""
        # A line's first blanks are for a terminal, where nothing else sets it apart.
        first = Piece(pieces[0].text.lstrip(" "), pieces[0].style, pieces[0].url)
        whole = (first, *pieces[1:])
        is_title = any(piece.style is Style.STRONG for piece in whole)
        return "".join(
            self._linked(list(run), web_address(url), is_title=is_title)
            for url, run in groupby(whole, key=lambda piece: piece.url)
        )

    def _linked(self, run: Sequence[Piece], url: str | None, *, is_title: bool) -> str:
        linked = url is not None and any(piece.text.strip() for piece in run) and self._may_mark()
        text = "".join(self._piece(piece, is_title=is_title) for piece in run)
        if url is None or self._plain:
            return text
        return f'<a href="{escaped(url)}">{text}</a>' if linked and text.strip() else text

    def _piece(self, piece: Piece, *, is_title: bool) -> str:
        tag = _TAGS.get(piece.style)
        wanted = tag is not None and bool(piece.text.strip())
        marked = wanted and self._may_mark()
        words = visible(piece.text)
        # What is to be typed is copied: it stays as it is, and Telegram looks for no links in it.
        whole = words if marked and tag == "code" else unlinked(words)
        kept = cut(whole, self._room)
        self._room -= units(kept)
        text = kept if self._plain else escaped(kept)
        if not marked or not kept.strip():
            return text
        if piece.style is Style.MARK and is_title and self._may_mark():
            text = f"<u>{text}</u>"
        after = ""
        if tag == "code" and self._room > 0:  # its last letters and what follows could make a link
            after, self._room = JOINER, self._room - 1
        return f"<{tag}>{text}</{tag}>{after}"

    def _may_mark(self) -> bool:
        self._entities -= 1
        return self._entities >= 0


def _is_quote(pieces: Line) -> bool:
    """Whether all of it is somebody else's, with or without words that matched."""
    styles = {piece.style for piece in pieces}
    return Style.QUOTE in styles and styles <= {Style.QUOTE, Style.MARK}
