"""The index of stories: assign each item to a story when it arrives.

    same address · same words · same title elsewhere ──► its story
    else: its heaviest terms ──► the stories that share most of them ──► the most similar, if enough

The state depends only on the items in the window: those of the last 72 hours, up to a maximum number.
So the same items in the same order give the same stories, whichever process assigned the earlier ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import mul
from typing import Final

from watchers.item import Item
from watchers.stories.headline import make_headline
from watchers.stories.signature import TITLE, Signature, make_signature
from watchers.stories.similarity import MIN_TERMS, QueryVector, WeightedTerms, weigh_terms
from watchers.stories.terms import TermReader
from watchers.stories.translations import STORY_PROBABILITY, Encoder, TranslationIndex
from watchers.stories.window import (
    MAX_HEAVIEST_TERMS,
    InverseDocumentFrequency,
    Member,
    Story,
    Window,
    similarity_threshold,
)

STORY_WINDOW: Final = timedelta(hours=72)
"""How long a story stays open after its last item."""

# An item takes about 1.5 kB of memory.
MAX_WINDOW_ITEMS: Final = 100_000
"""Items in the window, whatever their age."""

# Within this time an equal address, or an equal title without a text, is the same item again.
_REPEAT_WINDOW: Final = timedelta(hours=12)

# An item searches by the heaviest of its terms that any story has.
_MAX_SEARCHED_TERMS: Final = 12
# After this number of stories, no more common term is searched.
_MAX_SEARCHED_STORIES: Final = 150
# The share of an item's weight that a candidate must have in common: more than one chance word.
_MIN_SHARED_WEIGHT: Final = 0.08
# The share of the best candidate's common weight that another candidate must have.
_MIN_SHARED_RATIO: Final = 0.15
_MAX_CANDIDATES: Final = 4

# A story is abandoned if the probability for its latest member is below this share of the threshold.
_EARLY_EXIT_RATIO: Final = 0.1

# Two texts of one publisher under one title are the same article from this cosine on.
_SAME_TEXT_COSINE: Final = 0.7
# Two items of different publishers under one title are one story from this probability on.
_SAME_TITLE_PROBABILITY: Final = 0.3
_MAX_SAME_TITLE_MEMBERS: Final = 5
# Two texts of one address are the same article from this cosine on. A page may have several items.
_REVISION_COSINE: Final = 0.3
# The same without a text: a title was corrected.
_REVISION_TITLE_COSINE: Final = 0.6

# Reports with other figures are one story only within this time: the next one is of another day.
_FIGURES_VALID: Final = timedelta(hours=16)

# Languages in which capitals do not mark names, so that only territories are known as names.
_LANGUAGES_WITHOUT_NAMES: Final = frozenset("ar bn de fa he hi ja ko lb ne ta th ur zh".split())

# From this multiple of the threshold on, no story in another language is searched.
_CERTAIN_RATIO: Final = 2.0

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class StoryIndex:
    """Assigns items to stories. Use it from one thread at a time. It has no lock, I/O or clock."""

    def __init__(
        self,
        *,
        window: timedelta = STORY_WINDOW,
        max_items: int = MAX_WINDOW_ITEMS,
        encoder: Encoder | None = None,
    ) -> None:
        self._translations = TranslationIndex(encoder) if encoder is not None else None
        self._length = window
        self._max_items = max_items
        self._reader = TermReader()
        self._window = Window()
        self._rarity = InverseDocumentFrequency()
        self._now = _EPOCH
        self._last_number = 0

    def __len__(self) -> int:
        """Return the number of items in the window."""
        return len(self._window)

    @property
    def last_story_id(self) -> int:
        """The highest number of a story. The next new story has a number that is one higher."""
        return self._last_number

    def make_signature(self, item: Item) -> Signature:
        """Return the signature of ``item``.

        This is half of the work to assign an item, and does not depend on the order of items.
        """
        signature = make_signature(item, self._reader)
        if self._translations is None:
            return signature
        return replace(signature, headline=make_headline(item))

    def prepare(self) -> None:
        """Encode loaded items for comparisons between languages: about 3 ms per item, up to 5,000.

        Without this call, `assign` does it.
        """
        if self._translations is not None:
            self._translations.prepare()

    def assign(self, item: Item | Signature, *, received_at: datetime | None = None) -> int:
        """Add ``item`` to its story, or to a new story if none fits, and return the number.

        ``received_at`` is when the item arrived, with a time zone. The default is its publication date. An
        earlier time than that of the last item has no effect.
        """
        signature = item if isinstance(item, Signature) else self.make_signature(item)
        published = None if isinstance(item, Signature) else item.published
        self._advance_window(received_at or published or self._now)
        signature = self._without_generic_title(signature)
        weighted = self._weigh(signature)
        story = self._find(signature, weighted)
        number = story.id if story is not None else self._last_number + 1
        self._add(signature, weighted, number)
        return number

    def load(
        self, assigned_items: Iterable[tuple[Item, int, datetime]], *, last_story_id: int = 0
    ) -> None:
        """Add items whose stories are known, oldest first: item, story, and time of arrival.

        Start two windows ago. Items older than one window only weigh the words of the others; with
        them the state is the same as without an interruption. ``last_story_id`` is the highest number
        that a
        story ever had, which may not occur among the items.
        """
        self._last_number = max(self._last_number, last_story_id)
        for item, number, received_at in assigned_items:
            self._advance_window(received_at)
            signature = self._without_generic_title(self.make_signature(item))
            self._add(signature, self._weigh(signature), number)

    # ── Window ────────────────────────────────────────────────────────────────────────────────────

    def _advance_window(self, now: datetime) -> None:
        """Set the time to ``now`` and drop items that are too old or too many."""
        self._now = max(self._now, now)
        window, oldest = self._window, self._now - self._length
        while window.members and (
            window.members[0].received_at < oldest or len(window) >= self._max_items
        ):
            window.drop_oldest()
        if self._translations is not None:
            self._translations.drop_before(oldest)
        self._rarity.set_window_size(len(window))

    def _add(self, signature: Signature, weighted: WeightedTerms, number: int) -> None:
        self._window.add(signature, weighted, number, self._now)
        if self._translations is not None and signature.headline is not None:
            self._translations.add(signature.headline, number, self._now)
        self._last_number = max(self._last_number, number)

    # ── Search ────────────────────────────────────────────────────────────────────────────────────

    def _find(self, signature: Signature, weighted: WeightedTerms) -> Story | None:
        window = self._window
        for member in reversed(window.by_words.get(signature.words, ())):
            return member.story
        query = QueryVector(weighted)
        for member in reversed(window.by_address.get(signature.address, ())):
            if self._is_revision(signature, query, member):
                return member.story
        same_title = window.by_title.get(signature.title, [])
        for member in reversed(same_title[-_MAX_SAME_TITLE_MEMBERS:]):
            has_no_body = not signature.body or not member.has_body
            if has_no_body or query.probability(member.weighted) >= _SAME_TITLE_PROBABILITY:
                return member.story
        story, ratio = None, 0.0
        if len(weighted.terms) >= MIN_TERMS:
            story, ratio = self._most_similar(query, signature)
        if self._translations is None or signature.headline is None or ratio >= _CERTAIN_RATIO:
            return story
        number, probability = self._translations.find(signature.headline, self._now)
        if probability / STORY_PROBABILITY >= max(1.0, ratio):
            return window.stories.get(number, story)
        return story

    def _is_revision(self, signature: Signature, query: QueryVector, member: Member) -> bool:
        """Return True if an item and a member with one address are the same article."""
        is_recent = self._now - member.received_at <= _REPEAT_WINDOW
        if is_recent and signature.title and signature.title == member.title:
            return True
        has_texts = signature.body > 0 and member.has_body
        least = _REVISION_COSINE if has_texts else _REVISION_TITLE_COSINE
        is_similar = query.cosine(member.weighted) >= least
        return is_similar and not query.has_other_subject(member.weighted)

    def _without_generic_title(self, signature: Signature) -> Signature:
        """Return the signature without its title if the publisher uses it for different items."""
        if not signature.title:
            return signature
        for member in reversed(self._window.by_title.get(signature.title, ())):
            is_same_publisher = member.origin == signature.origin
            if is_same_publisher and self._is_different(signature, member):
                return signature.without_title
        return signature

    def _is_different(self, signature: Signature, member: Member) -> bool:
        """Return True if one publisher has two items with one title: a daily column, a live page."""
        if member.address and member.address == signature.address:
            return False
        if signature.words and member.words == signature.words:
            return False
        if not signature.body or not member.has_body:
            return self._now - member.received_at > _REPEAT_WINDOW
        query = QueryVector(self._weigh(signature))
        return query.text_cosine(member.weighted) < _SAME_TEXT_COSINE

    def _most_similar(self, query: QueryVector, signature: Signature) -> tuple[Story | None, float]:
        """Return the most probable story, and its probability as a multiple of the threshold."""
        best_story, best_ratio = None, 0.0
        best_probability = 0.0
        for story in self._candidates(query):
            age = (self._now - story.latest[-1].received_at) / self._length
            threshold = similarity_threshold(len(self._window), age)
            probability = self._probability(query, signature, story, threshold)
            if probability > best_probability and probability >= threshold:
                best_story, best_probability = story, probability
                best_ratio = probability / threshold
        return best_story, best_ratio

    def _candidates(self, query: QueryVector) -> list[Story]:
        """Return the stories that share most of the heaviest terms."""
        postings = self._window.postings
        weighted = query.weighted
        heaviest = weighted.terms[:MAX_HEAVIEST_TERMS]
        weights = dict(zip(heaviest, weighted.weights, strict=False))
        terms = [term for term in heaviest if term in postings]
        shared_weights: dict[int, float] = defaultdict(float)
        searched_stories = 0
        for term in terms[:_MAX_SEARCHED_TERMS]:
            stories = set(postings[term])
            searched_stories += len(stories)
            weight = weights[term] ** 2
            for number in stories:
                shared_weights[number] += weight
            if searched_stories > _MAX_SEARCHED_STORIES:
                break
        least = max(_MIN_SHARED_WEIGHT, _MIN_SHARED_RATIO * max(shared_weights.values(), default=0))
        ranked = sorted(
            [(-weight, -number) for number, weight in shared_weights.items() if weight >= least]
        )
        return [self._window.stories[-number] for _, number in ranked[:_MAX_CANDIDATES]]

    def _probability(
        self, query: QueryVector, signature: Signature, story: Story, threshold: float
    ) -> float:
        """Return the probability that an item belongs to ``story``: the mean of its latest members.

        The result is an estimate if it cannot reach ``threshold``.
        """
        total = 0.0
        for member in reversed(story.latest):
            if not self._is_other_event(signature, member):
                total += query.probability(member.weighted)
            if total < _EARLY_EXIT_RATIO * threshold:
                return total
        return total / len(story.latest)

    def _is_other_event(self, signature: Signature, member: Member) -> bool:
        """Return True if two items name other territories, or have the figures of other days."""
        headline = signature.headline
        # In other languages, names decide.
        if headline is not None and headline.language in _LANGUAGES_WITHOUT_NAMES:
            places, others = headline.places, member.places
            if places and others and places.isdisjoint(others):
                return True
        figures = signature.figures
        if not figures or not member.figures or self._now - member.received_at < _FIGURES_VALID:
            return False
        return figures.isdisjoint(member.figures)

    def _weigh(self, signature: Signature) -> WeightedTerms:
        """Return the terms with their weights, by how rare they are now.

        Text that the source repeats has no weight.
        """
        rarity, document_counts = self._rarity, self._window.document_counts
        item_counts = map(document_counts.__getitem__, signature.terms)
        weights = list(map(mul, signature.counts, map(rarity.__getitem__, item_counts)))
        repeated = self._window.repeated_sentences(signature)
        if any(repeated):
            start = 0
            for is_repeated, end in zip(repeated, signature.sentence_ends, strict=True):
                if is_repeated:
                    for place in range(start, end):
                        if not signature.flags[place] & TITLE:
                            weights[place] = 0.0
                start = end
        return weigh_terms(signature.terms, weights, signature.flags, has_title=signature.has_title)
