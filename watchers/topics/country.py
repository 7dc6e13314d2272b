"""Expand a topic that is the name of a country to every name of that country.

``"North Korea"``, ``north korea``, ``DPRK`` and ``КНДР`` are one topic, and it also finds Corea del
Norte and 북한. Only a topic that is exactly such a name is expanded, and its description says so.
``exact:"North Korea"`` stands for only these words.

    "North Korea" ─┐                        ┌─ names        Corea del Norte, КНДР, 북한, …
    "DPRK"        ─┼─ find_aliases ─► KP ───┼─ cased        (Turkey, Chad: also common words)
    "КНДР"        ─┘                        ├─ acronyms     DPRK
                                            ├─ demonyms     North Korean
                                            └─ governments  Pyongyang

tools/build_names.py builds the table, names.json, from Unicode CLDR (Unicode licence v3), countrynames
(MIT), countryinfo (MIT) and a curated table. Those files also give the reasons why a name is included
or not. Only whole names are looked up: "northkorea" has no aliases, and neither has "korea", because
two states claim it.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, TypeAlias

from watchers.topics.canonical import plain_text
from watchers.topics.nodes import And, Form, Leaf, LeafError, Node, Not, Or, Proximity, make_leaf

EXACT_PREFIX: Final = "exact:"
"""Before a name: only these words, without the other names."""

_Row: TypeAlias = dict[str, str | list[str]]
"""One territory of names.json."""

# The lists of a row whose names identify the territory. The first owner of a name wins.
_IDENTIFYING_LISTS: Final = ("names", "longer", "cased", "acronyms", "name")

# Acronyms and names that are also common words: the capitals of the input decide.
_COMMON_WORDS: Final = frozenset({"us", "car", "roc", "ue", "vk", "reunion"})

_IGNORED_MARKS: Final = re.compile("[\u0300-\u036f\u064b-\u065f.'’ʼ‘]")

# Persian and Arabic keyboards differ in three letters. ``str.translate`` takes ten times as long.
_EQUIVALENT_CHARACTERS: Final = (("-", " "), ("ى", "ي"), ("ی", "ي"), ("ک", "ك"), ("ة", "ه"))


# ── Names ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True, kw_only=True)
class Aliases:
    """The names of a territory.

    Attributes:
        territory: its ISO 3166-1 code ("KP"); "EU" and "XK" (Kosovo) are included.
        display: its English name ("North Korea").
        names: matched in any case, with or without accents; languages with much news come first. No
            name contains another as a run of words, so nothing is searched twice.
        cased: names that are also common words ("Turkey", "Chad"): matched in exactly these letters.
        acronyms: short names in capitals ("US", "DPRK"): matched in exactly these letters.
        demonyms: the people and the adjective, in English ("North Korean"): exactly these letters.
        governments: capitals and buildings that stand for the government ("Pyongyang"). They are
            not part of the topic; a user adds them explicitly.
    """

    territory: str
    display: str
    names: tuple[str, ...] = ()
    cased: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    demonyms: tuple[str, ...] = ()
    governments: tuple[str, ...] = ()


class Gazetteer:
    """The table of names in memory: about 3 MB, loaded in about 15 ms."""

    __slots__ = ("_codes", "_rows")

    def __init__(self, table: dict[str, _Row]) -> None:
        self._rows = table
        self._codes: dict[str, str] = {}
        for kind in _IDENTIFYING_LISTS:
            owners = [(name, code) for code, row in table.items() for name in _names_in(row, kind)]
            keys = _keys("\n".join(name for name, _ in owners)).split("\n")
            for key, (_, code) in zip(keys, owners, strict=True):
                self._codes.setdefault(key, code)

    @property
    def display_names(self) -> list[str]:
        """The English name of every territory."""
        return [str(row["name"]) for row in self._rows.values()]

    def find_aliases(self, name: str) -> Aliases | None:
        """Return the aliases of the territory with this whole name, or ``None``.

        Case, accents, dots, hyphens and "the" are ignored. As an exception, an acronym that is also
        a common word ("US", "CAR") must be in capitals or have dots ("u.s.").
        """
        key = _key(name)
        code = self._codes.get(key)
        if code is None or (key in _COMMON_WORDS and _is_written_as_word(name)):
            return None
        row = self._rows[code]
        cased = _names_in(row, "cased")
        return Aliases(
            territory=code,
            display=str(row["name"]),
            names=_names_in(row, "names"),
            cased=tuple(dict.fromkeys((*cased, *map(str.upper, cased)))),
            acronyms=_names_in(row, "acronyms"),
            demonyms=_names_in(row, "demonyms"),
            governments=_names_in(row, "governments"),
        )


def find_aliases(name: str) -> Aliases | None:
    """Return :meth:`Gazetteer.find_aliases` of the bundled table."""
    return gazetteer().find_aliases(name)


@cache
def gazetteer() -> Gazetteer:
    """Return the bundled table. The first call reads it."""
    text = files("watchers.topics").joinpath("names.json").read_text("utf-8")
    return Gazetteer(json.loads(text))


def _names_in(row: _Row, kind: str) -> tuple[str, ...]:
    names = row.get(kind, ())
    return (names,) if isinstance(names, str) else tuple(names)


def _is_written_as_word(name: str) -> bool:
    return name.isascii() and not name.isupper() and "." not in name


def _key(name: str) -> str:
    """Return the lookup key of a name: one case, no accents or dots, one space between words."""
    words = _keys(name).split()
    return " ".join(words[1:] if words[:1] == ["the"] else words)


def _keys(names: str) -> str:
    """Return the keys of names on separate lines, in one pass: one by one takes twice as long."""
    if names.isascii():
        return names.replace(".", "").replace("'", "").replace("-", " ").casefold()
    names = _IGNORED_MARKS.sub("", unicodedata.normalize("NFKD", names))
    for character, equivalent in _EQUIVALENT_CHARACTERS:
        names = names.replace(character, equivalent)
    return names.casefold()


# ── Queries ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class CountryNode(Or):
    """Any name of a territory. The index and the evaluation treat it as an OR of its names.

    Attributes:
        name: the English name of the territory.
    """

    name: str

    @property
    def text(self) -> str:
        """As typed: ``"north korea"``."""
        return f'"{self.name.casefold()}"'


def expand_country(node: Node, typed: str) -> Node:
    """Return every name of the country that ``node`` names, or ``node`` if it names none.

    ``typed`` is the whole topic as the user wrote it: only there are the capitals of "US" preserved.
    """
    if typed.lstrip(" (").casefold().startswith(EXACT_PREFIX):
        return node
    # The typed text is tried too, because some names contain operators: "Antigua & Barbuda".
    aliases = _aliases_of_node(node) or (None if _has_exclusion(node) else _aliases_of_text(typed))
    return node if aliases is None else CountryNode(_make_leaves(aliases), aliases.display)


def unexpanded_text(node: Node) -> str | None:
    """Return the input for a lone name that is not to be expanded, or ``None`` for other topics."""
    return f"{EXACT_PREFIX}{node.text}" if _aliases_of_node(node) is not None else None


def _aliases_of_node(node: Node) -> Aliases | None:
    match node:
        case Leaf(field="", form=Form.ANY | Form.EXACT):
            return _aliases_of_text(node.text)
        case Proximity():
            text = plain_text(node)
            return _aliases_of_text(text) if text else None
        case _:
            return None


def _aliases_of_text(text: str) -> Aliases | None:
    return find_aliases(text.strip(" \"'“”„«»()"))


def _has_exclusion(node: Node) -> bool:
    """Return True if the query excludes something: then a minus is not a hyphen of a name."""
    return isinstance(node, And) and any(isinstance(part, Not) for part in node.parts)


def _make_leaves(aliases: Aliases) -> tuple[Node, ...]:
    """Return the names as leaves: plain names in any form, the others in exactly their letters.

    The table has names in the nominative. As leaves of any form they are found in every inflection
    that the language of the item has.
    """
    cased = (*aliases.cased, *aliases.acronyms, *aliases.demonyms)
    forms = [(name, Form.ANY) for name in aliases.names] + [(name, Form.CASED) for name in cased]
    leaves: dict[str, Node] = {}
    for name, form in forms:
        try:
            leaf = make_leaf(name, form, "")
        except LeafError:
            # A name that consists only of signs.
            continue
        leaves[leaf.text] = leaf
    return tuple(leaves[text] for text in sorted(leaves))
