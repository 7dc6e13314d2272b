"""What happened in this process, counted as it happens, for /metrics."""

from __future__ import annotations

from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    generate_latest,
)

_BUCKETS: Final = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200, 21_600)


class Counters:
    """A `bot.telemetry.Counts` that Prometheus can read. A registry of its own: nothing is global."""

    def __init__(self) -> None:
        self.registry = own = CollectorRegistry()
        ProcessCollector(registry=own)
        self._fetches = Counter(
            "tocsin_fetches", "Feeds that were asked, by how that ended.", ["outcome"], registry=own
        )
        self._items = Counter("tocsin_items", "Items that were new.", ["kind"], registry=own)
        self._matches = Counter("tocsin_matches", "Topics that matched new items.", registry=own)
        self._messages = Counter(
            "tocsin_messages",
            "Messages of the outbox that ended, by how.",
            ["platform", "outcome"],
            registry=own,
        )
        self._seconds = Histogram(
            "tocsin_item_to_chat_seconds",
            "From the moment an item was found to its alert being sent.",
            ["platform"],
            buckets=_BUCKETS,
            registry=own,
        )
        self._refusals = Counter(
            "tocsin_refusals",
            "Messages that a platform did not take, by its answer; retry_later is a 429.",
            ["platform", "kind"],
            registry=own,
        )
        self._questions = Counter(
            "tocsin_model_questions", "Questions to the language model.", ["outcome"], registry=own
        )
        self._tokens = Counter("tocsin_model_tokens", "Tokens that it counted.", registry=own)

    def fetched(self, outcome: str) -> None:
        """See `bot.telemetry.Counts`."""
        self._fetches.labels(outcome).inc()

    def ingested(self, kind: str, *, items: int, matches: int) -> None:
        """See `bot.telemetry.Counts`."""
        self._items.labels(kind).inc(items)
        self._matches.inc(matches)

    def settled(self, platform: str, state: str, seconds: float | None) -> None:
        """See `bot.telemetry.Counts`."""
        self._messages.labels(platform, state).inc()
        if seconds is not None:
            self._seconds.labels(platform).observe(max(0.0, seconds))

    def refused(self, platform: str, kind: str) -> None:
        """See `bot.telemetry.Counts`."""
        self._refusals.labels(platform, kind).inc()

    def asked_model(self, outcome: str, tokens: int) -> None:
        """See `bot.telemetry.Counts`."""
        self._questions.labels(outcome).inc()
        self._tokens.inc(tokens)

    def told(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self.registry)
