"""The index of stories: which one an item belongs to, online, as it comes.

    same address · same words · same title elsewhere ──► its story
    else: its heaviest terms ──► the stories that share most of them ──► the likest, if alike enough

State is what is in the window and nothing else: 72 hours and a number of items, the oldest out. The same
items in the same order give the same stories, whoever assigned the earlier ones.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import compress, repeat
from math import sqrt
from operator import mul
from typing import Final

from watchers.item import Item
from watchers.stories.signature import Signature, signature_of
from watchers.stories.terms import TermReader
from watchers.stories.weights import Rarity, threshold
from watchers.stories.window import Member, Story, Weighed, Window

WINDOW: Final = timedelta(hours=72)
"""How long a story stays open after its last item."""

MOST_ITEMS: Final = 100_000
"""Items in the window, whatever their age: about 1.5 kB each."""

_HEAVIEST: Final = 24  # terms that lead to an item's story, and by which it looks for one …
_ENOUGH: Final = 12  # … of which so many are looked up, if any story has them
_LOOKED_AT: Final = 150  # stories found by them, after which no commoner term is looked up
_SHARED: Final = 0.08  # of its weight that an item shares with a story: more than one chance word
_A_GLANCE: Final = 2  # members after which a story can be left …
_HOPELESS: Final = 0.4  # … if they are not even so near to what is enough
_NOT_AT_ALL: Final = 0.05  # likeness of words from which nothing follows
_HELD_AGAINST: Final = 4  # stories that are looked at closely
_SAME_TEXT: Final = 0.7  # likeness of two texts under one title of one publisher
_SAME_TITLE: Final = 0.3  # likeness of two publishers' items under one title
_TRIED: Final = 5  # of those with the same title, the newest
_REVISED: Final = 0.1  # likeness of what one address said before and says now
_TELLING: Final = 5  # terms of an item from which its likeness to another means anything
_NAMES: Final = 2  # names and numbers from which they can tell events apart
_WITHOUT_NAMES: Final = 0.8  # what words alone have to reach, of what both have to
_NO_NAMES: Final[array[int]] = array("I")
_BACK_SOON: Final = timedelta(hours=12)  # in which a title without a text is the same item again
_DAWN: Final = datetime(1970, 1, 1, tzinfo=UTC)


class StoryIndex:
    """Assigns items to stories. One thread at a time; no lock, no I/O, no clock."""

    def __init__(self, *, window: timedelta = WINDOW, most_items: int = MOST_ITEMS) -> None:
        self._length = window
        self._most = most_items
        self._reader = TermReader()
        self._window = Window()
        self._rarity = Rarity()
        self._now = _DAWN
        self._last = 0

    def __len__(self) -> int:
        """How many items are in the window."""
        return len(self._window)

    @property
    def last(self) -> int:
        """The highest number a story has: the next one that opens is one higher."""
        return self._last

    def read(self, item: Item) -> Signature:
        """What is kept of ``item``. Half of the work of `assign`, and it needs nobody's turn."""
        return signature_of(item, self._reader)

    def assign(self, item: Item | Signature, *, at: datetime | None = None) -> int:
        """The number of the story that ``item`` belongs to, which is noted; a new one if none fits.

        ``at``: when it came, with a time zone; never goes back. Without it, when it was published.
        """
        signature = item if isinstance(item, Signature) else self.read(item)
        published = None if isinstance(item, Signature) else item.published
        self._pass(at or published or self._now)
        signature = self._as_told(signature)
        weighed = self._weigh(signature)
        story = self._find(signature, weighed)
        number = story.id if story is not None else self._last + 1
        self._note(signature, weighed, number)
        return number

    def load(self, known: Iterable[tuple[Item, int, datetime]], *, last: int = 0) -> None:
        """Note items whose stories are known, oldest first: item, story, and when it came.

        Begin two windows ago: what is older than one only weighs the words of the others, which then
        is as if nothing had been interrupted. ``last``: the highest number that was ever given to a
        story, where that is none of theirs.
        """
        self._last = max(self._last, last)
        for item, number, at in known:
            self._pass(at)
            signature = self._as_told(self.read(item))
            self._note(signature, self._weigh(signature), number)

    # ── time ──────────────────────────────────────────────────────────────────────────────────────

    def _pass(self, now: datetime) -> None:
        """It is ``now``: what is too old, or too much, goes."""
        self._now = max(self._now, now)
        window, oldest = self._window, self._now - self._length
        while window.members and (window.members[0].at < oldest or len(window) >= self._most):
            window.drop_oldest()
        self._rarity.at(len(window))

    def _note(self, signature: Signature, weighed: Weighed, number: int) -> None:
        self._window.add(signature, weighed, number, self._now)
        self._last = max(self._last, number)

    # ── which story ───────────────────────────────────────────────────────────────────────────────

    def _find(self, signature: Signature, weighed: Weighed) -> Story | None:
        known = self._window
        for member in reversed(known.by_words.get(signature.words, ())):
            return member.story
        asked = _Asked.by(weighed)
        for member in reversed(known.by_address.get(signature.address, ())):
            soon = self._now - member.at <= _BACK_SOON
            if soon or asked.likeness(member.weighed) >= _REVISED:
                return member.story
        for member in reversed(known.by_title.get(signature.title, [])[-_TRIED:]):
            bare = not signature.body or not member.signature.body
            if bare or asked.likeness(member.weighed) >= _SAME_TITLE:
                return member.story
        return self._likest(asked) if len(signature.terms) >= _TELLING else None

    def _as_told(self, signature: Signature) -> Signature:
        """Without its title, where its publisher has given the same one to something else before."""
        if not signature.title:
            return signature
        for member in reversed(self._window.by_title.get(signature.title, ())):
            earlier = member.signature
            if earlier.origin == signature.origin and self._is_another(signature, member):
                return signature.without_title
        return signature

    def _is_another(self, signature: Signature, member: Member) -> bool:
        """Whether one publisher means something else by the same title: a daily column, a live page."""
        earlier = member.signature
        if earlier.address and earlier.address == signature.address:
            return False
        if signature.words and earlier.words == signature.words:
            return False
        if not signature.body or not earlier.body:
            return self._now - member.at > _BACK_SOON
        mine, theirs = self._weigh(signature.without_title), self._weigh(earlier.without_title)
        return _Asked.by(mine).likeness(theirs) < _SAME_TEXT

    def _likest(self, asked: _Asked) -> Story | None:
        best, most = None, 0.0
        for story in self._candidates(asked):
            age = (self._now - story.latest[-1].at) / self._length
            enough = threshold(len(self._window), age)
            mean = self._mean(asked, story, enough)
            if mean > most and mean >= enough:
                best, most = story, mean
        return best

    def _candidates(self, asked: _Asked) -> list[Story]:
        """The stories that share most of the heaviest terms."""
        postings = self._window.postings
        known = [term for term in asked.heaviest if term in postings]
        shared: dict[int, float] = defaultdict(float)
        looked_at = 0
        for term in known[:_ENOUGH]:
            stories = set(postings[term])
            looked_at += len(stories)
            square = asked.words[term] ** 2
            for number in stories:
                shared[number] += square
            if looked_at > _LOOKED_AT:
                break
        ranked = sorted([(-many, -number) for number, many in shared.items() if many >= _SHARED])
        return [self._window.stories[-number] for _, number in ranked[:_HELD_AGAINST]]

    def _mean(self, asked: _Asked, story: Story, enough: float) -> float:
        """The mean likeness to the latest members; less exact where it cannot be ``enough``."""
        total = 0.0
        for number, member in enumerate(reversed(story.latest), start=1):
            total += asked.likeness(member.weighed)
            if number == _A_GLANCE and total < _HOPELESS * enough * number:
                return total / number
        return total / len(story.latest)

    def _weigh(self, signature: Signature) -> Weighed:
        """Its weights, by what is rare now."""
        rarity, having = self._rarity, self._window.having
        rare = [rarity[having[term]] for term in signature.terms]
        names = array("I", compress(signature.terms, signature.names))
        if len(names) < _NAMES:
            names = _NO_NAMES
        weights = _of_length_one(list(map(mul, signature.counts, rare)))
        ranked = sorted(zip(weights, signature.terms, strict=True), reverse=True)
        return Weighed(
            signature.terms,
            weights,
            names,
            _of_length_one(list(compress(rare, signature.names)) if names else []),
            array("I", [term for _, term in ranked[:_HEAVIEST]]),
        )


