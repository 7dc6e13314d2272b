"""Summarise articles in one sentence for lists. Summaries are made in a thread and cached."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

from bot.models import BriefingStory
from bot.summaries import summarize
from watchers import Item

MAX_SENTENCE_LENGTH: Final = 200
"""Characters of a one-sentence summary."""

# The stories of one morning, which the briefings of many chats share.
_CACHE_SIZE: Final = 2_000
_MAX_TEXT_LENGTH: Final = 20_000


class SummaryCache:
    """Caches one-sentence summaries by the digest of the article."""

    def __init__(self) -> None:
        self._summaries: OrderedDict[str, str] = OrderedDict()

    async def summarise(self, stories: Iterable[BriefingStory]) -> dict[int, str]:
        """Return a sentence by item ID; "" if it adds nothing to the title."""
        items = {story.chat_item.item_id: story.chat_item.item for story in stories}
        digests = {item_id: item.digest for item_id, item in items.items()}
        missing = {
            digests[item_id]: item
            for item_id, item in items.items()
            if digests[item_id] not in self._summaries
        }
        if missing:
            self._summaries.update(await asyncio.to_thread(_summarise_all, missing))
        result = {item_id: self._summaries[digest] for item_id, digest in digests.items()}
        # Moved to the end after the lookup, so that the entries of this briefing are not evicted.
        for digest in digests.values():
            self._summaries.move_to_end(digest)
        while len(self._summaries) > _CACHE_SIZE:
            self._summaries.popitem(last=False)
        return result


def _summarise_all(items: dict[str, Item]) -> dict[str, str]:
    return {digest: one_sentence_summary(item) for digest, item in items.items()}


def one_sentence_summary(item: Item) -> str:
    """Return the most informative sentence of an article, or "" if it repeats the title."""
    text = item.text or item.lead
    summary = summarize(
        text[:_MAX_TEXT_LENGTH],
        item.title,
        1,
        characters=MAX_SENTENCE_LENGTH,
        language=item.language,
    )
    sentence = " ".join(summary.sentences)
    # A sentence that repeats the title would waste one of the few lines of a briefing.
    return "" if _normalise(sentence) == _normalise(item.title) else sentence


def _normalise(sentence: str) -> str:
    return sentence.casefold().strip(" .!?…")
