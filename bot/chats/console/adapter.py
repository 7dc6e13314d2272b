"""The console as a chat platform. A number typed by the user presses a button; paths name files.

    1 Summary · 2 Why · 3 Mute · 4 Unsubscribe          ◄── the user types the number

The numbers refer to the newest card. While a question is open they refer to the question, so that an
alert that arrives in between does not change the meaning of an answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from bot.chats.adapter import (
    DEFAULT_OPTIONS,
    UNLIMITED,
    Capabilities,
    Payload,
    RateLimit,
    ReplyChannel,
    SendOptions,
    SentMessage,
)
from bot.conversation.cards.card import Button, Card, Line, code, dim, line, make_card
from bot.conversation.cards.in_place import DISMISS_VERB
from bot.conversation.conversation import Conversation
from bot.conversation.plain_words import PlainWord, read_plain_word
from bot.conversation.registry import CONSOLE_REF
from bot.conversation.request import Attachment, ButtonPress, IncomingMessage
from bot.errors import TransientDeliveryError
from bot.models import ChatRef
from watchers.sources.document import MAX_DOCUMENT_BYTES

CONSOLE: Final = CONSOLE_REF
"""The only chat of the console."""

_USER_ID: Final = "you"
# The key of the card in a payload.
_CARD_KEY: Final = "card"


class Screen(Protocol):
    """Shows cards and reads lines: a terminal or a pipe."""

    @property
    def shows_welcome(self) -> bool:
        """Return True if the screen starts with the welcome text."""

    def show(self, card: Card, *, labels: Sequence[str], alert: bool) -> None:
        """Show a card with the labels of its buttons, without damage to a half-typed line.

        Raises:
            OSError: the reader of the output has closed it.
        """

    def lines(self, stop: asyncio.Event) -> AsyncIterator[str]:
        """Yield the typed lines until the end of the input or ``stop``."""

    def set_completions(self, topics: Sequence[str]) -> None:
        """Set the topics that completion offers."""


def save_attachments(card: Card, folder: Path | None) -> Card:
    """Write the picture and the file of a card to ``folder`` and return the card with their paths.

    If no folder is set or it cannot be written, the card states this instead. The function blocks:
    call it in a thread.
    """
    above: list[Line] = []
    below: list[Line] = []
    if card.image is not None:
        above += [line(code(card.image.text_fallback))] if card.image.text_fallback else []
        location = _write_attachment(folder, card.image.name, card.image.data)
        below.append(line(dim(f"Picture: {location}")))
    if card.file is not None:
        location = _write_attachment(folder, card.file.name, card.file.data)
        below.append(line(f"File: {location}"))
    if not above and not below:
        return card
    return replace(card, lines=(*above, *card.lines, *below), image=None, file=None)


def _write_attachment(folder: Path | None, name: str, data: bytes) -> str:
    if folder is None:
        return f"{name} (not saved: no data folder)"
    path = folder / Path(name).name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return str(path)


class ConsoleChat:
    """The chat adapter of the console."""

    platform = CONSOLE.platform
    account = CONSOLE.account
    capabilities = Capabilities()
    account_rate_limit = UNLIMITED

    def __init__(
        self,
        conversation: Conversation,
        screen: Screen,
        topics: Callable[[ChatRef], Awaitable[Sequence[str]]],
        folder: Path | None = None,
    ) -> None:
        """Create the adapter. ``folder`` receives the pictures and files of cards."""
        self._conversation = conversation
        self._screen = screen
        self._topics = topics
        self._folder = folder
        self._buttons: tuple[Button, ...] = ()
        self._has_open_question = False
        self._sent_count = 0
        # Set when the output was closed or the process stops.
        self._closed = asyncio.Event()

    def chat_rate_limits(self, _to: ChatRef) -> tuple[RateLimit, ...]:
        """Return no limits: a screen accepts any rate."""
        return ()

    def render(self, card: Card, *, plain: bool = False) -> Payload:  # noqa: ARG002 - required by the protocol
        """Return the card itself; the screen renders it."""
        return {_CARD_KEY: card}

    async def send(
        self, to: ChatRef, payload: Payload, _options: SendOptions = DEFAULT_OPTIONS
    ) -> SentMessage:
        """Show an alert."""
        content = payload[_CARD_KEY]
        if not isinstance(content, Card):
            raise TypeError(f"not a payload of the console: {payload!r}")
        card = await asyncio.to_thread(save_attachments, content, self._folder)
        if self._has_open_question:
            # Numbers answer the open question; show the commands of the buttons instead.
            labels = [f"/{button.action.verb} {button.action.argument}" for button in card.buttons]
            labels = [label for label in labels if not label.startswith("/unsubscribe")]
        else:
            self._buttons = card.buttons
            labels = _numbered_labels(card.buttons)
        self._show(card, labels, alert=True)
        self._sent_count += 1
        return SentMessage(to, str(self._sent_count))

    async def edit(self, message: SentMessage, payload: Payload) -> None:
        """Show the new text below; a screen cannot change earlier output."""
        await self.send(message.ref, payload)

    async def find_sent(self, _to: ChatRef, _key: str, _since: datetime) -> SentMessage | None:
        """Return None: the console has no history."""
        return None

    async def probe(self) -> None:
        """Do nothing: a terminal has no account."""

    async def is_admin(self, _chat: ChatRef, _user: str) -> bool:
        """Return True: the user of the console is the operator."""
        return True

    async def listen(self, _outlet: ReplyChannel, stop: asyncio.Event) -> None:
        """Handle typed lines until the end of the input, a closed output or ``stop``."""
        # Completion must know the topics before the first prompt.
        await self._refresh_topics()
        if self._screen.shows_welcome:
            await self._handle_input("/start")
        stop_task = asyncio.ensure_future(self._watch_stop(stop))
        try:
            async for text in self._screen.lines(self._closed):
                if text.strip():
                    await self._handle_input(text.strip())
                if self._closed.is_set():
                    break
        finally:
            stop_task.cancel()

    async def _watch_stop(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._closed.set()

    async def _handle_input(self, text: str) -> None:
        choice = self._choice_of(text)
        self._has_open_question = False
        if choice is not None:
            cards = await self._press(choice)
        else:
            attachments = await asyncio.to_thread(_attachments, text)
            zone = await asyncio.to_thread(_system_zone)
            message = IncomingMessage(CONSOLE, text, _USER_ID, attachments, zone=zone)
            cards = await self._conversation.handle_message(message)
        if choice is None or choice <= len(self._buttons):
            # A number refers to the newest answer only.
            self._buttons = ()
        for card in cards:
            if card.buttons:
                self._buttons = card.buttons
                self._has_open_question = card.is_question
            visible_card = await asyncio.to_thread(save_attachments, card, self._folder)
            try:
                self._show(visible_card, _numbered_labels(card.buttons), alert=False)
            except TransientDeliveryError:
                return
        await self._refresh_topics()

    def _choice_of(self, text: str) -> int | None:
        """Return the number of the button that a text chooses, or ``None`` for another text."""
        if text.isdecimal():
            return int(text[:9])
        word = read_plain_word(text) if self._has_open_question else None
        if word is PlainWord.YES:
            return 1
        verbs = [button.action.verb for button in self._buttons]
        if word is PlainWord.NO and DISMISS_VERB in verbs:
            return verbs.index(DISMISS_VERB) + 1
        return None

    async def _press(self, number: int) -> list[Card]:
        if not 1 <= number <= len(self._buttons):
            hint = f"/summary {number} summarises item {number}"
            return [make_card(f"No button has the number {number}; {hint}.")]
        action = self._buttons[number - 1].action
        zone = await asyncio.to_thread(_system_zone)
        press = ButtonPress(CONSOLE, action, _USER_ID, zone=zone)
        return await self._conversation.handle_press(press)

    def _show(self, card: Card, labels: Sequence[str], *, alert: bool) -> None:
        try:
            self._screen.show(card, labels=labels, alert=alert)
        except OSError as error:
            self._closed.set()
            raise TransientDeliveryError(f"the output is closed ({error.strerror})") from error

    async def _refresh_topics(self) -> None:
        self._screen.set_completions(await self._topics(CONSOLE))


def _numbered_labels(buttons: Sequence[Button]) -> list[str]:
    return [f"{number} {button.label}" for number, button in enumerate(buttons, start=1)]


@cache
def _system_zone() -> str:
    """Return the time zone of the system, or "" if it is UTC or not known."""
    from tzlocal import get_localzone_name

    try:
        name = get_localzone_name()
    except (OSError, LookupError, ValueError):
        return ""
    # UTC is also the default of systems without a setting.
    return "" if name.rpartition("/")[2] in ("UTC", "UCT", "GMT", "Universal", "Zulu") else name


def _attachments(text: str) -> tuple[Attachment, ...]:
    """Return the file that `/summary FILE` or `/import FILE` names.

    Only the console accepts paths: its user may read the files of the process anyway.
    """
    command, _, name = text.partition(" ")
    if command not in {"/summary", "/sum", "/import"} or not name.strip():
        return ()
    path = Path(name.strip().strip("\"'")).expanduser()
    try:
        if not path.is_file():
            return ()
        with path.open("rb") as file:
            # One byte more than the limit reveals a file that is too large.
            return (Attachment(path.name, file.read(MAX_DOCUMENT_BYTES + 1)),)
    except OSError:
        return ()
