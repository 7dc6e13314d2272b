"""The items of the last days with the tables to find and weigh them. The size is bounded.

members, oldest first ──► rarity of terms · postings (term → stories) · keys (digest → members)
stories ──► their latest members
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from math import floor, log, log2, log10
from typing import Final

from watchers.stories.signature import TERM_NUMBERS, Signature

# Only the latest members are compared, so that old items do not attract today's.
MAX_COMPARED_MEMBERS: Final = 5
"""Members of a story that an item is compared with."""

MAX_POSTED_MEMBERS: Final = 48
"""Members by which one term leads to their stories: the newest."""

# Items that are counted from the start, so that the first ones do not all have equal weights.
_INITIAL_ITEMS: Final = 60

# Weights are recomputed so often for each doubling of the window.
_SIZE_STEPS_PER_DOUBLING: Final = 4

# The threshold without corrections, which applies up to a usual number of items.
_BASE_THRESHOLD: Final = 0.28
_USUAL_ITEMS: Final = 1_000
# The rise for each tenfold of the usual number, and over the whole age of the window.
_THRESHOLD_RISE_PER_TENFOLD: Final = 0.05
_THRESHOLD_RISE_BY_AGE: Final = 0.06


class InverseDocumentFrequency(dict[int, float]):
    """Weights of terms by the number of items that have them: the rarer, the heavier.

    A weight is the logarithm of the inverse share of items. The size of the window is rounded to
    coarse steps, so that a weight is computed once per step and then looked up.
    """

    def __init__(self) -> None:
        super().__init__()
        self._step = -1
        self._log_size = 0.0
        self.set_window_size(0)

    def set_window_size(self, size: int) -> None:
        """Compute the weights for a window of ``size`` items from now on."""
        step = floor(_SIZE_STEPS_PER_DOUBLING * log2(size + _INITIAL_ITEMS))
        if step != self._step:
            self.clear()
            self._step = step
            self._log_size = (step / _SIZE_STEPS_PER_DOUBLING) * log(2)

    def __missing__(self, item_count: int) -> float:
        """Return the weight of a term that ``item_count`` items have."""
        weight = self[item_count] = max(0.0, self._log_size - log(item_count + 1))
        return weight


def similarity_threshold(size: int, age: float) -> float:
    """Return how similar an item must be to join a story, in a window of ``size`` items.

    The threshold rises with the size, because then the nearest item is closer by chance. It also
    rises with ``age``, the time since the last item of the story as a share of the window: the same
    matter on another day is often other news.
    """
    volume = log10(max(size, _USUAL_ITEMS) / _USUAL_ITEMS)
    return _BASE_THRESHOLD + _THRESHOLD_RISE_PER_TENFOLD * volume + _THRESHOLD_RISE_BY_AGE * age


@dataclass(frozen=True, slots=True)
class WeightedTerms:
    """Terms and names with their weights when the item arrived; both vectors have length one.

    ``heaviest`` has the terms with the highest weights, the heaviest first. They lead to the story of
    the item.
    """

    terms: array[int]
    weights: array[float]
    names: array[int]
    name_weights: array[float]
    heaviest: array[int]


class Story:
    """A story in the window."""

    __slots__ = ("id", "latest", "size")

    def __init__(self, number: int) -> None:
        self.id = number
        self.latest: list[Member] = []
        self.size = 0


@dataclass(slots=True, eq=False)
class Member:
    """An item in the window."""

    story: Story
    received_at: datetime
    signature: Signature
    weighted: WeightedTerms


class Window:
    """The members, by every key that they are looked up by."""

    def __init__(self) -> None:
        self.members: deque[Member] = deque()
        self.stories: dict[int, Story] = {}
        # By term: how many members have it.
        self.document_counts = array("I", bytes(4 * TERM_NUMBERS))
        # By term: the stories of its newest members, next to each other in memory.
        self.postings: dict[int, array[int]] = {}
        # By term: how many members have it among their heaviest terms.
        self._posting_counts = array("I", bytes(4 * TERM_NUMBERS))
        self.by_address: dict[int, list[Member]] = {}
        self.by_words: dict[int, list[Member]] = {}
        self.by_title: dict[int, list[Member]] = {}

    def __len__(self) -> int:
        return len(self.members)

    def add(
        self, signature: Signature, weighted: WeightedTerms, number: int, received_at: datetime
    ) -> None:
        """Add an item as the newest member of story ``number``."""
        story = self.stories.get(number)
        if story is None:
            story = self.stories[number] = Story(number)
        member = Member(story, received_at, signature, weighted)
        story.latest.append(member)
        if len(story.latest) > MAX_COMPARED_MEMBERS:
            del story.latest[0]
        story.size += 1
        self.members.append(member)
        document_counts, posting_counts = self.document_counts, self._posting_counts
        postings = self.postings
        for term in signature.terms:
            document_counts[term] += 1
        for term in member.weighted.heaviest:
            posting_counts[term] += 1
            posting = postings.get(term)
            if posting is None:
                postings[term] = array("Q", (number,))
                continue
            posting.append(number)
            if len(posting) > MAX_POSTED_MEMBERS:
                del posting[0]
        for index, key in self._keys(signature):
            index.setdefault(key, []).append(member)

    def drop_oldest(self) -> None:
        """Remove the oldest item."""
        member = self.members.popleft()
        document_counts, posting_counts = self.document_counts, self._posting_counts
        postings = self.postings
        for term in member.signature.terms:
            document_counts[term] -= 1
        for term in member.weighted.heaviest:
            remaining = posting_counts[term] - 1
            posting_counts[term] = remaining
            if not remaining:
                del postings[term]
                continue
            posting = postings[term]
            if len(posting) > remaining:
                # The item was still among the newest ones.
                del posting[0]
        for index, key in self._keys(member.signature):
            members = index[key]
            del members[0]
            if not members:
                del index[key]
        story = member.story
        story.size -= 1
        if not story.size:
            del self.stories[story.id]
        elif story.latest[0] is member:
            del story.latest[0]

    def _keys(self, signature: Signature) -> tuple[tuple[dict[int, list[Member]], int], ...]:
        """Return the tables for exact lookups with the keys of an item. 0 is not a key."""
        keys = (
            (self.by_address, signature.address),
            (self.by_words, signature.words),
            (self.by_title, signature.title),
        )
        return tuple((index, key) for index, key in keys if key)
