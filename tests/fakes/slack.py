"""A fake of the Slack Web API that enforces the published rules, with Slack's own error codes.

    server = FakeSlack({"xoxb-one": "T1"})
    async with server:
        AsyncWebClient(token="xoxb-one", base_url=server.base_url)
        server.join("T1", "C1")
        server.messages[-1].text

Limits: one message per second in a channel, and 300 in 60 s in a workspace. A message beyond them gets
status 429 with Retry-After. Posting requires membership; texts and blocks are limited in length.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final, Self

from aiohttp import web

from tests.fakes.foreign_page import ForeignPage
from tests.fakes.limits import Limits, Sliding
from tests.fakes.slack_blocks import problem_of, problem_of_view

_MAX_TEXT_CHARS: Final = 40_000
_MAX_BLOCKS: Final = 50
_MAX_BLOCKS_CHARS: Final = 13_200

Params = dict[str, Any]


class Refused(Exception):
    """An error response."""

    def __init__(
        self, error: str, *, status: int = 200, retry_after: int = 0, detail: str = ""
    ) -> None:
        super().__init__(error)
        self.error = error
        self.detail = detail
        self.status = status
        self.retry_after = retry_after


@dataclass
class Message:
    """A message in a channel."""

    team: str
    channel: str
    ts: str
    text: str
    params: Params
    at: float
    edits: list[str] = field(default_factory=list)


class FakeSlack:
    """The Web API for the workspaces of the given tokens, on a port of its own."""

    def __init__(
        self,
        tokens: dict[str, str],
        *,
        channel: tuple[int, float] = (1, 1.0),
        workspace: tuple[int, float] = (300, 60.0),
        everybody_is_in: bool = True,
        transit: Callable[[], float] = lambda: 0.0,
        service: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self.tokens = tokens
        self.channel_limit = Sliding(*channel)
        self.limits = {team: Limits(Sliding(*workspace)) for team in tokens.values()}
        self._workspace_limit = workspace
        self.everybody_is_in = everybody_is_in
        self.transit = transit
        self.service = service
        self.messages: list[Message] = []
        self.ephemeral: list[Params] = []
        self.views: list[tuple[str, Params]] = []
        self.calls: list[tuple[str, Params]] = []
        self.refused = 0
        # The permissions of the tokens, sent as a header of every response.
        self.scopes = ""
        # The reasons why payloads were rejected.
        self.details: list[str] = []
        # By error code: the other fields of the error response.
        self.error_fields: dict[str, Params] = {}
        # By channel: the error code for every message there.
        self.errors: dict[str, str] = {}
        self.members: set[tuple[str, str]] = set()
        self.before: Callable[[str, Params], Awaitable[None]] | None = None
        self.after: Callable[[str, Params], Awaitable[None]] | None = None
        # Set after every call.
        self.activity = asyncio.Event()
        self._runner: web.AppRunner | None = None
        self._count = 0
        self.port = 0

    @property
    def base_url(self) -> str:
        """The base URL for slack_sdk."""
        return f"http://127.0.0.1:{self.port}/api/"

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/api/{method}", self._serve)
        self.routes(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, backlog=1024)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def routes(self, app: web.Application) -> None:
        """Add the routes of a subclass."""

    def team_of(self, method: str, token: str) -> str | None:
        """Return the workspace of a token."""
        return self.tokens.get(token)

    def allow(self, token: str, team: str) -> None:
        """Accept a token from now on."""
        self.tokens[token] = team
        self.limits.setdefault(team, Limits(Sliding(*self._workspace_limit)))

    def join(self, team: str, *channels: str) -> None:
        """Make the bot a member of channels."""
        self.members.update((team, channel) for channel in channels)

    def in_channel(self, channel: str) -> list[str]:
        """Return the texts of the messages in a channel."""
        return [message.text for message in self.messages if message.channel == channel]

    async def _serve(self, request: web.Request) -> web.Response:
        params = await _params(request)
        method = request.match_info["method"]
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = token or params.get("token", "")
        try:
            team, call = self._find(token, method)
            self.calls.append((method, params))
            await asyncio.sleep(self.transit())
            if self.before is not None:
                await self.before(method, params)
            response = await call(team, params)
            if self.after is not None:
                await self.after(method, params)
            await asyncio.sleep(self.service())
        except ForeignPage as page:
            return page.response()
        except Refused as error:
            headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
            body = {"ok": False, "error": error.error, **self.error_fields.get(error.error, {})}
            if error.detail:
                self.details.append(error.detail)
            return web.json_response(body, status=error.status, headers=headers)
        finally:
            asyncio.get_running_loop().call_soon(self.activity.set)
        headers = {"x-oauth-scopes": self.scopes} if self.scopes else {}
        return web.json_response({"ok": True, **response}, headers=headers)

    def _find(self, token: str, method: str) -> tuple[str, Callable[..., Awaitable[Params]]]:
        team = self.team_of(method, token)
        if team is None:
            raise Refused("invalid_auth" if token else "not_authed")
        call = getattr(self, "call_" + method.lower().replace(".", "_"), None)
        if call is None:
            raise Refused("unknown_method")
        return team, call

    async def call_auth_test(self, team: str, _: Params) -> Params:
        return {"url": "https://example.slack.com/", "team": team, "user": "tocsin"} | {
            "team_id": team,
            "user_id": "U0BOT",
            "bot_id": "B0BOT",
        }

    async def call_chat_postmessage(self, team: str, params: Params) -> Params:
        channel = str(params["channel"])
        self._admit(team, channel)
        _check(params)
        self._count += 1
        ts = f"{int(time.time())}.{self._count:06d}"
        text = str(params.get("text", ""))
        self.messages.append(Message(team, channel, ts, text, params, time.monotonic()))
        return {"channel": channel, "ts": ts, "message": {"ts": ts, "text": text}}

    async def call_chat_update(self, team: str, params: Params) -> Params:
        channel, ts = str(params["channel"]), str(params["ts"])
        messages = [
            message
            for message in self.messages
            if (message.team, message.channel, message.ts) == (team, channel, ts)
        ]
        if not messages:
            raise Refused("message_not_found")
        self._admit(team, channel)
        _check(params)
        message = messages[0]
        message.text = str(params.get("text", ""))
        message.edits.append(message.text)
        return {"channel": channel, "ts": ts, "text": message.text}

    async def call_chat_postephemeral(self, _team: str, params: Params) -> Params:
        _check(params)
        self.ephemeral.append(params)
        return {"message_ts": f"{int(time.time())}.000000"}

    async def call_conversations_info(self, team: str, params: Params) -> Params:
        channel = str(params["channel"])
        if self.errors.get(channel) == "channel_not_found":
            raise Refused("channel_not_found")
        return {"channel": {"id": channel, "is_member": self._is_member(team, channel)}}

    async def call_views_open(self, _team: str, params: Params) -> Params:
        if not params.get("trigger_id"):
            raise Refused("invalid_trigger_id")
        return self._show_view("open", params)

    async def call_views_publish(self, _team: str, params: Params) -> Params:
        return self._show_view("publish", params)

    async def call_views_update(self, _team: str, params: Params) -> Params:
        if params.get("hash") and params["hash"] != f"hash-{len(self.views)}":
            raise Refused("hash_conflict")
        return self._show_view("update", params)

    def _show_view(self, method: str, params: Params) -> Params:
        problem = problem_of_view(params["view"])
        if problem:
            raise Refused("invalid_arguments", detail=problem)
        self.views.append((method, params))
        view_id = params.get("view_id") or f"V{len(self.views)}"
        return {"view": {**params["view"], "id": view_id, "hash": f"hash-{len(self.views)}"}}

    def _is_member(self, team: str, channel: str) -> bool:
        return self.everybody_is_in or (team, channel) in self.members

    def _admit(self, team: str, channel: str) -> None:
        windows: dict[Hashable, Sliding] = {(team, channel): self.channel_limit}
        seconds = self.limits[team].refuse(time.monotonic(), windows)
        if seconds:
            self.refused += 1
            raise Refused("ratelimited", status=429, retry_after=seconds)
        if channel in self.errors:
            raise Refused(self.errors[channel])
        if not self._is_member(team, channel):
            raise Refused("not_in_channel")


def _check(params: Params) -> None:
    blocks = params.get("blocks") or []
    if not params.get("text") and not blocks:
        raise Refused("no_text")
    if len(str(params.get("text", ""))) > _MAX_TEXT_CHARS:
        raise Refused("msg_too_long")
    problem = problem_of(blocks, max_blocks=_MAX_BLOCKS)
    if problem:
        raise Refused("invalid_blocks", detail=problem)
    if len(json.dumps(blocks)) > _MAX_BLOCKS_CHARS:
        raise Refused("msg_blocks_too_long")


async def _params(request: web.Request) -> Params:
    if request.content_type == "application/json":
        return dict(await request.json())
    fields = {**request.query, **(await request.post())}
    return {name: _value(value) for name, value in fields.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"{", "["}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value
