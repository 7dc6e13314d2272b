"""Align a sentence with the clauses of the article and compare the statement as a whole.

sentence ─► parts ─► for each part: the sentences of the article with most of its words
                     ─► at least one of them agrees in names, neighbours, numbers, days, quotation,
                        direction, negation, modality and roles

An element of the sentence (a name, a number, a day) that stands elsewhere in the article is accepted only
if the aligned clause has no other element of the same kind in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import regex

from bot.summaries.terms import Terms
from bot.summaries.verification import polarity
from bot.summaries.verification.quantities import quantities
from bot.summaries.verification.statements import (
    BOUNDARY,
    NUMBER_MARK,
    SPEECH,
    SPEECH_WORD,
    ParsedSentence,
    Statement,
    StatementParser,
)
from watchers.text.lazy_pattern import LazyPattern

_PASSIVE: Final = LazyPattern(
    r"(?<!\p{L})(?:by|vom|par|por|pel[oa]s?|dal|dalla|dai|is|are|was|were|been|be|wurden?|werden|wird|fue|fueron|foi|foram|été|stat[oai]|был[аио]?|бул[аио]|було)(?!\p{L})",
    regex.IGNORECASE,
)
_AGENT: Final = LazyPattern(
    r"(?<!\p{L})(?:by|von|vom|par|por|pel[oa]s?|da|dal|dalla|dai)\s", regex.IGNORECASE
)
_REPORTED: Final = LazyPattern(
    rf"^(?!.*\s(?:ab|zu)[.!]?$)(?P<speaker>[^,;:“”„«»\"]{{2,100}}?)\s(?:a |ha )?{SPEECH}\s(?:that |que |che )?(?P<content>[^“”„«»\"]{{8,}})$",
    regex.IGNORECASE,
)
_ESTIMATE: Final = LazyPattern(
    r"(?<!\p{L})(?:puts?|estimat\p{L}+|expects?|fears?|believes?|beziffer\p{L}+|schätz\p{L}+|estim\p{L}+|stim\p{L}+|оцен\p{L}+|оцін\p{L}+)(?!\p{L})",
    regex.IGNORECASE,
)
_MIN_TERMS: Final = 2
# Other sentences are compared if they contain at least this share of the words of the best one.
_CANDIDATE_SHARE: Final = 0.75
# At most this number of sentences before and after a sentence have the same subject.
_MAX_CONTINUATIONS: Final = 2
_MAX_CANDIDATES: Final = 20
_MAX_FOREIGN_SHARE: Final = 0.25
# The alignment of a longer article would take too long.
_MAX_SENTENCES: Final = 400


class Alignment:
    """The sentences of an article, prepared for the comparison of statements."""

    def __init__(self, sentences: Sequence[str], extractor: Terms, language: str | None) -> None:
        self._parser = StatementParser(extractor, language)
        self._texts = sentences[:_MAX_SENTENCES]
        self._wholes = [self._parser.sentence(text) for text in self._texts]
        self._vocabulary = frozenset[str]().union(*(whole.term_set for whole in self._wholes))
        self._names = frozenset[str]().union(*(whole.names for whole in self._wholes))
        self._parsed: dict[int, ParsedSentence] = {}
        self._parser.learn(self._vocabulary)

    def supports(self, sentence: str) -> bool:
        """Return True if each part of ``sentence`` agrees with a sentence of the article."""
        reported = _REPORTED.match(sentence)
        if reported is not None:
            speaker = self._parser.statement(reported["speaker"], resolve=True)
            if len(speaker.term_set) >= _MIN_TERMS and not self._supports_part(speaker.text):
                return False
            content = reported["content"]
            return all(self._supports_part(part, speaker) for part in self._parser.parts(content))
        return all(self._supports_part(part) for part in self._parser.parts(sentence))

    def _supports_part(self, text: str, speaker: Statement | None = None) -> bool:
        claim = self._parser.statement(text, resolve=True)
        if len(claim.term_set) < _MIN_TERMS:
            return True
        overlaps = [self._overlap(claim, whole) for whole in self._wholes]
        best = max(overlaps, default=0)
        if not best:
            return True
        candidates = [
            index for index, overlap in enumerate(overlaps) if overlap >= _CANDIDATE_SHARE * best
        ]
        candidates.sort(key=lambda index: -overlaps[index])
        return any(
            self._agrees(claim, window) and not self._has_other_speaker(speaker, window)
            for window in (self._window(index, claim) for index in candidates[:_MAX_CANDIDATES])
        )

    def _overlap(self, claim: Statement, other: Statement) -> int:
        return len(claim.term_set & other.term_set)

    def _window(self, index: int, claim: Statement) -> ParsedSentence:
        """Return the sentence with following and preceding ones about the same subject."""
        first = last = index
        # A sentence without a name of its own continues the previous one.
        while first and index - first < _MAX_CONTINUATIONS and self._wholes[first].continues:
            first -= 1
        while (
            last + 1 < len(self._wholes)
            and last - index < _MAX_CONTINUATIONS
            and self._wholes[last + 1].continues
        ):
            last += 1
        if first == last or claim.term_set <= self._wholes[index].term_set:
            return self._sentence(index)
        group = [self._sentence(position) for position in range(first, last + 1)]
        return ParsedSentence(
            Statement(
                " ".join(sentence.whole.text for sentence in group),
                tuple(term for sentence in group for term in sentence.whole.terms),
                frozenset[str]().union(*(sentence.whole.names for sentence in group)),
            ),
            tuple(clause for sentence in group for clause in sentence.clauses),
            tuple(statement for sentence in group for statement in sentence.statements),
            frozenset[str]().union(*(sentence.speakers for sentence in group)),
        )

    def _sentence(self, index: int) -> ParsedSentence:
        parsed = self._parsed.get(index)
        if parsed is None:
            parsed = self._parsed[index] = self._parser.parse(self._texts[index])
        return parsed

    def _agrees(self, claim: Statement, window: ParsedSentence) -> bool:
        return (
            not self._takes_foreign_terms(claim, window)
            and not self._has_other_neighbour(claim, window)
            and not self._has_other_element(claim, window)
            and not self._has_other_name(claim, window)
            and not self._is_speaker_only(claim, window)
            and not self._reverses_roles(claim, window)
            and not self._has_other_sense(claim, window)
        )

    def _takes_foreign_terms(self, claim: Statement, window: ParsedSentence) -> bool:
        """Return True if words of the claim belong to other sentences of the article."""
        foreign = (claim.term_set & self._vocabulary) - window.whole.term_set
        foreign = frozenset(term for term in foreign if term[0] != NUMBER_MARK)
        other_names = window.whole.names - claim.term_set
        if other_names and not foreign.isdisjoint(claim.names | self._names):
            return True
        return len(foreign) > _MAX_FOREIGN_SHARE * len(claim.term_set)

    def _has_other_neighbour(self, claim: Statement, window: ParsedSentence) -> bool:
        """Return True if the article has another word next to a word of the claim."""
        own = set(claim.terms)
        for index, (first, second) in enumerate(pairwise(claim.terms)):
            if first == second or not {first, second} <= self._vocabulary:
                continue
            with_first = [part for part in window.clauses if first in part.term_set]
            with_second = [part for part in window.clauses if second in part.term_set]
            if any(part in with_second for part in with_first):
                continue
            before = {_neighbour(part, second, -1) for part in with_second} - {None}
            after = {_neighbour(part, first, 1) for part in with_first} - {None}
            has_other_object = (
                second[0] == NUMBER_MARK and any(word and word[0] == NUMBER_MARK for word in after)
            ) or (
                second in self._names
                and any(word in self._names for word in after)
                and all(len(part.terms) > 1 for part in with_second)
            )
            for neighbours, weighs in (
                (before, True),
                (after, not with_second or has_other_object),
            ):
                if not weighs or not neighbours or not neighbours.isdisjoint(own):
                    continue
                # "Three dams" is no contradiction to "the oldest dam".
                if claim.measures or second in self._names:
                    others = neighbours
                else:
                    others = {word for word in neighbours if word and word[0] != NUMBER_MARK}
                if others and (index == 0 or any(map(self._is_element, filter(None, others)))):
                    return True
        return False

    def _is_element(self, term: str) -> bool:
        return term[0] == NUMBER_MARK or term in self._names

    def _has_other_element(self, claim: Statement, window: ParsedSentence) -> bool:
        """Return True if the aligned clause has another number or day than the claim."""
        best = self._best_clauses(claim, window)
        if claim.days and not any(claim.days <= clause.days for clause in best):
            has_other = all(clause.days - claim.days for clause in best)
            if has_other or not claim.days <= window.whole.days:
                return True
        for quantity in quantities(claim.text):
            values = {value for value, _ in quantity.readings}
            if any(values & clause.values for clause in best):
                continue
            has_other = all(clause.values - claim.values for clause in best)
            if has_other or not values & window.whole.values:
                return True
        return False

    def _has_other_name(self, claim: Statement, window: ParsedSentence) -> bool:
        """Return True if the clause with the words of the claim has another name."""
        own_names = claim.term_set & (claim.names | self._names)
        others = frozenset(term for term in claim.term_set - own_names if term[0] != NUMBER_MARK)
        overlaps = [len(others & clause.term_set) for clause in window.clauses]
        best = max(overlaps, default=0)
        if not own_names or not best:
            return False
        axes = polarity.signs(claim.text).keys()
        # "Norway declined it" continues "The Union offered help".
        if any(
            not own_names.isdisjoint(clause.terms) and axes & polarity.signs(clause.text).keys()
            for clause in window.clauses
        ):
            return False
        return all(
            own_names.isdisjoint(clause.terms) and not self._names.isdisjoint(clause.terms)
            for clause, overlap in zip(window.clauses, overlaps, strict=True)
            if overlap == best
        )

    def _best_clauses(self, claim: Statement, window: ParsedSentence) -> list[Statement]:
        # A clause with the subject and the verb is the best one, also if its object is a pronoun.
        if claim.terms[:1] and claim.terms[0] in self._names:
            index = next((i for i, term in enumerate(claim.terms) if term not in self._names), 0)
            pair = set(claim.terms[max(0, index - 1) : index + 1])
            with_pair = [clause for clause in window.clauses if pair <= clause.term_set]
            if len(pair) == _MIN_TERMS and with_pair:
                most = max(len(claim.term_set & clause.term_set) for clause in with_pair)
                return [
                    clause for clause in with_pair if len(claim.term_set & clause.term_set) == most
                ]
        overlaps = [len(claim.term_set & clause.term_set) for clause in window.clauses]
        best = max(overlaps, default=0)
        return [
            clause
            for clause, overlap in zip(window.clauses, overlaps, strict=True)
            if overlap == best
        ]

    def _is_speaker_only(self, claim: Statement, window: ParsedSentence) -> bool:
        """Return True if the subject of the claim is only the speaker in the article."""
        if (
            not claim.terms
            or SPEECH_WORD.search(claim.text) is not None
            or _ESTIMATE.search(claim.text) is not None
        ):
            return False
        return claim.terms[0] in window.speakers

    def _has_other_speaker(self, speaker: Statement | None, window: ParsedSentence) -> bool:
        return (
            speaker is not None
            and SPEECH_WORD.search(window.whole.text) is not None
            and speaker.term_set.isdisjoint(window.whole.terms)
        )

    def _reverses_roles(self, claim: Statement, window: ParsedSentence) -> bool:
        """Return True if the article has the object of the claim as the subject of its verb."""
        if claim.starts_with_preposition:
            return False
        is_passive = _PASSIVE.search(claim.text) is not None
        for index in range(1, len(claim.terms) - 1):
            subject, verb = claim.terms[index - 1 : index + 1]
            if verb in claim.names or subject == verb or NUMBER_MARK in (subject[0], verb[0]):
                continue
            if index > 1 and subject not in claim.names:
                continue
            parts = [part for part in window.statements if verb in part.verbs]
            if parts and all(self._has_other_agent(claim, subject, verb, part) for part in parts):
                return True
            if parts and all(
                subject not in part.before(verb)
                and self._has_other_subject(claim, index, part)
                and is_passive == (_PASSIVE.search(part.text) is not None)
                for part in parts
            ):
                return True
        return False

    def _has_other_subject(self, claim: Statement, index: int, part: Statement) -> bool:
        """Return True if an object of the claim, or another word, stands before the verb."""
        subject, verb = claim.terms[index - 1 : index + 1]
        before = part.before(verb)
        objects = set(claim.terms[index + 1 :]) - set(claim.terms[:index]) - claim.places
        if not objects.isdisjoint(before):
            return True
        is_name = subject in claim.names or subject in self._names
        return (
            is_name
            and subject in part.terms
            and bool(before)
            and (claim.term_set.isdisjoint(before))
        )

    def _has_other_agent(self, claim: Statement, subject: str, verb: str, part: Statement) -> bool:
        """Return True if the claim is passive and the article has its subject as the agent."""
        match = _AGENT.search(claim.text)
        if match is None or _PASSIVE.search(part.text) is not None:
            return False
        agents = self._parser.statement(claim.text[match.end() :], resolve=True).terms[:1]
        before = part.before(verb)
        return any(agent in part.terms and agent not in before for agent in agents) and (
            subject in before
        )

    def _has_other_sense(self, claim: Statement, window: ParsedSentence) -> bool:
        """Return True if direction, negation or modality differ from the aligned clauses."""
        best = self._best_clauses(claim, window)
        wanted = polarity.signs(claim.text)
        found = _nearest_signs(claim, best, window)
        shared = wanted.keys() & found.keys()
        conflicts = {axis for axis in shared if wanted[axis].isdisjoint(found[axis])}
        if conflicts and conflicts != shared:
            conflicts = _without_unnegated(claim, best, shared, conflicts)
        if conflicts or (not shared and self._differs_in_negation(claim, window)):
            return True
        return (
            bool(best)
            and all(polarity.is_uncertain(clause.text) for clause in best)
            and not polarity.is_uncertain(claim.text)
            and not polarity.is_future(claim.text)
        )

    def _differs_in_negation(self, claim: Statement, window: ParsedSentence) -> bool:
        for text in BOUNDARY.split(claim.text):
            piece = self._parser.statement(text, resolve=True)
            best = self._best_clauses(piece, window) if piece.terms else []
            negated = polarity.is_negated(text)
            if (
                best
                and not polarity.has_negative_word(text)
                and all(
                    polarity.is_negated(clause.text) != negated
                    and not polarity.has_negative_word(clause.text)
                    for clause in best
                )
            ):
                return True
        return False


def _neighbour(clause: Statement, term: str, step: int) -> str | None:
    index = clause.terms.index(term) + step
    return clause.terms[index] if 0 <= index < len(clause.terms) else None


def _nearest_signs(
    claim: Statement, best: Sequence[Statement], window: ParsedSentence
) -> dict[int, set[int]]:
    """Return the signs of the best clauses, and on other axes those of the nearest text."""
    related = [clause for clause in window.clauses if claim.term_set & clause.term_set]
    found: dict[int, set[int]] = {}
    for clauses in (best, related, [window.whole]):
        signs: dict[int, set[int]] = {}
        for clause in clauses:
            for axis, sides in polarity.signs(clause.text).items():
                signs.setdefault(axis, set()).update(sides)
        found = signs | found
    return found


def _without_unnegated(
    claim: Statement, best: Sequence[Statement], shared: set[int], conflicts: set[int]
) -> set[int]:
    """Return the conflicts without those that a negation of another word explains.

    In "did not accept the rise" and "refused the rise", the negation concerns one axis only.
    """
    raw = polarity.raw_signs(claim.text)
    raw_found = [polarity.raw_signs(clause.text) for clause in best]
    is_explained = any(
        raw[axis].isdisjoint(signs[axis])
        for axis in shared - conflicts
        for signs in raw_found
        if axis in signs
    )
    if not is_explained:
        return conflicts
    return {
        axis
        for axis in conflicts
        if all(raw[axis].isdisjoint(signs.get(axis, raw[axis])) for signs in raw_found)
    }
