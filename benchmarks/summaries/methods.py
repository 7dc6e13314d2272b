"""The compared methods: Tocsin, the first sentences, and the methods of sumy if it is installed."""

from __future__ import annotations

from collections.abc import Callable

from bot.summaries import summarize
from bot.summaries.passages import passages
from watchers.text.clean import split_sentences
from watchers.text.tokens import normalize_word, split_words

Method = Callable[[str, str, str | None, int], list[str]]
"""Article, title, language, sentences ──► the summary's sentences."""


def ours(article: str, title: str, language: str | None, most: int) -> list[str]:
    return list(summarize(article, title or None, most, language=language).sentences)


def lead(article: str, _title: str, language: str | None, most: int) -> list[str]:
    return split_sentences(article, language)[:most]


def clean_lead(article: str, title: str, language: str | None, most: int) -> list[str]:
    """The beginning without bylines, datelines and captions: what our choice itself adds to that."""
    return [passage.text for passage in passages(article, title, language)][:most]


def peers() -> dict[str, Method]:
    """sumy's methods, fed with our own sentences and words: its tokenizer wants to download data."""
    try:
        from sumy.models.dom import ObjectDocumentModel, Paragraph, Sentence
        from sumy.summarizers.lex_rank import LexRankSummarizer
        from sumy.summarizers.text_rank import TextRankSummarizer
    except ImportError:
        return {}

    class Tokens:
        def to_words(self, text: str) -> tuple[str, ...]:
            return tuple(normalize_word(word) for word in split_words(text))

    def by(make: Callable[[], Callable]) -> Method:
        def method(article: str, _title: str, language: str | None, most: int) -> list[str]:
            tokens = Tokens()
            found = [Sentence(one, tokens) for one in split_sentences(article, language)]
            chosen = make()(ObjectDocumentModel([Paragraph(found)]), most)
            return [str(sentence) for sentence in chosen]

        return method

    return {"sumy LexRank": by(LexRankSummarizer), "sumy TextRank": by(TextRankSummarizer)}
