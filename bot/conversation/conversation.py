"""Answer messages and button presses with cards, in the same way on every platform.

message "/sub x" ──► command ──► cards
message "x"      ──► "Follow x?" [Yes] [No]; a link or a forwarded post ──► offers for it
press            ──► action  ──► cards; the first one can replace the message with the button
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Final

import structlog

from bot.conversation.cards.card import Action, Card, code, line, make_card, to_sentence
from bot.conversation.cards.in_place import BACK_VERB, DISMISS_VERB, merge_into_item_card
from bot.conversation.cards.notices import plain_word_card
from bot.conversation.commands.search import InlineResult
from bot.conversation.commands.summary import link_offer_card
from bot.conversation.limits import TooManyCommandsError, Workload, is_slow_work
from bot.conversation.plain_words import PlainWord, read_plain_word
from bot.conversation.registry import Access, Command, CommandRegistry, Handler
from bot.conversation.request import ButtonPress, CommandRequest, IncomingMessage
from bot.conversation.wiring import CommandSet
from bot.errors import BotError, StoreError, UserError
from bot.ingest.feed_service import FeedService
from bot.ingest.page_reader import PageReader
from bot.models import ChatRef
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import anyone_may_edit
from bot.store.updates import load_text, save_text
from bot.summaries.service import SummaryService
from watchers.text.clean import clean_line

log = structlog.get_logger(__name__)

# A longer message is neither a command nor a topic.
_MAX_MESSAGE_LENGTH: Final = 4_096
_ADMINS_ONLY: Final = "only admins of this chat can change its settings"


class Conversation:
    """Answers messages and button presses. All state is in the store.

    A `Workload` as ``access`` also limits the commands of each chat. ``pages`` reads linked pages, and
    ``feeds`` manages the feeds. Functions that need a missing service are not offered.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        access: Access | Workload | None = None,
        pages: PageReader | None = None,
        feeds: FeedService | None = None,
        summaries: SummaryService | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._workload = access if isinstance(access, Workload) else Workload(access or Access())
        self._access = self._workload.access
        self._can_read_pages = pages is not None
        self._can_add_feeds = feeds is not None
        self._command_set = CommandSet(
            database,
            clock,
            self._workload,
            pages=pages,
            feeds=feeds,
            telling=summaries,
        )
        self.commands = CommandRegistry(
            (
                *self._command_set.commands,
                Command("help", self._help, "this list", "[COMMAND]", ("commands",)),
                Command("start", self._start, "a short welcome"),
            )
        )
        # Only users who may change the settings of a chat may use these buttons.
        self._changes: Mapping[str, Handler] = {
            **self._command_set.changes,
            DISMISS_VERB: self._dismiss,
        }
        self._actions: Mapping[str, Handler] = {**self._changes, **self._command_set.actions}
        # The argument of these buttons is the number of an item.
        self._item_verbs = frozenset(
            command.name for command in self.commands.all if command.accepts_reply_to_alert
        )

    # ── messages ────────────────────────────────────────────────────────────────────────────────────

    async def handle_message(self, message: IncomingMessage) -> list[Card]:
        """Return the answer to a message. Errors of the user become cards."""
        # Control characters and direction marks would change how the answer is displayed.
        text = clean_line(message.text)
        if not text and not message.attachments and not message.links:
            return []
        # Before any database access, so that strangers cause no load.
        if not self._access.serves(message.ref, message.user_id):
            return [_not_served_card(message)]
        try:
            self._workload.take_command(message.ref, message.user_id)
        except TooManyCommandsError as error:
            # One answer is enough: more would delay the alerts of the chat.
            return [_error_card(error)] if error.is_first else []
        name, _ = _split_command(text)
        has_files, is_slow = bool(message.attachments), is_slow_work(name)
        async with self._workload.answering(message.ref, is_slow=is_slow, has_files=has_files):
            return await self._answer_message(message, text)

    async def _answer_message(self, message: IncomingMessage, text: str) -> list[Card]:
        if len(text) > _MAX_MESSAGE_LENGTH:
            problem = f"Your message has more than {_MAX_MESSAGE_LENGTH:,} characters. Shorten it."
            return [make_card(problem)]
        name, argument = _split_command(text)
        request = CommandRequest(
            message.ref,
            argument,
            message.user_id,
            message.attachments,
            message.is_admin,
            links=message.links,
            quoted_links=message.quoted_links,
            progress=message.progress,
            zone=message.zone,
        )
        # A forwarded command was meant for another chat.
        if name is None or message.is_forwarded:
            return await _answer_or_error_card(
                self._handle_plain_text, replace(request, argument=text), message.is_forwarded
            )
        try:
            command = self.commands.find(name)
        except UserError as error:
            return [_error_card(error)]
        return await _answer_or_error_card(self._handle_command, request, command, message.reply_to)

    def requires_admin(self, text: str) -> bool:
        """Return True if `handle_message` needs to know whether the user is an administrator.

        A platform may need a request to find out, so adapters ask only where this is True.
        """
        name, argument = _split_command(clean_line(text))
        if name is None or not self.commands.has_command(name):
            return False
        command = self.commands.find(name)
        return command.is_change(argument) or command.name == "allow"

    # ── button presses ──────────────────────────────────────────────────────────────────────────────

    async def handle_press(self, press: ButtonPress) -> list[Card]:
        """Return the answer to a button press. Errors of the user become cards.

        A user without permission gets a private card.
        """
        action = press.action
        if not self._access.serves(press.ref, press.user_id):
            return [make_card("This bot does not serve you.", private=True)]
        try:
            self._workload.take_command(press.ref, press.user_id)
        except TooManyCommandsError as error:
            return [_error_card(error)]
        is_slow = is_slow_work(action.verb)
        async with self._workload.answering(press.ref, is_slow=is_slow):
            return await self._answer_press(press)

    async def _answer_press(self, press: ButtonPress) -> list[Card]:
        action = press.action
        is_admin = press.is_admin
        if self.action_requires_admin(action):
            # The only permission check of a press. The platform may need a request for the answer.
            is_admin = await press.check_admin() if press.check_admin else press.is_admin
            if not await self._may_change(press.target, is_admin=is_admin):
                return [_error_card(UserError(_ADMINS_ONLY))]
        if action.verb == BACK_VERB:
            item = await self._command_set.latest.item(press.target, action.item)
            return (
                [item]
                if item
                else [make_card("This chat has no item with this number.", private=True)]
            )
        # A button in an old message may name an action that no longer exists.
        handler = self._actions.get(action.verb)
        if handler is None:
            return [make_card("This button is from another version; /help lists all commands.")]
        is_about_item = action.verb in self._item_verbs
        request = CommandRequest(
            press.target,
            "" if is_about_item else action.argument,
            press.user_id,
            is_admin=is_admin,
            item=action.argument if is_about_item else "",
            progress=press.progress,
            zone=press.zone,
        )
        cards = await _answer_or_error_card(handler, request)
        return [card.with_target_chat(action.chat) for card in cards] if action.chat else cards

    async def handle_press_in_place(self, press: ButtonPress) -> list[Card]:
        """Return the answer to a button press on a platform that can edit messages.

        The first card replaces the message, unless it is ``as_new_message`` or ``private``. An answer
        about an item is shown below that item.
        """
        cards = await self.handle_press(press)
        if not press.action.item or press.action.verb == BACK_VERB or not cards:
            return cards
        # Only the first card replaces the message; further cards are sent below.
        first, *others = cards
        if first.as_new_message or first.private:
            return cards
        item = await self._command_set.latest.item(press.target, press.action.item)
        return [merge_into_item_card(item, first, press.action), *others] if item else cards

    def action_requires_admin(self, action: Action) -> bool:
        """Return True if an action changes settings; see `requires_admin`."""
        return action.verb in self._changes

    # ── further needs of the platforms ──────────────────────────────────────────────────────────────

    def serves(self, ref: ChatRef, user_id: str) -> bool:
        """Return True if the user may use the bot. Adapters download files only for these users."""
        return self._access.serves(ref, user_id)

    def file_slot(self, ref: ChatRef) -> AbstractAsyncContextManager[None]:
        """Return the slot to hold from the download of files to the answer about them."""
        return self._workload.file_slot(ref)

    async def search_for_inline(
        self, ref: ChatRef, text: str, user_id: str, *, limit: int, skip: int = 0
    ) -> list[InlineResult]:
        """Return stored items that match ``text``, for sharing into any chat."""
        if not text.strip() or not self._access.serves(ref, user_id):
            return []
        try:
            self._workload.take_command(ref, user_id)
            async with self._workload.answering(ref, is_slow=True):
                return await self._command_set.search.inline_results(
                    ref, clean_line(text), limit=limit, skip=skip
                )
        except TooManyCommandsError:
            return []
        # An inline query is not an action: an empty list is better than an error text among results.
        except StoreError as error:
            log.error("inline_search_failed", problem=str(error))
            return []

    def welcome(self) -> Card:
        """Return the card for a group that the bot was added to."""
        return make_card(
            line("This chat gets alerts about its topics: ", code("/subscribe sanctions")),
            line(
                "Only admins can change them. ",
                code("/allow everyone"),
                " lets all members do so.",
            ),
        )

    async def store_text(self, text: str) -> str:
        """Store a text that does not fit into a button and return its key.

        Raises:
            StoreError: the text cannot be stored.
        """
        async with self._database.writing() as connection:
            return await save_text(connection, text, now=self._clock())

    async def load_text(self, key: str) -> str | None:
        """Return the text that was stored under ``key``.

        Raises:
            StoreError: the database does not answer.
        """
        async with self._database.reading() as connection:
            return await load_text(connection, key)

    # ── internal ────────────────────────────────────────────────────────────────────────────────────

    async def _handle_command(
        self, request: CommandRequest, command: Command, reply_to: str
    ) -> list[Card]:
        is_change = command.is_change(request.argument)
        if is_change and not await self._may_change(request.ref, is_admin=request.is_admin):
            raise UserError(_ADMINS_ONLY)
        # The lookup is only necessary for commands about an item.
        if command.accepts_reply_to_alert and reply_to:
            number = await self._command_set.latest.number_of(request.ref, reply_to)
            request = replace(request, item=number)
        return await command.handler(request)

    async def _handle_plain_text(self, request: CommandRequest, forwarded: bool) -> list[Card]:
        """Answer a text without a command: a topic, a link, a forwarded post, or files."""
        # A file without a command is meant for a summary, as with a pasted link.
        if request.attachments:
            return await self._command_set.summary.summary(replace(request, argument=""))
        offer = link_offer_card(
            request,
            forwarded=forwarded,
            can_read=self._can_read_pages,
            can_watch=self._can_add_feeds,
        )
        if offer is not None:
            return [offer]
        word = None if forwarded else read_plain_word(request.argument)
        if word is not None:
            return await self._answer_plain_word(word, replace(request, argument=""))
        return await self._command_set.subscriptions.confirm(request)

    async def _answer_plain_word(self, word: PlainWord, request: CommandRequest) -> list[Card]:
        match word:
            case PlainWord.HELP:
                return await self._help(request)
            case PlainWord.GREETING:
                return [self._command_set.start.welcome()]
            case PlainWord.NEWS:
                return await self._command_set.latest.latest(request)
            case _:
                return [plain_word_card(word)]

    async def _may_change(self, ref: ChatRef, *, is_admin: bool) -> bool:
        if is_admin:
            return True
        async with self._database.reading() as connection:
            return await anyone_may_edit(connection, ref)

    async def _help(self, request: CommandRequest) -> list[Card]:
        if request.argument:
            return [self.commands.command_help(request.argument)]
        is_operator = self._access.is_operator(request.ref, request.user_id)
        return [
            self.commands.help(include_operator_commands=is_operator, platform=request.ref.platform)
        ]

    async def _start(self, request: CommandRequest) -> list[Card]:
        topic = await self._command_set.share.resolve_invitation(request.argument)
        if topic:
            return await self._command_set.subscriptions.confirm(replace(request, argument=topic))
        return [self._command_set.start.welcome()]

    async def _dismiss(self, _request: CommandRequest) -> list[Card]:
        return [make_card("OK, cancelled.")]


