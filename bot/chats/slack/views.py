"""App Home and the modal for a new topic, as views. Pure, and within every limit.

App Home                         modal
  what the last button said        the topic, as it is typed
  [Add a topic] [When it comes]    what it would bring, alive
  a topic · counts · buttons       where its alerts go
  …            [Next page]
  what is watched, how it fares
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    ConversationFilter,
    ConversationSelectElement,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    PlainTextInputElement,
    PlainTextObject,
)
from slack_sdk.models.blocks.basic_components import DispatchActionConfig
from slack_sdk.models.views import View

from bot.chats.slack.incoming import TOPIC, WHERE, Memory
from bot.chats.slack.render import blocks_of
from bot.conversation.card import Card, dim, line, say
from bot.conversation.overview import WHEN, Page

NEW_TOPIC: Final = "new_topic"
"""The callback id of the modal, and of the shortcut that opens it."""

ADD, REFRESH, PAGE_TO, INVITE = "slack:add", "slack:refresh", "slack:page", "slack:invite"
"""Actions that are Slack's alone, and no verbs of the conversation."""

PAGE: Final = 15
"""Topics on a page of App Home: 100 blocks are a view's limit, and each takes three at most."""

LONGEST_TOPIC: Final = 1_000
"""Characters that the modal takes."""

_MOST: Final = 100  # blocks
_NOTICES: Final = 4  # cards
_TOPIC_SIZE: Final = 2_500  # characters of one topic's blocks
_NOTICE_SIZE: Final = 6_000
_PREVIEW_SIZE: Final = 6_000
_PREVIEW: Final = "preview"


def home_view(
    shown: Page, status: Sequence[Card], memory: Memory, notices: Sequence[Card] = ()
) -> dict[str, Any]:
    """App Home, at the page that ``memory`` names."""
    topics = shown.topics
    pages = max(1, -(-len(topics) // PAGE))
    page = min(memory.page, pages - 1)
    blocks: list[dict[str, Any]] = []
    for number, notice in enumerate(notices[:_NOTICES]):
        scope = f"n{number}"
        blocks += blocks_of(notice, scope=scope, most_blocks=5, most_characters=_NOTICE_SIZE)
    if notices:
        blocks.append(DividerBlock().to_dict())
    many = f"{len(topics):,} topic{'' if len(topics) == 1 else 's'}"
    blocks += _dicts(
        HeaderBlock(text=_plain(f"You follow {many}" if topics else "You follow no topic yet")),
        ActionsBlock(
            elements=[
                _button(ADD, "Add a topic", "primary"),
                _button(f"{WHEN}#0", "When it comes"),
                _button(REFRESH, "Refresh"),
            ]
        ),
    )
    if topics:
        blocks += blocks_of(shown.whole, scope="w", most_blocks=2, most_characters=_TOPIC_SIZE)
    if not topics:
        blocks += blocks_of(say(line(dim("Such as: sanctions, or “north korea” AND missile"))))
    for number, topic in enumerate(topics[page * PAGE : (page + 1) * PAGE]):
        scope = f"t{number}"
        blocks += blocks_of(topic, scope=scope, most_blocks=4, most_characters=_TOPIC_SIZE)
    if pages > 1:
        blocks += _dicts(_paging(page, pages))
    blocks.append(DividerBlock().to_dict())
    for number, card in enumerate(status[:2]):
        blocks += blocks_of(card, scope=f"s{number}", most_blocks=6, most_characters=_NOTICE_SIZE)
    view = View(type="home", blocks=blocks[:_MOST], private_metadata=str(Memory(memory.chat, page)))
    return view.to_dict()


def topic_modal(memory: Memory, preview: Card | None = None) -> dict[str, Any]:
    """The modal: what is typed stays in its fields when the preview changes."""
    blocks: list[Block | dict[str, Any]] = [
        InputBlock(
            block_id=TOPIC[0],
            label=_plain("What do you want to follow?"),
            element=PlainTextInputElement(
                action_id=TOPIC[1],
                placeholder=_plain('sanctions, or "north korea" AND missile -football'),
                max_length=LONGEST_TOPIC,
                focus_on_load=True,
                dispatch_action_config=DispatchActionConfig(
                    trigger_actions_on=["on_character_entered"]
                ),
            ),
            dispatch_action=True,
        )
    ]
    if preview is None:
        hint = _plain("Type, and see what it would bring.")
        blocks.append(ContextBlock(elements=[hint], block_id=_PREVIEW))
    else:
        silent = Card(preview.lines)
        blocks += blocks_of(silent, most_blocks=6, most_characters=_PREVIEW_SIZE)
    blocks.append(
        InputBlock(
            block_id=WHERE[0],
            label=_plain("Where do its alerts go?"),
            hint=_plain("Left empty: to your messages with Tocsin."),
            optional=True,
            element=ConversationSelectElement(
                action_id=WHERE[1],
                placeholder=_plain("A channel that Tocsin is in"),
                filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
            ),
        )
    )
    view = View(
        type="modal",
        callback_id=NEW_TOPIC,
        title=_plain("A new topic"),
        submit=_plain("Follow"),
        close=_plain("Cancel"),
        blocks=blocks,
        private_metadata=str(memory),
    )
    return view.to_dict()


def _paging(page: int, pages: int) -> Block:
    buttons: list[ButtonElement] = []
    if page > 0:
        buttons.append(_button(f"{PAGE_TO}:{page - 1}", "Previous page"))
    if page < pages - 1:
        buttons.append(_button(f"{PAGE_TO}:{page + 1}", "Next page"))
    return ActionsBlock(elements=list(buttons))


def _button(action: str, label: str, style: str | None = None) -> ButtonElement:
    return ButtonElement(text=_plain(label), action_id=action, style=style)


def _plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)


def _dicts(*blocks: Block) -> list[dict[str, Any]]:
    return [block.to_dict() for block in blocks]
