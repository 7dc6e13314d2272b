"""A card as Slack shows it: rich text, small print, buttons. Pure, and within every limit.

lines ──► pieces, cleaned ──► runs of lines ──► rich_text ─┐
                              small print ────► context ───┼──► {text, blocks, …}
buttons ───────────────────────────────────► actions ──────┘

Words of others stand in `rich_text` and `plain_text`, where nothing is markup. The fallback text, which
notifications show, is escaped. A card that is too long loses lines at its end, and says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import dropwhile, groupby
from typing import Any, Final

import regex
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    PlainTextObject,
    RichTextBlock,
    RichTextElement,
    RichTextElementParts,
    RichTextQuoteElement,
    RichTextSectionElement,
)

from bot.chats.adapter import Payload
from bot.chats.slack.markup import escaped, safe_url, unlinked, visible
from bot.conversation.card import Action, Card, Line, Piece, Style
from watchers.text.clean import shorten

COMMAND: Final = "/tocsin"
"""The slash command of the manifest: our own commands are its first words."""

MOST_BLOCKS: Final = 50
"""Blocks of a message."""

MOST_CHARACTERS: Final = 12_500
"""Characters of all blocks as JSON. Slack names no figure and refuses from some 13,200 on."""

_TEXT: Final = 3_900  # characters of the fallback; Slack advises 4,000
_PIECE: Final = 2_900  # of one run of text; a context's element takes 3,000
_LABEL: Final = 75
_VALUE: Final = 2_000
_ROW: Final = 25  # buttons in a row
_BUTTON: Final = 120  # characters of a button as JSON, beside its label and value

ASKS: Final = "ask"
ACTS: Final = "act"
"""How the block ids of a question's buttons begin, and those of all others."""

_CUT: Final = (Piece("… the rest is too long for one message", Style.DIM),)
_TOO_LONG: Final = (Piece("A topic this long fits no button: type the command.", Style.DIM),)
_TO_TYPE: Final = regex.compile(r"^/(?=\p{L})(?!invite\b)")  # that one is Slack's own


def render_card(card: Card, *, plain: bool = False) -> Payload:
    """The card as the arguments of chat.postMessage. ``plain``: as text alone."""
    text = _fallback(card)
    # Nothing is unfurled, and names and addresses in words of others are left as words.
    quiet = {"unfurl_links": False, "unfurl_media": False, "parse": "none", "mrkdwn": False}
    if plain:
        return {"text": text, **quiet}
    return {"text": text, "blocks": blocks_of(card), **quiet}


