"""Split a text into words and normalize words.

    text ──split──► words as printed ──normal──► one case, one encoding ──fold──► no accents
                                          └──► stems.py: the keys of inflections

- A word is a run of letters, marks and digits. Other characters separate words, including the hyphen,
  the underscore and the apostrophe ("anti-missile" and "l'Iran" are two words each). The exceptions
  (U.S., AT&T, C++, 1,000) are in special_words.py.
- A possessive ``'s`` is not a word: "Russia's sanctions" contains the phrase "russia sanctions".
- In scripts without spaces (Chinese, Japanese, Thai, Lao, Khmer, Myanmar), each grapheme cluster is a
  word, so a name is a phrase of clusters that is found at any position. Splitting with a dictionary
  would miss 9 % (ICU) to 15 % (jieba) of the occurrences.
- Positions are offsets into the given text; no step changes its length.

Cost for 1,400 characters: 10 µs in ASCII, about 40 µs in other alphabets, about 200 µs in scripts
without spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Final

import regex

from watchers.text.special_words import find_special_words, without_separators

# Unicode assigns ー (the long-vowel mark) to no single script, but it is part of katakana words.
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"

# Characters without a width: the soft hyphen, the zero-width space and joiner, direction marks.
_INVISIBLE: Final = "\u00ad\u200b\u200d\u200e\u200f\u2060\ufeff"

_ANY_WORD: Final = regex.compile(
    rf"(?=[{_UNSPACED}])\X"
    rf"|[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]][[\p{{L}}\p{{M}}\p{{N}}{_INVISIBLE}]--[{_UNSPACED}]]*",
    regex.V1,
)
"""Words in every script. The standard ``re`` would cut Hindi and Thai words at their marks."""

_ALPHABET_WORD: Final = re.compile(rf"[^\W_](?:[^\W_]|[{_INVISIBLE}])*")
"""The same words, three times faster, for text without a match of ``_BEYOND_ALPHABETS``."""

_BEYOND_ALPHABETS: Final = re.compile(
    "[^\u0000-\u02ff\u0370-\u0482\u048a-\u052f\u0531-\u0588\u1e00-\u1fff"
    "\u2000-\u2064\u20a0-\u20bf\u2190-\u23ff\u2500-\u27bf\uac00-\ud7a3\U0001f000-\U0001faff]"
)

_ASCII_SPACES: Final = {code: " " for code in range(128) if not chr(code).isalnum()}
"""The separators of ASCII words, for ``str.translate``: the fastest way to split in Python."""

_POSSESSIVE: Final = re.compile(r"(?<=[^\W_])['’][sS](?![^\W_])")


QUERY_LANGUAGE: Final = "query"
"""Instead of a language: a typed query, in which each separator of thousands is accepted."""

JOIN: Final = "\x1f"
"""The separator in a lookup of a word (see :func:`tokenise`)."""


def split_words(text: str, language: str | None = None) -> list[str]:
    """Return the words of ``text``, in order, as printed."""
    return tokenise(text, language)[0]


def split_simple_words(text: str) -> list[str]:
    """Return the words of ``text`` without a sign inside, as printed: "U.S." is two words here.

    The comparison of whole texts needs no more, and takes half of the time.
    """
    text = _without_possessives(text)
    return _splitter(text)(text)


def tokenise(text: str, language: str | None = None) -> tuple[list[str], list[str]]:
    """Return the words of ``text`` as printed, and the lookup of each.

    A lookup is the word, and each word that it may form with its neighbour, separated by `JOIN`:
    the words of "start-ups" have the lookups ``start␟startups`` and ``ups␟startups``.
    """
    text = _without_possessives(text)
    split = _splitter(text)
    printed: list[str] = []
    joined: list[tuple[int, list[str]]] = []
    end = 0
    for start, stop, parts in find_special_words(text, language):
        printed += split(text[end:start])
        if len(parts) > 1:
            joined.append((len(printed), parts))
        printed += parts
        end = stop
    printed += split(text[end:] if end else text)
    if not joined:
        return printed, printed
    lookups = [*printed]
    for first, parts in joined:
        for offset, part in enumerate(parts):
            others = [
                *([parts[offset - 1] + part] if offset else ()),
                *([part + parts[offset + 1]] if offset + 1 < len(parts) else ()),
                *(["".join(parts)] if len(parts) > _PAIR else ()),
            ]
            lookups[first + offset] = JOIN.join((part, *others))
    return printed, lookups


def lookup_forms(lookup: str) -> list[str]:
    """Return the printed words that a lookup stands for: "COVID19" is also "COVID"."""
    forms = lookup.split(JOIN)
    for form in forms[:]:
        match = _NUMBERED.fullmatch(form) if form[-1:].isdigit() else None
        if match:
            forms.append(match[1])
    return forms


_NUMBERED: Final = re.compile(r"([^\W\d_]{3,})\d{1,3}")
_PAIR: Final = 2


def _splitter(text: str) -> Callable[[str], list[str]]:
    if text.isascii():
        return _split_ascii
    return _ALPHABET_WORD.findall if _BEYOND_ALPHABETS.search(text) is None else _ANY_WORD.findall


def _split_ascii(text: str) -> list[str]:
    return text.translate(_ASCII_SPACES).split()


def word_ends(text: str, printed: Sequence[str]) -> list[int]:
    """Return the end offset in ``text`` of each of ``printed``, the result of :func:`split_words`."""
    text = _without_possessives(text)
    if text.isascii():
        ends = _ascii_word_ends(text, printed)
        if ends:
            return ends
    find = text.find
    offsets: list[int] = []
    end = 0
    # A comprehension that assigns ``end`` would take a third longer.
    for word in printed:
        # Only separators lie between two words, so the next occurrence is the word itself.
        end = find(word, end) + len(word)
        offsets.append(end)
    return offsets


def _ascii_word_ends(text: str, printed: Sequence[str]) -> list[int]:
    """Return the end offsets of words without signs, a third faster, or nothing for other words."""
    parts = text.translate(_ASCII_SPACES).split(" ")
    if sum(map(len, printed)) != len(text) - len(parts) + 1:
        # A word has a sign: "U.S.".
        return []
    ends: list[int] = []
    end = -1
    for part in parts:
        end += len(part) + 1
        if part:
            ends.append(end)
    # "#MeToo" is split without a sign.
    return ends if len(ends) == len(printed) else []


def to_nfkc(word: str) -> str:
    """Return ``word`` in NFKC with its case and accents, for case-sensitive comparison."""
    if not word.isalnum():
        word = without_separators(word)
    if word.isascii():
        return word
    return "".join(map(_to_nfkc, _SARA_AM.split(word.translate(_WITHOUT_INVISIBLE))))


# The zeros of scripts with digits of their own.
_ZEROS: Final = "\u0660\u06f0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66"
_WITHOUT_INVISIBLE: Final = str.maketrans("", "", _INVISIBLE) | {
    ord(zero) + digit: str(digit) for zero in _ZEROS for digit in range(10)
}


_SARA_AM: Final = re.compile("([\u0e33\u0eb3])")
"""Thai and Lao "am". NFKC would split it into two characters that no keyboard produces."""


def _to_nfkc(part: str) -> str:
    return part if _SARA_AM.match(part) else unicodedata.normalize("NFKC", part)


def normalize_word(word: str) -> str:
    """Return ``word`` in NFKC and one case, with its accents, which stemmers need."""
    if not word.isalnum():
        word = without_separators(word)
    if word.isascii():
        return word.lower()
    # Case folding turns "İ" into "i" with a combining dot; in Turkish it is the capital of "i".
    casefolded = to_nfkc(word).replace("İ", "i").casefold()
    return "".join(map(_to_nfkc, _SARA_AM.split(casefolded)))


def strip_accents(word: str) -> str:
    """Return a normalised word (see `normalize_word`) without accents, as it is often typed."""
    if word.isascii():
        return word
    unaccented = "".join(_without_accents(unicodedata.normalize("NFD", word)))
    return unicodedata.normalize("NFC", unaccented).translate(_LETTER_REPLACEMENTS)


_LETTER_REPLACEMENTS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th"}
    | {"æ": "ae", "œ": "oe", "ĸ": "k", "ŋ": "n"}
    # Apostrophes that are letters: Hawaiʻi.
    | {"ʻ": "", "ʼ": "", "ʽ": "", "ʹ": ""}
    # Arabic and Persian keyboards produce different characters for the same letter.
    | {"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": ""}
)
"""Letters whose accent Unicode cannot separate, with their usual replacements."""

_SCRIPTS_WITHOUT_MARKS: Final = ("LATIN", "GREEK", "ARABIC", "HEBREW")
_STRESS_MARKS: Final = "\u0300\u0301"


def _without_accents(decomposed: str) -> list[str]:
    """Return the characters without marks of pronunciation. Indic vowel signs are letters."""
    chars: list[str] = []
    base = ""
    for char in decomposed:
        if unicodedata.category(char) != "Mn":
            base = char
        elif base and _is_accent(base, char):
            continue
        chars.append(char)
    return chars


def _is_accent(base: str, mark: str) -> bool:
    # The nukta of Hindi marks sounds of foreign words, and is often left out.
    if mark == "\u093c":
        return True
    base_name = unicodedata.name(base, "")
    if base_name.startswith(_SCRIPTS_WITHOUT_MARKS):
        return True
    # News prints ё as е, and stress marks only occur in dictionaries. The mark of й stays: й is
    # another letter than и.
    return base_name.startswith("CYRILLIC") and (base == "е" or mark in _STRESS_MARKS)


def _without_possessives(text: str) -> str:
    """Return ``text`` with spaces in place of each possessive ``'s``, at the same length."""
    if "'" in text or "’" in text:
        return _POSSESSIVE.sub("  ", text)
    return text
