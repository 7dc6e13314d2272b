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
            "thesis": "theses",
            "hypothesis": "hypotheses",
            "diagnosis": "diagnoses",
            "wife": "wives",
            "knife": "knives",
            "life": "lives",
            "leaf": "leaves",
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
        }.items()
        for form in forms.split()
    }
)

_UNCHANGED_TEXT: Final = (
    # The "s" belongs to these words.
    "news series species james wales paris texas kansas arkansas illinois brussels"
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
_NO_PLURAL: Final = ("ss", "us", "is", "ics")
_ES_PLURALS: Final = ("sses", "xes", "ches", "shes", "zzes", "oes")
_DOUBLED: Final = re.compile(r"([bdfgmnprtvz])\1$")
_VOWEL: Final = re.compile("[aeiouy]")
# "mak-ing", "hop-ing": without the "e", the consonant would be doubled.
_SHORT_STEM: Final = re.compile("[^aeiou]*(?:qu)?[aeiouy][^aeiouywx]")
_LOST_E: Final = re.compile(
    "(?:[cvuz]|[^aeiou]l|[^aeo]at|[^e]is|[^e]os|[^c]us|[rn]s|[aou][rd]|[lr]?[ie]d|ir|[ae]g|[rd]g|ng"
    "|[^aeou]in|[^o]ut|um|plet|ap|mot|vit|cus|eas)$"
)


def english_stems(word: str) -> tuple[str, ...]:
    """Return the possible base forms of a lower-case word, the most probable one first."""
    if len(word) < _MIN_LETTERS or word in _UNCHANGED:
        return (word,)
    if word in _IRREGULAR:
        return (_IRREGULAR[word],)
    singular = _singular(word)
    if singular != word:
        return (_undouble(singular),)
    for ending in ("ing", "ed"):
        if word.endswith(ending):
            return _verb_stems(word, ending)
    return (_undouble(word),)


def _singular(word: str) -> str:
    if not word.endswith("s") or word.endswith(_NO_PLURAL):
        return word
    if word.endswith("ies") and len(word) > _MIN_LETTERS:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(_ES_PLURALS) and len(word) > _MIN_LETTERS + 1 else word[:-1]


def _verb_stems(word: str, ending: str) -> tuple[str, ...]:
    if word.endswith("ied"):
        return (word[:-3] + "y",)
    stem = word[: -len(ending)]
    if len(stem) < _MIN_LETTERS - 1 or not _VOWEL.search(stem) or word.endswith("eed"):
        return (_undouble(word),)
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
