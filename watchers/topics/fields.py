"""The fields of the topic language, by every name people know them by."""

from __future__ import annotations

from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

FIELDS: Final = MappingProxyType(
    {
        "title": "title",
        "intitle": "title",  # Google
        "headline": "title",
        "body": "body",
        "intext": "body",  # Google
        "lang": "lang",
        "language": "lang",
        "source": "source",
        "site": "source",  # Google, Talkwalker
        "domain": "source",
        "author": "author",
        "byline": "author",
        "country": "country",
        "sourcecountry": "country",  # Talkwalker
        "tag": "tag",
        "category": "tag",
        "exact": "exact",  # the words as they are: no inflections
    }
)
"""What may stand before a colon, and the field it means."""

_INSTEAD: Final = MappingProxyType(
    {
        "allintitle": "Write title:(word word).",
        "inurl": "Addresses are not searched; name the source instead: source:reuters.com.",
        "ingress": "The lead is searched with the text: body:word.",  # Meltwater
        "lead": "The lead is searched with the text: body:word.",
        "text": "The text is searched with the lead: body:word.",
        "content": "Write body:word.",
        "location": "Where a source is from is country:kr; a place in the news is just a word.",
        "before": "An alert is about what is new; leave dates out.",
        "after": "An alert is about what is new; leave dates out.",
        "when": "An alert is about what is new; leave dates out.",
        "filetype": "Files are not told apart; leave it out.",
        "related": "Name the sources themselves: source:(a OR b).",
        "cache": "Leave it out.",
        "http": 'To follow a site write source:example.org; to find the words, put them in "quotes".',
        "https": 'To follow a site write source:example.org; to find the words, put them in "quotes".',
    }
)

NAMES: Final = "title: body: lang: source: author: country: tag: exact:"


def advice(name: str) -> str:
    """What to write instead of the unknown field ``name``."""
    if name in _INSTEAD:
        return _INSTEAD[name]
    close = get_close_matches(name, FIELDS, n=1)
    meant = f"Did you mean {close[0]}:? " if close else ""
    return f"{meant}There are {NAMES}. To find the word itself, leave the colon out."
