"""Logs on standard error: readable lines on a terminal, JSON lines elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

import structlog

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


def configure_logging(*, level: int = logging.INFO) -> None:
    """Configure structlog, and silence the loggers of libraries below WARNING."""
    is_terminal = sys.stderr.isatty()
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
            *(() if is_terminal else (structlog.processors.format_exc_info,)),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # The prompt of the terminal replaces sys.stderr while it is shown.
        logger_factory=lambda *_: structlog.PrintLogger(_CurrentStderr()),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    for name in _QUIET_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


class _CurrentStderr:
    """A stream that writes to the current value of sys.stderr."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
