"""Logs on standard error: readable lines on a terminal, JSON lines elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

import structlog
from structlog.typing import EventDict

from bot.runtime.log_stream import LogStream

# httpx logs whole URLs at INFO, which contain the token of a bot. Tocsin logs the events of the others.
_QUIET_LOGGERS: Final = (
    "httpx",
    "httpcore",
    "apscheduler",
    "watchfiles",
    "alembic",
    "asyncio",
    "pypdf",
)


def configure_logging(*, level: int = logging.INFO, stream: LogStream | None = None) -> None:
    """Configure structlog, and silence the loggers of libraries below WARNING.

    A ``stream`` receives all lines. Without it, they are written to standard error at once.
    """
    is_terminal = stream is None and sys.stderr.isatty()
    renderer: Any = (
        # The default tracebacks of structlog show the values of variables, tokens included.
        structlog.dev.ConsoleRenderer(
            colors=True, exception_formatter=structlog.dev.plain_traceback
        )
        if is_terminal
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(
                fmt="%H:%M:%S" if is_terminal else "iso", utc=not is_terminal
            ),
            *((_escape_unprintable,) if is_terminal else (structlog.processors.format_exc_info,)),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # The prompt of the terminal replaces sys.stderr while it is shown.
        logger_factory=lambda *_: structlog.PrintLogger(stream or _CurrentStderr()),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    if stream is not None:
        # The loggers of libraries would write to standard error themselves, and block.
        logging.basicConfig(stream=stream, level=logging.WARNING, format="%(message)s")


def _escape_unprintable(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Escape control characters: the name of a file can contain commands for a terminal."""
    for name, value in event.items():
        if isinstance(value, str) and name != "exception" and not value.isprintable():
            event[name] = value.encode("unicode_escape").decode("ascii")
    return event


class _CurrentStderr:
    """A stream that writes to the current value of sys.stderr."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
