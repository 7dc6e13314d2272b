"""Where something was said: a chat of Telegram, and the topic of a forum, as a Ref. Pure."""

from __future__ import annotations

from typing import Final

from telegram import Chat, ChatFullInfo, Message

from bot.model import Ref

PLATFORM: Final = "telegram"
"""The name in `Ref.platform`."""


def ref_of(account: str, chat: Chat | ChatFullInfo, message: Message | None = None) -> Ref:
    """The address of ``chat``, or of the forum topic that ``message`` stands in.

    Elsewhere a message can name a thread, too: that of the message it answers.
    """
    thread = ""
    if message is not None and message.is_topic_message and message.message_thread_id:
        thread = str(message.message_thread_id)
    return Ref(PLATFORM, account, str(chat.id), thread)
