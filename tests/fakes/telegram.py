"""A Telegram Bot API server that is as strict as the published rules, with the server's own words.

    server = FakeTelegram()
    async with server:
        ApplicationBuilder().token(TOKEN).base_url(server.base_url) …
        server.write("/start", chat=7)          # a person writes
        await server.wait_for(1)                # … and something was sent
        server.messages[-1].text

Limits: 30 messages in any second for the bot, 1 a second in a chat, 20 in 60 s in a group. Edits share
the chat's. A message beyond them is refused with 429 and retry_after; the bot as a whole is then frozen
for some seconds. Messages are read as Telegram reads them: its HTML, its lengths, its buttons.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self

from aiohttp import web

from tests.fakes.limits import Limits, Sliding
from tests.fakes.telegram_html import BadHtml, plain

TOKEN: Final = "123456:test-token"
BOT: Final = {"id": 123456, "is_bot": True, "first_name": "Tocsin", "username": "tocsin_bot"}
_TEXT: Final = 4096
_CALLBACK: Final = 64  # bytes

Params = dict[str, Any]


class Refused(Exception):
    """An answer that is no success."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass
class Message:
    """What somebody sees in a chat."""

    id: int
    chat: int
    text: str  # as it is read, without markup
    params: Params
    at: float
    edits: list[str] = field(default_factory=list)


