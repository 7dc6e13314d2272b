"""Handle the requests of one workspace's users: commands, mentions, messages, shortcuts and buttons.

request ──► claim its ID ──► find the chat ──► Conversation ──► cards ──► Responder

All of this runs after the request has been acknowledged to Slack.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import regex
import structlog

from bot.chats.adapter import ReplyChannel
from bot.chats.slack.adapter import SlackAdapter, UserDirectory
from bot.chats.slack.files import Files
from bot.chats.slack.payloads import ButtonRequest, MessageRequest
from bot.chats.slack.render import COMMAND, safe_url
from bot.chats.slack.replies import Responder
from bot.conversation.cards.card import Action, Button, Card, Style, TextSpan, code, line, make_card
from bot.conversation.commands.schedule import SETTING_ACTION
from bot.conversation.conversation import Conversation
from bot.conversation.registry import CommandRegistry
from bot.conversation.request import Attachment, ButtonPress, IncomingMessage
from bot.errors import DeliveryError
from bot.models import ChatRef
from bot.scheduling.wall_clock import QuietMode

SUMMARY: Final = "summary"
"""The command that summarises an article."""

_COMMAND_SYNONYMS: Final = {"summarize": SUMMARY, "summarise": SUMMARY}
_TIME_OF_DAY_COMMAND: Final = regex.compile(r"/(?:digest|quiet)\s\S")
_SILENT_MODE_COMMAND: Final = regex.compile(r"/quiet\s.*\bsilent(?:ly)?$", regex.IGNORECASE)
# Text in all other styles is foreign text, or is handled by the renderer (Style.CODE).
_OWN_TEXT_STYLES: Final = frozenset({Style.PLAIN, Style.DIM})
# A message with at least this many characters besides its links is summarised itself.
_MIN_SUMMARY_TEXT_CHARS: Final = 280

_ANYONE_MAY_CHANGE_CARD: Final = make_card(
    "All members of a channel can change what it follows. To restrict this to admins, the operator"
    " of this bot sets TOCSIN_SLACK_CHANGES=admins."
)
_NO_SILENT_MODE_CARD: Final = make_card(
    line(
        "Slack has no silent messages. ",
        code("/quiet 22:00-07:00 hold"),
        " holds alerts until the quiet hours end. ",
        code("/quiet 22:00-07:00 breaking"),
        " lets stories through that many sources report.",
    ),
    private=True,
)
_NO_TEXT_CARD: Final = make_card("This message has no text to summarise.")

log = structlog.get_logger(__name__)


# ── command syntax ───────────────────────────────────────────────────────────────────────────────


def to_command_text(text: str, commands: CommandRegistry, *, has_files: bool = False) -> str:
    """Return the text after ``/tocsin`` or ``@Tocsin`` as the conversation expects it.

    ``topics`` becomes ``/topics``. Text that does not begin with a command is returned unchanged and
    names a topic. Files without text become a request for their summary.
    """
    text = text.strip()
    if not text:
        return f"/{SUMMARY}" if has_files else "/help"
    if text.startswith("/"):
        return text
    first_word, _, argument = text.partition(" ")
    name = _COMMAND_SYNONYMS.get(first_word.lower(), first_word)
    return f"/{name} {argument}".strip() if commands.has_command(name) else text


def summary_url(text: str) -> str:
    """Return the URL in ``/summary https://…``, or "" for any other text."""
    first_word, _, argument = text.partition(" ")
    url = argument.strip()
    return url if first_word == f"/{SUMMARY}" and safe_url(url) else ""


def mentions_time_of_day(text: str) -> bool:
    """Return True if a command contains a time of day, which is in the user's time zone."""
    return _TIME_OF_DAY_COMMAND.match(text) is not None


def requests_silent_mode(text: str) -> bool:
    """Return True if a command asks for silent messages, which Slack does not have."""
    return _SILENT_MODE_COMMAND.match(text) is not None


def with_slack_command_prefix(card: Card, commands: CommandRegistry) -> Card:
    """Return the card with commands as users type them on Slack: ``/topics`` is ``/tocsin topics``.

    Buttons for silent messages are removed, because Slack does not have them.
    """
    # Only known commands get the prefix; a path such as /etc in a headline stays.
    names = "|".join(command.name for command in commands.all)
    command_start = regex.compile(rf"(?<![\p{{L}}\p{{N}}/:])/(?=(?:{names})\b)")

    def with_prefix(span: TextSpan) -> TextSpan:
        is_own = span.style in _OWN_TEXT_STYLES and not span.is_foreign
        if not is_own or span.url or "/" not in span.text:
            return span
        return replace(span, text=command_start.sub(f"{COMMAND} ", span.text))

    lines = tuple(tuple(with_prefix(span) for span in line) for line in card.lines)
    buttons = tuple(button for button in card.buttons if not _sets_silent_mode(button))
    return replace(card, lines=lines, buttons=buttons)


