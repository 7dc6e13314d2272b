"""Detect a sentence that reverses a sentence of the article: a "not" added or removed, "rose" for "fell".

The sentence is compared with the sentences of the article that contain all of its terms, and there with
the clauses that contain some of them. The sentence contradicts the article if it is negated and no clause
is, or if it contains all terms of a negated clause and is not negated. Paraphrases cannot be compared and
are accepted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from bot.summaries.terms import Terms
from watchers.text.lazy_pattern import LazyPattern

# With fewer terms, the corresponding sentence of the article cannot be found.
_MIN_TERMS: Final = 2

_NEGATION: Final = LazyPattern(
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|without|cannot|\p{L}+n['’]t"
    r"|nicht|kein\w*|nie|niemals|niemand|nichts|weder|ohne|ne|n['’]|pas|jamais|aucune?|personne|sans"
    r"|nunca|jamás|ningun[oa]?|ningún|nadie|nada|sin|não|nenhum\w*|ninguém|sem|non|mai|nessun\w*|senza"
    r"|niet|geen|nooit|niemand|zonder|inte|ingen|inga|aldrig|utan|ikke|nie|nigdy|nikt|bez"
    r"|не|ни|нет|никогда|никто|ничего|без|ні|немає|ніколи|ніхто|değil|yok)(?![\p{L}\p{N}])",
    regex.IGNORECASE,
)
_AUXILIARY_VERBS: Final = LazyPattern(
    r"\b(?:do(?:es)?|did|has|have|had|is|are|was|were|be|been|will|would|could|can)\b",
    regex.IGNORECASE,
)
# Pairs of words with opposite meanings.
_ANTONYMS: Final = tuple(
    (regex.compile(rf"\b(?:{first})\b", regex.I), regex.compile(rf"\b(?:{second})\b", regex.I))
    for first, second in (
        (
            (r"ris(?:es?|en|ing)|rose|increas\w+|gr(?:ew|ow\w*)|climb\w*|jump\w*|soar\w*|surg\w+|higher|up|gestiegen|stiegt?|steigen|höher|gewachsen"
            r"|augment\w+|hausse|progress\w+|subi[óro]\w*|aument\w+|crec\w+|вырос\w*|рост\w*|увелич\w+|зрос\w+|збільш\w+"),
            (r"f[ae]ll(?:s|en|ing)?|drop\w*|decreas\w+|declin\w+|shr[aiu]nk\w*|plung\w+|slump\w*|tumbl\w+|lower\w*|down|gesunken|sanke?n?|sinken|niedriger|gefallen|fiel(?:en)?"
            r"|baiss\w*|recul\w*|diminu\w+|baj[óa]\w*|ca[íy][óde]\w*|disminu\w+|снизи\w+|упал\w*|сократи\w+|знизи\w+|впав|впала|скороти\w+"),
        ),
        (r"confirm\w*|bestätig\w+|confirm\w+", r"den(?:y|ies|ied|ying)|bestr(?:eit|itt)\w*|dementi\w+|démen\w+|niega|negó|desminti\w+"),
        (r"approv\w+|accept\w*|pass(?:es|ed)|back(?:s|ed)|adopt\w*", r"reject\w*|refus\w+|block\w*|veto\w*|turned down"),
        (r"w[io]n(?:s|ning)?|gewann\w*|gewonnen", r"los(?:es?|t|ing)|verlor\w*"),
        (r"support\w*|favou?r\w*", r"oppos\w+"),
        (r"beg[aiu]n\w*|start\w*", r"end(?:s|ed|ing)?|finish\w*"),
        (r"open(?:s|ed|ing)?", r"clos(?:es?|ed|ing)|shut\w*"),
        (r"guilty", r"innocent|acquitt\w+|cleared"),
        (r"buys?|bought|acquir\w+", r"sells?|sold"),
        (r"allow\w*|permit\w*", r"ban(?:s|ned|ning)?|forb[aio]d\w*|prohibit\w*"),
        (r"before|vor", r"after|nach"),
    )
)  # fmt: skip
_CLAUSE_BOUNDARY: Final = LazyPattern(
    r"[,;:–—()]|\s(?:and|but|while|although|though|und|aber|während|et|mais|y|pero|e|ma|en|maar|и|но|та|але)\s"
)


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    terms: frozenset[str]

    @property
    def is_negated(self) -> bool:
        return _is_negated(self.text)


class NegationChecker:
    """The clauses of an article, prepared for the comparison."""

    def __init__(self, sentences: Sequence[str], extractor: Terms) -> None:
        self._extractor = extractor
        self._clauses = [
            [_Clause(part, self._terms(part)) for part in _CLAUSE_BOUNDARY.split(sentence) if part]
            for sentence in sentences
        ]

    def contradicts(self, sentence: str) -> bool:
        """Return True if ``sentence`` contradicts all sentences of the article with its terms."""
        return self._differs_in_negation(sentence) or any(
            self._is_opposite(sentence, first, second) or self._is_opposite(sentence, second, first)
            for first, second in _ANTONYMS
        )

    def _differs_in_negation(self, sentence: str) -> bool:
        terms = self._terms(sentence)
        related = list(self._related_clauses(terms))
        if not related:
            return False
        if _is_negated(sentence):
            return not any(clause.is_negated for clauses in related for clause in clauses)
        return all(
            all(clause.is_negated for clause in clauses)
            or any(clause.is_negated and clause.terms <= terms for clause in clauses)
            for clauses in related
        )

    def _is_opposite(
        self, sentence: str, word: regex.Pattern[str], antonym: regex.Pattern[str]
    ) -> bool:
        if not word.search(sentence) or antonym.search(sentence) or _is_negated(sentence):
            return False
        related = self._related_clauses(self._terms(word.sub(" ", sentence)))
        clauses = [clause for sentence_clauses in related for clause in sentence_clauses]
        if any(word.search(clause.text) or clause.is_negated for clause in clauses):
            return False
        return any(antonym.search(clause.text) for clause in clauses)

    def _terms(self, text: str) -> frozenset[str]:
        """Return the terms of ``text`` without negations and auxiliary verbs."""
        return frozenset(self._extractor.of(_AUXILIARY_VERBS.sub(" ", _NEGATION.sub(" ", text))))

    def _related_clauses(self, terms: frozenset[str]) -> Iterator[list[_Clause]]:
        """Yield, for each sentence with all of ``terms``, its clauses with some of them."""
        if len(terms) < _MIN_TERMS:
            return
        for clauses in self._clauses:
            sentence_terms: set[str] = set()
            sentence_terms.update(*(clause.terms for clause in clauses))
            if terms <= sentence_terms:
                yield [clause for clause in clauses if not terms.isdisjoint(clause.terms)]


def _is_negated(text: str) -> bool:
    return _NEGATION.search(text) is not None
