"""Estimate how many items of general news a topic matches, where there are no stored items to count.

The estimate is an order of magnitude: words are taken to occur independently of one another. It serves
to warn about topics that match a large part of all news.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from math import exp, prod
from operator import or_
from typing import Final

from watchers.item import Item
from watchers.text.tokens import split_words, strip_accents
from watchers.text.word_frequencies import languages_of_script, read_frequencies
from watchers.topics.engine.leaf_finder import LeafFinder
from watchers.topics.nodes import And, Form, Leaf, Near, Node, Not, Or, Proximity, iter_leaves

# With this length the estimates of common words are between a third and three times the share that was
# counted in 8,200 English news items of 105 words on average.
WORDS_PER_ITEM: Final = 150
"""Words of a typical item."""

WORDS_PER_TITLE: Final = 10
"""Words of a typical title."""

# A word in capitals, a phrase, and words close together are rarer than their words.
_CASED_SHARE: Final = 0.3
_PHRASE_SHARE: Final = 0.05
_NEAR_SHARE: Final = 0.2
# A name of several words is more frequent than other phrases, and has other forms.
_NAME_SHARE: Final = 0.5

_FIELD_SHARES: Final[Mapping[str, float]] = {
    "lang": 0.3,
    "source": 0.01,
    "author": 0.001,
    "country": 0.1,
    "tag": 0.01,
}
_PREFIX_LETTERS: Final = 3
_MIN_FREQUENCY: Final = 1e-6


def estimate_share(node: Node) -> float:
    """Return the estimated share of general news that a query matches, 0 to 1.

    The call reads word lists for up to half a second. Do not call it on the event loop.
    """
    leaves = [leaf for leaf in iter_leaves(node) if leaf.field not in _FIELD_SHARES]
    words = {word for leaf in leaves for word in _words(leaf)}
    return _share(node, _frequencies(words))


def _words(leaf: Leaf) -> list[Leaf]:
    """Return the words of a leaf that are looked up. Characters without spaces are one word."""
    form = Form.ANY if leaf.form is Form.NAME else leaf.form
    is_unspaced = all(len(word) == 1 and not word.isascii() for word in leaf.words)
    words = ("".join(leaf.words),) if is_unspaced else leaf.words
    return [Leaf((word,), form) for word in words]


def _frequencies(words: set[Leaf]) -> dict[str, float]:
    """Return the frequency of each word: in English, or in the language in which it is commonest."""
    words_by_language: dict[str, list[Leaf]] = {}
    for word in words:
        for language in languages_of_script(word.words[0]):
            words_by_language.setdefault(language, []).append(word)
    frequencies: dict[str, float] = {}
    for language, candidates in words_by_language.items():
        # English comes first: "die" is a German article, but most such topics are English.
        missing = [word for word in candidates if frequencies.get(word.text, 0.0) < _MIN_FREQUENCY]
        for text, frequency in _frequencies_in(language, missing).items():
            frequencies[text] = max(frequency, frequencies.get(text, 0.0))
    return frequencies


def _frequencies_in(language: str, words: list[Leaf]) -> dict[str, float]:
    """Return the frequency in one language of all words that each leaf matches."""
    listed = read_frequencies(
        language, {word.words[0].casefold()[:_PREFIX_LETTERS] for word in words}
    )
    if not listed:
        return {}
    # The rules of matching decide which inflections belong to a leaf.
    finder = LeafFinder(Item(key="", title="", text=" | ".join(listed), language=language))
    frequencies: dict[str, float] = {}
    for leaf in words:
        word = leaf.words[0]
        if len(split_words(word)) != 1:
            frequencies[leaf.text] = listed.get(word, 0.0)
            continue
        form = leaf.form
        if form in (Form.CASED, Form.LITERAL):
            word, form = strip_accents(word.casefold()), Form.EXACT
        positions = reduce(or_, (finder.find(Leaf((word,), form)) or {}).values(), 0)
        found = {
            row_word for index, row_word in enumerate(finder.tokens.words) if positions >> index & 1
        }
        frequencies[leaf.text] = sum(listed.get(row_word, 0.0) for row_word in found)
    return frequencies


def _share(node: Node, frequencies: Mapping[str, float]) -> float:
    match node:
        case Leaf():
            return _leaf_share(node, frequencies)
        case Or():
            return 1 - prod(1 - _share(part, frequencies) for part in node.parts)
        case And():
            return prod(_share(part, frequencies) for part in node.parts)
        case Not():
            return 1 - _share(node.part, frequencies)
        case Near():
            return _NEAR_SHARE * min(
                _share(node.left, frequencies), _share(node.right, frequencies)
            )
        case Proximity():
            return _NEAR_SHARE * min(_share(leaf, frequencies) for leaf in node.leaves)


def _leaf_share(leaf: Leaf, frequencies: Mapping[str, float]) -> float:
    if leaf.field in _FIELD_SHARES:
        return _FIELD_SHARES[leaf.field]
    words = _words(leaf)
    frequency = min(frequencies.get(word.text, 0.0) for word in words)
    if leaf.form is Form.CASED:
        frequency *= _CASED_SHARE
    if len(words) > 1:
        frequency *= _NAME_SHARE if leaf.form is Form.NAME else _PHRASE_SHARE
    length = WORDS_PER_TITLE if leaf.field == "title" else WORDS_PER_ITEM
    return 1 - exp(-frequency * length)
