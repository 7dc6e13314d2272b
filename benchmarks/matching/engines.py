"""The engines under test behind one face: build(topics), match(text) -> ids, add and discard."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

from workload import Tree, leaves

from watchers.item import Item
from watchers.text import words
from watchers.topics import TopicIndex, parse_query
from watchers.topics.names import gazetteer


class Engine(Protocol):
    def add(self, number: int, topic: Tree) -> None: ...
    def finish(self) -> None: ...
    def match(self, item: Item) -> Iterable[int]: ...


def typed(tree: Tree, *, exact: bool) -> str:
    """The topic as a person types it."""
    kind = tree[0]
    if kind == "word":
        return f'"{tree[1]}"' if exact else tree[1]
    if kind == "phrase":
        return f'"{" ".join(tree[1])}"'
    left, right = (typed(part, exact=exact) for part in tree[1:])
    if kind == "and":
        left = f"({left})" if tree[1][0] == "or" else left
        return f"{left} AND {right}"
    return f"{left} OR {right}" if kind == "or" else f"{left} -{right}"


class Ours:
    """TopicIndex with exact words: what the peers can do, too."""

    def __init__(self) -> None:
        self.index = TopicIndex()

    def typed(self, _number: int, topic: Tree) -> str:
        return typed(topic, exact=True)

    def add(self, number: int, topic: Tree) -> None:
        self.index.add(number, parse_query(self.typed(number, topic)))

    def finish(self) -> None:
        pass

    def match(self, item: Item) -> Sequence[int]:
        return self.index.match(item).topic_ids


class OursSpans(Ours):
    """The same, and the spans of every match are read."""

    def match(self, item: Item) -> Sequence[int]:
        matches = self.index.match(item)
        sum(map(len, matches.spans))
        return matches.topic_ids


class OursStems(Ours):
    """As people have it: words in any form, and one topic in ten asks for a field besides."""

    def typed(self, number: int, topic: Tree) -> str:
        text = typed(topic, exact=False)
        if number % 20 == 0:
            return f"title:({text})"
        return f"({text}) lang:en" if number % 20 == 1 else text


class OursNames(OursStems):
    """The same beside 251 topics that are countries' names, in items that name four of them."""

    def __init__(self) -> None:
        super().__init__()
        self._names = sorted(gazetteer().displays)
        self._items: dict[str, Item] = {}

    def finish(self) -> None:
        for number, name in enumerate(self._names, start=10_000_000):
            self.index.add(number, parse_query(f'"{name}"'))

    def match(self, item: Item) -> Sequence[int]:
        if item.key not in self._items:  # in the pass that warms up
            at = int(item.key)
            named = (self._names[(at * 7 + step * 61) % len(self._names)] for step in range(4))
            self._items[item.key] = replace(item, text=f"{item.text} {'. '.join(named)}.")
        return self.index.match(self._items[item.key]).topic_ids


class OursStemsSpans(OursStems, OursSpans):
    """Both."""


class Regex:
    """A loop over all topics, each a few compiled patterns."""

    def __init__(self) -> None:
        self._topics: list[tuple[int, Tree]] = []

    def add(self, number: int, topic: Tree) -> None:
        self._topics.append((number, self._compiled(topic)))

    def _compiled(self, tree: Tree) -> Tree:
        if tree[0] == "word":
            return ("leaf", re.compile(rf"\b{tree[1]}\b", re.IGNORECASE).search)
        if tree[0] == "phrase":
            phrase = r"\W+".join(tree[1])
            return ("leaf", re.compile(rf"\b{phrase}\b", re.IGNORECASE).search)
        return (tree[0], self._compiled(tree[1]), self._compiled(tree[2]))

    def finish(self) -> None:
        pass

    def match(self, item: Item) -> list[int]:
        text = f"{item.title} 0 {item.text}"  # a phrase ends with the title
        return [number for number, topic in self._topics if _holds(topic, text)]


def _holds(tree: Tree, text: str) -> bool:
    match tree[0]:
        case "leaf":
            return tree[1](text) is not None
        case "and":
            return _holds(tree[1], text) and _holds(tree[2], text)
        case "or":
            return _holds(tree[1], text) or _holds(tree[2], text)
        case _:
            return _holds(tree[1], text) and not _holds(tree[2], text)


