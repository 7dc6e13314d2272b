"""Resolve the topics of a request: parse a typed topic, or find the subscriptions that it refers to.

A request names subscriptions by number, topic, alert or topic ID.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import regex

from bot.conversation.cards.item import topic_names
from bot.conversation.request import CommandRequest
from bot.errors import UserError
from bot.models import ChatRef, Subscription
from bot.store import Database
from bot.store.chats.chats import find_chat
from bot.store.chats.item_numbers import get_chat_item
from bot.store.chats.subscriptions import list_subscriptions
from bot.store.chats.topics import read_aliases
from watchers import Query, QuerySyntaxError, parse_query
from watchers.text.clean import truncate

# Larger numbers do not fit into an integer column of PostgreSQL.
_MAX_DIGITS: Final = 9
_MAX_LABEL_LENGTH: Final = 200

# Quoted phrases are not replaced, and a word before a colon names a field.
_TOKEN: Final = regex.compile(r'"[^"]*"|[\p{L}\p{M}\p{N}_-]+:?')


# ── typed topics ────────────────────────────────────────────────────────────────────────────────────


def read_query(text: str, aliases: Mapping[str, str] | None = None) -> Query:
    """Parse a topic; ``aliases`` are the aliases of the chat by their case-folded name.

    Raises:
        UserError: the topic cannot be parsed; names the position and a valid form.
    """
    # Aliases are replaced in the text, so that they work inside AND, OR and NEAR.
    expanded = _replace_aliases(text, aliases) if aliases else text
    try:
        return parse_query(expanded)
    except QuerySyntaxError as error:
        # Columns refer to the text that was parsed, which may differ from the one that was typed.
        subject = "this topic" if expanded == text else "this topic with your aliases replaced"
        raise UserError(f"{subject} cannot be read: {error}") from error


def unreadable_topic_error(label: str) -> UserError:
    """Return the error about a subscription whose stored topic cannot be parsed."""
    return UserError(
        f"the topic “{truncate(label, _MAX_LABEL_LENGTH)}” cannot be read; /topics shows its number N,"
        " /edit N TOPIC replaces it and /unsubscribe N removes it"
    )


async def read_query_for_chat(database: Database, ref: ChatRef, text: str) -> Query:
    """Parse a topic with the aliases of the chat ``ref``; see `read_query`."""
    async with database.reading() as connection:
        chat_id = await find_chat(connection, ref)
        aliases = await read_aliases(connection, chat_id) if chat_id is not None else {}
    return read_query(text, aliases)


def _replace_aliases(text: str, aliases: Mapping[str, str]) -> str:
    def replacement(token: regex.Match[str]) -> str:
        meaning = aliases.get(token[0].casefold())
        # In parentheses, because the meaning may contain OR.
        return token[0] if meaning is None else f"({meaning})"

    meaning_of_text = aliases.get(text.strip().casefold())
    return meaning_of_text if meaning_of_text is not None else _TOKEN.sub(replacement, text)


# ── subscriptions ───────────────────────────────────────────────────────────────────────────────────


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
    # The button may be old: topics that the chat no longer follows are skipped.
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
