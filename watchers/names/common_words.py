"""Forms of names that are also everyday words of their language. All are folded.

The lists are the result of tests/watchers/names/test_common_words.py, which compares all forms with the
commonest words of each language.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_NO_WORDS: Final[frozenset[str]] = frozenset()

# Inflected forms that nearly always are the other word.
_REJECTED: Final = MappingProxyType(
    {
        "ar": "ماليه مالي ماليا بروس قمري قمريه القمري القمريه",
        "ca": "palau",
        "cs": "cini cin komor dana dane",
        "es": "fines fina fino",
        "fi": "omana omat omaa omassa omasta",
        "fr": "maurice",
        "he": "כיוון",
        "hi": "भारती",
        "hu": "malin mali",
        "is": "mali mala",
        "ko": "건지 수단 그리스도",
        "lt": "gana",
        "lv": "kino malu gana male",
        "mk": "малиот мали малите",
        "nl": "letten",
        "pl": "pola pole slowa slow slowem gre gry gra polo wlos wlosy wlosow finow fin",
        "ru": "самое само самой самому самом",
        "sk": "komory mala male",
        "sl": "mala male malih mali malo",
        "sr": "mala male malih malim malo toga togo malom mali",
        "ta": "சூடான சாட்",
        "tr": "maliye mali mal turku fini",
        "uk": "само самому малих малі",
    }
)

# Names that are the other word at the start of a sentence, where it has a capital too.
_AT_START: Final = MappingProxyType(
    {
        "ca": "reunio",
        "cs": "komory ciny cinu",
        "es": "reunion granada salvador mauricio",
        "fi": "oman",
        "fr": "mali dominique reunion",
        "it": "riunione mali",
        "no": "man",
        "pt": "reuniao ira salvador granada",
        "ro": "mali",
        "ru": "того",
        "sk": "mali ciny cinu",
        "uk": "того",
        "tl": "mali",
        "vi": "anh ý áo",
    }
)


def rejected_forms(language: str) -> frozenset[str]:
    """Return the folded words that never are a name in ``language``."""
    return _words(_REJECTED.get(language))


def words_at_start(language: str) -> frozenset[str]:
    """Return the folded words that are not a name at the start of a sentence in ``language``."""
    return _words(_AT_START.get(language))


def _words(text: str | None) -> frozenset[str]:
    return frozenset(text.split()) if text else _NO_WORDS
