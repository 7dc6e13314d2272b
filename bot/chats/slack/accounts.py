"""The workspaces that are served now. Whatever comes in names its own, and meets no other's token."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.chats.slack.chat import SlackChat
from bot.chats.slack.desk import Desk
from bot.chats.slack.home import Homes


@dataclass(frozen=True, slots=True)
class Served:
    """A workspace with all that answers its people."""

    chat: SlackChat
    desk: Desk
    homes: Homes


class Accounts:
    """Who is served, by the id of the workspace or the organisation."""

    def __init__(self) -> None:
        self._served: dict[str, Served] = {}

    def __iter__(self) -> Iterator[Served]:
        return iter(list(self._served.values()))

    def add(self, one: Served) -> None:
        """Serve a workspace from now on."""
        self._served[one.chat.account] = one

    def remove(self, account: str) -> None:
        """Serve it no more."""
        self._served.pop(account, None)

    def find(self, team: str | None, enterprise: str | None) -> Served | None:
        """Whose a request is: the workspace's own installation, else its organisation's."""
        own = self._served.get(team or "")
        return own if own is not None else self._served.get(enterprise or "")
