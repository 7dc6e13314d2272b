"""Decide which alerts a page of candidates causes, and when each is sent.

    candidates (chat, item) ──► their topic matches and rules, the sources of the stories
                            ──► one decision per chat and story

The data is read once per page; the decision itself is made by bot.scheduling.decision, without I/O.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.scheduling.decision import (
    BREAKING_WINDOW,
    ChatDeliverySettings,
    Decision,
    HoldUntil,
    Rules,
    SendNow,
    SendSilently,
    Skip,
    StoryFacts,
    combine,
    decide,
    urgency_key,
)
from bot.scheduling.wall_clock import QuietMode, local_day
from bot.store.chats.schedule import CHAT_TIMING, TOPIC_TIMING, chat_timing, rules_of, topic_timing
from bot.store.dialect import chunks
from bot.store.outbox.follow_ups import FollowUpCandidate
from bot.store.tables import IS_HELD, alerts, chats, items, matches, subscriptions
from watchers import Item
from watchers.stories.copies import MAX_COPY_CHARS, independent_sources

# A statement has one parameter per chat and one per item, and must stay below the limit of both
# databases (bot.store.dialect.MAX_PARAMETERS is the share of one list).
_MAX_CHATS_PER_STATEMENT: Final = 1_000

# The newest items of a story whose texts are compared.
_MAX_REPORTS: Final = 40

TOPIC_MATCHES_OF_CHATS = (
    select(
        subscriptions.c.id,
        subscriptions.c.chat_id,
        matches.c.item_id,
        subscriptions.c.topic_id,
        subscriptions.c.muted_until,
        subscriptions.c.told,
        subscriptions.c.told_on,
        *TOPIC_TIMING,
    )
    .join(matches, matches.c.topic_id == subscriptions.c.topic_id)
    .where(
        subscriptions.c.chat_id.in_(bindparam("chat_ids", expanding=True)),
        matches.c.item_id.in_(bindparam("item_ids", expanding=True)),
    )
    .order_by(subscriptions.c.id)
)
TIMING_OF_CHATS = select(chats.c.id, *CHAT_TIMING).where(
    chats.c.id.in_(bindparam("chat_ids", expanding=True))
)
_STORY_POSITION = (
    func.row_number()
    .over(partition_by=items.c.story_id, order_by=items.c.id.desc())
    .label("position")
)
_STORY_ITEMS = (
    select(items.c.id, _STORY_POSITION)
    .where(items.c.story_id.in_(bindparam("story_ids", expanding=True)))
    .subquery()
)
# Signatures of copies need the beginning of a text.
REPORTS_OF_STORIES = (
    select(
        items.c.story_id,
        items.c.source_id,
        items.c.found_at,
        func.substr(items.c.lead, 1, MAX_COPY_CHARS).label("lead"),
        func.substr(items.c.text, 1, MAX_COPY_CHARS).label("text"),
    )
    .join(_STORY_ITEMS, _STORY_ITEMS.c.id == items.c.id)
    .where(_STORY_ITEMS.c.position <= _MAX_REPORTS)
    .order_by(items.c.story_id, items.c.id)
)
SET_DAILY_COUNT = (
    update(subscriptions)
    .where(
        subscriptions.c.chat_id == bindparam("chat_id_param"),
        subscriptions.c.topic_id == bindparam("topic_id_param"),
    )
    .values(told=bindparam("count"), told_on=bindparam("day"))
)
EXISTING_ALERTS = select(alerts.c.chat_id, alerts.c.story_id).where(
    alerts.c.chat_id.in_(bindparam("chat_ids", expanding=True)),
    alerts.c.story_id.in_(bindparam("story_ids", expanding=True)),
    ~IS_HELD,
)


@dataclass(frozen=True, slots=True)
class TopicMatchFacts:
    """A topic of a chat that an item matched, with the rules that apply to it.

    Attributes:
        position: orders the topics of the chat (the ID of the subscription).
        alerts_today: the alerts that count against the daily limit of the topic.
    """

    position: int
    topic_id: int
    rules: Rules
    alerts_today: int
    muted_until: datetime | None

    def is_muted(self, now: datetime) -> bool:
        """Return True if the chat has muted the topic at ``now``."""
        return self.muted_until is not None and self.muted_until > now


TopicMatches = Mapping[tuple[int, int], Sequence[TopicMatchFacts]]
"""The topic matches by chat and item, in the order of the chat's topics."""


