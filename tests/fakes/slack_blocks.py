"""Check blocks by Slack's model classes and by the published rules that those classes do not check."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

_STYLES = {"bold", "italic", "strike", "code", "underline"}


def problem_of(blocks: list[dict[str, Any]], *, max_blocks: int = 50) -> str:
    """Return why Slack would reject these blocks, or ""."""
    if len(blocks) > max_blocks:
        return f"no more than {max_blocks} blocks"
    try:
        for block in blocks:
            parsed = Block.parse(block)
            if parsed is None:
                return f"unknown block {block.get('type')}"
            parsed.to_dict()
            problem = _problem(block)
            if problem:
                return problem
    except SlackObjectFormationError as error:
        return str(error)
    ids = [block["block_id"] for block in blocks if block.get("block_id")]
    if len(ids) != len(set(ids)):
        return "block_id is not unique"
    return ""


def problem_of_view(view: dict[str, Any]) -> str:
    """Return why Slack would reject this view, or ""."""
    try:
        View(**view).to_dict()
    except (SlackObjectFormationError, TypeError) as error:
        return str(error)
    if len(view.get("private_metadata", "")) > 3_000 or len(json.dumps(view)) > 250_000:
        return "view_too_large"
    if view["type"] == "modal" and len(view["title"]["text"]) > 24:
        return "title too long"
    return problem_of(view["blocks"], max_blocks=100)


def texts_of(part: Any) -> list[tuple[str, str]]:
    """Return every text in blocks, with the type of the object that contains it."""
    if isinstance(part, list):
        return [text for element in part for text in texts_of(element)]
    if not isinstance(part, dict):
        return []
    own = [(str(part.get("type")), part["text"])] if isinstance(part.get("text"), str) else []
    return own + [text for value in part.values() for text in texts_of(value)]


def links_of(part: Any) -> list[str]:
    """Return the URL of every link in blocks."""
    if isinstance(part, list):
        return [url for element in part for url in links_of(element)]
    if not isinstance(part, dict):
        return []
    own = [part["url"]] if isinstance(part.get("url"), str) else []
    return own + [url for value in part.values() for url in links_of(value)]


def _problem(block: dict[str, Any]) -> str:
    for _, text in texts_of(block):
        if not text:
            return "must be more than 0 characters"
        if any("\ud800" <= char <= "\udfff" for char in text):
            return "invalid_json"
    for url in links_of(block):
        parts = urlsplit(url)
        if len(url) > 3_000 or parts.scheme not in {"http", "https"} or not parts.hostname:
            return f"invalid url {url!r}"
    check = {"rich_text": _rich, "context": _context, "actions": _actions}.get(block["type"])
    return check(block) if check else ""


def _context(block: dict[str, Any]) -> str:
    return "" if 1 <= len(block["elements"]) <= 10 else "context has 1 to 10 elements"


def _actions(block: dict[str, Any]) -> str:
    ids = [element["action_id"] for element in block["elements"]]
    if not 1 <= len(ids) <= 25 or len(ids) != len(set(ids)):
        return "actions has 1 to 25 elements of different ids"
    for element in block["elements"]:
        if not 1 <= len(element["text"]["text"]) <= 75:
            return "a button's label has 1 to 75 characters"
        if not 1 <= len(element.get("value", "x")) <= 2_000:
            return "a button's value has 1 to 2,000 characters"
    return ""


def _rich(block: dict[str, Any]) -> str:
    if not block["elements"]:
        return "rich_text needs elements"
    for section in block["elements"]:
        if section["type"] not in {"rich_text_section", "rich_text_quote"}:
            return f"unknown {section['type']}"
        if not section["elements"]:
            return "a section needs elements"
        for element in section["elements"]:
            if element["type"] not in {"text", "link"} or set(element.get("style", {})) - _STYLES:
                return f"unknown element {element}"
    return ""
