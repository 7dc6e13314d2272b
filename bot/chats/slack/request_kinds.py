"""The kinds of requests that are stored: how each is recognised, parsed and handled."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Final

from bot.chats.slack.app_home import AppHome, validate_topic
from bot.chats.slack.channel_events import CHANNEL_EVENTS, handle_channel_event
from bot.chats.slack.inbox import ParseRequest, StorableRequest
from bot.chats.slack.payloads import (
    Payload,
    get_dict,
    get_str,
    parse_button,
    parse_command,
    parse_message_event,
    parse_message_shortcut,
    parse_modal,
)
from bot.chats.slack.requests import RequestHandler
from bot.chats.slack.schedule_modal import (
    SCHEDULE_MODAL,
    parse_schedule_modal,
    validate_schedule_modal,
)
from bot.chats.slack.views import INVITE_ACTION, NEW_TOPIC
from bot.conversation.cards.overview import SCHEDULE_ACTION

SUMMARISE: Final = "summarise_message"
"""The callback ID of the shortcut in the menu of a message."""

VERB_ACTION: Final = re.compile(r"^[a-z_]+#\d+$")
"""The action IDs of the buttons of the conversation."""

IS_EVENT: Final = frozenset({"mention", "direct", "channel"})
"""The kinds that Slack sends again if they are not acknowledged."""

_BUTTON_PREFIXES: Final = {f"{INVITE_ACTION}#": "join", f"{SCHEDULE_ACTION}#": ""}


def kind_of(body: Payload) -> str:
    """Return the kind of a request that is stored, or "" for any other request."""
    if "command" in body:
        return "command"
    match get_str(body, "type"):
        case "event_callback":
            return _kind_of_event(get_dict(body, "event"))
        case "message_action":
            return "summarise" if get_str(body, "callback_id") == SUMMARISE else ""
        case "block_actions":
            return _kind_of_button(body)
        case "view_submission":
            return _kind_of_submission(body)
    return ""


def request_parsers(requests: RequestHandler, app_home: AppHome) -> Mapping[str, ParseRequest]:
    """Return the parser of each kind for one workspace."""

    def command(body: Payload) -> StorableRequest:
        request = parse_command(body)
        return StorableRequest(request.id, partial(requests.handle_command, request))

    def summarise(body: Payload) -> StorableRequest:
        request = parse_message_shortcut(body)
        return StorableRequest(request.id, partial(requests.handle_summarise_shortcut, request))

    def button(body: Payload) -> StorableRequest:
        request = parse_button(body)
        handle = app_home.handle_button if request.in_home else requests.handle_button
        return StorableRequest(request.id, partial(handle, request))

    def join(body: Payload) -> StorableRequest:
        request = parse_button(body)
        return StorableRequest(request.id, partial(requests.handle_join_button, request))

    def message(body: Payload, *, is_direct: bool) -> StorableRequest | None:
        request = parse_message_event(body, me=requests.adapter.workspace.bot_user)
        # A mention in a direct message arrives a second time as a message event.
        if request is None or request.channel.startswith("D") is not is_direct:
            return None
        handle = requests.handle_direct_message if is_direct else requests.handle_mention
        return StorableRequest(request.id, partial(handle, request))

    def channel(body: Payload) -> StorableRequest:
        handle = partial(handle_channel_event, requests.adapter, requests.reply_channel, body)
        return StorableRequest(get_str(body, "event_id"), handle)

    def topic(body: Payload) -> StorableRequest:
        request = parse_modal(body)
        return StorableRequest(request.id, partial(app_home.handle_topic_submission, request))

    def schedule(body: Payload) -> StorableRequest:
        submission = parse_schedule_modal(body)
        handle = partial(app_home.handle_schedule_submission, submission)
        return StorableRequest(submission.id, handle)

    return {
        "command": command,
        "summarise": summarise,
        "button": button,
        "join": join,
        "mention": partial(message, is_direct=False),
        "direct": partial(message, is_direct=True),
        "channel": channel,
        "topic": topic,
        "schedule": schedule,
    }


def _kind_of_event(event: Payload) -> str:
    event_type = get_str(event, "type")
    if event_type == "app_mention":
        return "mention"
    if event_type == "message":
        return "direct" if event.get("channel_type") == "im" else ""
    return "channel" if CHANNEL_EVENTS.match(event_type) else ""


def _kind_of_submission(body: Payload) -> str:
    """Return the kind of a valid submission. An invalid one is answered with its errors."""
    match get_str(get_dict(body, "view"), "callback_id"):
        case form if form == NEW_TOPIC and not validate_topic(parse_modal(body).text):
            return "topic"
        case form if form == SCHEDULE_MODAL and not validate_schedule_modal(body):
            return "schedule"
    return ""


def _kind_of_button(body: Payload) -> str:
    actions = body.get("actions")
    first = actions[0] if isinstance(actions, list) and actions else {}
    action_id = get_str(first, "action_id") if isinstance(first, Mapping) else ""
    for prefix, kind in _BUTTON_PREFIXES.items():
        if action_id.startswith(prefix):
            return kind
    return "button" if VERB_ACTION.match(action_id) else ""