@dataclass(frozen=True, slots=True)
class AlertCandidate:
    """A chat that follows a topic of an item."""

    chat_id: int
    item_id: int
    story_id: int


async def chat_timings(
    connection: AsyncConnection, chat_ids: Collection[int]
) -> dict[int, ChatDeliverySettings]:
    """Return the delivery settings of these chats."""
    timings: dict[int, ChatDeliverySettings] = {}
    for chunk in chunks(chat_ids):
        rows = await connection.execute(TIMING_OF_CHATS, {"chat_ids": list(chunk)})
        timings.update((row.id, chat_timing(row.mode, row.quiet, row.zone)) for row in rows)
    return timings


async def load_topic_matches(
    connection: AsyncConnection,
    timings: Mapping[int, ChatDeliverySettings],
    item_ids: Collection[int],
    *,
    now: datetime,
) -> TopicMatches:
    """Return the topics of each of the chats in ``timings`` that match each of the items."""
    topic_matches: dict[tuple[int, int], list[TopicMatchFacts]] = {}
    for chat_chunk in chunks(timings, _MAX_CHATS_PER_STATEMENT):
        for item_chunk in chunks(sorted(item_ids)):
            values = {"chat_ids": list(chat_chunk), "item_ids": list(item_chunk)}
            for row in await connection.execute(TOPIC_MATCHES_OF_CHATS, values):
                position, chat_id, item_id, topic_id, muted_until, count, counted_on, *timing = row
                rules = rules_of(timings[chat_id], topic_timing(*timing))
                if rules.daily_limit is None or counted_on != _day(rules, now):
                    count = 0
                match = TopicMatchFacts(position, topic_id, rules, count, muted_until)
                topic_matches.setdefault((chat_id, item_id), []).append(match)
    return topic_matches


async def load_story_facts(
    connection: AsyncConnection, story_ids: Collection[int], *, now: datetime
) -> dict[int, StoryFacts]:
    """Return the number of independent sources of these stories. Copies count as one source."""
    reports: dict[int, list[tuple[datetime, Item]]] = {}
    for chunk in chunks(sorted(story_ids)):
        for row in await connection.execute(REPORTS_OF_STORIES, {"story_ids": list(chunk)}):
            report = Item(
                key="",
                title="",
                lead=row.lead or "",
                text=row.text or "",
                source=str(row.source_id),
            )
            reports.setdefault(row.story_id, []).append((row.found_at, report))
    since = now - BREAKING_WINDOW
    return await asyncio.to_thread(
        lambda: {story_id: _story_facts(rows, since) for story_id, rows in reports.items()}
    )


def _story_facts(reports: Sequence[tuple[datetime, Item]], since: datetime) -> StoryFacts:
    all_reports = [report for _, report in reports]
    recent = [report for found_at, report in reports if found_at >= since]
    return StoryFacts(len(independent_sources(all_reports)), len(independent_sources(recent)))


def needs_story_facts(topic_matches: TopicMatches) -> bool:
    """Return True if any decision depends on the number of a story's sources."""
    return any(
        match.rules.min_sources > 1
        or match.rules.breaking
        or match.rules.quiet.mode is QuietMode.BREAKING
        for matches_of_item in topic_matches.values()
        for match in matches_of_item
    )


