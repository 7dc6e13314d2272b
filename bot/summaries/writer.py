"""A language model's summary of an article, as far as the article bears it out.

article ─ without what speaks to a model ─► model ─► sentences ─ faithful? ─► at least one: they are told
                                                                     └─────► none: the article's own words
in another language: what was faithful ─► model ─► sentences ─ faithful? ─► …
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import regex

from bot.errors import ModelError
from bot.summaries.endpoint import Answer, Model
from bot.summaries.faithful import Evidence, Problem
from bot.summaries.inert import is_addressed_to_a_model
from bot.summaries.passages import passages
from bot.summaries.prompt import MOST_SENT, Message, to_summarise, to_translate
from watchers import Item
from watchers.text.clean import clean_line
from watchers.text.language import detect
from watchers.text.sentences import sentences as split_sentences

_MOST_READ: Final = 20  # sentences of an answer
_BULLET: Final = regex.compile(r"^(?:[-*•–—]|\d{1,2}[.)])\s+")


@dataclass(slots=True)
class Draft:
    """What came of it.

    Attributes:
        sentences: what the article bears out; none where nothing did.
        problems: of each sentence that was dropped, what it had that the article has not.
        tokens: that the model counted.
        language: in which the sentences are; ``None``: the article's own.
    """

    sentences: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    tokens: int = 0
    language: str | None = None


class Writer:
    """Writes with one model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """The model, as its operator calls it."""
        return self._model.name

    async def write(self, item: Item, most: int, language: str | None = None) -> Draft:
        """At most ``most`` faithful sentences about ``item``, in ``language`` where that can be.

        Raises:
            ModelError: the model gives no answer.
        """
        own = item.language or detect(item.text[:600])
        found = passages((item.text or item.lead)[: 2 * MOST_SENT], item.title, own)
        barred = [one.text for one in found if is_addressed_to_a_model(one.text)]
        told = [one.text for one in found if one.text not in barred]
        title = "" if is_addressed_to_a_model(item.title) else item.title
        if not told:
            return Draft()
        evidence = Evidence("\n".join((title, *told)), own, "\n".join(barred))
        draft = Draft()
        answer = await self._ask(to_summarise(title, told, most), draft)
        draft.sentences = _faithful(answer, evidence, draft, most)
        if draft.sentences and language and language != own:
            await self._translate(draft, own, language)
        return draft

    async def _translate(self, draft: Draft, own: str | None, language: str) -> None:
        """What was faithful in another language, if that is faithful to it; else it stays as it is."""
        evidence = Evidence("\n".join(draft.sentences), own)
        try:
            answer = await self._ask(to_translate(draft.sentences, language), draft)
        except ModelError:
            return
        lines = _faithful(answer, evidence, draft, len(draft.sentences), language)
        if lines:
            draft.sentences, draft.language = lines, language

    async def _ask(self, messages: Sequence[Message], draft: Draft) -> str:
        answer: Answer = await self._model.ask(messages)
        draft.tokens += answer.tokens
        return answer.text


def _faithful(
    answer: str, evidence: Evidence, draft: Draft, most: int, language: str | None = None
) -> tuple[str, ...]:
    kept: list[str] = []
    for sentence in _lines(answer, language or evidence.language):
        if len(kept) == most:
            break
        problem = evidence.problem(sentence, language)
        if is_addressed_to_a_model(sentence):
            problem = "subject"
        if problem is not None:
            draft.problems.append(problem)
        elif sentence not in kept:
            kept.append(sentence)
    return tuple(kept)


def _lines(answer: str, language: str | None) -> list[str]:
    """The sentences of an answer, without bullets."""
    lines = (_BULLET.sub("", clean_line(line)) for line in answer.splitlines())
    found = [one for line in lines if line for one in split_sentences(line, language)]
    return found[:_MOST_READ]
