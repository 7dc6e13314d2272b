"""Rendering of cards as Telegram HTML: always valid, and within all limits. Pure functions.

    lines of spans ──► HTML, with counted length and entities ──► {"text", "parse_mode", …, "buttons"}

Buttons leave this module as labels with actions. The adapter signs them for their chat when it sends.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit

import regex

from bot.chats.adapter import Payload
from bot.conversation.cards.card import Action, Button, Card, Line, Style, TextSpan

# Cleaning of text
#
# Telegram's HTML supports four named characters and a dozen tags; anything else makes the server refuse
# the message. The clients turn plain text such as @name, #tag, $CASH, /command, an address or an email
# into links. An invisible word joiner (U+2060) behind the sign prevents that.

JOINER: Final = "\u2060"
"""Character that prevents a link: it has no width and does not allow a line break."""

MAX_URL_CHARS: Final = 2_048
"""Characters of a URL behind a text."""

# Controls, direction marks, tag characters and private use carry no words, and hide or reorder text. The
# joiners U+200C and U+200D stay: Persian words and composed emoji need them.
_INVISIBLE: Final = regex.compile(
    r"[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\u2028\u2029--\u200c\u200d\n]",
    regex.VERSION1,
)
_REPEATED_JOINERS: Final = regex.compile(r"([\u200c\u200d])[\u200c\u200d]+")
# No script puts more than six marks on one letter.
_EXCESS_MARKS: Final = regex.compile(r"(\p{M}{6})\p{M}+")
_REPEATED_BLANKS: Final = regex.compile(r"[^\S\n]{3,}")
_LINK_SIGN: Final = regex.compile(r"[@#$/]")
# Also at the end of a text: the rest of an address may be in the next span.
_LINK_DOT: Final = regex.compile(r"\.(?=[^\s.]|$)")


def strip_invisible(text: str) -> str:
    """Return ``text`` in NFC, without characters that are invisible or reorder other characters."""
    visible = _REPEATED_JOINERS.sub(r"\1", _INVISIBLE.sub("", text.replace("\t", " ")))
    composed = unicodedata.normalize("NFC", _EXCESS_MARKS.sub(r"\1", visible))
    return _REPEATED_BLANKS.sub("  ", composed)


def prevent_autolinks(text: str) -> str:
    """Return ``text`` with joiners, so that the clients find no mention, tag, command or address."""
    return _LINK_DOT.sub(f".{JOINER}", _LINK_SIGN.sub(rf"\g<0>{JOINER}", text))


def truncate(text: str, max_units: int) -> str:
    """Return ``text`` in at most ``max_units`` UTF-16 units, cut between words if possible."""
    if utf16_length(text) <= max_units:
        return text
    if max_units < 1:
        return ""
    # One unit is for the ellipsis.
    graphemes, used = [], 1
    for grapheme in regex.finditer(r"\X", text[: max_units + 1]):
        used += utf16_length(grapheme[0])
        if used > max_units:
            break
        graphemes.append(grapheme[0])
    shortened = "".join(graphemes)
    last_space = shortened.rfind(" ")
    # Cut at the last word, unless that would drop more than half of the text.
    if last_space > len(shortened) // 2:
        shortened = shortened[:last_space]
    return shortened.rstrip() + "…"


def utf16_length(text: str) -> int:
    """Return the length as Telegram counts it: characters beyond U+FFFF count twice."""
    return len(text) + sum(char > "\uffff" for char in text)


def escape_html(text: str) -> str:
    """Return ``text`` with the characters escaped that have a meaning in Telegram's HTML."""
    return escape(text, quote=True).replace("&#x27;", "&#39;")


