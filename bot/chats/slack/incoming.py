"""What Slack sends, as values. Pure: a body goes in; what is missing or of another shape becomes "".

slash command ──► Asked        button ─────► Pressed
mention, DM ────► Asked        modal ──────► Filled
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.chats.slack.markup import safe_url, typed
from bot.chats.slack.render import ASKS, action_of
from bot.conversation.card import Action

Body = Mapping[str, Any]
"""One request of Slack's, its JSON read."""

_MOST_FILES: Final = 5
_MOST_LINKS: Final = 10
_DEPTH: Final = 8  # of a message's blocks: Slack's own do not go deeper


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message: where Slack keeps it, and how long it is."""

    name: str
    url: str = field(repr=False)
    size: int


@dataclass(frozen=True, slots=True)
class Asked:
    """Words for us. ``reply_url`` takes answers that one person sees; "" where there is none."""

    id: str
    channel: str
    user: str
    user_name: str
    text: str
    reply_url: str = field(default="", repr=False)
    ts: str = ""
    thread: str = ""
    files: tuple[File, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Memory:
    """What a view of ours remembers: whose chat it is about, and where one is in it."""

    chat: str = ""
    page: int = 0
    from_home: bool = False

    def __str__(self) -> str:
        return json.dumps({"chat": self.chat, "page": self.page, "from_home": self.from_home})


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button. ``in_home``: it stands in the person's App Home; else in a message."""

    id: str
    user: str
    user_name: str
    action: Action
    channel: str = ""
    ts: str = ""
    thread: str = ""
    asks: bool = False
    is_private: bool = False  # a message that the person alone sees
    in_home: bool = False
    memory: Memory = Memory()
    reply_url: str = field(default="", repr=False)
    trigger: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Filled:
    """The modal for a new topic: typed into, or handed in. ``channel``: "" is the person's own chat."""

    id: str
    user: str
    user_name: str
    view: str
    hash: str
    text: str
    channel: str = ""
    memory: Memory = Memory()


TOPIC: Final = ("topic", "slack:topic")
WHERE: Final = ("where", "slack:where")
"""Block and action of the modal's fields."""


def asked_by_command(body: Body) -> Asked:
    """A slash command."""
    return Asked(
        id=_text(body, "trigger_id"),
        channel=_text(body, "channel_id"),
        user=_text(body, "user_id"),
        user_name=_text(body, "user_name"),
        text=typed(_text(body, "text"), me=""),
        reply_url=_text(body, "response_url"),
    )


def asked_by_event(body: Body, *, me: str) -> Asked | None:
    """A mention or a direct message; nothing if no person wrote it, or it is no new message."""
    event = _part(body, "event")
    if event.get("bot_id") or event.get("subtype") not in {None, "file_share", "thread_broadcast"}:
        return None
    user = _text(event, "user")
    if not user or user == me:
        return None
    text = _text(event, "text")
    return Asked(
        id=_text(body, "event_id"),
        channel=_text(event, "channel"),
        user=user,
        user_name=_text(_part(event, "user_profile"), "display_name"),
        text=typed(text, me=me),
        ts=_text(event, "ts"),
        thread=_text(event, "thread_ts"),
        files=tuple(_files(event)),
        links=links_of(event),
    )


def asked_about_message(body: Body) -> Asked:
    """The shortcut of a message: its text is somebody else's."""
    message = _part(body, "message")
    return Asked(
        id=_text(body, "trigger_id"),
        channel=_text(_part(body, "channel"), "id"),
        user=_text(_part(body, "user"), "id"),
        user_name=_name(_part(body, "user")),
        text=typed(_text(message, "text"), me=""),
        reply_url=_text(body, "response_url"),
        ts=_text(message, "ts"),
        links=links_of(message),
    )


def pressed(body: Body) -> Pressed:
    """A button, in a message or in App Home."""
    action = _first_action(body)
    container, view = _part(body, "container"), _part(body, "view")
    return Pressed(
        id=_text(body, "trigger_id") + _text(action, "action_ts"),
        user=_text(_part(body, "user"), "id"),
        user_name=_name(_part(body, "user")),
        action=action_of(_text(action, "action_id"), _text(action, "value")),
        channel=_text(_part(body, "channel"), "id") or _text(container, "channel_id"),
        ts=_text(container, "message_ts"),
        thread=_text(container, "thread_ts"),
        asks=_text(action, "block_id").startswith(f"{ASKS}:"),
        is_private=container.get("is_ephemeral") is True,
        in_home=_text(view, "type") == "home",
        memory=memory_of(view),
        reply_url=_text(body, "response_url"),
        trigger=_text(body, "trigger_id"),
    )


def filled(body: Body) -> Filled:
    """The modal for a new topic."""
    view = _part(body, "view")
    values = _part(_part(view, "state"), "values")
    return Filled(
        id=_text(body, "trigger_id") + _text(view, "hash"),
        user=_text(_part(body, "user"), "id"),
        user_name=_name(_part(body, "user")),
        view=_text(view, "id"),
        hash=_text(view, "hash"),
        text=(
            _text(_part(_part(values, TOPIC[0]), TOPIC[1]), "value")
            or _text(_first_action(body), "value")
        ),
        channel=_text(_part(_part(values, WHERE[0]), WHERE[1]), "selected_conversation"),
        memory=memory_of(view),
    )


def memory_of(view: Body) -> Memory:
    """What a view of ours remembers."""
    try:
        known = json.loads(_text(view, "private_metadata") or "{}")
    except ValueError:
        known = {}
    if not isinstance(known, dict):
        return Memory()
    page = known.get("page")
    return Memory(
        chat=_text(known, "chat"),
        page=page if isinstance(page, int) and page >= 0 else 0,
        from_home=known.get("from_home") is True,
    )


def links_of(message: Body) -> tuple[str, ...]:
    """The addresses that a message links to, in their order."""
    found = dict.fromkeys(_links(message.get("blocks"), _DEPTH))
    return tuple(found)[:_MOST_LINKS]


def _links(part: object, depth: int) -> Iterator[str]:
    if depth <= 0:
        return
    if isinstance(part, list):
        for one in part:
            yield from _links(one, depth)
    elif isinstance(part, Mapping):
        url = part.get("url")
        if part.get("type") == "link" and isinstance(url, str) and safe_url(url):
            yield url
        yield from _links(part.get("elements"), depth - 1)


def _files(event: Body) -> Iterator[File]:
    given = event.get("files")
    for one in (given if isinstance(given, list) else [])[:_MOST_FILES]:
        if isinstance(one, Mapping) and _text(one, "url_private"):
            size = one.get("size")
            yield File(
                _text(one, "name") or "file",
                _text(one, "url_private"),
                size if isinstance(size, int) else 0,
            )


def _first_action(body: Body) -> Body:
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else {}
    return first if isinstance(first, Mapping) else {}


def _part(body: Body, name: str) -> Body:
    part = body.get(name)
    return part if isinstance(part, Mapping) else {}


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _name(user: Body) -> str:
    return _text(user, "name") or _text(user, "username")
