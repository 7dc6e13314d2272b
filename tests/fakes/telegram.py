"""A Telegram Bot API server that enforces the published rules, with the descriptions of the real server.

    server = FakeTelegram()
    async with server:
        ApplicationBuilder().token(TOKEN).base_url(server.base_url) …
        server.write("/start", chat=7)          # a person sends a message
        await server.wait_for(1)                # the bot has sent one message
        server.messages[-1].text

Limits: 30 messages per second for the bot, 1 per second and chat, 20 per 60 s and group. Edits count for
the chat. A message beyond a limit is refused with 429 and retry_after; beyond the limit of the bot, all
chats are refused for some seconds. Texts are checked as Telegram checks them: HTML, lengths, buttons.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, Self

import telegram
from aiohttp import web

from tests.fakes.foreign_page import ForeignPage
from tests.fakes.limits import Limits, Sliding
from tests.fakes.telegram_html import BadHtml, visible_text

TOKEN: Final = "123456:test-token"
BOT: Final = {"id": 123456, "is_bot": True, "first_name": "Tocsin", "username": "tocsin_bot"}
_MAX_TEXT_UTF16_UNITS: Final = 4096
_MAX_CALLBACK_DATA_BYTES: Final = 64

Params = dict[str, Any]


class Refused(Exception):
    """An error answer of the Bot API."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass
class Message:
    """A message of the bot in a chat. ``text`` is the visible text, without markup."""

    id: int
    chat: int
    text: str
    params: Params
    at: float
    edits: list[str] = field(default_factory=list)


