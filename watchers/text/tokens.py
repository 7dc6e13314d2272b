"""Split a text into words and normalize words.

    text ──split──► words as printed ──normal──► one case, one encoding ──fold──► no accents
                                          └──► stems.py: the keys of inflections

- A word is a run of letters, marks and digits. All other characters separate words, including the
  hyphen, the underscore and the apostrophe ("anti-missile" and "l'Iran" are two words each).
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
from collections.abc import Iterable
from typing import Final

import regex

# Unicode assigns ー (the long-vowel mark) to no single script, but it is part of katakana words.
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"

_ANY_WORD: Final = regex.compile(
    rf"(?=[{_UNSPACED}])\X|[[\p{{L}}\p{{M}}\p{{N}}\u00ad]--[{_UNSPACED}]]+", regex.V1
)
"""Words in every script. The standard ``re`` would cut Hindi and Thai words at their marks."""

_ALPHABET_WORD: Final = re.compile(r"(?:[^\W_]|\u00ad)+")
"""The same words, three times faster, for text without a match of ``_BEYOND_ALPHABETS``."""

_BEYOND_ALPHABETS: Final = re.compile(
    "[^\u0000-\u02ff\u0370-\u0482\u048a-\u052f\u0531-\u0588\u1e00-\u1fff"
    "\u2000-\u2064\u20a0-\u20bf\u2190-\u23ff\u2500-\u27bf\uac00-\ud7a3\U0001f000-\U0001faff]"
)

_ASCII_SPACES: Final = {code: " " for code in range(128) if not chr(code).isalnum()}
"""The separators of ASCII words, for ``str.translate``: the fastest way to split in Python."""

_POSSESSIVE: Final = re.compile(r"(?<=[^\W_])['’][sS](?![^\W_])")


def split_words(text: str) -> list[str]:
    """Return the words of ``text``, in order, as printed."""
    text = _without_possessives(text)
    if text.isascii():
        return text.translate(_ASCII_SPACES).split()
    if _BEYOND_ALPHABETS.search(text) is None:
        return _ALPHABET_WORD.findall(text)
    return _ANY_WORD.findall(text)


def word_ends(text: str, printed: Iterable[str]) -> list[int]:
    """Return the end offset in ``text`` of each of ``printed``, the result of :func:`split`."""
    find = _without_possessives(text).find
    offsets: list[int] = []
    end = 0
    # A comprehension that assigns ``end`` would take a third longer.
    for word in printed:
        # Only separators lie between two words, so the next occurrence is the word itself.
        end = find(word, end) + len(word)
        offsets.append(end)
    return offsets


def to_nfkc(word: str) -> str:
    """Return ``word`` in NFKC with its case and accents, for case-sensitive comparison."""
    if word.isascii():
        return word
    # U+00AD, the soft hyphen, is invisible.
    return "".join(map(_to_nfkc, _SARA_AM.split(word.replace("\u00ad", ""))))


_SARA_AM: Final = re.compile("([\u0e33\u0eb3])")
"""Thai and Lao "am". NFKC would split it into two characters that no keyboard produces."""


def _to_nfkc(part: str) -> str:
    return part if _SARA_AM.match(part) else unicodedata.normalize("NFKC", part)


def normalize_word(word: str) -> str:
    """Return ``word`` in NFKC and one case, with its accents, which stemmers need."""
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
