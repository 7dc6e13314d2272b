"""The sentences that say most of what an article says.

Each sentence is scored by its likeness to the whole article (TF-IDF centroid), by how early it comes and
by what it shares with the title: the one extractive method that beat the article's first sentences on
all six news sets we measured. A topic, when given, weighs too. Nothing is ever written, only chosen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import regex

from watchers import Item, Query
from watchers.text.sentences import sentences as split_sentences

_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_SHORTEST: Final = 4  # words; less is a heading or an aside
_POSITION_WEIGHT: Final = 0.5
_TITLE_WEIGHT: Final = 0.3
_TOPIC_WEIGHT: Final = 0.5
_MOST_SENTENCES: Final = 2_000  # of a very long document, its beginning is weighed


@dataclass(frozen=True, slots=True)
class Summary:
    """An article in some of its own ``sentences``, in their order, chosen from ``total``."""

    sentences: tuple[str, ...]
    total: int

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
    language: str | None = None,
) -> Summary:
    """The ``sentences`` of ``text`` that say most of it, in the article's order.

    ``title`` helps to find them, and ``topic`` draws the choice towards what a reader follows. Works
    offline and deterministically; for long texts call it in a thread.

    Raises:
        ValueError: less than one sentence is asked for.
    """
    if sentences < 1:
        raise ValueError(f"a summary has at least one sentence, not {sentences}")
    found = split_sentences(text, language)
    if len(found) <= sentences:
        return Summary(tuple(found), len(found))
    weighed = found[:_MOST_SENTENCES]
    scores = _scores(weighed, title or "", topic, language)
    best = sorted(range(len(weighed)), key=lambda place: (-scores[place], place))[:sentences]
    return Summary(tuple(weighed[place] for place in sorted(best)), len(found))


def _scores(
    found: Sequence[str], title: str, topic: Query | None, language: str | None
) -> list[float]:
    bags = [_bag(sentence) for sentence in found]
    rarity = _rarity(bags)
    vectors = [_weighted(bag, rarity) for bag in bags]
    centroid: dict[str, float] = {}
    for vector in vectors:
        for word, weight in vector.items():
            centroid[word] = centroid.get(word, 0.0) + weight
    heading = _weighted(_bag(title), rarity)
    scores: list[float] = []
    for place, (sentence, bag, vector) in enumerate(zip(found, bags, vectors, strict=True)):
        early = 1 / (1 + place / 3)
        score = _cosine(vector, centroid) * (1 + _POSITION_WEIGHT * early)
        score += _TITLE_WEIGHT * _cosine(vector, heading) + _POSITION_WEIGHT * early / 2
        if topic is not None and _is_about(sentence, topic, language):
            score += _TOPIC_WEIGHT
        scores.append(score if sum(bag.values()) >= _SHORTEST else score / 4)
    return scores


def _bag(text: str) -> Counter[str]:
    return Counter(word.casefold() for word in _WORD.findall(text))


def _rarity(bags: Sequence[Counter[str]]) -> dict[str, float]:
    """How much a word tells: less, the more sentences it stands in."""
    spread: Counter[str] = Counter()
    for bag in bags:
        spread.update(bag.keys())
    return {word: math.log(1 + len(bags) / many) for word, many in spread.items()}


def _weighted(bag: Counter[str], rarity: dict[str, float]) -> dict[str, float]:
    return {word: many * rarity[word] for word, many in bag.items() if word in rarity}


def _cosine(one: dict[str, float], other: dict[str, float]) -> float:
    product = sum(weight * other.get(word, 0.0) for word, weight in one.items())
    if not product:
        return 0.0
    length = math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return product / length


def _is_about(sentence: str, topic: Query, language: str | None) -> bool:
    return topic.match(Item(key="", title=sentence, language=language)) is not None
