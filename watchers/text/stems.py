"""What the inflections of a word share, in each language.

A word in a query *asks* for one key; a word in a text *answers* to one or more. They are the same
word when a key is shared. Snowball (PyStemmer) strips the endings where it knows the language; the
rest is small and local:

- Arabic and Hebrew glue "and", "in", "to" and the article to the front: a word in a text answers
  with and without them (Arabic endings as in the published "light10" stemmer).
- Korean glues particles to the end: a word in a text answers to each of its beginnings.
- A word in another script than its text's language takes the usual rules of its own script, so
  "sanctions" in a Russian item is English, and an item of unknown language is read that way.

Stems are taken before accents are stripped: северной and häuser would be cut wrongly otherwise.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Protocol, cast

import Stemmer

from watchers.text.endings import (
    OWN_ENDINGS,
    arabic,
    arabic_answers,
    beginnings,
    hebrew,
    hebrew_answers,
    without_article,
    without_ending,
)
from watchers.text.words import fold

_BY_LANGUAGE: Final = MappingProxyType(
    {
        "ca": "catalan",
        "cs": "czech",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "eo": "esperanto",
        "es": "spanish",
        "et": "estonian",
        "eu": "basque",
        "fa": "persian",
        "fi": "finnish",
        "fr": "french",
        "ga": "irish",
        "gl": "portuguese",
        "hi": "hindi",
        "hr": "serbian",
        "hu": "hungarian",
        "hy": "armenian",
        "id": "indonesian",
        "it": "italian",
        "bs": "serbian",
        "lt": "lithuanian",
        "ms": "indonesian",
        "nb": "norwegian",
        "ne": "nepali",
        "nl": "dutch",
        "nn": "norwegian",
        "no": "norwegian",
        "pl": "polish",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sr": "serbian",
        "st": "sesotho",
        "sv": "swedish",
        "ta": "tamil",
        "tr": "turkish",
        "yi": "yiddish",
    }
)
"""Language to Snowball algorithm. Croatian and Bosnian share the Serbian one, Malay Indonesian."""

_SCRIPTS: Final = (
    ("latin", "\u0000", "\u024f"),
    ("greek", "\u0370", "\u03ff"),
    ("cyrillic", "\u0400", "\u052f"),
    ("armenian", "\u0530", "\u058f"),
    ("hebrew", "\u0590", "\u05ff"),
    ("arabic", "\u0600", "\u077f"),
    ("devanagari", "\u0900", "\u097f"),
    ("tamil", "\u0b80", "\u0bff"),
    ("latin", "\u1e00", "\u1eff"),
    ("greek", "\u1f00", "\u1fff"),
    ("hangul", "\uac00", "\ud7a3"),
)

_BY_SCRIPT: Final = MappingProxyType(
    {
        "latin": "english",
        "greek": "greek",
        "cyrillic": "russian",
        "armenian": "armenian",
        "devanagari": "hindi",
        "tamil": "tamil",
    }
)
"""The rules for a word whose language is not known."""

_SCRIPTS_OF: Final = MappingProxyType(
    {
        "armenian": ("armenian",),
        "greek": ("greek",),
        "hindi": ("devanagari",),
        "nepali": ("devanagari",),
        "persian": ("arabic",),
        "russian": ("cyrillic",),
        "serbian": ("latin", "cyrillic"),
        "tamil": ("tamil",),
        "yiddish": ("hebrew",),
    }
)
"""The scripts that an algorithm reads, where it is not Latin."""


class _Snowball(Protocol):
    """What is used of ``Stemmer.Stemmer``, which ships no types."""

    def stemWord(self, word: str) -> str: ...  # noqa: N802 - PyStemmer's name


def rules_for(language: str | None) -> str:
    """The name of the rules for a BCP 47 tag: equal names stem alike, so caches may be shared.

    ``None``, and scripts that need no stemmer, give "english", which also means "by each word's
    own script". A Latin-script language without a stemmer gives "none": better no inflections than
    those of another language.
    """
    if not language:
        return "english"
    primary = language.replace("_", "-").split("-")[0].lower()
    if primary in _OTHER_RULES:
        return _OTHER_RULES[primary]
    return _BY_LANGUAGE.get(primary, "none")


_OTHER_RULES: Final = MappingProxyType(
    dict.fromkeys(("ar", "he", "ko", "ja", "zh", "th", "lo", "km", "my", "und", "mul"), "english")
    | {"uk": "ukrainian", "be": "ukrainian", "bg": "bulgarian", "mk": "bulgarian"}
)

ALL_RULES: Final = frozenset((*_BY_LANGUAGE.values(), *_OTHER_RULES.values(), "none"))
"""Every name that :func:`rules_for` may give."""


class Stems:
    """The keys of words under one set of rules (see :func:`rules_for`).

    Holds a Snowball stemmer for each script met, so one belongs to one thread at a time.
    """

    __slots__ = ("_rules", "_snowballs")

    def __init__(self, rules: str = "english") -> None:
        self._rules = rules
        self._snowballs: dict[str, _Snowball] = {}

    def asks(self, word: str) -> str:
        """The key that a query's :func:`~watchers.text.words.normal` word asks for."""
        script = _script(word)
        if script == "arabic" and self._rules != "persian":
            return arabic(without_article(fold(word)))
        if script == "hebrew" and self._rules != "yiddish":
            return hebrew(fold(word))
        return self._stem(word, script)

    def answers(self, word: str) -> tuple[str, ...]:
        """The keys that a text's :func:`~watchers.text.words.normal` word answers to."""
        script = _script(word)
        if script == "hangul":
            return beginnings(word)
        if script == "arabic" and self._rules != "persian":
            return arabic_answers(fold(word))
        if script == "hebrew" and self._rules != "yiddish":
            return hebrew_answers(fold(word))
        return self._shorter(word, self._stem(word, script), script)

    def _shorter(self, word: str, stem: str, script: str) -> tuple[str, ...]:
        """``stem`` and what else a printed word answers to where one round leaves endings on.

        Only the text's side answers with more: a query asks for one key, so two words of it do not
        meet over a key that neither is.
        """
        keys: tuple[str, ...]
        match self._rules:
            case rules if rules in _STEMMED_TWICE:
                keys = (stem, self._stem(self._accented_stem(word, script), script))
                if self._rules == "turkish" and word.endswith(_TURKISH_HIS):
                    keys = (*keys, self._stem(word[:-2], script))
            case "spanish":  # "gobiernos" alone is cut to "gobi"
                keys = (stem, self._stem(word.removesuffix("s"), script))
            case "romanian":
                ends = next((end for end in _ROMANIAN_PLURALS if word.endswith(end)), "")
                bare = word.removesuffix(ends)
                keys = (stem, self._stem(bare, script), self._stem(f"{bare}e", script))
            case "estonian":
                bare = (
                    stem[:-1] if stem[-1:] in "aeiouõäöü" and len(stem) > _SHORTEST_STEM else stem
                )
                keys = (stem, bare, self._stem(bare, script))
            case "russian" | "english" if word.endswith(_RUSSIAN_CASES):
                # "Кореи" and "Корею" are cut to "кор", the nominative that is asked for to "коре".
                keys = (stem, self._stem(f"{word[:-1]}я", script))
            case _:
                return (stem,)
        return tuple(dict.fromkeys(keys))

    def _stem(self, word: str, script: str) -> str:
        """The stem without accents; the folded word where no rules apply."""
        return fold(self._accented_stem(word, script))

    def _accented_stem(self, word: str, script: str) -> str:
        """The stem by Snowball or our own endings; the word where neither knows it."""
        rules = self._rules
        if script == _WRITTEN_IN.get(rules):
            return without_ending(fold(word), OWN_ENDINGS[rules])
        if rules == "turkish":
            word = word.replace("i̇", "i")
        if script not in _SCRIPTS_OF.get(rules, ("latin",)):
            rules = _BY_SCRIPT.get(script, "none")
        if rules in _UNSTEMMED:
            return word
        snowball = self._snowballs.get(rules)
        if snowball is None:
            snowball = self._snowballs[rules] = cast("_Snowball", Stemmer.Stemmer(rules, 0))
        if rules == "portuguese" and word.endswith("ões"):
            word = f"{word[:-3]}ão"  # "sanções" is of "sanção"
        stem = snowball.stemWord(word)
        if rules == "finnish" and stem.endswith("ks"):
            stem = f"{stem[:-2]}s"  # "ohjukset" is of "ohjus"
        # Two letters tell nothing apart: Irán and Irak would both be "ir".
        return stem if len(stem) >= _SHORTEST_STEM else word


_SHORTEST_STEM: Final = 3
_TURKISH_HIS: Final = ("si", "sı", "su", "sü")
_ROMANIAN_PLURALS: Final = ("urile", "uri", "ile", "i")
_RUSSIAN_CASES: Final = ("еи", "ее", "ею")
_STEMMED_TWICE: Final = frozenset(("hungarian", "turkish", "tamil", "catalan"))
"""Languages that pile up endings; one round of Snowball takes off only the last of them."""

_UNSTEMMED: Final = ("none", "ukrainian", "bulgarian")
_WRITTEN_IN: Final = MappingProxyType(
    {"ukrainian": "cyrillic", "bulgarian": "cyrillic", "armenian": "armenian"}
)
"""The script of languages whose endings are listed below."""


def _script(word: str) -> str:
    """The script of a word's first character; "" where no rule cares."""
    first = word[:1]
    if first < "\u0250":
        return "latin"
    return next((name for name, low, high in _SCRIPTS if low <= first <= high), "")