async def decide_alerts(
    connection: AsyncConnection,
    candidates: Sequence[AlertCandidate],
    topic_matches: TopicMatches,
    story_facts: Mapping[int, StoryFacts],
    *,
    now: datetime,
) -> dict[tuple[int, int], tuple[AlertCandidate, Decision]]:
    """Return by chat and story the candidate of the alert, and when the alert is sent.

    Stories that are not alerted are left out.
    """
    limited_chats = {
        chat_id
        for (chat_id, _), matches_of_item in topic_matches.items()
        if any(match.rules.daily_limit for match in matches_of_item)
    }
    story_ids = {candidate.story_id for candidate in candidates}
    alerted_pairs = await _find_alerted(connection, limited_chats, story_ids)
    # Alerts of this page that count against the daily limit, by chat and topic.
    page_counts: Counter[tuple[int, int]] = Counter()
    decisions: dict[tuple[int, int], tuple[AlertCandidate, Decision]] = {}
    for candidate in candidates:
        chat_id = candidate.chat_id
        key = (chat_id, candidate.story_id)
        if key in alerted_pairs:
            continue
        unmuted = _unmuted_matches(topic_matches, candidate, now)
        facts = story_facts.get(candidate.story_id, StoryFacts())
        verdict = combine(
            decide(
                match.rules,
                facts,
                now,
                alerts_today=match.alerts_today + page_counts[chat_id, match.topic_id],
            )
            for match in unmuted
        )
        if isinstance(verdict, Skip):
            continue
        # If a page has two items of one story, the first causes the alert, as it would across two
        # pages, unless the second is sent sooner.
        if key not in decisions or urgency_key(verdict) < urgency_key(decisions[key][1]):
            if key not in decisions and isinstance(verdict, SendNow | SendSilently):
                page_counts.update(
                    (chat_id, match.topic_id) for match in unmuted if match.rules.daily_limit
                )
            decisions[key] = (candidate, verdict)
    return decisions


def follow_up_candidates(
    candidates: Sequence[AlertCandidate],
    topic_matches: TopicMatches,
    story_facts: Mapping[int, StoryFacts],
    now: datetime,
) -> Iterable[FollowUpCandidate]:
    """Yield the candidates as follow-ups of earlier alerts, with the time at which each may be sent."""
    for candidate in candidates:
        facts = story_facts.get(candidate.story_id, StoryFacts())
        unmuted = _unmuted_matches(topic_matches, candidate, now)
        verdict = combine(decide(match.rules, facts, now) for match in unmuted)
        if not isinstance(verdict, Skip):
            yield FollowUpCandidate(
                candidate.chat_id,
                candidate.story_id,
                candidate.item_id,
                due_at=verdict.moment if isinstance(verdict, HoldUntil) else now,
                silent=isinstance(verdict, SendSilently),
            )


async def record_daily_counts(
    connection: AsyncConnection,
    new_alerts: Sequence[tuple[int, int, int, bool]],
    topic_matches: TopicMatches,
    *,
    now: datetime,
) -> None:
    """Count the alerts that are sent now against the daily limits of their topics.

    An alert is its ID, its chat, its item, and True if it is sent now.
    """
    counts: Counter[tuple[int, int]] = Counter()
    limited: dict[tuple[int, int], TopicMatchFacts] = {}
    for _, chat_id, item_id, is_sent_now in new_alerts:
        for match in topic_matches.get((chat_id, item_id), ()) if is_sent_now else ():
            if match.rules.daily_limit:
                counts[chat_id, match.topic_id] += 1
                limited[chat_id, match.topic_id] = match
    rows = [
        {
            "chat_id_param": chat_id,
            "topic_id_param": topic_id,
            "count": limited[chat_id, topic_id].alerts_today + count,
            "day": _day(limited[chat_id, topic_id].rules, now),
        }
        for (chat_id, topic_id), count in sorted(counts.items())
    ]
    if rows:
        await connection.execute(SET_DAILY_COUNT, rows)


def _unmuted_matches(
    topic_matches: TopicMatches, candidate: AlertCandidate, now: datetime
) -> list[TopicMatchFacts]:
    matches_of_item = topic_matches.get((candidate.chat_id, candidate.item_id), ())
    return [match for match in matches_of_item if not match.is_muted(now)]


async def _find_alerted(
    connection: AsyncConnection, chat_ids: set[int], story_ids: set[int]
) -> set[tuple[int, int]]:
    """Return the chats and stories with an alert: a second alert must not count against a limit."""
    if not chat_ids:
        return set()
    values = {"chat_ids": sorted(chat_ids), "story_ids": sorted(story_ids)}
    rows = await connection.execute(EXISTING_ALERTS, values)
    return {(row.chat_id, row.story_id) for row in rows}


def _day(rules: Rules, now: datetime) -> str:
    return local_day(now, rules.zone).isoformat()
