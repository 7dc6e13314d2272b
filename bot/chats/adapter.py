"""What every chat platform looks like to the rest of the bot, and what the bot offers to it.

people ──► adapter.run ──► Conversation ──► cards ──► Outlet.reply ─┐
                                                                    ├─► turn ──► render ──► send
                                           outbox ──► Sender ───────┘     (one try, then an error
                                                                           that says how it ended)
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Final, Protocol

from bot.conversation.card import Card
from bot.model import Ref

Payload = Mapping[str, object]
"""A message in the platform's own terms, as its API's JSON would say it."""


class Priority(IntEnum):
    """Who goes first where several wait; the lower, the sooner."""

    REPLY = 0  # a person waits for it
    FRESH = 1  # an alert
    BULK = 2  # digests, catch-ups


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``most`` messages in any ``seconds``."""

    most: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Pace:
    """What an account as a whole may send. ``per_second`` is steady, without bursts; ``None``: any.

    ``in_flight`` messages at most are under way at once, replies apart: what a crash may repeat.
    """

    per_second: float | None = None
    windows: tuple[Window, ...] = ()
    in_flight: int = 32


UNLIMITED: Final = Pace()
"""The pace of a platform without limits."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a platform can do beyond sending text."""

    edits: bool = False
    silent: bool = False  # a message without a sound
    threads: bool = False
    private_replies: bool = False  # a reply in a group that one person sees
    finds: bool = False  # `find` looks into the history


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that is there: where, and what the platform calls it."""

    ref: Ref
    message_id: str


@dataclass(frozen=True, slots=True)
class SendOptions:
    """How to send. What a platform lacks (see `Capabilities`) it leaves out, silently."""

    silent: bool = False
    reply_to: str = ""  # the id of a message in the same chat
    broadcast: bool = False  # a reply in a thread that the whole channel sees too
    only_for: str = ""  # the person who alone sees it
    key: str = ""  # the same at every try of one message: what `find` looks for


ORDINARY: Final = SendOptions()
"""Nothing special."""


class Outlet(Protocol):
    """What the bot offers to an adapter. Everything said to a chat goes through it, in its turn."""

    async def reply(self, to: Ref, card: Card, options: SendOptions = ORDINARY) -> Sent:
        """Send an answer, ahead of all alerts. It is not kept: a crash loses it.

        A refusal for a while is waited out, an unreadable payload is sent as plain text, a chat
        that moved is followed.

        Raises:
            DeliveryError: how it ended otherwise.
        """

    async def edit(self, message: Sent, card: Card) -> None:
        """Say something else in a message that is there. A newer edit replaces one that waits.

        Raises:
            DeliveryError: how it ended.
        """

    def turn(self, to: Ref) -> AbstractAsyncContextManager[None]:
        """The chat's turn, for a call of the adapter's own that the platform counts as a message.

        One call inside the block. A DeliveryError that leaves it sets the chat's pace, and goes on.
        """

    async def first_time(self, update_id: str) -> bool:
        """Whether this incoming update is new: platforms send the same one twice."""

    async def gone(self, ref: Ref, reason: str) -> None:
        """The chat left, or threw us out: its subscriptions wait for its return."""

    async def back(self, ref: Ref) -> None:
        """The chat can be reached again: what was queued and what it follows goes on."""

    async def moved(self, old: Ref, new: Ref) -> None:
        """The chat has another address: everything it has moves along."""


class ChatAdapter(Protocol):
    """One account on one platform. One try each: it never retries, never waits, never sleeps."""

    @property
    def platform(self) -> str:
        """The name in `Ref.platform`."""

    @property
    def account(self) -> str:
        """The bot or workspace in `Ref.account`. Known before anything is sent."""

    @property
    def capabilities(self) -> Capabilities:
        """What the platform can do."""

    @property
    def pace(self) -> Pace:
        """What the account as a whole may send."""

    def rates(self, to: Ref) -> tuple[Window, ...]:
        """What may be sent to one chat. All threads of a chat share it, and so do edits."""

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        """The card in the platform's terms: pure, within every limit, whatever the text is.

        ``plain``: without any markup, for a card that the platform has refused.
        """

    async def send(self, to: Ref, payload: Payload, options: SendOptions = ORDINARY) -> Sent:
        """Send once.

        Raises:
            DeliveryError: RetryLater, Gone, Moved, Rejected, InDoubt or Transient.
        """

    async def edit(self, message: Sent, payload: Payload) -> None:
        """Put ``payload`` in the place of a message, once. No change at all is no error.

        Raises:
            DeliveryError: as for `send`; Rejected where the message cannot be edited.
        """

    async def find(self, to: Ref, key: str, since: datetime) -> Sent | None:
        """The message that was sent with ``key``, if the history shows it; see `Capabilities`.

        Raises:
            DeliveryError: the history cannot be read.
        """

    async def is_admin(self, chat: Ref, user: str) -> bool:
        """Whether a person may change what a chat follows.

        Raises:
            DeliveryError: the platform does not tell.
        """

    async def run(self, outlet: Outlet, stop: asyncio.Event) -> None:
        """Listen to people until ``stop``, or until the platform has nothing more to say."""
