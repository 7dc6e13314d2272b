"""One workspace on Slack as a chat platform: one try each, and the error that says how it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.chats.adapter import (
    ORDINARY,
    Capabilities,
    Outlet,
    Pace,
    Payload,
    SendOptions,
    Sent,
    Window,
)
from bot.chats.slack.refusals import TROUBLE, refusal
from bot.chats.slack.render import render_card
from bot.chats.slack.workspace import Workspace
from bot.conversation.card import Card
from bot.errors import Gone, InDoubt
from bot.model import Ref

PLATFORM: Final = "slack"

_EVENT: Final = "tocsin_alert"  # the type of the metadata that a message carries
_PAGE: Final = 100  # messages of a history that are looked through


class Door(Protocol):
    """How people come in; a workspace without one of its own is served by the web server."""

    async def listen(self, stop: asyncio.Event) -> None:
        """Let them in until ``stop``."""


class SlackChat:
    """Sends to the channels and people of one workspace."""

    platform = PLATFORM
    pace = Pace(windows=(Window(300, 60),))

    def __init__(
        self, workspace: Workspace, client: AsyncWebClient, door: Door | None = None
    ) -> None:
        self.workspace = workspace
        self.client = client
        self._door = door

    def __repr__(self) -> str:
        return f"SlackChat({self.account!r})"

    @property
    def account(self) -> str:
        """The workspace's id, or the organisation's."""
        return self.workspace.account

    @property
    def capabilities(self) -> Capabilities:
        """`find` needs a permission that not everybody gives."""
        return Capabilities(
            edits=True, threads=True, private_replies=True, finds=self.workspace.reads_history
        )

    def rates(self, _to: Ref) -> tuple[Window, ...]:
        """One message a second in a channel."""
        return (Window(1, 1),)

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        """The card as arguments of chat.postMessage."""
        return render_card(card, plain=plain)

    def renew(self, workspace: Workspace) -> None:
        """Use a new token, and new permissions, from the next call on."""
        self.workspace = workspace
        self.client.token = workspace.token

    async def send(self, to: Ref, payload: Payload, options: SendOptions = ORDINARY) -> Sent:
        """Post once; for one person alone if the options say so."""
        given: dict[str, Any] = dict(payload)
        thread = options.reply_to or to.thread
        if thread:
            given["thread_ts"] = thread
        if options.only_for:
            answer = await self.once(
                self.client.chat_postEphemeral(
                    channel=to.chat, user=options.only_for, **_heard(given)
                )
            )
            return Sent(to, _word(answer, "message_ts"))
        if thread and options.broadcast:
            given["reply_broadcast"] = True
        if options.key:
            given["metadata"] = {"event_type": _EVENT, "event_payload": {"key": options.key}}
        answer = await self.once(self.client.chat_postMessage(channel=to.chat, **given))
        return Sent(to, _word(answer, "ts"))

    async def edit(self, message: Sent, payload: Payload) -> None:
        """Put something else in a message's place, once."""
        given: dict[str, Any] = {
            name: value for name, value in payload.items() if not name.startswith("unfurl")
        }
        given.setdefault("blocks", [])  # text alone takes the place of blocks, too
        await self.once(
            self.client.chat_update(channel=message.ref.chat, ts=message.message_id, **given)
        )

    async def find(self, to: Ref, key: str, since: datetime) -> Sent | None:
        """The message that carries ``key``, among the newest of the channel."""
        answer = await self.once(
            self.client.conversations_history(
                channel=to.chat,
                oldest=f"{since.timestamp() - 1:.6f}",
                limit=_PAGE,
                include_all_metadata=True,
            )
        )
        messages: list[Mapping[str, Any]] = answer.get("messages") or []
        for message in messages:
            if _key_of(message) == key:
                return Sent(to, str(message["ts"]))
        return None

    async def is_admin(self, chat: Ref, user: str) -> bool:
        """Whether it is the person's own chat, an admin or owner, or who made the channel."""
        if chat.chat.startswith("D"):
            return True
        person = (await self.once(self.client.users_info(user=user))).get("user") or {}
        ranks = ("is_admin", "is_owner", "is_primary_owner")
        if self._is_ours(person) and any(person.get(rank) for rank in ranks):
            return True
        try:
            channel = await self.channel(chat.chat)
        except Gone:  # a private channel without us
            return False
        return bool(user) and channel.get("creator") == user

    def _is_ours(self, person: Mapping[str, Any]) -> bool:
        """Whether it is somebody of this workspace: in a shared channel there are admins of others."""
        if person.get("is_stranger"):
            return False
        team = person.get("team_id")
        organisation = (person.get("enterprise_user") or {}).get("enterprise_id")
        return not team or self.account in {team, organisation}

    async def channel(self, channel: str) -> Mapping[str, Any]:
        """What Slack tells of a channel.

        Raises:
            DeliveryError: it does not tell; Gone where it is not for us to know.
        """
        answer = await self.once(self.client.conversations_info(channel=channel))
        found: Mapping[str, Any] = answer.get("channel") or {}
        return found

    async def once(self, calling: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        """The answer to one call of the Web API.

        Raises:
            DeliveryError: how it ended otherwise.
        """
        try:
            return await calling
        except TROUBLE as error:
            # Without its cause: that one holds the request, and with it the token.
            raise refusal(error) from None

    async def run(self, _outlet: Outlet, stop: asyncio.Event) -> None:
        """Listen, where this workspace has a door of its own."""
        if self._door is not None:
            await self._door.listen(stop)
        else:
            await stop.wait()


def _heard(payload: Mapping[str, Any]) -> dict[str, Any]:
    """What an ephemeral message takes of it."""
    return {name: value for name, value in payload.items() if name in _EPHEMERAL}


_EPHEMERAL: Final = frozenset({"text", "blocks", "parse", "thread_ts", "link_names"})


def _word(answer: AsyncSlackResponse, name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise InDoubt(f"Slack's answer names no {name}")
    return value


def _key_of(message: Mapping[str, Any]) -> object:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != _EVENT:
        return None
    return (metadata.get("event_payload") or {}).get("key")
