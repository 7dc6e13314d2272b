"""Cards: what is said, semantic and unescaped. Only a chat adapter knows markup."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
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
    """What a button does: a ``verb`` of the conversation and what it is done to.

    Attributes:
        item: the number of the item that the message with the button tells of; "" where it tells of
            none. An answer can then stand in the message's place, beneath the item.
        chat: the platform's id of the chat it is done to, where that is not the one it stands in.
    """

    verb: str
    argument: str = ""
    item: str = ""
    chat: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A label to press."""

    label: str
    action: Action


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, PNG.

    Attributes:
        alt: what it shows, in words, for those who do not see it.
        sketch: a line of signs that stands for it where no picture can be shown.
    """

    name: str
    data: bytes = field(repr=False)
    alt: str
    sketch: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file to keep."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Card:
    """One message.

    Attributes:
        image: stands above the lines, file: comes with them. The lines say all that matters, so
            that they are enough where neither can be sent.
        asks: its buttons are the answers to a question.
        heading: how many of its first lines only say which item it is about.
        apart: as an answer to a button it does not take the place of what stood there.
        private: it concerns the person who asked alone.
        changed: it tells that the chat follows something else now; others in the chat should know.
        invitation: what `/start` takes to offer the same elsewhere: a platform that has links of
            that kind shows them.
    """

    lines: tuple[Line, ...]
    buttons: tuple[Button, ...] = ()
    asks: bool = False
    heading: int = 0
    apart: bool = False
    private: bool = False
    changed: bool = False
    invitation: str = ""
    image: Image | None = None
    file: File | None = None

    def done_to(self, chat: str) -> Card:
        """The card with buttons that do what they do to ``chat``, wherever they stand."""
        buttons = tuple(
            replace(button, action=replace(button.action, chat=chat)) for button in self.buttons
        )
        return replace(self, buttons=buttons)


def line(*pieces: Piece | str) -> Line:
    """A line of pieces; a bare string is plain text."""
    return tuple(Piece(piece) if isinstance(piece, str) else piece for piece in pieces)


def say(
    *lines: Line | str,
    buttons: tuple[Button, ...] = (),
    asks: bool = False,
    apart: bool = False,
    private: bool = False,
    changed: bool = False,
) -> Card:
    """A card of lines; a bare string is a plain line."""
    made = tuple(line(one) if isinstance(one, str) else one for one in lines)
    return Card(made, buttons, asks, apart=apart, private=private, changed=changed)


def strong(text: str) -> Piece:
    """Something important: a title, a name."""
    return Piece(text, Style.STRONG)


def dim(text: str) -> Piece:
    """Something by the way."""
    return Piece(text, Style.DIM)


def code(text: str) -> Piece:
    """Something to type."""
    return Piece(text, Style.CODE)


def sentence_of(clause: str) -> str:
    """A clause as a sentence; an address at its beginning stays as it is."""
    is_address = clause.lower().startswith(("http://", "https://"))
    begins = clause if is_address else f"{clause[:1].upper()}{clause[1:]}"
    ends = "" if begins.endswith("?") else "."
    return f"{begins.rstrip('.')}{ends}"
