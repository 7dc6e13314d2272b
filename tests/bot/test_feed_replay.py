"""One feed, replayed with every kind of edit, from the parser to the chat: nothing is told twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from itertools import cycle

import pytest
from sqlalchemy.engine import make_url

from bot.chats.adapter import Capabilities
from bot.chats.console.plain import plain_text
from tests.bot.feed_world import URL, Feeds
from watchers.isolation import Isolation


@dataclass(frozen=True)
class Entry:
    guid: str
    link: str
    title: str
    said: str
    minutes: int  # ago

    def xml(self, now: datetime | None) -> str:
        dated = now and format_datetime(now - timedelta(minutes=self.minutes))
        return (
            f"<item><title>{escape(self.title)}</title><link>{escape(self.link)}</link>"
            + (f"<guid isPermaLink='false'>{escape(self.guid)}</guid>" if self.guid else "")
            + (f"<pubDate>{dated}</pubDate>" if dated else "")
            + f"<description>{escape(self.said)}</description></item>"
        )


ENTRIES = tuple(
    Entry(f"tag:{n}", f"https://post.example/news/{n}-story", title, said, 7 * n)
    for n, (title, said) in enumerate(
        (
            (
                "Storm Eva kills 12 people in Lima",
                "At least 12 people died when storm Eva hit Lima, mayor Rosa Quintana said.",
            ),
            (
                "Storm forces Halden airport to close for 2 days",
                "Halden airport stays shut until Friday, its director Peter Novak told reporters.",
            ),
            (
                "Insurers count the cost of the storm season",
                "Claims reached 3.4 billion crowns by autumn, the insurers' union in Bergen wrote.",
            ),
            (
                "A storm in the Senate over the harbour bill",
                "Senator Amina Diallo left the chamber after the vote on the harbour was put off.",
            ),
            (
                "After the storm, volunteers rebuild the school of Tarn",
                "Forty pupils of Tarn are taught in a tent while carpenters put up a new roof.",
            ),
        ),
        start=1,
    )
)


def feed(entries: Sequence[Entry], now: datetime | None) -> bytes:
    listed = "".join(entry.xml(now) for entry in entries)
    return (
        '<rss version="2.0"><channel><title>Harbour Post</title>'
        f"<link>https://post.example/</link>{listed}</channel></rss>"
    ).encode()


def all_(**changes: str) -> tuple[Entry, ...]:
    """Every entry changed: ``{}`` stands for what was there."""
    return tuple(
        replace(
            one, **{name: text.replace("{}", getattr(one, name)) for name, text in changes.items()}
        )
        for one in ENTRIES
    )


def links(old: str, new: str) -> tuple[Entry, ...]:
    return tuple(replace(one, link=one.link.replace(old, new)) for one in ENTRIES)


EDITS = {
    "nothing": ENTRIES,
    "guid": all_(guid="urn:uuid:{}-of-another-system"),
    "no guid": all_(guid=""),
    "title": all_(title="Updated: {}, 99 in all"),
    "order": ENTRIES[::-1],
    "http": links("https:", "http:"),
    "tracking": all_(link="{}?utm_source=rss&utm_medium=feed&fbclid=Ab1#top"),
    "host": links("post.example", "www.post.example"),
    "mobile": links("post.example", "m.post.example"),
    "site": links("post.example/news", "harbour.example/2026"),
    "text": all_(said="{} More is to follow from our correspondent."),
    "guid, title and tracking": all_(guid="x{}", title="{} - live", link="{}?utm_campaign=a"),
    "guid, site and order": tuple(
        replace(one, guid=f"new-{one.guid}")
        for one in reversed(links("post.example/news", "harbour.example/n"))
    ),
    "fewer": ENTRIES[2:4],
    "none": (),
}

DATED = (-9, 2, None)
"""Days by which a replay is dated away from now: back in time, ahead, or not dated at all."""


@pytest.fixture(params=["sqlite"])
def database_url(request, tmp_path):
    """What is the same entry does not hang on the kind of database."""
    return make_url(f"sqlite+aiosqlite:///{tmp_path / 'tocsin.sqlite3'}")


@pytest.fixture
async def feeds(world):
    world.chat.capabilities = Capabilities(edits=True)
    async with Isolation() as isolation:
        made = Feeds(world, isolation)
        made.server.put(URL, feed((), None))
        yield made
        await made.watch.close()


async def told(feeds: Feeds) -> list[str]:
    await feeds.world.spread()
    return [plain_text(card, labels=(), alert=False) for _, card in feeds.world.chat.sent]


async def test_a_feed_replayed_with_every_kind_of_edit_gives_no_second_alert(feeds):
    await feeds.world.say("/subscribe storm")
    source = await feeds.add()
    await feeds.ask(source)
    feeds.server.put(URL, feed(ENTRIES, feeds.clock()))
    await feeds.ask(source)
    first = await told(feeds)
    assert len(first) == len(ENTRIES)
    for (name, entries), days in zip(EDITS.items(), cycle(DATED), strict=False):
        now = None if days is None else feeds.clock() + timedelta(days=days)
        feeds.server.put(URL, feed(entries, now))
        await feeds.ask(source)
        assert await told(feeds) == first, (name, days)
        feeds.clock.turn(hours=1)
        feeds.server.put(URL, feed(ENTRIES, feeds.clock()))  # and as it was before, dated anew
        await feeds.ask(source)
        assert await told(feeds) == first, (name, "undone")
    newest = Entry("9", "https://post.example/news/9", "Storm Ada nears Oslo", "Oslo waits.", 0)
    feeds.server.put(URL, feed((newest, *ENTRIES), feeds.clock()))
    await feeds.ask(source)
    assert len(await told(feeds)) == len(ENTRIES) + 1
