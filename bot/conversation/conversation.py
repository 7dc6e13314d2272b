"""The conversation: a message or a pressed button in, cards out. The same on every platform.

Message "/sub x" ──► command ──► use case ──► cards
Message "x"      ──► "Follow x?" [Yes] [No]        an address, a post ──► what can be done with it
Press            ──► action  ──► use case ──► cards, or one in the place of what was pressed
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import structlog

from bot.clock import Clock
from bot.conversation.access import Access
from bot.conversation.answering import complaint, safely
from bot.conversation.card import Action, Card, code, line, say
from bot.conversation.commands import Answer, Command, Commands
from bot.conversation.feeding import Feeds
from bot.conversation.in_place import BACK, in_place
from bot.conversation.pages import Pages
from bot.conversation.repertoire import Repertoire
from bot.conversation.request import Message, Press, Request
from bot.conversation.searching import Glance
from bot.errors import MisuseError, StoreError
from bot.model import Ref
from bot.store import Database
from bot.store.chats import is_open
from bot.store.kept import keep_text, kept_text
from bot.summaries.telling import Telling
from watchers.text.clean import clean_line

_LONGEST_MESSAGE: Final = 4_096  # characters; more is no command and no topic
_FOR_ADMINS: Final = "only admins of this chat change what it follows"

log = structlog.get_logger(__name__)


class Conversation:
    """Answers people. Holds no state of its own: everything is in the store.

    ``pages`` reads what people paste, ``watch`` follows a source (its argument is the address), and
    ``feeds`` is the list of them; what is not given is not offered.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        access: Access | None = None,
        pages: Pages | None = None,
        watch: Answer | None = None,
        feeds: Feeds | None = None,
        telling: Telling | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._access = access or Access()
        self._can = can = Repertoire(
            database, clock, self._access, pages=pages, watch=watch, feeds=feeds, telling=telling
        )
        self.commands = Commands(
            (
                *can.commands,
                Command("help", self._help, "this list", "[COMMAND]", ("commands",)),
                Command("start", self._start, "a short welcome"),
            )
        )
        # What only those press who may change things.
        self._changes: Mapping[str, Answer] = {**can.changes, "dismiss": self._dismiss}
        self._actions: Mapping[str, Answer] = {**self._changes, **can.actions}

    # ── what people write ─────────────────────────────────────────────────────────────────────────

    async def hear(self, message: Message) -> list[Card]:
        """Answer what a person wrote. Never raises for what they did: it tells them."""
        text = clean_line(message.text)
        if not text and not message.attachments and not message.links:
            return []
        if not self._access.serves(message.ref, message.by):
            return [_not_served(message)]
        if len(text) > _LONGEST_MESSAGE:
            return [say(f"That is longer than {_LONGEST_MESSAGE:,} characters; make it shorter.")]
        name, argument = _split_command(text)
        request = Request(
            message.ref,
            argument,
            message.by,
            message.attachments,
            message.may_change,
            links=message.links,
            quoted_links=message.quoted_links,
            progress=message.progress,
            zone=message.zone,
        )
        if name is None or message.forwarded:
            return await safely(self._take_up, replace(request, argument=text), message.forwarded)
        try:
            command = self.commands.find(name)
        except MisuseError as error:
            return [complaint(error)]
        return await safely(self._command, request, command, message.reply_to)

    def asks_for_change(self, text: str) -> bool:
        """Whether `hear` will want to know who may change things: it can cost a question."""
        name, argument = _split_command(clean_line(text))
        if name is None or not self.commands.knows(name):
            return False
        command = self.commands.find(name)
        return command.is_change(argument) or command.name == "allow"

    # ── what people press ─────────────────────────────────────────────────────────────────────────

    async def press(self, press: Press) -> list[Card]:
        """Answer a button. Never raises for what a person did: it tells them."""
        refused = await self.refusal(press)
        if refused is not None:
            return [refused]
        action = press.action
        if action.verb == BACK:
            item = await self._can.reading.item(press.target, action.item)
            return [item] if item else [say("This item is not known here.", private=True)]
        answer = self._actions.get(action.verb)
        if answer is None:
            return [say("This button is from another version; /help lists what there is.")]
        request = Request(
            press.target,
            action.argument,
            press.by,
            may_change=press.may_change,
            progress=press.progress,
            zone=press.zone,
        )
        cards = await safely(answer, request)
        return [card.done_to(action.chat) for card in cards] if action.chat else cards

    async def press_in_place(self, press: Press) -> list[Card]:
        """Answer a button where messages can be edited: the first card takes the message's place.

        Unless it is ``apart`` or ``private``. An answer about an item stands beneath that item.
        """
        cards = await self.press(press)
        if not press.action.item or press.action.verb == BACK or not cards:
            return cards
        first, *rest = cards
        if first.apart or first.private:
            return cards
        item = await self._can.reading.item(press.target, press.action.item)
        return [in_place(item, first, press.action), *rest] if item else cards

    async def refusal(self, press: Press) -> Card | None:
        """Why this person may not press this button; ``None``: they may."""
        if not self._access.serves(press.ref, press.by):
            return say("This bot does not serve you.", private=True)
        if press.may_change or press.action.verb not in self._changes:
            return None
        if await self._is_open(press.target):
            return None
        return complaint(MisuseError(_FOR_ADMINS))

    def is_change(self, action: Action) -> bool:
        """Whether a button changes something: who may do so can cost a question."""
        return action.verb in self._changes

    # ── what platforms need beyond answers ────────────────────────────────────────────────────────

    def serves(self, ref: Ref, by: str) -> bool:
        """Whether a person may use the bot: what they send need not be fetched otherwise."""
        return self._access.serves(ref, by)

    async def glance(
        self, ref: Ref, text: str, by: str, *, most: int, skip: int = 0
    ) -> list[Glance]:
        """What is known that matches ``text``, to be handed on in any chat."""
        if not text.strip() or not self._access.serves(ref, by):
            return []
        try:
            return await self._can.searching.glance(clean_line(text), most=most, skip=skip)
        except StoreError as error:
            log.error("cannot look anything up", problem=str(error))
            return []

    def welcome(self) -> Card:
        """What is said when somebody brings the bot into a chat of several people."""
        return say(
            line(
                "I tell this chat when its topics are in the news: ", code("/subscribe sanctions")
            ),
            line("Only admins change what it follows; ", code("/allow everyone"), " opens that."),
        )

    async def keep(self, text: str) -> str:
        """A short key for a text that does not fit into a button.

        Raises:
            StoreError: it cannot be kept.
        """
        async with self._database.writing() as connection:
            return await keep_text(connection, text, now=self._clock())

    async def kept(self, key: str) -> str | None:
        """The text that was kept under ``key``.

        Raises:
            StoreError: the database does not answer.
        """
        async with self._database.reading() as connection:
            return await kept_text(connection, key)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    async def _command(self, request: Request, command: Command, reply_to: str) -> list[Card]:
        asks = command.is_change(request.argument) and not request.may_change
        if asks and not await self._is_open(request.ref):
            raise MisuseError(_FOR_ADMINS)
        if command.of_item and reply_to:
            number = await self._can.reading.number_of(request.ref, reply_to)
            request = replace(request, item=number)
        return await command.answer(request)

    async def _take_up(self, request: Request, forwarded: bool) -> list[Card]:
        """Plain text, an address, a post, or files without a word."""
        if request.attachments:
            return await self._can.summarising.summary(replace(request, argument=""))
        offer = self._can.offering.offer(request, forwarded=forwarded)
        return [offer] if offer is not None else await self._can.following.confirm(request)

    async def _is_open(self, ref: Ref) -> bool:
        async with self._database.reading() as connection:
            return await is_open(connection, ref)

    async def _help(self, request: Request) -> list[Card]:
        if request.argument:
            return [self.commands.help_on(request.argument)]
        return [self.commands.help(all_of=self._access.is_operator(request.ref, request.by))]

    async def _start(self, request: Request) -> list[Card]:
        topic = await self._can.sharing.invited_to(request.argument)
        if topic:
            return await self._can.following.confirm(replace(request, argument=topic))
        return [self._can.starting.welcome()]

    async def _dismiss(self, _request: Request) -> list[Card]:
        return [say("As you wish.")]


def _split_command(text: str) -> tuple[str | None, str]:
    """The command's name and what follows it; no name where it is plain text."""
    if not text.startswith("/"):
        return None, text
    head, _, argument = text[1:].partition(" ")
    # In groups, Telegram names the bot that is meant: /topics@tocsin_bot.
    return head.partition("@")[0], argument.strip()


def _not_served(message: Message) -> Card:
    who = f"{message.ref.platform}:{message.by or message.ref.chat}"
    return say(
        line("This bot serves only those it is set up for. You are ", code(who), "."), private=True
    )
