"""Other meanings of the names of territories, for the confirmation of a topic."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple


class Ambiguity(NamedTuple):
    """Another meaning of a name.

    Attributes:
        name: the ambiguous name, which may be another name of the territory: Holland.
        meaning: the other meaning, with its article.
        narrowing: words for a topic that is only about the territory.
        excluded: a word for a topic that leaves the other meaning out, or "".
    """

    name: str
    meaning: str
    narrowing: tuple[str, ...]
    excluded: str = ""


def ambiguity_of(code: str) -> Ambiguity | None:
    """Return another meaning of a name of a territory, or ``None``."""
    return _AMBIGUITIES.get(code)


_AMBIGUITIES: Final = MappingProxyType(
    {
        "CN": Ambiguity("China", "porcelain", ("Beijing", "Xi", "Shanghai"), "porcelain"),
        "CU": Ambiguity("Cuba", "a personal name", ("Havana",), '"Cuba Gooding"'),
        "DM": Ambiguity("Dominica", "a personal name", ("Roseau", "Caribbean")),
        "GE": Ambiguity("Georgia", "a state of the USA", ("Tbilisi", "Caucasus"), "Atlanta"),
        "GN": Ambiguity("Guinea", "a part of the names of other countries", ("Conakry",)),
        "IN": Ambiguity("Indian", "a word for Native Americans", ("Delhi", "Modi", "Mumbai")),
        "IS": Ambiguity("Island", "the German word for an English island", ("Reykjavik",)),
        "JE": Ambiguity("Jersey", "a garment and a part of “New Jersey”", ('"Saint Helier"',)),
        "JO": Ambiguity("Jordan", "a personal name", ("Amman", '"King Abdullah"'), "Michael"),
        "LB": Ambiguity("Lebanon", "a city in the USA", ("Beirut", "Hezbollah"), "Ohio"),
        "MK": Ambiguity("Macedonia", "a region of Greece", ("Skopje",), "Thessaloniki"),
        "ML": Ambiguity("Mali", "a word in several languages", ("Bamako", "Sahel")),
        "NE": Ambiguity("Niger", "a river", ("Niamey", "Sahel"), '"Niger Delta"'),
        "NL": Ambiguity("Holland", "a surname", ("Amsterdam", "Hague"), '"Tom Holland"'),
        "OM": Ambiguity("Oman", "a word in several languages", ("Muscat",)),
        "PA": Ambiguity("Panama", "a hat", ('"Panama City"', "canal"), "hat"),
        "PE": Ambiguity("Peru", "a city in the USA", ("Lima",), "Indiana"),
        "TD": Ambiguity("Chad", "a personal name", ("N'Djamena", "Sahel"), '"Chad Wolf"'),
        "TG": Ambiguity("Togo", "a personal name", ("Lomé",)),
        "TR": Ambiguity("Turkey", "a bird", ("Ankara", "Erdogan", "Istanbul"), "Thanksgiving"),
        "US": Ambiguity("America", "a continent", ("Washington",), '"Latin America"'),
    }
)
