"""The strict Bot API server with all kinds of chats: groups, forum topics, channels, files, inline mode.

    server = StrictTelegram()
    server.topics[-100] = {"5"}                    # a forum with one topic
    server.write("/topics", chat=-100, thread=5)
    await server.until(lambda: server.in_thread(-100, 5))
    server.tap(server.messages[-1], "Summary")

What Telegram refuses is refused with its words: keyboards, threads, callback queries that are not there
or were answered already, texts that are too long, commands that are none.
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
    _checked,
    _person,
)
from tests.fakes.telegram_html import BadHtml, plain

ANONYMOUS: Final = {"id": 1087968824, "is_bot": True, "first_name": "Group"}
_SCOPES: Final = {"default", "all_private_chats", "all_group_chats", "all_chat_administrators"}


class StrictTelegram(FakeTelegram):
    """Telegram, for one bot. Without limits of pace unless they are asked for."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(**({"per_second": None, "chat": None, "group": None} | limits))
        self.topics: dict[int, set[str]] = {}  # the open topics of forums
        self.closed: dict[int, set[str]] = {}  # and those that nobody may write to
        self.channels: dict[str, int] = {}  # by @name
        self.silenced: set[int] = set()  # channels where the bot is an admin that may not post
        self.files: dict[str, bytes] = {}
        self.popups: list[Params] = []  # answers to presses
        self.results: list[Params] = []  # answers to inline queries
        self.menus: dict[tuple[str, str], list[Params]] = {}
        self.hook: Params = {}
        self.token_works = True
        self._asked: set[str] = set()

    async def until(self, condition: Callable[[], Any], *, seconds: float = 15.0) -> None:
        """Wait until something is so: it is looked at before and after each call."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(condition)

    def called(self, method: str) -> list[Params]:
        """What a method was called with."""
        return [params for name, params in self.calls if name.lower() == method.lower()]

    # ── what people do ────────────────────────────────────────────────────────────────────────────

    def write(self, text: str, *, chat: int = 7, by: int | None = None, **extra: Any) -> int:
        """A person writes: in a ``thread``, in answer ``to`` a message, in another ``kind`` of chat."""
        made = self._incoming(text or "-", chat, by or abs(chat)) | {"text": text}
        thread, to = extra.pop("thread", None), extra.pop("to", None)
        if kind := extra.pop("kind", None):
            made["chat"]["type"] = kind
        if thread is not None:
            made |= {"message_thread_id": thread, "is_topic_message": True}
        if to is not None:
            made["reply_to_message"] = self._shown(to)
        return self.update(message=made | extra)

    def post(self, text: str, *, channel: int) -> int:
        """An admin of a channel posts."""
        made = self._incoming(text, channel, 1) | {
            "sender_chat": {"id": channel, "type": "channel"}
        }
        made["chat"]["type"] = "channel"
        del made["from"]
        return self.update(channel_post=made)

    def tap(self, message: Message, label: str, *, by: int | None = None) -> int:
        """A person presses the button that says ``label``."""
        return self.press(message, self.data(message, label), by=by)

    def data(self, message: Message, label: str) -> str:
        """What a button of a message carries."""
        (found,) = [one for one in self.keys(message) if one["text"] == label]
        return found["callback_data"]

    def keys(self, message: Message) -> list[Params]:
        """The buttons of a message."""
        markup = message.params.get("reply_markup") or {}
        return [key for row in markup.get("inline_keyboard", []) for key in row]

    def labels(self, message: Message) -> list[str]:
        """What its buttons say."""
        return [key["text"] for key in self.keys(message)]

    def press(self, message: Message, data: str, *, by: int | None = None) -> int:
        """A person presses a button, or sends what a button might carry."""
        self._asked.add(str(self._update_id + 1))
        return super().press(message, data, by=by)

    def stand(self, status: str, *, before: str, chat: int, kind: str, **rights: Any) -> int:
        """The bot's own membership of a chat changes."""
        where = {"id": chat, "type": kind, "title": "A chat", "first_name": "Ada"}
        return self.update(
            my_chat_member={
                "chat": where,
                "from": _person(abs(chat)),
                "date": 1,
                "old_chat_member": _member(before, {}),
                "new_chat_member": _member(status, rights),
            }
        )

    def ask_inline(self, query: str, *, by: int = 7, offset: str = "") -> int:
        """A person types ``@bot query`` somewhere."""
        self._asked.add(f"i{self._update_id + 1}")
        asked = {"id": f"i{self._update_id + 1}", "from": _person(by), "query": query}
        return self.update(inline_query=asked | {"offset": offset})

    def in_thread(self, chat: int, thread: int | None) -> list[Message]:
        """What stands in a topic of a forum; ``None``: in the general one."""
        return [
            one
            for one in self.messages
            if one.chat == chat and one.params.get("message_thread_id") == _said(thread)
        ]

    # ── what the bot calls ────────────────────────────────────────────────────────────────────────

    async def _serve(self, request: web.Request) -> web.Response:
        try:
            return await super()._serve(request)
        finally:
            self._tell()

    def _more_routes(self, app: web.Application) -> None:
        app.router.add_get("/file/bot{token}/{path}", self._give)

    async def _give(self, request: web.Request) -> web.Response:
        data = self.files.get(request.match_info["path"])
        if request.match_info["token"] != TOKEN or data is None:
            return web.Response(status=404)
        return web.Response(body=data)

    def _find(self, token: str, method: str) -> Any:
        if not self.token_works:
            raise Refused(401, "Unauthorized")
        self._tell()  # a fetch of updates may take long, and has begun
        return super()._find(token, method)

    async def call_sendmessage(self, params: Params) -> Params:
        chat, thread = int(params["chat_id"]), params.get("message_thread_id")
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

    async def _send_media(self, params: Params, kind: str, most: int) -> Params:
        data = params.get(kind)
        if not isinstance(data, bytes) or not data:
            raise Refused(400, f"Bad Request: there is no {kind} in the request")
        if kind == "photo" and not data.startswith((b"\x89PNG", b"\xff\xd8")):
            raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
        if len(data) > most:
            raise Refused(413, "Request Entity Too Large")
        text = str(params.get("caption", ""))
        if params.get("parse_mode") == "HTML" and len(plain(text)) > 1024:
            raise Refused(400, "Bad Request: message caption is too long")
        return await self.call_sendmessage(params | {"text": text or "-"})

    async def call_editmessagetext(self, params: Params) -> Params:
        if any(
            one.id == int(params["message_id"]) and one.chat == int(params["chat_id"])
            for one in self.messages
            if {"photo", "document"} & one.params.keys()
        ):
            raise Refused(400, "Bad Request: there is no text in the message to edit")
        _check_keyboard(params)
        _check_preview(params)
        return await super().call_editmessagetext(params)

    async def call_answercallbackquery(self, params: Params) -> bool:
        name = str(params["callback_query_id"])
        if name not in self._asked:
            raise Refused(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        self._asked.discard(name)
        if len(str(params.get("text", ""))) > 200:
            raise Refused(400, "Bad Request: MESSAGE_TOO_LONG")
        self.popups.append(params)
        return True

    async def call_answerinlinequery(self, params: Params) -> bool:
        if str(params["inline_query_id"]) not in self._asked:
            raise Refused(
                400,
                "Bad Request: query is too old and response timeout expired or query ID is invalid",
            )
        self._asked.discard(str(params["inline_query_id"]))
        results = params["results"]
        if len(results) > 50 or len({one["id"] for one in results}) < len(results):
            raise Refused(400, "Bad Request: RESULTS_TOO_MUCH")
        for one in results:
            _checked(_as_message(one["input_message_content"]))
            if not one["title"] or not 1 <= len(one["id"].encode()) <= 64:
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
        posts = chat not in self.silenced
        return _member("administrator", {"can_post_messages": posts, "can_edit_messages": True})

    def make_admins(self, chat: int, *people: int) -> None:
        """Who decides for a chat."""
        self.admins[chat] = [
            {"user": _person(one), "status": "creator", "is_anonymous": False} for one in people
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
        for one in commands:
            if not re.fullmatch("[a-z0-9_]{1,32}", one["command"]):
                raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
            if not 1 <= len(one["description"]) <= 256:
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

    def _shown(self, message: Message) -> Params:
        shown = super()._shown(message)
        thread = message.params.get("message_thread_id")
        if message.chat in self.channels.values():
            shown["chat"]["type"] = "channel"
            del shown["from"]
        if thread is not None:
            shown |= {"message_thread_id": int(thread), "is_topic_message": True}
        return shown


def _said(thread: int | None) -> str | None:
    return None if thread is None else str(thread)


def _as_message(content: Params) -> Params:
    return {"text": content["message_text"], "parse_mode": content.get("parse_mode")}


def _check_keyboard(params: Params) -> None:
    rows = (params.get("reply_markup") or {}).get("inline_keyboard", [])
    if any(not 1 <= len(row) <= 8 for row in rows) or sum(map(len, rows)) > 100:
        raise Refused(400, "Bad Request: BUTTON_COUNT_INVALID")
    for key in (one for row in rows for one in row):
        if not key.get("text", "").strip():
            raise Refused(400, "Bad Request: text buttons must be non-empty")
        if ("callback_data" in key) == ("url" in key):
            raise Refused(400, "Bad Request: BUTTON_TYPE_INVALID")


def _check_preview(params: Params) -> None:
    preview = params.get("link_preview_options")
    if preview is not None and not isinstance(preview, dict):
        raise Refused(400, "Bad Request: can't parse link preview options JSON object")


def _member(status: str, rights: Params) -> Params:
    base: Params = {"status": status, "user": BOT}
    if status == "administrator":
        can = (
            "be_edited manage_chat delete_messages manage_video_chats restrict_members"
            " promote_members change_info invite_users post_stories edit_stories delete_stories"
        ).split()
        base |= {f"can_{one}": False for one in can} | {"is_anonymous": False}
    if status == "restricted":
        can = (
            "change_info invite_users pin_messages manage_topics send_messages send_audios"
            " send_documents send_photos send_videos send_video_notes send_voice_notes send_polls"
            " send_other_messages add_web_page_previews edit_tag react_to_messages"
        ).split()
        base |= {f"can_{one}": True for one in can} | {"is_member": True, "until_date": 0}
    if status == "kicked":
        base["until_date"] = 0
    return base | rights


def readable(text: str) -> str:
    """What a person reads of an HTML text.

    Raises:
        BadHtml: nobody does.
    """
    return plain(text)


__all__ = ["ANONYMOUS", "BadHtml", "StrictTelegram", "readable"]
