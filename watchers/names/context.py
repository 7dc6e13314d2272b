"""Recognise the other meanings of a country's name: the state of Georgia, Michael Jordan.

A person is recognised by the words beside the name, a state by the words around it in the item. The lists
have the frequent cases: a rare given name before "Jordan" remains a false match.
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
        printed: the printed words that have this meaning; none for every form of the name.
        is_given_name: True if the name is also a given name or a surname of persons.
    """

    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    around: frozenset[str] = frozenset()
    against: frozenset[str] = frozenset()
    printed: frozenset[str] = frozenset()
    is_given_name: bool = False


_GIVEN_NAMES: Final = frozenset(
    "Michael Jim Barbara Jeremy Deandre DeAndre Eddie Neil Louis Vernon Sasha Montell Cameron"
    " Leslie Alexis Steve Robert Kevin David Air Ad Eason Clarence Aaron Payton Kim Ben Tom Mr Mrs"
    " Ms Coach Pastor Rep Senator Justice Brandon Kyle Matt Dan Mike John James Paul Mark Heidi"
    " Congressman Congresswoman Representative Sen Judge Sheriff Officer Dr Andrew Anthony Brian"
    " Charles Chris Christopher Daniel Donald Edward Eric Frank Gary George Greg Jack Jason Jeff"
    " Joe Joseph Joshua Justin Keith Ken Larry Nick Patrick Peter Richard Ron Ryan Sam Scott Sean"
    " Stephen Steven Thomas Tim Tony William Amy Andrea Angela Anna Anne Ashley Betty Carol"
    " Christine Deborah Diane Elizabeth Emily Emma Helen Jane Jennifer Jessica Julia Julie Karen"
    " Kate Katherine Laura Linda Lisa Lynne Maria Mary Megan Melissa Michelle Nancy Nicole Olivia"
    " Pamela Rachel Rebecca Sandra Sara Sarah Sharon Stephanie Susan Taylor Teresa Victoria Dick"
    " Hamilton Phil Bob Bill Will Colin Jon Vince Josh Zach Travis Doug Duncan Simon Bryan".split()
)

_SURNAMES: Final = frozenset(
    "Peterson Henderson Pickford Spieth Peele Belfort Bardella Poole Clarkson Smith Johnson Love"
    " Brand Ayew Thompson Neely Chiles Davis Walker Williams Brown Jones Larmour Rankin Farris"
    " Fisher Addison Burroughs Montgomery Morris Hicks Staal Binnington Ott Eberle Taylor Miles"
    " Nwora Hawkins Goodwin Sancho Kyrou Greenway Kroeger Daybell Kelly Wheeler Michaels Reed"
    " Bianco Mendes Hurley Meyers Stahelski Coleman Kerr Toole Stokes Engler O’Meloni Meloni May"
    " O’Keeffe Gooding Adesanya Houghton Keys Arie Barris Moore Wolf Pergram Klinger".split()
)

# Words with a capital that follow the name of a territory.
_AFTER_TERRITORY: Final = frozenset(
    "President Prime King Queen Prince Princess Crown Foreign Government Army Military Parliament"
    " Republic Basin Lake River Valley National Central Bank Embassy Ambassador Minister Defence"
    " Defense Supreme Court Airlines Times Post and And Islamic State US Muslim Red Cross Sunday"
    " Monday Tuesday Wednesday Thursday Friday Saturday January February March April May June July"
    " August September October November December The A In On".split()
)

_US_STATES: Final = frozenset(
    "Alabama Alaska Arizona Arkansas California Carolina Carolinas Colorado Connecticut Delaware"
    " Florida Hawaii Idaho Illinois Indiana Iowa Kansas Kentucky Louisiana Maine Maryland"
    " Massachusetts Michigan Minnesota Mississippi Missouri Montana Nebraska Nevada Ohio Oklahoma"
    " Oregon Pennsylvania Tennessee Texas Utah Vermont Virginia Wisconsin Wyoming".split()
)

_US_POLITICS: Final = frozenset(
    "Atlanta Savannah Augusta Macon Fulton Kemp Raffensperger Warnock Ossoff Perdue Loeffler"
    " Bulldogs Abrams Falcons Braves Gwinnett Cobb DeKalb UGA Ga Arbery Ahmaud Handel Greene"
    " Biden Trump Obama Clinton Pence Giuliani Kamala Romney McConnell Pelosi Schumer GOP"
    " Republican Republicans Democrat Democrats Democratic Senate Congressional Congress runoff"
    " runoffs gubernatorial Gov Governor governor county County counties ballots recount lawmakers"
    " ICE Immigration sheriff Minority Majority".split()
)

_CAUCASUS: Final = frozenset(
    "Tbilisi Georgian Caucasus Ossetia Abkhazia Batumi Saakashvili Ivanishvili Gori"
    " Kobakhidze Zourabichvili Armenia Armenian Azerbaijan Azerbaijani Kavelashvili Moldova"
    " Estonia Latvia Lithuania Albania Bulgaria Kazakhstan Uzbekistan Montenegro Kosovo".split()
)

