"""The leaves that one item holds, of all that any topic asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from watchers.item import Item
from watchers.text.stems import rules_for
from watchers.topics.match import Place, Span
from watchers.topics.nodes import DATA, Leaf
from watchers.topics.reading import Reading, facts
from watchers.topics.vocabulary import Lexicon, Nodes, Vocabulary


class Found:
    """``leaves`` has the texts of what was found; places are looked up when they are asked for."""

    __slots__ = ("_kept", "_phrases", "_places", "_rows", "leaves", "reading")

    def __init__(self, item: Item, vocabulary: Vocabulary) -> None:
        self.reading = reading = Reading(item)
        rules = rules_for(item.language)
        row = reading.words
        self._phrases: dict[str, list[Place]] = {}
        self._places: dict[str, list[Place]] | None = None
        self._kept: dict[str, set[Place]] = {}
        fields = vocabulary.fields
        if fields and (fields.get("title") or fields.get("body")):
            cut = reading.title_end + 1
            self._rows = [
                (0, row[:cut], vocabulary.lexicon(rules, "title")),
                (cut, row[cut:], vocabulary.lexicon(rules, "body")),
            ]
        else:
            self._rows = [(0, row, vocabulary.lexicon(rules, ""))]
        leaves: set[str] = set()
        for start, words, lexicon in self._rows:
            leaves.update(chain.from_iterable(map(lexicon.__getitem__, words)))
            if lexicon.heads:
                self._find_phrases(start, words, lexicon)
        leaves.update(self._phrases)
        if fields:
            for field in DATA:
                if fields.get(field):
                    leaves.update(_facts(item, field, vocabulary))
        self.leaves = leaves

    def find(self, leaf: Leaf) -> Sequence[Place] | None:
        """Where ``leaf`` occurs; ``None`` if nowhere, empty if a field of data has it."""
        text = leaf.text
        return self._places_of(text) if text in self.leaves else None

    def keep(self, places: set[Place]) -> tuple[str, ...]:
        """A name under which :meth:`spans` will know ``places``."""
        name = f"\x00{len(self._kept)}"
        self._kept[name] = places
        return (name,)

    def spans(self, leaves: Iterable[str]) -> tuple[Span, ...]:
        """Where the ``leaves`` with these texts stand."""
        places: list[Place] = []
        for text in leaves:
            places += self._kept[text] if text in self._kept else self._places_of(text)
        return self.reading.spans(places)

    def _find_phrases(self, start: int, words: list[str], lexicon: Lexicon) -> None:
        """Walk the trie from every word that may begin a phrase."""
        phrases = self._phrases
        for at, steps in enumerate(map(lexicon.heads.get, words)):
            if steps is None:
                continue
            for one in lexicon[words[at + 1]]:
                for step in steps:
                    following = step.get(one)
                    if following is None:
                        continue
                    if following.__class__ is str:
                        phrases.setdefault(following, []).append((start + at, start + at + 2))
                    else:
                        for text, end in _walk(following, words, at + 2, lexicon):
                            phrases.setdefault(text, []).append((start + at, start + end))

    def _places_of(self, text: str) -> list[Place]:
        phrase = self._phrases.get(text)
        if phrase is not None:
            return phrase
        if self._places is None:
            self._places = {}
            for start, words, lexicon in self._rows:
                for at, word in enumerate(words, start):
                    for one in lexicon[word]:
                        self._places.setdefault(one, []).append((at, at + 1))
        return self._places.get(text, [])


def _walk(step: Nodes, words: list[str], at: int, lexicon: Lexicon) -> Iterator[tuple[str, int]]:
    """The phrases that end at or after ``at``, with their ends."""
    ending = step.get("")
    if isinstance(ending, str):
        yield ending, at
    for one in lexicon[words[at]]:
        following = step.get(one)
        if isinstance(following, str):
            yield following, at + 1
        elif following is not None:
            yield from _walk(following, words, at + 1, lexicon)


def _facts(item: Item, field: str, vocabulary: Vocabulary) -> Iterator[str]:
    """The leaves of a field of data that hold for ``item``."""
    for value in facts(item, field):
        terms = [f'{field}:"{word}"' for word in value]
        for at, one in enumerate(terms):
            if one in vocabulary.uses:
                yield one
            step: Nodes | str | None = vocabulary.heads.get(one)
            for following in terms[at + 1 :]:
                step = step.get(following) if isinstance(step, dict) else None
                ending = step.get("") if isinstance(step, dict) else step
                if isinstance(ending, str):
                    yield ending
