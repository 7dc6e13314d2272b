"""The compared methods of benchmarks/stories. Each assigns an item to a story when it arrives."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from math import log, sqrt

from watchers.item import Item
from watchers.stories import StoryIndex, load_encoder
from watchers.text import tokens as words

Assign = Callable[[Item, datetime], int]

TFIDF_WORDS = 60
TFIDF_MEMBERS = 5


def tocsin() -> Assign:
    index = StoryIndex()
    return lambda item, received_at: index.assign(item, received_at=received_at)


def tocsin_languages() -> Assign:
    encoder = load_encoder()
    if encoder is None:
        raise ImportError("the extra `languages` is not installed")
    # The encoder loads its weights with the first text.
    encoder.encode(["Title"])
    index = StoryIndex(encoder=encoder)
    return lambda item, received_at: index.assign(item, received_at=received_at)


def equal_titles() -> Assign:
    stories: dict[str, int] = {}
    numbers = itertools.count()

    def assign(item: Item, _received_at: datetime) -> int:
        title = " ".join(word.lower() for word in words.split_words(item.title))
        # An item without a title equals no other.
        return stories.setdefault(title, next(numbers)) if title else next(numbers)

    return assign


def headline_words(item: Item, limit: int | None = None) -> list[str]:
    text = item.lead or item.text[:2_000]
    body = words.split_words(text)[: limit or TFIDF_WORDS]
    return [word.lower() for word in words.split_words(item.title) + body]


def tfidf(threshold: float = 0.22) -> Assign:
    """Use the cosine of TF-IDF vectors, title twice and 60 words, mean of the latest five members."""
    document_counts: Counter[str] = Counter()
    postings: dict[str, set[int]] = defaultdict(set)
    members: dict[int, list[dict[str, float]]] = {}
    count = 0

    def assign(item: Item, _received_at: datetime) -> int:
        nonlocal count
        title = [word.lower() for word in words.split_words(item.title)]
        counts = Counter(headline_words(item) + title)
        size = log(count + 60)
        vector = {
            word: (1 + log(n)) * max(0.0, size - log(document_counts[word] + 1))
            for word, n in counts.items()
        }
        length = sqrt(sum(value * value for value in vector.values())) or 1.0
        vector = {word: value / length for word, value in vector.items()}
        heaviest = sorted(vector, key=vector.__getitem__, reverse=True)[:12]
        best, best_similarity = len(members), threshold
        for story in set().union(*(postings[word] for word in heaviest)):
            similarities = [
                sum(value * other.get(word, 0.0) for word, value in vector.items())
                for other in members[story]
            ]
            similarity = sum(similarities) / len(similarities)
            if similarity > best_similarity:
                best, best_similarity = story, similarity
        members[best] = [*members.get(best, []), vector][-TFIDF_MEMBERS:]
        for word in heaviest:
            postings[word].add(best)
        document_counts.update(counts.keys())
        count += 1
        return best

    return assign


def minhash(threshold: float = 0.5) -> Assign:
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=64)
    stories: dict[int, int] = {}

    def assign(item: Item, _received_at: datetime) -> int:
        sketch = MinHash(num_perm=64)
        sketch.update_batch([word.encode() for word in set(headline_words(item))])
        similar = index.query(sketch)
        number = len(stories)
        stories[number] = stories[min(similar)] if similar else number
        index.insert(number, sketch)
        return stories[number]

    return assign


def simhash(bits: int = 64, max_distance: int = 3) -> Assign:
    """Use Charikar's simhash. Four tables of 16 bits find every fingerprint within distance 3."""
    tables: list[dict[int, list[tuple[int, int]]]] = [{} for _ in range(4)]
    numbers = itertools.count()

    def fingerprint(item: Item) -> int:
        sums = [0] * bits
        for word in headline_words(item):
            digest = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
            for bit in range(bits):
                sums[bit] += 1 if digest >> bit & 1 else -1
        return sum(1 << bit for bit in range(bits) if sums[bit] > 0)

    def assign(item: Item, _received_at: datetime) -> int:
        own = fingerprint(item)
        keys = [own >> 16 * table & 0xFFFF for table in range(4)]
        story = None
        for table, key in zip(tables, keys, strict=True):
            for other, number in table.get(key, ()):
                if (own ^ other).bit_count() <= max_distance:
                    story = number
        if story is None:
            story = next(numbers)
        for table, key in zip(tables, keys, strict=True):
            table.setdefault(key, []).append((own, story))
        return story

    return assign


ENGINES: dict[str, Callable[[], Assign]] = {
    "Tocsin": tocsin,
    "Tocsin, languages": tocsin_languages,
    "TF-IDF": tfidf,
    "MinHash-LSH": minhash,
    "simhash": simhash,
    "equal titles": equal_titles,
}
