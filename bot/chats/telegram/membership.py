"""What became of the bot in a chat: it is there and may speak, or it is not, and why. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from telegram import (
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
)

_OUT: Final = {ChatMember.LEFT, ChatMember.BANNED}


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether the bot can speak in a chat; ``reason`` if it cannot; ``is_new`` if it just came."""

    reason: str = ""
    is_new: bool = False


def standing(update: ChatMemberUpdated) -> Standing:
    """How the bot stands in a chat after ``update``."""
    now, before, kind = update.new_chat_member, update.old_chat_member, update.chat.type
    if kind == Chat.PRIVATE:
        return Standing("bot was blocked by the user" if now.status in _OUT else "")
    if now.status == ChatMember.BANNED:
        return Standing(f"bot was kicked from the {kind} chat")
    if now.status == ChatMember.LEFT:
        return Standing(f"bot is not a member of the {kind} chat")
    if isinstance(now, ChatMemberRestricted) and not (now.is_member and now.can_send_messages):
        return Standing("have no rights to send a message")
    posts = isinstance(now, ChatMemberAdministrator) and now.can_post_messages
    if kind == Chat.CHANNEL and not posts:
        return Standing("need administrator rights in the channel chat")
    return Standing(is_new=before.status in _OUT)
