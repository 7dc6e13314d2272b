"""Words: where they are in a text, and when two of them are the same word to a reader.

    text ──split──► words as printed ──normal──► one case, one encoding ──fold──► no accents
                                          └──► stems.py: what inflections share

- A word is a run of letters, marks and digits; everything else parts words, the hyphen, the
  underscore and the apostrophe too ("anti-missile" is two words, "l'Iran" is two).
- A possessive ``'s`` is no word: "Russia's sanctions" holds the phrase "russia sanctions".
- Scripts written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Myanmar) give one word for
  each grapheme cluster, so a name is a phrase of clusters and is found wherever it stands. A
  dictionary would lose 9 % (ICU) to 15 % (jieba) of the occurrences.
- Positions are offsets into the text as given. Nothing here changes the length of a text.

Cost, for 1,400 characters: 10 µs in ASCII, about 40 µs in other alphabets, about 200 µs in
scripts without spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

import regex

# ー (the long-vowel mark) belongs to no script by the Unicode tables, but to katakana words.
_UNSPACED: Final = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}ー"

_ANY_WORD: Final = regex.compile(
    rf"(?=[{_UNSPACED}])\X|[[\p{{L}}\p{{M}}\p{{N}}\u00ad]--[{_UNSPACED}]]+", regex.V1
)
"""Right for every script. The standard ``re`` would cut Hindi and Thai words at their marks."""

_ALPHABET_WORD: Final = re.compile(r"(?:[^\W_]|\u00ad)+")
"""The same words, three times faster, for text that holds nothing beyond ``_BEYOND_ALPHABETS``."""

_BEYOND_ALPHABETS: Final = re.compile(
    "[^\u0000-\u02ff\u0370-\u0482\u048a-\u052f\u0531-\u0588\u1e00-\u1fff"
    "\u2000-\u2064\u20a0-\u20bf\u2190-\u23ff\u2500-\u27bf\uac00-\ud7a3\U0001f000-\U0001faff]"
)

_ASCII_SPACES: Final = {code: " " for code in range(128) if not chr(code).isalnum()}
"""What parts ASCII words, as a table for ``str.translate``: the fastest splitter in Python."""

_POSSESSIVE: Final = re.compile(r"(?<=[^\W_])['’][sS](?![^\W_])")


def split(text: str) -> list[str]:
    """The words of ``text``, in order, as printed."""
    text = _without_possessives(text)
    if text.isascii():
        return text.translate(_ASCII_SPACES).split()
    if _BEYOND_ALPHABETS.search(text) is None:
        return _ALPHABET_WORD.findall(text)
    return _ANY_WORD.findall(text)


def ends(text: str, printed: Iterable[str]) -> list[int]:
    """Where each of the words ``printed``, which :func:`split` gave for ``text``, ends in it."""
    find = _without_possessives(text).find
    found: list[int] = []
    end = 0
    for word in printed:  # no comprehension: with a name of this function's it takes a third longer
        end = find(word, end) + len(word)  # between two words there is nothing to be found in
        found.append(end)
    return found


def encoded(word: str) -> str:
    """``word`` in one encoding (NFKC), with its case and accents: what case-sensitive words share."""
    if word.isascii():
        return word
    return "".join(map(_compatible, _KEPT.split(word.replace("\u00ad", ""))))


_KEPT: Final = re.compile("([\u0e33\u0eb3])")
"""Thai and Lao "am": NFKC would part it, and its two halves are no word as people type it."""


def _compatible(part: str) -> str:
    return part if _KEPT.match(part) else unicodedata.normalize("NFKC", part)


def normal(word: str) -> str:
    """``word`` in one encoding (NFKC) and one case; accents stay, because stemmers need them."""
    if word.isascii():
        return word.lower()
    # "İ" would become "i" and a dot above; Turkish keyboards mean a plain "i" by it.
    casefolded = encoded(word).replace("İ", "i").casefold()
    return "".join(map(_compatible, _KEPT.split(casefolded)))


def fold(word: str) -> str:
    """A :func:`normal` word as people type it in a hurry: without accents and ligatures."""
    if word.isascii():
        return word
    bare = "".join(_bare(unicodedata.normalize("NFD", word)))
    return unicodedata.normalize("NFC", bare).translate(_LETTERS)


_LETTERS: Final = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th"}
    | {"æ": "ae", "œ": "oe", "ĸ": "k", "ŋ": "n"}
    # Arabic and Persian keyboards write the same letter with different codes.
    | {"ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ـ": ""}
)
"""Letters that carry no separable accent, and what people write for them."""

_DROPS_EVERY_MARK: Final = ("LATIN", "GREEK", "ARABIC", "HEBREW")
_STRESS: Final = "\u0300\u0301"


def _bare(decomposed: str) -> list[str]:
    """The characters without marks that only help to pronounce. Indic vowel signs are letters."""
    kept: list[str] = []
    base = ""
    for char in decomposed:
        if unicodedata.category(char) != "Mn":
            base = char
        elif not base:
            pass  # a mark without a letter, as broken text has it
        elif unicodedata.name(base, "").startswith(_DROPS_EVERY_MARK):
            continue
        elif unicodedata.name(base, "").startswith("CYRILLIC") and (base == "е" or char in _STRESS):
            continue  # ё is printed as е, and stress marks only in dictionaries; й is a letter
        kept.append(char)
    return kept


def _without_possessives(text: str) -> str:
    """``text`` with each possessive ``'s`` blanked, at the same length."""
    if "'" in text or "’" in text:
        return _POSSESSIVE.sub("  ", text)
    return text