def blocks_of(
    card: Card,
    *,
    scope: str = "",
    most_blocks: int = MOST_BLOCKS,
    most_characters: int = MOST_CHARACTERS,
) -> list[dict[str, Any]]:
    """The card as blocks; ``scope`` tells its buttons from those of other cards in one view."""
    rows, left_out = _rows(card, scope, most_characters // 2)
    lines = [_visible(line) for line in card.lines]
    if left_out:
        lines.append(_TOO_LONG)
    room = most_characters - _size(rows)
    made = _lines(lines, most=most_blocks - len(rows))
    while _size(made) > room and lines:
        lines = [*_shorter(lines, _size(made) / room), _CUT]
        made = _lines(lines, most=most_blocks - len(rows))
    return [*made, *rows]


def plain_lines(card: Card) -> str:
    """The card's words alone, a line each."""
    return "\n".join("".join(_words(piece) for piece in line).rstrip() for line in card.lines)


# ── lines ────────────────────────────────────────────────────────────────────────────────────────


def _visible(line: Line) -> Line:
    pieces = (replace(piece, text=shorten(_words(piece), _PIECE)) for piece in line)
    return tuple(piece for piece in pieces if piece.text)


def _words(piece: Piece) -> str:
    text = visible(piece.text)
    return _TO_TYPE.sub(f"{COMMAND} ", text) if piece.style is Style.CODE else text


def _shorter(lines: Sequence[Line], over: float) -> list[Line]:
    """Fewer lines, or one shorter line: by about as much as it is over, at the end."""
    kept = [line for line in lines if line is not _CUT]
    if len(kept) > 1:
        return kept[: max(1, min(len(kept) - 1, int(len(kept) / over)))]
    whole = sum(len(piece.text) for piece in kept[0]) if kept else 0
    room = int(whole / over * 0.9)
    short: list[Piece] = []
    for piece in kept[0] if kept else ():
        if room > 1:
            short.append(replace(piece, text=shorten(piece.text, room), url=None))
            room -= len(piece.text)
    return [tuple(short)] if short and whole else []


def _lines(lines: Sequence[Line], *, most: int) -> list[dict[str, Any]]:
    groups = [(small, list(run)) for small, run in groupby(lines, _is_small)]
    if len(groups) > most:  # small print does not get blocks of its own
        groups = [(False, list(lines))]
    blocks: list[Block] = []
    for small, run in groups:
        if not small:
            blocks.extend(_rich(run))
            continue
        text = "\n".join("".join(piece.text for piece in line).strip() for line in run)
        if text:
            blocks.append(ContextBlock(elements=[_plain(shorten(text, _PIECE))]))
    return [block.to_dict() for block in blocks]


def _is_small(line: Line) -> bool:
    """Whether all it says is said by the way."""
    words = [piece for piece in line if piece.text.strip()]
    return bool(words) and all(piece.style is Style.DIM and not piece.url for piece in words)


def _rich(lines: Sequence[Line]) -> Iterator[Block]:
    elements: list[RichTextElement] = []
    for is_quote, run in groupby(lines, _is_quote):
        parts = list(_parts(list(run)))
        if parts:
            kind = RichTextQuoteElement if is_quote else RichTextSectionElement
            elements.append(kind(elements=parts))
    if elements:
        yield RichTextBlock(elements=elements)


def _is_quote(line: Line) -> bool:
    return any(piece.style is Style.QUOTE for piece in line)


def _parts(lines: Sequence[Line]) -> Iterator[RichTextElement]:
    for number, line in enumerate(lines):
        is_title = any(piece.style is Style.STRONG for piece in line)
        # An indent is for screens with letters of one width; here it would be one of the first row.
        for piece in dropwhile(lambda piece: not piece.text.strip(), line):
            yield _part(piece, is_title=is_title)
        if number < len(lines) - 1 and (line or number):  # an empty line parts two others
            yield RichTextElementParts.Text(text="\n")


def _part(piece: Piece, *, is_title: bool) -> RichTextElement:
    style = _style(piece.style, is_title=is_title)
    url = safe_url(piece.url)
    if url is not None:
        return RichTextElementParts.Link(url=url, text=piece.text, style=style)
    return RichTextElementParts.Text(text=piece.text, style=style)


def _style(style: Style, *, is_title: bool) -> RichTextElementParts.TextStyle | None:
    match style:
        case Style.STRONG:
            return RichTextElementParts.TextStyle(bold=True)
        case Style.MARK:  # in a title, all is bold
            return RichTextElementParts.TextStyle(bold=True, italic=True if is_title else None)
        case Style.CODE:
            return RichTextElementParts.TextStyle(code=True)
        case _:
            return None


# ── buttons ──────────────────────────────────────────────────────────────────────────────────────


def _rows(card: Card, scope: str, most_characters: int) -> tuple[list[dict[str, Any]], bool]:
    """Its buttons in rows, and whether some are too long to be among them."""
    kind = ASKS if card.asks else ACTS
    made: list[ButtonElement] = []
    room = most_characters
    for number, button in enumerate(card.buttons):
        value = value_of(button.action)
        if len(value) > _VALUE:
            continue
        element = ButtonElement(
            text=_plain(shorten(visible(button.label).strip() or "…", _LABEL)),
            action_id=f"{button.action.verb}#{number}",
            value=value or None,
        )
        size = _BUTTON + len(json.dumps([button.label[:_LABEL], value]))
        if size <= room:
            room -= size
            made.append(element)
    rows = [
        ActionsBlock(elements=made[start : start + _ROW], block_id=f"{kind}:{scope}:{start}")
        for start in range(0, len(made), _ROW)
    ]
    return [row.to_dict() for row in rows], len(made) < len(card.buttons)


def value_of(action: Action) -> str:
    """What a button carries: its verb is in its id."""
    if not action.item and not action.chat:
        return action.argument
    return json.dumps([action.argument, action.item, action.chat], ensure_ascii=False)


def action_of(action_id: str, value: str) -> Action:
    """The action behind a button that was pressed."""
    verb = action_id.partition("#")[0]
    if not value.startswith('["'):
        return Action(verb, value)
    try:
        argument, item, chat = json.loads(value)
    except ValueError:
        return Action(verb, value)
    return Action(verb, str(argument), str(item), str(chat))


# ── small things ─────────────────────────────────────────────────────────────────────────────────


def _plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)


def _fallback(card: Card) -> str:
    return escaped(unlinked(plain_lines(card)).strip(), _TEXT) or "…"


def _size(blocks: Sequence[Mapping[str, Any]]) -> int:
    # As JSON with everything escaped that an encoder may escape: nobody says how Slack counts.
    said = json.dumps(blocks)
    return len(said) + said.count("/")
