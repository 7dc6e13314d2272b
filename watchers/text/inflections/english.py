"""Reduce the inflections of English words, and nothing else.

The stemmer removes the endings of plurals, of the past and of "-ing". Unlike Snowball it keeps the
endings that make another word: customs and customers, animal and animation, author and authority,
important and imports stay different.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

_MIN_LETTERS: Final = 4

_IRREGULAR: Final = MappingProxyType(
    {
        form: word
        for word, forms in {
            "man": "men",
            "woman": "women",
            "child": "children",
            "foot": "feet",
            "tooth": "teeth",
            "mouse": "mice",
            "crisis": "crises",
            "analysis": "analyses",
            "paralysis": "paralyses",
            "thesis": "theses",
            "hypothesis": "hypotheses",
            "diagnosis": "diagnoses",
            "wife": "wives",
            "knife": "knives",
            "thief": "thieves",
            "wolf": "wolves",
            "half": "halves",
            "shelf": "shelves",
            "kill": "killed killing",
            "use": "used using",
            "sell": "sold",
            "strike": "struck",
            "fly": "flew flown",
            "steal": "stole stolen",
            "bus": "buses busses",
            "gas": "gases gasses",
            "virus": "viruses",
            "quiz": "quizzes",
            "die": "died dying",
            "lie": "lied lying",
            "tie": "tied tying",
            "policeman": "policemen",
            "policewoman": "policewomen",
            "fisherman": "fishermen",
            "gunman": "gunmen",
            "referendum": "referenda",
            "memorandum": "memoranda",
            "criterion": "criteria",
            "phenomenon": "phenomena",
            "goose": "geese",
            "loaf": "loaves",
            "scarf": "scarves",
            "self": "selves",
            "calf": "calves",
            "spokesman": "spokesmen",
            "congressman": "congressmen",
            "businessman": "businessmen",
            "fireman": "firemen",
        }.items()
        for form in forms.split()
    }
)

# Forms of two words, the most frequent one first.
_AMBIGUOUS: Final = MappingProxyType(
    {
        "bases": ("base", "basis"),
        "axes": ("axe", "axis"),
        "leaves": ("leaf", "leave"),
        "lives": ("life", "live"),
    }
)

_UNCHANGED_TEXT: Final = (
    # The "s" belongs to these words.
    "news customs series species james wales paris texas kansas arkansas illinois brussels"
    " athens naples jones williams hughes davies mercedes always perhaps besides towards afterwards"
    # Plurals with a meaning of their own: customs are not a custom.
    " customs arms goods"
    # Words of their own, not forms of a verb.
    " interesting rating outstanding understanding regarding following according including"
    " excluding concerning morning evening during nothing anything everything something king wing"
    " ring sing bring thing string spring sling sting swing fling cling ping ceiling sibling"
    " darling sterling pudding wedding herring boeing beijing viking nursing engineering marketing"
    " accounting advertising housing clothing lightning inning being wellbeing stocking shilling"
    " bearing willing offspring earring wyoming reading sewing"
    " red bed led fed shed sled bred fled sped speed need feed seed weed indeed exceed proceed"
    " succeed hundred sacred naked wicked united limited mohammed ahmed embed"
)
_UNCHANGED: Final = frozenset(_UNCHANGED_TEXT.split())
_SCIENCES_TEXT: Final = (
    "physics economics politics logistics mathematics statistics ethics athletics gymnastics robotics"
    " electronics genetics dynamics mechanics optics linguistics acoustics aerobics aeronautics semantics"
    " obstetrics pediatrics geopolitics civics ballistics forensics analytics hydraulics"
)
_SCIENCES: Final = tuple(_SCIENCES_TEXT.split())
_NO_PLURAL: Final = ("ss", "us", "is")
# Plurals in "is" of words in "i".
_WORDS_IN_I_TEXT: Final = (
    "taxi ski nazi alibi bikini safari tsunami kiwi emoji houthi yazidi pakistani iraqi israeli saudi"
    " afghani emirati kuwaiti bahraini omani yemeni qatari bangladeshi somali swahili farsi maori"
    " salafi peshmergi mufti yeti rabbi khaki"
)
_WORDS_IN_I: Final = frozenset(_WORDS_IN_I_TEXT.split())
_ES_PLURALS: Final = ("sses", "ches", "shes", "zzes", "oes")
_WORDS_IN_US_TEXT: Final = (
    "campus bonus census caucus focus status fetus chorus surplus corpus circus octopus consensus fungus"
    " walrus cactus nexus prospectus stimulus plus minus genius lotus versus radius nucleus syllabus"
)
_WORDS_IN_US: Final = (*_WORDS_IN_US_TEXT.split(), "virus")
# Nouns with a meaning of their own: a topic "earnings" does not find "earn".
_NOUNS_IN_ING_TEXT: Final = (
    "earning holding saving proceeding finding ruling filing listing painting hearing setting opening"
    " offering feeling belonging surrounding beginning standing leaving"
)
_NOUNS_IN_ING: Final = frozenset(_NOUNS_IN_ING_TEXT.split())
_DOUBLED: Final = re.compile(r"([bdfgmnprtvz])\1$")
_VOWEL: Final = re.compile("[aeiouy]")
# "mak-ing", "hop-ing": without the "e", the consonant would be doubled.
_SHORT_STEM: Final = re.compile("[^aeiou]*(?:qu)?[aeiouy][^aeiouywx]")
_LOST_E: Final = re.compile(
    "(?:[cvuz]|[^aeioul]l|[^aeo]at|[^e]is|[^e]os|[^c]us|[rn]s|[aou][rd]|[lr]?[ie]d|ir|[ae]g|[rd]g|ng"
    "|[^aeou]in|[^o]ut|um|plet|ap|mot|vit|cus|eas)$"
)


def english_stems(word: str) -> tuple[str, ...]:
    """Return the possible base forms of a lower-case word, the most probable one first."""
    if len(word) < _MIN_LETTERS or word in _UNCHANGED:
        return (word,)
    if word in _IRREGULAR:
        return (_IRREGULAR[word],)
    if word in _AMBIGUOUS:
        return _AMBIGUOUS[word]
    singular = _singular(word)
    if singular == word:
        return _verb_stems(word)
    # "shootings" is a form of "shooting", which is one of "shoot".
    is_further = singular in _IRREGULAR or singular.endswith("ing")
    return english_stems(singular) if is_further else (_undouble(singular),)


def _singular(word: str) -> str:
    if word[:-1] in _WORDS_IN_I:
        return word[:-1]
    if not word.endswith("s") or word.endswith((*_NO_PLURAL, *_SCIENCES)):
        return word
    if word.endswith("ies") and len(word) > _MIN_LETTERS:
        return word[:-3] + "y"
    min_letters = _MIN_LETTERS if word.endswith("xes") else _MIN_LETTERS + 1
    if word.endswith((*_ES_PLURALS, "xes")) and len(word) > min_letters:
        return word[:-2]
    return word[:-2] if word.endswith("uses") and word[:-2].endswith(_WORDS_IN_US) else word[:-1]


def _verb_stems(word: str) -> tuple[str, ...]:
    """Return the base forms of a word that may end in "-ing" or "-ed"."""
    ending = "ing" if word.endswith("ing") else "ed" if word.endswith("ed") else ""
    if not ending:
        return (_undouble(word),)
    if word.endswith("ied"):
        return (word[:-3] + "y",)
    stem = word[: -len(ending)]
    if len(stem) < _MIN_LETTERS - 1 or not _VOWEL.search(stem) or word.endswith("eed"):
        return (_undouble(word),)
    stems = _bases(stem)
    return (word, *stems) if word in _NOUNS_IN_ING else stems


def _bases(stem: str) -> tuple[str, ...]:
    """Return the verbs that a stem without "-ing" or "-ed" may belong to."""
    if _DOUBLED.search(stem):
        # "ebbed", "added": the base has the double letter too.
        return (stem[:-1], stem)
    if _SHORT_STEM.fullmatch(stem):
        return (stem + "e",)
    stems = (_undouble(stem), stem + "e")
    return stems[::-1] if _LOST_E.search(stem) else stems


def _undouble(word: str) -> str:
    """Return a word with one "l" at its end: "cancelled" is also written "canceled"."""
    return word[:-1] if word.endswith("ll") and len(word) > _MIN_LETTERS + 1 else word
