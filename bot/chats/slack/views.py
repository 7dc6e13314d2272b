"""Build the views of App Home and of the modal for a new topic. Pure, and within Slack's limits.

App Home                              modal
  result of the last action             topic
  [Add a topic] [Schedule] [Refresh]    preview of its matches
  a topic · counts · buttons            channel for its alerts
  …            [Next page]
  status of the sources
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
)
from slack_sdk.models.blocks.basic_components import DispatchActionConfig
from slack_sdk.models.views import View

from bot.chats.slack.payloads import CHANNEL_INPUT, TOPIC_INPUT, ViewState
from bot.chats.slack.render import card_blocks, plain_text
from bot.conversation.cards.card import Card, dim, line, make_card
from bot.conversation.cards.overview import SCHEDULE_ACTION, OverviewPage

NEW_TOPIC: Final = "new_topic"
"""The callback ID of the modal, and of the shortcut that opens it."""

# Actions that exist on Slack only. All other action IDs are verbs of the conversation.
ADD_ACTION: Final = "slack:add"
REFRESH_ACTION: Final = "slack:refresh"
PAGE_ACTION: Final = "slack:page"
INVITE_ACTION: Final = "slack:invite"

TOPICS_PER_PAGE: Final = 15
"""Topics on one page of App Home. A view takes 100 blocks, and a topic needs up to three."""

MAX_TOPIC_CHARS: Final = 1_000
"""The limit for the topic in the modal."""

_MAX_VIEW_BLOCKS: Final = 100
_MAX_NOTICES: Final = 4
_MAX_STATUS_CARDS: Final = 2
_MAX_TOPIC_BLOCKS_CHARS: Final = 2_500
_MAX_NOTICE_CHARS: Final = 6_000
_MAX_PREVIEW_CHARS: Final = 6_000
_PREVIEW_BLOCK_ID: Final = "preview"


def home_view(
    overview: OverviewPage, status: Sequence[Card], state: ViewState, notices: Sequence[Card] = ()
) -> dict[str, Any]:
    """Return App Home at the page that ``state`` names, with ``notices`` at the top."""
    topics = overview.topics
    # Round up without floats.
    page_count = max(1, -(-len(topics) // TOPICS_PER_PAGE))
    # Topics may have been removed since the page was shown.
    page = min(state.page, page_count - 1)
    blocks: list[dict[str, Any]] = []
    for number, notice in enumerate(notices[:_MAX_NOTICES]):
        blocks += card_blocks(notice, scope=f"n{number}", max_blocks=5, max_chars=_MAX_NOTICE_CHARS)
    if notices:
        blocks.append(DividerBlock().to_dict())
    blocks += _to_dicts(HeaderBlock(text=plain_text(_title(len(topics)))), _home_buttons())
    if topics:
        blocks += card_blocks(
            overview.chat, scope="w", max_blocks=2, max_chars=_MAX_TOPIC_BLOCKS_CHARS
        )
    else:
        example = line(dim("For example: sanctions, or “north korea” AND missile"))
        blocks += card_blocks(make_card(example))
    first = page * TOPICS_PER_PAGE
    for number, topic in enumerate(topics[first : first + TOPICS_PER_PAGE]):
        blocks += card_blocks(
            topic, scope=f"t{number}", max_blocks=4, max_chars=_MAX_TOPIC_BLOCKS_CHARS
        )
    if page_count > 1:
        blocks += _to_dicts(_page_buttons(page, page_count))
    blocks.append(DividerBlock().to_dict())
    for number, card in enumerate(status[:_MAX_STATUS_CARDS]):
        blocks += card_blocks(card, scope=f"s{number}", max_blocks=6, max_chars=_MAX_NOTICE_CHARS)
    view = View(
        type="home",
        blocks=blocks[:_MAX_VIEW_BLOCKS],
        private_metadata=str(ViewState(state.chat, page)),
    )
    return view.to_dict()


def topic_modal(state: ViewState, preview: Card | None = None) -> dict[str, Any]:
    """Return the modal for a new topic. Slack keeps the input when the preview changes."""
    blocks: list[Block | dict[str, Any]] = [_topic_input()]
    if preview is None:
        hint = plain_text("Type a topic to see its matches.")
        blocks.append(ContextBlock(elements=[hint], block_id=_PREVIEW_BLOCK_ID))
    else:
        # Buttons of the conversation do not work in a modal.
        without_buttons = Card(preview.lines)
        blocks += card_blocks(without_buttons, max_blocks=6, max_chars=_MAX_PREVIEW_CHARS)
    blocks.append(_channel_input())
    view = View(
        type="modal",
        callback_id=NEW_TOPIC,
        title=plain_text("New topic"),
        submit=plain_text("Follow"),
        close=plain_text("Cancel"),
        blocks=blocks,
        private_metadata=str(state),
    )
    return view.to_dict()


def _title(topic_count: int) -> str:
    if not topic_count:
        return "You follow no topics yet"
    return f"You follow {topic_count:,} topic{'' if topic_count == 1 else 's'}"


def _home_buttons() -> Block:
    return ActionsBlock(
        elements=[
            _button(ADD_ACTION, "Add a topic", "primary"),
            _button(f"{SCHEDULE_ACTION}#0", "Schedule"),
            _button(REFRESH_ACTION, "Refresh"),
        ]
    )


def _page_buttons(page: int, page_count: int) -> Block:
    buttons: list[ButtonElement] = []
    if page > 0:
        buttons.append(_button(f"{PAGE_ACTION}:{page - 1}", "Previous page"))
    if page < page_count - 1:
        buttons.append(_button(f"{PAGE_ACTION}:{page + 1}", "Next page"))
    return ActionsBlock(elements=list(buttons))


def _topic_input() -> Block:
    block_id, action_id = TOPIC_INPUT
    return InputBlock(
        block_id=block_id,
        label=plain_text("Which topic do you want to follow?"),
        element=PlainTextInputElement(
            action_id=action_id,
            placeholder=plain_text('sanctions, or "north korea" AND missile -football'),
            max_length=MAX_TOPIC_CHARS,
            focus_on_load=True,
            # Slack reports every character, so that the preview follows the input.
            dispatch_action_config=DispatchActionConfig(
                trigger_actions_on=["on_character_entered"]
            ),
        ),
        dispatch_action=True,
    )


def _channel_input() -> Block:
    block_id, action_id = CHANNEL_INPUT
    return InputBlock(
        block_id=block_id,
        label=plain_text("Which channel receives the alerts?"),
        hint=plain_text("Leave this empty to receive alerts in your messages with Tocsin."),
        optional=True,
        element=ConversationSelectElement(
            action_id=action_id,
            placeholder=plain_text("A channel with Tocsin as a member"),
            filter=ConversationFilter(include=["public", "private"], exclude_bot_users=True),
        ),
    )


def _button(action_id: str, label: str, style: str | None = None) -> ButtonElement:
    return ButtonElement(text=plain_text(label), action_id=action_id, style=style)


def _to_dicts(*blocks: Block) -> list[dict[str, Any]]:
    return [block.to_dict() for block in blocks]
