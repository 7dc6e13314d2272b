"""How a name sounds, roughly, in any alphabet: "Путін" and "Putin" are both "ptn".

Consonants alone, so that endings and vowels, which each language writes its own way, do not matter.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import regex

from watchers.text.words import fold, normal, split

_LETTERS: Final = dict(
    zip("абвгґдеєжзиіїйклмнопрстуфхцчшщъыьэюяёўђјљњћџ", (
        "a b v g g d e e zh z i i i i k l m n o p r s t u f h ts ch sh sh _ i _ e u a e u d i l n c d"
    ).split(), strict=True)
) | dict(
    zip("αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώ", (
        "a v g d e z i t i k l m n ks o p r s t i f h ps o s a e i i o i o"
    ).split(), strict=True)
)  # fmt: skip
_MARKED: Final = str.maketrans(
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
_SAME: Final = (
    ("sch", "s"), ("tch", "s"), ("sh", "s"), ("ch", "s"), ("zh", "s"), ("kh", "h"), ("ph", "f"), ("th", "t"),
    ("dzh", "s"), ("dj", "s"), ("ck", "k"), ("qu", "kv"), ("x", "ks"), ("w", "v"), ("c", "k"), ("q", "k"),
    ("j", "s"), ("y", "i"), ("ts", "s"), ("tz", "s"), ("z", "s"), ("g", "h"),
)  # fmt: skip
_VOWELS: Final = regex.compile(r"[aeiou_]")
_REPEATED: Final = regex.compile(r"(.)\1+")
_SHORTEST: Final = 2  # consonants: less fits any name
_STEM: Final = 3  # consonants that a word and its declined form share at least
_ENDING: Final = 2  # consonants that an ending may add
_LATIN: Final = regex.compile(r"[a-z]+")


def skeletons(text: str) -> frozenset[str]:
    """How the words of ``text`` sound."""
    found: set[str] = set()
    for word in split(text):
        bones = _skeleton(word)
        if len(bones) >= _SHORTEST:
            found.add(bones)
    return frozenset(found)


def sounds_like_one_of(word: str, known: frozenset[str]) -> bool:
    """Whether ``word`` may be one of the ``known`` skeletons, its endings left aside."""
    bones = _skeleton(word)
    if bones in known and len(bones) >= _SHORTEST:
        return True
    stems = (
        bones[:length] for length in range(len(bones), max(_STEM, len(bones) - _ENDING) - 1, -1)
    )
    return len(bones) >= _STEM and any(
        other.startswith(stem) and len(other) - len(stem) <= _ENDING
        for stem in stems
        for other in known
    )


@cache
def _table() -> dict[int, str]:
    return {ord(letter): sound for letter, sound in _LETTERS.items()}


def _skeleton(word: str) -> str:
    sound = fold(normal(word).translate(_MARKED)).translate(_table())
    if not _LATIN.fullmatch(sound.replace("_", "")):
        return ""
    for written, heard in _SAME:
        sound = sound.replace(written, heard)
    bones = _REPEATED.sub(r"\1", _VOWELS.sub("", sound))
    # "Anna" has too few: its vowels have to do.
    return bones if len(bones) >= _SHORTEST else _REPEATED.sub(r"\1", sound.replace("_", ""))
