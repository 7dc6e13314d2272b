"""The life of channels: what we are told before the next alert would find out."""

from __future__ import annotations

import re
from typing import Final

from bot.chats.adapter import Outlet
from bot.chats.slack.bodies import Body
from bot.chats.slack.chat import SlackChat
from bot.chats.slack.refusals import CHAT
from bot.model import Ref

_BACK: Final = frozenset({"channel_unarchive", "group_unarchive", "im_open"})
_GONE: Final = {
    "channel_archive": f"is_archived: {CHAT['is_archived']}",
    "group_archive": f"is_archived: {CHAT['is_archived']}",
    "channel_deleted": "channel_not_found: the channel was deleted",
    "group_deleted": "channel_not_found: the channel was deleted",
    "channel_left": f"not_in_channel: {CHAT['not_in_channel']}",
    "group_left": f"not_in_channel: {CHAT['not_in_channel']}",
}
_JOINED, _LEFT = "member_joined_channel", "member_left_channel"
_MOVED: Final = "channel_id_changed"

EVENTS: Final = re.compile(rf"^({'|'.join((*_BACK, *_GONE, _JOINED, _LEFT, _MOVED))})$")
"""The events that are about the life of a channel."""


async def happened(chat: SlackChat, outlet: Outlet, body: Body) -> None:
    """Let the chat be suspended, resumed or moved, once for each event."""
    event = body.get("event") or {}
    event_id, kind = str(body.get("event_id") or ""), str(event.get("type"))
    about_us = event.get("user") == chat.workspace.bot_user
    if kind in {_JOINED, _LEFT} and not about_us:
        return
    if event_id and not await outlet.first_time(event_id):
        return
    if kind == _MOVED:
        old, new = event.get("old_channel_id"), event.get("new_channel_id")
        if isinstance(old, str) and isinstance(new, str) and old and new:
            await outlet.moved(_ref(chat, old), _ref(chat, new))
        return
    channel = event.get("channel")
    if not isinstance(channel, str) or not channel:
        return
    if kind in _BACK or kind == _JOINED:
        await outlet.back(_ref(chat, channel))
    else:
        await outlet.gone(_ref(chat, channel), _GONE.get(kind, _GONE["channel_left"]))


def _ref(chat: SlackChat, channel: str) -> Ref:
    return Ref(chat.platform, chat.account, channel)
