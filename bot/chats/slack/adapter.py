"""One Slack workspace: the chat adapter and the cached data of users.

Each call of the adapter makes one attempt and raises a delivery error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.chats.adapter import (
    DEFAULT_OPTIONS,
    AccountRateLimit,
    Capabilities,
    Payload,
    RateLimit,
    ReplyChannel,
    SendOptions,
    SentMessage,
)
from bot.chats.slack.errors import ACCOUNT_ERRORS, SDK_ERRORS, delivery_error_from
from bot.chats.slack.render import render_card
from bot.chats.slack.workspace import Workspace, identify
from bot.conversation.cards.card import Card
from bot.errors import (
    ChatUnreachable,
    DeliveryError,
    DeliveryUnknown,
    ErrorScope,
    TransientDeliveryError,
)
from bot.models import ChatRef

PLATFORM: Final = "slack"

# The type of the metadata in which a message carries its idempotency key.
_METADATA_EVENT_TYPE: Final = "tocsin_alert"
_MAX_HISTORY_MESSAGES: Final = 100
_PROBE_TIMEOUT_SECONDS: Final = 10.0
_POST_SCOPE: Final = "chat:write"
_MAX_CACHED_USERS: Final = 10_000
_ADMIN_FLAGS: Final = ("is_admin", "is_owner", "is_primary_owner")
# chat.postEphemeral rejects other arguments of chat.postMessage.
_EPHEMERAL_ARGUMENTS: Final = frozenset({"text", "blocks", "parse", "thread_ts", "link_names"})

log = structlog.get_logger(__name__)


class EventTransport(Protocol):
    """A connection that brings a workspace's events. Without one, events arrive at the web server."""

    async def listen(self, stop: asyncio.Event) -> None:
        """Receive events until ``stop`` is set."""


