"""A workspace that the app is installed in, and the client that talks to it."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.chats.slack.refusals import TROUBLE, refusal
from bot.errors import Gone, Scope

SECONDS: Final = 25
"""For one call at most: a sender waits for it."""

_NO_SOCKET: Final = (
    "Slack does not take the app-level token; make one with the permission connections:write, under"
    " Basic Information, App-Level Tokens"
)
_CONNECT: Final = 10  # of which to connect


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where the app is installed. ``account``: the team's id, or the organisation's if all of it is.

    ``scopes`` are what Slack granted; empty where it did not say.
    """

    account: str
    name: str
    bot_user: str
    token: str = field(repr=False)
    bot: str = ""
    scopes: frozenset[str] = frozenset()

    def lacks(self, scopes: Iterable[str]) -> list[str]:
        """Which of ``scopes`` Slack has not granted; none where it did not say."""
        return [scope for scope in scopes if self.scopes and scope not in self.scopes]

    @property
    def reads_history(self) -> bool:
        """Whether it may look for a message that it sent."""
        return {"channels:history", "groups:history", "im:history"} <= self.scopes


class Clients:
    """Clients of the Web API that share connections, and nothing else."""

    def __init__(self, base_url: str = "") -> None:
        self._base_url = base_url.rstrip("/") + "/" if base_url else AsyncWebClient.BASE_URL
        self._session: aiohttp.ClientSession | None = None
        self._logger = logging.getLogger("bot.slack.sdk")
        # Their debug lines hold whole messages, and the address of a socket holds its ticket.
        self._logger.setLevel(logging.ERROR)

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one session: made when it is first needed, on the loop that needs it."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                cookie_jar=aiohttp.DummyCookieJar(),  # nothing of one workspace goes to another
                timeout=aiohttp.ClientTimeout(total=SECONDS, connect=_CONNECT),
            )
        return self._session

    @property
    def logger(self) -> logging.Logger:
        """What the SDK may log to: errors alone."""
        return self._logger

    def make(self, token: str | None = None) -> AsyncWebClient:
        """A client for one token. It never tries twice: a lost answer would be sent again."""
        return AsyncWebClient(
            token=token,
            base_url=self._base_url,
            timeout=SECONDS,
            session=self.session,
            retry_handlers=[],
            logger=self._logger,
        )

    async def close(self) -> None:
        """Close all connections."""
        if self._session is not None:
            await self._session.close()


async def identify(client: AsyncWebClient) -> Workspace:
    """Whose token the client has.

    Raises:
        DeliveryError: Slack does not take it, or cannot be reached.
    """
    try:
        answer = await client.auth_test()
    except TROUBLE as error:
        raise refusal(error) from None
    given = str(answer.headers.get("x-oauth-scopes", ""))
    organisation = answer.get("enterprise_id") if answer.get("is_enterprise_install") else None
    return Workspace(
        account=str(organisation or answer["team_id"]),
        name=str(answer.get("team") or ""),
        bot_user=str(answer.get("user_id") or ""),
        bot=str(answer.get("bot_id") or ""),
        token=str(client.token or ""),
        scopes=frozenset(part.strip() for part in given.split(",") if part.strip()),
    )


async def may_connect(client: AsyncWebClient, app_token: str) -> None:
    """Ask for the address of a socket, which is not opened.

    Raises:
        DeliveryError: Slack does not take the token, or cannot be reached.
    """
    try:
        await client.apps_connections_open(app_token=app_token)
    except TROUBLE as error:
        problem = refusal(error)
        if isinstance(problem, Gone):
            word = problem.reason.partition(":")[0]
            raise Gone(f"{word}: {_NO_SOCKET}", Scope.ACCOUNT) from None
        raise problem from None
