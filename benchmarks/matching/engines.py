"""The engines under test behind one interface: add topics, finish, and match items to topic IDs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol

from workload import Tree, iter_leaves

from watchers.item import Item
from watchers.names.table import name_table
from watchers.text import tokens as words
from watchers.topics import TopicIndex, parse_query


class Engine(Protocol):
    def add(self, number: int, topic: Tree) -> None: ...
    def finish(self) -> None: ...
    def match(self, item: Item) -> Iterable[int]: ...


def query_text(tree: Tree, *, exact: bool) -> str:
    """Return the topic as users type it."""
    kind = tree[0]
    if kind == "word":
        return f'"{tree[1]}"' if exact else tree[1]
    if kind == "phrase":
        return f'"{" ".join(tree[1])}"'
    left, right = (query_text(part, exact=exact) for part in tree[1:])
    if kind == "and":
        left = f"({left})" if tree[1][0] == "or" else left
        return f"{left} AND {right}"
    return f"{left} OR {right}" if kind == "or" else f"{left} -{right}"


class Tocsin:
    """TopicIndex with exact words, which the other engines can match, too."""

    def __init__(self) -> None:
        self.index = TopicIndex()

    def query_text(self, _number: int, topic: Tree) -> str:
        return query_text(topic, exact=True)

    def add(self, number: int, topic: Tree) -> None:
        self.index.add(number, parse_query(self.query_text(number, topic)))

    def finish(self) -> None:
        pass

    def match(self, item: Item) -> Sequence[int]:
        return self.index.match(item).topic_ids


class TocsinSpans(Tocsin):
    """The same, and the spans of every match are read."""

    def match(self, item: Item) -> Sequence[int]:
        matches = self.index.match(item)
        sum(map(len, matches.spans))
        return matches.topic_ids


class TocsinStems(Tocsin):
    """The usual case: words in any form, and one topic in ten has a field besides."""

    def query_text(self, number: int, topic: Tree) -> str:
        text = query_text(topic, exact=False)
        if number % 20 == 0:
            return f"title:({text})"
        return f"({text}) lang:en" if number % 20 == 1 else text


class TocsinNames(Tocsin):
    """Exact words beside 251 topics that are country names, with items that name four of them."""

    def __init__(self) -> None:
        super().__init__()
        self._names = sorted(t.display for t in name_table().territories.values())
        self._items: dict[str, Item] = {}

    def finish(self) -> None:
        for number, name in enumerate(self._names, start=10_000_000):
            self.index.add(number, parse_query(f'"{name}"'))

    def match(self, item: Item) -> Sequence[int]:
        if item.key not in self._items:
            # Happens in the first pass, which is not measured.
            number = int(item.key)
            names = (self._names[(number * 7 + step * 61) % len(self._names)] for step in range(4))
            self._items[item.key] = replace(item, text=f"{item.text} {'. '.join(names)}.")
        return super().match(self._items[item.key])


class TocsinNamesSpans(TocsinNames, TocsinSpans):
    """The same, and the spans of every match are read."""


class TocsinStemsNames(TocsinNames, TocsinStems):
    """Words in any form, fields and country names."""


class TocsinStemsNamesSpans(TocsinNames, TocsinStems, TocsinSpans):
    """Words in any form, fields and country names, and the spans of every match are read."""


class TocsinStemsSpans(TocsinStems, TocsinSpans):
    """Words in any form and fields, and the spans of every match are read."""


class Regex:
    """A loop over all topics. A topic has one compiled pattern per leaf."""

    def __init__(self) -> None:
        self._topics: list[tuple[int, Tree]] = []

    def add(self, number: int, topic: Tree) -> None:
        self._topics.append((number, self._compile(topic)))

    def _compile(self, tree: Tree) -> Tree:
        if tree[0] == "word":
            return ("leaf", re.compile(rf"\b{tree[1]}\b", re.IGNORECASE).search)
        if tree[0] == "phrase":
            phrase = r"\W+".join(tree[1])
            return ("leaf", re.compile(rf"\b{phrase}\b", re.IGNORECASE).search)
        return (tree[0], self._compile(tree[1]), self._compile(tree[2]))

    def finish(self) -> None:
        pass

    def match(self, item: Item) -> list[int]:
        # The separator keeps phrases from crossing from the title into the text.
        text = f"{item.title} 0 {item.text}"
        return [number for number, topic in self._topics if _regex_holds(topic, text)]


def _regex_holds(tree: Tree, text: str) -> bool:
    match tree[0]:
        case "leaf":
            return tree[1](text) is not None
        case "and":
            return _regex_holds(tree[1], text) and _regex_holds(tree[2], text)
        case "or":
            return _regex_holds(tree[1], text) or _regex_holds(tree[2], text)
        case _:
            return _regex_holds(tree[1], text) and not _regex_holds(tree[2], text)


class AhoCorasick:
    """pyahocorasick finds the leaves, and dictionaries map them to topics.

    The automaton is built once: it cannot be changed.
    """

    def __init__(self) -> None:
        import ahocorasick

        self._automaton = ahocorasick.Automaton()
        self._single: dict[str, list[int]] = {}
        self._anchored: dict[str, list[tuple[int, Tree]]] = {}

    def add(self, number: int, topic: Tree) -> None:
        for leaf in iter_leaves(topic):
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
        choices = (self._anchors(tree[1]), self._anchors(tree[2]))

        def topic_count(anchors: list[str]) -> int:
            return sum(len(self._anchored.get(anchor, ())) for anchor in anchors)

        return min(choices, key=topic_count)

    def finish(self) -> None:
        self._automaton.make_automaton()

    def match(self, item: Item) -> set[int]:
        tokens = (
            " ".join(words.split_words(item.title)) + " . " + " ".join(words.split_words(item.text))
        )
        found_leaves = {value[0] for _, value in self._automaton.iter(f" {tokens} ".lower())}
        matched: set[int] = set()
        for leaf in found_leaves:
            matched.update(self._single.get(leaf, ()))
            for number, topic in self._anchored.get(leaf, ()):
                if _holds_with(topic, found_leaves):
                    matched.add(number)
        return matched


def _leaf_text(leaf: Tree) -> str:
    return f" {leaf[1] if leaf[0] == 'word' else ' '.join(leaf[1])} "


def _holds_with(tree: Tree, found_leaves: set[str]) -> bool:
    match tree[0]:
        case "word" | "phrase":
            return _leaf_text(tree) in found_leaves
        case "and":
            return _holds_with(tree[1], found_leaves) and _holds_with(tree[2], found_leaves)
        case "or":
            return _holds_with(tree[1], found_leaves) or _holds_with(tree[2], found_leaves)
        case _:
            return _holds_with(tree[1], found_leaves) and not _holds_with(tree[2], found_leaves)


class Mokaccino:
    """A percolator in Rust. It has no tokeniser, so words and phrases are passed as values."""

    def __init__(self) -> None:
        import mokaccino

        self._library = mokaccino
        self._percolator = mokaccino.Percolator()
        self._phrases: dict[str, int] = {}

    def add(self, number: int, topic: Tree) -> None:
        for leaf in iter_leaves(topic):
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
            row = words.split_words(text.lower())
            for word in set(row):
                document.add_value("w", word)
            pairs = map(" ".join, pairwise(row))
            triples = map(" ".join, zip(row, row[1:], row[2:], strict=False))
            for phrase in {*pairs, *triples} & self._phrases.keys():
                document.add_value("p", phrase)
        return self._percolator.percolate_list(document)


ENGINES = {
    "tocsin": Tocsin,
    "tocsin, spans read": TocsinSpans,
    "tocsin, names, spans read": TocsinNamesSpans,
    "mokaccino": Mokaccino,
    "pyahocorasick": AhoCorasick,
    "re": Regex,
    "tocsin, stems and fields": TocsinStems,
    "tocsin, stems, fields, spans": TocsinStemsSpans,
    "tocsin, stems, fields, names": TocsinStemsNames,
    "tocsin, stems, names, spans": TocsinStemsNamesSpans,
}
