"""Recognise the other meanings of a country's name: the state of Georgia, Michael Jordan.

A person is recognised by a given name or a surname beside the name, a state by the words around it in the
item. Both are lists of frequent cases, not a model: a rare surname remains a false match.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class OtherMeaning:
    """The evidence that a name stands for something else.

    Attributes:
        before: words directly before the name.
        after: words directly after the name.
        around: words anywhere in the item.
        against: words anywhere in the item that show the territory after all.
    """

    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    against: frozenset[str] = frozenset()


_GIVEN_NAMES: Final = frozenset(
    "Michael Jim Barbara Jeremy Deandre DeAndre Eddie Neil Louis Vernon Sasha Montell Cameron"
    " Leslie Alexis Steve Robert Kevin David Air Ad Eason Clarence Aaron Payton Kim Ben Tom Mr Mrs"
    " Ms Coach Pastor Rep Senator Justice Brandon Kyle Matt Dan Mike John James Paul Mark".split()
)

_SURNAMES: Final = frozenset(
    "Peterson Henderson Pickford Spieth Peele Belfort Bardella Poole Clarkson Smith Johnson Love"
    " Brand Ayew Thompson Neely Chiles Davis Walker Williams Brown Jones Larmour Rankin Farris"
    " Fisher Addison Burroughs Montgomery Morris Hicks Staal Binnington Ott Eberle Taylor Miles"
    " Nwora Hawkins Goodwin Sancho Kyrou Greenway Kroeger Daybell Kelly Wheeler Michaels Reed"
    " Bianco Mendes Hurley Meyers Stahelski Coleman Kerr Toole Stokes Engler O’Meloni Meloni May"
    " O’Keeffe Gooding Adesanya Houghton Keys Arie Barris Moore".split()
)

_OTHER_MEANINGS: Final = MappingProxyType(
    {
        "GE": OtherMeaning(
            before=_GIVEN_NAMES | {"Atlanta", "Savannah", "Augusta", "Macon", "Athens", "South"},
            after=_SURNAMES
            | frozenset("Tech Bulldogs Senate Republicans Republican Democrats Power".split()),
            around=frozenset(
                "Atlanta Savannah Augusta Macon Fulton Kemp Raffensperger Warnock Ossoff Bulldogs"
                " Abrams Falcons Braves Alabama Carolina Tennessee Florida Gwinnett Cobb DeKalb".split()
            ),
            against=frozenset(
                "Tbilisi Georgian Georgians Caucasus Ossetia Abkhazia Batumi Saakashvili Ivanishvili"
                " Kobakhidze Zourabichvili Armenia Azerbaijan Kavelashvili Russia".split()
            ),
        ),
        "JO": OtherMeaning(
            before=_GIVEN_NAMES,
            after=_SURNAMES | {"brand", "sneakers", "Brand"},
            against=frozenset("Amman Jordanian Jordanians Abdullah Hashemite Aqaba".split()),
        ),
        "TD": OtherMeaning(
            before=_GIVEN_NAMES,
            after=_SURNAMES,
            against=frozenset("Chadian N'Djamena Djamena Deby Déby Sahel Sudan".split()),
        ),
        "CU": OtherMeaning(after=frozenset({"Gooding"})),
        "IL": OtherMeaning(after=frozenset({"Adesanya", "Houghton", "Keys"})),
        "IN": OtherMeaning(after=frozenset({"Arie"})),
        "KE": OtherMeaning(after=frozenset({"Barris", "Moore"})),
        "NL": OtherMeaning(before=frozenset({"Tom", "Agnieszka", "André"})),
        "IE": OtherMeaning(before=frozenset({"Kathy"})),
        "CO": OtherMeaning(after=frozenset({"University"})),
    }
)


def is_other_meaning(code: str, words: Sequence[str], first: int, last: int) -> bool:
    """Return True if the name of ``code`` at these positions has its other meaning."""
    meaning = _OTHER_MEANINGS.get(code)
    if meaning is None:
        return False
    if first and words[first - 1] in meaning.before:
        return True
    if last + 1 < len(words) and words[last + 1] in meaning.after:
        return True
    if meaning.around and not meaning.around.isdisjoint(words):
        return meaning.against.isdisjoint(words)
    return False


def ambiguity_of(code: str) -> tuple[str, str] | None:
    """Return what else the name of a territory means, and words that narrow a topic about it."""
    return _AMBIGUITIES.get(code)


_AMBIGUITIES: Final = MappingProxyType(
    {
        "GE": ("a state of the USA", "Tbilisi"),
        "JO": ("a personal name", "Amman"),
        "TD": ("a personal name", "N'Djamena"),
        "TR": ("a bird", "Ankara"),
        "CN": ("porcelain", "Beijing"),
        "JE": ("a garment and part of “New Jersey”", "Saint Helier"),
        "ML": ("a word in several languages", "Bamako"),
        "NE": ("a river", "Niamey"),
        "GN": ("part of the names of other countries", "Conakry"),
        "CU": ("a personal name", "Havana"),
        "PA": ("a hat and a canal", "“Panama City”"),
        "PE": ("a city in the USA", "Lima"),
        "LB": ("a city in the USA", "Beirut"),
        "IE": ("part of “Northern Ireland”", "Dublin"),
        "SD": ("part of “South Sudan”", "Khartoum"),
        "DM": ("a personal name", "Roseau"),
        "MK": ("a region of Greece", "Skopje"),
        "NL": ("a surname", "Hague"),
        "OM": ("a word in several languages", "Muscat"),
        "TG": ("a personal name", "Lomé"),
        "US": ("a continent", "Washington"),
    }
)