class SlackAdapter:
    """Sends to the channels and users of one workspace."""

    platform = PLATFORM
    # Slack publishes “several hundred messages per minute” for a workspace (docs.slack.dev, rate
    # limits).
    account_rate_limit = AccountRateLimit(windows=(RateLimit(300, 60),))

    def __init__(
        self,
        workspace: Workspace,
        client: AsyncWebClient,
        transport: EventTransport | None = None,
    ) -> None:
        self.workspace = workspace
        self.client = client
        self._transport = transport
        self.on_listen: Callable[[asyncio.Event], Awaitable[None]] | None = None

    def __repr__(self) -> str:
        return f"SlackAdapter({self.account!r})"

    @property
    def account(self) -> str:
        """The ID of the workspace or organisation."""
        return self.workspace.account

    @property
    def capabilities(self) -> Capabilities:
        """The features of Slack. A history search needs permissions that are optional."""
        return Capabilities(
            can_edit=True,
            threads=True,
            private_replies=True,
            history_search=self.workspace.can_read_history,
        )

    def chat_rate_limits(self, _to: ChatRef) -> tuple[RateLimit, ...]:
        """Return Slack's limit of one message per second and channel."""
        return (RateLimit(1, 1),)

    def render(self, card: Card, *, plain: bool = False) -> Payload:
        """Return the card as arguments of chat.postMessage."""
        return render_card(card, plain=plain)

    def set_token(self, workspace: Workspace) -> None:
        """Use the token and permissions of ``workspace`` from the next call on."""
        self.workspace = workspace
        self.client.token = workspace.token

    async def send(
        self, to: ChatRef, payload: Payload, options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        """Post a message, visible only to one user if ``options`` name one."""
        arguments: dict[str, Any] = dict(payload)
        thread = options.reply_to or to.thread
        if thread:
            arguments["thread_ts"] = thread
        if options.ephemeral_for:
            response = await self.call(
                self.client.chat_postEphemeral(
                    channel=to.chat,
                    user=options.ephemeral_for,
                    **_only_ephemeral_arguments(arguments),
                )
            )
            return SentMessage(to, _required_field(response, "message_ts"))
        # The argument has a meaning only together with thread_ts.
        if thread and options.broadcast:
            arguments["reply_broadcast"] = True
        if options.idempotency_key:
            arguments["metadata"] = {
                "event_type": _METADATA_EVENT_TYPE,
                "event_payload": {"key": options.idempotency_key},
            }
        response = await self.call(self.client.chat_postMessage(channel=to.chat, **arguments))
        return SentMessage(to, _required_field(response, "ts"))

    async def edit(self, message: SentMessage, payload: Payload) -> None:
        """Replace the content of a message."""
        # chat.update does not accept the options for link previews.
        arguments: dict[str, Any] = {
            name: value for name, value in payload.items() if not name.startswith("unfurl")
        }
        # Without empty blocks, a plain text would leave the old blocks in place.
        arguments.setdefault("blocks", [])
        await self.call(
            self.client.chat_update(channel=message.ref.chat, ts=message.message_id, **arguments)
        )

    async def find_sent(self, to: ChatRef, key: str, since: datetime) -> SentMessage | None:
        """Return the message with the idempotency key ``key`` from the newest messages, if any."""
        response = await self.call(
            self.client.conversations_history(
                channel=to.chat,
                # The clock of Slack and the local clock may differ.
                oldest=f"{since.timestamp() - 1:.6f}",
                limit=_MAX_HISTORY_MESSAGES,
                include_all_metadata=True,
            )
        )
        messages: list[Mapping[str, Any]] = response.get("messages") or []
        for message in messages:
            if _idempotency_key(message) == key:
                return SentMessage(to, str(message["ts"]))
        return None

    async def probe(self) -> None:
        """Call auth.test, and check that the token may post messages.

        Raises:
            DeliveryError: Slack does not answer, or refuses the account.
        """
        try:
            async with asyncio.timeout(_PROBE_TIMEOUT_SECONDS):
                workspace = await identify(self.client)
        except TimeoutError:
            raise TransientDeliveryError("Slack does not answer in time") from None
        if workspace.missing_scopes([_POST_SCOPE]):
            reason = f"missing_scope: {ACCOUNT_ERRORS['missing_scope']} (it needs {_POST_SCOPE})"
            raise ChatUnreachable(reason, ErrorScope.ACCOUNT)

    async def is_admin(self, chat: ChatRef, user: str) -> bool:
        """Return True if the user may change the settings of the chat.

        That is a user in their own direct messages, an admin or owner of the workspace, or the
        creator of the channel.
        """
        # A direct message has one user, who decides about it.
        if chat.chat.startswith("D"):
            return True
        person = (await self.call(self.client.users_info(user=user))).get("user") or {}
        is_admin = any(person.get(flag) for flag in _ADMIN_FLAGS)
        if is_admin and self._is_workspace_member(person):
            return True
        try:
            channel = await self._channel_info(chat.chat)
        except ChatUnreachable:
            # A private channel that the bot is not a member of.
            return False
        return bool(user) and channel.get("creator") == user

    def _is_workspace_member(self, person: Mapping[str, Any]) -> bool:
        """Return True if the user belongs to this workspace.

        A channel that is shared with another workspace also has the admins of that workspace.
        """
        if person.get("is_stranger"):
            return False
        team = person.get("team_id")
        organisation = (person.get("enterprise_user") or {}).get("enterprise_id")
        return not team or self.account in {team, organisation}

    async def _channel_info(self, channel: str) -> Mapping[str, Any]:
        response = await self.call(self.client.conversations_info(channel=channel))
        info: Mapping[str, Any] = response.get("channel") or {}
        return info

    async def call(self, request: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
        """Return the response to one call of the Web API.

        Raises:
            DeliveryError: the call failed.
        """
        try:
            return await request
        except SDK_ERRORS as error:
            # The cause is dropped because it contains the request with the token.
            raise delivery_error_from(error) from None

    async def listen(self, _reply_channel: ReplyChannel, stop: asyncio.Event) -> None:
        """Receive events until ``stop`` is set, if this workspace has a transport of its own.

        `on_listen` runs meanwhile: this process has the lease of the workspace.
        """
        listen_task = asyncio.ensure_future(self.on_listen(stop)) if self.on_listen else None
        try:
            if self._transport is not None:
                await self._transport.listen(stop)
            else:
                await stop.wait()
        finally:
            if listen_task is not None:
                await listen_task


def _only_ephemeral_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name in _EPHEMERAL_ARGUMENTS}


def _required_field(response: AsyncSlackResponse, name: str) -> str:
    value = response.get(name)
    if not isinstance(value, str) or not value:
        raise DeliveryUnknown(f"Slack's response has no {name}")
    return value


def _idempotency_key(message: Mapping[str, Any]) -> object:
    metadata = message.get("metadata") or {}
    if metadata.get("event_type") != _METADATA_EVENT_TYPE:
        return None
    return (metadata.get("event_payload") or {}).get("key")


# ── users ────────────────────────────────────────────────────────────────────────────────────────


class UserDirectory:
    """The direct messages and the time zones of the users, cached."""

    def __init__(self, adapter: SlackAdapter) -> None:
        self._adapter = adapter
        self._dm_channels: dict[str, str] = {}
        self._timezones: dict[str, str] = {}

    def remember_dm(self, user: str, channel: str) -> None:
        """Cache the channel of a user's direct messages with the bot."""
        _add_to_cache(self._dm_channels, user, channel)

    async def open_dm(self, user: str) -> ChatRef:
        """Return the chat of a user's direct messages with the bot.

        Raises:
            DeliveryError: Slack does not open it.
        """
        channel = self._dm_channels.get(user)
        if channel is None:
            response = await self._adapter.call(self._adapter.client.conversations_open(users=user))
            channel = str((response.get("channel") or {}).get("id") or "")
            if not channel:
                raise ChatUnreachable("Slack does not open direct messages with this user")
            _add_to_cache(self._dm_channels, user, channel)
        return ChatRef(self._adapter.platform, self._adapter.account, channel)

    async def timezone(self, user: str) -> str:
        """Return the IANA time zone in the user's profile, or "" if it is unknown."""
        timezone = self._timezones.get(user)
        if timezone is None:
            try:
                response = await self._adapter.call(self._adapter.client.users_info(user=user))
            except DeliveryError as error:
                # Not cached, so that the next command tries again.
                log.info("timezone_unknown", problem=error.reason)
                return ""
            profile: Mapping[str, Any] = response.get("user") or {}
            value = profile.get("tz")
            timezone = value if isinstance(value, str) else ""
            _add_to_cache(self._timezones, user, timezone)
        return timezone


def _add_to_cache(cache: dict[str, str], user: str, value: str) -> None:
    # Entries are cheap to load again, so a full cache is emptied instead of tracking its use.
    if len(cache) >= _MAX_CACHED_USERS:
        cache.clear()
    cache[user] = value