def _sets_silent_mode(button: Button) -> bool:
    action = button.action
    return action.verb == SETTING_ACTION and action.argument.endswith(f" {QuietMode.SILENT.value}")


# ── requests ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ChannelPermissions:
    """Who may change what a channel follows: all members, or admins only."""

    anyone_changes: bool = True


class RequestHandler:
    """Handles the requests of one workspace's users.

    Each ``handle_…`` method processes one request: it passes the request to the conversation, waits
    for the cards, and sends them through the responder. The ``run_…`` methods return cards, for
    callers that show them elsewhere, such as App Home.
    """

    def __init__(
        self,
        adapter: SlackAdapter,
        reply_channel: ReplyChannel,
        conversation: Conversation,
        responder: Responder,
        users: UserDirectory,
        files: Files,
        permissions: ChannelPermissions,
    ) -> None:
        self.adapter = adapter
        self.reply_channel = reply_channel
        self.responder = responder
        self.users = users
        self._conversation = conversation
        self._files = files
        self._permissions = permissions

    async def handle_command(self, request: MessageRequest) -> None:
        """Handle ``/tocsin …``. The reply is ephemeral; changes are announced in the channel."""
        chat = await self._resolve_chat(request.channel, request.user)
        async with self.responder.notice_for_command(request, chat) as notice:
            cards = await self._answer_message(request, chat)
        await self.responder.reply_to_command(request, chat, cards, notice)

    async def handle_mention(self, request: MessageRequest) -> None:
        """Handle ``@Tocsin …`` in a channel. The reply goes to the thread of the mention."""
        chat = self.channel_ref(request.channel)
        await self._handle_message(request, chat, thread=request.thread or request.ts)

    async def handle_direct_message(self, request: MessageRequest) -> None:
        """Handle a direct message. The reply starts no thread."""
        self.users.remember_dm(request.user, request.channel)
        chat = self.channel_ref(request.channel)
        await self._handle_message(request, chat, thread=request.thread)

    async def handle_summarise_shortcut(self, request: MessageRequest) -> None:
        """Handle the shortcut that summarises a message, its file or the page that it links to."""
        chat = await self._resolve_chat(request.channel, request.user)
        async with self.responder.notice_for_command(request, chat) as notice:
            cards = await self._summarise_message(request, chat)
        await self.responder.reply_to_command(request, chat, cards, notice)

    async def handle_button(self, request: ButtonRequest) -> None:
        """Handle a button in a message."""
        chat = await self._resolve_chat(request.channel, request.user)
        async with self.responder.notice_for_button(request, chat):
            cards = await self.run_action(chat, request.action, request.user)
        await self.responder.reply_to_button(request, chat, cards)

    async def handle_join_button(self, request: ButtonRequest) -> None:
        """Handle the button that adds the bot to a public channel."""
        channel = request.action.argument or request.channel
        try:
            await self.adapter.call(self.adapter.client.conversations_join(channel=channel))
        except DeliveryError as error:
            log.info("channel_not_joined", channel=channel, problem=error.reason)
            invite = code("/invite @Tocsin")
            card = make_card(line("Tocsin cannot join the channel. Write ", invite, " there."))
        else:
            await self.reply_channel.chat_restored(self.channel_ref(channel))
            card = make_card("Tocsin has joined the channel. Its alerts arrive from now on.")
        await self.responder.reply_to_join_button(request, card)

    async def claim_request(self, request_id: str) -> bool:
        """Return True if the request is new. Slack sends the same request again after a timeout."""
        return not request_id or await self.reply_channel.claim_update(request_id)

    def channel_ref(self, channel: str) -> ChatRef:
        """Return the chat of a channel of this workspace."""
        return ChatRef(self.adapter.platform, self.adapter.account, channel)

    async def run_action(self, chat: ChatRef, action: Action, user: str) -> list[Card]:
        """Run the action of a button for a user and return the reply."""
        # The time zone takes a call to Slack, so it is requested only for settings with a time of day.
        zone = await self.users.timezone(user) if action.verb == SETTING_ACTION else ""
        press = ButtonPress(chat, action, user, zone=zone)
        check = partial(self.may_change, press.target, user)
        return await self._process_press(replace(press, check_admin=check))

    async def run_command(self, chat: ChatRef, text: str, user: str) -> list[Card]:
        """Run a command in the conversation's own syntax for a user and return the reply."""
        return await self._process_message(IncomingMessage(chat, text, user))

    async def may_change(self, chat: ChatRef, user: str) -> bool:
        """Return True if the user may change what the chat follows; False if Slack does not say."""
        if self._permissions.anyone_changes or chat.chat.startswith("D"):
            return True
        try:
            return await self.adapter.is_admin(chat, user)
        except DeliveryError as error:
            log.warning("admin_check_failed", problem=error.reason)
            return False

    async def _resolve_chat(self, channel: str, user: str) -> ChatRef:
        """Return the chat that a command applies to.

        The bot cannot read or post in direct messages between users, so a command typed there
        applies to the user's own direct messages with the bot.
        """
        # The IDs of direct messages begin with D.
        if not channel.startswith("D"):
            return self.channel_ref(channel)
        try:
            return await self.users.open_dm(user)
        except DeliveryError as error:
            log.info("direct_message_not_opened", problem=error.reason)
            return self.channel_ref(channel)

    async def _handle_message(self, request: MessageRequest, chat: ChatRef, *, thread: str) -> None:
        async with self.responder.notice_for_message(chat, thread=thread) as notice:
            slot = self._conversation.file_slot(chat) if request.files else nullcontext()
            async with slot:
                cards = await self._answer_message(request, chat)
        await self.responder.reply_to_message(request, chat, cards, notice, thread=thread)

    async def _answer_message(self, request: MessageRequest, chat: ChatRef) -> list[Card]:
        """Return the reply to a command or message, with its files as attachments."""
        attachments: tuple[Attachment, ...] = ()
        problems: tuple[Card, ...] = ()
        if request.files:
            attachments, problems = await self._files.fetch(request.files)
        if problems and not attachments and request.text.strip() in {"", SUMMARY}:
            # The summary of a file was requested without a file.
            return list(problems)
        text = to_command_text(
            request.text, self._conversation.commands, has_files=bool(attachments)
        )
        url = summary_url(text)
        if url:
            return await self._summarise_page(url, chat, request.user)
        message = IncomingMessage(
            chat, text, request.user, attachments, reply_to=request.thread, links=request.links
        )
        return [*problems, *await self._process_message(message)]

    async def _summarise_message(self, request: MessageRequest, chat: ChatRef) -> list[Card]:
        """Return the summary of a message: of its file, of its first link, or of its text."""
        if request.files:
            return await self._answer_message(replace(request, text=""), chat)
        text_without_links = request.text
        for link in request.links:
            text_without_links = text_without_links.replace(link, "")
        text_chars = len(text_without_links.strip())
        if request.links and text_chars < _MIN_SUMMARY_TEXT_CHARS:
            return await self._summarise_page(request.links[0], chat, request.user)
        if not text_chars:
            return [_NO_TEXT_CARD]
        action = Action("sum_up", request.text)
        return await self._process_press(ButtonPress(chat, action, request.user))

    async def _summarise_page(self, url: str, chat: ChatRef, user: str) -> list[Card]:
        return await self._process_press(ButtonPress(chat, Action("read", url), user))

    async def _process_message(self, message: IncomingMessage) -> list[Card]:
        """Pass a message to the conversation, with the user's permission and time zone."""
        if self._conversation.requires_admin(message.text):
            if self._permissions.anyone_changes and message.text.partition(" ")[0] == "/allow":
                return [_ANYONE_MAY_CHANGE_CARD]
            if requests_silent_mode(message.text):
                return [_NO_SILENT_MODE_CARD]
            is_allowed = await self.may_change(message.ref, message.user_id)
            # The time zone takes a call to Slack, so it is requested only if it matters.
            needs_zone = mentions_time_of_day(message.text)
            zone = await self.users.timezone(message.user_id) if needs_zone else ""
            message = replace(message, is_admin=is_allowed, zone=zone)
        return self._with_slack_commands(await self._conversation.handle_message(message))

    async def _process_press(self, press: ButtonPress) -> list[Card]:
        return self._with_slack_commands(await self._conversation.handle_press(press))

    def _with_slack_commands(self, cards: Sequence[Card]) -> list[Card]:
        """Return the cards with commands as users type them on Slack."""
        return [with_slack_command_prefix(card, self._conversation.commands) for card in cards]
