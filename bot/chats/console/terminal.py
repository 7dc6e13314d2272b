"""The console on a terminal: history, completion, and alerts that never tear the line being typed."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator, Iterable, Sequence
from io import StringIO
from pathlib import Path
from typing import Final

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import FileHistory
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.conversation.card import Card, Line, Piece, Style
from bot.conversation.commands import Commands
from watchers.text.clean import clean_text

_STYLES: Final = {
    Style.PLAIN: "",
    Style.STRONG: "bold",
    Style.MARK: "bold black on yellow",
    Style.DIM: "dim",
    Style.CODE: "cyan",
    Style.QUOTE: "italic",
}
_WIDEST: Final = 100  # columns; longer lines are hard to read
_TAKES_TOPIC: Final = {"unsubscribe", "unsub", "remove", "mute", "unmute"}


class TerminalScreen:
    """A person at a terminal."""

    greets = True

    def __init__(self, commands: Commands, history: Path) -> None:
        self._completer = _Completer(commands)
        self._history = history
        self._toolbar = "Tocsin"

    def show(self, card: Card, *, labels: Sequence[str], alert: bool) -> None:
        """Draw a card above the prompt."""
        sys.stdout.write(terminal_text(card, labels=labels, alert=alert, width=_width()))
        sys.stdout.flush()

    async def lines(self, stop: asyncio.Event) -> AsyncIterator[str]:
        """What is typed, until Ctrl-D, Ctrl-C or ``stop``."""
        session: PromptSession[str] = PromptSession(
            HTML("<b>›</b> "),
            history=FileHistory(str(self._history)),
            completer=self._completer,
            auto_suggest=AutoSuggestFromHistory(),
            complete_while_typing=False,
            bottom_toolbar=lambda: self._toolbar,
            # A KeyboardInterrupt in a task would tear the event loop down.
            interrupt_exception=EOFError,
        )
        stopping = asyncio.ensure_future(stop.wait())
        try:
            with patch_stdout(raw=True):
                while not stop.is_set():
                    typing = asyncio.ensure_future(session.prompt_async())
                    await asyncio.wait({typing, stopping}, return_when=asyncio.FIRST_COMPLETED)
                    if not typing.done():
                        session.app.exit(exception=EOFError())
                    try:
                        yield await typing
                    except EOFError:
                        return
        finally:
            stopping.cancel()

    def remember_topics(self, topics: Sequence[str]) -> None:
        """Complete these, and count them at the foot of the screen."""
        self._completer.topics = tuple(topics)
        many = f"{len(topics)} topic{'' if len(topics) == 1 else 's'}"
        self._toolbar = f"Tocsin · {many} · /help · Ctrl-D ends"


def terminal_text(card: Card, *, labels: Sequence[str], alert: bool, width: int) -> str:
    """A card as a terminal shows it, colours and all."""
    out = StringIO()
    console = Console(file=out, force_terminal=True, width=width, highlight=False)
    lines: list[RenderableType] = [_drawn(pieces) for pieces in card.lines]
    if labels:
        lines.append(Text("   ".join(labels), style="cyan"))
    # Two columns, so that a long line of an alert stays behind its mark.
    grid = Table.grid()
    if alert:
        grid.add_column(width=2)
    grid.add_column()
    for number, drawn in enumerate(lines):
        mark = Text("●" if number == 0 else "", style="bold red")
        grid.add_row(*([mark, drawn] if alert else [drawn]))
    console.print(grid)
    console.print()
    return out.getvalue()


def _drawn(pieces: Line) -> RenderableType:
    text = Text()
    for piece in pieces:
        text.append(clean_text(piece.text), style=_style(piece))
    quoted = any(piece.style is Style.QUOTE for piece in pieces)
    return Padding(text, (0, 0, 0, 2)) if quoted else text


def _style(piece: Piece) -> str:
    style = _STYLES[piece.style]
    # Rich writes the address into an escape sequence: only the plain kinds, with nothing to end it.
    if piece.url and piece.url.startswith(("http://", "https://")):
        safe = "".join(mark for mark in clean_text(piece.url) if mark.isprintable() and mark != " ")
        return f"{style} link {safe}".strip()
    return style


def _width() -> int:
    return min(_WIDEST, shutil.get_terminal_size().columns)


class _Completer(Completer):
    """Completes commands, and topics after the commands that take one."""

    def __init__(self, commands: Commands) -> None:
        self._commands = commands
        self.topics: tuple[str, ...] = ()

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """What may follow."""
        del complete_event
        text = document.text_before_cursor
        command, space, argument = text.partition(" ")
        if not space and text.startswith("/"):
            for one in self._commands.all:
                for name in (one.name, *one.aliases):
                    if name.startswith(text[1:]):
                        yield Completion(f"/{name}", -len(text), display_meta=one.about)
        elif command.removeprefix("/") in _TAKES_TOPIC:
            for topic in self.topics:
                if topic.lower().startswith(argument.lower()):
                    yield Completion(topic, -len(argument))
