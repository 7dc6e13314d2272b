"""Whether a sentence turns a sentence of the article around: "not" left out or put in, "rose" for "fell".

A sentence is compared with those of the article that hold all of its terms, and there with the clauses
that hold some. It says the opposite where it denies and none of these does, or where it has all of one that denies
and does not. What is put in other words cannot be told, and passes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from bot.summaries.terms import Terms

_FEWEST: Final = 2  # terms to find a sentence again by

_NOT: Final = regex.compile(
    r"\b(?:not|never|no|none|nobody|nothing|neither|nor|without|cannot|\p{L}+n['’]t"
    r"|nicht|kein\w*|nie|niemals|niemand|nichts|weder|ohne|ne|n['’]|pas|jamais|aucune?|personne|sans"
    r"|nunca|jamás|ningun[oa]?|ningún|nadie|nada|sin|não|nenhum\w*|ninguém|sem|non|mai|nessun\w*|senza"
    r"|niet|geen|nooit|niemand|zonder|inte|ingen|inga|aldrig|utan|ikke|nie|nigdy|nikt|bez"
    r"|не|ни|нет|никогда|никто|ничего|без|ні|немає|ніколи|ніхто|değil|yok)(?![\p{L}\p{N}])",
    regex.IGNORECASE,
)
_HELPERS: Final = regex.compile(
    r"\b(?:do(?:es)?|did|has|have|had|is|are|was|were|be|been|will|would|could|can)\b",
    regex.IGNORECASE,
)
# Words for one thing and for its opposite.
_PAIRS: Final = tuple(
    (regex.compile(rf"\b(?:{one})\b", regex.I), regex.compile(rf"\b(?:{other})\b", regex.I))
    for one, other in (
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
_CLAUSE: Final = regex.compile(
    r"[,;:–—()]|\s(?:and|but|while|although|though|und|aber|während|et|mais|y|pero|e|ma|en|maar|и|но|та|але)\s"
)


@dataclass(frozen=True, slots=True)
class _Clause:
    text: str
    terms: frozenset[str]

    @property
    def denies(self) -> bool:
        return _says_not(self.text)


class Sense:
    """The sentences of an article, to hold others against."""

    def __init__(self, sentences: Sequence[str], reader: Terms) -> None:
        self._reader = reader
        self._clauses = [
            [_Clause(part, self._terms(part)) for part in _CLAUSE.split(one) if part]
            for one in sentences
        ]

    def is_turned(self, sentence: str) -> bool:
        """Whether ``sentence`` says the opposite of every sentence of the article that has its terms."""
        return self._is_negated_alone(sentence) or any(
            self._is_opposite(sentence, one, other) or self._is_opposite(sentence, other, one)
            for one, other in _PAIRS
        )

    def _is_negated_alone(self, sentence: str) -> bool:
        terms = self._terms(sentence)
        told = list(self._with(terms))
        if not told:
            return False
        if _says_not(sentence):
            return not any(clause.denies for clauses in told for clause in clauses)
        return all(
            all(clause.denies for clause in clauses)
            or any(clause.denies and clause.terms <= terms for clause in clauses)
            for clauses in told
        )

    def _is_opposite(
        self, sentence: str, one: regex.Pattern[str], other: regex.Pattern[str]
    ) -> bool:
        if not one.search(sentence) or other.search(sentence) or _says_not(sentence):
            return False
        told = self._with(self._terms(one.sub(" ", sentence)))
        touched = [clause for clauses in told for clause in clauses]
        if any(one.search(clause.text) or clause.denies for clause in touched):
            return False
        return any(other.search(clause.text) for clause in touched)

    def _terms(self, text: str) -> frozenset[str]:
        """What ``text`` speaks of, "not" and helping verbs left aside."""
        return frozenset(self._reader.of(_HELPERS.sub(" ", _NOT.sub(" ", text))))

    def _with(self, terms: frozenset[str]) -> Iterator[list[_Clause]]:
        """Of each sentence that has all of ``terms``, the clauses that have some."""
        if len(terms) < _FEWEST:
            return
        for clauses in self._clauses:
            held: set[str] = set()
            held.update(*(clause.terms for clause in clauses))
            if terms <= held:
                yield [clause for clause in clauses if not terms.isdisjoint(clause.terms)]


def _says_not(text: str) -> bool:
    return _NOT.search(text) is not None
