"""Several answers at once: a slow one holds up no other, and after a while it is said what is under way.

one, two, three ─ together ─┬─ done within the patience ──► their cards, in order
└─ not yet ──► "Reading 3 articles … 1 of 3 done." ──► …
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

import structlog

from bot.conversation.card import Card, say, sentence_of
from bot.conversation.request import Progress
from bot.conversation.times import plural
from bot.errors import DeliveryError, MisuseError

log = structlog.get_logger(__name__)


async def all_at_once(
    work: Sequence[Awaitable[Card]], progress: Progress | None, *, patience: float
) -> list[Card]:
    """The cards in order; what cannot be done is told in its place, if there is more than one.

    ``patience``: seconds after which ``progress`` is told.

    Raises:
        MisuseError: there is only one, and it cannot be done.
    """
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await _wait(tasks, progress, patience)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if len(tasks) == 1:
        return [tasks[0].result()]
    return [_card_of(task) for task in tasks]


async def _wait(
    tasks: Sequence[asyncio.Future[Card]], progress: Progress | None, patience: float
) -> None:
    _, waiting = await asyncio.wait(tasks, timeout=patience)
    while waiting:
        if progress is not None:
            try:
                await progress(_under_way(len(tasks), len(tasks) - len(waiting)))
            except DeliveryError as error:
                log.info("progress is not shown", problem=error.reason)
                progress = None
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)


def _card_of(task: asyncio.Future[Card]) -> Card:
    try:
        return task.result()
    except MisuseError as error:
        return say(sentence_of(str(error)))


def _under_way(many: int, done: int) -> Card:
    if many == 1:
        return say("Reading it …")
    return say(f"Reading {plural(many, 'article')} … {done} of {many} done.")