@dataclass(frozen=True, slots=True)
class _Asked:
    """An item that looks for its story: its words and its names (few are none) with their weights."""

    words: dict[int, float]
    names: dict[int, float]
    heaviest: array[int]

    @classmethod
    def by(cls, weighed: Weighed) -> _Asked:
        """From what was weighed."""
        return cls(
            dict(zip(weighed.terms, weighed.weights, strict=True)),
            dict(zip(weighed.names, weighed.name_weights, strict=True)),
            weighed.heaviest,
        )

    def likeness(self, other: Weighed) -> float:
        """How alike two items are, from 0 to 1.

        The geometric mean of two cosines, of all words and of names and numbers: reports of two
        earthquakes share most of their words, those of one share its place.
        """
        if len(other.terms) < _TELLING:
            return 0.0
        named = -1.0
        if self.names and other.names:
            named = sum(map(mul, other.name_weights, map(self.names.get, other.names, repeat(0.0))))
            if not named:
                return 0.0
        by_words: float = sum(
            map(mul, other.weights, map(self.words.get, other.terms, repeat(0.0)))
        )
        if by_words < _NOT_AT_ALL:
            return 0.0
        return sqrt(by_words * named) if named > 0 else by_words / _WITHOUT_NAMES


def _of_length_one(weights: list[float]) -> array[float]:
    length = sqrt(sum(map(mul, weights, weights))) or 1.0
    return array("f", [weight / length for weight in weights])
