"""The first minute: /start offers three packs of topics, and a tap follows one, visibly and with an undo.

[World] [Sanctions and security] [Technology]
    │
    └─► the topics of the pack, each in words · [Undo] · what to do where little is read here
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.clock import Clock
from bot.conversation.access import Access
from bot.conversation.card import Action, Button, Card, Line, code, dim, line, say, strong
from bot.conversation.commands import Answer
from bot.conversation.feeding import Feeds
from bot.conversation.finder import Finder, Hit
from bot.conversation.followed import by_ids, followed_by, names_of
from bot.conversation.queries import read_query
from bot.conversation.request import Request
from bot.conversation.times import plural
from bot.errors import MisuseError
from bot.store import Database
from bot.store.chats import ensure_chat, resume_chat
from bot.store.matches import add_matches
from bot.store.subscriptions import add_subscription, remove_subscription
from bot.store.tables import ACTIVE
from bot.store.topics import own_revision

FEW_FEEDS: Final = 5
"""Feeds below which a new chat may hear nothing for days."""

_MOST_KNOWN: Final = 1_000  # known items that a new topic is noted to match


@dataclass(frozen=True, slots=True)
class Pack:
    """A few topics to begin with."""

    name: str
    topics: tuple[str, ...]


PACKS: Final[Mapping[str, Pack]] = MappingProxyType(
    {
        "world": Pack(
            "World",
            (
                "election OR referendum",
                "ceasefire OR (peace NEAR/3 talks)",
                "earthquake OR hurricane OR flood",
                '"climate change" OR COP31',
                '"United Nations" AND (resolution OR veto)',
            ),
        ),
        "security": Pack(
            "Sanctions and security",
            (
                "sanctions",
                '"North Korea"',
                "missile OR drone",
                '"export controls" OR embargo',
                "ransomware OR espionage",
            ),
        ),
        "technology": Pack(
            "Technology",
            (
                '"artificial intelligence" OR "language model"',
                "semiconductor OR chipmaker",
                "vulnerability AND (exploited OR patch)",
                "antitrust AND (Google OR Apple OR Microsoft OR Amazon OR Meta)",
                '"open source"',
            ),
        ),
    }
)
"""What is offered, by the name that a button has for it."""


class Starting:
    """The use cases of a chat's first minute."""

    def __init__(
        self,
        database: Database,
        finder: Finder,
        access: Access,
        clock: Clock,
        feeds: Feeds | None = None,
    ) -> None:
        self._database = database
        self._finder = finder
        self._access = access
        self._clock = clock
        self._feeds = feeds

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What the buttons do."""
        return {"pack": self.follow, "unpack": self.undo}

    def welcome(self) -> Card:
        """What this is, and something to tap."""
        return say(
            line(strong("Tocsin"), " tells you when your topics are in the news."),
            line("Type a topic, such as ", code("sanctions"), ", or"),
            line(code('/subscribe "North Korea" AND missile -football')),
            line("Or begin with a few topics at once; ", code("/help"), " lists all commands."),
            buttons=tuple(Button(pack.name, Action("pack", key)) for key, pack in PACKS.items()),
        )

    async def follow(self, request: Request) -> list[Card]:
        """The button of a pack: follow its topics."""
        pack = PACKS.get(request.argument)
        if pack is None:
            raise MisuseError("there is no such pack; /start shows those there are")
        queries = {label: read_query(label) for label in pack.topics}
        known: dict[str, list[Hit]] = {
            label: await self._finder.find(query, most=_MOST_KNOWN)
            for label, query in queries.items()
        }
        now = self._clock()
        lines: list[Line] = []
        new: list[int] = []
        async with self._database.writing() as connection:
            await own_revision(connection)
            chat_id = await ensure_chat(connection, request.ref, now=now)
            await resume_chat(connection, chat_id)
            for label, query in queries.items():
                topic_id, is_new = await add_subscription(
                    connection, chat_id, query, label=label, by=request.by, now=now
                )
                hits = known[label]
                await add_matches(connection, topic_id, [(hit.item_id, hit.spans) for hit in hits])
                new += [topic_id] if is_new else []
                said = f"  {plural(len(hits), 'known item')}" if is_new else "  followed already"
                lines.append(line("• ", strong(label), dim(said)))
        opening = line("Following ", strong(pack.name), ":")
        if not new:
            return [say(line("You follow all of ", strong(pack.name), " already."))]
        undo = Button("Undo", Action("unpack", ",".join(map(str, new))))
        closing = line(code("/latest"), " shows what is known; new items come as alerts.")
        hints = await self._hints(request)
        return [say(opening, *lines, closing, *hints, buttons=(undo,), changed=True)]

    async def undo(self, request: Request) -> list[Card]:
        """Follow no more what the pack brought."""
        chat_id, followed = await followed_by(self._database, request)
        chosen = by_ids(followed, request.argument)
        async with self._database.writing() as connection:
            await own_revision(connection)
            for one in chosen:
                await remove_subscription(connection, chat_id, one.topic_id)
        return [say(f"You no longer follow {names_of(chosen)}.", changed=True)]

    async def _hints(self, request: Request) -> list[Line]:
        """What to do where so little is read here that nothing may come."""
        if self._feeds is None:
            return []
        overview = await self._feeds.overview()
        if overview.counts.get(ACTIVE, 0) >= FEW_FEEDS:
            return []
        if self._access.is_operator(request.ref, request.by):
            add = code("tocsin feeds starter --add")
            return [line("Few feeds are read here: ", add, " adds a list of good ones.")]
        return [line(dim("Few feeds are read here yet; whoever runs Tocsin can add more."))]
