"""The strict Bot API server with all kinds of chats: groups, forum topics, channels, files, inline mode.

    server = StrictTelegram()
    server.topics[-100] = {"5"}                    # a forum with one topic
    server.write("/topics", chat=-100, thread=5)
    await server.until(lambda: server.messages_in_thread(-100, 5))
    server.tap(server.messages[-1], "Summary")

Errors have the descriptions of Telegram: invalid keyboards and threads, callback queries that are unknown
or already answered, texts that are too long, invalid commands.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any, Final

from aiohttp import web

from tests.fakes.telegram import (
    BOT,
    TOKEN,
    FakeTelegram,
    Message,
    Params,
    Refused,
    check_text,
    make_user,
)
from tests.fakes.telegram_html import visible_text

ANONYMOUS: Final = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
_SCOPES: Final = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}


class StrictTelegram(FakeTelegram):
    """The server of one bot, without rate limits unless they are set.

    Attributes:
        topics: the open topics of forums.
        closed: the closed topics of forums; "" is the general topic.
        channels: channel IDs by @name.
        silenced: channels in which the bot is an administrator that may not post.
        popups: answers to button presses.
        results: answers to inline queries.
    """

    def __init__(self, **limits: Any) -> None:
        super().__init__(**({"per_second": None, "chat": None, "group": None} | limits))
        self.topics: dict[int, set[str]] = {}
        self.closed: dict[int, set[str]] = {}
        self.channels: dict[str, int] = {}
        self.silenced: set[int] = set()
        self.files: dict[str, bytes] = {}
        self.popups: list[Params] = []
        self.results: list[Params] = []
        self.menus: dict[tuple[str, str], list[Params]] = {}
        self.hook: Params = {}
        self.token_works = True
        self.open_queries: set[str] = set()

    async def wait_until(self, condition: Callable[[], Any], *, seconds: float = 60.0) -> None:
        """Wait until ``condition`` is true; it is evaluated before and after each call of the bot."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(condition)

    def calls_to(self, method: str) -> list[Params]:
        """Return the parameters of each call of a method."""
        return [params for name, params in self.calls if name.lower() == method.lower()]

    # Actions of people

    def write(self, text: str, *, chat: int = 7, user: int | None = None, **extra: Any) -> int:
        """Send a message as a person: in a ``thread``, as a reply ``to`` a message, in a chat ``kind``."""
        message = self.make_incoming(text or "-", chat, user or abs(chat)) | {"text": text}
        thread, to = extra.pop("thread", None), extra.pop("to", None)
        if kind := extra.pop("kind", None):
            message["chat"]["type"] = kind
        if thread is not None:
            message |= {"message_thread_id": thread, "is_topic_message": True}
        if to is not None:
            message["reply_to_message"] = self._message_json(to)
        return self.update(message=message | extra)

    def post(self, text: str, *, channel: int) -> int:
        """Publish a post in a channel as one of its administrators."""
        post = self.make_incoming(text, channel, 1) | {
            "sender_chat": {"id": channel, "type": "channel"}
        }
        post["chat"]["type"] = "channel"
        del post["from"]
        return self.update(channel_post=post)

    def press_button(self, message: Message, label: str, *, user: int | None = None) -> int:
        """Press the button with a label."""
        return self.press(message, self.callback_data(message, label), user=user)

    def callback_data(self, message: Message, label: str) -> str:
        """Return the data of the button with a label."""
        (button,) = [button for button in self.buttons(message) if button["text"] == label]
        return button["callback_data"]

    def buttons(self, message: Message) -> list[Params]:
        """Return the buttons of a message."""
        markup = message.params.get("reply_markup") or {}
        return [button for row in markup.get("inline_keyboard", []) for button in row]

    def button_labels(self, message: Message) -> list[str]:
        """Return the labels of the buttons of a message."""
        return [button["text"] for button in self.buttons(message)]

    def press(self, message: Message, data: str, *, user: int | None = None) -> int:
        """Press a button, or send forged callback data."""
        self.open_queries.add(str(self._update_id + 1))
        return super().press(message, data, user=user)

    def change_membership(
        self, status: str, *, before: str, chat: int, kind: str, **rights: Any
    ) -> int:
        """Change the membership of the bot in a chat."""
        chat_json = {"id": chat, "type": kind, "title": "A chat", "first_name": "Ada"}
        return self.update(
            my_chat_member={
                "chat": chat_json,
                "from": make_user(abs(chat)),
                "date": 1,
                "old_chat_member": _make_member(before, {}),
                "new_chat_member": _make_member(status, rights),
            }
        )

    def send_inline_query(self, text: str, *, user: int = 7, offset: str = "") -> int:
        """Type ``@bot text`` in some chat."""
        query_id = f"i{self._update_id + 1}"
        self.open_queries.add(query_id)
        query = {"id": query_id, "from": make_user(user), "query": text}
        return self.update(inline_query=query | {"offset": offset})

    def messages_in_thread(self, chat: int, thread: int | None) -> list[Message]:
        """Return the messages in a forum topic; ``None`` is the general topic."""
        thread_text = None if thread is None else str(thread)
        return [
            message
            for message in self.messages
            if message.chat == chat and message.params.get("message_thread_id") == thread_text
        ]

    # Methods of the Bot API

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            return await super()._serve(request)
        finally:
            self._notify_waiters()

    def _add_routes(self, app: web.Application) -> None:
        app.router.add_get("/file/bot{token}/{path}", self._send_file)

    async def _send_file(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["path"])
        if request.match_info["token"] != TOKEN or data is None:
            return web.Response(status=404)
        return web.Response(body=data)

    def _find_method(self, token: str, method: str) -> Any:
        if not self.token_works:
            raise Refused(401, "Unauthorized")
        # A poll for updates ends late; conditions about its begin are evaluated now.
        self._notify_waiters()
        return super()._find_method(token, method)

    async def call_sendmessage(self, params: Params) -> Params:
        chat, thread = int(params["chat_id"]), params.get("message_thread_id")
        if thread is None and "" in self.closed.get(chat, ()):
            raise Refused(400, "Bad Request: TOPIC_CLOSED")
        if thread is not None:
            if str(thread) in self.closed.get(chat, ()):
                raise Refused(400, "Bad Request: TOPIC_CLOSED")
            if str(thread) not in self.topics.get(chat, ()):
                raise Refused(400, "Bad Request: message thread not found")
        _check_keyboard(params)
        _check_preview(params)
        reply = params.get("reply_parameters")
        if reply is not None and not isinstance(reply, dict):
            raise Refused(400, "Bad Request: can't parse reply parameters JSON object")
        return await super().call_sendmessage(params)

    async def call_sendphoto(self, params: Params) -> Params:
        return await self._send_media(params, "photo", 10_000_000)

    async def call_senddocument(self, params: Params) -> Params:
        return await self._send_media(params, "document", 50_000_000)

    async def _send_media(self, params: Params, kind: str, max_bytes: int) -> Params:
        data = params.get(kind)
        if not isinstance(data, bytes) or not data:
            raise Refused(400, f"Bad Request: there is no {kind} in the request")
        if kind == "photo" and not data.startswith((b"\x89PNG", b"\xff\xd8")):
            raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
        if len(data) > max_bytes:
            raise Refused(413, "Request Entity Too Large")
        text = str(params.get("caption", ""))
        if params.get("parse_mode") == "HTML" and len(visible_text(text)) > 1024:
            raise Refused(400, "Bad Request: message caption is too long")
        return await self.call_sendmessage(params | {"text": text or "-"})

    async def call_editmessagetext(self, params: Params) -> Params:
        if any(
            message.id == int(params["message_id"]) and message.chat == int(params["chat_id"])
            for message in self.messages
            if {"photo", "document"} & message.params.keys()
        ):
            raise Refused(400, "Bad Request: there is no text in the message to edit")
        _check_keyboard(params)
        _check_preview(params)
        return await super().call_editmessagetext(params)

    async def call_answercallbackquery(self, params: Params) -> bool:
        query_id = str(params["callback_query_id"])
        if query_id not in self.open_queries:
            raise Refused(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        self.open_queries.discard(query_id)
        if len(str(params.get("text", ""))) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        self.popups.append(params)
        return True

    async def call_answerinlinequery(self, params: Params) -> bool:
        if str(params["inline_query_id"]) not in self.open_queries:
            raise Refused(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        self.open_queries.discard(str(params["inline_query_id"]))
        results = params["results"]
        if len(results) > 50 or len({result["id"] for result in results}) < len(results):
            raise Refused(400, "Bad Request: RESULTS_TOO_MUCH")
        for result in results:
            check_text(_as_message(result["input_message_content"]))
            if not result["title"] or not 1 <= len(result["id"].encode()) <= 64:
                raise Refused(400, "Bad Request: RESULT_ID_INVALID")
        self.results.append(params)
        return True

    async def call_getchat(self, params: Params) -> Params:
        name = str(params["chat_id"])
        number = self.channels.get(name) or (int(name) if name.lstrip("-").isdecimal() else None)
        if number not in self.channels.values():
            raise Refused(400, "Bad Request: chat not found")
        return {
            "id": number,
            "type": "channel",
            "title": "A channel",
            "accent_color_id": 1,
            "max_reaction_count": 1,
            "accepted_gift_types": {
                "unlimited_gifts": False,
                "limited_gifts": False,
                "unique_gifts": False,
                "premium_subscription": False,
                "gifts_from_channels": False,
            },
        }

    async def call_getchatadministrators(self, params: Params) -> list[Params]:
        chat = int(params["chat_id"])
        if chat > 0:
            raise Refused(400, "Bad Request: there are no administrators in the private chat")
        if chat not in self.admins:
            raise Refused(400, "Bad Request: member list is inaccessible")
        return self.admins[chat]

    async def call_getchatmember(self, params: Params) -> Params:
        chat = int(params["chat_id"])
        if int(params["user_id"]) != BOT["id"] or chat not in self.channels.values():
            raise Refused(400, "Bad Request: member not found")
        can_post = chat not in self.silenced
        return _make_member(
            "administrator", {"can_post_messages": can_post, "can_edit_messages": True}
        )

    def set_admins(self, chat: int, *user_ids: int) -> None:
        """Set the administrators of a chat."""
        self.admins[chat] = [
            {"user": make_user(user_id), "status": "creator", "is_anonymous": False}
            for user_id in user_ids
        ]

    async def call_getfile(self, params: Params) -> Params:
        name = str(params["file_id"])
        if name not in self.files:
            raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        return {"file_id": name, "file_unique_id": name, "file_path": name}

    async def call_setmycommands(self, params: Params) -> bool:
        scope = (params.get("scope") or {"type": "default"})["type"]
        commands, language = params["commands"], str(params.get("language_code", ""))
        if scope not in _SCOPES or not re.fullmatch("([a-z]{2})?", language):
            raise Refused(400, "Bad Request: invalid language code specified")
        if len(commands) > 100:
            raise Refused(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not re.fullmatch("[a-z0-9_]{1,32}", command["command"]):
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(command["description"]) <= 256:
                raise Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
        self.menus[scope, language] = commands
        return True

    async def call_setwebhook(self, params: Params) -> bool:
        if not str(params["url"]).startswith("https://"):
            raise Refused(
                400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
            )
        if not re.fullmatch("[A-Za-z0-9_-]{1,256}", str(params.get("secret_token", "-"))):
            raise Refused(400, "Bad Request: secret token contains unallowed characters")
        self.hook = params
        return True

    async def call_deletewebhook(self, _: Params) -> bool:
        self.hook = {}
        return True

    async def call_getupdates(self, params: Params) -> list[Params]:
        if self.hook:
            raise Refused(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to"
                " delete the webhook first",
            )
        return await super().call_getupdates(params)

    def _message_json(self, message: Message) -> Params:
        message_json = super()._message_json(message)
        thread = message.params.get("message_thread_id")
        if message.chat in self.channels.values():
            message_json["chat"]["type"] = "channel"
            del message_json["from"]
        if thread is not None:
            message_json |= {"message_thread_id": int(thread), "is_topic_message": True}
        return message_json


def _as_message(content: Params) -> Params:
    return {"text": content["message_text"], "parse_mode": content.get("parse_mode")}


def _check_keyboard(params: Params) -> None:
    rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
    if any(not 1 <= len(row) <= 8 for row in rows) or sum(map(len, rows)) > 100:
        raise Refused(400, "Bad Request: BUTTON_COUNT_INVALID")
    for button in (button for row in rows for button in row):
        if not button.get("text", "").strip():
            raise Refused(400, "Bad Request: text buttons must be non-empty")
        if ("callback_data" in button) == ("url" in button):
            raise Refused(400, "Bad Request: BUTTON_TYPE_INVALID")


def _check_preview(params: Params) -> None:
    preview = params.get("link_preview_options")
    if preview is not None and not isinstance(preview, dict):
        raise Refused(400, "Bad Request: can't parse link preview options JSON object")


def _make_member(status: str, rights: Params) -> Params:
    base: Params = {"status": status, "user": BOT}
    if status == "administrator":
        names = (
            "be_edited manage_chat delete_messages manage_video_chats restrict_members"
            " promote_members change_info invite_users post_stories edit_stories delete_stories"
        ).split()
        base |= {f"can_{name}": False for name in names} | {"is_anonymous": False}
    if status == "restricted":
        names = (
            "change_info invite_users pin_messages manage_topics send_messages send_audios"
            " send_documents send_photos send_videos send_video_notes send_voice_notes send_polls"
            " send_other_messages add_web_page_previews edit_tag react_to_messages"
        ).split()
        base |= {f"can_{name}": True for name in names} | {"is_member": True, "until_date": 0}
    if status == "kicked":
        base["until_date"] = 0
    return base | rights