class FakeTelegram:
    """One bot's server, on a port of its own."""

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
        self.transit = transit  # seconds on the way here
        self.service = service  # seconds until the answer is there
        self.messages: list[Message] = []
        self.calls: list[tuple[str, Params]] = []
        self.refused = 0  # answers of 429
        self.errors: dict[int, Refused] = {}  # by chat: what every message there meets
        self.moved: dict[int, int] = {}  # groups that became supergroups
        self.admins: dict[int, list[dict[str, Any]]] = {}
        self.before: Callable[[str, Params], Awaitable[None]] | None = None  # to break an answer
        self._updates: list[dict[str, Any]] = []
        self._update_id = 0
        self._news = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def base_url(self) -> str:
        """What python-telegram-bot takes."""
        return f"http://127.0.0.1:{self.port}/bot"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        self._more_routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        return self

    def _more_routes(self, app: web.Application) -> None:
        """What else stands on its port."""

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    # ── what people do ────────────────────────────────────────────────────────────────────────────

    def write(self, text: str, *, chat: int = 7, by: int | None = None, **extra: Any) -> int:
        """A person writes; the update's id."""
        return self.update(message=self._incoming(text, chat, by or abs(chat)) | extra)

    def press(self, message: Message, data: str, *, by: int | None = None) -> int:
        """A person presses a button; the update's id."""
        person = _person(by or abs(message.chat))
        shown = self._shown(message)
        query = {"id": str(self._update_id + 1), "from": person, "chat_instance": "1"}
        return self.update(callback_query=query | {"message": shown, "data": data})

    def update(self, **update: Any) -> int:
        """Anything happens; the update's id."""
        self._update_id += 1
        self._updates.append({"update_id": self._update_id, **update})
        self._tell()
        return self._update_id

    async def wait_for(self, many: int, *, seconds: float = 10.0) -> list[Message]:
        """Wait until so many messages were sent."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: len(self.messages) >= many)
        return self.messages

    def in_chat(self, chat: int) -> list[str]:
        """What stands in a chat."""
        return [message.text for message in self.messages if message.chat == chat]

    # ── what the bot calls ────────────────────────────────────────────────────────────────────────

    async def _serve(self, request: web.Request) -> web.Response:
        params = await _params(request)
        method = request.match_info["method"]
        try:
            call = self._find(request.match_info["token"], method)
            self.calls.append((method, params))
            if method != "getUpdates":
                await asyncio.sleep(self.transit())
            if self.before is not None:
                await self.before(method, params)
            result = await call(params)
            if method != "getUpdates":
                await asyncio.sleep(self.service())
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

    def _find(self, token: str, method: str) -> Callable[[Params], Awaitable[Any]]:
        if token != TOKEN:
            raise Refused(401, "Unauthorized")
        call = getattr(self, f"call_{method.lower()}", None)
        if call is None:
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
        self._updates = [one for one in self._updates if one["update_id"] >= offset]
        while not self._updates and (left := deadline - time.monotonic()) > 0:
            async with self._news:
                try:
                    await asyncio.wait_for(self._news.wait(), min(left, 1.0))
                except TimeoutError:
                    continue
        return self._updates[: int(params.get("limit", 100))]

    async def call_sendmessage(self, params: Params) -> Params:
        chat = int(params["chat_id"])
        self._admit(chat)
        text = _checked(params)
        message = Message(len(self.messages) + 1, chat, text, params, time.monotonic())
        self.messages.append(message)
        self._tell()
        return self._shown(message)

    async def call_editmessagetext(self, params: Params) -> Params:
        chat, number = int(params["chat_id"]), int(params["message_id"])
        found = [one for one in self.messages if one.id == number and one.chat == chat]
        if not found:
            raise Refused(400, "Bad Request: message to edit not found")
        self._admit(chat)
        text, message = _checked(params), found[0]
        same = text == message.text
        if same and params.get("reply_markup") == message.params.get("reply_markup"):
            raise Refused(
                400,
                "Bad Request: message is not modified: specified new message content and reply "
                "markup are exactly the same as a current content and reply markup of the message",
            )
        message.text, message.params = text, message.params | params
        message.edits.append(text)
        self._tell()
        return self._shown(message)

    async def call_answercallbackquery(self, _: Params) -> bool:
        return True

    async def call_getchatadministrators(self, params: Params) -> list[Params]:
        return self.admins.get(int(params["chat_id"]), [])

    async def call_deletewebhook(self, _: Params) -> bool:
        return True

    call_setmycommands = call_deletemycommands = call_setwebhook = call_deletewebhook
    call_sendchataction = call_deletewebhook

    # ── its rules ─────────────────────────────────────────────────────────────────────────────────

    def _admit(self, chat: int) -> None:
        now = time.monotonic()
        windows = {}
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

    def _incoming(self, text: str, chat: int, by: int) -> Params:
        kind = "private" if chat > 0 else "supergroup"
        name = {"first_name": "Ada"} if chat > 0 else {"title": "A group"}
        commands = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
        return {
            "message_id": 100_000 + self._update_id,
            "date": int(time.time()),
            "chat": {"id": chat, "type": kind, **name},
            "from": _person(by),
            "text": text,
            **({"entities": commands} if text.startswith("/") else {}),
        }

    def _shown(self, message: Message) -> Params:
        kind = "private" if message.chat > 0 else "supergroup"
        name = {"first_name": "Ada"} if message.chat > 0 else {"title": "A group"}
        return {
            "message_id": message.id,
            "date": int(time.time()),
            "chat": {"id": message.chat, "type": kind, **name},
            "from": BOT,
            "text": message.text,
        }

    def _tell(self) -> None:
        async def tell() -> None:
            async with self._news:
                self._news.notify_all()

        self._telling = asyncio.ensure_future(tell())


def jittered(low: float, high: float) -> Callable[[], float]:
    """Seconds between two bounds, another each time."""
    return lambda: random.uniform(low, high)


def _person(number: int) -> Params:
    return {"id": number, "is_bot": False, "first_name": "Ada", "language_code": "en"}


def _checked(params: Params) -> str:
    """The text as people read it, if Telegram takes the message."""
    text = str(params.get("text", ""))
    if params.get("parse_mode") == "HTML":
        try:
            text = plain(text)
        except BadHtml as error:
            raise Refused(400, f"Bad Request: can't parse entities: {error}") from None
    if not text.strip():
        raise Refused(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) // 2 > _TEXT:
        raise Refused(400, "Bad Request: message is too long")
    markup = params.get("reply_markup") or {}
    for button in (one for row in markup.get("inline_keyboard", []) for one in row):
        if not 1 <= len(button.get("callback_data", "x").encode()) <= _CALLBACK:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
    return text.strip()


async def _params(request: web.Request) -> Params:
    """Telegram takes forms and JSON; what is JSON inside a form is read too."""
    if request.content_type == "application/json":
        return dict(await request.json())
    given = {**request.query, **(await request.post())}
    return {name: _value(value) for name, value in given.items()}


def _value(value: Any) -> Any:
    if isinstance(value, web.FileField):
        return value.file.read()
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
