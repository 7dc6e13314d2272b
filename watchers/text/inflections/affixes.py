"""Rules for prefixes and endings in languages that Snowball does not cover, one section per language.

Both sides of a comparison use the same rules, so an inexact cut is harmless if it is the same cut on
both sides. Two different words must never become one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

# ── Korean ────────────────────────────────────────────────────────────────────────────────────────


def korean_prefixes(word: str) -> tuple[str, ...]:
    """Return the word and its beginnings of at least two syllables: 북한의 matches 북한.

    One syllable does not identify a word (미 is America, and the beginning of hundreds of words), so it
    only matches before a common particle.
    """
    keys = tuple(word[:size] for size in range(len(word), 1, -1))
    if len(word) > 1 and word[1:] in _PARTICLES:
        return (*keys, word[0])
    return (*keys, *_korean_tails(word)) or (word,)


def _korean_tails(word: str) -> tuple[str, ...]:
    """Return the ends of a compound, without its particle: 대북제재를 matches 제재."""
    for size in (2, 1):
        if word[-size:] in _PARTICLES and len(word) - size >= _MIN_COMPOUND_SYLLABLES:
            word = word[:-size]
            break
    if len(word) < _MIN_COMPOUND_SYLLABLES:
        return ()
    return tuple(word[start:] for start in range(2, len(word) - 1))


_MIN_COMPOUND_SYLLABLES: Final = 4


_PARTICLES: Final = frozenset(
    "은 는 이 가 을 를 의 에 와 과 도 로 만 에서 에게 으로 까지 부터".split()
)


# ── Arabic ────────────────────────────────────────────────────────────────────────────────────────

_ARABIC_ARTICLES: Final = ("وال", "بال", "كال", "فال", "ال", "ولل", "لل")
_ARABIC_ENDINGS: Final = ("ها", "ان", "ات", "ون", "ين", "يه", "يا", "ه", "ي")
_ARABIC_PREFIXES: Final = "وفبكل"
# Shorter stems do not identify a word.
_MIN_ARABIC_LETTERS: Final = 3


def strip_arabic_article(word: str) -> str:
    """Return the word without the Arabic article and a preposition joined to it."""
    for article in _ARABIC_ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= _MIN_ARABIC_LETTERS:
            return word[len(article) :]
    return word


def strip_arabic_endings(word: str) -> str:
    """Return the word without its endings, in the order of the "light10" stemmer."""
    for ending in _ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_ARABIC_LETTERS:
            word = word[: -len(ending)]
            # Before the suffix "her", the feminine ة is written ت.
            if ending == "ها" and word.endswith("ت") and len(word) > _MIN_ARABIC_LETTERS:
                word = word[:-1]
    return word


def arabic_variants(word: str) -> tuple[str, ...]:
    """Return the word without its article, and also without a first letter that may be a prefix."""
    without_article = strip_arabic_article(word)
    keys = [strip_arabic_endings(without_article)]
    if without_article == word and word[:1] in _ARABIC_PREFIXES and len(word) > _MIN_ARABIC_LETTERS:
        keys.append(strip_arabic_endings(strip_arabic_article(word[1:])))
    return tuple(dict.fromkeys(keys))


# ── Hebrew ────────────────────────────────────────────────────────────────────────────────────────

_HEBREW_PREFIXES: Final = "והבכלמש"
_HEBREW_ENDINGS: Final = ("יות", "ים", "ות", "ית", "ה", "ת", "י")
_MIN_HEBREW_LETTERS: Final = 3
# Three prefixes in a row ("ושה") are rare in news.
_MAX_HEBREW_PREFIXES: Final = 2


def strip_hebrew_ending(word: str) -> str:
    """Return the word without its Hebrew ending."""
    return strip_ending(word, _HEBREW_ENDINGS)


def hebrew_variants(word: str) -> tuple[str, ...]:
    """Return the word without its first 0, 1 and 2 letters, which may mean "and", "the" or "in"."""
    keys = [strip_hebrew_ending(word)]
    for _ in range(_MAX_HEBREW_PREFIXES):
        if word[:1] not in _HEBREW_PREFIXES or len(word) <= _MIN_HEBREW_LETTERS:
            break
        word = word[1:]
        keys.append(strip_hebrew_ending(word))
    return tuple(dict.fromkeys(keys))


# ── Ukrainian, Bulgarian and Armenian, which Snowball does not cover well ─────────────────────────

NOUN_ENDINGS: Final = MappingProxyType(
    {
        language: tuple(sorted(endings.split(), key=len, reverse=True))
        for language, endings in {
            "ukrainian": (
                "ями ами ові еві ого ому ими іми ої ою ією єю ій їй ий ых их іх ях ах ам ям ом ем єм "
                "ів їв ей ми ні ія ії іям іях іями а я о е є и і ї у ю ь й"
            ),
            "bulgarian": (
                "ията ите иите ето ите ата ята ото ът ят та то те ия ии ове ове и а я о е й у"
            ),
            "latvian": (
                "iem ām ēm ās ēs as es is us os am em im um ai ei ie ā ē ī ū a e i u o s š"
            ),
            "armenian": (
                "ություններից ություններով ությունների ությունները ություններ ությունից ությունը "
                "ությամբ ության ություն ներից ներով ներում ներին ների ները ներ ից ով ում ին ը ի ն"
            ),
        }.items()
    }
)
"""Endings of nouns and adjectives by rule name, the longest first."""

_BULGARIAN_VOWELS: Final = "аеиоуъюя"

_MIN_STEM_LETTERS: Final = 3


def strip_ending(word: str, endings: tuple[str, ...]) -> str:
    """Return the word without the first of ``endings`` that leaves at least three letters."""
    for ending in endings:
        # The Bulgarian article follows a consonant: the "та" of "ракета" belongs to the word.
        if ending == "та" and word[-3:-2] in _BULGARIAN_VOWELS:
            continue
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM_LETTERS:
            return word[: -len(ending)]
    return word
