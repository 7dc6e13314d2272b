"""/metrics for Prometheus: what this process has done, and how the store stands."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from statistics import quantiles
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from bot.clock import Clock
from bot.store import Database
from bot.store.figures import Figures, read_figures

_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_FEW: Final = 2


class Metrics:
    """The handler of /metrics. Reads the store at each request: by indexes, a few milliseconds."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def metrics(self, _request: web.Request) -> web.Response:
        """The figures in Prometheus's text format."""
        now = self._clock()
        async with self._database.reading() as connection:
            figures = await read_figures(connection, now=now)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collected(figures, now))
        return web.Response(body=generate_latest(registry), headers={"Content-Type": _TYPE})


class _Collected:
    """One reading, as a collector."""

    def __init__(self, figures: Figures, now: datetime) -> None:
        self._figures = figures
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Every metric."""
        figures = self._figures
        sources = GaugeMetricFamily("tocsin_sources", "Sources.", labels=["kind", "state"])
        for (kind, state), many in sorted(figures.sources.items()):
            sources.add_metric([kind, state], many)
        yield sources
        overdue, since = figures.overdue
        yield GaugeMetricFamily("tocsin_feeds_overdue", "Feeds that are due.", value=overdue)
        yield GaugeMetricFamily(
            "tocsin_feeds_overdue_seconds", "How late the first of them is.", value=self._age(since)
        )
        yield CounterMetricFamily("tocsin_items", "Items that came.", value=figures.items)
        yield CounterMetricFamily("tocsin_alerts", "Alerts decided.", value=figures.alerts)
        yield GaugeMetricFamily("tocsin_topics", "Topics followed.", value=figures.topics)
        yield GaugeMetricFamily(
            "tocsin_fanouts", "Items still to be handed to everybody.", value=figures.fanouts
        )
        depth = GaugeMetricFamily("tocsin_queue", "Alerts that wait.", labels=["platform"])
        age = GaugeMetricFamily("tocsin_queue_age_seconds", "The oldest's.", labels=["platform"])
        for platform, queue in sorted(figures.queues.items()):
            depth.add_metric([platform], queue.many)
            age.add_metric([platform], self._age(queue.oldest))
        yield depth
        yield age
        everybody, unreached = figures.chats
        yield GaugeMetricFamily("tocsin_chats", "Chats.", value=everybody)
        yield GaugeMetricFamily(
            "tocsin_chats_suspended", "Chats that cannot be reached.", value=unreached
        )
        # Counters that begin again at midnight, which rate() and increase() understand.
        yield CounterMetricFamily(
            "tocsin_model_requests", "Articles the model got.", value=figures.model.requests
        )
        yield CounterMetricFamily(
            "tocsin_model_tokens", "Tokens it counted.", value=figures.model.tokens
        )
        yield from self._latency()

    def _latency(self) -> Iterator[Metric]:
        latencies = self._figures.latencies
        if len(latencies) < _FEW:
            return
        cuts = quantiles(latencies, n=100)
        latency = GaugeMetricFamily(
            "tocsin_item_to_chat_seconds", "Of the newest alerts.", labels=["quantile"]
        )
        for share in (50, 95, 99):
            latency.add_metric([f"0.{share}"], cuts[share - 1])
        yield latency

    def _age(self, since: datetime | None) -> float:
        return max(0.0, (self._now - since).total_seconds()) if since else 0.0
