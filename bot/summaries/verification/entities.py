"""Find the names of a text and compare them, also across alphabets.

Names are compared as a whole: an article with "Anna Kovač" and "Ivo Lind" contains each word of
"Anna Lind", but not this name. Across languages, names are compared by their consonants: "Путін" and
"Putin" both have the skeleton "ptn". Vowels and endings differ too much between languages.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import regex

from bot.summaries.dependent_sentences import beginnings
from watchers.text.lazy_pattern import LazyPattern
from watchers.text.tokens import normalize_word, split_words, strip_accents

_TRANSLITERATION: Final = dict(
    zip("абвгґдеєжзиіїйклмнопрстуфхцчшщъыьэюяёўђјљњћџ", (
        "a b v g g d e e zh z i i i i k l m n o p r s t u f h ts ch sh sh _ i _ e u a e u d i l n c d"
    ).split(), strict=True)
) | dict(
    zip("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώ", (
        "a v g d e z i t i k l m n ks o p r s t i f h ps o s a e i i o i o"
    ).split(), strict=True)
)  # fmt: skip
_DIACRITICS: Final = str.maketrans(
    {
        "č": "ch",
        "ć": "ch",
        "ç": "s",
        "š": "sh",
        "ş": "sh",
        "ś": "sh",
        "ž": "zh",
        "ż": "zh",
        "ğ": "g",
        "ñ": "n",
    }
)
_EQUIVALENT_SPELLINGS: Final = (
    ("sch", "s"), ("tch", "s"), ("sh", "s"), ("ch", "s"), ("zh", "s"), ("kh", "h"), ("ph", "f"), ("th", "t"),
    ("dzh", "s"), ("dj", "s"), ("ck", "k"), ("qu", "kv"), ("x", "ks"), ("w", "v"), ("c", "k"), ("q", "k"),
    ("j", "s"), ("y", "i"), ("ts", "s"), ("tz", "s"), ("z", "s"), ("g", "h"),
)  # fmt: skip
_VOWELS: Final = regex.compile(r"[aeiou_]")
_REPEATED: Final = regex.compile(r"(.)\1+")
# Shorter skeletons would match almost any name.
_MIN_SKELETON_CHARS: Final = 2
# An inflected form shares at least this number of consonants with the name …
_MIN_STEM_CHARS: Final = 3
# … and an ending adds at most this number.
_MAX_ENDING_CHARS: Final = 2
_LATIN: Final = regex.compile(r"[a-z]+")


def consonant_skeletons(text: str) -> frozenset[str]:
    """Return the consonant skeletons of the words of ``text``."""
    skeletons = (_skeleton(word) for word in split_words(text))
    return frozenset(skeleton for skeleton in skeletons if len(skeleton) >= _MIN_SKELETON_CHARS)


def sounds_like_one_of(word: str, skeletons: frozenset[str]) -> bool:
    """Return True if ``word`` has one of the ``skeletons``, apart from endings."""
    skeleton = _skeleton(word)
    if skeleton in skeletons and len(skeleton) >= _MIN_SKELETON_CHARS:
        return True
    stems = (
        skeleton[:length]
        for length in range(
            len(skeleton), max(_MIN_STEM_CHARS, len(skeleton) - _MAX_ENDING_CHARS) - 1, -1
        )
    )
    return len(skeleton) >= _MIN_STEM_CHARS and any(
        other.startswith(stem) and len(other) - len(stem) <= _MAX_ENDING_CHARS
        for stem in stems
        for other in skeletons
    )


@cache
def _table() -> dict[int, str]:
    return {ord(letter): latin for letter, latin in _TRANSLITERATION.items()}


def _skeleton(word: str) -> str:
    letters = strip_accents(normalize_word(word).translate(_DIACRITICS)).translate(_table())
    if not _LATIN.fullmatch(letters.replace("_", "")):
        return ""
    for spelling, canonical in _EQUIVALENT_SPELLINGS:
        letters = letters.replace(spelling, canonical)
    skeleton = _REPEATED.sub(r"\1", _VOWELS.sub("", letters))
    # Short names such as "Anna" have too few consonants; keep their vowels.
    return (
        skeleton
        if len(skeleton) >= _MIN_SKELETON_CHARS
        else _REPEATED.sub(r"\1", letters.replace("_", ""))
    )


CASED: Final = regex.compile(r"[\p{Latin}\p{Greek}\p{Cyrillic}\p{Armenian}\p{Georgian}]")
UNCASED: Final = regex.compile(
    r"[\p{L}--\p{Latin}--\p{Greek}--\p{Cyrillic}--\p{Armenian}]", regex.V1
)
_CAPITAL: Final = regex.compile(r"[\p{Lu}\p{Lt}]")
# The pattern also matches a single name, so that it is skipped in one step (linear time).
_NAME_RUN: Final = regex.compile(
    r"(?<![\p{L}\p{N}])\p{Lu}[\p{L}\p{M}'’]*+(?P<more>[ \u00a0-]\p{Lu}[\p{L}\p{M}'’]*+)*+"
)
_GERMAN_ARTICLES: Final = r"(?:[Dd](?:er|ie|as|en|em|es)|(?:[Kk]|[MmSsDd])?[Ee]in(?:e[nmrs]?)?|zu[mr]|[Ii]m|[Vv]om|[Bb]eim|[Aa]m|ins|ans|\d+)"
_GERMAN_NOUN: Final = LazyPattern(
    r"\p{L}{2,}(?:ung|ungen|heit|heiten|keit|keiten|schaft|schaften|tion|tionen|tät|nis|nisse|ismus|kosten|preise?|zahl(?:en)?|hilfen?|jahre?|tage?|leute)|Ende|Anfang|Mitte|Grund|Hilfe[n]?|Menschen|Kosten|Folge|Zahl|Teil|Personen",
    regex.IGNORECASE,
)
# With a higher share of capitalised words, a line is a headline in title case.
_MAX_CAPITALISED_SHARE: Final = 0.6


def names(sentence: str, language: str | None) -> Iterator[str]:
    """Yield the words with a capital; the first word only if it is not a usual start of a sentence."""
    usual_starts = beginnings(language or "en")
    first = True
    for word in split_words(sentence):
        has_capital = _CAPITAL.search(word) is not None and CASED.search(word) is not None
        if has_capital and not (first and normalize_word(word) in usual_starts):
            yield word
        first = False


def is_common_noun(word: str, sentence: str) -> bool:
    """Return True if a German word with a capital is not a name, by its ending or its article."""
    return _GERMAN_NOUN.fullmatch(word) is not None or (
        regex.search(rf"\b{_GERMAN_ARTICLES}\s{regex.escape(word)}(?!\p{{L}})", sentence)
        is not None
    )


class NameCooccurrence:
    """The names of a text that stand next to each other."""

    def __init__(self, sentences: Sequence[str]) -> None:
        self._before: dict[str, set[str]] = {}
        self._after: dict[str, set[str]] = {}
        self._together: set[tuple[str, str]] = set()
        self._initials: set[str] = set()
        for sentence in sentences:
            if not _is_headline(sentence):
                for run in _runs(sentence):
                    self._add(run)

                    self._initials.add("".join(word[0] for word in run))

    def abbreviates(self, word: str) -> bool:
        """Return True if ``word`` consists of the initials of a name: "EU" for "European Union"."""
        return word.isupper() and word.lower() in self._initials

    def _add(self, run: Sequence[str]) -> None:
        for index, word in enumerate(run):
            self._together.update((word, later) for later in run[index + 1 :])
            if index:
                self._before.setdefault(word, set()).add(run[index - 1])
                self._after.setdefault(run[index - 1], set()).add(word)

    def mixes(self, sentence: str) -> bool:
        """Return True if ``sentence`` combines parts of different names of the text."""
        return any(self._is_mixed(*run[-2:]) for run in _runs(sentence))

    def _is_mixed(self, first: str, second: str) -> bool:
        if (first, second) in self._together:
            return False
        return bool(self._before.get(second)) and bool(self._after.get(first))


def _runs(sentence: str) -> Iterator[list[str]]:
    """Yield the words of all names with two or more words."""
    for match in _NAME_RUN.finditer(sentence):
        if not match["more"]:
            continue
        words = [strip_accents(normalize_word(word)) for word in split_words(match[0])]
        if match.start() == 0 and words and words[0] in beginnings("en"):
            words = words[1:]
        words = [word for word in words if len(word) > 1]
        if len(words) > 1:
            yield words


def _is_headline(sentence: str) -> bool:
    words = split_words(sentence)
    capitals = sum(_CAPITAL.match(word) is not None for word in words)
    return len(words) > 3 and capitals > _MAX_CAPITALISED_SHARE * len(words)  # noqa: PLR2004 - names have up to three words
