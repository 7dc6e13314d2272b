"""What somebody hands on: a pasted address or a forwarded post may be summed up, or watched."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

import regex

from bot.conversation.card import Action, Button, Card, line, say, strong
from bot.conversation.commands import Answer
from bot.conversation.request import Request

_ADDRESS: Final = regex.compile(r"https?://[^\s<>\"]{3,2000}", regex.IGNORECASE)
_AFTER: Final = ".,;:!?)]}»”’'"  # what ends a sentence, or stands around an address
_WORTH_A_SUMMARY: Final = 280  # characters of a post
_LONGEST_POST: Final = 4_096  # characters


class Offering:
    """What is offered for what is pasted and forwarded.

    ``reads`` tells whether pages can be read, and ``watch`` follows a source; without one of them, it is
    not offered.
    """

    def __init__(self, *, reads: bool = False, watch: Answer | None = None) -> None:
        self._reads = reads
        self.watch = watch

    def offer(self, request: Request, *, forwarded: bool) -> Card | None:
        """What can be done with the addresses, or the post; ``None``: it is plain text."""
        text = request.argument
        # Who shares a page from elsewhere sends its title along; no topic has an address in it.
        written = [found.rstrip(_AFTER) for found in _ADDRESS.findall(text)]
        urls = [url for url in (*request.links, *written) if _host(url)]
        url = urls[0] if urls and (forwarded or written or text == urls[0] or not text) else ""
        buttons: list[Button] = []
        if url and self._reads:
            buttons.append(Button("Summarise", Action("read", url)))
        elif forwarded and len(text) >= _WORTH_A_SUMMARY:
            buttons.append(Button("Summarise", Action("sum_up", text[:_LONGEST_POST])))
        if url and self.watch is not None:
            buttons.append(Button("Watch this source", Action("watch", url)))
        if not buttons and not url and not forwarded:
            return None
        if not buttons:
            return say("There is nothing to sum up in that.", apart=True)
        what = line("A page of ", strong(_host(url))) if url else line("A post")
        return say(what, buttons=(*buttons, Button("No", Action("dismiss"))), asks=True)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # brackets that hold no address
        return ""
