"""The meaning of the topic language, written from the grammar alone: slow, plain, without the engine.

Only the words of a text and what one word shares with another come from ``watchers.text``: they are
what both sides are about. There is no index, no tree of the engine's, no set arithmetic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from watchers.item import Item
from watchers.text import words
from watchers.text.stems import Stems, rules_for


@dataclass(frozen=True)
class Asked:
    """What a random query asks: ``kind`` says which of the other attributes count."""

    kind: str  # word, exact, cased, prefix, and, or, not, near, onear, stretch, lang, source
    words: tuple[str, ...] = ()
    parts: tuple[Asked, ...] = ()
    between: int = 0
    field: str = ""

    def typed(self) -> str:  # noqa: PLR0911 - one line for each kind
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
                return f"({left} {self.kind.upper()}/{self.between} {right})"
            case _:
                return "(" + " ".join(part.typed() for part in self.parts) + f")~{self.between}"

    def leaves(self) -> Iterator[Asked]:
        """The parts that have no parts."""
        if self.parts:
            for part in self.parts:
                yield from part.leaves()
        else:
            yield self


Place = tuple[str, int, int]
"""A field of the item, and the numbers of the first word and of the one after the last."""


class Page:
    """One item, as rows of words."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.rows = {name: words.split(getattr(item, name)) for name in ("title", "lead", "text")}
        self.stems = Stems(rules_for(item.language))
        self._leaves: dict[Asked, list[Place]] = {}

    def same(self, asked: str, printed: str, kind: str) -> bool:
        normal = words.normal(printed)
        if kind == "cased":
            return printed == asked
        if kind == "prefix":
            return words.fold(normal).startswith(asked)
        if words.fold(normal) == words.fold(asked):
            return True
        return kind == "word" and self.stems.asks(asked) in self.stems.answers(normal)

    def leaf(self, asked: Asked) -> list[Place]:
        if asked not in self._leaves:
            self._leaves[asked] = self._look(asked)
        return self._leaves[asked]

    def _look(self, asked: Asked) -> list[Place]:
        fields = {"title": ["title"], "body": ["lead", "text"]}.get(asked.field, list(self.rows))
        found = []
        for name in fields:
            row = self.rows[name]
            for start in range(len(row) - len(asked.words) + 1):
                run = row[start : start + len(asked.words)]
                pairs = zip(asked.words, run, strict=True)
                if all(self.same(word, printed, asked.kind) for word, printed in pairs):
                    found.append((name, start, start + len(run)))
        return found

    def stretches(self, asked: Asked) -> dict[Place, set[Place]]:
        """Where something stands that can be near something else, with the places inside."""
        if asked.kind == "or":
            found: dict[Place, set[Place]] = {}
            for part in asked.parts:
                for stretch, inside in self.stretches(part).items():
                    found.setdefault(stretch, set()).update(inside)
            return found
        if asked.kind in ("near", "onear"):
            found = {}
            left, right = (self.stretches(part) for part in asked.parts)
            for one, other in product(left, right):
                gap, swapped = other[1] - one[2], one[1] - other[2]
                fits = 0 <= gap <= asked.between
                if asked.kind == "near":
                    fits = fits or 0 <= swapped <= asked.between
                if one[0] == other[0] and fits:
                    stretch = (one[0], min(one[1], other[1]), max(one[2], other[2]))
                    found.setdefault(stretch, set()).update(left[one] | right[other])
            return found
        return {place: {place} for place in self.leaf(asked)}

    def stretch(self, asked: Asked) -> set[Place]:
        """All parts inside one stretch that begins with one of them."""
        parts = [self.leaf(part) for part in asked.parts]
        width = sum(len(part.words) for part in asked.parts) + asked.between
        found: set[Place] = set()
        for name, start, _ in [place for places in parts for place in places]:
            inside = [
                [
                    one
                    for one in part
                    if one[0] == name and start <= one[1] and one[2] <= start + width
                ]
                for part in parts
            ]
            if all(inside):
                found.update(place for part in inside for place in part)
        return found

    def evaluate(self, asked: Asked, *, wanted: bool = True) -> set[Place] | None:
        """The places that make ``asked`` hold (or, not ``wanted``, its opposite), or ``None``."""
        if asked.kind == "not":
            return self.evaluate(asked.parts[0], wanted=not wanted)
        if asked.kind in ("and", "or"):
            found = [self.evaluate(part, wanted=wanted) for part in asked.parts]
            held = [one for one in found if one is not None]
            enough = len(found) if (asked.kind == "and") == wanted else 1
            return set().union(*held) if len(held) >= enough else None
        places = self.place(asked)
        if wanted:
            return places
        return set() if places is None else None

    def place(self, asked: Asked) -> set[Place] | None:
        """The places of a part that is no AND, OR or NOT."""
        match asked.kind:
            case "lang":
                language = (self.item.language or "").lower()
                return set() if language.split("-")[0] == asked.words[0] else None
            case "source":
                names = words.split(self.item.source.lower())
                return set() if asked.words[0] in names else None
            case "near" | "onear":
                stretches = self.stretches(asked)
                return set().union(*stretches.values()) if stretches else None
            case "stretch":
                return self.stretch(asked) or None
            case _:
                return set(self.leaf(asked)) or None


def spans(item: Item, places: set[Place]) -> list[tuple[str, int, int]]:
    """The characters that the places cover, overlapping places made one."""
    found: list[tuple[str, int, int]] = []
    for name in ("title", "lead", "text"):
        printed = words.split(getattr(item, name))
        ends = words.ends(getattr(item, name), printed)
        offsets = [(at - len(word), at) for at, word in zip(ends, printed, strict=True)]
        reach = 0
        for _, start, end in sorted(place for place in places if place[0] == name):
            if start < reach:
                reach = max(reach, end)
                found[-1] = (name, found[-1][1], offsets[reach - 1][1])
            else:
                reach = end
                found.append((name, offsets[start][0], offsets[end - 1][1]))
    return found
