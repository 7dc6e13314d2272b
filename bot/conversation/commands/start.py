"""Welcome new chats: /start offers three packs of topics.

[World] [Sanctions and security] [Technology]
    │
    └─► the topics of the pack · [Undo] · a hint if this installation has few feeds
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    Line,
    code,
    dim,
    line,
    make_card,
    strong,
)
from bot.conversation.durations import pluralise
from bot.conversation.item_search import ItemSearch, SearchResult
from bot.conversation.limits import Workload
from bot.conversation.registry import Access, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import (
    join_labels,
    read_query,
    select_by_topic_ids,
    subscriptions_of_chat,
)
from bot.errors import UserError
from bot.ingest.feed_service import FeedService
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import get_or_create_chat
from bot.store.chats.subscriptions import (
    add_subscription,
    measure_subscriptions,
    remove_subscription,
)
from bot.store.chats.topics import lock_revision
from bot.store.items.matches import add_matches
from bot.store.outbox.chat_return import resume_chat
from bot.store.tables import ACTIVE

MIN_FEEDS: Final = 5
"""With fewer feeds, a new chat may get no alert for days."""

_MAX_RECORDED_MATCHES: Final = 1_000
"""Stored items that are recorded as matches of a new topic."""


@dataclass(frozen=True, slots=True)
class StarterPack:
    """A few topics for a new chat."""

    name: str
    topics: tuple[str, ...]


PACKS: Final[Mapping[str, StarterPack]] = MappingProxyType(
    {
        "world": StarterPack(
            "World",
            (
                "election OR referendum",
                "ceasefire OR (peace NEAR/3 talks)",
                "earthquake OR hurricane OR flood",
                '"climate change" OR COP31',
                '"United Nations" AND (resolution OR veto)',
            ),
        ),
        "security": StarterPack(
            "Sanctions and security",
            (
                "sanctions",
                '"North Korea"',
                "missile OR drone",
                '"export controls" OR embargo',
                "ransomware OR espionage",
            ),
        ),
        "technology": StarterPack(
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
"""The packs by the argument of their button."""


class StartCommands:
    """The welcome card and its buttons."""

    def __init__(
        self,
        database: Database,
        search: ItemSearch,
        access: Access,
        clock: Clock,
        feeds: FeedService | None = None,
        *,
        workload: Workload,
    ) -> None:
        self._database = database
        self._search = search
        self._access = access
        self._clock = clock
        self._workload = workload
        self._feeds = feeds

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {"pack": self.subscribe_to_pack, "unpack": self.undo}

    def welcome(self) -> Card:
        """Return what the bot does, with a button for each pack."""
        return make_card(
            line(strong("Tocsin"), " alerts you when your topics are in the news."),
            line("Type a topic, such as ", code("sanctions"), ", or"),
            line(code('/subscribe "North Korea" AND missile -football')),
            line("Or start with a pack of topics. ", code("/help"), " lists all commands."),
            buttons=tuple(Button(pack.name, Action("pack", key)) for key, pack in PACKS.items()),
        )

    async def subscribe_to_pack(self, request: CommandRequest) -> list[Card]:
        """Follow the topics of the pack of a button."""
        pack = PACKS.get(request.argument)
        if pack is None:
            raise UserError("unknown pack; /start shows all packs")
        queries = {label: read_query(label) for label in pack.topics}
        # Searched before the transaction, because a search may take seconds and writers wait for each
        # other.
        hits_by_label: dict[str, list[SearchResult]] = {
            label: await self._search.find(query, limit=_MAX_RECORDED_MATCHES, chat=request.ref.key)
            for label, query in queries.items()
        }
        now = self._clock()
        lines: list[Line] = []
        new_topic_ids: list[int] = []
        async with self._database.writing() as connection:
            # Topic changes of all processes are serialised, so that topic indexes see each of them.
            await lock_revision(connection)
            # A chat that presses a button is reachable again.
            chat_id = await get_or_create_chat(connection, request.ref, now=now)
            await resume_chat(connection, chat_id, now=self._clock())
            for label, query in queries.items():
                topic_id, is_new = await add_subscription(
                    connection, chat_id, query, label=label, user_id=request.user_id, now=now
                )
                hits = hits_by_label[label]
                await add_matches(connection, topic_id, [(hit.item_id, hit.spans) for hit in hits])
                # Undo must not remove topics that the chat followed before.
                new_topic_ids += [topic_id] if is_new else []
                status = pluralise(len(hits), "stored item") if is_new else "already followed"
                lines.append(line("• ", strong(label), dim(f"  {status}")))
            limits = self._workload.limits_of(request.ref, request.user_id)
            limits.require_topics(*await measure_subscriptions(connection, chat_id))
        if not new_topic_ids:
            return [make_card(line("You already follow all of ", strong(pack.name), "."))]
        return [
            make_card(
                line("Following ", strong(pack.name), ":"),
                *lines,
                line(code("/latest"), " shows the stored items. You get alerts for new ones."),
                *await self._feed_hints(request),
                buttons=(Button("Undo", Action("unpack", ",".join(map(str, new_topic_ids)))),),
                announce_to_chat=True,
            )
        ]

    async def undo(self, request: CommandRequest) -> list[Card]:
        """Stop following the topics that a pack added."""
        chat_id, subscriptions = await subscriptions_of_chat(self._database, request)
        selected = select_by_topic_ids(subscriptions, request.argument)
        async with self._database.writing() as connection:
            await lock_revision(connection)
            for subscription in selected:
                await remove_subscription(connection, chat_id, subscription.topic_id)
        text = f"You no longer follow {join_labels(selected)}."
        return [make_card(text, announce_to_chat=True)]

    async def _feed_hints(self, request: CommandRequest) -> list[Line]:
        """Return a hint if this installation has so few feeds that alerts are unlikely."""
        if self._feeds is None:
            return []
        overview = await self._feeds.overview()
        if overview.counts.get(ACTIVE, 0) >= MIN_FEEDS:
            return []
        if self._access.is_operator(request.ref, request.user_id):
            command = code("tocsin feeds starter --add")
            return [line("There are few feeds: ", command, " adds a list of recommended ones.")]
        return [line(dim("There are few feeds yet. The operator of Tocsin can add more."))]
