"""Find the subscriptions that a request refers to: by number, topic, alert or ID."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.conversation.cards.item import topic_names
from bot.conversation.request import CommandRequest
from bot.errors import UserError
from bot.models import Subscription
from bot.store import Database
from bot.store.chats.chats import find_chat
from bot.store.chats.item_numbers import get_chat_item
from bot.store.chats.subscriptions import list_subscriptions
from watchers import QuerySyntaxError, parse_query

_MAX_DIGITS: Final = 9


def parse_item_number(text: str) -> int | None:
    """Return the item number in ``text`` ("12", "#12"), or ``None`` if it is not a number."""
    digits = text.removeprefix("#").strip()
    return int(digits) if digits.isdecimal() and len(digits) <= _MAX_DIGITS else None


async def subscriptions_of_chat(
    database: Database, request: CommandRequest
) -> tuple[int, Sequence[Subscription]]:
    """Return the row ID of the chat (0 if it has none) and its subscriptions, oldest first."""
    async with database.reading() as connection:
        chat_id = await find_chat(connection, request.ref)
        if chat_id is None:
            return 0, ()
        return chat_id, await list_subscriptions(connection, chat_id)


async def subscriptions_of_item(
    database: Database, request: CommandRequest
) -> tuple[int, Sequence[Subscription]]:
    """Return the row ID of the chat and its subscriptions that matched ``request.item``.

    Raises:
        UserError: the chat has none of these subscriptions any more.
    """
    chat_id, subscriptions = await subscriptions_of_chat(database, request)
    number = parse_item_number(request.item)
    async with database.reading() as connection:
        shown = await get_chat_item(connection, chat_id, number) if number is not None else None
    topic_ids = {reason.topic_id for reason in shown.reasons} if shown else set()
    selected = [
        subscription for subscription in subscriptions if subscription.topic_id in topic_ids
    ]
    if not selected:
        raise UserError("you no longer follow the topics of this alert")
    return chat_id, selected


def select_subscription(subscriptions: Sequence[Subscription], name: str) -> Subscription:
    """Return the subscription with the given number in the list, or with the given topic.

    Raises:
        UserError: the subscription does not exist.
    """
    if name.isdecimal() and 1 <= int(name[:_MAX_DIGITS]) <= len(subscriptions):
        return subscriptions[int(name) - 1]
    try:
        canonical = str(parse_query(name))
    except QuerySyntaxError:
        canonical = name
    for subscription in subscriptions:
        has_same_query = subscription.query is not None and str(subscription.query) == canonical
        if has_same_query or subscription.label.casefold() == name.casefold():
            return subscription
    raise UserError(f"you do not follow “{name}”; /topics lists your topics with their numbers")


def select_by_topic_ids(
    subscriptions: Sequence[Subscription], topic_ids: str
) -> list[Subscription]:
    """Return the subscriptions of a button's comma-separated topic IDs.

    Raises:
        UserError: the chat follows none of these topics any more.
    """
    by_topic_id = {str(subscription.topic_id): subscription for subscription in subscriptions}
    selected = [by_topic_id[key] for key in topic_ids.split(",") if key in by_topic_id]
    if not selected:
        raise UserError("you no longer follow this topic")
    return selected


def join_topic_ids(subscriptions: Sequence[Subscription]) -> str:
    """Return the comma-separated topic IDs for a button; see `select_by_topic_ids`."""
    return ",".join(str(subscription.topic_id) for subscription in subscriptions)


def join_labels(subscriptions: Sequence[Subscription]) -> str:
    """Return the topics as an enumeration: “a”, “b” and “c”."""
    return topic_names([subscription.label for subscription in subscriptions])
