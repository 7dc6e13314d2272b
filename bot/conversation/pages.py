"""What the conversation needs to read web pages."""

from __future__ import annotations

from typing import Protocol

from watchers.sources.page import Page


class Pages(Protocol):
    """Reads web pages."""

    async def page(self, url: str) -> Page:
        """What the page at ``url`` says, and what hides the rest of it.

        Raises:
            MisuseError: it cannot be had or read; says why.
        """
