"""The interfaces of metrics and traces, and implementations that do nothing.

    feeds, folder ─► poll ─► ingest        store ─► fan-out        sender ─► send
                      │        │                      │                       │
                      └────────┴─ metrics (Prometheus), spans (OpenTelemetry) ┘

Components receive a `Telemetry`. The composition root passes the real implementations
(bot/runtime/metrics.py, bot/runtime/tracing.py).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final, Protocol

AttributeValue = str | int | float | bool
"""The value of a span attribute."""


class TraceSpan(Protocol):
    """An operation that is being traced."""

    def set_attributes(self, **about: AttributeValue) -> None:
        """Add attributes to the span."""


class Tracer(Protocol):
    """Records the duration and the nesting of operations."""

    def span(self, name: str, **about: AttributeValue) -> AbstractContextManager[TraceSpan]:
        """Return a context manager that traces the block."""

    def record_span(self, name: str, since: int, **about: AttributeValue) -> None:
        """Record an operation that ends now and started at ``since`` (`time.time_ns`).

        Use it where only the end shows whether the operation is worth a span.
        """


class Metrics(Protocol):
    """Counts events of this process. Each label value is a time series, so keep them few."""

    def record_poll(self, outcome: str) -> None:
        """Count a poll of a feed: "news", "unchanged", or the kind of the error."""

    def record_ingest(self, kind: str, *, items: int, matches: int) -> None:
        """Count the new items of a source of this kind, and the topics that they match."""

    def record_delivery(self, platform: str, state: str, seconds: float | None) -> None:
        """Count a final outbox message. ``seconds`` is the time since its item was found, if any."""

    def record_refusal(self, platform: str, kind: str) -> None:
        """Count a message that a platform refused, by the kind of the error."""

    def record_model_request(self, outcome: str, tokens: int) -> None:
        """Count a request to the language model: "answered" or "failed"."""


class NullSpan:
    """A span that records nothing."""

    def set_attributes(self, **about: AttributeValue) -> None:
        """See `TraceSpan.set_attributes`."""


_NULL_SPAN: Final = nullcontext(NullSpan())


class NullTracer:
    """A tracer that records nothing."""

    def span(self, name: str, **about: AttributeValue) -> AbstractContextManager[TraceSpan]:  # noqa: ARG002
        """See `Tracer.span`."""
        return _NULL_SPAN

    def record_span(self, name: str, since: int, **about: AttributeValue) -> None:
        """See `Tracer.record_span`."""


class NullMetrics:
    """Metrics that count nothing."""

    def record_poll(self, outcome: str) -> None:
        """See `Metrics.fetched`."""

    def record_ingest(self, kind: str, *, items: int, matches: int) -> None:
        """See `Metrics.ingested`."""

    def record_delivery(self, platform: str, state: str, seconds: float | None) -> None:
        """See `Metrics.settled`."""

    def record_refusal(self, platform: str, kind: str) -> None:
        """See `Metrics.refused`."""

    def record_model_request(self, outcome: str, tokens: int) -> None:
        """See `Metrics.asked_model`."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The metrics and the tracer of a process."""

    metrics: Metrics = field(default_factory=NullMetrics)
    tracer: Tracer = field(default_factory=NullTracer)


NO_TELEMETRY: Final = Telemetry()
"""Telemetry that records nothing."""


def error_kind(error: BaseException) -> str:
    """Return the class name of an error as a label: ``FetchTimeout`` is "fetch_timeout"."""
    name = type(error).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")
