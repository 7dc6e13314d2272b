"""The console as a chat platform: numbers stand for buttons, and files can be named.

    1 Summary · 2 Why · 3 Mute · 4 Unsubscribe          ◄── a person answers with the number

The numbers belong to the card that was shown last. While a question is open they belong to it, so
that an alert that comes in between cannot turn a "yes" into something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from bot.chats.adapter import (
    ORDINARY,
    UNLIMITED,
    Capabilities,
    Outlet,
    Payload,
    SendOptions,
    Sent,
    Window,
)
from bot.chats.console.keeping import kept
from bot.chats.console.screen import Screen
from bot.conversation.access import HERE
from bot.conversation.card import Button, Card, say
from bot.conversation.conversation import Conversation
from bot.conversation.request import Attachment, Message, Press
from bot.errors import Transient
from bot.model import Ref
from watchers.sources.document import MAX_BYTES

CONSOLE: Final = HERE
"""The one chat there is on a console."""

_PERSON: Final = "you"
_CARD: Final = "card"  # a console's payload


class ConsoleChat:
    """Talks to whoever sits at this terminal or writes to this pipe."""

    platform = CONSOLE.platform
    account = CONSOLE.account
    capabilities = Capabilities()
    pace = UNLIMITED

    def __init__(
        self,
        conversation: Conversation,
        screen: Screen,
        topics: Callable[[Ref], Awaitable[Sequence[str]]],
        folder: Path | None = None,
    ) -> None:
        """``folder`` is where pictures and files go, which no screen shows."""
        self._conversation = conversation
        self._screen = screen
        self._topics = topics
        self._folder = folder
        self._buttons: tuple[Button, ...] = ()
        self._asking = False
        self._sent = 0
        self._over = asyncio.Event()  # nobody reads the output any more, or we are to stop

    def rates(self, _to: Ref) -> tuple[Window, ...]:
        """A screen takes what comes."""
        return ()

    def render(self, card: Card, *, plain: bool = False) -> Payload:  # noqa: ARG002 - a screen has no markup
        """The card itself: the screen knows how to show it."""
        return {_CARD: card}

    async def send(self, to: Ref, payload: Payload, _options: SendOptions = ORDINARY) -> Sent:
        """Show an alert."""
        given = payload[_CARD]
        if not isinstance(given, Card):
            raise TypeError(f"no card of this console: {payload!r}")
        card = await asyncio.to_thread(kept, given, self._folder)
        if self._asking:
            labels = [f"/{button.action.verb} {button.action.argument}" for button in card.buttons]
            labels = [label for label in labels if not label.startswith("/unsubscribe")]
        else:
            self._buttons = card.buttons
            labels = _numbered(card.buttons)
        self._show(card, labels, alert=True)
        self._sent += 1
        return Sent(to, str(self._sent))

    async def edit(self, message: Sent, payload: Payload) -> None:
        """What is on the screen stays there: the new text follows."""
        await self.send(message.ref, payload)

    async def find(self, _to: Ref, _key: str, _since: datetime) -> Sent | None:
        """Nobody can tell what a person has seen."""
        return None

    async def is_admin(self, _chat: Ref, _user: str) -> bool:
        """Whoever sits here may do everything."""
        return True

    async def run(self, _outlet: Outlet, stop: asyncio.Event) -> None:
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
            shown = await asyncio.to_thread(kept, card, self._folder)
            try:
                self._show(shown, _numbered(card.buttons), alert=False)
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
    """The file that `/summary FILE` or `/import FILE` names: elsewhere a path would be the server's."""
    command, _, name = text.partition(" ")
    if command not in {"/summary", "/sum", "/import"} or not name.strip():
        return ()
    path = Path(name.strip().strip("\"'")).expanduser()
    try:
        if not path.is_file():
            return ()
        with path.open("rb") as file:
            return (Attachment(path.name, file.read(MAX_BYTES + 1)),)
    except OSError:
        return ()
