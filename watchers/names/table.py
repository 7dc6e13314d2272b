"""The table of territories, names.json, and the lookup of a typed name.

tools/build_names.py builds the table from Unicode CLDR (Unicode licence v3), countrynames (MIT),
countryinfo (MIT) and curated tables. Those files also give the reasons why a name is included or not.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

# Acronyms and names that are also common words: the capitals of the input decide.
_COMMON_WORDS_TEXT: Final = "us car roc ue vk vs reunion rok sad sua ab bae eau"
_COMMON_WORDS: Final = frozenset(_COMMON_WORDS_TEXT.split())

# Names whose spelling without accents is another word in a language with many readers: the spelling with
# accents is required ("cada" is not Čada, Chad in Latvian). The name of Isle of Man is not "man" alone.
_OTHER_WORDS_TEXT: Final = (
    "man ao tai sin mon benim cada uc oma samo bi libi pole sec liberi maali uman ira lati spann pala "
    "eron rusi gane maurizio maurice mauricio dominique bruine sile cili cin siri indi gini cad reunio "
    "fas norra alanda omaan suuria omana columbia kena granada fines"
)
_OTHER_WORDS: Final = frozenset(_OTHER_WORDS_TEXT.split())

# Names that are another word in lower case: an island, and Island (Iceland in German).
_LOWER_CASE_WORDS: Final = frozenset({"island", "gana", "indie", "chili", "cile", "salvador"})

_IGNORED_MARKS: Final = re.compile("[\u0300-\u036f\u093c\u064b-\u065f.'’ʼ‘]")

# Persian and Arabic keyboards differ in three letters. ``str.translate`` takes ten times as long.
_EQUIVALENT_CHARACTERS: Final = (
    ("-", " "),
    ("&", " "),
    ("ى", "ي"),
    ("ی", "ي"),
    ("ک", "ك"),
    ("ة", "ه"),
)

_EMPTY: Final[Mapping[str, tuple[str, ...]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Territory:
    """The names of a territory, or of places that contain such a name (``code`` is "").

    Attributes:
        code: its ISO 3166-1 code ("KP"); "EU" and "XK" (Kosovo) are included.
        display: its English name ("North Korea").
        names: each name to the languages in which it is inflected; none for a name of no certain
            language.
        cased: names that are also other words in their own language.
        foreign: names that are common words in other languages, to these languages.
        acronyms: short names in capitals ("US", "DPRK"), to their languages; none for all languages.
        demonyms: a language to its entries for the adjective and the people (see inflection.py).
        governments: capitals and buildings that stand for the government ("Pyongyang"). They are
            not part of a topic; a user adds them explicitly.
    """

    code: str
    display: str
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cased: frozenset[str] = frozenset()
    foreign: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    acronyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    demonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    governments: tuple[str, ...] = ()


# The letters of a flag are the regional indicators from A to Z (Unicode, section 22.10).
_REGIONAL_INDICATOR_A: Final = 0x1F1E6


class NameTable:
    """The territories by code, and the code of each whole name."""

    __slots__ = ("_codes", "blocked", "territories")

    def __init__(self, rows: Mapping[str, Mapping[str, Any]]) -> None:
        self.territories = {code: _make_territory(code, row) for code, row in rows.items() if code}
        self.blocked = _make_territory("", rows.get("", {}))
        self._codes: dict[str, str] = {}
        owners = [
            (name, code)
            for code, territory in self.territories.items()
            for name in (*territory.names, *territory.acronyms, territory.display)
        ]
        keys = _keys("\n".join(name for name, _ in owners)).split("\n")
        for key, (_, code) in zip(keys, owners, strict=True):
            self._codes.setdefault(" ".join(key.split()), code)

    def find(self, name: str) -> Territory | None:
        """Return the territory with this whole name, or ``None``.

        Case, accents, dots, hyphens and "the" are ignored. As an exception, an acronym that is also
        a common word ("US", "CAR") must be in capitals or have dots ("u.s."), and a name that is also
        another word must have its accents or its capital.
        """
        key = _key(name)
        code = self._codes.get(key)
        if code is None or (key in _COMMON_WORDS and _is_written_as_word(name)):
            return None
        is_other_word = key in _OTHER_WORDS or (key in _LOWER_CASE_WORDS and name.islower())
        if is_other_word and name.isascii():
            return None
        return self.territories[code]


@cache
def name_table() -> NameTable:
    """Return the bundled table. The first call reads it."""
    text = files("watchers.names").joinpath("names.json").read_text("utf-8")
    return NameTable(cast("dict[str, dict[str, Any]]", json.loads(text)))


def find_territory(name: str) -> Territory | None:
    """Return :meth:`NameTable.find` of the bundled table."""
    return name_table().find(name)


def territory_of_flag(flag: str) -> Territory | None:
    """Return the territory of a flag, as an emoji or as Slack writes it: ``:flag-kp:``."""
    if flag.startswith(":"):
        code = flag.strip(":").rpartition("-")[2].upper()
    else:
        code = "".join(chr(ord(letter) - _REGIONAL_INDICATOR_A + ord("A")) for letter in flag)
    return name_table().territories.get(code)


def _make_territory(code: str, row: Mapping[str, Any]) -> Territory:
    return Territory(
        code=code,
        display=str(row.get("name", "")),
        names=_languages_by_name(row, "names"),
        cased=frozenset(row.get("cased", ())),
        foreign=_languages_by_name(row, "foreign"),
        acronyms=_languages_by_name(row, "acronyms"),
        demonyms={
            key: _with_plurals(entries) if key == "en" else tuple(entries)
            for key, entries in row.get("demonyms", {}).items()
        },
        governments=tuple(row.get("governments", ())),
    )


def _with_plurals(demonyms: Sequence[str]) -> tuple[str, ...]:
    """Return English demonyms with the plurals of those that are nouns: Peruvian, Peruvians."""
    plurals = (f"{entry}s" for entry in demonyms if entry.endswith(_NOUN_ENDINGS))
    return tuple(dict.fromkeys((*demonyms, *plurals)))


_NOUN_ENDINGS: Final = ("an", "i", "er", "ine", "ite", "ot")


def _languages_by_name(row: Mapping[str, Any], kind: str) -> Mapping[str, tuple[str, ...]]:
    names: Mapping[str, str] = row.get(kind, {})
    return {name: tuple(languages.split()) for name, languages in names.items()} or _EMPTY


def _is_written_as_word(name: str) -> bool:
    # "the US" is the name, "the us" is not.
    word = name.rsplit(maxsplit=1)[-1]
    return name.isascii() and not word.isupper() and "." not in word


def _key(name: str) -> str:
    """Return the lookup key of a name: one case, no accents or dots, one space between words."""
    words = _keys(name).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


def _keys(names: str) -> str:
    """Return the keys of names on separate lines, in one pass: one by one takes twice as long."""
    if names.isascii():
        return (
            names.replace(".", "")
            .replace("'", "")
            .replace("-", " ")
            .replace("&", " ")
            .replace(",", " ")
            .casefold()
        )
    names = _IGNORED_MARKS.sub("", unicodedata.normalize("NFKD", names))
    for character, equivalent in _EQUIVALENT_CHARACTERS:
        names = names.replace(character, equivalent)
    return names.casefold()
