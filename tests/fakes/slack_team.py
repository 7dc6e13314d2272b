"""A fake of Slack with users who send requests to the app, by Socket Mode or by signed requests.

    async with FakeTeam({"xoxb-one": "T1"}, app_token="xapp-1") as slack:
        ann = slack.person("T1", "U1", "ann")
        await ann.types("/tocsin subscribe sanctions", channel="C1")
        ann.replies[-1]["text"]

Each request waits for the acknowledgement of the app, so a request that the app does not acknowledge
hangs here.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from tests.fakes.slack import Params, Refused
from tests.fakes.slack_blocks import problem_of
from tests.fakes.slack_files import FakeFiles

_TYPES: Final = {"commands": "slash_commands", "events": "events_api", "interactive": "interactive"}
BOT: Final = "U0BOT"


class FakeTeam(FakeFiles):
    """The Web API with the requests that Slack sends to an app, and with response URLs."""

    def __init__(self, tokens: dict[str, str], *, app_token: str = "", **options: Any) -> None:
        super().__init__(tokens, **options)
        self.app_token = app_token
        self.sockets: list[web.WebSocketResponse] = []
        self.connected = asyncio.Event()
        self.opened_connections = 0
        self.acks: dict[str, asyncio.Future[Any]] = {}
        self.hooks: dict[str, Hook] = {}
        self.people: dict[str, Person] = {}
        self.admins: set[str] = set()
        self.timezones: dict[str, str] = {}
        # Users of another workspace in a shared channel.
        self.foreign_users: set[str] = set()
        # OAuth codes with the response to each.
        self.codes: dict[str, Params] = {}
        self.refreshes: dict[str, Params] = {}
        # The URL for signed requests; "" uses Socket Mode.
        self.app_url = ""
        self.signing_secret = ""
        self._number = 0
        self._session: aiohttp.ClientSession | None = None

    def routes(self, app: web.Application) -> None:
        super().routes(app)
        app.router.add_get("/socket", self._socket)
        app.router.add_post("/hook/{name}", self._hook)

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in self.sockets:
            await socket.close()
        await self._session.close()
        await super().__aexit__()

    def next_number(self) -> int:
        self._number += 1
        return self._number

    def person(self, team: str, user: str, name: str, *, direct: str = "") -> Person:
        person = self.people[user] = Person(self, team, user, name, direct or f"D{user}")
        return person

    # ── requests to the app ─────────────────────────────────────────────────────────────────────────

    async def send(self, kind: str, payload: Params) -> Any:
        """Send a request to the app and return the payload of its acknowledgement."""
        if self.app_url:
            return await self.post(kind, payload)
        envelope = f"env-{self.next_number()}"
        ack = self.acks[envelope] = asyncio.get_running_loop().create_future()
        await self.connected.wait()
        message = {"envelope_id": envelope, "type": _TYPES[kind], "payload": payload}
        await self.sockets[-1].send_json({**message, "accepts_response_payload": True})
        return await asyncio.wait_for(ack, 60)

    async def post(
        self, kind: str, payload: Params, *, secret: str | None = None, age: float = 0.0
    ) -> Any:
        """Send a signed request; return the body of the response, or its status if it is an error."""
        if kind == "commands":
            body, content = urlencode(payload), "application/x-www-form-urlencoded"
        elif kind == "interactive":
            body = urlencode({"payload": json.dumps(payload)})
            content = "application/x-www-form-urlencoded"
        else:
            body, content = json.dumps(payload), "application/json"
        headers = sign(body, secret or self.signing_secret, age) | {"Content-Type": content}
        async with self._session.post(self.app_url, data=body, headers=headers) as answer:
            if answer.status != 200:
                return answer.status
            text = await answer.text()
            return json.loads(text) if text.startswith("{") else text

    async def event(self, team: str, event: Params, **more: Any) -> None:
        """Send an event of a workspace."""
        body = {
            "type": "event_callback",
            "team_id": team,
            "api_app_id": "A1",
            "event_id": f"Ev{self.next_number()}",
            "event_time": int(time.time()),
            "authorizations": [
                {"team_id": team, "enterprise_id": None, "user_id": BOT, "is_bot": True}
            ],
            "event": event,
        }
        await self.send("events", body | more)

    # ── calls of the app ────────────────────────────────────────────────────────────────────────────

    async def call_apps_connections_open(self, _team: str, _params: Params) -> Params:
        self.opened_connections += 1
        return {"url": f"ws://127.0.0.1:{self.port}/socket?ticket=secret-ticket"}

    async def call_conversations_open(self, _team: str, params: Params) -> Params:
        person = self.people.get(str(params["users"]))
        if person is None:
            raise Refused("user_not_found")
        return {"channel": {"id": person.direct}}

    async def call_conversations_join(self, team: str, params: Params) -> Params:
        channel = str(params["channel"])
        if not channel.startswith("C"):
            raise Refused("method_not_supported_for_channel_type")
        self.join(team, channel)
        return {"channel": {"id": channel}}

    async def call_users_info(self, team: str, params: Params) -> Params:
        user = str(params["user"])
        home_team = "TELSEWHERE" if user in self.foreign_users else team
        profile = {"id": user, "team_id": home_team, "is_admin": user in self.admins}
        zone = {"tz": self.timezones[user]} if user in self.timezones else {}
        return {"user": profile | zone}

    async def call_conversations_history(self, team: str, params: Params) -> Params:
        messages = [
            {
                "ts": message.ts,
                "text": message.text,
                "metadata": message.params.get("metadata", {}),
            }
            for message in self.messages
            if (message.team, message.channel) == (team, params["channel"])
            and float(message.ts) >= float(params.get("oldest", 0))
        ]
        return {"messages": messages[::-1]}

    async def call_chat_postephemeral(self, team: str, params: Params) -> Params:
        self._admit(team, str(params["channel"]))
        answer = await super().call_chat_postephemeral(team, params)
        person = self.people.get(str(params["user"]))
        if person is not None:
            person.replies.append(params)
        return answer

    async def call_oauth_v2_access(self, _team: str, params: Params) -> Params:
        if params.get("grant_type") == "refresh_token":
            answer = self.refreshes.pop(str(params["refresh_token"]), None)
            if answer is None:
                raise Refused("invalid_refresh_token")
        else:
            answer = self.codes.pop(str(params["code"]), None)
            if answer is None:
                raise Refused("invalid_code")
        team = (answer.get("team") or answer.get("enterprise") or {}).get("id", "T1")
        self.allow(answer["access_token"], team)
        return answer

    def team_of(self, method: str, token: str) -> str | None:
        if method == "oauth.v2.access":
            return "-"
        if method == "apps.connections.open":
            return "-" if token == self.app_token else None
        return self.tokens.get(token)

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        self.sockets.append(socket)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self.connected.set()
        async for message in socket:
            envelope = json.loads(message.data)
            ack = self.acks.pop(envelope["envelope_id"], None)
            if ack is not None and not ack.done():
                ack.set_result(envelope.get("payload"))
        return socket

    async def _hook(self, request: web.Request) -> web.Response:
        hook = self.hooks.get(request.match_info["name"])
        if hook is None or hook.uses_left <= 0:
            return web.Response(status=404, text="expired_url")
        payload = await request.json()
        problem = problem_of(payload.get("blocks") or [])
        if problem:
            self.details.append(problem)
            return web.Response(status=400, text="invalid_blocks")
        hook.uses_left -= 1
        hook.receive(payload)
        self.activity.set()
        return web.Response(text="ok")


@dataclass
class Hook:
    """A response URL, which takes five replies for one user.

    A reply can replace the message ``about`` whose button was pressed. A reply to a command replaces
    nothing.
    """

    person: Person
    uses_left: int = 5
    about: Params | None = None

    def receive(self, payload: Params) -> None:
        replies = self.person.replies
        positions = [index for index, reply in enumerate(replies) if reply is self.about]
        if payload.get("replace_original") and positions:
            replies[positions[0]] = self.about = payload
        else:
            replies.append(payload)
        self.person.all_replies.append(payload)


@dataclass
class Person:
    """A user of a workspace, with the ephemeral replies that only they see."""

    slack: FakeTeam
    team: str
    user: str
    name: str
    direct: str
    replies: list[Params] = field(default_factory=list)
    # The same, with replaced replies.
    all_replies: list[Params] = field(default_factory=list)
    settle: Callable[[], Any] | None = None

    async def types(self, command: str, *, channel: str = "", **more: Any) -> Any:
        """Type a slash command."""
        name, _, text = command.partition(" ")
        body = {
            "command": name,
            "text": text,
            "team_id": self.team,
            "channel_id": channel or self.direct,
            "channel_name": "general" if channel else "directmessage",
            "user_id": self.user,
            "user_name": self.name,
            "trigger_id": f"trigger-{self.slack.next_number()}",
            "response_url": self._response_url(),
        }
        return await self._then(self.slack.send("commands", body | more))

    async def says(self, text: str, *, channel: str = "", **more: Any) -> None:
        """Send a direct message, or a mention in a channel."""
        number = self.slack.next_number()
        event = {
            "type": "app_mention" if channel else "message",
            "channel": channel or self.direct,
            "user": self.user,
            "text": f"<@{BOT}> {text}" if channel else text,
            "ts": f"{int(time.time())}.{number:06d}",
        } | ({} if channel else {"channel_type": "im"})
        await self._then(self.slack.event(self.team, event | more))

    async def presses(self, message: Params, label: str, *, channel: str = "", **more: Any) -> Any:
        """Press a button of a message, by its label."""
        block, button = _find_button(message["blocks"], label)
        private = message.get("response_type") == "ephemeral"
        channel = channel or self.direct
        body = self._body("block_actions") | {
            "channel": {"id": channel},
            "container": {
                "type": "message",
                "message_ts": message.get("ts", "1.0"),
                "channel_id": channel,
                "is_ephemeral": private,
            },
            "actions": [_action(block, button)],
            "response_url": self._response_url(message),
        }
        return await self._then(self.slack.send("interactive", body | more))

    async def opens_home(self) -> None:
        event = {
            "type": "app_home_opened",
            "user": self.user,
            "channel": self.direct,
            "tab": "home",
        }
        await self._then(self.slack.event(self.team, event))

    async def presses_at_home(self, label: str) -> Any:
        view = self.home
        block, button = _find_button(view["blocks"], label)
        body = self._body("block_actions") | {
            "container": {"type": "view", "view_id": "V1"},
            "view": {**view, "id": "V1", "hash": "h"},
            "actions": [_action(block, button)],
        }
        return await self._then(self.slack.send("interactive", body))

    async def uses_shortcut(self, name: str, message: Params | None = None) -> Any:
        body = self._body("message_action" if message else "shortcut") | {"callback_id": name}
        if message is not None:
            body |= {
                "message": message,
                "channel": {"id": "C1"},
                "response_url": self._response_url(),
            }
        return await self._then(self.slack.send("interactive", body))

    async def types_into_modal(self, text: str) -> Any:
        body = self._body("block_actions") | {
            "container": {"type": "view", "view_id": self.modal_id},
            "view": self._modal_with(text),
            "actions": [
                {"action_id": "slack:topic", "block_id": "topic", "type": "plain_text_input"}
                | {"value": text}
            ],
        }
        return await self._then(self.slack.send("interactive", body))

    async def submits_schedule(self, **fields: str) -> Any:
        """Change fields of the schedule modal and submit it."""
        values = {}
        for block in self.modal["blocks"]:
            if block["type"] != "input":
                continue
            element = block["element"]
            new_value = fields.pop(block["block_id"], "")
            if element["type"] == "timepicker":
                value = {"selected_time": new_value or element["initial_time"]}
            else:
                options = {option["value"]: option for option in element["options"]}
                option = options[new_value] if new_value else element["initial_option"]
                value = {"selected_option": option}
            values[block["block_id"]] = {element["action_id"]: {"type": element["type"]} | value}
        assert not fields, f"the modal has no field {fields}"
        view = {**self.modal, "id": self.modal_id, "hash": f"h{self.slack.next_number()}"}
        body = self._body("view_submission") | {"view": view | {"state": {"values": values}}}
        return await self._then(self.slack.send("interactive", body))

    async def submits_topic(self, text: str, *, channel: str = "") -> Any:
        body = self._body("view_submission") | {"view": self._modal_with(text, channel)}
        return await self._then(self.slack.send("interactive", body))

    @property
    def home(self) -> Params:
        """The current view of App Home."""
        views = [
            params
            for method, params in self.slack.views
            if method == "publish" and params["user_id"] == self.user
        ]
        return views[-1]["view"]

    @property
    def modal(self) -> Params:
        views = [params for method, params in self.slack.views if method in {"open", "update"}]
        return views[-1]["view"]

    @property
    def modal_id(self) -> str:
        positions = [
            index for index, (method, _) in enumerate(self.slack.views) if method == "open"
        ]
        return f"V{positions[-1] + 1}"

    def _modal_with(self, text: str, channel: str = "") -> Params:
        where = {"type": "conversations_select", "selected_conversation": channel or None}
        values = {"topic": {"slack:topic": {"value": text}}, "where": {"slack:where": where}}
        state = {"values": values}
        return {**self.modal, "id": self.modal_id, "hash": f"h{text}", "state": state}

    def _body(self, kind: str) -> Params:
        return {
            "type": kind,
            "team": {"id": self.team, "domain": "x"},
            "user": {"id": self.user, "name": self.name, "team_id": self.team},
            "trigger_id": f"trigger-{self.slack.next_number()}",
            "api_app_id": "A1",
        }

    def _response_url(self, about: Params | None = None) -> str:
        name = f"h{self.slack.next_number()}"
        self.slack.hooks[name] = Hook(self, about=about)
        return f"{self.slack.origin}/hook/{name}"

    async def _then(self, sending: Any) -> Any:
        """Wait for the acknowledgement, then for the app to finish its work."""
        answer = await sending
        if self.settle is not None:
            await self.settle()
        return answer


def sign(body: str, secret: str, age: float = 0.0) -> dict[str, str]:
    """Return the headers of a request that Slack signed."""
    stamp = str(int(time.time() - age))
    digest = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def visible_text(message: Params) -> str:
    """Return the text in the blocks of a message or view, without button labels."""
    from tests.fakes.slack_blocks import texts_of

    return "".join(text for kind, text in texts_of(message["blocks"]) if kind != "button")


def button_labels(message: Params) -> list[str]:
    """Return the labels of the buttons of a message or view."""
    return [
        element["text"]["text"]
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def _find_button(blocks: list[Params], label: str) -> tuple[Params, Params]:
    for block in blocks:
        for element in block.get("elements", ()):
            if block["type"] == "actions" and element["text"]["text"] == label:
                return block, element
    raise AssertionError(f"the message has no button {label!r}")


def _action(block: Params, button: Params) -> Params:
    return {**button, "block_id": block.get("block_id", "b"), "action_ts": str(time.time_ns())}
