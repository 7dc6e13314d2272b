"""The console on a pipe: lines in, plain text out."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Final, TextIO

from bot.conversation.card import Card, Line, Piece, Style
from watchers.text.clean import clean_text

_CHUNK: Final = 65_536  # bytes read at once
_QUOTES: Final = '“”„«»"「」'


class PipeScreen:
    """Reads commands from a pipe or file and prints what is said."""

    greets = False

    def __init__(self, source: int, target: TextIO) -> None:
        """Read from the file descriptor ``source``, write to ``target``."""
        self._source = source
        self._target = target

    def show(self, card: Card, *, labels: Sequence[str], alert: bool) -> None:
        """Print a card as plain text, a blank line after it."""
        self._target.write(plain_text(card, labels=labels, alert=alert) + "\n\n")
        self._target.flush()

    async def lines(self, stop: asyncio.Event) -> AsyncIterator[str]:
        """The lines of the input, until it ends or ``stop``."""
        loop = asyncio.get_running_loop()
        queue: asyncio.Queue[str | None] = asyncio.Queue()

        def put(line: str | None) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(queue.put_nowait, line)

        def read() -> None:
            # Not through sys.stdin: its lock, held by a thread that waits, aborts Python at exit.
            rest = b""
            while data := os.read(self._source, _CHUNK):
                *whole, rest = (rest + data).split(b"\n")
                for line in whole:
                    put(line.decode("utf-8", "replace"))
            if rest:
                put(rest.decode("utf-8", "replace"))
            put(None)

        # A read of standard input cannot be cancelled: a daemon thread does not hold up the end.
        threading.Thread(target=read, name="console input", daemon=True).start()
        stopping = asyncio.ensure_future(stop.wait())
        try:
            while not stop.is_set():
                getting = asyncio.ensure_future(queue.get())
                await asyncio.wait({getting, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not getting.done():
                    getting.cancel()
                    return
                line = getting.result()
                if line is None:
                    return
                yield line
        finally:
            stopping.cancel()

    def remember_topics(self, topics: Sequence[str]) -> None:
        """A pipe completes nothing."""


def plain_text(card: Card, *, labels: Sequence[str], alert: bool) -> str:
    """A card without any markup but *stars* around the words that matched."""
    lines: list[str] = []
    links = _links(card.lines)
    for pieces in card.lines:
        lines.append(_line(pieces))
        if len(links) > 1:  # each beneath what leads there
            lines.extend(f"   {url}" for url in _links([pieces]))
    if len(links) == 1:
        lines.append(f"  {links[0]}")
    if labels:
        lines.append(" · ".join(labels))
    if alert:
        lines = [f"{'  ' if number else '● '}{text}".rstrip() for number, text in enumerate(lines)]
    return "\n".join(lines)


def _line(pieces: Line) -> str:
    text = "".join(map(_plain, pieces))
    if not any(piece.style is Style.QUOTE for piece in pieces):
        return text
    # Quotation marks around quotation marks would not say who speaks.
    return f"  {text}" if any(mark in text for mark in _QUOTES) else f"  “{text}”"


def _plain(piece: Piece) -> str:
    text = clean_text(piece.text)
    return f"*{text}*" if piece.style is Style.MARK else text


def _links(lines: Sequence[Line]) -> list[str]:
    urls = (piece.url for pieces in lines for piece in pieces if piece.url)
    return [clean_text(url) for url in dict.fromkeys(urls)]
