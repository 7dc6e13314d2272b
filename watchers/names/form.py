"""A written form of a name: the entry of the table of forms under its first word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias


class NameForm(NamedTuple):
    """A written form of a name after its first word.

    Attributes:
        code: the territory; "" for a longer name that is not a territory.
        rest: the folded alternatives of each further word, or the exact word.
        is_exact: True if the further words must be equal letter for letter.
        needs_capital: True if the first word must be printed with a capital.
        is_acronym: True for a short name in capitals.
    """

    code: str
    rest: tuple[frozenset[str], ...] = ()
    is_exact: bool = False
    needs_capital: bool = False
    is_acronym: bool = False


Forms: TypeAlias = tuple[NameForm, ...]
"""The forms that start with one word."""

FormTable: TypeAlias = Mapping[str, Sequence[NameForm]]
"""The forms by their folded first word."""
