"""What comes from a person: a message, or a button that was pressed."""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation.card import Action
from bot.model import Ref


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What a person wrote. ``by`` tells who, in the platform's own way."""

    ref: Ref
    text: str
    by: str = ""
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Press:
    """A button that a person pressed."""

    ref: Ref
    action: Action
    by: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """A command with what was said after it."""

    ref: Ref
    argument: str
    by: str = ""
    attachments: tuple[Attachment, ...] = ()
