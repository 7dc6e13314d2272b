"""``@bot sanctions`` in any chat: the newest stories that match, to be handed on."""

from __future__ import annotations

from typing import Final

from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
)

from bot.chats.telegram.markup import cut, visible
from bot.chats.telegram.render import render_card
from bot.conversation.conversation import Conversation
from bot.conversation.searching import Glance
from bot.model import Ref

_PAGE: Final = 20  # results at once; Telegram takes 50
_REMEMBERED: Final = 60  # seconds for which Telegram may answer the same itself
_TITLE, _ABOUT = 120, 120  # characters
_FARTHEST: Final = 200


async def answer_inline(query: InlineQuery, conversation: Conversation, here: Ref, by: str) -> None:
    """Answer one query."""
    skip = int(query.offset[:4]) if query.offset.isdecimal() else 0
    found = await conversation.glance(here, query.query, by, most=_PAGE, skip=min(skip, _FARTHEST))
    more = len(found) == _PAGE and skip + _PAGE <= _FARTHEST
    await query.answer(
        [_result(one) for one in found],
        cache_time=_REMEMBERED,
        is_personal=True,
        next_offset=str(skip + _PAGE) if more else "",
    )


def _result(found: Glance) -> InlineQueryResultArticle:
    payload = render_card(found.card)
    preview = payload["link_preview_options"]
    return InlineQueryResultArticle(
        id=found.key,
        title=cut(visible(found.title), _TITLE) or "…",
        description=cut(visible(found.about), _ABOUT),
        input_message_content=InputTextMessageContent(
            str(payload["text"]),
            parse_mode=str(payload["parse_mode"]),
            link_preview_options=LinkPreviewOptions(**preview)
            if isinstance(preview, dict)
            else None,
        ),
    )