class AhoCorasick:
    """pyahocorasick finds the leaves, dictionaries do the rest; built once, as automata are."""

    def __init__(self) -> None:
        import ahocorasick

        self._automaton = ahocorasick.Automaton()
        self._single: dict[str, list[int]] = {}
        self._anchored: dict[str, list[tuple[int, Tree]]] = {}

    def add(self, number: int, topic: Tree) -> None:
        for leaf in leaves(topic):
            text = _leaf_text(leaf)
            if text not in self._automaton:
                self._automaton.add_word(text, (text, len(text)))
        anchors = self._anchors(topic)
        if topic[0] in ("word", "phrase", "or"):
            for anchor in anchors:
                self._single.setdefault(anchor, []).append(number)
        else:
            for anchor in anchors:
                self._anchored.setdefault(anchor, []).append((number, topic))

    def _anchors(self, tree: Tree) -> list[str]:
        if tree[0] in ("word", "phrase"):
            return [_leaf_text(tree)]
        if tree[0] == "or":
            return self._anchors(tree[1]) + self._anchors(tree[2])
        if tree[0] == "not":
            return self._anchors(tree[1])
        both = (self._anchors(tree[1]), self._anchors(tree[2]))
        return min(both, key=lambda some: sum(len(self._anchored.get(one, ())) for one in some))

    def finish(self) -> None:
        self._automaton.make_automaton()

    def match(self, item: Item) -> set[int]:
        tokens = " ".join(words.split(item.title)) + " . " + " ".join(words.split(item.text))
        found = {value[0] for _, value in self._automaton.iter(f" {tokens} ".lower())}
        matched: set[int] = set()
        for leaf in found:
            matched.update(self._single.get(leaf, ()))
            for number, topic in self._anchored.get(leaf, ()):
                if _holds_in(topic, found):
                    matched.add(number)
        return matched


def _leaf_text(leaf: Tree) -> str:
    return f" {leaf[1] if leaf[0] == 'word' else ' '.join(leaf[1])} "


def _holds_in(tree: Tree, found: set[str]) -> bool:
    match tree[0]:
        case "word" | "phrase":
            return _leaf_text(tree) in found
        case "and":
            return _holds_in(tree[1], found) and _holds_in(tree[2], found)
        case "or":
            return _holds_in(tree[1], found) or _holds_in(tree[2], found)
        case _:
            return _holds_in(tree[1], found) and not _holds_in(tree[2], found)


class Mokaccino:
    """A percolator in Rust. It knows no text: words and the phrases that occur are given to it."""

    def __init__(self) -> None:
        import mokaccino

        self._library = mokaccino
        self._percolator = mokaccino.Percolator()
        self._phrases: dict[str, int] = {}

    def add(self, number: int, topic: Tree) -> None:
        for leaf in leaves(topic):
            if leaf[0] == "phrase":
                self._phrases[" ".join(leaf[1])] = len(leaf[1])
        self._percolator.add_query_id(self._query(topic), number)

    def _query(self, tree: Tree) -> object:
        query = self._library.Query
        match tree[0]:
            case "word":
                return query.from_kv("w", tree[1])
            case "phrase":
                return query.from_kv("p", " ".join(tree[1]))
            case "and":
                return self._query(tree[1]) & self._query(tree[2])
            case "or":
                return self._query(tree[1]) | self._query(tree[2])
            case _:
                return self._query(tree[1]) & ~self._query(tree[2])

    def finish(self) -> None:
        pass

    def match(self, item: Item) -> list[int]:
        document = self._library.Document()
        for text in (item.title, item.text):
            row = words.split(text.lower())
            for word in set(row):
                document.add_value("w", word)
            pairs = map(" ".join, pairwise(row))
            triples = map(" ".join, zip(row, row[1:], row[2:], strict=False))
            for phrase in {*pairs, *triples} & self._phrases.keys():
                document.add_value("p", phrase)
        return self._percolator.percolate_list(document)


ENGINES = {
    "tocsin": Ours,
    "tocsin, spans read": OursSpans,
    "mokaccino": Mokaccino,
    "pyahocorasick": AhoCorasick,
    "re": Regex,
    "tocsin, stems and fields": OursStems,
    "tocsin, stems, fields, spans": OursStemsSpans,
    "tocsin, stems, fields, names": OursNames,
}