class FakeTelegram:
    """The server of one bot, on a port of its own.

    Attributes:
        transit: seconds until a request arrives at the server.
        service: seconds until the answer is sent.
        refused: number of 429 answers.
        errors: per chat, the error of every message to the chat.
        moved: groups that became supergroups, with the new ID.
        before: a hook that runs before each method and may raise `Refused` or `ForeignPage`.
        after: a hook that runs after each method, before the answer is sent; it may raise them too.
    """

    def __init__(
        self,
        *,
        per_second: int | None = 30,
        chat: tuple[int, float] | None = (1, 1.0),
        group: tuple[int, float] | None = (20, 60.0),
        freeze: float = 3.0,
        transit: Callable[[], float] = lambda: 0.0,
        service: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.limits = Limits(Sliding(per_second, 1.0) if per_second else None, freeze=freeze)
        self.chat_limit = Sliding(*chat) if chat else None
        self.group_limit = Sliding(*group) if group else None
        self.transit = transit
        self.service = service
        self.messages: list[Message] = []
        self.calls: list[tuple[str, Params]] = []
        self.refused = 0
        self.errors: dict[int, Refused] = {}
        self.moved: dict[int, int] = {}
        self.admins: dict[int, list[dict[str, Any]]] = {}
        self.before: Callable[[str, Params], Awaitable[None]] | None = None
        self.after: Callable[[str, Params], Awaitable[None]] | None = None
        self.updates: list[dict[str, Any]] = []
        self._update_id = 0
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def base_url(self) -> str:
        """The base URL for python-telegram-bot."""
        return f"http://127.0.0.1:{self.port}/bot"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._add_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    def _add_routes(self, app: web.Application) -> None:
        """Add further routes; subclasses override this."""

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    # Actions of people

    def write(self, text: str, *, chat: int = 7, user: int | None = None, **extra: Any) -> int:
        """Send a message as a person and return the update ID."""
        return self.update(message=self.make_incoming(text, chat, user or abs(chat)) | extra)

    def press(self, message: Message, data: str, *, user: int | None = None) -> int:
        """Press a button as a person and return the update ID."""
        person = make_user(user or abs(message.chat))
        query = {"id": str(self._update_id + 1), "from": person, "chat_instance": "1"}
        return self.update(
            callback_query=query | {"message": self._message_json(message), "data": data}
        )

    def update(self, **update: Any) -> int:
        """Queue an update of any kind and return its ID."""
        self._update_id += 1
        self.updates.append({"update_id": self._update_id, **update})
        self._notify_waiters()
        return self._update_id

    async def wait_for(self, count: int, *, seconds: float = 60.0) -> list[Message]:
        """Wait until the bot has sent ``count`` messages in total, and return all messages."""
        async with asyncio.timeout(seconds), self._changed:
            await self._changed.wait_for(lambda: len(self.messages) >= count)
        return self.messages

    def in_chat(self, chat: int) -> list[str]:
        """Return the texts of the messages in a chat."""
        return [message.text for message in self.messages if message.chat == chat]

    # Methods of the Bot API

    async def _serve(self, request: web.Request) -> web.Response:
        params = await _read_params(request)
        method = request.match_info["method"]
        try:
            call = self._find_method(request.match_info["token"], method)
            self.calls.append((method, params))
            if method != "getUpdates":
                await asyncio.sleep(self.transit())
            if self.before is not None:
                await self.before(method, params)
            result = await call(params)
            if self.after is not None:
                await self.after(method, params)
            if method != "getUpdates":
                await asyncio.sleep(self.service())
        except ForeignPage as page:
            return page.response()
        except Refused as error:
            answer: Params = {
                "ok": False,
                "error_code": error.code,
                "description": error.description,
            }
            if error.parameters:
                answer["parameters"] = error.parameters
            return web.json_response(answer, status=error.code)
        return web.json_response({"ok": True, "result": result})

    def _find_method(self, token: str, method: str) -> Callable[[Params], Awaitable[Any]]:
        if token != TOKEN:
            raise Refused(401, "Unauthorized")
        call = getattr(self, f"call_{method.lower()}", None)
        # Some servers are strict about the case of method names. The library has them as aliases.
        if call is None or not hasattr(telegram.Bot, method):
            raise Refused(404, "Not Found: method not found")
        return call

    async def call_getme(self, _: Params) -> Params:
        return (
            BOT
            | {"can_join_groups": True, "can_read_all_group_messages": False}
            | {
                "supports_inline_queries": True,
                "can_connect_to_business": False,
                "has_main_web_app": False,
            }
        )

    async def call_getupdates(self, params: Params) -> list[Params]:
        offset = int(params.get("offset", 0))
        deadline = time.monotonic() + float(params.get("timeout", 0))
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        while not self.updates and (remaining := deadline - time.monotonic()) > 0:
            async with self._changed:
                try:
                    await asyncio.wait_for(self._changed.wait(), min(remaining, 1.0))
                except TimeoutError:
                    continue
        return self.updates[: int(params.get("limit", 100))]

    async def call_sendmessage(self, params: Params) -> Params:
        chat = int(params["chat_id"])
        self._check_limits(chat)
        text = check_text(params)
        message = Message(len(self.messages) + 1, chat, text, params, time.monotonic())
        self.messages.append(message)
        self._notify_waiters()
        return self._message_json(message)

    async def call_editmessagetext(self, params: Params) -> Params:
        chat, number = int(params["chat_id"]), int(params["message_id"])
        matches = [
            message for message in self.messages if message.id == number and message.chat == chat
        ]
        if not matches:
            raise Refused(400, "Bad Request: message to edit not found")
        self._check_limits(chat)
        text, message = check_text(params), matches[0]
        is_same_text = text == message.text
        if is_same_text and params.get("reply_markup") == message.params.get("reply_markup"):
            raise Refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        message.text, message.params = text, message.params | params
        message.edits.append(text)
        self._notify_waiters()
        return self._message_json(message)

    async def call_answercallbackquery(self, _: Params) -> bool:
        return True

    async def call_getchatadministrators(self, params: Params) -> list[Params]:
        return self.admins.get(int(params["chat_id"]), [])

    async def call_deletewebhook(self, _: Params) -> bool:
        return True

    call_setmycommands = call_deletemycommands = call_setwebhook = call_deletewebhook
    call_sendchataction = call_deletewebhook

    # Rules

    def _check_limits(self, chat: int) -> None:
        now = time.monotonic()
        windows: dict[Hashable, Sliding] = {}
        if self.chat_limit is not None:
            windows["chat", chat] = self.chat_limit
        if self.group_limit is not None and chat < 0:
            windows["group", chat] = self.group_limit
        seconds = self.limits.refuse(now, windows)
        if seconds:
            self.refused += 1
            raise Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
        if chat in self.moved:
            raise Refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=self.moved[chat],
            )
        if chat in self.errors:
            raise self.errors[chat]

    def make_incoming(self, text: str, chat: int, user: int) -> Params:
        """Return the JSON of a message from a person."""
        kind = "private" if chat > 0 else "supergroup"
        name = {"first_name": "Ada"} if chat > 0 else {"title": "A group"}
        commands = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        return {
            "message_id": 100_000 + self._update_id,
            "date": int(time.time()),
            "chat": {"id": chat, "type": kind, **name},
            "from": make_user(user),
            "text": text,
            **({"entities": commands} if text.startswith("/") else {}),
        }

    def _message_json(self, message: Message) -> Params:
        kind = "private" if message.chat > 0 else "supergroup"
        name = {"first_name": "Ada"} if message.chat > 0 else {"title": "A group"}
        return {
            "message_id": message.id,
            "date": int(time.time()),
            "chat": {"id": message.chat, "type": kind, **name},
            "from": BOT,
            "text": message.text,
        }

    def _notify_waiters(self) -> None:
        async def notify() -> None:
            async with self._changed:
                self._changed.notify_all()

        # The loop keeps only weak references to tasks.
        self._notify_task = asyncio.ensure_future(notify())


def jittered(low: float, high: float) -> Callable[[], float]:
    """Return a function that returns random seconds between two bounds."""
    return lambda: random.uniform(low, high)


def make_user(number: int) -> Params:
    """Return the JSON of a person."""
    return {"id": number, "is_bot": False, "first_name": "Ada", "language_code": "en"}


def check_text(params: Params) -> str:
    """Return the visible text of a message.

    Raises:
        Refused: Telegram would refuse the message.
    """
    text = str(params.get("text", ""))
    if params.get("parse_mode") == "HTML":
        try:
            text = visible_text(text)
        except BadHtml as error:
            raise Refused(400, f"Bad Request: can't parse entities: {error}") from None
    if not text.strip():
        raise Refused(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > _MAX_TEXT_UTF16_UNITS:
        raise Refused(400, "Bad Request: message is too long")
    markup = params.get("reply_markup") or {}
    for button in (button for row in markup.get("inline_keyboard", []) for button in row):
        if not 1 <= len(button.get("callback_data", "x").encode()) <= _MAX_CALLBACK_DATA_BYTES:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return text.strip()


async def _read_params(request: web.Request) -> Params:
    """Return the parameters of a request. Telegram accepts forms, and JSON also inside a form."""
    if request.content_type == "application/json":
        return dict(await request.json())
    fields = {**request.query, **(await request.post())}
    return {name: _read_value(value) for name, value in fields.items()}


def _read_value(value: Any) -> Any:
    if isinstance(value, web.FileField):
        return value.file.read()
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
