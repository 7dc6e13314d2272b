"""Errors that the watchers raise.

    WatchersError
    ├── QuerySyntaxError        a topic cannot be parsed: .position, .hint
    ├── IsolationError          work in a worker process failed
    │   ├── IsolationTimeout    the worker was stopped after .seconds
    │   └── IsolationFailed     the worker crashed or used too much memory: .reason
    └── SourceError             a problem with a source: .address
        ├── SourceMissingError  the folder cannot be read: .reason
        ├── FetchError          one request failed: .address is the URL, .reason the cause
        │   ├── ForbiddenAddressError   the URL leads to a network that must not be reached
        │   ├── Unreachable             DNS, the connection or TLS failed
        │   ├── FetchTimeout            no complete response within .seconds
        │   ├── ResponseTooLarge        more than .limit bytes
        │   ├── InvalidResponse         a protocol violation or a redirect loop
        │   └── HttpStatusError         an error status: .status, .retry_after, .challenge
        ├── NoFeedFound         discovery found no feed: .reason, .tried
        ├── FeedError           a response cannot be read as a feed: .reason
        │   ├── NotAFeedError   the response is of another kind: .kind
        │   └── BrokenFeed      the feed is empty, too damaged, or too slow to read
        └── DocumentError       a document cannot be used: .name, .reason
            ├── EmptyDocument
            ├── BinaryDocument
            ├── OversizedDocument    .size and .limit in bytes
            └── UnreadableDocument

Every error carries its data as attributes. The message states the input, the cause and, if possible,
the remedy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Self


class WatchersError(Exception):
    """The base class of all errors that the watchers raise deliberately."""


class QuerySyntaxError(WatchersError):
    """A topic that cannot be parsed.

    ``position`` is an offset into ``text``, counted from 0; ``hint`` suggests a correct form.
    """

    def __init__(self, problem: str, *, text: str, position: int, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.text = text
        self.position = position
        self.hint = hint

    def __str__(self) -> str:
        message = f"column {self.position + 1}: {self.problem}"
        return f"{message}. {self.hint}" if self.hint else message


class SandboxError(WatchersError):
    """A failure of work that runs in a worker process."""


class SandboxTimeout(SandboxError):
    """A worker that was stopped because its work took longer than ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the work took more than {seconds:g} seconds and was stopped")
        self.seconds = seconds

    def __reduce__(self) -> tuple[type[SandboxTimeout], tuple[float]]:
        return SandboxTimeout, (self.seconds,)


class SandboxFailed(SandboxError):
    """A worker that crashed or used too much memory; see ``reason``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SourceError(WatchersError):
    """A problem with the source at ``address``."""

    def __init__(self, message: str, *, address: str) -> None:
        super().__init__(message)
        self.address = address


class SourceMissingError(SourceError):
    """A watched folder that cannot be read."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} cannot be read: {reason}", address=address)
        self.reason = reason


class FetchError(SourceError):
    """A failed request to ``address``; ``reason`` states the cause."""

    def __init__(self, reason: str, *, address: str) -> None:
        super().__init__(f"{address}: {reason}", address=address)
        self.reason = reason


class ForbiddenAddressError(FetchError):
    """A URL that must not be requested: a private network, or not a web address."""


class Unreachable(FetchError):
    """A host without a response: DNS, the connection or TLS failed."""


class FetchTimeout(FetchError):
    """A response that was not complete after ``seconds``."""

    def __init__(self, seconds: float, *, address: str) -> None:
        super().__init__(f"no complete response within {seconds:g} s", address=address)
        self.seconds = seconds


class ResponseTooLarge(FetchError):
    """A response with more than ``limit`` bytes after decompression."""

    def __init__(self, limit: int, *, address: str) -> None:
        super().__init__(f"the response is larger than {limit:,} bytes", address=address)
        self.limit = limit


class InvalidResponse(FetchError):
    """A response that violates HTTP, has an unsupported encoding, or redirects in a loop."""


class HttpStatusError(FetchError):
    """A response with an error status.

    ``retry_after`` is the delay that the server requests, in seconds. ``is_browser_challenge`` is true if a
    person with a browser would get the page: behind a bot check or a login form.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        *,
        address: str,
        retry_after: float | None = None,
        is_browser_challenge: bool = False,
    ) -> None:
        super().__init__(reason, address=address)
        self.status = status
        self.retry_after = retry_after
        self.is_browser_challenge = is_browser_challenge

    @property
    def is_gone(self) -> bool:
        """Return True if the resource is permanently gone (RFC 9110 section 15.5.11)."""
        return self.status == HTTPStatus.GONE


class FeedError(SourceError):
    """A response from ``address`` that cannot be read as a feed; ``reason`` states the cause."""

    def __init__(self, reason: str, *, address: str = "") -> None:
        super().__init__(f"{address}: {reason}" if address else reason, address=address)
        self.reason = reason

    def with_address(self, address: str) -> Self:
        """Return a copy of this error for ``address``."""
        return type(self)(self.reason, address=address)

    # Feeds are parsed in worker processes: `Exception` pickles positional arguments only.
    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return partial(type(self), address=self.address), (self.reason,)


class NotAFeedError(FeedError):
    """A response of another kind.

    ``kind`` names it ("an HTML page"); ``advice`` states what the user can do.
    """

    def __init__(self, kind: str, advice: str = "", *, address: str = "") -> None:
        reason = f"this is {kind}, not a feed"
        super().__init__(f"{reason}; {advice}" if advice else reason, address=address)
        self.kind = kind
        self.advice = advice

    def with_address(self, address: str) -> Self:
        """Return a copy of this error for ``address``."""
        return type(self)(self.kind, self.advice, address=address)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return partial(type(self), address=self.address), (self.kind, self.advice)


class BrokenFeed(FeedError):
    """A feed that is empty, too damaged to parse, or too slow to read."""


class NoFeedFound(SourceError):
    """A search for feeds at ``address`` without a result; ``reason`` states the cause.

    ``attempts`` holds each requested URL, in order, with its result as text.
    """

    def __init__(
        self, reason: str, *, address: str, attempts: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(f"{address}: {reason}", address=address)
        self.reason = reason
        self.attempts = attempts


class DocumentError(SourceError):
    """A document ``name`` in the folder ``address`` that cannot be used; see ``reason``."""

    def __init__(self, reason: str, *, address: str = "", name: str = "") -> None:
        super().__init__(f"{name}: {reason}" if name else reason, address=address)
        self.name = name
        self.reason = reason


class EmptyDocument(DocumentError):
    """A document without text."""


class BinaryDocument(DocumentError):
    """A document that is not text in any known encoding."""


class OversizedDocument(DocumentError):
    """A document of ``size`` bytes, above the limit of ``limit`` bytes."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"the document has {size:,} bytes, and the limit is {limit:,}; split or shorten it"
        )
        self.size = size
        self.limit = limit


class UnreadableDocument(DocumentError):
    """A document that the operating system or a parser cannot read."""
