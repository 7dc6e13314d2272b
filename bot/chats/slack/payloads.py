"""Parse Slack's request bodies. Pure: a field that is missing or of the wrong type becomes empty.

slash command, mention, message ──► MessageRequest
button ──► ButtonRequest
modal  ──► ModalRequest
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import regex

from bot.chats.slack.render import QUESTION_BLOCK_ID, parse_button_action, safe_url
from bot.conversation.cards.card import Action

Payload = Mapping[str, Any]
"""The JSON body of a request from Slack, or a part of one."""

TOPIC_INPUT: Final = ("topic", "slack:topic")
"""Block ID and action ID of the topic field in the modal for a new topic."""

CHANNEL_INPUT: Final = ("where", "slack:where")
"""Block ID and action ID of the channel field in the same modal."""

# Each file is downloaded before the answer, and a download may take 25 s.
_MAX_FILES: Final = 5
_MAX_LINKS: Final = 10
_MAX_PAGE_NUMBER: Final = 1_000_000
# Slack's own blocks are not nested deeper.
_MAX_BLOCK_DEPTH: Final = 8

# Messages without a subtype are new ones; these subtypes are new messages, too. All others report
# a change, such as an edit.
_NEW_MESSAGE_SUBTYPES: Final = frozenset({None, "file_share", "thread_broadcast"})


_ENTITY: Final = regex.compile(r"&(amp|lt|gt);")
_NO_BREAK_SPACE: Final = regex.compile(r"[\u00a0\u202f]")
_REPEATED_QUOTE: Final = regex.compile(r"([“”„«»])\1+")
_SCHEME: Final = regex.compile(r"^(?:https?://|mailto:|tel:)", regex.IGNORECASE)
_ENTITY_CHARS: Final = {"amp": "&", "lt": "<", "gt": ">"}
# <@U1|name>, <#C1|name>, <!here>, <!subteam^S1|@group>, <https://…|label>
_ANGLE_BRACKETS: Final = regex.compile(r"<([@#!]?)([^<>|\s][^<>|]{0,4000})(?:\|([^<>]{0,4000}))?>")


# ── values ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class SlackFile:
    """A file that came with a message.

    In channels that are shared with another workspace, Slack sends only the ``id``.
    """

    name: str
    url: str = field(repr=False)
    size: int
    id: str = ""


@dataclass(frozen=True, slots=True)
class MessageRequest:
    """A slash command, a mention, a direct message or a message shortcut.

    Attributes:
        reply_url: the URL for replies that only this user sees; "" if Slack sent none.
        ts: Slack's ID of the message.
        thread: the ID of the message that starts the thread; "" outside a thread.
    """

    id: str
    channel: str
    user: str
    user_name: str
    text: str
    reply_url: str = field(default="", repr=False)
    ts: str = ""
    thread: str = ""
    files: tuple[SlackFile, ...] = ()
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ViewState:
    """The state of a view, kept in its private metadata: the chat it shows, and the page."""

    chat: str = ""
    page: int = 0
    from_home: bool = False

    def __str__(self) -> str:
        return json.dumps({"chat": self.chat, "page": self.page, "from_home": self.from_home})


@dataclass(frozen=True, slots=True)
class ButtonRequest:
    """A pressed button.

    Attributes:
        is_question: the button answers a question.
        is_private: only this user sees the message with the button.
        in_home: the button is in App Home, not in a message.
        trigger_id: the short-lived permission to open a modal.
    """

    id: str
    user: str
    user_name: str
    action: Action
    channel: str = ""
    ts: str = ""
    thread: str = ""
    is_question: bool = False
    is_private: bool = False
    in_home: bool = False
    state: ViewState = ViewState()
    reply_url: str = field(default="", repr=False)
    trigger_id: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ModalRequest:
    """The modal for a new topic, while the user types or after submission.

    Attributes:
        channel: the selected channel; "" stands for the user's direct messages.
    """

    id: str
    user: str
    user_name: str
    view_id: str
    hash: str
    text: str
    channel: str = ""
    state: ViewState = ViewState()


# ── requests ─────────────────────────────────────────────────────────────────────────────────────


def parse_command(body: Payload) -> MessageRequest:
    """Parse a slash command."""
    return MessageRequest(
        id=get_str(body, "trigger_id"),
        channel=get_str(body, "channel_id"),
        user=get_str(body, "user_id"),
        user_name=get_str(body, "user_name"),
        text=unescape(get_str(body, "text"), me=""),
        reply_url=get_str(body, "response_url"),
    )


def parse_message_event(body: Payload, *, me: str) -> MessageRequest | None:
    """Parse a mention or a direct message.

    Return None for a message of a bot or of the bot user ``me``, and for a change of a message.
    """
    event = get_dict(body, "event")
    if event.get("bot_id") or event.get("subtype") not in _NEW_MESSAGE_SUBTYPES:
        return None
    user = get_str(event, "user")
    if not user or user == me:
        return None
    return MessageRequest(
        id=get_str(body, "event_id"),
        channel=get_str(event, "channel"),
        user=user,
        user_name=get_str(get_dict(event, "user_profile"), "display_name"),
        text=unescape(get_str(event, "text"), me=me),
        ts=get_str(event, "ts"),
        thread=get_str(event, "thread_ts"),
        files=tuple(_message_files(event)),
        links=message_links(event),
    )


def parse_message_shortcut(body: Payload) -> MessageRequest:
    """Parse the shortcut in the menu of a message. Text, files and links are the message's."""
    message = get_dict(body, "message")
    return MessageRequest(
        id=get_str(body, "trigger_id"),
        channel=get_str(get_dict(body, "channel"), "id"),
        user=get_str(get_dict(body, "user"), "id"),
        user_name=_user_name(get_dict(body, "user")),
        text=unescape(get_str(message, "text"), me=""),
        reply_url=get_str(body, "response_url"),
        ts=get_str(message, "ts"),
        files=tuple(_message_files(message)),
        links=message_links(message),
    )


