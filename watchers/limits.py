"""Limits of foreign text that several packages share."""

from __future__ import annotations

from typing import Final

MAX_URL_CHARS: Final = 4_096
"""Characters of an address. Code that takes a longer one from a feed, a page, an answer or a chat
drops it before anything else reads it."""

MAX_FEED_URL_CHARS: Final = 2_000
"""Characters of a feed's own address, and of one typed to find it; a longer one was pasted by mistake."""
