"""Handle the events of channels that decide whether, or under which ID, a chat can be reached.

archived, deleted, left ──► suspend the chat        unarchived, joined ──► resume
new channel ID ──► migrate the chat

A chat is suspended when its event arrives, before the next alert fails for the same reason.
"""

from __future__ import annotations

import re
from typing import Final

from bot.chats.adapter import ReplyChannel
from bot.chats.slack.adapter import SlackAdapter
from bot.chats.slack.errors import CHANNEL_ERRORS
from bot.chats.slack.payloads import Payload
from bot.models import ChatRef

_RESTORED_EVENTS: Final = frozenset({"channel_unarchive", "group_unarchive", "im_open"})
_UNREACHABLE_EVENTS: Final = {
    "channel_archive": f"is_archived: {CHANNEL_ERRORS['is_archived']}",
    "group_archive": f"is_archived: {CHANNEL_ERRORS['is_archived']}",
    "channel_deleted": "channel_not_found: the channel was deleted",
    "group_deleted": "channel_not_found: the channel was deleted",
    "channel_left": f"not_in_channel: {CHANNEL_ERRORS['not_in_channel']}",
    "group_left": f"not_in_channel: {CHANNEL_ERRORS['not_in_channel']}",
}
_MEMBER_JOINED, _MEMBER_LEFT = "member_joined_channel", "member_left_channel"
_ID_CHANGED: Final = "channel_id_changed"
_CHANNEL_EVENT_NAMES: Final = (
    *_RESTORED_EVENTS,
    *_UNREACHABLE_EVENTS,
    _MEMBER_JOINED,
    _MEMBER_LEFT,
    _ID_CHANGED,
)

CHANNEL_EVENTS: Final = re.compile(rf"^({'|'.join(_CHANNEL_EVENT_NAMES)})$")
"""The events that change whether, or under which ID, a channel can be reached."""


async def handle_channel_event(
    adapter: SlackAdapter, reply_channel: ReplyChannel, body: Payload
) -> None:
    """Suspend, resume or migrate the chat of a channel event."""
    event = body.get("event") or {}
    event_type = str(event.get("type"))
    is_about_bot = event.get("user") == adapter.workspace.bot_user
    # The same events report that other members join or leave.
    if event_type in {_MEMBER_JOINED, _MEMBER_LEFT} and not is_about_bot:
        return
    # Slack delivers an event again if the acknowledgement was late (docs.slack.dev, Events API).
    if event_type == _ID_CHANGED:
        old, new = event.get("old_channel_id"), event.get("new_channel_id")
        if isinstance(old, str) and isinstance(new, str) and old and new:
            await reply_channel.chat_migrated(
                _channel_ref(adapter, old), _channel_ref(adapter, new), keeps_messages=True
            )
        return
    channel = event.get("channel")
    if not isinstance(channel, str) or not channel:
        return
    chat = _channel_ref(adapter, channel)
    if event_type in _RESTORED_EVENTS or event_type == _MEMBER_JOINED:
        await reply_channel.chat_restored(chat)
    else:
        # The member_left_channel event has the same meaning for the bot as channel_left.
        reason = _UNREACHABLE_EVENTS.get(event_type, _UNREACHABLE_EVENTS["channel_left"])
        await reply_channel.chat_unreachable(chat, reason)


def _channel_ref(adapter: SlackAdapter, channel: str) -> ChatRef:
    return ChatRef(adapter.platform, adapter.account, channel)
