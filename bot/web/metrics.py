"""Serve /metrics for Prometheus: the counters of this process and the state of the store.

Counters and the histogram are per process: add them up. Gauges are read from the store and are equal in
all processes: take one.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from bot.runtime.clock import Clock
from bot.runtime.metrics import Counters
from bot.store import Database
from bot.store.admin.metrics_snapshot import StoreSnapshot, read_snapshot

# A snapshot is cached for a multiple of the time that its queries took, so that frequent requests use at
# most a twentieth of the time of the store. Counting a million chats may take seconds.
_CACHE_TIME_FACTOR: Final = 20.0


@dataclass(frozen=True, slots=True)
class CachedSnapshot:
    """A snapshot of the store, taken at ``at``."""

    figures: StoreSnapshot
    at: datetime


class SnapshotCache:
    """Read snapshots of the store, one at a time, and cache them for concurrent requests."""

    def __init__(
        self, database: Database, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._clock = clock
        self._monotonic = monotonic
        self._lock = asyncio.Lock()
        self._last: CachedSnapshot | None = None
        self._expires_at = 0.0

    async def newest(self) -> CachedSnapshot:
        """Return the cached snapshot, or a new one if the cached one has expired.

        Raises:
            StoreError: the database does not answer.
        """
        # The lock makes concurrent requests wait for one snapshot instead of running the queries again.
        async with self._lock:
            started = self._monotonic()
            if self._last is not None and started < self._expires_at:
                return self._last
            at = self._clock()
            async with self._database.reading() as connection:
                figures = await read_snapshot(connection, now=at)
            ended = self._monotonic()
            self._last = CachedSnapshot(figures, at)
            # Measured from the end: a slow database is asked less often.
            self._expires_at = ended + _CACHE_TIME_FACTOR * (ended - started)
            return self._last


class MetricsEndpoint:
    """The handler of /metrics."""

    def __init__(self, snapshots: SnapshotCache, counters: Counters) -> None:
        self._snapshots = snapshots
        self._counters = counters

    async def metrics(self, request: web.Request) -> web.Response:
        """Return all metrics in the format that the request accepts."""
        body, content_type = await self.render(",".join(request.headers.getall("Accept", [])))
        return web.Response(body=body, headers={"Content-Type": content_type})

    async def render(self, accept: str = "") -> tuple[bytes, str]:
        """Return all metrics and their content type: OpenMetrics if ``accept`` names it, else text.

        Raises:
            StoreError: the database does not answer.
        """
        # One registry for both: OpenMetrics ends with one line `# EOF`.
        registry = CollectorRegistry(auto_describe=False)
        registry.register(self._counters)
        registry.register(_SnapshotCollector(await self._snapshots.newest()))
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type


class _SnapshotCollector:
    """A Prometheus collector for one snapshot."""

    def __init__(self, snapshot: CachedSnapshot) -> None:
        self._figures: StoreSnapshot = snapshot.figures
        self._at = snapshot.at

    def collect(self) -> Iterator[Metric]:
        """Yield all gauges."""
        figures = self._figures
        sources = GaugeMetricFamily(
            "tocsin_sources",
            "Sources by kind and state. Failing sources are still polled.",
            labels=["kind", "state"],
        )
        for (kind, state), count in sorted(figures.sources.items()):
            sources.add_metric([kind, state], count)
        yield sources
        overdue, since = figures.overdue
        yield _gauge("tocsin_feeds_overdue", "Feeds whose poll is due.", overdue)
        yield _gauge(
            "tocsin_feeds_overdue_seconds",
            "Delay of the feed that is due for the longest time.",
            self._age(since),
        )
        yield _gauge("tocsin_topics", "Topics with at least one subscription.", figures.topics)
        yield _gauge("tocsin_fanouts", "Matched items that wait for fan-out.", figures.fanout_jobs)
        queues = figures.queues
        yield _labelled_gauge(
            "tocsin_queue",
            "Queued alerts for reachable chats.",
            "platform",
            {platform: queue.size for platform, queue in queues.items()},
        )
        yield _labelled_gauge(
            "tocsin_queue_age_seconds",
            "Age of the oldest queued alert.",
            "platform",
            {platform: self._age(queue.oldest) for platform, queue in queues.items()},
        )
        yield _gauge(
            "tocsin_follow_ups", "Follow-ups (edits and replies) that are due.", figures.follow_ups
        )
        chats = figures.chats
        yield _labelled_gauge(
            "tocsin_chats",
            "Chats.",
            "platform",
            {platform: stats.count for platform, stats in chats.items()},
        )
        yield _labelled_gauge(
            "tocsin_chats_suspended",
            "Chats that are suspended because they cannot be reached.",
            "platform",
            {platform: stats.suspended for platform, stats in chats.items()},
        )
        yield _labelled_gauge(
            "tocsin_account_served",
            "1 if a process holds the lease of the account, else 0.",
            "account",
            {name: float(until > self._at) for name, until in figures.accounts.items()},
        )

    def _age(self, since: datetime | None) -> float:
        return max(0.0, (self._at - since).total_seconds()) if since else 0.0


def _gauge(name: str, description: str, value: float) -> Metric:
    return GaugeMetricFamily(name, description, value=value)


def _labelled_gauge(name: str, description: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, description, labels=[label])
    for key in sorted(values):
        family.add_metric([key], values[key])
    return family
