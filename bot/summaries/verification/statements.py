"""Split text into statements with their terms, names, numbers and days in order.

A sentence consists of statements (separated by a conjunction or a semicolon), and these of clauses
(separated by a comma). The speaker in ", police said" is not part of the statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import regex

from bot.summaries.terms import Terms
from bot.summaries.verification import polarity
from bot.summaries.verification.numbers import find_numbers
from bot.summaries.verification.quantities import quantities
from watchers.text.lazy_pattern import LazyPattern

_WORD: Final = LazyPattern(
    r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*+(?:[’'-][\p{L}\p{N}][\p{L}\p{M}\p{N}]*+)*+"
)
BOUNDARY: Final = LazyPattern(
    r"[;:–—()]|,(?!\d)|\s(?:and|but|while|although|though|whereas|und|aber|während|sondern|et|mais|tandis|y|pero|mientras|e|mas|enquanto|ma|mentre|и|но|а|тогда|та|але|й|тоді)\s",
    regex.IGNORECASE,
)
# Splits between statements; a comma alone can also separate an apposition.
_STRONG_BOUNDARY: Final = LazyPattern(
    r"[;:–—]|\s(?:and|but|while|although|though|whereas|und|aber|während|sondern|et|mais|tandis|y|pero|mientras|e|mas|enquanto|ma|mentre|и|но|а|тогда|та|але|й|тоді)\s",
    regex.IGNORECASE,
)
# ", Anna Kovač," after a title.
_APPOSITION: Final = LazyPattern(r",\s((?:\p{Lu}[\p{L}\p{M}'’-]*+\s?){1,4}+)(?:,|(?=[.!]?$))")
_AUXILIARY: Final = LazyPattern(
    r"(?<![\p{L}\p{N}])(?:we|they|he|she|it|you|wir|sie|er|es|nous|ils?|elles?|on|a(?=\s\p{L}+(?:é|ée|és|i|u|is|it|ert)\s)|ont|ha|hanno|han|hat|haben|hatten?|wurden?|waren?|ist|sind|fue|fueron|foi|foram|est|sont|è|stat[oai]|do|does|did|has|have|had|is|are|was|were|be|been|being|will|would|could|can|may|might|should"
    r"|per ?cent|prozent|pour ?cent|por ciento|por cento|per cento|процент\p{L}*|відсотк\p{L}*|said|says|told|sagte|erklärte|a dit|dijo|disse|ha detto|сказал\p{L}*|сообщил\p{L}*|заявил\p{L}*|сказа(?:в|ла)|заяви(?:в|ла|ли)|повідоми(?:в|ла|ли))(?![\p{L}\p{N}])",
    regex.IGNORECASE,
)
SPEECH: Final = (
    r"(?:said|says|told|announced|added|reported|sagten?|erklärten?|teilten?|berichteten?|dit|déclaré|annoncé|affirmé|indiqué|dijo|dijeron|afirmó|declaró|informó|anunció"
    r"|disse|disseram|afirmou|informou|anunciou|detto|dichiarato|affermato|riferito|annunciato|сказал[аи]?|сообщил[аио]?|заявил[аио]?|рассказал[аи]?|сказа(?:в|ла|ли)|заяви(?:в|ла|ли)|повідоми(?:в|ла|ли)|розпові(?:в|ла|ли))"
)
# ", police said." or ", said the police.": the speaker of the rest of the sentence.
_ATTRIBUTION: Final = LazyPattern(
    rf",\s(?:(?:[^\s,.]+\s){{1,8}}(?:a |ont |ha |hanno )?{SPEECH}|(?:a |ont |ha |hanno )?{SPEECH}(?:\s[^\s,.]+){{1,8}})\s?[.!]?$",
    regex.IGNORECASE,
)
SPEECH_WORD: Final = LazyPattern(rf"(?<![\p{{L}}]){SPEECH}(?![\p{{L}}])", regex.IGNORECASE)
_DAYS: Final = tuple(
    regex.compile(rf"(?<!\p{{L}})(?:{words})", regex.IGNORECASE)
    for words in (
        r"mondays?\b|montags?\b|lundi|lunes|segunda-feira|luned[iì]|понедельник|понеділ",
        r"tuesdays?\b|dienstags?\b|mardi|martes|terça-feira|marted[iì]|вторник|вівтор",
        r"wednesdays?\b|mittwochs?\b|mercredi|miércoles|quarta-feira|mercoled[iì]|сред[уыа]\b|серед[ауиі]\b",
        r"thursdays?\b|donnerstags?\b|jeudi|jueves|quinta-feira|gioved[iì]|четверг|четвер",
        r"fridays?\b|freitags?\b|vendredi|viernes|sexta-feira|venerd[iì]|пятниц|п[’']ятниц",
        r"saturdays?\b|samstags?\b|sonnabends?\b|samedi|sábado|sabato|суббот|субот",
        r"sundays?\b|sonntags?\b|dimanche|domingo|domenica|воскресень|неділ",
        r"yesterday|gestern|hier\b|ayer|ontem|ieri|вчера|вчора",
        r"today|heute|aujourd|hoy\b|hoje|oggi|сегодня|сьогодні",
        r"tomorrow|morgen\b|demain|mañana\b|amanhã|domani|завтра",
    )
)  # fmt: skip
# A sentence with a pronoun as its subject or speaker continues the previous one.
_PRONOUN_SUBJECT: Final = LazyPattern(
    r"(?:^|[”\"»“],?\s|,\s)(?:he|she|it|they|er|sie|ils?|elles?|él|ella|ellos|ele|ela|lui|lei|он|она|они|він|вона|вони)\s",
    regex.IGNORECASE,
)
_QUOTES: Final = LazyPattern(r"[“„«»”\"][^“”„«»\"]{1,600}[”“»«\"]")
NUMBER_MARK: Final = "#"
_ARTICLES: Final = frozenset(
    "the a an der die das ein eine le la les un une l el los las una o os as um uma il lo i gli".split()
)
_PLACE_PREPOSITIONS: Final = frozenset(
    "in at on à en dans em no na im am bei in nel nella в во на у".split()
)
_MIN_PREFIX: Final = 5
_PREFIX_SHARE: Final = 0.6
_MIN_PART_TERMS: Final = 2
# Longer sentences of an article are cut.
_MAX_SENTENCE_CHARS: Final = 2_000


@dataclass(frozen=True)
class Statement:
    """A clause or sentence.

    Attributes:
        terms: the terms and numbers in order.
        names: the terms with a capital, except at the start of the text.
        verbs: the terms that do not follow a preposition or an article, so that they can be verbs.
        places: the terms after a preposition of place.
    """

    text: str
    terms: tuple[str, ...]
    names: frozenset[str]
    verbs: frozenset[str] = frozenset()
    places: frozenset[str] = frozenset()
    starts_with_preposition: bool = False

    @cached_property
    def values(self) -> frozenset[object]:
        """The numbers without their units."""
        return frozenset(value for value, _ in self.measures)

    @property
    def continues(self) -> bool:
        """Return True if the sentence has no subject of its own."""
        return not self.names or _PRONOUN_SUBJECT.search(self.text) is not None

    def before(self, term: str) -> tuple[str, ...]:
        """Return the terms before the first occurrence of ``term``."""
        return self.terms[: self.terms.index(term)]

    @cached_property
    def term_set(self) -> frozenset[str]:
        """The terms without their order."""
        return frozenset(self.terms)

    @cached_property
    def measures(self) -> frozenset[tuple[object, str]]:
        """The numbers with their units."""
        return frozenset(
            reading for quantity in quantities(self.text) for reading in quantity.readings
        )

    @cached_property
    def days(self) -> frozenset[int]:
        """The weekdays and relative days, by their index."""
        return frozenset(index for index, day in enumerate(_DAYS) if day.search(self.text))


@dataclass(frozen=True)
class ParsedSentence:
    """A sentence with its statements, its clauses and the terms of its speaker."""

    whole: Statement
    clauses: tuple[Statement, ...]
    statements: tuple[Statement, ...]
    speakers: frozenset[str]


class StatementParser:
    """Parses the statements of one language."""

    def __init__(self, extractor: Terms, language: str | None) -> None:
        self._extractor = extractor
        self._nouns_have_capitals = (language or "").partition("-")[0] in {"de", "lb"}
        self._vocabulary: frozenset[str] = frozenset()
        self._sorted_vocabulary: list[str] = []
        self._resolved: dict[str, str] = {}

    def learn(self, vocabulary: Iterable[str]) -> None:
        """Set the terms to which related terms of later statements are resolved."""
        self._vocabulary = frozenset(vocabulary)
        self._sorted_vocabulary = sorted(self._vocabulary)

    def parts(self, sentence: str) -> Iterator[str]:
        """Yield the clauses of a sentence that are statements of their own."""
        sentence = _APPOSITION.compiled.sub(r" \1 ", sentence)
        start = 0
        quoted = [(match.start(), match.end()) for match in _QUOTES.finditer(sentence)]
        for match in BOUNDARY.finditer(sentence) if not quoted else ():
            before = self.statement(sentence[start : match.start()])
            after = self.statement(sentence[match.end() :])
            if all(
                len(part.term_set) >= _MIN_PART_TERMS and part.term_set - part.names
                for part in (before, after)
            ):
                yield sentence[start : match.start()]
                start = match.end()
        yield sentence[start:]

    def sentence(self, text: str) -> Statement:
        """Parse a sentence of the article as one statement."""
        return self.statement(_APPOSITION.compiled.sub(r" \1 ", text[:_MAX_SENTENCE_CHARS]))

    def parse(self, text: str) -> ParsedSentence:
        """Parse a sentence of the article with its parts."""
        text = _APPOSITION.compiled.sub(r" \1 ", text[:_MAX_SENTENCE_CHARS])
        match = _ATTRIBUTION.search(_QUOTES.sub(" ", text))
        speakers: frozenset[str] = frozenset()
        if match is not None:
            rest = self.statement(text.replace(match[0], " "))
            speakers = self.statement(match[0]).term_set - rest.term_set
        clauses = tuple(
            self.statement(part) for part in BOUNDARY.split(text) if part and part.strip()
        )
        statements = tuple(
            self.statement(part) for part in _STRONG_BOUNDARY.split(text) if part and part.strip()
        )
        return ParsedSentence(self.statement(text), clauses, statements, speakers)

    def statement(self, text: str, *, resolve: bool = False) -> Statement:
        """Parse a statement; ``resolve`` replaces its terms by related terms of the vocabulary."""
        content = _AUXILIARY.sub(" ", polarity.without_negation(text))
        terms: list[str] = []
        names: set[str] = set()
        run: list[str] = []
        mentions = {mention.start: mention for mention in find_numbers(content)}
        verbs: set[str] = set()
        places: set[str] = set()
        last_word = ""
        number_end = 0
        follows_function_word = starts_with_preposition = False
        for position, match in enumerate(_WORD.finditer(content)):
            if match.start() in mentions:
                mention = mentions[match.start()]
                terms.append(f"{NUMBER_MARK}{mention.value}")
                number_end = mention.end
            if match.start() < number_end:
                continue
            word = match[0]
            keys = [] if any(map(str.isdecimal, word)) else self._extractor.of(word)
            keys = [self._resolve(key) if resolve else key for key in keys]
            terms.extend(keys)
            # A noun usually follows an article or a preposition.
            if not follows_function_word:
                verbs.update(keys)
            if last_word in _PLACE_PREPOSITIONS:
                places.update(keys)
            last_word = word.casefold()
            follows_function_word = not keys
            if not position:
                starts_with_preposition = not keys and word.casefold() not in _ARTICLES
            if not word[0].isupper():
                run = []
                continue
            run.extend(keys)
            if not self._nouns_have_capitals:
                names.update(keys if position else ())
            elif word.isupper() or len(run) > 1:
                names.update(run)
        return Statement(
            text,
            tuple(terms),
            frozenset(names),
            frozenset(verbs),
            frozenset(places),
            starts_with_preposition,
        )

    def _resolve(self, term: str) -> str:
        """Return the term of the article with the same stem, or ``term``."""
        if term in self._vocabulary:
            return term
        if term not in self._resolved:
            self._resolved[term] = next(
                (known for known in self._sorted_vocabulary if _is_related(term, known)), term
            )
        return self._resolved[term]


def _is_related(first: str, second: str) -> bool:
    """Return True if two terms differ only in their endings."""
    shorter, longer = sorted((first, second), key=len)
    length = 0
    while length < len(shorter) and shorter[length] == longer[length]:
        length += 1
    return length >= _MIN_PREFIX and length >= _PREFIX_SHARE * len(longer)
