"""What a chat follows, and which of it a person means."""

from __future__ import annotations

from collections.abc import Sequence

from bot.conversation.item_cards import topic_names
from bot.conversation.request import Request
from bot.errors import MisuseError
from bot.model import Subscription
from bot.store import Database
from bot.store.chats import find_chat
from bot.store.shown import shown_item
from bot.store.subscriptions import list_subscriptions
from watchers import QuerySyntaxError, parse_query


async def followed_by(database: Database, request: Request) -> tuple[int, Sequence[Subscription]]:
    """The chat's row (0 if it has none yet) and what it follows, in the order it was asked for."""
    async with database.reading() as connection:
        chat_id = await find_chat(connection, request.ref)
        if chat_id is None:
            return 0, ()
        return chat_id, await list_subscriptions(connection, chat_id)


async def followed_of_alert(
    database: Database, request: Request
) -> tuple[int, Sequence[Subscription]]:
    """What the chat follows of the topics that the numbered item matched.

    Raises:
        MisuseError: it follows none of them any more.
    """
    chat_id, followed = await followed_by(database, request)
    async with database.reading() as connection:
        shown = await shown_item(connection, chat_id, int(request.argument))
    matched = {reason.topic_id for reason in shown.reasons} if shown else set()
    chosen = [one for one in followed if one.topic_id in matched]
    if not chosen:
        raise MisuseError("you no longer follow what this was sent for")
    return chat_id, chosen


def pick(followed: Sequence[Subscription], name: str) -> Subscription:
    """The topic that a person means: by its number in the list, or by its words.

    Raises:
        MisuseError: there is none.
    """
    if name.isdecimal() and 1 <= int(name[:9]) <= len(followed):
        return followed[int(name) - 1]
    try:
        wanted = str(parse_query(name))
    except QuerySyntaxError:
        wanted = name
    for one in followed:
        is_same = one.query is not None and str(one.query) == wanted
        if is_same or one.label.casefold() == name.casefold():
            return one
    raise MisuseError(f"you do not follow “{name}”; /topics lists what you follow, with numbers")


def by_ids(followed: Sequence[Subscription], topic_ids: str) -> list[Subscription]:
    """The topics that a button is about: its ids, comma-separated.

    Raises:
        MisuseError: one is not followed any more.
    """
    known = {str(one.topic_id): one for one in followed}
    chosen = [known[topic_id] for topic_id in topic_ids.split(",") if topic_id in known]
    if not chosen:
        raise MisuseError("you no longer follow this topic")
    return chosen


def names_of(chosen: Sequence[Subscription]) -> str:
    """Their names, as one would say them."""
    return topic_names([one.label for one in chosen])
