"""Reduce the inflections of a word to common keys, in each language.

A word in a query has one key; a word in a text has one or more. They are the same word if the key of
the query is among the keys of the text. Snowball (PyStemmer) strips the endings of the languages that it
supports. Additional rules:

- Arabic and Hebrew join "and", "in", "to" and the article to the front of a word, so a word in a text has
  keys with and without them (Arabic endings as in the published "light10" stemmer).
- Korean joins particles to the end, so each beginning of a word in a text is a key.
- A word in another script than that of its language is stemmed by the default rules of its own script:
  "sanctions" in a Russian item is English. An item of unknown language is stemmed in the same way.

Words are stemmed before accents are stripped: северной and häuser would be cut wrongly otherwise.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, Protocol, cast

import Stemmer

from watchers.text.inflections.affixes import (
    NOUN_ENDINGS,
    arabic_variants,
    hebrew_variants,
    korean_prefixes,
    strip_arabic_article,
    strip_arabic_endings,
    strip_ending,
    strip_hebrew_ending,
)
from watchers.text.inflections.alternations import other_bases, strong_grade, without_joined_ending
from watchers.text.inflections.compounds import compound_parts
from watchers.text.inflections.english import english_stems
from watchers.text.inflections.han import to_simplified
from watchers.text.inflections.spelling import american_spelling, usual_name
from watchers.text.tokens import strip_accents

_ALGORITHM_BY_LANGUAGE: Final = MappingProxyType(
    {
        "ca": "catalan",
        "cs": "czech",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "eo": "esperanto",
        "es": "spanish",
        "et": "estonian",
        "eu": "basque",
        "fa": "persian",
        "fi": "finnish",
        "fr": "french",
        "ga": "irish",
        "gl": "portuguese",
        "hi": "hindi",
        "hr": "serbian",
        "hu": "hungarian",
        "hy": "armenian",
        "id": "indonesian",
        "it": "italian",
        "bs": "serbian",
        "lt": "lithuanian",
        "ms": "indonesian",
        "nb": "norwegian",
        "ne": "nepali",
        "nl": "dutch",
        "nn": "norwegian",
        "no": "norwegian",
        "pl": "polish",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sr": "serbian",
        "st": "sesotho",
        "sv": "swedish",
        "ta": "tamil",
        "tr": "turkish",
        "yi": "yiddish",
    }
)
"""Snowball algorithms. Croatian and Bosnian share the Serbian one, Malay the Indonesian one."""

_SCRIPT_RANGES: Final = (
    ("latin", "\u0000", "\u024f"),
    ("greek", "\u0370", "\u03ff"),
    ("cyrillic", "\u0400", "\u052f"),
    ("armenian", "\u0530", "\u058f"),
    ("hebrew", "\u0590", "\u05ff"),
    ("arabic", "\u0600", "\u077f"),
    ("devanagari", "\u0900", "\u097f"),
    ("tamil", "\u0b80", "\u0bff"),
    ("latin", "\u1e00", "\u1eff"),
    ("greek", "\u1f00", "\u1fff"),
    ("hangul", "\uac00", "\ud7a3"),
)

_ALGORITHM_BY_SCRIPT: Final = MappingProxyType(
    {
        "latin": "english",
        "greek": "greek",
        "cyrillic": "russian",
        "armenian": "armenian",
        "devanagari": "hindi",
        "tamil": "tamil",
    }
)
"""Snowball algorithms for words of unknown language."""

_SCRIPTS_BY_ALGORITHM: Final = MappingProxyType(
    {
        "armenian": ("armenian",),
        "greek": ("greek",),
        "hindi": ("devanagari",),
        "nepali": ("devanagari",),
        "persian": ("arabic",),
        "russian": ("cyrillic",),
        "serbian": ("latin", "cyrillic"),
        "tamil": ("tamil",),
        "yiddish": ("hebrew",),
    }
)
"""The scripts of algorithms for languages that do not use only Latin."""


class _Snowball(Protocol):
    """The used part of ``Stemmer.Stemmer``, which has no type hints."""

    def stemWord(self, word: str) -> str: ...  # noqa: N802 - the name in PyStemmer


def stemming_rules(language: str | None) -> str:
    """Return the name of the rules for a BCP 47 tag. Languages with equal rules can share caches.

    ``None`` and scripts without a stemmer give "english", which stems each word by the rules of its own
    script. A language in Latin script without a stemmer gives "none": the inflections of another
    language would be wrong.
    """
    if not language:
        return "english"
    primary = language.replace("_", "-").split("-")[0].lower()
    if primary in _SPECIAL_RULES:
        return _SPECIAL_RULES[primary]
    return _ALGORITHM_BY_LANGUAGE.get(primary, "none")


_SPECIAL_RULES: Final = MappingProxyType(
    dict.fromkeys(("ar", "he", "ko", "ja", "zh", "th", "lo", "km", "my", "und", "mul"), "english")
    | {"ur": "urdu", "lv": "latvian", "sk": "czech", "sl": "serbian"}
    | {"uk": "ukrainian", "be": "ukrainian", "bg": "bulgarian", "mk": "bulgarian"}
)

ALL_RULES: Final = frozenset((*_ALGORITHM_BY_LANGUAGE.values(), *_SPECIAL_RULES.values(), "none"))
"""All names that :func:`rules_for` returns."""


class Stems:
    """The keys of words under one set of rules (see :func:`stemming_rules`).

    Snowball stemmers are not thread-safe: use an instance in one thread at a time.
    """

    __slots__ = ("_rules", "_snowballs")

    def __init__(self, rules: str = "english") -> None:
        self._rules = rules
        self._snowballs: dict[str, _Snowball] = {}

    def query_key(self, word: str) -> str:
        """Return the key of a :func:`~watchers.text.tokens.normal` word of a query."""
        script = _script(word)
        if script == "arabic" and self._rules != "persian":
            return strip_arabic_endings(strip_arabic_article(strip_accents(word)))
        if script == "hebrew" and self._rules != "yiddish":
            return strip_hebrew_ending(strip_accents(word))
        if script == "latin":
            word = usual_name(word)
        return self._stem(word, script)

    def broad_key(self, word: str) -> str:
        """Return a key that is also equal for related English words: "inform" and "information".

        The key serves the comparison of whole texts, in which a wrong pair of words has little weight.
        """
        if _script(word) == "latin" and self._latin_rules() == "english":
            return strip_accents(self._snowball("english").stemWord(word))
        return self.query_key(word)

    def text_keys(self, word: str) -> tuple[str, ...]:
        """Return the keys of a :func:`~watchers.text.tokens.normal` word of a text."""
        script = _script(word)
        if script == "hangul":
            return korean_prefixes(word)
        if script == "arabic" and self._rules != "persian":
            keys = arabic_variants(strip_accents(word))
            bases = other_bases(self._rules, strip_accents(word))
            return (*keys, *map(self.query_key, bases))
        if script == "hebrew" and self._rules != "yiddish":
            return hebrew_variants(strip_accents(word))
        if not script:
            folded = to_simplified(strip_accents(word))
            return tuple(dict.fromkeys((folded, without_joined_ending(folded))))
        if script == "latin":
            word = usual_name(word)
        return self._with_shorter_stems(word, self._stem(word, script), script)

    def _with_shorter_stems(self, word: str, stem: str, script: str) -> tuple[str, ...]:
        """Return ``stem``, and shorter stems of a word in a text if one pass leaves endings on it.

        Only words of a text get more keys. With several keys per query word, two different words could
        match through a key that belongs to neither.
        """
        keys: tuple[str, ...]
        if stem != word and script == "latin" and self._latin_rules() == "english":
            return tuple(map(strip_accents, english_stems(american_spelling(word))))
        match self._rules:
            case rules if rules in _STEMMED_TWICE:
                keys = (stem, self._stem(self._accented_stem(word, script), script))
                if self._rules == "turkish" and word.endswith(_TURKISH_POSSESSIVES):
                    keys = (*keys, self._stem(word[:-2], script))
            case "spanish":
                # Snowball cuts "gobiernos" to "gobi", and "nucleares" to "nuclear", which becomes "nucl".
                singulars = (word.removesuffix("s"), word.removesuffix("es"))
                keys = (stem, *(self._stem(singular, script) for singular in singulars))
            case "finnish":
                keys = (stem, strong_grade(stem))
            case "romanian":
                plural = next((end for end in _ROMANIAN_PLURALS if word.endswith(end)), "")
                singular = word.removesuffix(plural)
                keys = (stem, self._stem(singular, script), self._stem(f"{singular}e", script))
            case "estonian":
                ends_in_vowel = stem[-1:] in "aeiouõäöü"
                shorter = stem[:-1] if ends_in_vowel and len(stem) > _MIN_STEM_LETTERS else stem
                keys = (stem, shorter, self._stem(shorter, script))
            case "russian" | "english" if word.endswith(_RUSSIAN_CASES):
                # Snowball cuts "Кореи" and "Корею" to "кор", but the nominative "Корея" to "коре".
                keys = (stem, self._stem(f"{word[:-1]}я", script))
            case _:
                bases = other_bases(self._rules, word)
                keys = (stem, *(self._stem(base, script) for base in bases))
        parts = compound_parts(word, self._rules, lambda part: self._stem(part, script))
        return tuple(dict.fromkeys((*keys, *parts)))

    def _snowball(self, algorithm: str) -> _Snowball:
        snowball = self._snowballs.get(algorithm)
        if snowball is None:
            snowball = self._snowballs[algorithm] = cast("_Snowball", Stemmer.Stemmer(algorithm, 0))
        return snowball

    def _latin_rules(self) -> str:
        """Return the rules for words in Latin script."""
        scripts = _SCRIPTS_BY_ALGORITHM.get(self._rules, ("latin",))
        return self._rules if "latin" in scripts else "english"

    def _stem(self, word: str, script: str) -> str:
        """Return the stem without accents, or the folded word if no rules apply."""
        return strip_accents(self._accented_stem(word, script))

    def _accented_stem(self, word: str, script: str) -> str:
        """Return the stem by Snowball or by the additional endings, or the word itself."""
        if not script:
            return to_simplified(word)
        rules = self._rules
        if script == _SCRIPT_OF_ENDINGS.get(rules):
            return strip_ending(strip_accents(word), NOUN_ENDINGS[rules])
        # Lower case of the Turkish İ in other keyboards: an i with a combining dot.
        if rules == "turkish":
            word = word.replace("i̇", "i")
        if script not in _SCRIPTS_BY_ALGORITHM.get(rules, ("latin",)):
            rules = _ALGORITHM_BY_SCRIPT.get(script, "none")
        if rules in _UNSTEMMED:
            return word
        if rules == "english":
            return english_stems(american_spelling(word))[0]
        return self._snowball_stem(word, rules)

    def _snowball_stem(self, word: str, rules: str) -> str:
        """Return the stem by Snowball, with corrections of frequent errors."""
        # The plural of "sanção" is "sanções".
        if rules == "portuguese" and word.endswith("ões"):
            word = f"{word[:-3]}ão"
        if rules in _WITH_DOUBLE_A:
            word = word.replace("aa", "å")
        # Snowball cuts "minister" to "mini", like the feminine ending of "werkster".
        if rules == "dutch" and word.removesuffix("s").endswith("ster"):
            return word.removesuffix("s")
        stem = self._snowball(rules).stemWord(word)
        # The plural of "ohjus" is "ohjukset".
        if rules == "finnish" and stem.endswith("ks"):
            stem = f"{stem[:-2]}s"
        # Two letters do not identify a word: Irán and Irak would both become "ir".
        return stem if len(stem) >= _MIN_STEM_LETTERS else word


_MIN_STEM_LETTERS: Final = 3
# The old spelling of "å" remains in names: Aarhus.
_WITH_DOUBLE_A: Final = ("danish", "norwegian")
_TURKISH_POSSESSIVES: Final = ("si", "sı", "su", "sü")
_ROMANIAN_PLURALS: Final = ("urile", "uri", "ile", "i")
_RUSSIAN_CASES: Final = ("еи", "ее", "ею")
_STEMMED_TWICE: Final = frozenset(("hungarian", "turkish", "tamil", "catalan"))
"""Languages with several endings per word: one pass of Snowball strips only the last one."""

_UNSTEMMED: Final = ("none", "ukrainian", "bulgarian", "latvian", "urdu")
_SCRIPT_OF_ENDINGS: Final = MappingProxyType(
    {"ukrainian": "cyrillic", "bulgarian": "cyrillic", "armenian": "armenian", "latvian": "latin"}
)
"""The script of the rules with additional endings (see `affixes.NOUN_ENDINGS`)."""


def _script(word: str) -> str:
    """Return the script of the first character, or "" for a script without rules."""
    first = word[:1]
    if first < "\u0250":
        return "latin"
    return next((name for name, low, high in _SCRIPT_RANGES if low <= first <= high), "")
