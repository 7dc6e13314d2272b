"""The console on a pipe: read lines, print plain text."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Final, TextIO

from bot.conversation.cards.card import Card, Line, Style, TextSpan
from bot.runtime.tasks import wait_for_future_or_event
from watchers.text.clean import clean_text

_CHUNK_BYTES: Final = 65_536
_QUOTES: Final = '“”„«»"「」'


class PipeScreen:
    """Reads commands from a pipe or file and prints cards as plain text."""

    shows_welcome = False

    def __init__(self, source: int, target: TextIO) -> None:
        """Create a screen that reads the file descriptor ``source`` and writes to ``target``."""
        self._source = source
        self._target = target

    def show(self, card: Card, *, labels: Sequence[str], alert: bool) -> None:
        """Print a card as plain text, followed by a blank line."""
        self._target.write(plain_text(card, labels=labels, alert=alert) + "\n\n")
        self._target.flush()

    async def lines(self, stop: asyncio.Event) -> AsyncIterator[str]:
        """Yield the lines of the input until its end or ``stop``."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[str | None] = asyncio.Queue()

        def put(line: str | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, line)

        def read() -> None:
            # Do not use sys.stdin: a thread that waits for input holds its lock, and Python aborts at
            # exit when it cannot acquire that lock.
            rest = b""
            while data := os.read(self._source, _CHUNK_BYTES):
                *complete_lines, rest = (rest + data).split(b"\n")
                for line in complete_lines:
                    put(line.decode("utf-8", "replace"))
            if rest:
                put(rest.decode("utf-8", "replace"))
            put(None)

        # A blocking read cannot be cancelled; a daemon thread does not delay the end of the process.
        threading.Thread(target=read, name="console input", daemon=True).start()
        while not stop.is_set():
            line_task = asyncio.ensure_future(queue.get())
            if not await wait_for_future_or_event(line_task, stop):
                line_task.cancel()
                return
            line = line_task.result()
            if line is None:
                return
            yield line

    def set_completions(self, topics: Sequence[str]) -> None:
        """Do nothing: a pipe has no completion."""


def plain_text(card: Card, *, labels: Sequence[str], alert: bool) -> str:
    """Return a card as plain text, with *stars* around the words that matched."""
    lines: list[str] = []
    links = _links(card.lines)
    for spans in card.lines:
        lines.append(_format_line(spans))
        if len(links) > 1:
            lines.extend(f"   {url}" for url in _links([spans]))
    if len(links) == 1:
        lines.append(f"  {links[0]}")
    if labels:
        lines.append(" · ".join(labels))
    if alert:
        lines = [f"{'  ' if number else '● '}{text}".rstrip() for number, text in enumerate(lines)]
    return "\n".join(lines)


def _format_line(spans: Line) -> str:
    text = "".join(map(_format_span, spans))
    if not any(span.style is Style.QUOTE for span in spans):
        return text
    # Do not nest quotation marks: it would be unclear who speaks.
    return f"  {text}" if any(mark in text for mark in _QUOTES) else f"  “{text}”"


def _format_span(span: TextSpan) -> str:
    text = clean_text(span.text)
    return f"*{text}*" if span.style is Style.HIGHLIGHT else text


def _links(lines: Sequence[Line]) -> list[str]:
    urls = (span.url for spans in lines for span in spans if span.url)
    return [clean_text(url) for url in dict.fromkeys(urls)]
