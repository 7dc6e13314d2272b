"""What the bot tells of its work while it works: counts, and spans of time. Nobody need listen.

    feeds, folder ─► poll ─► ingest        store ─► fan-out        sender ─► send
                      │        │                      │                       │
                      └────────┴── counts (Prometheus), spans (OpenTelemetry) ┘

Whoever works is given a `Telemetry`; what listens to it is put together in the composition root
(bot/web/counters.py, bot/tracing.py). `SILENT` costs a call that does nothing.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Final, Protocol

Noted = str | int | float | bool
"""What can be said of a span."""


class Span(Protocol):
    """A piece of work that is under way."""

    def note(self, **about: Noted) -> None:
        """Say more about it."""


class Tracer(Protocol):
    """Sees how long pieces of work take, and which is within which."""

    def span(self, name: str, **about: Noted) -> AbstractContextManager[Span]:
        """The work inside the block."""

    def took(self, name: str, since: int, **about: Noted) -> None:
        """Work that ends now, begun at ``since`` (`time.time_ns`): known only now to be worth a word."""


class Counts(Protocol):
    """Counts what happens in this process. Names and kinds are few: each is a series of its own."""

    def fetched(self, outcome: str) -> None:
        """A feed was asked: "news", "unchanged", or the kind of its error."""

    def ingested(self, kind: str, *, items: int, matches: int) -> None:
        """New items came from a source of this kind, and so many topics matched them."""

    def settled(self, platform: str, state: str, seconds: float | None) -> None:
        """A message of the outbox ended; ``seconds`` after its item was found, where it has one."""

    def refused(self, platform: str, kind: str) -> None:
        """A platform did not take a message: the kind of its answer."""

    def asked_model(self, outcome: str, tokens: int) -> None:
        """A language model was asked: "answered" or "failed"."""


class NoSpan:
    """Nobody wants to know."""

    def note(self, **about: Noted) -> None:
        """See `Span.note`."""


_NOTHING: Final = nullcontext(NoSpan())


class NoTracer:
    """Sees nothing, and costs nothing."""

    def span(self, name: str, **about: Noted) -> AbstractContextManager[Span]:  # noqa: ARG002
        """See `Tracer.span`."""
        return _NOTHING

    def took(self, name: str, since: int, **about: Noted) -> None:
        """See `Tracer.took`."""


class NoCounts:
    """Counts nothing."""

    def fetched(self, outcome: str) -> None:
        """See `Counts.fetched`."""

    def ingested(self, kind: str, *, items: int, matches: int) -> None:
        """See `Counts.ingested`."""

    def settled(self, platform: str, state: str, seconds: float | None) -> None:
        """See `Counts.settled`."""

    def refused(self, platform: str, kind: str) -> None:
        """See `Counts.refused`."""

    def asked_model(self, outcome: str, tokens: int) -> None:
        """See `Counts.asked_model`."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Who is told."""

    counts: Counts = field(default_factory=NoCounts)
    tracer: Tracer = field(default_factory=NoTracer)


SILENT: Final = Telemetry()
"""Nobody is."""


def kind_of(error: BaseException) -> str:
    """The kind of an error as a label has it: ``TooSlow`` is "too_slow"."""
    name = type(error).__name__
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).removeprefix("_")
