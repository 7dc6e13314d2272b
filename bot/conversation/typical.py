"""Words that are typical of one item beside others of its topic: what "less like this" may leave out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from bot.summaries.terms import Terms
from watchers import Item, Query, QuerySyntaxError, Span
from watchers.stories.signature import names_in
from watchers.stories.terms import TermReader
from watchers.text.words import normal, split
from watchers.topics.excluding import excluding

_READ: Final = 2_000  # characters of a text: what an item is about stands at its head
_SHORTEST: Final = 3  # letters of a word worth naming, in scripts with spaces
_COMMON: Final = 0.25  # share of the other items from which a word says nothing about this one
_TITLE, _LEAD = 4, 2  # what a word counts for in the title and the lead
_MOST_IN_TEXT: Final = 3
_LONG: Final = 12  # letters, from which a longer word tells no more
_NAME: Final = 1.5  # what a name counts for beside another word
_DATED: Final = (
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june "
    "july august september october november december today yesterday tomorrow week month year"
)
_CALENDAR: Final = frozenset(_DATED.split())
"""What any report may say, whatever it is about."""


def typical_words(
    item: Item, query: Query, spans: Sequence[Span], others: Sequence[Item], *, most: int
) -> list[str]:
    """Words of ``item`` that few of the ``others`` have, the most telling first.

    None of those that made it match (``spans``), and none that the topic could not leave out. Slow
    where there are many others: for a thread.
    """
    reader = Terms.of_text(f"{item.title} {item.lead}", item.language)
    matched = " ".join(_spanned(item, spans))
    asked = set(reader.of(matched))
    counts, printed = _counted(item, reader, set(matched))
    having = Counter(
        term for other in others for term in set(reader.of(f"{other.title} {_head(other)}"))
    )
    many = len(others)
    names = {normal(name) for name in names_in(item.title, _head(item))}
    scores = {
        term: count
        * _weight(printed[term], names)
        * (math.log((many + 1) / (having[term] + 0.5)) if many else 1)
        for term, count in counts.items()
        if term not in asked and having[term] <= many * _COMMON
    }
    found: list[str] = []
    for term in sorted(scores, key=lambda one: -scores[one]):  # of equals, the first in the title
        word = printed[term]
        if _can_be_left_out(query, item, word):
            found.append(word)
        if len(found) == most:
            break
    return found


def _counted(
    item: Item, reader: Terms, asked: AbstractSet[str]
) -> tuple[dict[str, int], dict[str, str]]:
    """What each term counts for in the item, and the word that stands for it.

    ``asked``: the characters of what matched, which make no pairs with others.
    """
    counts: Counter[str] = Counter()
    words: dict[str, Counter[str]] = {}
    for text, weight in ((item.title, _TITLE), (item.lead, _LEAD), (item.text[:_READ], 1)):
        here: Counter[str] = Counter()
        for term, word in _terms(text, item.language, reader, asked):
            here[term] += 1
            words.setdefault(term, Counter())[word] += weight
        for term, many in here.items():
            counts[term] += weight * min(many, _MOST_IN_TEXT if weight == 1 else 1)
    return counts, {term: said.most_common(1)[0][0] for term, said in words.items()}


def _weight(word: str, names: AbstractSet[str]) -> float:
    """How much a word by itself tells: names most, and a long one more than a short one.

    The commoner a word of a language, the shorter it is (Zipf's law of abbreviation).
    """
    length = math.log2(max(2, min(len(word), _LONG))) if word.isalpha() and len(word) > 2 else 1.0  # noqa: PLR2004
    return length * (_NAME if word in names else 1.0)


def _terms(
    text: str, language: str | None, reader: Terms, asked: AbstractSet[str]
) -> Iterator[tuple[str, str]]:
    spaced, little = False, TermReader()
    for printed in split(text):
        for term in reader.of(printed):
            spaced = True
            word = normal(printed)
            says = len(printed) >= _SHORTEST and not printed.isdigit() and word not in _CALENDAR
            if says and little.read([word], language):
                yield term, word
    if not spaced:  # a script without spaces: two characters side by side are nearly a word
        yield from ((term, term) for term in reader.of(text) if asked.isdisjoint(term))


def _spanned(item: Item, spans: Iterable[Span]) -> Iterator[str]:
    for span in spans:
        yield getattr(item, span.field)[span.start : span.end]


def _head(item: Item) -> str:
    return f"{item.lead} {item.text[:_READ]}"


def _can_be_left_out(query: Query, item: Item, word: str) -> bool:
    """Whether the topic without ``word`` is a topic, and leaves the item out."""
    try:
        return excluding(query, word).match(item) is None
    except QuerySyntaxError:
        return False
