"""Make the inflected forms of a name in its own language, by the endings of the language.

Stemmers cut names to forms that are also everyday words ("Iceland" and "island"). Names are few and
regular, so their forms are written out instead. Words are folded (lower case, without accents), and so are
the endings.

A rule replaces the ending of a word by each ending of a list. The first rule that applies is used, and
longer endings come first. "-" is the empty ending.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import MappingProxyType
from typing import Final

from watchers.names.demonym_endings import ADJECTIVE_ENDINGS, PEOPLE_ENDINGS
from watchers.names.endings import NOUN_RULES, SUFFIXES

_MIN_STEM_LETTERS: Final = 2
# The plural for people of an adjective in "-ský": ruští, rosyjscy.
_SOFTENED_ENDINGS: Final = MappingProxyType({"cs": "ti", "sk": "ti", "pl": "cy"})

_VOWELS: Final = frozenset("aeiouyаеёиоуыэюяіїєαεηιουω")


@cache
def noun_forms(word: str, language: str) -> frozenset[str]:
    """Return the inflected forms of a folded word of a name, including the word itself."""
    forms = {word}
    rules = NOUN_RULES.get(language)
    if rules is not None:
        forms |= _apply(word, rules)
    make = _FORM_MAKERS.get(language)
    if make is not None:
        forms |= make(word)
    forms.update(word + suffix for suffix in SUFFIXES.get(language, ()))
    return frozenset(forms)


@cache
def demonym_forms(entry: str, language: str) -> frozenset[str]:
    """Return the inflected forms of an entry of the table of demonyms.

    "x-" is the stem of an adjective and "x~" that of a word for people. Other entries are words, which
    are inflected as adjectives of their language.
    """
    adjective_endings = ADJECTIVE_ENDINGS.get(language, {})
    if entry.endswith("-"):
        forms = {entry[:-1] + ending for ending in adjective_endings["-"]}
        if entry.endswith(("sk-", "ck-")) and language in _SOFTENED_ENDINGS:
            forms.add(entry[:-2] + _SOFTENED_ENDINGS[language])
        return frozenset(forms)
    if entry.endswith("~"):
        forms = {entry[:-1] + ending for ending in PEOPLE_ENDINGS.get(language, ("",))}
        return frozenset(forms | _east_slavic_persons(entry[:-1], language))
    rules = {ending: made for ending, made in adjective_endings.items() if ending != "-"}
    return frozenset({entry} | _apply(entry, rules))


def _east_slavic_persons(stem: str, language: str) -> set[str]:
    """Return the nominative and the feminine forms of the stem in "ц": китаец, украинка."""
    if language not in _EAST_SLAVIC_PERSONS or not stem.endswith("ц"):
        return set()
    after_consonant, after_j = _EAST_SLAVIC_PERSONS[language]
    body = stem[:-1]
    man = f"{body[:-1]}{after_j}" if body.endswith("й") else f"{body}{after_consonant}"
    return {man, *(f"{body}к{ending}" for ending in ("а", "и", "у", "ой", "ою", "е"))}


_EAST_SLAVIC_PERSONS: Final = MappingProxyType({"ru": ("ец", "ец"), "uk": ("ець", "єць")})


def _apply(word: str, rules: dict[str, tuple[str, ...]]) -> set[str]:
    for ending, replacements in rules.items():
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_STEM_LETTERS:
            stem = word[: len(word) - len(ending)]
            return {stem + replacement for replacement in replacements}
    return set()


# ── Languages whose forms need more than endings ──────────────────────────────────────────────────


def _finnish(word: str) -> set[str]:
    endings = [
        "n",
        "ssa",
        "sta",
        "lla",
        "lta",
        "lle",
        "na",
        "ksi",
        "a",
        "ta",
        "tta",
        "an",
        "en",
        "in",
    ]
    endings += ["on", "un", "yn", "han", "hin", "hun", "hon", "seen", "ja", "ien", "iden", "issa"]
    endings += ["ista", "iin", "ille", "illa", "laiset", "lainen", "laisen", "laisten", "laisia"]
    # The consonants before the last vowel weaken: Turkki, Turkin; Egypti, Egyptin; Islanti, Islannin.
    stems = {word}
    if word[-1:] not in _VOWELS:
        stems.add(f"{word}i")
    elif word.endswith("i"):
        stems.add(f"{word[:-1]}e")
    for stem in [*stems]:
        body, vowel = stem[:-1], stem[-1:]
        for strong, weak in _FINNISH_GRADATION:
            if body.endswith(strong) and vowel in _VOWELS:
                stems.add(body[: len(body) - len(strong)] + weak + vowel)
    return {stem + ending for stem in stems for ending in endings}


_FINNISH_GRADATION: Final = (
    ("kk", "k"), ("pp", "p"), ("tt", "t"), ("nt", "nn"), ("lt", "ll"), ("rt", "rr"), ("nk", "ng"),
    ("mp", "mm"), ("ht", "hd"), ("t", "d"),
)  # fmt: skip


def _estonian(word: str) -> set[str]:
    endings = ["", "d", "l", "le", "lt", "s", "sse", "st", "ga", "ni", "na", "ks", "t", "de", "te"]
    endings += ["dest", "dele", "des", "desse", "dega", "lane", "lased", "laste", "lase"]
    stems = {word} if word[-1:] in _VOWELS else {word, *(word + vowel for vowel in "iaue")}
    return {stem + ending for stem in stems for ending in endings}


def _hungarian(word: str) -> set[str]:
    endings = [
        "t",
        "ot",
        "at",
        "et",
        "nak",
        "nek",
        "ban",
        "ben",
        "bol",
        "ba",
        "be",
        "on",
        "en",
        "n",
    ]
    endings += [
        "ra",
        "re",
        "rol",
        "hoz",
        "hez",
        "tol",
        "ert",
        "ig",
        "kent",
        "val",
        "vel",
        "i",
        "ia",
    ]
    endings += ["iak", "iai", "ai", "ak", "ek", "ok", "ket", "kat", "kban", "kben", "knak", "knek"]
    # "-val" takes the last consonant of the word: Oroszországgal.
    last = "".join(word[-1:])
    endings += [f"{last}al", f"{last}el"]
    return {word + ending for ending in endings}


def _turkish(word: str) -> set[str]:
    forms = {word + suffix for suffix in _TURKISH_SUFFIXES}
    return forms | {word + suffix + case for suffix in ("li", "lu") for case in _TURKISH_SUFFIXES}


_TURKISH_SUFFIXES: Final = (
    "da", "de", "ta", "te", "dan", "den", "tan", "ten", "a", "e", "ya", "ye", "i", "u", "yi", "yu",
    "in", "un", "nin", "nun", "la", "le", "yla", "yle", "li", "lu", "lar", "ler", "lari", "leri",
    "larin", "lerin", "dir", "dur", "tir", "tur", "daki", "deki", "taki", "teki", "na", "ne", "nda", "nde", "ndan", "nden",
)  # fmt: skip


def _albanian(word: str) -> set[str]:
    stem = word[:-1] if word[-1:] in "ae" else word
    return {
        stem + ending for ending in ("e", "a", "ja", "ise", "ine", "se", "ne", "i", "u", "it", "in")
    }


_FORM_MAKERS: Final = MappingProxyType[str, Callable[[str], set[str]]](
    {
        "fi": _finnish,
        "et": _estonian,
        "hu": _hungarian,
        "tr": _turkish,
        "sq": _albanian,
    }
)
