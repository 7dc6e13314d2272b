"""Traces for OpenTelemetry: spans of poll, ingest, fan-out and send, sent to a collector.

The SDK is an extra (`pip install 'tocsin[otel]'`) and is imported only where TOCSIN_TRACES_URL is set. A
trace tells how long work takes, not what is in it: no titles, no chats, no words of an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.settings import PREFIX
from bot.telemetry import Noted, kind_of

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_NAME: Final = "tocsin"
_LAST_MILLISECONDS: Final = 1_000  # for what is to be sent at the end


class _OtelSpan(Protocol):
    """What we use of a span of theirs."""

    def set_attribute(self, key: str, value: Noted) -> None:
        """Say something about it."""


class _Noting:
    """A span of theirs, as ours."""

    def __init__(self, span: _OtelSpan) -> None:
        self._span = span

    def note(self, **about: Noted) -> None:
        """See `bot.telemetry.Span`."""
        for key, value in about.items():
            self._span.set_attribute(key, value)


class OtelTracer:
    """A `bot.telemetry.Tracer` that hands its spans to ``provider``."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - an extra

        self._provider = provider
        self._tracer = provider.get_tracer(_NAME)
        self._failed: Any = Status(StatusCode.ERROR)

    @contextmanager
    def span(self, name: str, **about: Noted) -> Iterator[_Noting]:
        """See `bot.telemetry.Tracer`. An error is noted by its kind: its words may hold a token."""
        with self._tracer.start_as_current_span(
            name, attributes=about, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield _Noting(span)
            except BaseException as error:
                span.set_attribute("error.type", kind_of(error))
                span.set_status(self._failed)
                raise

    def took(self, name: str, since: int, **about: Noted) -> None:
        """See `bot.telemetry.Tracer`."""
        self._tracer.start_span(name, start_time=since, attributes=about).end()

    async def close(self) -> None:
        """Send what is left, for a second at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_MILLISECONDS / 1_000):
                await asyncio.to_thread(self._provider.force_flush, _LAST_MILLISECONDS)


def tracer_to(url: str) -> OtelTracer:
    """A tracer whose spans go to the collector at ``url``, by OTLP over HTTP.

    Raises:
        SettingsError: it is no address, or the extra is missing.
    """
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(
            f"{PREFIX}TRACES_URL", "it is no address such as http://collector:4318/v1/traces"
        )
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            f"{PREFIX}TRACES_URL", "the extra is missing: pip install 'tocsin[otel]'"
        ) from error
    provider = TracerProvider(
        resource=Resource.create({"service.name": _NAME}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    return OtelTracer(provider)
