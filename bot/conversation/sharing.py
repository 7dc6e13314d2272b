"""A topic on its way to somebody else: /share makes an invitation, /start takes it.

    /share 1 ──► "tc2FuY3Rpb25z" ──► a link of the platform ──► /start tc2FuY3Rpb25z ──► "Follow sanctions?"

An invitation is at most 64 characters of A-Za-z0-9_-, as Telegram's links demand: a short topic is in
it, a long one is kept here and named by a key.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

import regex

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, code, line, say, strong
from bot.conversation.commands import Answer, Command
from bot.conversation.followed import by_ids, followed_by, pick
from bot.conversation.queries import unreadable
from bot.conversation.request import Request
from bot.model import Subscription
from bot.store import Database
from bot.store.kept import keep_text, kept_text
from watchers import QuerySyntaxError, parse_query
from watchers.text.clean import clean_line

LONGEST: Final = 64
"""Characters of an invitation."""

_TEXT, _KEY = "t", "k"  # what the rest of it is
_INVITATION: Final = regex.compile(r"[tk][A-Za-z0-9_-]{1,63}")
_MOST_BUTTONS: Final = 20


class Sharing:
    """The use cases around handing topics on."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> tuple[Command, ...]:
        """What people type."""
        return (Command("share", self.share, "hand a topic on", "[TOPIC|N]"),)

    @property
    def actions(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {"share_topic": self.share_topic}

    async def share(self, request: Request) -> list[Card]:
        """A link that offers one of the chat's topics to whoever opens it: ``/share [TOPIC|N]``."""
        _, followed = await followed_by(self._database, request)
        if not followed:
            return [say(line("You follow no topic yet: ", code("/subscribe sanctions")))]
        if request.argument:
            return [await self._shared(pick(followed, request.argument))]
        if len(followed) == 1:
            return [await self._shared(followed[0])]
        buttons = tuple(
            Button(one.label, Action("share_topic", str(one.topic_id)))
            for one in followed[:_MOST_BUTTONS]
        )
        return [say("Share which one?", buttons=buttons, asks=True)]

    async def share_topic(self, request: Request) -> list[Card]:
        """The answer to "Share which one?"."""
        _, followed = await followed_by(self._database, request)
        return [await self._shared(by_ids(followed, request.argument)[0])]

    async def invited_to(self, invitation: str) -> str | None:
        """The topic that an invitation is about; ``None`` if it is none of ours."""
        if not _INVITATION.fullmatch(invitation):
            return None
        if invitation[0] == _KEY:
            async with self._database.reading() as connection:
                return await kept_text(connection, invitation[1:])
        padded = invitation[1:] + "=" * (-len(invitation[1:]) % 4)
        try:
            return clean_line(urlsafe_b64decode(padded).decode()) or None
        except (binascii.Error, ValueError):
            return None

    async def _shared(self, one: Subscription) -> Card:
        topic = _understood_anywhere(one)
        invitation = _TEXT + urlsafe_b64encode(topic.encode()).decode().rstrip("=")
        if len(invitation) > LONGEST:
            async with self._database.writing() as connection:
                invitation = _KEY + await keep_text(connection, topic, now=self._clock())
        return Card(
            (
                line("Whoever wants to follow ", strong(one.label), " too may type"),
                line(code(f"/subscribe {topic}")),
            ),
            invitation=invitation,
        )


def _understood_anywhere(one: Subscription) -> str:
    """The topic as it was typed, unless it needs the chat's own words to be understood."""
    if one.query is None:
        raise unreadable(one.label)
    try:
        same = parse_query(one.label) == one.query
    except QuerySyntaxError:
        same = False
    return one.label if same else str(one.query)
