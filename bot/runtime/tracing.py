"""Traces for OpenTelemetry: spans of poll, ingest, fan-out and send, sent to a collector.

The SDK is an extra (`pip install 'tocsin[otel]'`) and is imported only if TOCSIN_TRACES_URL is set. A
trace contains durations, but no content: no titles, no chats and no error messages.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.runtime.telemetry import AttributeValue, error_kind
from bot.settings import PREFIX

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_SERVICE_NAME: Final = "tocsin"
_FLUSH_TIMEOUT_MILLISECONDS: Final = 1_000


class _SdkSpan(Protocol):
    """The part of a span of the SDK that is used here."""

    def set_attribute(self, key: str, value: AttributeValue) -> None:
        """Set one attribute."""


class _OtelSpan:
    """A `TraceSpan` around a span of the SDK."""

    def __init__(self, span: _SdkSpan) -> None:
        self._span = span

    def set_attributes(self, **about: AttributeValue) -> None:
        """See `TraceSpan.set_attributes`."""
        for key, value in about.items():
            self._span.set_attribute(key, value)


class OtelTracer:
    """The `Tracer` implementation that passes its spans to ``provider``."""

    def __init__(self, provider: TracerProvider) -> None:
        from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415 - an extra

        self._provider = provider
        self._tracer = provider.get_tracer(_SERVICE_NAME)
        self._error_status: Any = Status(StatusCode.ERROR)

    @contextmanager
    def span(self, name: str, **about: AttributeValue) -> Iterator[_OtelSpan]:
        """See `Tracer.span`. Only the kind of an error is recorded: its message may contain a token."""
        with self._tracer.start_as_current_span(
            name, attributes=about, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield _OtelSpan(span)
            except BaseException as error:
                span.set_attribute("error.type", error_kind(error))
                span.set_status(self._error_status)
                raise

    def record_span(self, name: str, since: int, **about: AttributeValue) -> None:
        """See `Tracer.record_span`."""
        self._tracer.start_span(name, start_time=since, attributes=about).end()

    async def close(self) -> None:
        """Send the remaining spans, for a second at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_FLUSH_TIMEOUT_MILLISECONDS / 1_000):
                await asyncio.to_thread(self._provider.force_flush, _FLUSH_TIMEOUT_MILLISECONDS)


def check_traces_url(url: str) -> None:
    """Check the URL of the collector. An empty one switches traces off.

    Raises:
        SettingsError: the URL is not valid.
    """
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise SettingsError(
            f"{PREFIX}TRACES_URL",
            "the value is not a URL such as http://collector:4318/v1/traces",
        )


def make_tracer(url: str) -> OtelTracer:
    """Return a tracer that sends its spans to the collector at ``url``, by OTLP over HTTP.

    Raises:
        SettingsError: the URL is not valid, or the extra is not installed.
    """
    check_traces_url(url)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError as error:
        raise SettingsError(
            f"{PREFIX}TRACES_URL", "the extra is not installed: pip install 'tocsin[otel]'"
        ) from error
    provider = TracerProvider(
        resource=Resource.create({"service.name": _SERVICE_NAME}), shutdown_on_exit=False
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=url)))
    return OtelTracer(provider)
