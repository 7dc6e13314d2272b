"""Name the base forms that a word of a text may have where a stemmer misses them.

Each rule replaces an ending: the Polish "Polsce" may be a form of "Polska". The result is stemmed like any
other word. Only words of a text get more forms. With several forms per query word, two different words
could match through a form that belongs to neither.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

_MIN_LETTERS: Final = 2
_MIN_INDIC_LETTERS: Final = 3

_ENDINGS: Final = MappingProxyType(
    {
        rules: tuple(
            (ending, tuple(base.strip("-") for base in bases.split("/")))
            for ending, bases in (pair.split(">") for pair in text.split())
        )
        for rules, text in {
            "spanish": "es>- s>-",
            "french": "aux>al/ail eaux>eau oux>ou",
            "german": "as>a is>i os>o us>u es>e ys>y ens>en",
            "polish": "sce>ska dzie>da dze>ga cie>ta rze>ra śle>sła le>ła ce>ka zie>za",
            "czech": "ze>ha ce>ka ře>ra se>cha ích>é ách>a",
            "serbian": "ci>ka zi>ga si>ha ци>ка зи>га си>ха",
            "ukrainian": "ці>ка зі>га сі>ха єва>їв єву>їв єві>їв євом>їв",
            "italian": "chi>co ghi>go che>ca ghe>ga",
            "portuguese": "ais>al eis>el óis>ol uis>ul ns>m ães>ão",
            "urdu": "ياں>ي يوں>ي وں>- یں>- اں>- يں>- ے>ا",
        }.items()
    }
)

# The weak grade of a Finnish stem, to the strong grade of its nominative: Helsingissä, Helsinki.
_FINNISH_GRADES: Final = MappingProxyType(
    {"ng": "nk", "mm": "mp", "nn": "nt", "ll": "lt", "rr": "rt", "d": "t", "v": "p"}
    | {"t": "tt", "k": "kk", "p": "pp"}
)
_MIN_FINNISH_STEM: Final = 3
_FINNISH_VOWELS: Final = tuple("aeiouyäö")

# "Харкова" is a form of "Харків": the vowel of a closed syllable changes.
_UKRAINIAN_OV: Final = re.compile("^(.{3,})ов(?:а|у|і|ом)$")

# Case endings that Bengali, Telugu, Gujarati, Malayalam and Kannada join to a word.
_JOINED_ENDINGS_TEXT: Final = (
    "ের এর কে তে য় ে র রা দের টি টা গুলি গুলো ও "
    "లో కు కి ని ను తో లు ల నుంచి "
    "માં ને નો ની ના થી પર ઓ "
    "ിൽ ിന്റെ യുടെ ന്റെ ിലെ ിന് ിനെ "
    "ದಲ್ಲಿ ನಲ್ಲಿ ಲ್ಲಿ ಗೆ ಕ್ಕೆ ದ ನ್ನು ಗಳು"
)
_JOINED_ENDINGS: Final = tuple(sorted(_JOINED_ENDINGS_TEXT.split(), key=len, reverse=True))
_FIRST_INDIC, _LAST_INDIC = "\u0980", "\u0d7f"


def other_bases(rules: str, word: str) -> tuple[str, ...]:
    """Return words of which ``word`` may be a form, besides those that the stemmer finds."""
    for ending, bases in _ENDINGS.get(rules, ()):
        if word.endswith(ending) and len(word) - len(ending) >= _MIN_LETTERS:
            start = word[: -len(ending)]
            return tuple(start + base for base in bases)
    if rules == "ukrainian":
        match = _UKRAINIAN_OV.match(word)
        return (f"{match[1]}ів",) if match else ()
    return ()


def strong_grade(stem: str) -> str:
    """Return a Finnish stem in its strong grade, or the stem itself: "soda" is a form of "sota"."""
    if stem[-1:] in _FINNISH_VOWELS and len(stem) > _MIN_FINNISH_STEM:
        return strong_grade(stem[:-1]) + stem[-1]
    for size in (2, 1):
        strong = _FINNISH_GRADES.get(stem[-size:])
        if strong and len(stem) >= _MIN_FINNISH_STEM:
            return stem[:-size] + strong
    return stem


def without_joined_ending(word: str) -> str:
    """Return a word of an Indian script without its case ending, or the word itself."""
    if _FIRST_INDIC <= word[:1] <= _LAST_INDIC:
        for ending in _JOINED_ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= _MIN_INDIC_LETTERS:
                return word[: -len(ending)]
    return word
