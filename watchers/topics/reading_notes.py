"""Notes about topics that other services read in another way: AND beside OR, and words side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from watchers.topics.nodes import Node

_MAX_FORMULA_CHARS: Final = 120


def note_precedence(alternatives: Sequence[Node], are_joined: Sequence[bool]) -> str:
    """Return the note about OR beside AND: services evaluate them in different orders.

    Args:
        alternatives: the parts between the ORs.
        are_joined: True for each part that consists of several parts with AND.
    """
    formula = " OR ".join(
        f"({node.text})" if is_joined else node.text
        for node, is_joined in zip(alternatives, are_joined, strict=True)
    )
    meaning = f": {formula}" if len(formula) <= _MAX_FORMULA_CHARS else ""
    return f"AND is evaluated before OR{meaning}. To change this, add brackets."


def note_words_side_by_side(words: str) -> str:
    """Return the note about plain words side by side, which some services read as a phrase."""
    words = " ".join(words.split())
    return f'“{words}” is read as all of the words, anywhere. For the phrase, write "{words}".'
