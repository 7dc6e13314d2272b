"""Signed HTTP: the routes that the web server mounts. Events, commands and buttons come to one path."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

EVENTS_PATH: Final = "/slack/events"
"""The request URL of events, of interactivity and of the slash command."""

LONGEST: Final = 1_000_000
"""Bytes of a request; Slack's own are far smaller."""

_TOO_LARGE: Final = 413
_NO_TEXT: Final = 400


def event_routes(app: AsyncApp) -> list[web.RouteDef]:
    """Where Slack's signed requests come in; unsigned, forged and old ones get 401."""
    return [web.post(EVENTS_PATH, _handler(app.async_dispatch))]


def install_routes(flow: AsyncOAuthFlow) -> list[web.RouteDef]:
    """The page to install from, and the one that Slack sends people back to."""
    return [
        web.get(flow.install_path, _handler(flow.handle_installation)),
        web.get(flow.redirect_uri_path, _handler(flow.handle_callback)),
    ]


def _handler(
    handle: Callable[[AsyncBoltRequest], Awaitable[BoltResponse]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(request: web.Request) -> web.Response:
        if (request.content_length or 0) > LONGEST:
            return web.Response(status=_TOO_LARGE)
        try:
            asked = await to_bolt_request(request)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=_TOO_LARGE)
        except ValueError:  # neither text nor JSON; it cannot be signed by Slack
            return web.Response(status=_NO_TEXT)
        return await to_aiohttp_response(await handle(asked))

    return answer
