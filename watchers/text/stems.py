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
            return _arabic(_without_article(fold(word)))
        if script == "hebrew" and self._rules != "yiddish":
            return _hebrew(fold(word))
        return self._stem(word, script)

    def answers(self, word: str) -> tuple[str, ...]:
        """The keys that a text's :func:`~watchers.text.words.normal` word answers to."""
        script = _script(word)
        if script == "hangul":
            return _beginnings(word)
        if script == "arabic" and self._rules != "persian":
            return _arabic_answers(fold(word))
        if script == "hebrew" and self._rules != "yiddish":
            return _hebrew_answers(fold(word))
        return (self._stem(word, script),)

    def _stem(self, word: str, script: str) -> str:
        """The Snowball stem without accents; the folded word where no algorithm applies."""
        rules = self._rules
        if script == "cyrillic" and rules in _SLAVIC_ENDINGS:
            return _without_ending(fold(word), _SLAVIC_ENDINGS[rules])
        if rules == "turkish":
            word = word.replace("i̇", "i")
        if script not in _SCRIPTS_OF.get(rules, ("latin",)):
            rules = _BY_SCRIPT.get(script, "none")
        if rules in _UNSTEMMED:
            return fold(word)
        snowball = self._snowballs.get(rules)
        if snowball is None:
            snowball = self._snowballs[rules] = cast("_Snowball", Stemmer.Stemmer(rules, 0))
        return fold(snowball.stemWord(word))


_UNSTEMMED: Final = ("none", "ukrainian", "bulgarian")


def _script(word: str) -> str:
    """The script of a word's first character; "" where no rule cares."""
    first = word[:1]
    if first < "\u0250":
        return "latin"
    return next((name for name, low, high in _SCRIPTS if low <= first <= high), "")


# ── Korean ────────────────────────────────────────────────────────────────────────────────────────


def _beginnings(word: str) -> tuple[str, ...]:
    """The word and its beginnings of two syllables and more: 북한의 answers to 북한.

    One syllable is too little to tell a word by (미 is America, and begins hundreds of words), so it
    is found only before a common particle.
    """
    keys = tuple(word[:size] for size in range(len(word), 1, -1))
    if len(word) > 1 and word[1:] in _PARTICLES:
        return (*keys, word[0])
    return keys or (word,)


_PARTICLES: Final = frozenset(
    "은 는 이 가 을 를 의 에 와 과 도 로 만 에서 에게 으로 까지 부터".split()
)


# ── Arabic ────────────────────────────────────────────────────────────────────────────────────────

_ARTICLES: Final = ("وال", "بال", "كال", "فال", "ال", "ولل", "لل")
_ARABIC_ENDINGS: Final = ("ها", "ان", "ات", "ون", "ين", "يه", "يا", "ه", "ي")
_ARABIC_FRONT: Final = "وفبكل"
_ARABIC_LEAST = 3  # letters that must stay: shorter stems say nothing


def _without_article(word: str) -> str:
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= _ARABIC_LEAST:
            return word[len(article) :]
    return word


def _arabic(word: str) -> str:
    """The word without its endings, as light10 takes them off: the longest first, repeatedly."""
    for ending in _ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _ARABIC_LEAST:
            word = word[: -len(ending)]
    return word


def _arabic_answers(word: str) -> tuple[str, ...]:
    """With the article off, and also with one front letter off, which may be part of the word."""
    bare = _without_article(word)
    keys = [_arabic(bare)]
    if bare == word and word[:1] in _ARABIC_FRONT and len(word) > _ARABIC_LEAST:
        keys.append(_arabic(_without_article(word[1:])))
    return tuple(dict.fromkeys(keys))


# ── Hebrew ────────────────────────────────────────────────────────────────────────────────────────

_HEBREW_FRONT: Final = "והבכלמש"
_HEBREW_ENDINGS: Final = ("יות", "ים", "ות", "ית", "ה", "ת", "י")
_HEBREW_LEAST = 3
_HEBREW_FRONTS = 2  # "ושה", three in a row, is rare in news


def _hebrew(word: str) -> str:
    return _without_ending(word, _HEBREW_ENDINGS)


def _hebrew_answers(word: str) -> tuple[str, ...]:
    """With none, one and two front letters off: each may be "and", "the", "in" or the word's own."""
    keys = [_hebrew(word)]
    for _ in range(_HEBREW_FRONTS):
        if word[:1] not in _HEBREW_FRONT or len(word) <= _HEBREW_LEAST:
            break
        word = word[1:]
        keys.append(_hebrew(word))
    return tuple(dict.fromkeys(keys))


# ── Ukrainian and Bulgarian, which Snowball does not know ─────────────────────────────────────────

_SLAVIC_ENDINGS: Final = MappingProxyType(
    {
        "ukrainian": tuple(
            sorted(
                "ями ами ові еві ого ому ими іми ої ою ією єю ій їй ий ых их іх ях ах ам ям ом ем єм "
                "ів їв ей ми ні а я о е є и і ї у ю ь й".split(),
                key=len,
                reverse=True,
            )
        ),
        "bulgarian": tuple(
            sorted(
                "ията ите ето ите ата ята ът ят та то те ия ове ове и а я о е й у".split(),
                key=len,
                reverse=True,
            )
        ),
    }
)
"""Noun and adjective endings, longest first. Taking off one is crude, but the same on both sides."""

_LEAST = 3


def _without_ending(word: str, endings: tuple[str, ...]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            return word[: -len(ending)]
    return word
