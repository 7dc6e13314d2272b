"""What comes from a person: a message, or a button that was pressed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.conversation.card import Action, Card
from bot.model import Ref

Progress = Callable[[Card], Awaitable[None]]
"""Says how far an answer is, in place of what it said before: platforms that can edit give one along."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a message."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What a person wrote. ``by`` tells who, in the platform's own way.

    Attributes:
        may_change: whether the platform lets the person decide for this chat: an admin of a group,
            everybody where they are alone with the bot.
        reply_to: the platform's name of the message of ours that this one answers; "" if none.
        forwarded: the words are somebody else's, handed on.
        links: addresses that the message carries, in the text or behind it.
        quoted_links: the same of the message that this one answers.
        progress: shows how far the answer is, while it is made; ``None``: there is no way to.
        zone: the IANA time zone of the person, where the platform tells it.
    """

    ref: Ref
    text: str
    by: str = ""
    attachments: tuple[Attachment, ...] = ()
    may_change: bool = True
    reply_to: str = ""
    forwarded: bool = False
    links: tuple[str, ...] = ()
    quoted_links: tuple[str, ...] = ()
    progress: Progress | None = field(default=None, compare=False)
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Press:
    """A button that a person pressed. ``may_change`` is about the `target`, ``zone`` as in `Message`."""

    ref: Ref
    action: Action
    by: str = ""
    may_change: bool = True
    progress: Progress | None = field(default=None, compare=False)
    zone: str = ""

    @property
    def target(self) -> Ref:
        """The chat that it is done to."""
        there = self.action.chat
        return replace(self.ref, chat=there, thread="") if there else self.ref


@dataclass(frozen=True, slots=True)
class Request:
    """A command with what was said after it. ``item``: the number of the item it is about, or ""."""

    ref: Ref
    argument: str
    by: str = ""
    attachments: tuple[Attachment, ...] = ()
    may_change: bool = True
    item: str = ""
    links: tuple[str, ...] = ()
    quoted_links: tuple[str, ...] = ()
    progress: Progress | None = field(default=None, compare=False)
    zone: str = ""
