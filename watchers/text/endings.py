"""Endings and beginnings that Snowball does not know: our own small rules, a section a language.

Both sides of a comparison use the same rules, so a crude cut is harmless as long as it is the same
cut; what must not happen is that two different words become one.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

# ── Korean ────────────────────────────────────────────────────────────────────────────────────────


def beginnings(word: str) -> tuple[str, ...]:
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


def without_article(word: str) -> str:
    """The word without the Arabic article, and the preposition glued before it."""
    for article in _ARTICLES:
        if word.startswith(article) and len(word) - len(article) >= _ARABIC_LEAST:
            return word[len(article) :]
    return word


def arabic(word: str) -> str:
    """The word without its endings, as light10 takes them off: the longest first, repeatedly."""
    for ending in _ARABIC_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _ARABIC_LEAST:
            word = word[: -len(ending)]
            if ending == "ها" and word.endswith("ت") and len(word) > _ARABIC_LEAST:
                word = word[:-1]  # before "her", the feminine ة is written ت
    return word


def arabic_answers(word: str) -> tuple[str, ...]:
    """With the article off, and also with one front letter off, which may be part of the word."""
    bare = without_article(word)
    keys = [arabic(bare)]
    if bare == word and word[:1] in _ARABIC_FRONT and len(word) > _ARABIC_LEAST:
        keys.append(arabic(without_article(word[1:])))
    return tuple(dict.fromkeys(keys))


# ── Hebrew ────────────────────────────────────────────────────────────────────────────────────────

_HEBREW_FRONT: Final = "והבכלמש"
_HEBREW_ENDINGS: Final = ("יות", "ים", "ות", "ית", "ה", "ת", "י")
_HEBREW_LEAST = 3
_HEBREW_FRONTS = 2  # "ושה", three in a row, is rare in news


def hebrew(word: str) -> str:
    """The word without its Hebrew ending."""
    return without_ending(word, _HEBREW_ENDINGS)


def hebrew_answers(word: str) -> tuple[str, ...]:
    """With none, one and two front letters off: each may be "and", "the", "in" or the word's own."""
    keys = [hebrew(word)]
    for _ in range(_HEBREW_FRONTS):
        if word[:1] not in _HEBREW_FRONT or len(word) <= _HEBREW_LEAST:
            break
        word = word[1:]
        keys.append(hebrew(word))
    return tuple(dict.fromkeys(keys))


# ── Ukrainian, Bulgarian and Armenian, which Snowball does not know well ───────────────────────

OWN_ENDINGS: Final = MappingProxyType(
    {
        rules: tuple(sorted(endings.split(), key=len, reverse=True))
        for rules, endings in {
            "ukrainian": (
                "ями ами ові еві ого ому ими іми ої ою ією єю ій їй ий ых их іх ях ах ам ям ом ем єм "
                "ів їв ей ми ні ія ії іям іях іями а я о е є и і ї у ю ь й"
            ),
            "bulgarian": (
                "ията ите иите ето ите ата ята ото ът ят та то те ия ии ове ове и а я о е й у"
            ),
            "armenian": (
                "ություններից ություններով ությունների ությունները ություններ ությունից ությունը "
                "ությամբ ության ություն ներից ներով ներում ներին ների ները ներ ից ով ում ին ը ի ն"
            ),
        }.items()
    }
)
"""Noun and adjective endings, longest first. Taking off one is crude, but the same on both sides."""

_BULGARIAN_VOWELS: Final = "аеиоуъюя"

_LEAST = 3


def without_ending(word: str, endings: tuple[str, ...]) -> str:
    """The word without the first of ``endings`` (longest first) that leaves three letters."""
    for ending in endings:
        if ending == "та" and word[-3:-2] in _BULGARIAN_VOWELS:
            continue  # "ракета": the article follows a consonant only
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            return word[: -len(ending)]
    return word
