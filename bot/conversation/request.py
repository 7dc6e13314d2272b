"""The input of the conversation: messages, button presses and parsed commands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.conversation.cards.card import Action, Card
from bot.models import ChatRef

AdminCheck = Callable[[], Awaitable[bool]]
"""Return True if the user may change the settings of the chat. Platforms may need a request for this."""

Progress = Callable[[Card], Awaitable[None]]
"""Show a progress card in place of the previous one. Only platforms that can edit provide this."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """A message from a user.

    Attributes:
        user_id: the platform's ID of the user.
        is_admin: the user may change the settings of this chat: an administrator of a group, or
            the user of a private chat.
        reply_to: the platform's ID of the bot message that this message replies to; "" if none.
        is_forwarded: the text is forwarded and was written by another person.
        links: addresses in the message, in its text or behind it.
        quoted_links: addresses in the message that this message replies to.
        progress: shows progress while the answer is prepared; ``None`` if the platform cannot.
        zone: the IANA time zone of the user, if the platform provides it.
    """

    ref: ChatRef
    text: str
    user_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_admin: bool = True
    reply_to: str = ""
    is_forwarded: bool = False
    links: tuple[str, ...] = ()
    quoted_links: tuple[str, ...] = ()
    progress: Progress | None = field(default=None, compare=False)
    zone: str = ""


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """A pressed button. ``is_admin`` refers to `target`; ``zone`` as in `IncomingMessage`.

    Attributes:
        check_admin: replaces ``is_admin``; called only if the action changes settings.
    """

    ref: ChatRef
    action: Action
    user_id: str = ""
    is_admin: bool = True
    progress: Progress | None = field(default=None, compare=False)
    zone: str = ""
    check_admin: AdminCheck | None = field(default=None, compare=False)

    @property
    def target(self) -> ChatRef:
        """Return the chat that the action changes."""
        chat = self.action.chat
        return replace(self.ref, chat=chat, thread="") if chat else self.ref


@dataclass(frozen=True, slots=True)
class CommandRequest:
    """A command with its argument. ``item``: the number of the item it refers to, or ""."""

    ref: ChatRef
    argument: str
    user_id: str = ""
    attachments: tuple[Attachment, ...] = ()
    is_admin: bool = True
    item: str = ""
    links: tuple[str, ...] = ()
    quoted_links: tuple[str, ...] = ()
    progress: Progress | None = field(default=None, compare=False)
    zone: str = ""
