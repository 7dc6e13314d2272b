"""Build feeds for tests, and serve them in place of the HTTP client: a `Fetch` from memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from hashlib import sha256
from random import Random

from watchers.errors import FetchError, HttpStatusError
from watchers.fetching.result import MAX_BODY_BYTES, NO_VALIDATORS, FetchResult, Validators

SYLLABLES = "ba ke li mo nu ra se ti vo zu dar fen gil hok jun".split()


def words(number: int) -> str:
    """Return the words of entry ``number``, which differ between entries: they are separate stories."""
    random = Random(number)
    return " ".join("".join(random.choices(SYLLABLES, k=3)) for _ in range(14))


def rss(
    numbers: Iterable[int],
    *,
    now: datetime | None = None,
    dated: bool = True,
    gap: float = 60,
    channel: str = "",
    title: str = "The Example",
    site: str = "https://example.org/",
    word: str = "News",
    key: str = "id-{}",
    link: str = "https://example.org/{}",
    body: str = "",
) -> bytes:
    """Return an RSS feed of numbered entries, one every ``gap`` seconds up to ``now``."""
    entry_numbers = list(numbers)
    newest = max(entry_numbers, default=0)
    items = "".join(
        f"<item><title>{word} {n}</title><guid isPermaLink='false'>{key.format(n)}</guid>"
        f"<link>{link.format(n)}</link><description>{body.format(n) or words(n)}</description>"
        + (
            f"<pubDate>{format_datetime(now - timedelta(seconds=gap * (newest - n)))}</pubDate>"
            if dated and now is not None
            else ""
        )
        + "</item>"
        for n in entry_numbers
    )
    return (
        f'<rss version="2.0"><channel><title>{title}</title><link>{site}</link>{channel}'
        f"{items}</channel></rss>"
    ).encode()


@dataclass
class FeedServer:
    """The pages of all web sites by address, and the requests for them."""

    requests: list[tuple[str, Validators]] = field(default_factory=list)
    # Answer 304 to a request with the current ETag.
    validates: bool = True
    # Answer 304 to every request with validators, as a broken cache does.
    stuck: bool = False
    last_modified: str | None = None
    max_age: float | None = None
    _pages: dict[str, FetchResult] = field(default_factory=dict)
    _errors: dict[str, FetchError] = field(default_factory=dict)
    _moves: dict[str, str] = field(default_factory=dict)

    def put(
        self,
        url: str,
        body: bytes,
        *,
        content_type: str = "application/rss+xml",
        links: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self._errors.pop(url, None)
        etag = f'"{sha256(body).hexdigest()[:8]}"' if self.validates else None
        self._pages[url] = FetchResult(
            url=url,
            body=body,
            content_type=content_type,
            links=links or {},
            validators=Validators(etag=etag, last_modified=self.last_modified),
        )

    def fail(self, url: str, error: FetchError) -> None:
        self._errors[url] = error

    def move(self, url: str, to: str | None) -> None:
        self._moves.pop(url, None)
        if to is not None:
            self._moves[url] = to

    async def __call__(
        self, url: str, *, validators: Validators = NO_VALIDATORS, max_bytes: int = MAX_BODY_BYTES
    ) -> FetchResult:
        self.requests.append((url, validators))
        moved_to = self._moves.get(url)
        url = moved_to or url
        if url in self._errors:
            raise self._errors[url]
        if url not in self._pages:
            raise HttpStatusError(404, "404: there is no such page", address=url)
        page = replace(self._pages[url], moved_to=moved_to, max_age=self.max_age)
        is_current = validators.etag is not None and validators == page.validators
        if (self.validates and is_current) or (self.stuck and validators != NO_VALIDATORS):
            return replace(page, body=b"", not_modified=True)
        return page
