"""An article in some of its own sentences. Nothing is ever written, only chosen.

text ─ passages ─► sentences ─ scoring ─► how much each says ─ choosing ─► Summary
                                  ▲ the topic, the title, the archive
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import regex

from bot.summaries.about import Marks, about
from bot.summaries.choosing import Room, choose
from bot.summaries.furniture import is_first_sentence
from bot.summaries.inert import gives_orders
from bot.summaries.leaning import Leaning
from bot.summaries.passages import Passage, passages
from bot.summaries.scoring import Scored, scored
from bot.summaries.terms import Background, Terms
from watchers import Query
from watchers.text.language import detect

_MOST_WEIGHED: Final = 1_000  # passages; of a very long document, its beginning is weighed
_MOST_CHARACTERS: Final = 100_000  # the same
_TOPIC: Final = 1.0  # what answers the reader's topic comes before what does not
_UNSPACED: Final = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}]")
_WORDS_A_MINUTE: Final = 238
"""Silent reading of English (Brysbaert 2019); other alphabets are near it."""

_SIGNS_A_MINUTE: Final = 300
"""Chinese and Japanese characters (Trauzettel-Klosinski and Dietz 2012: 255 and 357)."""


@dataclass(frozen=True, slots=True)
class Summary:
    """An article in some of its own ``sentences``, in their order, chosen from ``total``.

    Attributes:
        marks: for each sentence, where it speaks of the topic: starts and ends.
        saved: how much shorter it is to read than the article.
    """

    sentences: tuple[str, ...]
    total: int
    marks: tuple[Marks, ...] = ()
    saved: timedelta = timedelta(0)

    @property
    def is_whole(self) -> bool:
        """Whether nothing was left out."""
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
    """The ``sentences`` of ``text`` that say most of it, in the article's order.

    Works offline and deterministically; for long texts call it in a thread.

    Args:
        text: the article, a paragraph a line.
        title: helps to find what it is about; one that is a whole sentence may be chosen itself.
        sentences: how many at most.
        topic: what a reader follows: sentences about it come first, and their words are marked.
        characters: how many at most, with a space between two sentences.
        language: a BCP 47 tag; found out where it is not given.
        background: how common terms are in the archive; counted in the text where it is not given.

    Raises:
        ValueError: less than one sentence, or less than one character, is asked for.
    """
    if sentences < 1:
        raise ValueError(f"a summary has at least one sentence, not {sentences}")
    if characters is not None and characters < 1:
        raise ValueError(f"a summary has at least one character, not {characters}")
    language = language or detect(text[:600])
    read = passages(_with_title(text, title or ""), title or "", language)
    found = [passage for passage in read if not gives_orders(passage.text)]
    weighed = _weighed(found)
    marks = about([passage.text for passage in weighed], topic, language)
    if len(found) <= sentences and _fits(found, characters):
        chosen = list(range(len(found)))
    else:
        scores = scored(weighed, title or "", Terms(language), background)
        chosen = _choose(weighed, _drawn(scores, marks), Leaning(language), sentences, characters)
    told = tuple(weighed[at].text for at in chosen)
    shown = tuple(marks[at] for at in chosen) if any(marks) else ()
    if not told and weighed and characters is not None:
        told, shown = (_cut(weighed[0].text, characters),), ()
    saved = _reading_time(passage.text for passage in found) - _reading_time(told)
    return Summary(told, len(found), shown, saved)


def _with_title(text: str, title: str) -> str:
    """The text of a document whose title is its first sentence, with that sentence in its place."""
    if not is_first_sentence(title) or not text.strip() or text.lstrip().startswith(title):
        return text
    return f"{title}\n{text}"


def _weighed(found: Sequence[Passage]) -> Sequence[Passage]:
    """The beginning of ``found``, as much of it as is weighed."""
    length = 0
    for many, passage in enumerate(found[:_MOST_WEIGHED]):
        length += len(passage.text)
        if length > _MOST_CHARACTERS:
            return found[: max(many, 1)]
    return found[:_MOST_WEIGHED]


def _choose(
    weighed: Sequence[Passage],
    scores: Sequence[Scored],
    leaning: Leaning,
    sentences: int,
    characters: int | None,
) -> list[int]:
    lengths = [len(passage.text) for passage in weighed]

    def leans(at: int) -> bool:
        return leaning.leans(weighed[at].text)

    return choose(lengths, scores, leans, Room(sentences, characters))


def _drawn(scores: Sequence[Scored], marks: Sequence[Marks]) -> list[Scored]:
    """The scores, drawn towards what the reader follows."""
    return [
        Scored(one.score + _TOPIC * bool(places), one.vector)
        for one, places in zip(scores, marks, strict=True)
    ]


def _fits(found: Sequence[Passage], characters: int | None) -> bool:
    return characters is None or sum(len(one.text) + 1 for one in found) <= characters + 1


def _cut(sentence: str, characters: int) -> str:
    """A sentence that is longer than a whole summary may be, as far as it fits."""
    kept = sentence[: characters - 1]
    space = kept.rfind(" ")
    return (kept[:space] if space > len(kept) // 2 else kept).rstrip() + "…"


def _reading_time(texts: Iterable[str]) -> timedelta:
    words = signs = 0
    for text in texts:
        words += len(text.split())
        signs += 0 if text.isascii() else len(_UNSPACED.findall(text))
    return timedelta(minutes=words / _WORDS_A_MINUTE + signs / _SIGNS_A_MINUTE)
