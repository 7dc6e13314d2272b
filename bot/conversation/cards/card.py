"""Cards: the content of messages without markup. Each chat adapter renders them for its platform."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, auto


class Style(Enum):
    """The meaning of a text span, independent of its appearance."""

    PLAIN = auto()
    # A title or a name.
    STRONG = auto()
    # A span that matched a topic.
    HIGHLIGHT = auto()
    # Secondary information.
    DIM = auto()
    # Text for the user to type.
    CODE = auto()
    # A quotation from an article.
    QUOTE = auto()


@dataclass(frozen=True, slots=True)
class TextSpan:
    """A run of text in one style. With ``url``, the text is a link.

    ``is_foreign``: the text is from an article or a source, so an adapter must not rewrite it.
    """

    text: str
    style: Style = Style.PLAIN
    url: str | None = None
    is_foreign: bool = field(default=False, compare=False)


Line = tuple[TextSpan, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """The action of a button: a ``verb`` of the conversation and its argument.

    Attributes:
        item: the number of the item of the message with the button, or "". With an item, the answer
            can replace the message and is shown below the item.
        chat: the platform's ID of the chat that the action changes, or "" for the chat of the button.
    """

    verb: str
    argument: str = ""
    item: str = ""
    chat: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    """A button with its label."""

    label: str
    action: Action


@dataclass(frozen=True, slots=True)
class Image:
    """A PNG image.

    Attributes:
        alt: a description of the image for screen readers.
        text_fallback: a line of characters in place of the image, for text-only platforms.
    """

    name: str
    data: bytes = field(repr=False)
    alt: str
    text_fallback: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """A file to download."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Card:
    """One message.

    Attributes:
        is_question: the buttons are the answers to a question.
        heading_lines: the number of first lines that only name the item of the card.
        as_new_message: as the answer to a button, the card does not replace the message.
        private: only the user who sent the request may see the card.
        announce_to_chat: the card reports a change of settings that other members should see.
        deep_link_payload: the argument for `/start` that offers the same topic in another chat, for
            platforms with links of that kind.
        image: is shown above the lines. The lines must be sufficient without it.
        file: is sent with the lines. The lines must be sufficient without it.
    """

    lines: tuple[Line, ...]
    buttons: tuple[Button, ...] = ()
    is_question: bool = False
    heading_lines: int = 0
    as_new_message: bool = False
    private: bool = False
    announce_to_chat: bool = False
    deep_link_payload: str = ""
    image: Image | None = None
    file: File | None = None

    def with_target_chat(self, chat: str) -> Card:
        """Return the card with buttons that change ``chat`` instead of the chat they are shown in."""
        buttons = tuple(
            replace(button, action=replace(button.action, chat=chat)) for button in self.buttons
        )
        return replace(self, buttons=buttons)


def line(*pieces: TextSpan | str) -> Line:
    """Return a line of spans; a string becomes a plain span."""
    return tuple(TextSpan(piece) if isinstance(piece, str) else piece for piece in pieces)


def full_stop(text: str) -> str:
    """Return the full stop of a sentence that ends with ``text``, or "" if the text has one."""
    return "" if text.endswith((".", "!", "?", "…", "。")) else "."


def make_card(
    *lines: Line | str,
    buttons: tuple[Button, ...] = (),
    is_question: bool = False,
    as_new_message: bool = False,
    private: bool = False,
    announce_to_chat: bool = False,
) -> Card:
    """Return a card of lines; a string becomes a plain line."""
    return Card(
        tuple(line(text) if isinstance(text, str) else text for text in lines),
        buttons,
        is_question,
        as_new_message=as_new_message,
        private=private,
        announce_to_chat=announce_to_chat,
    )


def strong(text: str) -> TextSpan:
    """Return a span for a title or a name."""
    return TextSpan(text, Style.STRONG)


def dim(text: str) -> TextSpan:
    """Return a span for secondary information."""
    return TextSpan(text, Style.DIM)


def code(text: str) -> TextSpan:
    """Return a span for text that the user can type."""
    return TextSpan(text, Style.CODE)


def to_sentence(clause: str) -> str:
    """Return a clause as a sentence: with a capital letter, unless it is an address, and a full stop."""
    is_address = clause.lower().startswith(("http://", "https://"))
    sentence = clause if is_address else f"{clause[:1].upper()}{clause[1:]}"
    full_stop = "" if sentence.endswith("?") else "."
    return f"{sentence.rstrip('.')}{full_stop}"
