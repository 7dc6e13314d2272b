"""What an operator may set about the client that asks the web, and the name it goes by."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version

from watchers.fetching.addresses import IPNetwork
from watchers.fetching.politeness import Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """What an operator may want to set.

    Attributes:
        contact: an address or a mail where the owner of a site finds whoever runs this bot.
        allow_networks: networks that may be reached although they are not public.
        total: seconds for one request with all its redirects; waiting for a turn is not counted.
        connect: seconds for the name and the connection.
        pace: how often hosts are asked.
    """

    contact: str | None = None
    allow_networks: tuple[IPNetwork, ...] = ()
    total: float = 20.0
    connect: float = 10.0
    pace: Pace = field(default_factory=Pace)

    @property
    def user_agent(self) -> str:
        """Who we say we are: ``Tocsin/1.2 (+https://bot.example)``."""
        try:
            name = f"Tocsin/{version('tocsin')}"
        except PackageNotFoundError:  # run from a checkout
            name = "Tocsin"
        contact = "".join(
            char for char in self.contact or "" if char.isascii() and char.isprintable()
        )
        return f"{name} (+{contact})" if contact else name
