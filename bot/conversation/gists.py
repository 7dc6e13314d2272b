"""Gists: one sentence of an article, for lists of many. Made beside the loop, and remembered."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from bot.model import Briefed
from bot.summaries import summarize
from watchers import Item

LONGEST: Final = 200
"""Characters of a gist."""

_REMEMBERED: Final = 2_000  # a morning's stories, of which many chats are told the same
_LONGEST_TEXT: Final = 20_000  # characters of an article that are read for it


class Gists:
    """Makes gists. The same article is read once, however many chats are told of it."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, str] = OrderedDict()

    async def of(self, stories: Iterable[Briefed]) -> dict[int, str]:
        """A sentence for each item, by its row; "" where it says no more than its title."""
        items = {one.shown.item_id: one.shown.item for one in stories}
        digests = {item_id: item.digest for item_id, item in items.items()}
        new = {digests[i]: item for i, item in items.items() if digests[i] not in self._known}
        if new:
            made = await asyncio.to_thread(_made, new)
            self._known.update(made)
        found = {item_id: self._known[digest] for item_id, digest in digests.items()}
        for digest in digests.values():
            self._known.move_to_end(digest)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return found


def _made(items: dict[str, Item]) -> dict[str, str]:
    return {digest: gist(item) for digest, item in items.items()}


def gist(item: Item) -> str:
    """The sentence that says most of an article, if it says more than the title does."""
    text = item.text or item.lead
    made = summarize(
        text[:_LONGEST_TEXT], item.title, 1, characters=LONGEST, language=item.language
    )
    said = " ".join(made.sentences)
    return "" if said.casefold().strip(" .!?…") == item.title.casefold().strip(" .!?…") else said
