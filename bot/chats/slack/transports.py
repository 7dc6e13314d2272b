"""Receive Slack's requests: signed HTTP requests at the web server, or Socket Mode.

Signed HTTP needs a public URL. Socket Mode uses a connection that the bot opens, so it needs none.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.chats.slack.errors import SDK_ERRORS, delivery_error_from
from bot.chats.slack.workspace import Clients
from bot.errors import ChatUnreachable, DeliveryError, RateLimited
from bot.runtime.backoff import Backoff
from bot.runtime.tasks import wait_for_future_or_event

EVENTS_PATH: Final = "/slack/events"
"""The request URL for events, interactivity and the slash command."""

MAX_REQUEST_BYTES: Final = 1_000_000
"""The limit for a request body. Slack's own requests are far smaller."""

_SIGNATURE_HEADER: Final = "X-Slack-Signature"
_UNAUTHORISED: Final = 401
_BAD_REQUEST: Final = 400
_CONTENT_TOO_LARGE: Final = 413

# A missing response to a ping reveals a dead connection.
_PING_INTERVAL_SECONDS: Final = 10.0
_RETRY_BACKOFF: Final = Backoff(first_seconds=1.0, factor=4.0, max_seconds=60.0)
# A rejected token stays rejected until an operator acts.
_REJECTED_TOKEN_RETRY_SECONDS: Final = 300.0

log = structlog.get_logger(__name__)


# ── signed HTTP ──────────────────────────────────────────────────────────────────────────────────


def event_routes(app: AsyncApp) -> list[web.RouteDef]:
    """Return the route for Slack's requests. Unsigned, forged and old requests get status 401."""
    return [web.post(EVENTS_PATH, _handler(app.async_dispatch))]


def install_routes(flow: AsyncOAuthFlow) -> list[web.RouteDef]:
    """Return the routes of the installation page and of the OAuth redirect."""
    return [
        web.get(flow.install_path, _handler(flow.handle_installation)),
        web.get(flow.redirect_uri_path, _handler(flow.handle_callback)),
    ]


def _handler(
    handle: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return an aiohttp handler that passes requests within the size limit to Bolt."""

    async def handle_request(request: web.Request) -> web.Response:
        if (request.content_length or 0) > MAX_REQUEST_BYTES:
            return web.Response(status=_CONTENT_TOO_LARGE)
        if not request.headers.get(_SIGNATURE_HEADER, "").isascii():
            # Bolt compares signatures with a function that accepts ASCII only.
            return web.Response(status=_UNAUTHORISED)
        try:
            bolt_request = await to_bolt_request(request)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=_CONTENT_TOO_LARGE)
        except ValueError:
            # The body is neither text nor JSON, so Slack cannot have signed it.
            return web.Response(status=_BAD_REQUEST)
        return await to_aiohttp_response(await handle(bolt_request))

    return handle_request


# ── Socket Mode ──────────────────────────────────────────────────────────────────────────────────


class SocketModeTransport:
    """One Socket Mode connection, open while `listen` runs."""

    def __init__(self, app: AsyncApp, clients: Clients, app_token: str) -> None:
        self._app = app
        self._clients = clients
        self._app_token = app_token

    def __repr__(self) -> str:
        return "SocketModeTransport()"

    async def listen(self, stop: asyncio.Event) -> None:
        """Receive requests until ``stop`` is set."""
        client = _Client(self._app_token, self._clients)
        client.socket_mode_request_listeners.append(self._handle)
        connecting = asyncio.ensure_future(client.connect())  # type: ignore[no-untyped-call]
        try:
            await wait_for_future_or_event(connecting, stop)
            if not stop.is_set():
                log.info("slack_socket_connected")
            await stop.wait()
        finally:
            connecting.cancel()
            await client.close()  # type: ignore[no-untyped-call]
            parts = (
                client.message_processor,
                client.current_session_monitor,
                client.message_receiver,
            )
            tasks = [connecting, *(part for part in parts if part is not None)]
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _handle(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        response = await run_async_bolt_app(self._app, request)
        # Without an acknowledgement, Slack sends the request again over the next connection.
        with suppress(ConnectionError):
            await send_async_response(client, request, response, 0.0)


class _Client(SocketModeClient):
    """The SDK's client, with delays between connection attempts and one log line per problem."""

    def __init__(self, app_token: str, clients: Clients) -> None:
        # The SDK logs the URL of the connection, which contains a secret ticket.
        quiet_logger = logging.getLogger("bot.slack.socket")
        quiet_logger.setLevel(logging.CRITICAL)
        super().__init__(
            app_token=app_token,
            web_client=clients.make(),
            logger=quiet_logger,
            ping_interval=_PING_INTERVAL_SECONDS,
        )
        self._failures = 0
        self._rejections = 0

    async def issue_new_wss_url(self) -> str:
        """Return the URL of the next connection, after as many attempts as it takes."""
        while True:
            try:
                response = await self.web_client.apps_connections_open(app_token=self.app_token)
            except SDK_ERRORS as error:
                await _wait(self._retry_delay_seconds(delivery_error_from(error)))
                continue
            self._failures = self._rejections = 0
            return str(response["url"])

    def _retry_delay_seconds(self, problem: DeliveryError) -> float:
        match problem:
            case RateLimited():
                return problem.seconds
            # One refusal may be wrong, so the token counts as rejected after the second one.
            case ChatUnreachable() if self._rejections:
                log.error(
                    "slack_app_token_rejected",
                    setting="TOCSIN_SLACK_APP_TOKEN",
                    hint="the token begins with xapp- and needs the permission connections:write",
                    problem=problem.reason,
                )
                return _REJECTED_TOKEN_RETRY_SECONDS
        self._rejections += isinstance(problem, ChatUnreachable)
        if not self._failures:
            log.warning("slack_socket_connect_failed", problem=problem.reason)
        self._failures += 1
        return _RETRY_BACKOFF.delay(self._failures)


async def _wait(seconds: float) -> None:
    await asyncio.sleep(seconds)
