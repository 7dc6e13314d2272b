"""Scores of assigned stories against a labelled stream."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scores:
    """B-cubed precision, recall and F1, and the share of items in a story about something else."""

    precision: float
    recall: float
    f1: float
    wrong: float


def scores(labels: Sequence[Hashable], stories: Sequence[Hashable]) -> Scores:
    """Compare the label of each item with the story that it was assigned to.

    An item is wrong if most items of its story have another label.
    """
    pairs = list(zip(labels, stories, strict=True))
    pair_counts = Counter(pairs)
    label_counts, story_counts = Counter(labels), Counter(stories)
    precision = sum(pair_counts[pair] / story_counts[pair[1]] for pair in pairs) / len(pairs)
    recall = sum(pair_counts[pair] / label_counts[pair[0]] for pair in pairs) / len(pairs)
    labels_by_story: dict[Hashable, Counter[Hashable]] = defaultdict(Counter)
    wrong = 0
    for label, story in pairs:
        labels_by_story[story][label] += 1
    for label, story in pairs:
        wrong += label != labels_by_story[story].most_common(1)[0][0]
    f1 = 2 * precision * recall / (precision + recall)
    return Scores(precision, recall, f1, wrong / len(pairs))
