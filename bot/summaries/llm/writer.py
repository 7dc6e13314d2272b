"""Write a summary with a language model and keep the sentences that pass verification.

article ─► without prompt injections ─► model ─► sentences ─► verification ─► verified sentences
verified sentences ─► model (translation) ─► sentences ─► verification ─► verified translation
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import regex

from bot.errors import ModelError
from bot.summaries.llm.client import (
    MAX_ARTICLE_CHARS,
    Answer,
    Message,
    Model,
    to_summarise,
    to_translate,
)
from bot.summaries.llm.prompt_injection import is_possible_injection
from bot.summaries.passages import passages
from bot.summaries.verification.verify import Problem, SourceText
from watchers import Item
from watchers.text.clean import clean_line, split_sentences
from watchers.text.language import detect_language

_MAX_ANSWER_SENTENCES: Final = 20
_BULLET: Final = regex.compile(r"^(?:[-*•–—]|\d{1,2}[.)])\s+")


@dataclass(slots=True)
class ModelDraft:
    """The result of one summary.

    Attributes:
        sentences: the verified sentences; empty if no sentence passed.
        problems: the reason for each rejected sentence.
        tokens: the tokens of all requests.
        language: the language of the translation; None if the summary is not translated.
    """

    sentences: tuple[str, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    tokens: int = 0
    language: str | None = None


class Writer:
    """Writes summaries with one model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @property
    def name(self) -> str:
        """Return the name of the model."""
        return self._model.name

    async def write(self, item: Item, most: int, language: str | None = None) -> ModelDraft:
        """Return at most ``most`` verified sentences about ``item``, translated to ``language``.

        If the translation fails, the sentences stay in the language of the article.

        Raises:
            ModelError: a request for the summary failed.
        """
        article_language = item.language or detect_language(item.text[:600])
        all_passages = passages(
            (item.text or item.lead)[: 2 * MAX_ARTICLE_CHARS], item.title, article_language
        )
        # Suspicious passages are removed before the request and excluded as evidence for the answer.
        injections = [
            passage.text for passage in all_passages if is_possible_injection(passage.text)
        ]
        texts = [passage.text for passage in all_passages if passage.text not in injections]
        title = "" if is_possible_injection(item.title) else item.title
        if not texts:
            return ModelDraft()
        source = SourceText("\n".join((title, *texts)), article_language, "\n".join(injections))
        draft = ModelDraft()
        answer = await self._ask(to_summarise(title, texts, most), draft)
        draft.sentences = _verified_sentences(answer, source, draft, most)
        if draft.sentences and language and language != article_language:
            await self._translate(draft, article_language, language)
        return draft

    async def _translate(
        self, draft: ModelDraft, article_language: str | None, language: str
    ) -> None:
        """Replace the sentences of ``draft`` by a verified translation, if there is one."""
        # The translation is compared with the verified sentences, not with the whole article.
        source = SourceText("\n".join(draft.sentences), article_language)
        try:
            answer = await self._ask(to_translate(draft.sentences, language), draft)
        # The verified sentences in the original language are still useful.
        except ModelError:
            return
        translated = _verified_sentences(answer, source, draft, len(draft.sentences), language)
        if translated:
            draft.sentences, draft.language = translated, language

    async def _ask(self, messages: Sequence[Message], draft: ModelDraft) -> str:
        answer: Answer = await self._model.ask(messages)
        draft.tokens += answer.tokens
        return answer.text


def _verified_sentences(
    answer: str, source: SourceText, draft: ModelDraft, most: int, language: str | None = None
) -> tuple[str, ...]:
    verified: list[str] = []
    for sentence in _split_answer(answer, language or source.language):
        if len(verified) == most:
            break
        problem = source.find_unsupported(sentence, language)
        if is_possible_injection(sentence):
            problem = "subject"
        if problem is not None:
            draft.problems.append(problem)
        elif sentence not in verified:
            verified.append(sentence)
    return tuple(verified)


def _split_answer(answer: str, language: str | None) -> list[str]:
    """Return the sentences of an answer without bullets."""
    lines = (_BULLET.sub("", clean_line(line)) for line in answer.splitlines())
    sentences = [sentence for line in lines if line for sentence in split_sentences(line, language)]
    return sentences[:_MAX_ANSWER_SENTENCES]
