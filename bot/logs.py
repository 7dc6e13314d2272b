"""Logs, on standard error: for a person on a terminal, as JSON lines elsewhere."""

from __future__ import annotations

import logging
import sys
from typing import Any, Final

import structlog

# httpx logs whole URLs at INFO, a bot's token included; the others say what we say better.
_QUIET: Final = ("httpx", "httpcore", "apscheduler", "watchfiles", "alembic", "asyncio", "pypdf")


def configure_logs(*, level: int = logging.INFO) -> None:
    """Set up structlog, and quieten the libraries."""
    pretty = sys.stderr.isatty()
    renderer: Any = (
        # Its own tracebacks show the values of variables: tokens are among them.
        structlog.dev.ConsoleRenderer(
            colors=True, exception_formatter=structlog.dev.plain_traceback
        )
        if pretty
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%H:%M:%S" if pretty else "iso", utc=not pretty),
            *(() if pretty else (structlog.processors.format_exc_info,)),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # Looked up at each line: the terminal's prompt replaces standard error while it is shown.
        logger_factory=lambda *_: structlog.PrintLogger(_Stderr()),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _Stderr:
    """Standard error as it is at the moment of writing."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()
