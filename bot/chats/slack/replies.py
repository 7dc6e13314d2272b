"""Send replies to the users of one workspace.

slash command, shortcut ─► ephemeral: only the user sees it; changes are announced in the channel
mention, message        ─► in the channel or its thread, for all members
button                  ─► a question is replaced; any other button gets an ephemeral reply

If the reply takes long, a progress notice is sent first. The reply replaces the notice where Slack can
edit it, which excludes ephemeral messages that came with a command.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import structlog

from bot.chats.adapter import ReplyChannel, SendOptions, SentMessage
from bot.chats.slack.adapter import UserDirectory
from bot.chats.slack.files import Uploads
from bot.chats.slack.payloads import ButtonRequest, MessageRequest
from bot.chats.slack.response_urls import ResponseUrlClient
from bot.chats.slack.views import INVITE_ACTION
from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    File,
    Image,
    TextSpan,
    dim,
    line,
    make_card,
    strong,
)
from bot.errors import ChatUnreachable, DeliveryError
from bot.models import ChatRef

PROGRESS_NOTICE_AFTER_SECONDS: Final = 1.5
"""The time that a reply may take before a progress notice is sent."""

PROGRESS_NOTICE: Final = make_card(line(dim("Working on it …")))

log = structlog.get_logger(__name__)


# ── progress notices ─────────────────────────────────────────────────────────────────────────────


@dataclass
class ProgressNotice:
    """A notice that is sent if the reply takes long.

    Attributes:
        is_due: the delay is over, so the notice is being sent or was sent.
        message: the sent notice, if the reply can replace it.
    """

    is_due: bool = False
    message: SentMessage | None = None


SendNotice = Callable[[], Awaitable[SentMessage | None]]
"""Sends a progress notice. Returns the message if the reply can replace it."""


@asynccontextmanager
async def _notice_after(delay_seconds: float, send: SendNotice) -> AsyncIterator[ProgressNotice]:
    """Send a progress notice if the body of the ``async with`` block runs for ``delay_seconds``."""
    notice = ProgressNotice()

    async def send_when_due() -> None:
        await asyncio.sleep(delay_seconds)
        notice.is_due = True
        try:
            notice.message = await send()
        except DeliveryError as error:
            log.warning("progress_notice_failed", problem=error.reason)

    timer = asyncio.ensure_future(send_when_due())
    try:
        yield notice
        # A notice that is being sent must arrive before the reply that replaces it.
        if notice.is_due:
            await timer
    finally:
        timer.cancel()


# ── replies ──────────────────────────────────────────────────────────────────────────────────────


class Responder:
    """Sends replies to the users of one workspace.

    Each kind of request has two methods: one for the progress notice, one for the reply::

        async with responder.notice_for_command(request, chat) as notice:
            cards = …
        await responder.reply_to_command(request, chat, cards, notice)
    """

    def __init__(
        self,
        reply_channel: ReplyChannel,
        response_urls: ResponseUrlClient,
        users: UserDirectory,
        uploads: Uploads,
        *,
        notice_after_seconds: float = PROGRESS_NOTICE_AFTER_SECONDS,
    ) -> None:
        self._reply_channel = reply_channel
        self._response_urls = response_urls
        self._users = users
        self._uploads = uploads
        self._notice_after_seconds = notice_after_seconds

    @asynccontextmanager
    async def notice_for_command(
        self, request: MessageRequest, chat: ChatRef
    ) -> AsyncIterator[ProgressNotice]:
        """Send a progress notice to the user if the block takes long."""

        async def send() -> SentMessage | None:
            # In the user's direct messages, a normal message can be replaced by the reply.
            if chat.chat == request.channel and _is_direct(chat):
                return await self._reply_channel.reply(chat, PROGRESS_NOTICE)
            await self._response_urls.reply(request.reply_url, PROGRESS_NOTICE)
            return None

        async with _notice_after(self._notice_after_seconds, send) as notice:
            yield notice

    async def reply_to_command(
        self,
        request: MessageRequest,
        chat: ChatRef,
        cards: Sequence[Card],
        notice: ProgressNotice,
    ) -> None:
        """Reply to a command or shortcut, visible to the user only."""
        if notice.message is not None:
            await self._send_cards(cards, chat, SendOptions(), replace=notice.message)
        else:
            await self._send_ephemeral(request.reply_url, chat, request.user, cards)
        await self._send_media(cards, chat, request.user, reply_url=request.reply_url)
        await self.announce_change(cards, chat, request.user_name, reply_url=request.reply_url)

    @asynccontextmanager
    async def notice_for_message(
        self, chat: ChatRef, *, thread: str
    ) -> AsyncIterator[ProgressNotice]:
        """Send a progress notice to the thread, or to the chat without one, if the block takes long."""

        async def send() -> SentMessage:
            options = SendOptions(reply_to=thread)
            return await self._reply_channel.reply(chat, PROGRESS_NOTICE, options)

        async with _notice_after(self._notice_after_seconds, send) as notice:
            yield notice

    async def reply_to_message(
        self,
        request: MessageRequest,
        chat: ChatRef,
        cards: Sequence[Card],
        notice: ProgressNotice,
        *,
        thread: str,
    ) -> None:
        """Reply to a message, visible to all members; error cards go to the user only."""
        options = SendOptions(reply_to=thread)
        public_cards = list(cards)
        # A notice that all members see must be replaced, so its reply is public, too.
        if notice.message is None and not _is_direct(chat):
            public_cards = [card for card in cards if not card.private]
            # Slack hides an ephemeral message in a thread without replies. The reply therefore goes
            # to a thread only if the request came from that thread.
            ephemeral = SendOptions(ephemeral_for=request.user, reply_to=request.thread)
            for card in cards:
                if card.private:
                    await self._reply_channel.reply(chat, card, ephemeral)
        await self._send_cards(public_cards, chat, options, replace=notice.message)

        async def report_failure(card: Card) -> None:
            await self._reply_channel.reply(chat, card, options)

        for media in _media_of(public_cards):
            await self._uploads.share_or_report(media, chat, thread, report_failure)

    @asynccontextmanager
    async def notice_for_button(
        self, request: ButtonRequest, chat: ChatRef
    ) -> AsyncIterator[ProgressNotice]:
        """Replace a question by a progress notice, or send one to the user, if the block takes long."""

        async def send() -> None:
            if _is_public_question(request):
                await self._reply_channel.edit(SentMessage(chat, request.ts), PROGRESS_NOTICE)
            elif request.reply_url:
                await self._response_urls.reply(
                    request.reply_url, PROGRESS_NOTICE, replace=request.is_question
                )

        async with _notice_after(self._notice_after_seconds, send) as notice:
            yield notice

    async def reply_to_button(
        self, request: ButtonRequest, chat: ChatRef, cards: Sequence[Card]
    ) -> None:
        """Reply to a button: replace a question, otherwise reply to the user only."""
        if _is_public_question(request):
            await self._reply_channel.edit(SentMessage(chat, request.ts), merge_cards(cards))
        elif request.reply_url:
            await self._send_ephemeral(
                request.reply_url, chat, request.user, cards, replace=request.is_question
            )
        await self._send_media(cards, chat, request.user, reply_url=request.reply_url)
        await self.announce_change(cards, chat, request.user_name, reply_url=request.reply_url)

    async def reply_to_join_button(self, request: ButtonRequest, card: Card) -> None:
        """Reply to the user only; replace the message with the button if it is ephemeral."""
        if request.reply_url:
            await self._response_urls.reply(request.reply_url, card, replace=request.is_private)

    async def send_files_to_dm(self, user: str, cards: Sequence[Card]) -> None:
        """Send images and files, which App Home cannot show, to the user's direct messages."""
        await self._send_media(cards, await self._users.open_dm(user), user, reply_url="")

    async def announce_change(
        self,
        cards: Sequence[Card],
        chat: ChatRef,
        user_name: str,
        *,
        reply_url: str = "",
        strict: bool = False,
    ) -> None:
        """Announce in the channel who changed what.

        If the bot cannot post there, the user gets a button that adds it to the channel.

        Raises:
            ChatUnreachable: the bot cannot post there, and ``strict`` is True.
        """
        changes = [card for card in cards if card.announce_to_chat]
        if not changes or _is_direct(chat):
            return
        author = strong(f"@{user_name}" if user_name else "A member")
        try:
            for card in changes:
                announcement = make_card((author, TextSpan(": "), *card.lines[0]))
                await self._reply_channel.reply(chat, announcement)
        except ChatUnreachable as error:
            if strict:
                raise
            log.info("change_not_announced", channel=chat.chat, problem=error.reason)
            if reply_url:
                await self._response_urls.reply(reply_url, cannot_post_card(chat, error.reason))

    async def _send_cards(
        self,
        cards: Sequence[Card],
        chat: ChatRef,
        options: SendOptions,
        *,
        replace: SentMessage | None,
    ) -> None:
        """Send each card as a message; the first one replaces the message ``replace``, if given."""
        for number, card in enumerate(cards):
            if number == 0 and replace is not None:
                await self._reply_channel.edit(replace, card)
            else:
                await self._reply_channel.reply(chat, card, options)

    async def _send_ephemeral(
        self, url: str, chat: ChatRef, user: str, cards: Sequence[Card], *, replace: bool = False
    ) -> None:
        """Send the cards as one message to the user only."""
        # Slack rejects a message without content.
        if not cards:
            return
        card = merge_cards(cards)
        try:
            await self._response_urls.reply(url, card, replace=replace)
        except DeliveryError as error:
            # The response URL has expired or failed; the Web API also has ephemeral messages.
            log.info("response_url_failed", problem=error.reason)
            await self._reply_channel.reply(chat, card, SendOptions(ephemeral_for=user))

    async def _send_media(
        self, cards: Sequence[Card], chat: ChatRef, user: str, *, reply_url: str
    ) -> None:
        """Share images and files in the user's direct messages, where only the user sees them."""
        for media in _media_of(cards):
            dm = chat if _is_direct(chat) else await self._users.open_dm(user)

            async def report_failure(card: Card, dm: ChatRef = dm) -> None:
                if reply_url:
                    await self._send_ephemeral(reply_url, chat, user, [card])
                else:
                    await self._reply_channel.reply(dm, card)

            is_shared = await self._uploads.share_or_report(media, dm, "", report_failure)
            if is_shared and dm != chat and reply_url:
                kind = "image" if isinstance(media, Image) else "file"
                hint = make_card(line(dim(f"The {kind} is in your messages with Tocsin.")))
                await self._send_ephemeral(reply_url, chat, user, [hint])


def merge_cards(cards: Sequence[Card]) -> Card:
    """Return one card with the content of all, because a response URL takes only five replies."""
    if len(cards) == 1:
        return cards[0]
    return Card(
        tuple(line for card in cards for line in card.lines),
        tuple(button for card in cards for button in card.buttons),
        is_question=any(card.is_question for card in cards),
    )


def cannot_post_card(chat: ChatRef, reason: str) -> Card:
    """Return a card that explains why a channel gets no alerts, with a button to join it."""
    code, _, explanation = reason.partition(": ")
    join = Button("Add Tocsin to the channel", Action(INVITE_ACTION, chat.chat))
    return make_card(
        line(strong("Tocsin cannot post alerts in the channel"), f": {explanation or code}."),
        # Joining helps only if membership is the problem.
        buttons=(join,) if code == "not_in_channel" else (),
    )


def _is_public_question(request: ButtonRequest) -> bool:
    return request.is_question and not request.is_private


def _media_of(cards: Sequence[Card]) -> list[Image | File]:
    return [media for card in cards for media in (card.image, card.file) if media is not None]


def _is_direct(chat: ChatRef) -> bool:
    # The IDs of direct messages begin with D.
    return chat.chat.startswith("D")
