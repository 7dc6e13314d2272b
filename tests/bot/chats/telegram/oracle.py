"""TDLib as the reference: Telegram's own parser of HTML, and its search for links in plain text."""

from __future__ import annotations

import json

try:
    import tdjson
except ImportError:  # an optional dependency of the tests
    tdjson = None

IS_AVAILABLE = tdjson is not None
AUTOMATIC_ENTITIES = {
    "textEntityTypeMention",
    "textEntityTypeHashtag",
    "textEntityTypeCashtag",
    "textEntityTypeBotCommand",
    "textEntityTypeUrl",
    "textEntityTypeEmailAddress",
}
# The clients find no further links inside these entities.
_OPAQUE_ENTITIES = {"textEntityTypeCode", "textEntityTypePre", "textEntityTypeTextUrl"}


def _execute(**request) -> dict:
    return json.loads(tdjson.td_execute(json.dumps(request).encode()))


def silence_log() -> None:
    """Turn off the log of TDLib."""
    _execute(**{"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})


def parse_html(text: str) -> dict:
    """Return the `text` and `entities` of an HTML text, or an error with its `message`."""
    mode = {"@type": "textParseModeHTML"}
    return _execute(**{"@type": "parseTextEntities", "text": text, "parse_mode": mode})


def find_unintended_links(parsed: dict) -> list[str]:
    """Return the texts that the clients turn into links, outside of intended links and code."""
    opaque_ranges = [
        (entity["offset"], entity["offset"] + entity["length"])
        for entity in parsed["entities"]
        if entity["type"]["@type"] in _OPAQUE_ENTITIES
    ]
    encoded = parsed["text"].encode("utf-16-le")
    entities = _execute(**{"@type": "getTextEntities", "text": parsed["text"]})["entities"]
    texts = []
    for entity in entities:
        begin, end = entity["offset"], entity["offset"] + entity["length"]
        is_opaque = any(start <= begin and end <= stop for start, stop in opaque_ranges)
        if entity["type"]["@type"] in AUTOMATIC_ENTITIES and not is_opaque:
            texts.append(encoded[2 * begin : 2 * end].decode("utf-16-le"))
    return texts
