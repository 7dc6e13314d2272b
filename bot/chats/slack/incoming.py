"""What Slack sends, as values. Pure: a body goes in; what is missing or of another shape becomes "".

slash command ──► Asked        button ─────► Pressed
mention, DM ────► Asked        modal ──────► Filled
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.chats.slack.bodies import Body, json_of, part_of, text_of
from bot.chats.slack.markup import safe_url, typed
from bot.chats.slack.render import ASKS, action_of
from bot.conversation.card import Action

_MOST_FILES: Final = 5
_MOST_LINKS: Final = 10
_MOST_PAGES: Final = 1_000_000
_DEPTH: Final = 8  # of a message's blocks: Slack's own do not go deeper


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message: where Slack keeps it, and how long it is.

    In channels that are shared with another workspace, Slack tells the ``id`` alone.
    """

    name: str
    url: str = field(repr=False)
    size: int
    id: str = ""


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
        id=text_of(body, "trigger_id"),
        channel=text_of(body, "channel_id"),
        user=text_of(body, "user_id"),
        user_name=text_of(body, "user_name"),
        text=typed(text_of(body, "text"), me=""),
        reply_url=text_of(body, "response_url"),
    )


def asked_by_event(body: Body, *, me: str) -> Asked | None:
    """A mention or a direct message; nothing if no person wrote it, or it is no new message."""
    event = part_of(body, "event")
    if event.get("bot_id") or event.get("subtype") not in {None, "file_share", "thread_broadcast"}:
        return None
    user = text_of(event, "user")
    if not user or user == me:
        return None
    text = text_of(event, "text")
    return Asked(
        id=text_of(body, "event_id"),
        channel=text_of(event, "channel"),
        user=user,
        user_name=text_of(part_of(event, "user_profile"), "display_name"),
        text=typed(text, me=me),
        ts=text_of(event, "ts"),
        thread=text_of(event, "thread_ts"),
        files=tuple(_files(event)),
        links=links_of(event),
    )


def asked_about_message(body: Body) -> Asked:
    """The shortcut of a message: its text is somebody else's."""
    message = part_of(body, "message")
    return Asked(
        id=text_of(body, "trigger_id"),
        channel=text_of(part_of(body, "channel"), "id"),
        user=text_of(part_of(body, "user"), "id"),
        user_name=_name(part_of(body, "user")),
        text=typed(text_of(message, "text"), me=""),
        reply_url=text_of(body, "response_url"),
        ts=text_of(message, "ts"),
        files=tuple(_files(message)),
        links=links_of(message),
    )


def pressed(body: Body) -> Pressed:
    """A button, in a message or in App Home."""
    action = _first_action(body)
    container, view = part_of(body, "container"), part_of(body, "view")
    return Pressed(
        id=text_of(body, "trigger_id") + text_of(action, "action_ts"),
        user=text_of(part_of(body, "user"), "id"),
        user_name=_name(part_of(body, "user")),
        action=action_of(text_of(action, "action_id"), text_of(action, "value")),
        channel=text_of(part_of(body, "channel"), "id") or text_of(container, "channel_id"),
        ts=text_of(container, "message_ts"),
        thread=text_of(container, "thread_ts"),
        asks=text_of(action, "block_id").startswith(f"{ASKS}:"),
        is_private=container.get("is_ephemeral") is True,
        in_home=text_of(view, "type") == "home",
        memory=memory_of(view),
        reply_url=text_of(body, "response_url"),
        trigger=text_of(body, "trigger_id"),
    )


def filled(body: Body) -> Filled:
    """The modal for a new topic."""
    view = part_of(body, "view")
    values = part_of(part_of(view, "state"), "values")
    return Filled(
        id=text_of(body, "trigger_id") + text_of(view, "hash"),
        user=text_of(part_of(body, "user"), "id"),
        user_name=_name(part_of(body, "user")),
        view=text_of(view, "id"),
        hash=text_of(view, "hash"),
        text=(
            text_of(part_of(part_of(values, TOPIC[0]), TOPIC[1]), "value")
            or text_of(_first_action(body), "value")
        ),
        channel=text_of(part_of(part_of(values, WHERE[0]), WHERE[1]), "selected_conversation"),
        memory=memory_of(view),
    )


def memory_of(view: Body) -> Memory:
    """What a view of ours remembers."""
    known = json_of(view)
    return Memory(
        chat=text_of(known, "chat"),
        page=page_of(known),
        from_home=known.get("from_home") is True,
    )


def page_of(known: Body) -> int:
    """At which page of App Home one was."""
    page = known.get("page")
    return page if isinstance(page, int) and 0 <= page <= _MOST_PAGES else 0


def links_of(message: Body) -> tuple[str, ...]:
    """The addresses that a message links to, in their order."""
    found = dict.fromkeys((*_links(message.get("blocks"), _DEPTH), *_unfurled(message)))
    return tuple(found)[:_MOST_LINKS]


def _unfurled(message: Body) -> Iterator[str]:
    """The addresses behind what an app attached, or Slack showed of a link."""
    given = message.get("attachments")
    for one in (given if isinstance(given, list) else [])[:_MOST_LINKS]:
        if isinstance(one, Mapping):
            url = text_of(one, "from_url") or text_of(one, "title_link")
            if safe_url(url):
                yield url


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


def _files(message: Body) -> Iterator[File]:
    given = message.get("files")
    for one in (given if isinstance(given, list) else [])[:_MOST_FILES]:
        file = file_of(one if isinstance(one, Mapping) else {})
        if file.url or file.id:
            yield file


def file_of(given: Body) -> File:
    """A file as Slack describes it."""
    size = given.get("size")
    return File(
        text_of(given, "name") or "file",
        text_of(given, "url_private"),
        size if isinstance(size, int) else 0,
        text_of(given, "id"),
    )


def _first_action(body: Body) -> Body:
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else {}
    return first if isinstance(first, Mapping) else {}


def _name(user: Body) -> str:
    return text_of(user, "name") or text_of(user, "username")
