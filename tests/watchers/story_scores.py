"""How well stories were told apart: against a labelled stream."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scores:
    """B-cubed precision, recall and their F1, and the share of items put into a story of others."""

    precision: float
    recall: float
    f1: float
    wrong: float


def scores(truth: Sequence[Hashable], found: Sequence[Hashable]) -> Scores:
    """Of items in order: what each is truly about, and the story it was put into.

    An item is merged wrongly where most of its story's items are about something else.
    """
    both = Counter(zip(truth, found, strict=True))
    true, made = Counter(truth), Counter(found)
    pairs = list(zip(truth, found, strict=True))
    precision = sum(both[pair] / made[pair[1]] for pair in pairs) / len(pairs)
    recall = sum(both[pair] / true[pair[0]] for pair in pairs) / len(pairs)
    members: dict[Hashable, Counter[Hashable]] = defaultdict(Counter)
    wrong = 0
    for what, story in pairs:
        members[story][what] += 1
    for what, story in pairs:
        wrong += what != members[story].most_common(1)[0][0]
    f1 = 2 * precision * recall / (precision + recall)
    return Scores(precision, recall, f1, wrong / len(pairs))
