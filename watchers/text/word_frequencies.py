"""How often words occur in general text: the lists of the wordfreq package, read without importing it.

The lists contain the words that occur at least once per million words. A list takes about 20 ms to
read; it is not kept, because it is needed only for new topics on a fresh installation.
"""

from __future__ import annotations

import gzip
import importlib.util
import unicodedata
from collections.abc import Collection
from pathlib import Path
from types import MappingProxyType
from typing import Final

_LANGUAGES_BY_SCRIPT: Final = MappingProxyType(
    {
        "LATIN": ("en", "de", "fr", "es", "pt", "it", "nl", "pl"),
        "CYRILLIC": ("ru", "uk"),
        "GREEK": ("el",),
        "ARABIC": ("ar", "fa"),
        "HEBREW": ("he",),
        "DEVANAGARI": ("hi",),
        "CJK": ("zh", "ja"),
        "HIRAGANA": ("ja",),
        "KATAKANA": ("ja",),
        "HANGUL": ("ko",),
    }
)
"""The languages in which a word is looked up, the one with the most news first."""

# Entry n of a list has the words whose frequency is 10 to the power of -n / 100.
_STEPS_PER_DECADE: Final = 100


def languages_of_script(word: str) -> tuple[str, ...]:
    """Return the languages with a word list that may contain ``word``, by the script of its start."""
    script = unicodedata.name(word[:1], "").partition(" ")[0]
    return _LANGUAGES_BY_SCRIPT.get(script, ())


def read_frequencies(language: str, prefixes: Collection[str]) -> dict[str, float]:
    """Return the words of a language that begin with one of ``prefixes``, with their frequencies.

    The result is empty if there is no list for the language. Call it outside the event loop.
    """
    path = _list_path(language)
    if path is None or not prefixes:
        return {}
    import msgpack

    with gzip.open(path) as file:
        buckets: list[list[str]] = msgpack.unpackb(file.read(), raw=False)
    starts = tuple(prefixes)
    # The first entry describes the format.
    return {
        word: 10 ** (-index / _STEPS_PER_DECADE)
        for index, words in enumerate(buckets[1:])
        for word in words
        if word.startswith(starts)
    }


def _list_path(language: str) -> Path | None:
    # Importing the package takes half a second and 30 MB.
    spec = importlib.util.find_spec("wordfreq")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "data" / f"small_{language}.msgpack.gz"
    return path if path.is_file() else None