def parse_button(body: Payload) -> ButtonRequest:
    """Parse a pressed button, in a message or in App Home."""
    action = _first_action(body)
    container, view = get_dict(body, "container"), get_dict(body, "view")
    return ButtonRequest(
        id=get_str(body, "trigger_id") + get_str(action, "action_ts"),
        user=get_str(get_dict(body, "user"), "id"),
        user_name=_user_name(get_dict(body, "user")),
        action=parse_button_action(get_str(action, "action_id"), get_str(action, "value")),
        channel=get_str(get_dict(body, "channel"), "id") or get_str(container, "channel_id"),
        ts=get_str(container, "message_ts"),
        thread=get_str(container, "thread_ts"),
        is_question=get_str(action, "block_id").startswith(f"{QUESTION_BLOCK_ID}:"),
        is_private=container.get("is_ephemeral") is True,
        in_home=get_str(view, "type") == "home",
        state=parse_view_state(view),
        reply_url=get_str(body, "response_url"),
        trigger_id=get_str(body, "trigger_id"),
    )


def parse_modal(body: Payload) -> ModalRequest:
    """Parse the modal for a new topic."""
    view = get_dict(body, "view")
    values = get_dict(get_dict(view, "state"), "values")
    topic = get_dict(get_dict(values, TOPIC_INPUT[0]), TOPIC_INPUT[1])
    channel = get_dict(get_dict(values, CHANNEL_INPUT[0]), CHANNEL_INPUT[1])
    return ModalRequest(
        id=get_str(body, "trigger_id") + get_str(view, "hash"),
        user=get_str(get_dict(body, "user"), "id"),
        user_name=_user_name(get_dict(body, "user")),
        view_id=get_str(view, "id"),
        hash=get_str(view, "hash"),
        text=get_str(topic, "value") or get_str(_first_action(body), "value"),
        channel=get_str(channel, "selected_conversation"),
        state=parse_view_state(view),
    )


def parse_view_state(view: Payload) -> ViewState:
    """Parse the state in the private metadata of a view."""
    metadata = private_metadata(view)
    return ViewState(
        chat=get_str(metadata, "chat"),
        page=page_number(metadata),
        from_home=metadata.get("from_home") is True,
    )


