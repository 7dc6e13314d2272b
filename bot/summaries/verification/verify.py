"""Verify a sentence of a language model against the article.

numbers with units ────┐
dates and quotations ──┤
complete names ────────┼─► all in the article? ──► None, or the first unsupported element
negations, directions ─┤
aligned statements ────┤
no URL, no markup ─────┘

The verification rejects sentences; it does not prove that a sentence is true: roles are compared by the
order of words, without a grammatical analysis. In scripts without capitals (Chinese, Arabic,
Hindi …) names cannot be recognised, so every word must occur in the article.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import regex

from bot.summaries.terms import Terms
from bot.summaries.verification.alignment import Alignment
from bot.summaries.verification.entities import (
    UNCASED,
    NameCooccurrence,
    consonant_skeletons,
    is_common_noun,
    names,
    sounds_like_one_of,
)
from bot.summaries.verification.negation import NegationChecker
from bot.summaries.verification.numbers import dates, parse_spelled_numbers
from bot.summaries.verification.quantities import QuantityChecker, quantities
from watchers.text.clean import split_sentences
from watchers.text.tokens import normalize_word, split_words, strip_accents

# Claims that do harm if they are wrong. The model may paraphrase other words freely, but a claim of one of
# these kinds requires a claim of the same kind in the article.
_HARMFUL_CLAIM_WORDS: Final = {
    "death": r"dead|dea?th\w*|died?|dies|dying|kill\w*|fatal\w*|deceased|perish\w*|murder\w*|slain|lost (?:his|her|their) li(?:fe|ves)|massacre\w*"
    r"|tot|tote[nr]?|töte\w*|getötet|starb\w*|gestorben|sterben|ermord\w*|umgekommen|morte?s?|tué\w*|décéd\w*|assassin\w*|muert\w*|muri\w+|asesin\w*|falleci\w*"
    r"|погиб\w*|умер\w*|убит\w*|убил\w*|загин\w*|помер\w*|вбит\w*|вбив\w*",
    "injury": r"injur\w*|wound\w*|hurt|verletz\w*|verwund\w*|bless(?:é|ée|és|ées|ures?)|herid\w*|ранен\w*|поранен\w*",
    "arrest": r"arrest\w*|detain\w*|detention|jail\w*|prison\w*|imprison\w*|custody|charged with|indict\w*|festgenommen|festnahm\w*|verhaft\w*|haft|gefängnis\w*|arrêt\w*|en détention|incarcér\w*|detenid\w*|encarcel\w*|preso|арест\w*|задерж\w*|затрим\w*|заарешт\w*",
    "guilt": r"guilt\w*|convict\w*|sentenced|schuldig\w*|verurteil\w*|coupable\w*|condamn\w*|culpable\w*|condena\w*|виновн\w*|осужд\w*|осудил\w*|винн\w*|засудж\w*",
    "resigning": r"resign\w*|step(?:s|ped|ping)? (?:down|aside)|quits?|oust\w*|sack(?:ed|ing)|dismiss\w*|zurückgetreten|rücktritt\w*|zurücktret\w*|trat zurück|entlass\w*|démission\w*|limog\w*|dimi[ts]\w*|destitu\w*|отстав\w*|уволен\w*|відстав\w*|звільн\w*",
    "corruption": r"brib\w*|corrupt\w*|fraud\w*|embezzl\w*|launder\w*|bestech\w*|korrupt\w*|betrug\w*|betrüg\w*|corrupt\w*|corrup\w*|pots-de-vin|soborn\w*|fraude\w*|взятк\w*|корруп\w*|хабар\w*|коруп\w*",
    "abuse": r"rap(?:e[sd]?|ist|ing)|abus\w*|assault\w*|molest\w*|vergewaltig\w*|missbrauch\w*|violé\w*|violad[oa]s?|agress\w*|изнасил\w*|зґвалт\w*",
    "bankruptcy": r"bankrupt\w*|insolven\w*|konkurs\w*|pleite\w*|faillite\w*|quiebra\w*|bancarrota|банкрот\w*",
}  # fmt: skip
_HARMFUL_CLAIM_PATTERNS: Final = {
    kind: regex.compile(rf"\b(?:{words})\b", regex.IGNORECASE)
    for kind, words in _HARMFUL_CLAIM_WORDS.items()
}


def harmful_claim_kinds(text: str) -> frozenset[str]:
    """Return the kinds of harmful claims in ``text``."""
    return frozenset(
        kind for kind, words in _HARMFUL_CLAIM_PATTERNS.items() if words.search(text) is not None
    )


Problem = Literal["number", "date", "quotation", "name", "sense", "address", "subject", "form"]
"""The kind of the first element of a sentence that the article does not support.

