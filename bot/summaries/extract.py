"""Summarise an article by a selection of its sentences.

text ─ passages ─► sentences ─ scoring ─► scores ─ selection ─► Summary
                                  ▲ topic, title, background corpus
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import regex

from bot.summaries.dependent_sentences import DependencyDetector
from bot.summaries.llm.prompt_injection import is_certain_injection
from bot.summaries.passages import Passage, is_first_sentence, passages
from bot.summaries.selection import LengthLimit, Scored, scored, select_passages
from bot.summaries.terms import Background, Terms
from watchers import Item, Query
from watchers.text.language import detect_language

# Only the beginning of a very long document is scored.
_MAX_PASSAGES: Final = 1_000
_MAX_CHARS: Final = 100_000
# Added to the score (0 to 1) of sentences that match the topic, so that they come first.
_TOPIC_BONUS: Final = 1.0
_UNSPACED: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
# Silent reading of English (Brysbaert 2019); other alphabetic languages are similar.
_WORDS_PER_MINUTE: Final = 238
# Chinese and Japanese (Trauzettel-Klosinski and Dietz 2012: 255 and 357).
_CHARS_PER_MINUTE: Final = 300

Marks = tuple[tuple[int, int], ...]
"""The start and end offsets of the matched words in one sentence."""


def topic_spans(sentences: Sequence[str], topic: Query | None, language: str | None) -> list[Marks]:
    """Return the matched words of ``topic`` for each sentence.

    The topic is evaluated on all sentences together. A sentence with only one of the words of
    "sanctions AND missile" is marked if the article has both words.
    """
    if topic is None or not sentences:
        return [() for _ in sentences]
    starts = [0]
    for sentence in sentences:
        # Each sentence ends with a line break in the joined text.
        starts.append(starts[-1] + len(sentence) + 1)
    spans = topic.match(Item(key="", title="", text="\n".join(sentences), language=language))
    marks: list[list[tuple[int, int]]] = [[] for _ in sentences]
    for span in spans or ():
        if span.field != "text":
            continue
        index = bisect_right(starts, span.start) - 1
        # A phrase may span two sentences; it belongs to neither.
        if span.end <= starts[index] + len(sentences[index]):
            marks[index].append((span.start - starts[index], span.end - starts[index]))
    return [tuple(sentence_marks) for sentence_marks in marks]


@dataclass(frozen=True, slots=True)
class Summary:
    """A selection of the sentences of an article, in their order.

    Attributes:
        total: the number of sentences of the article.
        marks: the matched words of the topic per sentence.
        reading_time_saved: the reading time of the article minus that of the summary.
    """

    sentences: tuple[str, ...]
    total: int
    marks: tuple[Marks, ...] = ()
    reading_time_saved: timedelta = timedelta(0)

    @property
    def is_whole(self) -> bool:
        """Return True if the summary contains all sentences of the article."""
        return len(self.sentences) == self.total


def summarize(
    text: str,
    title: str | None = None,
    sentences: int = 3,
    topic: Query | None = None,
    *,
    characters: int | None = None,
    language: str | None = None,
    background: Background | None = None,
) -> Summary:
    """Return the most informative sentences of ``text`` in the order of the article.

    The function is deterministic and needs no network. Call it in a thread for long texts.

    Args:
        text: the article, one paragraph per line.
        title: raises the score of similar sentences; a title that is a sentence may be selected.
        sentences: the maximum number of sentences.
        topic: sentences that match it come first, and their matched words are marked.
        characters: the maximum length, with one space between two sentences.
        language: a BCP 47 tag; detected by default.
        background: document frequencies of terms; counted in the text by default.

    Raises:
        ValueError: ``sentences`` or ``characters`` is less than 1.
    """
    if sentences < 1:
        raise ValueError(f"a summary has at least one sentence, not {sentences}")
    if characters is not None and characters < 1:
        raise ValueError(f"a summary has at least one character, not {characters}")
    language = language or detect_language(text[:600])
    all_passages = passages(_with_title(text, title or ""), title or "", language)
    # Instructions to a model in an article are not news, and must not be quoted to readers.
    candidates = [passage for passage in all_passages if not is_certain_injection(passage.text)]
    scored_passages = _limit_passages(candidates)
    marks = topic_spans([passage.text for passage in scored_passages], topic, language)
    # A short article is shown whole; a selection would only lose context.
    if len(candidates) <= sentences and _fits(candidates, characters):
        selected = list(range(len(candidates)))
    else:
        scores = scored(scored_passages, title or "", Terms(language), background)
        selected = _select(
            scored_passages,
            _add_topic_bonus(scores, marks),
            DependencyDetector(language),
            sentences,
            characters,
        )
    selected_texts = tuple(scored_passages[index].text for index in selected)
    selected_marks = tuple(marks[index] for index in selected) if any(marks) else ()
    if not selected_texts and scored_passages and characters is not None:
        selected_texts, selected_marks = (_shorten(scored_passages[0].text, characters),), ()
    full_reading_time = _reading_time(passage.text for passage in candidates)
    saved = full_reading_time - _reading_time(selected_texts)
    return Summary(selected_texts, len(candidates), selected_marks, saved)


def _with_title(text: str, title: str) -> str:
    """Return the text with the title in front if the title is the first sentence of the document."""
    if not is_first_sentence(title) or not text.strip() or text.lstrip().startswith(title):
        return text
    return f"{title}\n{text}"


def _limit_passages(candidates: Sequence[Passage]) -> Sequence[Passage]:
    """Return the first passages within the limits on number and length."""
    length = 0
    for index, passage in enumerate(candidates[:_MAX_PASSAGES]):
        length += len(passage.text)
        if length > _MAX_CHARS:
            return candidates[: max(index, 1)]
    return candidates[:_MAX_PASSAGES]


def _select(
    candidates: Sequence[Passage],
    scores: Sequence[Scored],
    detector: DependencyDetector,
    sentences: int,
    characters: int | None,
) -> list[int]:
    lengths = [len(passage.text) for passage in candidates]

    def depends_on_previous(index: int) -> bool:
        return detector.depends_on_previous(candidates[index].text)

    return select_passages(lengths, scores, depends_on_previous, LengthLimit(sentences, characters))


def _add_topic_bonus(scores: Sequence[Scored], marks: Sequence[Marks]) -> list[Scored]:
    """Return the scores with a bonus for the sentences that match the topic."""
    return [
        Scored(scored_passage.score + _TOPIC_BONUS * bool(sentence_marks), scored_passage.vector)
        for scored_passage, sentence_marks in zip(scores, marks, strict=True)
    ]


def _fits(candidates: Sequence[Passage], characters: int | None) -> bool:
    if characters is None:
        return True
    return sum(len(passage.text) + 1 for passage in candidates) <= characters + 1


def _shorten(sentence: str, characters: int) -> str:
    """Return the sentence shortened to ``characters``, at a word boundary if possible."""
    start = sentence[: characters - 1]
    space = start.rfind(" ")
    return (start[:space] if space > len(start) // 2 else start).rstrip() + "…"


def _reading_time(texts: Iterable[str]) -> timedelta:
    words = characters = 0
    for text in texts:
        words += len(text.split())
        characters += 0 if text.isascii() else len(_UNSPACED.findall(text))
    return timedelta(minutes=words / _WORDS_PER_MINUTE + characters / _CHARS_PER_MINUTE)
