"""Generated topics and items with the statistics of real ones; nothing is copied from anywhere.

Items: about 245 words drawn by Zipf's law from 20,000 made-up words, with the runs of names that
news repeat. Topics: 50 % one word, 30 % phrases of two or three words (60 % of them occur), 15 % with
AND, OR or both, 5 % with NOT; their words are drawn by Zipf's law from 170,000, in an order loosely
tied to how often a word is printed, and none is printed in more than 3 % of the items (nobody
subscribes to "the", or to "of the").
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

PRINTED_WORDS = 20_000
KNOWN_WORDS = 170_000
ITEM_WORDS = 245
COMMONEST = 0.03

Tree = tuple
"""("word", w) · ("phrase", (w, …)) · ("and"|"or", left, right) · ("not", left, right): left without
right."""


@dataclass(frozen=True)
class Workload:
    items: list[list[str]]
    topics: list[Tree]  # distinct
    subscriptions: int


def make(subscriptions: int, items: int = 2_000, seed: int = 11) -> Workload:
    chance = random.Random(seed)
    words = _words(chance, KNOWN_WORDS)
    printed = words[:PRINTED_WORDS]
    texts = _texts(chance, printed, items)
    topics: dict[Tree, None] = {}
    draw = _Drawer(chance, texts, words)
    for _ in range(subscriptions):
        topics[draw.topic()] = None
    return Workload(texts, list(topics), subscriptions)


def _words(chance: random.Random, count: int) -> list[str]:
    heads = ["b", "br", "c", "ch", "d", "dr", "f", "g", "gl", "h", "j", "k", "l", "m", "n", "p"]
    heads += ["pr", "qu", "r", "s", "sh", "st", "t", "th", "tr", "v", "w", "z", ""]
    found: dict[str, None] = {}
    while len(found) < count:
        size = chance.choice((1, 2, 2, 3, 3, 3, 4))
        word = "".join(chance.choice(heads) + chance.choice("aeiou") for _ in range(size))
        word += chance.choice(["", "n", "r", "l", "m", "t", "nd", "rt", "ck"])
        if len(word) > 2:
            found[word] = None
    return list(found)


def _texts(chance: random.Random, printed: list[str], items: int) -> list[list[str]]:
    weights = list(accumulate(1 / rank for rank in range(1, len(printed) + 1)))
    names = [tuple(chance.choices(printed[300:], k=chance.choice((2, 3)))) for _ in range(4_000)]
    texts = []
    for _ in range(items):
        size = max(60, round(chance.gauss(ITEM_WORDS, 60)))
        own = chance.choices(printed, cum_weights=weights, k=40)  # what this item goes on about
        mine = chance.choices(names, k=4)
        words: list[str] = []
        while len(words) < size:
            roll = chance.random()
            if roll < 0.04:
                words += chance.choice(mine)
            elif roll < 0.3:
                words.append(chance.choice(own))
            else:
                words.append(chance.choices(printed, cum_weights=weights)[0])
        texts.append(words)
    return texts


class _Drawer:
    """Draws topics one after the other; a longer run begins with the same topics."""

    def __init__(self, chance: random.Random, texts: list[list[str]], words: list[str]) -> None:
        self._chance = random.Random(chance.random())
        self._texts = texts
        frequency = Counter(word for text in texts for word in set(text))
        ceiling = COMMONEST * len(texts)
        # Loosely tied: the logarithm of the frequency, and as much noise as it has spread.
        usable = [word for word in words if frequency[word] <= ceiling]
        noisy = {word: (1 + frequency[word]) * chance.lognormvariate(0, 2.0) for word in usable}
        self._words = sorted(usable, key=noisy.__getitem__, reverse=True)
        self._usable = frozenset(usable)
        self._weights = list(accumulate(1 / rank for rank in range(1, len(usable) + 1)))

    def topic(self) -> Tree:
        roll = self._chance.random()
        if roll < 0.50:
            return ("word", self._word())
        if roll < 0.80:
            return self._phrase()
        left, right = self._leaf(), self._leaf()
        while left == right:
            right = self._leaf()
        if roll < 0.95:
            kind = self._chance.random()
            if kind < 0.4:
                return ("and", *sorted((left, right)))
            if kind < 0.7:
                return ("or", *sorted((left, right)))
            return ("and", ("or", *sorted((left, right))), self._leaf())
        return ("not", left, right)

    def _word(self) -> str:
        return self._chance.choices(self._words, cum_weights=self._weights)[0]

    def _leaf(self) -> Tree:
        return self._phrase() if self._chance.random() < 0.2 else ("word", self._word())

    def _phrase(self) -> Tree:
        size = self._chance.choice((2, 2, 3))
        if self._chance.random() < 0.6:
            for _ in range(20):
                text = self._chance.choice(self._texts)
                at = self._chance.randrange(len(text) - size)
                run = tuple(text[at : at + size])
                if all(word in self._usable for word in run):
                    return ("phrase", run)
        return ("phrase", tuple(self._word() for _ in range(size)))


def leaves(tree: Tree) -> Iterator[Tree]:
    if tree[0] in ("word", "phrase"):
        yield tree
    else:
        yield from leaves(tree[1])
        yield from leaves(tree[2])
