"""Parts of what Slack sends. Pure: what is missing, or of another shape, is empty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]
"""One request of Slack's, its JSON read, or a part of one."""


def part_of(body: Body, name: str) -> Body:
    """An object in ``body``."""
    part = body.get(name)
    return part if isinstance(part, Mapping) else {}


def text_of(body: Body, name: str) -> str:
    """A text in ``body``."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def json_of(view: Body) -> Body:
    """What a view of ours remembers, in its private metadata."""
    try:
        known = json.loads(text_of(view, "private_metadata") or "{}")
    except ValueError:
        return {}
    return known if isinstance(known, dict) else {}
