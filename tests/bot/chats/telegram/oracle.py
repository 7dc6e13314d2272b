"""TDLib as the judge: Telegram's own reader of HTML, and its own search for links in plain text."""

from __future__ import annotations

import json

try:
    import tdjson
except ImportError:  # it comes with nothing else
    tdjson = None

IS_HERE = tdjson is not None
OF_THEIR_OWN = {
    "textEntityTypeMention",
    "textEntityTypeHashtag",
    "textEntityTypeCashtag",
    "textEntityTypeBotCommand",
    "textEntityTypeUrl",
    "textEntityTypeEmailAddress",
}
_SILENT_IN = {"textEntityTypeCode", "textEntityTypePre", "textEntityTypeTextUrl"}


def _ask(**request) -> dict:
    return json.loads(tdjson.td_execute(json.dumps(request).encode()))


def quiet() -> None:
    _ask(**{"@type": "setLogVerbosityLevel", "new_verbosity_level": 0})


def read_html(text: str) -> dict:
    """Telegram's reading of an HTML text: its `text` and `entities`, or an error's `message`."""
    mode = {"@type": "textParseModeHTML"}
    return _ask(**{"@type": "parseTextEntities", "text": text, "parse_mode": mode})


def strays(read: dict) -> list[str]:
    """The mentions, tags, commands, mails and addresses that nobody has meant."""
    meant = [
        (one["offset"], one["offset"] + one["length"])
        for one in read["entities"]
        if one["type"]["@type"] in _SILENT_IN
    ]
    units = read["text"].encode("utf-16-le")
    found = _ask(**{"@type": "getTextEntities", "text": read["text"]})["entities"]
    return [
        units[2 * one["offset"] : 2 * (one["offset"] + one["length"])].decode("utf-16-le")
        for one in found
        if one["type"]["@type"] in OF_THEIR_OWN
        and not any(
            start <= one["offset"] and one["offset"] + one["length"] <= end for start, end in meant
        )
    ]
