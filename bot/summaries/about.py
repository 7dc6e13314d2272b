"""Which sentences are about a reader's topic, and in which words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from watchers import Item, Query

Marks = tuple[tuple[int, int], ...]
"""Places in one sentence: where each word begins and ends."""


def about(sentences: Sequence[str], topic: Query | None, language: str | None) -> list[Marks]:
    """For each sentence, where it says what ``topic`` asks for; none where it does not.

    The topic is held against all of them together: of "sanctions AND missile", a sentence about one
    of the two is about the topic if the article has both.
    """
    if topic is None or not sentences:
        return [() for _ in sentences]
    starts = [0]
    for sentence in sentences:
        starts.append(starts[-1] + len(sentence) + 1)
    spans = topic.match(Item(key="", title="", text="\n".join(sentences), language=language))
    found: list[list[tuple[int, int]]] = [[] for _ in sentences]
    for span in spans or ():
        if span.field != "text":
            continue
        at = bisect_right(starts, span.start) - 1
        if span.end <= starts[at] + len(sentences[at]):
            found[at].append((span.start - starts[at], span.end - starts[at]))
    return [tuple(places) for places in found]
