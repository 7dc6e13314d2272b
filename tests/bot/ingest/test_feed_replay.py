"""One feed, replayed with every kind of edit, from the parser to the chat: no item is alerted twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from html import escape
from itertools import cycle
from typing import Any

import pytest

from bot.chats.adapter import Capabilities
from bot.chats.console.pipe import plain_text
from tests.bot.ingest.feed_world import URL, FeedWorld
from watchers.process_pool import SandboxPool


@dataclass(frozen=True)
class Entry:
    guid: str
    link: str
    title: str
    summary: str
    minutes: int  # ago

    def xml(self, now: datetime | None) -> str:
        date = now and format_datetime(now - timedelta(minutes=self.minutes))
        return (
            f"<item><title>{escape(self.title)}</title><link>{escape(self.link)}</link>"
            + (f"<guid isPermaLink='false'>{escape(self.guid)}</guid>" if self.guid else "")
            + (f"<pubDate>{date}</pubDate>" if date else "")
            + f"<description>{escape(self.summary)}</description></item>"
        )


ENTRIES = tuple(
    Entry(f"tag:{n}", f"https://post.example/news/{n}-story", title, summary, 7 * n)
    for n, (title, summary) in enumerate(
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


def make_feed(entries: Sequence[Entry], now: datetime | None) -> bytes:
    items = "".join(entry.xml(now) for entry in entries)
    return (
        '<rss version="2.0"><channel><title>Harbour Post</title>'
        f"<link>https://post.example/</link>{items}</channel></rss>"
    ).encode()


def edit_all(**changes: str) -> tuple[Entry, ...]:
    """Change every entry; ``{}`` stands for the old value."""

    def edited(entry: Entry) -> Entry:
        values: dict[str, Any] = {
            name: text.replace("{}", getattr(entry, name)) for name, text in changes.items()
        }
        return replace(entry, **values)

    return tuple(map(edited, ENTRIES))


def edit_links(old: str, new: str) -> tuple[Entry, ...]:
    return tuple(replace(entry, link=entry.link.replace(old, new)) for entry in ENTRIES)


EDITS = {
    "nothing": ENTRIES,
    "guid": edit_all(guid="urn:uuid:{}-of-another-system"),
    "no guid": edit_all(guid=""),
    "title": edit_all(title="Updated: {}, 99 in all"),
    "order": ENTRIES[::-1],
    "http": edit_links("https:", "http:"),
    "tracking": edit_all(link="{}?utm_source=rss&utm_medium=feed&fbclid=Ab1#top"),
    "host": edit_links("post.example", "www.post.example"),
    "mobile": edit_links("post.example", "m.post.example"),
    "site": edit_links("post.example/news", "harbour.example/2026"),
    "text": edit_all(summary="{} More is to follow from our correspondent."),
    "guid, title and tracking": edit_all(guid="x{}", title="{} - live", link="{}?utm_campaign=a"),
    "guid, site and order": tuple(
        replace(entry, guid=f"new-{entry.guid}")
        for entry in reversed(edit_links("post.example/news", "harbour.example/n"))
    ),
    "fewer": ENTRIES[2:4],
    "none": (),
}

DATED = (-9, 2, None)
"""Offsets of the dates of a replay in days. ``None``: the entries have no dates."""


@pytest.fixture(params=["sqlite"])
def database_url(request, sqlite_url):
    """The identity of entries does not depend on the kind of database."""
    return sqlite_url


@pytest.fixture
async def feeds(world):
    world.chat.capabilities = Capabilities(can_edit=True)
    async with SandboxPool() as isolation:
        feeds = FeedWorld(world, isolation)
        feeds.server.put(URL, make_feed((), None))
        yield feeds
        await feeds.poller.close()


async def sent_texts(feeds: FeedWorld) -> list[str]:
    await feeds.world.run_pipeline()
    return [plain_text(card, labels=(), alert=False) for _, card in feeds.world.chat.sent]


@pytest.mark.slow
async def test_a_feed_replayed_with_every_kind_of_edit_causes_no_second_alert(feeds):
    await feeds.world.send_command("/subscribe storm")
    source = await feeds.add()
    await feeds.poll(source)
    feeds.server.put(URL, make_feed(ENTRIES, feeds.clock()))
    await feeds.poll(source)
    first = await sent_texts(feeds)
    assert len(first) == len(ENTRIES)
    for (name, entries), days in zip(EDITS.items(), cycle(DATED), strict=False):
        now = None if days is None else feeds.clock() + timedelta(days=days)
        feeds.server.put(URL, make_feed(entries, now))
        await feeds.poll(source)
        assert await sent_texts(feeds) == first, (name, days)
        feeds.clock.advance(hours=1)
        feeds.server.put(URL, make_feed(ENTRIES, feeds.clock()))  # the old entries with new dates
        await feeds.poll(source)
        assert await sent_texts(feeds) == first, (name, "undone")
    newest = Entry("9", "https://post.example/news/9", "Storm Ada nears Oslo", "Oslo waits.", 0)
    feeds.server.put(URL, make_feed((newest, *ENTRIES), feeds.clock()))
    await feeds.poll(source)
    assert len(await sent_texts(feeds)) == len(ENTRIES) + 1
