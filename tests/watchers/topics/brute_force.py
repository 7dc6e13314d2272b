"""A second implementation of the topic language, written from the grammar alone: slow and plain.

Only the words of a text and the keys by which words are compared come from ``watchers.text``, because
both implementations are about them. There is no index, no syntax tree of the engine, and no set
arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

from watchers.item import Item
from watchers.text import tokens as words
from watchers.text.stems import Stems, stemming_rules
from watchers.topics.engine.tokenised_item import TokenisedItem
from watchers.topics.word_forms import capital_name, is_in_capitals, joined_word


@dataclass(frozen=True)
class QuerySpec:
    """A random query. ``kind`` decides which of the other attributes count."""

    # word, exact, cased, prefix, and, or, not, near, onear, proximity, lang, source
    kind: str
    words: tuple[str, ...] = ()
    parts: tuple[QuerySpec, ...] = ()
    gap: int = 0
    field: str = ""

    def typed(self) -> str:  # noqa: PLR0911 - one line for each kind
        """Return the query as a user types it."""
        scope = f"{self.field}:" if self.field else ""
        match self.kind:
            case "word":
                return scope + "-".join(self.words)
            case "exact":
                return f'{scope}"{" ".join(self.words)}"'
            case "cased":
                return f'{scope}="{" ".join(self.words)}"'
            case "prefix":
                return f"{scope}{self.words[0]}*"
            case "lang" | "source":
                return f"{self.kind}:{self.words[0]}"
            case "and":
                return "(" + " AND ".join(part.typed() for part in self.parts) + ")"
            case "or":
                return "(" + " OR ".join(part.typed() for part in self.parts) + ")"
            case "not":
                return f"-{self.parts[0].typed()}"
            case "near" | "onear":
                left, right = (part.typed() for part in self.parts)
                return f"({left} {self.kind.upper()}/{self.gap} {right})"
            case _:
                return "(" + " ".join(part.typed() for part in self.parts) + f")~{self.gap}"

    def leaves(self) -> Iterator[QuerySpec]:
        """Yield the parts that have no parts."""
        if self.parts:
            for part in self.parts:
                yield from part.leaves()
        else:
            yield self


Interval = tuple[str, int, int]
"""A field of the item, the index of the first word, and the index after the last word."""


class Page:
    """One item, as rows of words."""

    def __init__(self, item: Item) -> None:
        self.item = item
        tokens = TokenisedItem(item)
        borders = (0, tokens.title_end + 1, tokens.lead_end + 1, len(tokens.words))
        names = ("title", "lead", "text")
        self.rows = {
            name: tokens.lookups[start : end - 1]
            for name, (start, end) in zip(names, pairwise(borders), strict=True)
        }
        self.stems = Stems(stemming_rules(item.language))
        self._leaf_cache: dict[QuerySpec, list[Interval]] = {}

    def word_matches(self, query_word: str, lookup: str, kind: str) -> bool:
        """Return True if a typed word matches a word of the item, or a word that it is a part of."""
        forms = words.lookup_forms(lookup)
        return any(self.form_matches(query_word, form, kind) for form in forms)

    def form_matches(self, query_word: str, printed: str, kind: str) -> bool:
        """Return True if a typed word matches one printed form."""
        if kind in ("word", "exact") and is_in_capitals(query_word):
            return capital_name(printed) == query_word
        normal = words.normalize_word(printed)
        if kind == "cased":
            return words.to_nfkc(printed) == query_word
        query_word = words.normalize_word(query_word)
        if kind == "prefix":
            return words.strip_accents(normal).startswith(query_word)
        if words.strip_accents(normal) == words.strip_accents(query_word):
            return True
        return kind == "word" and self.stems.query_key(query_word) in self.stems.text_keys(normal)

    def leaf(self, spec: QuerySpec) -> list[Interval]:
        """Return the occurrences of a leaf."""
        if spec not in self._leaf_cache:
            self._leaf_cache[spec] = self._find_leaf(spec)
        return self._leaf_cache[spec]

    def _find_leaf(self, spec: QuerySpec) -> list[Interval]:
        fields = {"title": ["title"], "body": ["lead", "text"]}.get(spec.field, list(self.rows))
        occurrences = []
        for name in fields:
            row = self.rows[name]
            joined = joined_word(spec.words) if spec.kind in ("word", "exact") else ""
            spellings = [spec.words, *([(joined, *spec.words[2:])] if joined else [])]
            for spelling, start in product(spellings, range(len(row))):
                run = row[start : start + len(spelling)]
                pairs = zip(spelling, run, strict=False)
                if len(run) == len(spelling) and all(
                    self.word_matches(word, printed, spec.kind) for word, printed in pairs
                ):
                    occurrences.append((name, start, start + len(run)))
        return occurrences

    def intervals(self, spec: QuerySpec) -> dict[Interval, set[Interval]]:
        """Return the intervals of an operand of NEAR, with the leaves inside."""
        if spec.kind == "or":
            by_interval: dict[Interval, set[Interval]] = {}
            for part in spec.parts:
                for interval, inside in self.intervals(part).items():
                    by_interval.setdefault(interval, set()).update(inside)
            return by_interval
        if spec.kind in ("near", "onear"):
            by_interval = {}
            left, right = (self.intervals(part) for part in spec.parts)
            for first, second in product(left, right):
                gap, swapped_gap = second[1] - first[2], first[1] - second[2]
                fits = 0 <= gap <= spec.gap
                if spec.kind == "near":
                    fits = fits or 0 <= swapped_gap <= spec.gap
                if first[0] == second[0] and fits:
                    interval = (first[0], min(first[1], second[1]), max(first[2], second[2]))
                    inside = left[first] | right[second]
                    by_interval.setdefault(interval, set()).update(inside)
            return by_interval
        return {interval: {interval} for interval in self.leaf(spec)}

    def proximity(self, spec: QuerySpec) -> set[Interval]:
        """Return all leaves inside an interval of limited width that starts with one of them."""
        parts = [self.leaf(part) for part in spec.parts]
        width = sum(len(part.words) for part in spec.parts) + spec.gap
        occurrences: set[Interval] = set()
        for name, start, _ in [interval for part in parts for interval in part]:
            inside = [
                [
                    interval
                    for interval in part
                    if interval[0] == name and start <= interval[1] and interval[2] <= start + width
                ]
                for part in parts
            ]
            if all(inside):
                occurrences.update(interval for part in inside for interval in part)
        return occurrences

    def evaluate(self, spec: QuerySpec, *, wanted: bool = True) -> set[Interval] | None:
        """Return the leaves that make ``spec`` (or its negation, if not ``wanted``) hold.

        Return ``None`` if it does not hold.
        """
        if spec.kind == "not":
            return self.evaluate(spec.parts[0], wanted=not wanted)
        if spec.kind in ("and", "or"):
            results = [self.evaluate(part, wanted=wanted) for part in spec.parts]
            holding = [result for result in results if result is not None]
            required = len(results) if (spec.kind == "and") == wanted else 1
            return set().union(*holding) if len(holding) >= required else None
        occurrences = self.find(spec)
        if wanted:
            return occurrences
        return set() if occurrences is None else None

    def find(self, spec: QuerySpec) -> set[Interval] | None:
        """Return the leaves of a part that is not an AND, OR or NOT."""
        match spec.kind:
            case "lang":
                language = (self.item.language or "").lower()
                return set() if language.split("-")[0] == spec.words[0] else None
            case "source":
                names = words.split_words(self.item.source.lower())
                return set() if spec.words[0] in names else None
            case "near" | "onear":
                intervals = self.intervals(spec)
                return set().union(*intervals.values()) if intervals else None
            case "proximity":
                return self.proximity(spec) or None
            case _:
                return set(self.leaf(spec)) or None


def to_spans(item: Item, intervals: set[Interval]) -> list[tuple[str, int, int]]:
    """Return the characters that the intervals cover, with overlapping intervals merged."""
    spans: list[tuple[str, int, int]] = []
    for name in ("title", "lead", "text"):
        printed = words.split_words(getattr(item, name), item.language)
        ends = words.word_ends(getattr(item, name), printed)
        offsets = [(end - len(word), end) for end, word in zip(ends, printed, strict=True)]
        covered_until = 0
        for _, start, end in sorted(interval for interval in intervals if interval[0] == name):
            if start < covered_until:
                covered_until = max(covered_until, end)
                spans[-1] = (name, spans[-1][1], offsets[covered_until - 1][1])
            else:
                covered_until = end
                spans.append((name, offsets[start][0], offsets[end - 1][1]))
    return spans
