"""App Home, where users manage their topics, and its modals for new topics and schedules.

App Home opened ──► topics of the user's direct messages, status ──► views.publish
button          ──► conversation ──► the same page with the reply at the top
typing          ──► /preview ──► views.update    (debounced: only the last input counts)
submission      ──► /subscribe or setting changes ──► App Home, or the selected channel
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final, Protocol

import structlog

from bot.chats.slack.payloads import ButtonRequest, MessageRequest, ModalRequest, ViewState
from bot.chats.slack.replies import cannot_post_card
from bot.chats.slack.requests import RequestHandler
from bot.chats.slack.schedule_modal import ScheduleSubmission, schedule_modal
from bot.chats.slack.views import PAGE_ACTION, home_view, topic_modal
from bot.conversation.cards.card import Action, Card, make_card
from bot.conversation.cards.overview import OverviewPage, ScheduleFormValues
from bot.conversation.commands.feeds import is_link
from bot.conversation.commands.schedule import SETTING_ACTION
from bot.conversation.topics import read_query
from bot.errors import ChatUnreachable, DeliveryError, RateLimited, UserError
from bot.models import ChatRef
from bot.runtime.clock import Clock

PREVIEW_DEBOUNCE_SECONDS: Final = 0.3
"""The pause in typing after which the preview is updated."""

_MAX_MODALS_TYPING: Final = 1_000
_MAX_PUBLISH_DELAY_SECONDS: Final = 60.0
_MAX_FIELD_ERROR_CHARS: Final = 150

log = structlog.get_logger(__name__)


class SubscriptionOverview(Protocol):
    """The subscriptions of a chat and their schedules."""

    async def page(self, ref: ChatRef) -> OverviewPage:
        """Return all subscriptions of a chat."""

    async def schedule_form_values(self, ref: ChatRef, topic_id: int) -> ScheduleFormValues | None:
        """Return the schedule of a topic, or of the chat for 0; None if the topic is not followed."""


class AppHome:
    """App Home and its modals for the users of one workspace."""

    def __init__(
        self,
        requests: RequestHandler,
        subscriptions: SubscriptionOverview,
        clock: Clock,
        *,
        preview_debounce_seconds: float,
    ) -> None:
        self._requests = requests
        self._subscriptions = subscriptions
        self._clock = clock
        self._preview_debounce_seconds = preview_debounce_seconds
        # By modal: the last input that the preview does not show yet.
        self._pending_input: dict[str, ModalRequest] = {}
        # The modals whose preview is being made. A modal has one preview task at a time.
        self._previewing: set[str] = set()

    async def handle_opened(self, request: MessageRequest) -> None:
        """Show App Home to a user; the request's channel is the user's direct messages."""
        if await self._requests.claim_request(request.id):
            await self._publish(request.user, ViewState(chat=request.channel))

    async def handle_button(self, request: ButtonRequest) -> None:
        """Run the action of a button of the conversation and show the reply at the top."""
        chat = await self._chat_of(request.state, request.user)
        cards = await self._requests.run_action(chat, request.action, request.user)
        await self._publish(request.user, replace(request.state, chat=chat.chat), cards)

    async def show_page(self, request: ButtonRequest) -> None:
        """Show another page, or the same page with current data."""
        _, _, number = request.action.verb.removeprefix(PAGE_ACTION).rpartition(":")
        page = int(number) if number.isdecimal() else request.state.page
        await self._publish(request.user, replace(request.state, page=page))

    async def open_topic_modal(self, user: str, trigger_id: str, state: ViewState) -> None:
        """Open the modal for a new topic. The trigger expires after three seconds."""
        await self._open_modal(user, trigger_id, topic_modal(state))

    async def open_schedule_modal(self, request: ButtonRequest) -> None:
        """Open the modal for the schedule of a topic or of the chat."""
        topic_id = request.action.argument
        chat = await self._chat_of(request.state, request.user)
        schedule = await self._subscriptions.schedule_form_values(
            chat, int(topic_id) if topic_id.isdecimal() else 0
        )
        if schedule is None:
            notice = make_card("You no longer follow this topic.")
            await self._publish(request.user, request.state, [notice])
            return
        state = replace(request.state, chat=chat.chat)
        modal = schedule_modal(schedule, state, self._clock())
        await self._open_modal(request.user, request.trigger_id, modal)

    async def handle_schedule_submission(self, submission: ScheduleSubmission) -> None:
        """Apply the changes of the schedule modal."""
        state = ViewState(chat=submission.chat, page=submission.page)
        chat = await self._chat_of(state, submission.user)
        cards: list[Card] = []
        for change in submission.changes:
            action = Action(SETTING_ACTION, str(change))
            cards += await self._requests.run_action(chat, action, submission.user)
        await self._publish(submission.user, state, cards)

    async def handle_input(self, request: ModalRequest) -> None:
        """Update the preview of the modal once the user pauses typing."""
        # Modals that were closed while typing are never removed, so the number is limited.
        if len(self._pending_input) >= _MAX_MODALS_TYPING:
            self._pending_input.clear()
        self._pending_input[request.view_id] = request
        if request.view_id in self._previewing:
            # The running task below sees the new input.
            return
        self._previewing.add(request.view_id)
        try:
            while (latest := self._pending_input.get(request.view_id)) is not None:
                await asyncio.sleep(self._preview_debounce_seconds)
                if self._pending_input.get(request.view_id) is latest:
                    self._pending_input.pop(request.view_id)
                    await self._update_preview(latest)
        finally:
            self._previewing.discard(request.view_id)

    async def handle_topic_submission(self, request: ModalRequest) -> None:
        """Follow the topic of the modal and show the reply where the user opened the modal."""
        self._pending_input.pop(request.view_id, None)
        dm = await self._chat_of(request.state, request.user)
        chat = self._requests.channel_ref(request.channel) if request.channel else dm
        cards = await self._requests.run_command(chat, f"/subscribe {request.text}", request.user)
        if request.state.from_home:
            await self._publish(request.user, ViewState(chat=dm.chat), cards)
        else:
            for card in cards:
                await self._requests.reply_channel.reply(dm, card)
        if chat != dm:
            await self._announce_in_channel(chat, dm, request, cards)

    async def _announce_in_channel(
        self, channel: ChatRef, dm: ChatRef, request: ModalRequest, cards: Sequence[Card]
    ) -> None:
        """Announce the new topic in the selected channel; report a failure to the user."""
        try:
            await self._requests.responder.announce_change(
                cards, channel, request.user_name, strict=True
            )
        except ChatUnreachable as error:
            await self._requests.reply_channel.reply(dm, cannot_post_card(channel, error.reason))

    async def _update_preview(self, request: ModalRequest) -> None:
        if not request.text.strip():
            return
        chat = await self._chat_of(request.state, request.user)
        cards = await self._requests.run_command(chat, f"/preview {request.text}", request.user)
        if not cards or request.view_id in self._pending_input:
            # The preview is already outdated.
            return
        view = topic_modal(request.state, cards[0])
        adapter = self._requests.adapter
        try:
            await adapter.call(adapter.client.views_update(view_id=request.view_id, view=view))
        except DeliveryError as error:
            # The modal was closed, or Slack limits the rate of updates.
            log.debug("preview_not_updated", problem=error.reason)

    async def _publish(self, user: str, state: ViewState, notices: Sequence[Card] = ()) -> None:
        """Show App Home with current data and ``notices`` at the top."""
        chat = await self._chat_of(state, user)
        overview = await self._subscriptions.page(chat)
        status = await self._requests.run_command(chat, "/status", user)
        view = home_view(overview, status, replace(state, chat=chat.chat), notices)
        await self._publish_view(user, view)
        await self._requests.responder.send_files_to_dm(user, notices)

    async def _publish_view(self, user: str, view: dict[str, object]) -> None:
        """Publish App Home; wait once if Slack limits the rate."""
        adapter = self._requests.adapter
        try:
            await adapter.call(adapter.client.views_publish(user_id=user, view=view))
        except RateLimited as error:
            if error.seconds > _MAX_PUBLISH_DELAY_SECONDS:
                raise
            await asyncio.sleep(error.seconds)
            await adapter.call(adapter.client.views_publish(user_id=user, view=view))

    async def _open_modal(self, user: str, trigger_id: str, view: dict[str, object]) -> None:
        """Open a modal. A user whose permission to open it has expired gets a message."""
        adapter = self._requests.adapter
        try:
            await adapter.call(adapter.client.views_open(trigger_id=trigger_id, view=view))
        except DeliveryError as error:
            log.info("modal_not_opened", problem=error.reason)
            dm = await self._requests.users.open_dm(user)
            card = make_card("Slack did not open the form in time. Press the button again.")
            await self._requests.reply_channel.reply(dm, card)

    async def _chat_of(self, state: ViewState, user: str) -> ChatRef:
        """Return the user's direct messages with the bot, which App Home manages."""
        if state.chat.startswith("D"):
            return self._requests.channel_ref(state.chat)
        return await self._requests.users.open_dm(user)


def validate_topic(text: str) -> str:
    """Return the error text for the topic field, or "" if the topic is valid."""
    if not text.strip():
        return "Enter a topic."
    # A link is a feed to follow, which is checked after the submission.
    if is_link(text):
        return ""
    try:
        read_query(text)
    except UserError as error:
        return str(error)[:_MAX_FIELD_ERROR_CHARS]
    return ""
