"""Generated topics and items with the statistics of real ones. No real text is used.

Items have about 245 words, drawn by Zipf's law from 20,000 invented words, with runs of names that repeat
as in news. Of the topics 50 % are one word, 30 % are phrases of two or three words (60 % of which occur),
15 % have AND, OR or both, and 5 % have NOT. Their words are drawn by Zipf's law from 170,000 words, in an
order that depends loosely on how often a word is printed. No word of a topic occurs in more than 3 % of the
items, because users do not subscribe to "the" or "of the".
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from watchers.errors import QuerySyntaxError
from watchers.topics import parse_query

PRINTED_WORDS = 20_000
TOPIC_WORDS = 170_000
ITEM_WORDS = 245
MAX_ITEM_SHARE = 0.03

Tree = tuple
"""("word", w) · ("phrase", (w, …)) · ("and"|"or", left, right) · ("not", left, right): left without
right."""


@dataclass(frozen=True)
class Workload:
    items: list[list[str]]
    # Distinct, so there are fewer topics than subscriptions.
    topics: list[Tree]
    subscriptions: int


def make_workload(subscriptions: int, items: int = 2_000, seed: int = 11) -> Workload:
    chance = random.Random(seed)
    words = _make_words(chance, TOPIC_WORDS)
    printed = words[:PRINTED_WORDS]
    texts = _make_texts(chance, printed, items)
    topics: dict[Tree, None] = {}
    generator = _TopicGenerator(chance, texts, words)
    for _ in range(subscriptions):
        topics[generator.next_topic()] = None
    return Workload(texts, list(topics), subscriptions)


def _make_words(chance: random.Random, count: int) -> list[str]:
    onsets = ["b", "br", "c", "ch", "d", "dr", "f", "g", "gl", "h", "j", "k", "l", "m", "n", "p"]
    onsets += ["pr", "qu", "r", "s", "sh", "st", "t", "th", "tr", "v", "w", "z", ""]
    words: dict[str, None] = {}
    while len(words) < count:
        size = chance.choice((1, 2, 2, 3, 3, 3, 4))
        word = "".join(chance.choice(onsets) + chance.choice("aeiou") for _ in range(size))
        word += chance.choice(["", "n", "r", "l", "m", "t", "nd", "rt", "ck"])
        if len(word) > 2 and word not in words and _is_plain(word):
            words[word] = None
    return list(words)


def _is_plain(word: str) -> bool:
    """Return False for function words, which are refused, and for names of countries."""
    try:
        return (
            parse_query(f'"{word}"').text == f'"{word}"' and not parse_query(f'"{word}"').is_country
        )
    except QuerySyntaxError:
        return False


def _make_texts(chance: random.Random, printed: list[str], items: int) -> list[list[str]]:
    weights = list(accumulate(1 / rank for rank in range(1, len(printed) + 1)))
    names = [tuple(chance.choices(printed[300:], k=chance.choice((2, 3)))) for _ in range(4_000)]
    texts = []
    for _ in range(items):
        size = max(60, round(chance.gauss(ITEM_WORDS, 60)))
        # The subject of the item: words and names that it repeats.
        subject_words = chance.choices(printed, cum_weights=weights, k=40)
        subject_names = chance.choices(names, k=4)
        words: list[str] = []
        while len(words) < size:
            roll = chance.random()
            if roll < 0.04:
                words += chance.choice(subject_names)
            elif roll < 0.3:
                words.append(chance.choice(subject_words))
            else:
                words.append(chance.choices(printed, cum_weights=weights)[0])
        texts.append(words)
    return texts


class _TopicGenerator:
    """Generates topics one after the other. A longer run starts with the same topics."""

    def __init__(self, chance: random.Random, texts: list[list[str]], words: list[str]) -> None:
        self._chance = random.Random(chance.random())
        self._texts = texts
        frequency = Counter(word for text in texts for word in set(text))
        max_frequency = MAX_ITEM_SHARE * len(texts)
        usable = [word for word in words if frequency[word] <= max_frequency]
        # The order depends loosely on the frequency: the noise is as wide as its distribution.
        noisy = {word: (1 + frequency[word]) * chance.lognormvariate(0, 2.0) for word in usable}
        self._words = sorted(usable, key=noisy.__getitem__, reverse=True)
        self._usable = frozenset(usable)
        self._weights = list(accumulate(1 / rank for rank in range(1, len(usable) + 1)))

    def next_topic(self) -> Tree:
        roll = self._chance.random()
        if roll < 0.50:
            return ("word", self._word())
        if roll < 0.80:
            return self._phrase()
        left, right = self._leaf(), self._leaf()
        while left == right:
            right = self._leaf()
        if roll < 0.95:
            kind_roll = self._chance.random()
            if kind_roll < 0.4:
                return ("and", *sorted((left, right)))
            if kind_roll < 0.7:
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
                start = self._chance.randrange(len(text) - size)
                run = tuple(text[start : start + size])
                if all(word in self._usable for word in run):
                    return ("phrase", run)
        return ("phrase", tuple(self._word() for _ in range(size)))


def iter_leaves(tree: Tree) -> Iterator[Tree]:
    if tree[0] in ("word", "phrase"):
        yield tree
    else:
        yield from iter_leaves(tree[1])
        yield from iter_leaves(tree[2])