"sense": the sentence contradicts the article or contains a harmful claim that the article does not make;
"subject": most terms of the sentence do not occur in the article.
"""

_MAX_SENTENCE_CHARS: Final = 600
# The minimum share of the terms of a sentence that occur in the article.
_MIN_SHARED_TERMS: Final = 0.6
# … and in a sentence with a number or a name, which are compared exactly.
_MIN_SHARED_TERMS_WITH_ELEMENT: Final = 0.4
# Words that start a sentence with a capital and are not in the lists of function words.
_OPENING_WORDS: Final = frozenset(
    "about around some nearly almost unos unas cerca casi aus unter etwa rund knapp fast bei wegen laut environ près quelque"
    " selon cerca quase segundo circa quasi secondo около почти более около близько майже понад".split()
)
# The adjective of a country ("Bulgarian") begins with its name and has at most these further letters.
_MIN_BASE_CHARS: Final = 4
_MAX_ADJECTIVE_ENDING: Final = 2
_QUOTED: Final = regex.compile(
    r"[“❝]([^”❞]{1,600})[”❞]?|„([^“”]{1,600})[“”]?|«([^»]{1,600})»?|»([^«]{1,600})«|[‹]([^›]{1,600})›?|「([^」]{1,600})」?|『([^』]{1,600})』?"
    r"|[\"＂]([^\"＂]{1,600})[\"＂]?|(?:``|'')(.{1,600}?)''|(?<![\p{L}\p{N}])['‘‚]([^'‘’]{1,600})['’‘](?![\p{L}\p{N}])"
)
# The speaker of a quotation is named within this number of characters before or after it.
_SPEAKER_CHARS_BEFORE: Final = 400
_SPEAKER_CHARS_AFTER: Final = 150
_ADDRESS: Final = regex.compile(
    r"://|www\.|\S@\S|(?<!\S)[@/]\w|\b[\p{L}\p{N}-]{2,63}\.(?:com|org|net|io|ru|cn|de|uk|info|biz|xyz|top|me|ly|gg|app|dev|ai|onion)\b",
    regex.IGNORECASE,
)
_MARKUP: Final = regex.compile(r"[<>{}`|\\]|\]\(|\*\*|^#|__")


@dataclass(frozen=True)
class SourceText:
    """The article with its title, prepared for verification.

    A sentence with a term that occurs only in ``excluded_text`` (prompt injections) is rejected.
    """

    text: str
    language: str | None = None
    excluded_text: str = ""

    @cached_property
    def _sentences(self) -> list[str]:
        return split_sentences(self.text, self.language)

    @cached_property
    def _quantities(self) -> QuantityChecker:
        return QuantityChecker(self.text)

    @cached_property
    def _harmful_claims(self) -> frozenset[str]:
        return harmful_claim_kinds(self.text)

    @cached_property
    def _names(self) -> NameCooccurrence:
        return NameCooccurrence(self._sentences)

    @cached_property
    def _negation(self) -> NegationChecker:
        return NegationChecker(self._sentences, self._extractor)

    @cached_property
    def _alignment(self) -> Alignment:
        return Alignment(self._sentences, self._extractor, self.language)

    @cached_property
    def _dates(self) -> frozenset[tuple[int, int]]:
        return dates(self.text)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(strip_accents(normalize_word(word)) for word in split_words(self.text))

    @cached_property
    def _extractor(self) -> Terms:
        return Terms(self.language)

    @cached_property
    def _terms(self) -> frozenset[str]:
        return frozenset(self._extractor.of(self.text))

    @cached_property
    def _excluded_terms(self) -> frozenset[str]:
        return frozenset(self._extractor.of(self.excluded_text)) - self._terms

    @cached_property
    def _normalised_text(self) -> str:
        return _normalise(self.text)

    @cached_property
    def _skeletons(self) -> frozenset[str]:
        return consonant_skeletons(self.text)

    def find_unsupported(self, sentence: str, language: str | None = None) -> Problem | None:
        """Return the kind of the first unsupported element of ``sentence``, or None.

        ``language`` is the language of a translated sentence; names are then compared by their sound.
        """
        if (
            len(sentence) > _MAX_SENTENCE_CHARS
            or _MARKUP.search(sentence)
            or not _has_valid_start(sentence)
        ):
            return "form"
        if _ADDRESS.search(sentence):
            return "address"
        # The checks run from cheap and certain to expensive and fuzzy.
        if not self._quantities.supports(sentence, is_translation=language is not None):
            return "number"
        # A date in another notation compares equal, a shifted one does not.
        if not dates(sentence) <= self._dates:
            return "date"
        if any(not self._has_quoted(quoted, sentence) for quoted in _quotations(sentence)):
            return "quotation"
        return (
            self._check_translation(sentence, language)
            if language
            else self._check_same_language(sentence)
        )

    def _has_quoted(self, quoted: str, sentence: str) -> bool:
        """Return True if the article contains the quotation near a person whom the sentence names."""
        quotation = _normalise(quoted)
        # Without the quotation itself: names inside it are not the speaker.
        people = [_normalise(name) for name in names(sentence.replace(quoted, " "), self.language)]
        article = self._normalised_text
        position = article.find(quotation)
        while position >= 0:
            start = max(0, position - _SPEAKER_CHARS_BEFORE)
            context = article[start : position + len(quotation) + _SPEAKER_CHARS_AFTER]
            if not people or any(person in context for person in people):
                return True
            position = article.find(quotation, position + 1)
        return False

    def _check_same_language(self, sentence: str) -> Problem | None:
        # Terms with digits were checked as numbers.
        terms = [term for term in self._extractor.of(sentence) if not any(map(str.isdecimal, term))]
        if not self._excluded_terms.isdisjoint(terms):
            return "subject"
        shared_count = sum(term in self._terms for term in terms)
        has_unknown_word = UNCASED.search(sentence) and shared_count < len(terms)
        if has_unknown_word or not self._has_only_known_names(sentence):
            return "name"
        is_german = (self.language or "").partition("-")[0] == "de"
        name_terms = set(self._extractor.of(" ".join(names(sentence, self.language))))
        has_element = bool(quantities(sentence)) or bool(name_terms)
        has_known_word = not self._terms.isdisjoint(set(terms) - name_terms)
        if len(terms) > len(name_terms) and not (
            has_known_word or is_german or quantities(sentence)
        ):
            has_element = False
        least = _MIN_SHARED_TERMS_WITH_ELEMENT if has_element else _MIN_SHARED_TERMS
        if shared_count < least * len(terms):
            return "subject"
        new_claims = harmful_claim_kinds(sentence) - self._harmful_claims
        if new_claims or self._negation.contradicts(sentence):
            return "sense"
        return None if self._alignment.supports(sentence) else "sense"

    def _has_only_known_names(self, sentence: str) -> bool:
        first = next(iter(split_words(sentence)), "").lower()
        is_german = (self.language or "").partition("-")[0] == "de"
        all_known = all(
            self._contains_name(name)
            or self._names.abbreviates(name)
            or name.lower() == first in _OPENING_WORDS
            or next(parse_spelled_numbers(name), None) is not None
            or self._has_base_name(name)
            or (is_german and is_common_noun(name, sentence))
            for name in names(sentence, self.language)
        )
        return all_known and not self._names.mixes(sentence)

    def _has_base_name(self, name: str) -> bool:
        """Return True if the article has the country of an adjective, or the parts of a compound."""
        word = strip_accents(normalize_word(name))
        starts = [word[:length] for length in range(_MIN_BASE_CHARS, len(word))]
        base = next((start for start in reversed(starts) if start in self._words), None)
        if base is None:
            return False
        rest = word[len(base) :]
        return len(rest) <= _MAX_ADJECTIVE_ENDING or rest in self._words

    def _check_translation(self, sentence: str, language: str) -> Problem | None:
        if UNCASED.search(sentence):
            return "name"
        for name in names(sentence, language):
            if not self._contains_name(name) and not sounds_like_one_of(name, self._skeletons):
                return "name"
        return None

    def _contains_name(self, name: str) -> bool:
        return strip_accents(normalize_word(name)) in self._words or bool(
            set(self._extractor.of(name)) & self._terms
        )


def _has_valid_start(sentence: str) -> bool:
    """Return True if the sentence has words and does not start with a lower-case letter."""
    first = next(iter(split_words(sentence)), "")
    # A sentence that starts in lower case was cut by the length limit of the model.
    return first != "" and not first.islower()


def _quotations(sentence: str) -> Iterator[str]:
    for match in _QUOTED.finditer(sentence):
        yield next(group for group in match.groups() if group is not None)


def _normalise(text: str) -> str:
    """Return the normalised words of ``text``, so that punctuation does not matter."""
    return f" {' '.join(strip_accents(normalize_word(word)) for word in split_words(text))} "