_ISLANDS: Final = frozenset(
    "Padre Fight Rhode Long Coney Staten Ellis Kangaroo Phillip Christmas Easter Marco Hilton Fire"
    " Robben Vancouver Baffin Block Parris Treasure Love Epstein Little Shutter Fantasy Roosevelt"
    " Governors Alcatraz Sentinel Prince Ascension Norfolk Wake Howland Shelter Sanibel Hayling"
    " Heron Stewart Three Mile Whidbey Mackinac Pitcairn Ross Big".split()
)

_OTHER_MEANINGS: Final = MappingProxyType(
    {
        "GE": OtherMeaning(
            before=_GIVEN_NAMES | {"Atlanta", "Savannah", "Augusta", "Macon", "Athens", "South"},
            after=_SURNAMES
            | frozenset(
                "Tech Bulldogs Senate Republicans Republican Democrats Power House Secretary Supreme"
                " voters election elections officials nurse state secretary".split()
            ),
            around=_US_STATES | _US_POLITICS,
            against=_CAUCASUS,
            is_given_name=True,
        ),
        "JO": OtherMeaning(
            before=_GIVEN_NAMES,
            after=_SURNAMES | {"brand", "sneakers", "Brand"},
            against=frozenset("Amman Jordanian Jordanians Abdullah Hashemite Aqaba".split()),
            printed=frozenset({"Jordan", "JORDAN"}),
            is_given_name=True,
        ),
        "TD": OtherMeaning(
            before=_GIVEN_NAMES,
            after=_SURNAMES,
            against=frozenset("Chadian N'Djamena Djamena Deby Déby Sahel Sudan".split()),
            printed=frozenset({"Chad", "CHAD"}),
            is_given_name=True,
        ),
        "IN": OtherMeaning(
            before=frozenset({"Cleveland", "American", "Native", "Pequot", "Sioux", "Plains"}),
            after=frozenset({"Arie", "reservation", "reservations", "Country", "tribe", "tribes"}),
            around=frozenset(
                "Native Natives Aboriginal Pocahontas Cherokee Navajo Sioux Apache cowboy cowboys"
                " Mohawk Iroquois Comanche tribal Redskins Thanksgiving".split()
            ),
            against=frozenset("India Delhi Mumbai Modi Pakistan Hindu Kashmir Bangladesh".split()),
            printed=frozenset({"Indian", "Indians"}),
        ),
        "IS": OtherMeaning(before=_ISLANDS, printed=frozenset({"Island", "ISLAND", "Islands"})),
        "DK": OtherMeaning(after=frozenset("Siddiqui Kaneria Khan Ali Ansari Iqbal Aziz".split())),
        "CU": OtherMeaning(after=frozenset({"Gooding"})),
        "IL": OtherMeaning(after=frozenset({"Adesanya", "Houghton", "Keys"})),
        "KE": OtherMeaning(after=frozenset({"Barris", "Moore"})),
        "LB": OtherMeaning(after=frozenset({"exit", "County"})),
        "NL": OtherMeaning(before=frozenset({"Tom", "Agnieszka", "André"})),
        "IE": OtherMeaning(before=frozenset({"Kathy"})),
        "CO": OtherMeaning(after=frozenset({"University"})),
    }
)


class OtherMeanings:
    """The other meanings of the names in one item. The words of the item are read once per name."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words
        self._by_name: dict[tuple[str, str], bool] = {}

    def applies(self, code: str, first: int, last: int) -> bool:
        """Return True if the name of ``code`` at these positions has its other meaning."""
        meaning = _OTHER_MEANINGS.get(code)
        printed = self._words[first]
        if meaning is None or (meaning.printed and printed not in meaning.printed):
            return False
        if _is_beside(meaning, self._words, first, last):
            return True
        found = self._by_name.get((code, printed))
        if found is None:
            found = _applies_to_item(meaning, self._words, printed)
            self._by_name[code, printed] = found
        return found


def _applies_to_item(meaning: OtherMeaning, words: Sequence[str], printed: str) -> bool:
    if not meaning.against.isdisjoint(words):
        return False
    if not meaning.around.isdisjoint(words):
        return True
    return meaning.is_given_name and _is_person_elsewhere(meaning, words, printed)


def _is_beside(meaning: OtherMeaning, words: Sequence[str], first: int, last: int) -> bool:
    before = words[first - 1] if first else ""
    after = words[last + 1] if last + 1 < len(words) else ""
    if before in meaning.before:
        return True
    return after in meaning.after or (meaning.is_given_name and _begins_person(words, last))


def _begins_person(words: Sequence[str], position: int) -> bool:
    """Return True if one word with a capital follows, and then a word without: Chad Wolf said."""
    surname, next_word = [*words[position + 1 : position + 3], "", ""][:2]
    return (
        _is_title(words[position])
        and _is_title(surname)
        and surname not in _AFTER_TERRITORY
        and (not next_word or next_word[0].islower())
    )


def _is_person_elsewhere(meaning: OtherMeaning, words: Sequence[str], name: str) -> bool:
    """Return True if the item has the name of a person: "Jordan said" after "Jim Jordan"."""
    return any(
        word == name and (words[index - 1] in meaning.before or _begins_person(words, index))
        for index, word in enumerate(words)
        if index
    )


def _is_title(word: str) -> bool:
    return len(word) > 1 and word[0].isupper() and word[1:].islower()
