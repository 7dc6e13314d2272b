"""What the settings say about asking others: the client's manners, the feeds to begin with."""

from __future__ import annotations

from ipaddress import ip_network

from bot.errors import SettingsError
from bot.settings import PREFIX, Settings
from watchers.fetching.addresses import IPNetwork
from watchers.fetching.http_options import HttpOptions
from watchers.sources.opml import ListedFeed
from watchers.sources.schedule import Limits


def http_options(settings: Settings) -> HttpOptions:
    """How the client is to behave.

    Raises:
        SettingsError: ALLOW_NETWORKS names something that is no network.
    """
    networks = tuple(map(_network, settings.allow_networks))
    contact = settings.contact or settings.public_url or None
    return HttpOptions(contact=contact, allow_networks=networks)


def feed_limits(settings: Settings) -> Limits:
    """How often feeds are asked.

    Raises:
        SettingsError: "at most" is longer than "at least".
    """
    floor, ceiling = settings.feed_min_interval, settings.feed_max_interval
    if floor > ceiling:
        raise SettingsError(
            f"{PREFIX}FEED_MIN_INTERVAL", f"it is longer than {PREFIX}FEED_MAX_INTERVAL"
        )
    return Limits(floor, ceiling)


def listed_feeds(settings: Settings) -> list[ListedFeed]:
    """The feeds to begin with.

    Raises:
        SettingsError: one of them is no web address.
    """
    for address in settings.feeds:
        if not address.lower().startswith(("http://", "https://")):
            raise SettingsError(
                f"{PREFIX}FEEDS",
                f"“{address}” does not start with http:// or https://;"
                f" `tocsin feeds add {address}` finds the feed of a site",
            )
    return [ListedFeed(url=address, title="", tags=()) for address in settings.feeds]


def _network(text: str) -> IPNetwork:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise SettingsError(
            f"{PREFIX}ALLOW_NETWORKS", f"“{text}” is no network such as 10.0.0.0/8"
        ) from error
