"""Countries and territories by every name they go by, across languages.

    "North Korea" ─┐                      ┌─ names        Corea del Norte, КНДР, 북한, …
    "DPRK"        ─┼─ aliases_of ─► KP ───┼─ cased        (Turkey, Chad: also words)
    "КНДР"        ─┘                      ├─ acronyms     DPRK
                                          ├─ demonyms     North Korean
                                          └─ governments  Pyongyang

The table, names.json, is built by tools/build_names.py from Unicode CLDR (Unicode licence v3),
countrynames (MIT), countryinfo (MIT) and a curated table of our own; the reasons why a name is
printed there, or is not, stand in those files. What is asked for is a whole name: "northkorea" and
"korea" (two states claim it) have no aliases.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, TypeAlias

_Row: TypeAlias = dict[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliases:
    """What a territory is called.

    Attributes:
        territory: its ISO 3166-1 code ("KP"); "EU" and "XK" (Kosovo) are among them.
        display: what to call it in English ("North Korea").
        names: matched whatever their case and accents; languages with much news come first. None
            holds another as a run of words, so nothing is looked for twice.
        cased: names that are also words ("Turkey", "Chad"): matched with these very letters.
        acronyms: short names in capitals ("US", "DPRK"): matched with these very letters.
        demonyms: the people and the adjective, in English ("North Korean"): these very letters.
        governments: capitals and houses that stand for the government ("Pyongyang"): only where
            somebody asked for them.
    """

    territory: str
    display: str
    names: tuple[str, ...] = ()
    cased: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()
    governments: tuple[str, ...] = ()


class Gazetteer:
    """The table in memory: about 3 MB, ready in some 15 ms."""

    __slots__ = ("_codes", "_rows")

    def __init__(self, table: dict[str, _Row]) -> None:
        self._rows = table
        self._codes: dict[str, str] = {}
        for kind in _NAMING:
            owners = [(name, code) for code, row in table.items() for name in _listed(row, kind)]
            keys = _keys("\n".join(name for name, _ in owners)).split("\n")
            for key, (_, code) in zip(keys, owners, strict=True):
                self._codes.setdefault(key, code)

    @property
    def displays(self) -> list[str]:
        """What every territory is called in English."""
        return [str(row["name"]) for row in self._rows.values()]

    def aliases_of(self, name: str) -> Aliases | None:
        """The aliases of the territory that ``name`` as a whole names, ``None`` if it names none.

        Case, accents, dots, hyphens and "the" do not matter, except that an acronym which is also
        a word ("US", "CAR") has to be in capitals or dotted ("u.s.").
        """
        key = _key(name)
        code = self._codes.get(key)
        if code is None or (key in _WORDS and _is_a_word(name)):
            return None
        row = self._rows[code]
        cased = _listed(row, "cased")
        return Aliases(
            territory=code,
            display=str(row["name"]),
            names=_listed(row, "names"),
            cased=tuple(dict.fromkeys((*cased, *map(str.upper, cased)))),
            acronyms=_listed(row, "acronyms"),
            demonyms=_listed(row, "demonyms"),
            governments=_listed(row, "governments"),
        )


def aliases_of(name: str) -> Aliases | None:
    """:meth:`Gazetteer.aliases_of` on the table that ships with Tocsin."""
    return gazetteer().aliases_of(name)


@cache
def gazetteer() -> Gazetteer:
    """The table that ships with Tocsin, read when it is first needed."""
    text = files("watchers.topics").joinpath("names.json").read_text("utf-8")
    return Gazetteer(json.loads(text))


_NAMING: Final = ("names", "longer", "cased", "acronyms", "name")
_WORDS: Final = frozenset({"us", "car", "roc", "ue", "vk", "reunion"})
_MARKS: Final = re.compile("[\u0300-\u036f\u064b-\u065f.'’ʼ‘]")
# Persian and Arabic keyboards differ in three letters. (``str.translate`` takes ten times as long.)
_SAME: Final = (("-", " "), ("ى", "ي"), ("ی", "ي"), ("ک", "ك"), ("ة", "ه"))


def _listed(row: _Row, kind: str) -> tuple[str, ...]:
    found = row.get(kind, ())
    return (found,) if isinstance(found, str) else tuple(found)


def _is_a_word(name: str) -> bool:
    return name.isascii() and not name.isupper() and "." not in name


def _key(name: str) -> str:
    """``name`` as it is looked up: one case, no accents or dots, one space between words."""
    words = _keys(name).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


def _keys(names: str) -> str:
    """The keys of names parted by line ends, all at once: one by one takes twice as long."""
    if names.isascii():
        return names.replace(".", "").replace("'", "").replace("-", " ").casefold()
    names = _MARKS.sub("", unicodedata.normalize("NFKD", names))
    for sign, same in _SAME:
        names = names.replace(sign, same)
    return names.casefold()
