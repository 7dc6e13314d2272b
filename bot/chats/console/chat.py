"""The console as a chat platform: numbers stand for buttons, and files can be named.

    1 Summary · 2 Why · 3 Mute · 4 Unsubscribe          ◄── a person answers with the number

The numbers belong to the card that was shown last. While a question is open they belong to it, so
that an alert that comes in between cannot turn a "yes" into something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

from bot.chats.console.screen import Screen
from bot.conversation.card import Button, Card, say
from bot.conversation.conversation import Conversation
from bot.conversation.request import Attachment, Message, Press
from bot.errors import Transient
from bot.model import Ref
from watchers.sources.document import MAX_BYTES

CONSOLE: Final = Ref("console", "local", "you")
"""The one chat there is on a console."""

_PERSON: Final = "you"


class ConsoleChat:
    """Talks to whoever sits at this terminal or writes to this pipe."""

    platform = CONSOLE.platform

    def __init__(
        self,
        conversation: Conversation,
        screen: Screen,
        topics: Callable[[Ref], Awaitable[Sequence[str]]],
    ) -> None:
        self._conversation = conversation
        self._screen = screen
        self._topics = topics
        self._buttons: tuple[Button, ...] = ()
        self._asking = False
        self._sent = 0
        self._over = asyncio.Event()  # nobody reads the output any more, or we are to stop

    async def send(self, to: Ref, card: Card) -> str:  # noqa: ARG002 - there is one chat only
        """Show an alert."""
        if self._asking:
            labels = [f"/{button.action.verb} {button.action.argument}" for button in card.buttons]
            labels = [label for label in labels if not label.startswith("/unsubscribe")]
        else:
            self._buttons = card.buttons
            labels = _numbered(card.buttons)
        self._show(card, labels, alert=True)
        self._sent += 1
        return str(self._sent)

    async def run(self, stop: asyncio.Event) -> None:
        """Answer what is typed, until the input ends, nobody reads the output, or ``stop``."""
        await self._refresh_topics()
        if self._screen.greets:
            await self._take("/start")
        asked = asyncio.ensure_future(self._heed(stop))
        try:
            async for text in self._screen.lines(self._over):
                if text.strip():
                    await self._take(text.strip())
                if self._over.is_set():
                    break
        finally:
            asked.cancel()

    async def _heed(self, stop: asyncio.Event) -> None:
        await stop.wait()
        self._over.set()

    async def _take(self, text: str) -> None:
        self._asking = False
        if text.isdecimal():
            cards = await self._press(int(text[:9]))
        else:
            attachments = await asyncio.to_thread(_attachments, text)
            message = Message(CONSOLE, text, _PERSON, attachments)
            cards = await self._conversation.hear(message)
        for card in cards:
            if card.buttons:
                self._buttons = card.buttons
                self._asking = card.asks
            try:
                self._show(card, _numbered(card.buttons), alert=False)
            except Transient:
                return
        await self._refresh_topics()

    async def _press(self, number: int) -> list[Card]:
        if not 1 <= number <= len(self._buttons):
            hint = f"/summary {number} sums up item {number}"
            return [say(f"There is nothing to choose by {number} just now; {hint}.")]
        action = self._buttons[number - 1].action
        return await self._conversation.press(Press(CONSOLE, action, _PERSON))

    def _show(self, card: Card, labels: Sequence[str], *, alert: bool) -> None:
        try:
            self._screen.show(card, labels=labels, alert=alert)
        except OSError as error:
            self._over.set()
            raise Transient(f"nobody reads the output ({error.strerror})") from error

    async def _refresh_topics(self) -> None:
        self._screen.remember_topics(await self._topics(CONSOLE))


def _numbered(buttons: Sequence[Button]) -> list[str]:
    return [f"{number} {button.label}" for number, button in enumerate(buttons, start=1)]


def _attachments(text: str) -> tuple[Attachment, ...]:
    """The file that `/summary FILE` names. Only here: elsewhere a path would be the server's."""
    command, _, name = text.partition(" ")
    if command not in {"/summary", "/sum"} or not name.strip():
        return ()
    path = Path(name.strip().strip("\"'")).expanduser()
    try:
        if not path.is_file():
            return ()
        with path.open("rb") as file:
            return (Attachment(path.name, file.read(MAX_BYTES + 1)),)
    except OSError:
        return ()
