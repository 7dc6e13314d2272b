"""Length limits for URLs, shared by the packages that read untrusted text.

The module has no imports, so that `watchers.text` may use it as well as the layers above it.
"""

from __future__ import annotations

from typing import Final

MAX_URL_CHARS: Final = 4_096
"""Characters of a URL. A longer URL in a feed, page, response or chat message is dropped before any
parser reads it."""

MAX_FEED_URL_CHARS: Final = 2_000
"""Characters of the address of a feed, and of a text that a user types to find one. A longer text is
most likely pasted by mistake."""