def private_metadata(view: Payload) -> Payload:
    """Return the private metadata of a view, or an empty object if it is unreadable."""
    try:
        metadata = json.loads(get_str(view, "private_metadata") or "{}")
    except ValueError:
        return {}
    return metadata if isinstance(metadata, dict) else {}


def page_number(metadata: Payload) -> int:
    """Return the page of App Home that the metadata names, counted from 0."""
    page = metadata.get("page")
    return page if isinstance(page, int) and 0 <= page <= _MAX_PAGE_NUMBER else 0


# ── links and files of a message ─────────────────────────────────────────────────────────────────


def message_links(message: Payload) -> tuple[str, ...]:
    """Return the URLs that a message links to, without duplicates and in their order."""
    urls = dict.fromkeys(
        (*_block_links(message.get("blocks"), _MAX_BLOCK_DEPTH), *_attachment_links(message))
    )
    return tuple(urls)[:_MAX_LINKS]


def _block_links(part: object, depth: int) -> Iterator[str]:
    if depth <= 0:
        return
    if isinstance(part, list):
        for element in part:
            yield from _block_links(element, depth)
    elif isinstance(part, Mapping):
        url = part.get("url")
        if part.get("type") == "link" and isinstance(url, str) and safe_url(url):
            yield url
        yield from _block_links(part.get("elements"), depth - 1)


def _attachment_links(message: Payload) -> Iterator[str]:
    """Yield the URLs of attachments, which are link previews or content that an app posted."""
    for attachment in _get_list(message, "attachments")[:_MAX_LINKS]:
        if isinstance(attachment, Mapping):
            url = get_str(attachment, "from_url") or get_str(attachment, "title_link")
            if safe_url(url):
                yield url


def _message_files(message: Payload) -> Iterator[SlackFile]:
    for raw_file in _get_list(message, "files")[:_MAX_FILES]:
        file = parse_file(raw_file if isinstance(raw_file, Mapping) else {})
        if file.url or file.id:
            yield file


def parse_file(raw_file: Payload) -> SlackFile:
    """Parse Slack's description of a file."""
    size = raw_file.get("size")
    return SlackFile(
        get_str(raw_file, "name") or "file",
        get_str(raw_file, "url_private"),
        size if isinstance(size, int) else 0,
        get_str(raw_file, "id"),
    )


# ── fields ───────────────────────────────────────────────────────────────────────────────────────


def get_dict(body: Payload, name: str) -> Payload:
    """Return the object ``name`` of ``body``, or an empty one."""
    part = body.get(name)
    return part if isinstance(part, Mapping) else {}


def get_str(body: Payload, name: str) -> str:
    """Return the text ``name`` of ``body``, or ""."""
    value = body.get(name)
    return value if isinstance(value, str) else ""


def _get_list(body: Payload, name: str) -> list[object]:
    value = body.get(name)
    return value if isinstance(value, list) else []


def _first_action(body: Payload) -> Payload:
    actions = _get_list(body, "actions")
    action = actions[0] if actions else {}
    return action if isinstance(action, Mapping) else {}


def _user_name(user: Payload) -> str:
    return get_str(user, "name") or get_str(user, "username")


def unescape(text: str, *, me: str) -> str:
    """Return incoming text without Slack's markup and without mentions of the bot user ``me``."""

    def replace_markup(match: regex.Match[str]) -> str:
        sign, target, label = match[1], match[2], match[3] or ""
        if sign == "@":
            return "" if target == me else f"@{label or target}"
        if sign == "#":
            return f"#{label or target}"
        if sign == "!":
            return label or f"@{target.partition('^')[0]}"
        return label if label and _is_linked_by_slack(target, label) else target

    without_markup = _ANGLE_BRACKETS.sub(replace_markup, text)
    plain = _ENTITY.sub(lambda match: _ENTITY_CHARS[match[1]], without_markup)
    # The editor of Slack inserts no-break spaces, and replaces quotes that are curly already.
    return _REPEATED_QUOTE.sub(r"\1", _NO_BREAK_SPACE.sub(" ", plain)).strip()


def _is_linked_by_slack(target: str, label: str) -> bool:
    """Return True if Slack made a link of a word such as ``Booking.com``."""
    address = _SCHEME.sub("", target).rstrip("/").casefold()
    return address == label.rstrip("/").casefold()
