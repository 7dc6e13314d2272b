"""The console on a terminal: history, completion, and alerts above the half-typed line."""

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

from bot.conversation.cards.card import Card, Line, Style, TextSpan
from bot.conversation.registry import CommandRegistry
from bot.runtime.tasks import wait_for_future_or_event
from watchers.text.clean import clean_text

_STYLES: Final = {
    Style.PLAIN: "",
    Style.STRONG: "bold",
    Style.HIGHLIGHT: "bold black on yellow",
    Style.DIM: "dim",
    Style.CODE: "cyan",
    Style.QUOTE: "italic",
}
# Longer lines are hard to read.
_MAX_WIDTH_COLUMNS: Final = 100
_COMMANDS_WITH_TOPIC: Final = {"unsubscribe", "unsub", "remove", "mute", "unmute"}


class TerminalScreen:
    """A screen on an interactive terminal."""

    shows_welcome = True

    def __init__(self, commands: CommandRegistry, history: Path) -> None:
        self._completer = _Completer(commands)
        self._history = history
        self._toolbar = "Tocsin"

    def show(self, card: Card, *, labels: Sequence[str], alert: bool) -> None:
        """Print a card above the prompt."""
        sys.stdout.write(terminal_text(card, labels=labels, alert=alert, width=_width()))
        sys.stdout.flush()

    async def lines(self, stop: asyncio.Event) -> AsyncIterator[str]:
        """Yield the typed lines until Ctrl-D, Ctrl-C or ``stop``."""
        session: PromptSession[str] = PromptSession(
            HTML("<b>›</b> "),
            history=FileHistory(str(self._history)),
            completer=self._completer,
            auto_suggest=AutoSuggestFromHistory(),
            complete_while_typing=False,
            bottom_toolbar=lambda: self._toolbar,
            # A KeyboardInterrupt raised in a task would stop the event loop.
            interrupt_exception=EOFError,
        )
        with patch_stdout(raw=True):
            while not stop.is_set():
                prompt_task = asyncio.ensure_future(session.prompt_async())
                if not await wait_for_future_or_event(prompt_task, stop):
                    session.app.exit(exception=EOFError())
                try:
                    yield await prompt_task
                except EOFError:
                    return

    def set_completions(self, topics: Sequence[str]) -> None:
        """Set the topics that completion offers and show their number in the toolbar."""
        self._completer.topics = tuple(topics)
        topic_count = f"{len(topics)} topic{'' if len(topics) == 1 else 's'}"
        self._toolbar = f"Tocsin · {topic_count} · /help · Ctrl-D exits"


def terminal_text(card: Card, *, labels: Sequence[str], alert: bool, width: int) -> str:
    """Return a card as text with ANSI escape sequences."""
    output = StringIO()
    console = Console(file=output, force_terminal=True, width=width, highlight=False)
    lines: list[RenderableType] = [_render_line(spans) for spans in card.lines]
    if labels:
        lines.append(Text("   ".join(labels), style="cyan"))
    # Two columns, so that the continuation of a long line is indented behind the mark of an alert.
    grid = Table.grid()
    if alert:
        grid.add_column(width=2)
    grid.add_column()
    for number, rendered in enumerate(lines):
        mark = Text("●" if number == 0 else "", style="bold red")
        grid.add_row(*([mark, rendered] if alert else [rendered]))
    console.print(grid)
    console.print()
    return output.getvalue()


def _render_line(spans: Line) -> RenderableType:
    text = Text()
    for span in spans:
        text.append(clean_text(span.text), style=_style(span))
    is_quote = any(span.style is Style.QUOTE for span in spans)
    return Padding(text, (0, 0, 0, 2)) if is_quote else text


def _style(span: TextSpan) -> str:
    style = _STYLES[span.style]
    # Rich writes the URL into an escape sequence. Remove all characters that could end the sequence.
    if span.url and span.url.startswith(("http://", "https://")):
        safe_url = "".join(
            char for char in clean_text(span.url) if char.isprintable() and char != " "
        )
        return f"{style} link {safe_url}".strip()
    return style


def _width() -> int:
    return min(_MAX_WIDTH_COLUMNS, shutil.get_terminal_size().columns)


class _Completer(Completer):
    """Completes commands, and topics after commands that take a topic."""

    def __init__(self, commands: CommandRegistry) -> None:
        self._commands = commands
        self.topics: tuple[str, ...] = ()

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterable[Completion]:
        """Yield the completions for the text before the cursor."""
        del complete_event
        text = document.text_before_cursor
        command, space, argument = text.partition(" ")
        if not space and text.startswith("/"):
            for known_command in self._commands.all:
                for name in (known_command.name, *known_command.aliases):
                    if name.startswith(text[1:]):
                        yield Completion(
                            f"/{name}", -len(text), display_meta=known_command.description
                        )
        elif command.removeprefix("/") in _COMMANDS_WITH_TOPIC:
            for topic in self.topics:
                if topic.lower().startswith(argument.lower()):
                    yield Completion(topic, -len(argument))
