"""The interface between the bot and a chat platform.

people ──► adapter.listen ──► Conversation ──► cards ──► ReplyChannel.reply ─┐
                                                                             ├─► slot ──► render ──► send
                                                  outbox ──► Sender ─────────┘     (one attempt; an error
                                                                                    states the outcome)
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final, Protocol

from bot.conversation.cards.card import Card
from bot.models import ChatRef
from bot.store.updates import StoredUpdate

Payload = Mapping[str, object]
"""A message in the format of the platform, as in the JSON of its API."""


class Priority(IntEnum):
    """The order of waiting messages: lower values are sent first."""

    REPLY = 0
    # Alerts.
    FRESH = 1
    # Digests, catch-ups, announcements and follow-ups.
    BULK = 2


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most ``count`` messages in any period of ``seconds``."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class AccountRateLimit:
    """The limits of an account as a whole.

    Attributes:
        per_second: a steady rate without bursts; None for no limit.
        windows: sliding windows over all messages.
        in_flight: the maximum of alerts in flight, which a crash may repeat. Replies are not counted.
    """

    per_second: float | None = None
    windows: tuple[RateLimit, ...] = ()
    in_flight: int = 32


UNLIMITED: Final = AccountRateLimit()
"""The limits of a platform that has none."""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The features of a platform beyond sending text.

    Attributes:
        can_edit: messages can be edited.
        silent: messages can be sent without a sound.
        threads: chats have threads.
        private_replies: a reply in a group can be visible to one person only.
        history_search: `ChatAdapter.find_sent` searches the history of the chat.
    """

    can_edit: bool = False
    silent: bool = False
    threads: bool = False
    private_replies: bool = False
    history_search: bool = False


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that was sent: its chat, and its ID on the platform."""

    ref: ChatRef
    message_id: str


@dataclass(frozen=True, slots=True)
class SendOptions:
    """Options of a message. A platform ignores options that it does not support.

    Attributes:
        silent: send without a sound.
        reply_to: the ID of the message in the same chat that this message replies to.
        broadcast: show a reply in a thread to the whole channel.
        ephemeral_for: the ID of the only person who sees the message.
        idempotency_key: the same for every attempt of one message; `ChatAdapter.find_sent` uses it.
    """

    silent: bool = False
    reply_to: str = ""
    broadcast: bool = False
    ephemeral_for: str = ""
    idempotency_key: str = ""


DEFAULT_OPTIONS: Final = SendOptions()
"""No option set."""


class ReplyChannel(Protocol):
    """The interface that the bot offers to an adapter. Each message waits for its send slot."""

    async def reply(
        self, to: ChatRef, card: Card, options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        """Send a reply before all alerts. The reply is not stored: a crash loses it.

        A rate limit is waited for, a rejected card is sent again as plain text, and a chat that
        migrated is followed.

        Raises:
            DeliveryError: the reply was not sent.
        """

    async def edit(self, message: SentMessage, card: Card) -> None:
        """Replace the card of a message. A newer edit replaces an edit that waits.

        Raises:
            DeliveryError: the message was not edited.
        """

    def rate_limit_slot(self, to: ChatRef) -> AbstractAsyncContextManager[None]:
        """Wait for a send slot of the chat, for a call that the platform counts as a message.

        Make one call inside the block. A RateLimited error that leaves the block delays the chat.
        """

    async def claim_update(self, update_id: str) -> bool:
        """Return True if this update is new. Platforms may deliver an update twice."""

    async def store_updates(self, updates: Sequence[StoredUpdate]) -> set[str]:
        """Store updates before they are confirmed to the platform. Return the IDs of the new ones.

        A new update must be handled and finished. After a crash it is pending.

        Raises:
            StoreError: nothing was stored.
        """

    async def pending_updates(self, *, min_age: timedelta = timedelta(0)) -> list[StoredUpdate]:
        """Return the stored updates that are not finished, oldest first.

        Raises:
            StoreError: the database does not answer.
        """

    async def finish_update(self, update_id: str) -> None:
        """Record that a stored update was handled."""

    async def chat_unreachable(self, ref: ChatRef, reason: str) -> None:
        """Suspend a chat that removed or blocked the bot. Its subscriptions are kept."""

    async def chat_restored(self, ref: ChatRef) -> None:
        """Resume the alerts of a chat that can be reached again."""

    async def thread_restored(self, ref: ChatRef) -> None:
        """Resume the alerts of one thread that can be reached again, and of its chat."""

    async def chat_migrated(
        self, old: ChatRef, new: ChatRef, *, keeps_messages: bool = False
    ) -> None:
        """Move everything of a chat to its new ID.

        With ``keeps_messages``, the messages of the chat have the same IDs as before.
        """


class ChatAdapter(Protocol):
    """One account on one platform. Each call is one attempt: no retries and no waiting."""

    @property
    def platform(self) -> str:
        """The platform, as in `ChatRef.platform`."""

    @property
    def account(self) -> str:
        """The bot or workspace, as in `ChatRef.account`. Known before the first send."""

    @property
    def capabilities(self) -> Capabilities:
        """The features of the platform."""

    @property
    def account_rate_limit(self) -> AccountRateLimit:
        """The limits of the account as a whole."""

    def chat_rate_limits(self, to: ChatRef) -> tuple[RateLimit, ...]:
        """Return the limits of one chat. Its threads and its edits share them."""

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        """Return the card in the format of the platform, within all its limits. Pure.

        With ``plain``, return it without markup, for a card that the platform rejected.
        """

    async def send(
        self, to: ChatRef, payload: Payload, options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        """Send once.

        Raises:
            DeliveryError: the subclass states the outcome, see `bot.errors`.
        """

    async def edit(self, message: SentMessage, payload: Payload) -> None:
        """Replace a message once. An edit that changes nothing is not an error.

        Raises:
            DeliveryError: as for `send`; MessageRejected if the message cannot be edited.
        """

    async def find_sent(self, to: ChatRef, key: str, since: datetime) -> SentMessage | None:
        """Return the message that was sent with ``key``, if the history of the chat has it.

        Raises:
            DeliveryError: the history cannot be read.
        """

    async def probe(self) -> None:
        """Make one short call that only the platform itself can answer for this account.

        Raises:
            DeliveryError: the platform does not answer; ChatUnreachable with the scope ACCOUNT if it
                refuses the account.
        """

    async def is_admin(self, chat: ChatRef, user: str) -> bool:
        """Return True if a person is an administrator of a chat.

        Raises:
            DeliveryError: the platform did not answer.
        """

    async def listen(self, channel: ReplyChannel, stop: asyncio.Event) -> None:
        """Handle updates until ``stop``, or until the input of the platform ends."""
