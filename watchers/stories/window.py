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
from mmap import mmap
from struct import calcsize
from typing import Final

from watchers.stories.signature import Signature
from watchers.stories.similarity import WeightedTerms
from watchers.stories.terms import TERM_NUMBERS

# Only the latest members are compared, so that old items do not attract today's.
MAX_COMPARED_MEMBERS: Final = 5
"""Members of a story that an item is compared with."""

MAX_POSTED_MEMBERS: Final = 48
"""Members by which one term leads to their stories: the newest."""

MAX_HEAVIEST_TERMS: Final = 24
"""Terms by which an item is found: the heaviest."""

# A source repeats a sentence if so many of its items in the window have the sentence. The lower number
# suffices if enough of the text remains: otherwise the item is another edition of one article.
_MIN_REPETITIONS: Final = 1
_MIN_REPETITIONS_OF_TEXT: Final = 2
_MIN_REMAINING_TERMS: Final = 5
# Sentences are counted by a hash. Two of several million may share a count.
_SENTENCE_SLOTS: Final = 1 << 22

# Items that are counted from the start, so that the first ones do not all have equal weights.
_INITIAL_ITEMS: Final = 300

# Weights are recomputed so often for each doubling of the window.
_SIZE_STEPS_PER_DOUBLING: Final = 4

# The threshold without corrections, which applies up to a usual number of items.
_BASE_THRESHOLD: Final = 0.25
_USUAL_ITEMS: Final = 1_000
# The rise for each tenfold of the usual number, and over the whole age of the window.
_THRESHOLD_RISE_PER_TENFOLD: Final = 0.1
_THRESHOLD_RISE_BY_AGE: Final = 0.12


_NO_PLACES: Final[frozenset[str]] = frozenset()


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
    """Return how probable one event must be for an item to join a story, with ``size`` items.

    The threshold rises with the size, because then the nearest item is closer by chance. It also
    rises with ``age``, the time since the last item of the story as a share of the window: the same
    matter on another day is often other news.
    """
    volume = log10(max(size, _USUAL_ITEMS) / _USUAL_ITEMS)
    return _BASE_THRESHOLD + _THRESHOLD_RISE_PER_TENFOLD * volume + _THRESHOLD_RISE_BY_AGE * age


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
    address: int
    words: int
    title: int
    origin: int
    has_body: bool
    figures: frozenset[str]
    places: frozenset[str]
    weighted: WeightedTerms
    # Where its sentences are counted.
    sentence_slots: array[int]

    @property
    def terms(self) -> array[int]:
        """The terms of the item."""
        return self.weighted.terms

    @property
    def heaviest(self) -> array[int]:
        """The terms by which the item is found."""
        return self.weighted.terms[:MAX_HEAVIEST_TERMS]


class Window:
    """The members, by every key that they are looked up by."""

    def __init__(self) -> None:
        self.members: deque[Member] = deque()
        self.stories: dict[int, Story] = {}
        # By term: how many members have it.
        self.document_counts = _zeros(TERM_NUMBERS)
        # By term: the stories of its newest members, next to each other in memory.
        self.postings: dict[int, array[int]] = {}
        # By term: how many members have it among their heaviest terms.
        self._posting_counts = _zeros(TERM_NUMBERS)
        # By hash of a source and a sentence: how many members have it.
        self._sentence_counts = _zeros(_SENTENCE_SLOTS)
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
        slots = array("I", () if self._is_edition(signature) else _sentence_slots(signature))
        member = Member(
            story,
            received_at,
            signature.address,
            signature.words,
            signature.title,
            signature.origin,
            signature.body > 0,
            signature.figures,
            signature.headline.places if signature.headline else _NO_PLACES,
            weighted,
            slots,
        )
        for slot in slots:
            self._sentence_counts[slot] = self._sentence_counts[slot] + 1
        story.latest.append(member)
        if len(story.latest) > MAX_COMPARED_MEMBERS:
            del story.latest[0]
        story.size += 1
        self.members.append(member)
        document_counts, posting_counts = self.document_counts, self._posting_counts
        postings = self.postings
        for term in member.terms:
            document_counts[term] += 1
        for term in member.heaviest:
            posting_counts[term] += 1
            posting = postings.get(term)
            if posting is None:
                postings[term] = array("Q", (number,))
                continue
            posting.append(number)
            if len(posting) > MAX_POSTED_MEMBERS:
                del posting[0]
        for index, key in self._keys(member):
            index.setdefault(key, []).append(member)

    def drop_oldest(self) -> None:
        """Remove the oldest item."""
        member = self.members.popleft()
        document_counts, posting_counts = self.document_counts, self._posting_counts
        postings = self.postings
        for slot in member.sentence_slots:
            self._sentence_counts[slot] -= 1
        for term in member.terms:
            document_counts[term] -= 1
        for term in member.heaviest:
            remaining = posting_counts[term] - 1
            posting_counts[term] = remaining
            if not remaining:
                del postings[term]
                continue
            posting = postings[term]
            if len(posting) > remaining:
                # The item was still among the newest ones.
                del posting[0]
        for index, key in self._keys(member):
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

    def repeated_sentences(self, signature: Signature) -> list[bool]:
        """Return for each sentence whether the source repeats it in different articles."""
        counts = [
            self._sentence_counts[slot] for slot in _sentence_slots(signature, keep_short=True)
        ]
        ends = signature.sentence_ends
        remaining = sum(
            end - start
            for count, start, end in zip(counts, (0, *ends), ends, strict=False)
            if count < _MIN_REPETITIONS
        )
        is_other_article = remaining >= _MIN_REMAINING_TERMS
        least = _MIN_REPETITIONS if is_other_article else _MIN_REPETITIONS_OF_TEXT
        return [count >= least for count in counts]

    def _is_edition(self, signature: Signature) -> bool:
        """Return True if an earlier item has the same address or words."""
        return signature.address in self.by_address or signature.words in self.by_words

    def _keys(self, member: Member) -> tuple[tuple[dict[int, list[Member]], int], ...]:
        """Return the tables for exact lookups with the keys of an item. 0 is not a key."""
        keys = (
            (self.by_address, member.address),
            (self.by_words, member.words),
            (self.by_title, member.title),
        )
        return tuple((index, key) for index, key in keys if key)


def _sentence_slots(signature: Signature, *, keep_short: bool = False) -> list[int]:
    """Return where the sentences of a source are counted. Slot 0 belongs to short sentences."""
    if not signature.origin:
        return []
    return [
        1 + (sentence ^ signature.origin) % (_SENTENCE_SLOTS - 1) if sentence else 0
        for sentence in signature.sentences
        if sentence or keep_short
    ]


def _zeros(length: int) -> memoryview:
    """Return unsigned integers that are 0. The system provides the memory when a number is written."""
    return memoryview(mmap(-1, length * calcsize("I"))).cast("I")
