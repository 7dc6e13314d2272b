"""/metrics for Prometheus: what this process has done, and how the store stands.

Counters and the histogram belong to the process that prints them: add them up. Gauges are read from
the store and are the same in every process: take one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final

from aiohttp import web
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from bot.store.figures import Figures
from bot.web.counters import Counters
from bot.web.readings import Reading, Readings

_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The handler of /metrics."""

    def __init__(self, readings: Readings, counters: Counters) -> None:
        self._readings = readings
        self._counters = counters

    async def metrics(self, _request: web.Request) -> web.Response:
        """The figures in Prometheus's text format."""
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Collected(await self._readings.newest()))
        told = self._counters.told() + generate_latest(registry)
        return web.Response(body=told, headers={"Content-Type": _TYPE})


class _Collected:
    """One reading, as a collector."""

    def __init__(self, reading: Reading) -> None:
        self._figures: Figures = reading.figures
        self._at = reading.at

    def collect(self) -> Iterator[Metric]:
        """Every gauge."""
        figures = self._figures
        sources = GaugeMetricFamily(
            "tocsin_sources",
            "Sources; those of state failing are asked by their schedule all the same.",
            labels=["kind", "state"],
        )
        for (kind, state), many in sorted(figures.sources.items()):
            sources.add_metric([kind, state], many)
        yield sources
        overdue, since = figures.overdue
        yield _gauge("tocsin_feeds_overdue", "Feeds that are due.", overdue)
        yield _gauge(
            "tocsin_feeds_overdue_seconds", "How late the first of them is.", self._age(since)
        )
        yield _gauge("tocsin_topics", "Topics that somebody follows.", figures.topics)
        yield _gauge("tocsin_fanouts", "Items still to be handed to chats.", figures.fanouts)
        queues = figures.queues
        yield _by(
            "tocsin_queue",
            "Alerts that wait to be sent to chats that can be reached.",
            "platform",
            {platform: queue.many for platform, queue in queues.items()},
        )
        yield _by(
            "tocsin_queue_age_seconds",
            "How long the oldest of them has waited.",
            "platform",
            {platform: self._age(queue.oldest) for platform, queue in queues.items()},
        )
        yield _gauge("tocsin_follow_ups", "Edits and replies that are due.", figures.follow_ups)
        chats = figures.chats
        yield _by("tocsin_chats", "Chats.", "platform", {at: one.many for at, one in chats.items()})
        yield _by(
            "tocsin_chats_suspended",
            "Chats that cannot be reached.",
            "platform",
            {at: one.suspended for at, one in chats.items()},
        )
        yield _by(
            "tocsin_account_served",
            "Whether some process sends for an account and listens there.",
            "account",
            {name: float(until > self._at) for name, until in figures.accounts.items()},
        )

    def _age(self, since: datetime | None) -> float:
        return max(0.0, (self._at - since).total_seconds()) if since else 0.0


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(name, about, value=value)


def _by(name: str, about: str, label: str, values: Mapping[str, float]) -> Metric:
    family = GaugeMetricFamily(name, about, labels=[label])
    for key in sorted(values):
        family.add_metric([key], values[key])
    return family
