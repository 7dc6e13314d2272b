"""The window: the items of the last days, with what finds and weighs them. Its size is bounded.

members, oldest first ──► rarity of terms · postings (term → stories) · keys (digest → members)
stories ──► their latest members
"""

from __future__ import annotations

from array import array
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchers.stories.signature import Signature
from watchers.stories.terms import NUMBERS

LATEST: Final = 5
"""Members of a story that an item is held against: what happened yesterday must not draw in today's."""

LISTED: Final = 48
"""Members by which one term leads to their stories, the newest."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """Terms, and the names among them, with their weights when the item came; each of length one.

    ``heaviest`` are the terms that weigh most, the heaviest first: they lead to the item's story.
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
    at: datetime
    signature: Signature
    weighed: Weighed


class Window:
    """The members, by everything they are looked up by."""

    def __init__(self) -> None:
        self.members: deque[Member] = deque()
        self.stories: dict[int, Story] = {}
        self.having = array("I", bytes(4 * NUMBERS))  # by term: how many members have it
        self.postings: dict[int, array[int]] = {}  # by term: stories, side by side in memory
        self._posting = array("I", bytes(4 * NUMBERS))  # by term: how many members are posted by it
        self.by_address: dict[int, list[Member]] = {}
        self.by_words: dict[int, list[Member]] = {}
        self.by_title: dict[int, list[Member]] = {}

    def __len__(self) -> int:
        return len(self.members)

    def add(self, signature: Signature, weighed: Weighed, number: int, at: datetime) -> None:
        """Note an item as one of story ``number``."""
        story = self.stories.get(number)
        if story is None:
            story = self.stories[number] = Story(number)
        member = Member(story, at, signature, weighed)
        story.latest.append(member)
        if len(story.latest) > LATEST:
            del story.latest[0]
        story.size += 1
        self.members.append(member)
        having, posting, postings = self.having, self._posting, self.postings
        for term in signature.terms:
            having[term] += 1
        for term in member.weighed.heaviest:
            posting[term] += 1
            listed = postings.get(term)
            if listed is None:
                postings[term] = array("Q", (number,))
                continue
            listed.append(number)
            if len(listed) > LISTED:
                del listed[0]
        for index, key in self._keys(signature):
            index.setdefault(key, []).append(member)

    def drop_oldest(self) -> None:
        """Forget the oldest item."""
        member = self.members.popleft()
        having, posting, postings = self.having, self._posting, self.postings
        for term in member.signature.terms:
            having[term] -= 1
        for term in member.weighed.heaviest:
            left = posting[term] - 1
            posting[term] = left
            if not left:
                del postings[term]
                continue
            listed = postings[term]
            if len(listed) > left:  # it was still among the newest
                del listed[0]
        for index, key in self._keys(member.signature):
            same = index[key]
            del same[0]
            if not same:
                del index[key]
        story = member.story
        story.size -= 1
        if not story.size:
            del self.stories[story.id]
        elif story.latest[0] is member:
            del story.latest[0]

    def _keys(self, signature: Signature) -> tuple[tuple[dict[int, list[Member]], int], ...]:
        every = (
            (self.by_address, signature.address),
            (self.by_words, signature.words),
            (self.by_title, signature.title),
        )
        return tuple((index, key) for index, key in every if key)
