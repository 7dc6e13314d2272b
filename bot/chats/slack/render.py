"""Render a card as a Slack message: rich text, context blocks and buttons. Pure.

lines ──► cleaned spans ──► runs of lines ──► rich_text ─┐
                            dim lines ──────► context ───┼──► {text, blocks, …}
buttons ───────────────────────────────────► actions ────┘

Foreign text stands only in `rich_text` and `plain_text`, which have no markup. The fallback text, shown
in notifications, is escaped. A card beyond Slack's limits loses lines at its end and says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import dropwhile, groupby
from typing import Any, Final
from urllib.parse import urlsplit

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
from bot.conversation.cards.card import Action, Card, Line, Style, TextSpan
from watchers.text.clean import clean_text, truncate

COMMAND: Final = "/tocsin"
"""The slash command of the manifest. The bot's own commands are its first argument."""

MAX_BLOCKS: Final = 50
"""The limit that Slack sets for a message."""

MAX_BLOCKS_CHARS: Final = 12_500
"""The limit for all blocks as JSON. Slack publishes none, and rejects messages from about 13,200 on."""

QUESTION_BLOCK_ID: Final = "ask"
"""The prefix of the block ID for buttons that answer a question."""

ACTIONS_BLOCK_ID: Final = "act"
"""The prefix of the block ID for all other buttons."""

MAX_URL_CHARS: Final = 3_000
"""The limit that Slack sets for a link in a block."""

# Slack recommends at most 4,000 characters for the fallback text.
_MAX_FALLBACK_CHARS: Final = 3_900
# An element of a context block takes 3,000 characters.
_MAX_SPAN_CHARS: Final = 2_900
_MAX_LABEL_CHARS: Final = 75
_MAX_VALUE_CHARS: Final = 2_000
_MAX_BUTTONS_PER_BLOCK: Final = 25
# The size of a button as JSON, without its label and value.
_BUTTON_OVERHEAD_CHARS: Final = 120
# Lines differ in length, so a line is cut to less than its computed share.
_CUT_MARGIN: Final = 0.9

_CUT_LINE: Final = (TextSpan("… the rest is too long for one message", Style.DIM),)
_BUTTON_LEFT_OUT_LINE: Final = (
    TextSpan("A topic this long fits no button: type the command.", Style.DIM),
)
# The command /invite is Slack's own and gets no prefix.
_TYPED_COMMAND: Final = regex.compile(r"^/(?=\p{L})(?!invite\b)")
_UNSAFE_URL_CHARS: Final = regex.compile(r"[\s<>\"|\\^`{}\p{Cc}\p{Cf}\p{Cs}]")
_SLASHES_AFTER_SCHEME: Final = regex.compile(r"(?<=:)//")


# ── messages and blocks ──────────────────────────────────────────────────────────────────────────


def render_card(card: Card, *, plain: bool = False) -> Payload:
    """Return the card as arguments of chat.postMessage, without blocks if ``plain`` is True."""
    text = _fallback_text(card)
    # No link previews, and no mentions or links made from foreign text.
    options = {"unfurl_links": False, "unfurl_media": False, "parse": "none", "mrkdwn": False}
    if plain:
        return {"text": text, **options}
    return {"text": text, "blocks": card_blocks(card), **options}


