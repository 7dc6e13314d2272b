"""The names of fields: those of this language, and those of other services with their meaning here."""

from __future__ import annotations

from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

FIELD_ALIASES: Final = MappingProxyType(
    {
        "title": "title",
        # Google
        "intitle": "title",
        "headline": "title",
        "body": "body",
        # Google, Bing
        "intext": "body",
        "inbody": "body",
        "lang": "lang",
        "language": "lang",
        # GDELT
        "sourcelang": "lang",
        "source": "source",
        # Google, Talkwalker
        "site": "source",
        "domain": "source",
        # GDELT, Talkwalker
        "domainis": "source",
        "domainurl": "source",
        # Google, Brandwatch, Feedly: only with a host as the value.
        "url": "source",
        "inurl": "source",
        "links": "source",
        "website": "source",
        "author": "author",
        "byline": "author",
        "country": "country",
        # Talkwalker
        "sourcecountry": "country",
        # Cision
        "tk_location": "country",
        "tag": "tag",
        "category": "tag",
        # Not fields of an item: "exact" turns inflections off, "cased" compares exact letters.
        "exact": "exact",
        "cased": "cased",
    }
)
"""Each name that may stand before a colon, including those of other services, to its field."""

ADDRESS_FIELDS: Final = frozenset({"url", "inurl", "links", "website"})
"""Names of fields of other services that search in addresses. Only a host has a meaning here."""

BRACKET_FIELDS: Final = MappingProxyType(
    {
        name: field
        for field, names in {
            "title": "title headline head hd ti ttl intitle",
            "body": "body text bdy intext",
            "author": "author byline by au",
            "source": "source publication pub site",
            "lang": "language lang",
            "country": "country",
            # Cision, LexisNexis
            "cased": "cs caps allcaps nocaps case",
        }.items()
        for name in names.split()
    }
)
"""Each name that may stand before an opening bracket (LexisNexis, Cision, ProQuest) to its field."""

# Factiva
EQUALS_FIELDS: Final = MappingProxyType(
    {"hd": "title", "hl": "title", "ti": "title", "title": "title", "headline": "title"}
    | {"td": "body", "by": "author", "au": "author", "author": "author"}
    | {"la": "lang", "lang": "lang", "language": "lang", "source": "source", "country": "country"}
)
"""Each name that may stand before an equals sign (Factiva) to its field."""

NO_DATES: Final = (
    "Alerts are only about new items. Remove the date."
    " /search TOPIC since 7d searches stored items."
)
"""What to write instead of a condition on the date of an item."""

_DATE_NAMES: Final = (
    "before after since until when date daterange pd dp dt da yr year pubyear published pubdate created "
    "updated past older_than newer_than older newer"
)
_LEAD: Final = "The lead is searched with the text: body:word."
_FIRST_PART: Final = "Write title:word, or body:word for the lead and the text."
_CODES: Final = (
    "Codes of other services are not known here. Write the name as a word, or source:name."
)
_FREQUENCY: Final = "How often a word occurs is not counted. Remove it, or write title:word."
_FILTER: Final = "This filter of another service has no meaning for news items. Remove it."

_FILTER_NAMES: Final = (
    "filter has is min_faves min_retweets min_replies to list subreddit self nsfw flair unread star "
    "pub f note label search userdate engagement reach sentiment sourcetype theme tone type "
    "channel_type metadata city state region continent followers engagementtype authorfollowers gender "
    "media_type sourcereach minimummentions blogname channelid loc ip feed contains prefer bio context "
    "conversation_id place_country points in_reply_to define weather inanchor imagetag"
)

FIELD_HINTS: Final = MappingProxyType(
    {
        # Meltwater
        "ingress": _LEAD,
        "lead": _LEAD,
        "hlead": _FIRST_PART,
        "hlp": _FIRST_PART,
        "lp": _LEAD,
        "text": "The text is searched with the lead: body:word.",
        "content": "Write body:word.",
        "subject": "Write title:word for headlines, or tag:word for the tags of an item.",
        "su": "Write tag:word for the tags of an item.",
        "ab": "Write body:word.",
        "keyword": "Write only the words.",
        "keywords": "Write only the words, with OR between them.",
        "topic": "Write only the words.",
        "query": "Write only the words.",
        "q": "Write only the words.",
        "cs": 'Write ="Word" for exact letters.',
        "tk_source": "Write source:name.",
        "source_name": "Write source:name.",
        "publisher": "Write source:name.",
        "company": "Write only the name. For the word, write company AND (…).",
        "entity": "Write the name as a word.",
        "hashtag": "Write tag:word for the tags of an item, or only the word.",
        "hashtags": "Write tag:word for the tags of an item, or only the word.",
        "at_mentions": "Write author:name, or only the name.",
        "allinurl": "Addresses are not searched. Write source:reuters.com.",
        "ts": "Write only the words: the title and the text are searched.",
        "location": "country:kr is the country of the source. For a place in the news, write a word.",
        "geography": "country:kr is the country of the source. For a place in the news, write a word.",
        "filetype": "File types are not searched. Remove this field.",
        "related": "Name the sources themselves: source:(a OR b).",
        "cache": "Remove this field.",
        "raw": 'Signs are not compared. Write ="Word" for exact letters.',
        "from": "Write author:name or source:name.",
        "near": "Write a NEAR/5 b.",
        "rst": _CODES,
        "sn": _CODES,
        "sc": _CODES,
        "re": _CODES,
        "ns": _CODES,
        "co": _CODES,
        "fds": _CODES,
        "in": _CODES,
        "length": "The length of an item is not compared. Remove it.",
        "wc": "The length of an item is not compared. Remove it.",
        "sent": "Sentences are not compared. Write a NEAR/12 b.",
        "para": "Paragraphs are not compared. Write a NEAR/50 b.",
        "http": 'To follow a site, write source:example.org. To find the words, write "quotes".',
        "https": 'To follow a site, write source:example.org. To find the words, write "quotes".',
    }
    | dict.fromkeys(_DATE_NAMES.split(), NO_DATES)
    | dict.fromkeys(("atleast", "repeat", "minhits", "freq"), _FREQUENCY)
    | dict.fromkeys(
        _FILTER_NAMES.split(),
        _FILTER,
    )
)
"""Field names of other services without a meaning here, to what to write instead."""

_FIELD_NAMES: Final = "title: body: lang: source: author: country: tag: exact:"

# A looser limit suggests "site" for "filter".
_MIN_SIMILARITY: Final = 0.75


def unknown_field_hint(name: str) -> str:
    """Return what to write instead of the unknown field ``name``."""
    # "repeat3:" of GDELT has a number in its name.
    if (hint := FIELD_HINTS.get(name.rstrip("0123456789"))) is not None:
        return hint
    close = get_close_matches(name, FIELD_ALIASES, n=1, cutoff=_MIN_SIMILARITY)
    suggestion = f"Did you mean {close[0]}:? " if close else ""
    return f"{suggestion}The fields are {_FIELD_NAMES}. To find the word itself, remove the colon."