def web_address(url: str | None) -> str | None:
    """Return ``url`` if it is a web address of permitted length, else ``None``."""
    if url is None:
        return None
    url = strip_invisible(url).strip()
    if not url or len(url) > MAX_URL_CHARS or any(char.isspace() for char in url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and host else None


# Cards

MAX_TEXT_UTF16_UNITS: Final = 4_096
"""UTF-16 units of the text of a message, without markup."""

MAX_CAPTION_UTF16_UNITS: Final = 1_024
"""UTF-16 units of the caption of a picture or file, without markup."""

MAX_ENTITIES: Final = 100
"""Formatted ranges per message; Telegram ignores further ones."""

MAX_BUTTONS: Final = 100
"""Buttons per message."""

MAX_BUTTONS_PER_ROW: Final = 8
"""Buttons per row."""

BUTTONS: Final = "buttons"
"""Key of the button rows in a payload. They become a keyboard when the message is sent."""

# A phone shows labels of this length side by side without truncation.
_MAX_ROW_CHARS: Final = 20
_MAX_LABEL_UNITS: Final = 40
_TAGS: Final = {Style.STRONG: "b", Style.HIGHLIGHT: "b", Style.DIM: "i", Style.CODE: "code"}
# The joiner behind the last letter of a line is not needed.
_TRAILING_JOINER: Final = regex.compile(rf"{JOINER}(?=(?:</\w+>)*$)")
# Telegram refuses messages and labels without a visible character.
_EMPTY_TEXT: Final = "…"


@dataclass(frozen=True, slots=True)
class InlineButton:
    """A button: its label, and its action or URL."""

    label: str
    target: Action | str


Rows = tuple[tuple[InlineButton, ...], ...]


def render_card(
    card: Card,
    *,
    plain: bool = False,
    links: Sequence[InlineButton] = (),
    max_units: int = MAX_TEXT_UTF16_UNITS,
) -> Payload:
    """Return the card as arguments of sendMessage.

    ``plain`` renders without markup. ``links`` are additional buttons that open a URL. ``max_units`` is the
    maximum length of the text in UTF-16 units.
    """
    text = _CardWriter(max_units, plain=plain).write(card)
    # Only the title line is previewed: a list of items must not show the preview of one of them.
    preview_url = None if plain else next(_iter_urls(card.lines[:1]), None)
    payload: dict[str, object] = {
        "text": text,
        "link_preview_options": {"url": preview_url} if preview_url else {"is_disabled": True},
        BUTTONS: button_rows(card.buttons, links),
    }
    if not plain:
        payload["parse_mode"] = "HTML"
    return payload


def button_rows(buttons: Sequence[Button], links: Sequence[InlineButton] = ()) -> Rows:
    """Return the buttons in rows that fit on a phone, balanced if there are two rows."""
    all_buttons = [InlineButton(_clean_label(button.label), button.action) for button in buttons]
    all_buttons = [*all_buttons, *links][:MAX_BUTTONS]
    rows: list[tuple[InlineButton, ...]] = []
    row: list[InlineButton] = []
    for button in all_buttons:
        is_full = _label_length(row) + len(button.label) > _MAX_ROW_CHARS
        if row and (is_full or len(row) == MAX_BUTTONS_PER_ROW):
            rows.append(tuple(row))
            row = []
        row.append(button)
    if row:
        rows.append(tuple(row))
    two = 2
    if len(rows) == two and abs(len(rows[0]) - len(rows[1])) > 1:
        half = (len(all_buttons) + 1) // two
        rows = [tuple(all_buttons[:half]), tuple(all_buttons[half:])]
    return tuple(rows)


def _label_length(row: Sequence[InlineButton]) -> int:
    return sum(len(button.label) for button in row)


def _clean_label(text: str) -> str:
    return truncate(" ".join(strip_invisible(text).split()), _MAX_LABEL_UNITS) or _EMPTY_TEXT


def _iter_urls(lines: Sequence[Line]) -> Iterator[str]:
    for spans in lines:
        for span in spans:
            url = web_address(span.url)
            if url:
                yield url


class _CardWriter:
    """Writer of one text that counts its UTF-16 units and entities."""

    def __init__(self, max_units: int, *, plain: bool) -> None:
        self._units_left = max_units
        self._entities_left = 0 if plain else MAX_ENTITIES
        self._plain = plain

    def write(self, card: Card) -> str:
        parts: list[str] = []
        for is_quote, group in groupby(card.lines, key=_is_quote):
            if self._units_left < 1:
                break
            lines = list(group)
            parts.append(self._write_quote(lines) if is_quote else self._write_lines(lines))
        text = "\n".join(parts).strip("\n")
        return text if text.strip() else _EMPTY_TEXT

    def _write_lines(self, lines: Sequence[Line]) -> str:
        written: list[str] = []
        for spans in lines:
            written.append(_TRAILING_JOINER.sub("", self._write_line(spans)))
            # The line break is one unit.
            self._units_left -= 1
            if self._units_left < 1:
                break
        return "\n".join(written)

    def _write_quote(self, lines: Sequence[Line]) -> str:
        has_entity = self._use_entity()
        text = self._write_lines(lines)
        return f"<blockquote>{text}</blockquote>" if has_entity and text.strip() else text

    def _write_line(self, spans: Line) -> str:
        if not spans:
            return ""
        # Leading blanks are an indentation for the console. Telegram shows structure by markup.
        first = TextSpan(spans[0].text.lstrip(" "), spans[0].style, spans[0].url)
        line_spans = (first, *spans[1:])
        is_title = any(span.style is Style.STRONG for span in line_spans)
        return "".join(
            self._write_link(list(run), web_address(url), is_title=is_title)
            for url, run in groupby(line_spans, key=lambda span: span.url)
        )

    def _write_link(self, spans: Sequence[TextSpan], url: str | None, *, is_title: bool) -> str:
        has_text = any(span.text.strip() for span in spans)
        is_linked = url is not None and has_text and self._use_entity()
        text = "".join(self._write_span(span, is_title=is_title) for span in spans)
        if url is None or self._plain:
            return text
        return f'<a href="{escape_html(url)}">{text}</a>' if is_linked and text.strip() else text

    def _write_span(self, span: TextSpan, *, is_title: bool) -> str:
        tag = _TAGS.get(span.style)
        needs_entity = tag is not None and bool(span.text.strip())
        has_entity = needs_entity and self._use_entity()
        visible = strip_invisible(span.text)
        # People copy code, so it must not contain joiners. Telegram finds no links in code.
        unlinked = visible if has_entity and tag == "code" else prevent_autolinks(visible)
        shortened = truncate(unlinked, self._units_left)
        self._units_left -= utf16_length(shortened)
        text = shortened if self._plain else escape_html(shortened)
        if not has_entity or not shortened.strip():
            return text
        # The title is bold already: matched words in it are underlined too.
        if span.style is Style.HIGHLIGHT and is_title and self._use_entity():
            text = f"<u>{text}</u>"
        suffix = ""
        # The end of the code and the text behind it could form a link.
        if tag == "code" and self._units_left > 0:
            suffix, self._units_left = JOINER, self._units_left - 1
        return f"<{tag}>{text}</{tag}>{suffix}"

    def _use_entity(self) -> bool:
        """Count one entity; return False if the message has too many already."""
        self._entities_left -= 1
        return self._entities_left >= 0


def _is_quote(spans: Line) -> bool:
    """Return True if the whole line is a quotation, with or without highlighted matches."""
    styles = {span.style for span in spans}
    return Style.QUOTE in styles and styles <= {Style.QUOTE, Style.HIGHLIGHT}