def card_blocks(
    card: Card,
    *,
    scope: str = "",
    max_blocks: int = MAX_BLOCKS,
    max_chars: int = MAX_BLOCKS_CHARS,
) -> list[dict[str, Any]]:
    """Return the card as blocks within the limits.

    ``scope`` keeps block IDs unique if a view contains several cards.
    """
    button_rows, has_left_out = _button_rows(card, scope, max_chars // 2)
    lines = [_clean_line(line) for line in card.lines]
    if has_left_out:
        lines.append(_BUTTON_LEFT_OUT_LINE)
    max_line_blocks = max_blocks - len(button_rows)
    max_line_chars = max_chars - _json_chars(button_rows)
    line_blocks = _line_blocks(lines, max_line_blocks)
    while _json_chars(line_blocks) > max_line_chars and lines:
        excess = _json_chars(line_blocks) / max_line_chars
        lines = [*_shorten(lines, excess), _CUT_LINE]
        line_blocks = _line_blocks(lines, max_line_blocks)
    return [*line_blocks, *button_rows]


def plain_text(text: str) -> PlainTextObject:
    """Return ``text`` as an object that Slack shows literally."""
    return PlainTextObject(text=text, emoji=False)


def _fallback_text(card: Card) -> str:
    lines = ("".join(_span_text(span) for span in line).rstrip() for line in card.lines)
    text = prevent_autolinks("\n".join(lines)).strip()
    # Slack rejects a message with an empty text.
    return escape_truncated(text, _MAX_FALLBACK_CHARS) or "…"


def _json_chars(blocks: Sequence[Mapping[str, Any]]) -> int:
    # Slack does not document how it counts, so count every character that an encoder may escape.
    text = json.dumps(blocks)
    return len(text) + text.count("/")


# ── lines ────────────────────────────────────────────────────────────────────────────────────────


def _clean_line(line: Line) -> Line:
    """Return the line without invisible characters and empty spans."""
    spans = (replace(span, text=truncate(_span_text(span), _MAX_SPAN_CHARS)) for span in line)
    return tuple(span for span in spans if span.text)


def _span_text(span: TextSpan) -> str:
    text = strip_invisible(span.text)
    return _TYPED_COMMAND.sub(f"{COMMAND} ", text) if span.style is Style.CODE else text


def _shorten(lines: Sequence[Line], excess: float) -> list[Line]:
    """Return about 1 / ``excess`` of the lines, or a shorter line if there is only one."""
    content = [line for line in lines if line is not _CUT_LINE]
    if len(content) > 1:
        return content[: max(1, min(len(content) - 1, int(len(content) / excess)))]
    if not content:
        return []
    total_chars = sum(len(span.text) for span in content[0])
    room = int(total_chars / excess * _CUT_MARGIN)
    spans: list[TextSpan] = []
    for span in content[0]:
        if room > 1:
            # A link counts toward the size, so a cut span loses its link.
            spans.append(replace(span, text=truncate(span.text, room), url=None))
            room -= len(span.text)
    return [tuple(spans)] if spans and total_chars else []


def _line_blocks(lines: Sequence[Line], max_blocks: int) -> list[dict[str, Any]]:
    """Return consecutive dim lines as context blocks and all others as rich text."""
    runs = [(is_dim, list(run)) for is_dim, run in groupby(lines, _is_dim)]
    if len(runs) > max_blocks:
        # Too many alternations: show dim lines as normal text.
        runs = [(False, list(lines))]
    blocks: list[Block] = []
    for is_dim, run in runs:
        if not is_dim:
            blocks.extend(_rich_text_blocks(run))
            continue
        text = "\n".join("".join(span.text for span in line).strip() for line in run)
        if text:
            blocks.append(ContextBlock(elements=[plain_text(truncate(text, _MAX_SPAN_CHARS))]))
    return [block.to_dict() for block in blocks]


def _is_dim(line: Line) -> bool:
    """Return True if all visible text of the line is dim and none of it is a link."""
    spans = [span for span in line if span.text.strip()]
    return bool(spans) and all(span.style is Style.DIM and not span.url for span in spans)


def _rich_text_blocks(lines: Sequence[Line]) -> Iterator[Block]:
    elements: list[RichTextElement] = []
    for is_quote, run in groupby(lines, _is_quote):
        parts = list(_rich_text_parts(list(run)))
        if parts:
            element_type = RichTextQuoteElement if is_quote else RichTextSectionElement
            elements.append(element_type(elements=parts))
    if elements:
        yield RichTextBlock(elements=elements)


def _is_quote(line: Line) -> bool:
    return any(span.style is Style.QUOTE for span in line)


def _rich_text_parts(lines: Sequence[Line]) -> Iterator[RichTextElement]:
    for number, line in enumerate(lines):
        is_title = any(span.style is Style.STRONG for span in line)
        # Indentation aligns text in a monospaced terminal; Slack uses a proportional font.
        for span in dropwhile(lambda span: not span.text.strip(), line):
            yield _rich_text_part(span, is_title=is_title)
        # A leading empty line would only add space above the text.
        if number < len(lines) - 1 and (line or number):
            yield RichTextElementParts.Text(text="\n")


def _rich_text_part(span: TextSpan, *, is_title: bool) -> RichTextElement:
    style = _text_style(span.style, is_title=is_title)
    url = safe_url(span.url)
    if url is not None:
        return RichTextElementParts.Link(url=url, text=span.text, style=style)
    return RichTextElementParts.Text(text=span.text, style=style)


def _text_style(style: Style, *, is_title: bool) -> RichTextElementParts.TextStyle | None:
    match style:
        case Style.STRONG:
            return RichTextElementParts.TextStyle(bold=True)
        case Style.HIGHLIGHT:
            # A title is already bold, so italics make the highlight visible there.
            return RichTextElementParts.TextStyle(bold=True, italic=True if is_title else None)
        case Style.CODE:
            return RichTextElementParts.TextStyle(code=True)
        case _:
            return None


# ── buttons ──────────────────────────────────────────────────────────────────────────────────────


def _button_rows(card: Card, scope: str, max_chars: int) -> tuple[list[dict[str, Any]], bool]:
    """Return the buttons as actions blocks, and True if a button was too long and left out."""
    block_id = QUESTION_BLOCK_ID if card.is_question else ACTIONS_BLOCK_ID
    elements: list[ButtonElement] = []
    room = max_chars
    for number, button in enumerate(card.buttons):
        value = button_value(button.action)
        if len(value) > _MAX_VALUE_CHARS:
            continue
        label = truncate(strip_invisible(button.label).strip() or "…", _MAX_LABEL_CHARS)
        element = ButtonElement(
            text=plain_text(label),
            action_id=f"{button.action.verb}#{number}",
            value=value or None,
        )
        size = _BUTTON_OVERHEAD_CHARS + len(json.dumps([button.label[:_MAX_LABEL_CHARS], value]))
        if size <= room:
            room -= size
            elements.append(element)
    rows = [
        ActionsBlock(
            elements=elements[start : start + _MAX_BUTTONS_PER_BLOCK],
            block_id=f"{block_id}:{scope}:{start}",
        )
        for start in range(0, len(elements), _MAX_BUTTONS_PER_BLOCK)
    ]
    return [row.to_dict() for row in rows], len(elements) < len(card.buttons)


def button_value(action: Action) -> str:
    """Return the value of a button; the verb of the action is in the button's action ID."""
    if not action.item and not action.chat:
        return action.argument
    return json.dumps([action.argument, action.item, action.chat], ensure_ascii=False)


def parse_button_action(action_id: str, value: str) -> Action:
    """Return the action of a button that a user pressed."""
    verb = action_id.partition("#")[0]
    if not value.startswith('["'):
        return Action(verb, value)
    # An argument typed by a user may also begin with ``["``.
    try:
        argument, item, chat = json.loads(value)
    except ValueError:
        return Action(verb, value)
    return Action(verb, str(argument), str(item), str(chat))


# ── foreign text ─────────────────────────────────────────────────────────────────────────────────


def escape(text: str) -> str:
    """Return ``text`` with all Slack markup escaped."""
    # Mentions (<!channel>) and links (<url|label>) begin with "<", so nothing else needs an escape. Source:
    # "Formatting text for app surfaces" in Slack's documentation.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_truncated(text: str, limit: int) -> str:
    """Return the escaped text in at most ``limit`` characters, never cut inside an entity."""
    escaped = escape(text)
    if len(escaped) <= limit:
        return escaped
    cut = escaped[: limit - 1]
    # The longest entity, "&amp;", starts at most four characters before the cut.
    ampersand = cut.rfind("&", max(0, len(cut) - 4))
    if ampersand >= 0 and ";" not in cut[ampersand:]:
        cut = cut[:ampersand]
    return cut + "…"


def prevent_autolinks(text: str) -> str:
    """Return ``text`` with a word joiner in each URL, so that Slack does not turn URLs into links."""
    return _SLASHES_AFTER_SCHEME.sub("\u2060//", text)


def strip_invisible(text: str) -> str:
    """Return ``text`` on one line, without control and invisible characters."""
    return clean_text(text).replace("\n", " ").replace("\t", " ")


def safe_url(url: str | None) -> str | None:
    """Return ``url`` if it is an HTTP URL that Slack accepts as a link, else None."""
    if not url or len(url) > MAX_URL_CHARS or _UNSAFE_URL_CHARS.search(url):
        return None
    try:
        parts = urlsplit(url)
        is_valid_port = parts.port is None or parts.port > 0
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not is_valid_port:
        return None
    return url
