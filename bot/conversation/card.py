"""Cards: what is said, semantic and unescaped. Only a chat adapter knows markup."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Style(Enum):
    """What a piece of text is, not how it looks."""

    PLAIN = auto()
    STRONG = auto()
    MARK = auto()  # the words that matched
    DIM = auto()
    CODE = auto()  # something to type
    QUOTE = auto()  # somebody else's words


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text; ``url`` makes it a link."""

    text: str
    style: Style = Style.PLAIN
    url: str | None = None


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """What a button does: a ``verb`` of the conversation and what it is done to."""

    verb: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A label to press."""

    label: str
    action: Action


@dataclass(frozen=True, slots=True)
class Card:
    """One message. ``asks``: its buttons are the answers to a question."""

    lines: tuple[Line, ...]
    buttons: tuple[Button, ...] = ()
    asks: bool = False


def line(*pieces: Piece | str) -> Line:
    """A line of pieces; a bare string is plain text."""
    return tuple(Piece(piece) if isinstance(piece, str) else piece for piece in pieces)


def say(*lines: Line | str, buttons: tuple[Button, ...] = (), asks: bool = False) -> Card:
    """A card of lines; a bare string is a plain line."""
    made = tuple(line(one) if isinstance(one, str) else one for one in lines)
    return Card(made, buttons, asks)


def strong(text: str) -> Piece:
    """Something important: a title, a name."""
    return Piece(text, Style.STRONG)


def dim(text: str) -> Piece:
    """Something by the way."""
    return Piece(text, Style.DIM)


def code(text: str) -> Piece:
    """Something to type."""
    return Piece(text, Style.CODE)
