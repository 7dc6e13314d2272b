"""Counts events of this process for /metrics."""

from __future__ import annotations

import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector
from prometheus_client.metrics_core import Metric

_LATENCY_BUCKETS_SECONDS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 21_600)


class Counters:
    """The `Metrics` implementation for Prometheus, with a registry of its own."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        build = Info("tocsin_build", "The version of Tocsin and of Python.", registry=registry)
        build.info({"version": _installed_version(), "python": platform.python_version()})
        self._fetches = Counter(
            "tocsin_fetches", "Polls of feeds, by outcome.", ["outcome"], registry=registry
        )
        self._items = Counter(
            "tocsin_items", "New items, by kind of source.", ["kind"], registry=registry
        )
        self._matches = Counter("tocsin_matches", "Topics that new items match.", registry=registry)
        self._messages = Counter(
            "tocsin_messages",
            "Final outbox messages, by outcome.",
            ["platform", "outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "tocsin_item_to_chat_seconds",
            "Time from the discovery of an item to the send of its alert.",
            ["platform"],
            buckets=_LATENCY_BUCKETS_SECONDS,
            registry=registry,
        )
        self._refusals = Counter(
            "tocsin_refusals",
            "Messages that a platform refused, by kind of error; rate_limited is HTTP 429.",
            ["platform", "kind"],
            registry=registry,
        )
        self._questions = Counter(
            "tocsin_model_questions",
            "Requests to the language model, by outcome.",
            ["outcome"],
            registry=registry,
        )
        self._tokens = Counter(
            "tocsin_model_tokens", "Tokens that the language model reported.", registry=registry
        )

    def record_poll(self, outcome: str) -> None:
        """See `Metrics.fetched`."""
        self._fetches.labels(outcome).inc()

    def record_ingest(self, kind: str, *, items: int, matches: int) -> None:
        """See `Metrics.ingested`."""
        self._items.labels(kind).inc(items)
        self._matches.inc(matches)

    def record_delivery(self, platform: str, state: str, seconds: float | None) -> None:
        """See `Metrics.settled`."""
        self._messages.labels(platform, state).inc()
        if seconds is not None:
            self._seconds.labels(platform).observe(max(0.0, seconds))

    def record_refusal(self, platform: str, kind: str) -> None:
        """See `Metrics.refused`."""
        self._refusals.labels(platform, kind).inc()

    def record_model_request(self, outcome: str, tokens: int) -> None:
        """See `Metrics.asked_model`."""
        self._questions.labels(outcome).inc()
        self._tokens.inc(tokens)

    def collect(self) -> Iterable[Metric]:
        """Return all metrics of this process, for a registry that serves them with others."""
        return self.registry.collect()


def _installed_version() -> str:
    try:
        return version("tocsin")
    except PackageNotFoundError:
        return "unknown"
