"""Write names of other alphabets as consonants of one alphabet, so that spellings of a name are equal.

Horodetsky · Городецький · Horodecki  ──►  krtck
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from watchers.text import tokens as words

MAX_CACHED_NAMES: Final = 20_000

# A shorter form is equal by chance.
MIN_FORM_LETTERS: Final = 3

_CYRILLIC: Final = (
    "а a б b в v г g д d е e ё e ж zh з z и i й i к k л l м m н n о o п p р r с s т t у u ф f х kh "
    "ц ts ч ch ш sh щ sh ы i э e ю iu я ia і i ї i є e ґ g"
)
_GREEK: Final = (
    "α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r σ s ς s τ t υ i φ f χ kh "
    "ψ ps ω o"
)
_DEVANAGARI: Final = (
    "क k ख k ग g घ g च ch छ ch ज j झ j ट t ठ t ड d ढ d ण n त t थ t द d ध d न n प p फ p ब b भ b म m "
    "य i र r ल l व v श s ष s स s ह h"
)
_ARABIC: Final = (
    "ب b ت t ث t ج j ح h خ kh د d ذ d ر r ز z س s ش sh ص s ض d ط t ظ z غ g ف f ق k ك k ل l م m ن n "
    "ه h و v ي i"
)


def _pairs(text: str) -> dict[str, str]:
    parts = text.split()
    return dict(zip(parts[::2], parts[1::2], strict=True))


_LETTERS: Final = MappingProxyType(
    str.maketrans(_pairs(_CYRILLIC) | _pairs(_GREEK) | _pairs(_DEVANAGARI) | _pairs(_ARABIC))
)

# Letters that alphabets and languages exchange, the longer groups first.
_EXCHANGES: Final = (
    ("sch", "s"),
    ("tch", "c"),
    ("cz", "c"),
    ("sz", "s"),
    ("sh", "s"),
    ("zh", "z"),
    ("ch", "c"),
    ("kh", "k"),
    ("ph", "f"),
    ("th", "t"),
    ("ck", "k"),
    ("ts", "c"),
    ("tz", "c"),
    ("x", "ks"),
    ("q", "k"),
    ("w", "v"),
    ("g", "k"),
    ("h", "k"),
    ("j", "i"),
    ("y", "i"),
    ("d", "t"),
    ("b", "p"),
    ("z", "s"),
    ("c", "s"),
)
_VOWELS: Final = re.compile("[aeiou]")
_REPEATED: Final = re.compile(r"(.)\1+")


@lru_cache(MAX_CACHED_NAMES)
def name_form(word: str) -> str:
    """Return the form in which spellings of one name are equal."""
    form = words.strip_accents(words.normalize_word(word)).translate(_LETTERS)
    for letters, other in _EXCHANGES:
        form = form.replace(letters, other)
    if form[:1] in "aeiou":
        form = "a" + form[1:]
    return _REPEATED.sub(r"\1", form[:1] + _VOWELS.sub("", form[1:]))
