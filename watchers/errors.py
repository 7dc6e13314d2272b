"""What can go wrong in the watchers.

    WatchersError
    ├── QuerySyntaxError    a topic that cannot be read: .position, .hint
    ├── IsolationError      work that was given to a process of its own
    │   ├── IsolationTimeout      it took longer than .seconds and was killed
    │   └── IsolationFailed       it died, or asked for too much memory: .reason
    └── SourceError         something about a source: .address
        ├── SourceGone      the folder or page is not there
        ├── FetchError      one request: .address is the URL, .reason says what happened
        │   ├── AddressRefused    it leads to a place that may not be reached
        │   ├── Unreachable       no answer: the name, the connection or TLS failed
        │   ├── TooSlow           .seconds
        │   ├── TooLarge          .limit (bytes)
        │   ├── BadAnswer         an answer that breaks the protocol, or an endless redirect
        │   └── Refused           the server said no: .status, .retry_after (seconds), .challenge
        ├── NoFeedFound     nothing to follow was found there: .reason, .tried (address, outcome)
        ├── FeedError       what was fetched cannot be read as a feed: .reason
        │   ├── NotAFeed          it is something else: .found
        │   └── BrokenFeed        it is too damaged, or takes too long to read
        └── DocumentError   one document cannot be used: .name, .reason
            ├── EmptyDocument
            ├── BinaryDocument
            ├── OversizedDocument    .size, .limit (bytes)
            └── UnreadableDocument

Every error carries data, and its message tells a person what happened, to what, and what to do.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Self


class WatchersError(Exception):
    """The root of every error the watchers raise on purpose."""


class QuerySyntaxError(WatchersError):
    """A topic that cannot be read.

    ``position`` counts characters of ``text`` from 0; ``hint`` says what would work instead.
    """

    def __init__(self, problem: str, *, text: str, position: int, hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.text = text
        self.position = position
        self.hint = hint

    def __str__(self) -> str:
        where = f"column {self.position + 1}: {self.problem}"
        return f"{where}. {self.hint}" if self.hint else where


class IsolationError(WatchersError):
    """Work that was given to a process of its own brought nothing."""


class IsolationTimeout(IsolationError):
    """It took longer than ``seconds`` and was killed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it took more than {seconds:g} seconds and was stopped")
        self.seconds = seconds

    def __reduce__(self) -> tuple[type[IsolationTimeout], tuple[float]]:
        return IsolationTimeout, (self.seconds,)


class IsolationFailed(IsolationError):
    """The process died, or asked for too much memory; ``reason`` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SourceError(WatchersError):
    """Something about the source at ``address``."""

    def __init__(self, message: str, *, address: str) -> None:
        super().__init__(message)
        self.address = address


class SourceGone(SourceError):
    """The folder that is watched is not there (now)."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address} cannot be read: {reason}", address=address)
        self.reason = reason


class FetchError(SourceError):
    """One request to ``address`` brought nothing, for ``reason``."""

    def __init__(self, reason: str, *, address: str) -> None:
        super().__init__(f"{address}: {reason}", address=address)
        self.reason = reason


class AddressRefused(FetchError):
    """It leads to a place that may not be reached: a private network, or no web address at all."""


class Unreachable(FetchError):
    """No answer came: the name, the connection or TLS failed."""


class TooSlow(FetchError):
    """The answer was not complete after ``seconds``."""

    def __init__(self, seconds: float, *, address: str) -> None:
        super().__init__(f"no complete answer within {seconds:g} s", address=address)
        self.seconds = seconds


class TooLarge(FetchError):
    """The answer is larger than ``limit`` bytes, decompressed."""

    def __init__(self, limit: int, *, address: str) -> None:
        super().__init__(f"the answer is larger than {limit:,} bytes", address=address)
        self.limit = limit


class BadAnswer(FetchError):
    """The answer breaks the protocol, comes in a form we refuse, or leads in circles."""


class Refused(FetchError):
    """The server answered with an error.

    ``retry_after`` is what it asks us to wait, in seconds; ``challenge`` is true where a person
    with a browser would be let in: a Cloudflare page, a login.
    """

    def __init__(
        self,
        status: int,
        reason: str,
        *,
        address: str,
        retry_after: float | None = None,
        challenge: bool = False,
    ) -> None:
        super().__init__(reason, address=address)
        self.status = status
        self.retry_after = retry_after
        self.challenge = challenge

    @property
    def is_final(self) -> bool:
        """Whether the server says that it is gone for good (410, RFC 9110 section 15.5.11)."""
        return self.status == 410  # noqa: PLR2004 - the status is its own name


class FeedError(SourceError):
    """What was fetched from ``address`` cannot be read as a feed, for ``reason``."""

    def __init__(self, reason: str, *, address: str = "") -> None:
        super().__init__(f"{address}: {reason}" if address else reason, address=address)
        self.reason = reason

    def at(self, address: str) -> Self:
        """The same error, told of ``address``."""
        return type(self)(self.reason, address=address)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return partial(type(self), address=self.address), (self.reason,)


class NotAFeed(FeedError):
    """It is something else; ``found`` names it ("an HTML page"), ``advice`` says what to do."""

    def __init__(self, found: str, advice: str = "", *, address: str = "") -> None:
        said = f"this is {found}, not a feed"
        super().__init__(f"{said}; {advice}" if advice else said, address=address)
        self.found = found
        self.advice = advice

    def at(self, address: str) -> Self:
        """The same error, told of ``address``."""
        return type(self)(self.found, self.advice, address=address)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return partial(type(self), address=self.address), (self.found, self.advice)


class BrokenFeed(FeedError):
    """It is empty, too damaged to find anything in it, or takes too long to read."""


class NoFeedFound(SourceError):
    """No feed was found for ``address``, for ``reason``.

    ``tried`` has each address that was asked, in order, and what came of it in words.
    """

    def __init__(
        self, reason: str, *, address: str, tried: tuple[tuple[str, str], ...] = ()
    ) -> None:
        super().__init__(f"{address}: {reason}", address=address)
        self.reason = reason
        self.tried = tried


class DocumentError(SourceError):
    """One document, ``name`` inside the folder ``address``, cannot be used, for ``reason``."""

    def __init__(self, reason: str, *, address: str = "", name: str = "") -> None:
        super().__init__(f"{name}: {reason}" if name else reason, address=address)
        self.name = name
        self.reason = reason


class EmptyDocument(DocumentError):
    """There is no text in it."""


class BinaryDocument(DocumentError):
    """It is no text in any encoding we know."""


class OversizedDocument(DocumentError):
    """It is larger than the limit (both in bytes)."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(f"{size:,} bytes, and the limit is {limit:,}; split it or shorten it")
        self.size = size
        self.limit = limit


class UnreadableDocument(DocumentError):
    """The system or a parser refused to read it."""