# ── errors as cards ─────────────────────────────────────────────────────────────────────────────────


async def _answer_or_error_card(
    handler: Callable[..., Awaitable[list[Card]]], request: CommandRequest, *arguments: object
) -> list[Card]:
    """Return the cards of ``handler``, or a card that explains the error."""
    try:
        return await handler(request, *arguments)
    except UserError as error:
        return [_error_card(error)]
    except StoreError as error:
        log.error("answer_failed", problem=str(error))
        return [make_card(f"The database failed: {error.message}. Nothing was changed. Try again.")]
    except Exception:
        # A programming error must end one answer, not the process.
        log.exception("handler_crashed", argument=request.argument)
        return [make_card("An internal error occurred. The log has the details.")]


def _error_card(error: BotError) -> Card:
    """Return a card about an error of the user, which only this user sees."""
    return make_card(to_sentence(str(error)), private=True)


def _not_served_card(message: IncomingMessage) -> Card:
    user = f"{message.ref.platform}:{message.user_id or message.ref.chat}"
    return make_card(
        line("This bot is restricted. Your ID, for its operator: ", code(user)), private=True
    )


def _split_command(text: str) -> tuple[str | None, str]:
    """Split "/name argument"; the name is ``None`` for plain text."""
    if not text.startswith("/"):
        return None, text
    head, _, argument = text[1:].partition(" ")
    # In groups, Telegram appends the name of the addressed bot: /topics@tocsin_bot.
    return head.partition("@")[0], argument.strip()
