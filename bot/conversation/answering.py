"""An answer that never raises: what went wrong is said to the person, and what is our fault logged."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog

from bot.conversation.card import Card, say, sentence_of
from bot.conversation.request import Request
from bot.errors import BotError, MisuseError, StoreError

log = structlog.get_logger(__name__)


async def safely(
    answer: Callable[..., Awaitable[list[Card]]], request: Request, *rest: object
) -> list[Card]:
    """The cards of ``answer``, or one that says why there are none."""
    try:
        return await answer(request, *rest)
    except MisuseError as error:
        return [complaint(error)]
    except StoreError as error:
        log.error("cannot answer", problem=str(error))
        return [
            say(f"That could not be done: {error.what}. Nothing was changed; please try again.")
        ]
    except Exception:
        # A fault of ours ends one answer, never the conversation.
        log.exception("an answer broke", argument=request.argument)
        return [say("Something broke in Tocsin while answering; it is in the log.")]


def complaint(error: BotError) -> Card:
    """What a person is told of what they did wrong; nobody else sees it."""
    return say(sentence_of(str(error)), private=True)
