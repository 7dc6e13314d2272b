"""Workspaces that have the app installed, and the Web API clients for them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.chats.slack.errors import SDK_ERRORS, delivery_error_from
from bot.errors import ChatUnreachable, ErrorScope

REQUEST_TIMEOUT_SECONDS: Final = 25
"""The limit for one call. A sender waits for the call, so a hanging call delays other messages."""

_CONNECT_TIMEOUT_SECONDS: Final = 10

_HISTORY_SCOPES: Final = frozenset({"channels:history", "groups:history", "im:history"})
_SOCKET_MODE_REJECTED_TEXT: Final = (
    "Slack rejects the app-level token; create one with the permission connections:write, under"
    " Basic Information, App-Level Tokens"
)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One installation of the app.

    Attributes:
        account: the workspace ID, or the organisation ID if the whole organisation installed the app.
        bot_user: the user ID of the bot.
        bot: the bot ID.
        scopes: the permissions that Slack granted; empty if Slack did not list them.
    """

    account: str
    name: str
    bot_user: str
    token: str = field(repr=False)
    bot: str = ""
    scopes: frozenset[str] = frozenset()

    def missing_scopes(self, scopes: Iterable[str]) -> list[str]:
        """Return those of ``scopes`` that Slack has not granted; none if the grants are unknown."""
        return [scope for scope in scopes if self.scopes and scope not in self.scopes]

    @property
    def can_read_history(self) -> bool:
        """Return True if the app may search the history for a message that it sent."""
        return self.scopes >= _HISTORY_SCOPES


class Clients:
    """A factory for Web API clients that share one HTTP session, but neither tokens nor cookies."""

    def __init__(self, base_url: str = "") -> None:
        self._base_url = base_url.rstrip("/") + "/" if base_url else AsyncWebClient.BASE_URL
        self._session: aiohttp.ClientSession | None = None
        self._logger = logging.getLogger("bot.slack.sdk")
        # The SDK's debug lines contain whole messages and the secret URL of a socket.
        self._logger.setLevel(logging.ERROR)

    @property
    def session(self) -> aiohttp.ClientSession:
        """The shared session, created on first use because it belongs to the running event loop."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                # Cookies of one workspace must not be sent for another.
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=REQUEST_TIMEOUT_SECONDS, connect=_CONNECT_TIMEOUT_SECONDS
                ),
            )
        return self._session

    @property
    def logger(self) -> logging.Logger:
        """The logger for the SDK, which records errors only."""
        return self._logger

    def make(self, token: str | None = None) -> AsyncWebClient:
        """Return a client for ``token``.

        The client never retries: if a response is lost, a retry would send the message twice.
        """
        return AsyncWebClient(
            token=token,
            base_url=self._base_url,
            timeout=REQUEST_TIMEOUT_SECONDS,
            session=self.session,
            retry_handlers=[],
            logger=self._logger,
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


async def identify(client: AsyncWebClient) -> Workspace:
    """Return the workspace that the client's token belongs to.

    Raises:
        DeliveryError: Slack rejects the token or cannot be reached.
    """
    try:
        response = await client.auth_test()
    except SDK_ERRORS as error:
        raise delivery_error_from(error) from None
    scopes = str(response.headers.get("x-oauth-scopes", ""))
    organisation = response.get("enterprise_id") if response.get("is_enterprise_install") else None
    return Workspace(
        account=str(organisation or response["team_id"]),
        name=str(response.get("team") or ""),
        bot_user=str(response.get("user_id") or ""),
        bot=str(response.get("bot_id") or ""),
        token=str(client.token or ""),
        scopes=frozenset(scope.strip() for scope in scopes.split(",") if scope.strip()),
    )


async def check_socket_mode(client: AsyncWebClient, app_token: str) -> None:
    """Check that ``app_token`` allows Socket Mode. The socket is not opened.

    Raises:
        DeliveryError: Slack rejects the token or cannot be reached.
    """
    try:
        await client.apps_connections_open(app_token=app_token)
    except SDK_ERRORS as error:
        problem = delivery_error_from(error)
        if isinstance(problem, ChatUnreachable):
            code = problem.reason.partition(":")[0]
            raise ChatUnreachable(
                f"{code}: {_SOCKET_MODE_REJECTED_TEXT}", ErrorScope.ACCOUNT
            ) from None
        raise problem from None
