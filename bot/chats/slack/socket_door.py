"""Socket Mode: Slack's requests over a connection that we open. No public address is needed."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.chats.slack.refusals import TROUBLE, refusal
from bot.chats.slack.workspace import Clients
from bot.errors import DeliveryError, Gone, RetryLater

_PING: Final = 10.0  # seconds between signs of life
_PAUSES: Final = (1.0, 5.0, 20.0, 60.0)  # seconds after a connection that was refused
_HALT: Final = 300.0  # seconds after a token that was refused

log = structlog.get_logger(__name__)


class SocketDoor:
    """One connection, kept while somebody listens."""

    def __init__(self, app: AsyncApp, clients: Clients, app_token: str) -> None:
        self._app = app
        self._clients = clients
        self._app_token = app_token

    def __repr__(self) -> str:
        return "SocketDoor()"

    async def listen(self, stop: asyncio.Event) -> None:
        """Take requests until ``stop``."""
        client = _Client(self._app_token, self._clients)
        client.socket_mode_request_listeners.append(self._take)
        connecting = asyncio.ensure_future(client.connect())  # type: ignore[no-untyped-call]
        stopping = asyncio.ensure_future(stop.wait())
        try:
            await asyncio.wait({connecting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not stop.is_set():
                log.info("listening to Slack", by="Socket Mode")
            await stopping
        finally:
            connecting.cancel()
            stopping.cancel()
            await client.close()  # type: ignore[no-untyped-call]
            parts = (
                client.message_processor,
                client.current_session_monitor,
                client.message_receiver,
            )
            tasks = [connecting, *(part for part in parts if part is not None)]
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        response = await run_async_bolt_app(self._app, request)
        with suppress(ConnectionError):  # it comes again by the next connection
            await send_async_response(client, request, response, 0.0)


class _Client(SocketModeClient):
    """The SDK's client, which says in one line what is wrong and does not knock without end."""

    def __init__(self, app_token: str, clients: Clients) -> None:
        quiet = logging.getLogger("bot.slack.socket")
        quiet.setLevel(logging.CRITICAL)  # the address that it logs holds a ticket
        super().__init__(
            app_token=app_token, web_client=clients.make(), logger=quiet, ping_interval=_PING
        )
        self._refused = 0

    async def issue_new_wss_url(self) -> str:
        """The address of the next connection, when Slack gives one."""
        while True:
            try:
                answer = await self.web_client.apps_connections_open(app_token=self.app_token)
            except TROUBLE as error:
                await _wait(self._pause(refusal(error)))
                continue
            self._refused = 0
            return str(answer["url"])

    def _pause(self, problem: DeliveryError) -> float:
        match problem:
            case RetryLater():
                return problem.seconds
            case Gone():
                log.error(
                    "Slack refuses TOCSIN_SLACK_APP_TOKEN; it begins with xapp- and needs the"
                    " permission connections:write",
                    problem=problem.reason,
                )
                return _HALT
        pause = _PAUSES[min(self._refused, len(_PAUSES) - 1)]
        if not self._refused:
            log.warning("cannot connect to Slack yet", problem=problem.reason)
        self._refused += 1
        return pause


async def _wait(seconds: float) -> None:
    await asyncio.sleep(seconds)
