"""Share a topic with another chat: /share creates an invitation, /start accepts it.

    /share 1 ──► "tc2FuY3Rpb25z" ──► a link of the platform ──► /start tc2FuY3Rpb25z ──► "Follow sanctions?"

An invitation has at most 64 characters of A-Za-z0-9_-, the limit of Telegram's deep links. A short topic
is encoded in the invitation. A long one is stored, and the invitation contains its key.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

import regex

from bot.conversation.cards.card import Action, Button, Card, code, line, make_card, strong
from bot.conversation.registry import CONSOLE_REF, Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import (
    select_by_topic_ids,
    select_subscription,
    subscriptions_of_chat,
    unreadable_topic_error,
)
from bot.models import Subscription
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.updates import load_text, save_text
from watchers import QuerySyntaxError, parse_query
from watchers.text.clean import clean_line

MAX_INVITATION_LENGTH: Final = 64

# The first character of an invitation: what the remaining ones contain.
_TEXT_PREFIX, _KEY_PREFIX = "t", "k"
_INVITATION: Final = regex.compile(r"[tk][A-Za-z0-9_-]{1,63}")
_MAX_BUTTONS: Final = 20


class ShareCommands:
    """The command that shares topics."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command(
                "share",
                self.share,
                "share a topic",
                "[TOPIC|N]",
                # The console has one chat.
                excluded_platforms=(CONSOLE_REF.platform,),
            ),
        )

    @property
    def actions(self) -> Mapping[str, Handler]:
        """Return the buttons for everyone."""
        return {"share_topic": self.share_topic}

    async def share(self, request: CommandRequest) -> list[Card]:
        """Return an invitation to one of the topics of the chat: ``/share [TOPIC|N]``."""
        _, subscriptions = await subscriptions_of_chat(self._database, request)
        if not subscriptions:
            return [make_card(line("You follow no topic yet: ", code("/subscribe sanctions")))]
        if request.argument:
            subscription = select_subscription(subscriptions, request.argument)
            return [await self._invitation_card(subscription)]
        if len(subscriptions) == 1:
            return [await self._invitation_card(subscriptions[0])]
        buttons = tuple(
            Button(subscription.label, Action("share_topic", str(subscription.topic_id)))
            for subscription in subscriptions[:_MAX_BUTTONS]
        )
        return [make_card("Share which one?", buttons=buttons, is_question=True)]

    async def share_topic(self, request: CommandRequest) -> list[Card]:
        """Return an invitation to the topic with the ID of a button."""
        _, subscriptions = await subscriptions_of_chat(self._database, request)
        subscription = select_by_topic_ids(subscriptions, request.argument)[0]
        return [await self._invitation_card(subscription)]

    async def resolve_invitation(self, invitation: str) -> str | None:
        """Return the topic of an invitation; ``None`` if it is not a valid invitation."""
        if not _INVITATION.fullmatch(invitation):
            return None
        prefix, content = invitation[0], invitation[1:]
        if prefix == _KEY_PREFIX:
            async with self._database.reading() as connection:
                return await load_text(connection, content)
        # The invitation has no padding, because "=" is not allowed in deep links.
        padding = "=" * (-len(content) % 4)
        try:
            return clean_line(urlsafe_b64decode(content + padding).decode()) or None
        except (binascii.Error, ValueError):
            return None

    async def _invitation_card(self, subscription: Subscription) -> Card:
        topic = _alias_free_topic(subscription)
        invitation = _TEXT_PREFIX + urlsafe_b64encode(topic.encode()).decode().rstrip("=")
        if len(invitation) > MAX_INVITATION_LENGTH:
            async with self._database.writing() as connection:
                key = await save_text(connection, topic, now=self._clock())
            invitation = _KEY_PREFIX + key
        return Card(
            (
                line("To follow ", strong(subscription.label), " in another chat, type"),
                line(code(f"/subscribe {topic}")),
            ),
            deep_link_payload=invitation,
        )


def _alias_free_topic(subscription: Subscription) -> str:
    """Return the topic as typed, or its canonical form if it contains aliases of the chat."""
    if subscription.query is None:
        raise unreadable_topic_error(subscription.label)
    try:
        has_same_meaning = parse_query(subscription.label) == subscription.query
    except QuerySyntaxError:
        # Without its aliases, the label may not even be a valid topic.
        has_same_meaning = False
    return subscription.label if has_same_meaning else str(subscription.query)
