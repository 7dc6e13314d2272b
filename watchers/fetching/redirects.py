"""The steps of one request: what each next address may be, and what may be said to it. Pure.

    asked ──301──► step ──302──► step ──200──► answer
                     each checked anew; circles and long ways end in BadAnswer

Name and password go to the place they were given for, and to its TLS twin; etag and date to the host
they came from. A redirect's own name and password are ignored: they are the server's idea.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote_from_bytes

from yarl import URL

from watchers.errors import AddressRefused, BadAnswer
from watchers.fetching.addresses import IPNetwork, check_url, parse_url, show_url
from watchers.fetching.fetched import NO_VALIDATORS, Validators
from watchers.fetching.proxies import basic
from watchers.fetching.refusals import is_login
from watchers.limits import MAX_URL_CHARS

MOST_REDIRECTS: Final = 10
"""Steps from the address that was asked to the one that answers."""

REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_PERMANENT: Final = frozenset({301, 308})

_SAFE: Final = bytes(range(0x21, 0x7F)).decode(
    "ascii"
)  # as they stand; also what is quoted already


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One address on the way.

    Attributes:
        asked: the first address, as it may be shown.
        url: this one, without name, password and fragment.
        user: name and password (or ``None``) for it, where there are some.
        validators: to be sent with the request.
        permanent: every step up to here was permanent; true for the first.
        redirect: the status that led here; ``None`` for the first.
        seen: all addresses so far, with this one.
    """

    asked: str
    url: URL
    user: tuple[str, str | None] | None = None
    validators: Validators = NO_VALIDATORS
    permanent: bool = True
    redirect: int | None = None
    seen: tuple[URL, ...] = ()

    @property
    def host(self) -> str:
        """The host's name, one for all spellings."""
        return (self.url.raw_host or "").rstrip(".")

    @property
    def was_login(self) -> bool:
        """Whether it was a login page that was asked for."""
        return is_login(self.seen[0])

    @property
    def moved_to(self) -> str | None:
        """The address to ask from now on, with name and password where they still belong to it."""
        if self.redirect is None or not self.permanent:
            return None
        if self.user is None:
            return str(self.url)
        return str(self.url.with_user(self.user[0]).with_password(self.user[1]))

    def headers(self) -> dict[str, str]:
        """What is said to this host alone."""
        said: dict[str, str] = {}
        if self.user is not None:
            said["Authorization"] = basic(*self.user)
        if self.validators.etag is not None:
            said["If-None-Match"] = self.validators.etag
        if self.validators.last_modified is not None:
            said["If-Modified-Since"] = self.validators.last_modified
        return said

    def at(self, reason: str) -> str:
        """``reason``, with the place it is about where that is not the one that was asked."""
        return (
            reason if self.redirect is None else f"{reason} (it redirects to {show_url(self.url)})"
        )

    def follow(self, location: str, status: int, allowed: Iterable[IPNetwork] = ()) -> Step:
        """The next step, to a redirect's Location header.

        Raises:
            AddressRefused: it leads where nobody may go.
            BadAnswer: it leads in circles, or too far.
        """
        url = self._next(location, allowed)
        if url in self.seen:
            raise BadAnswer("it redirects in a circle; it may want cookies", address=self.asked)
        if len(self.seen) > MOST_REDIRECTS:
            raise BadAnswer(f"more than {MOST_REDIRECTS} redirects in a row", address=self.asked)
        return replace(
            self,
            url=url,
            user=self.user if _same_place(self.url, url) else None,
            validators=self.validators if url.raw_host == self.url.raw_host else NO_VALIDATORS,
            permanent=self.permanent and status in _PERMANENT,
            redirect=status,
            seen=(*self.seen, url),
        )

    def _next(self, location: str, allowed: Iterable[IPNetwork]) -> URL:
        if len(location) > MAX_URL_CHARS:
            reason = f"it redirects to an address longer than {MAX_URL_CHARS:,} characters"
            raise BadAnswer(reason, address=self.asked)
        try:
            # Bytes that are no UTF-8 come as lone surrogates: they are quoted as what they were.
            text = quote_from_bytes(location.encode("utf-8", "surrogateescape"), safe=_SAFE)
            target = str(self.url.join(parse_url(text)))
        except ValueError as error:
            raise BadAnswer("it redirects to what is no address", address=self.asked) from error
        try:
            url = check_url(target, allowed)
        except AddressRefused as error:
            reason = f"it redirects to {error.address}: {error.reason}"
            raise AddressRefused(reason, address=self.asked) from error
        return url.with_user(None)


def first_step(url: str, validators: Validators, allowed: Iterable[IPNetwork] = ()) -> Step:
    """The start of a request to ``url``.

    Raises:
        AddressRefused: it is nothing that may be asked.
    """
    checked = check_url(url, allowed)
    user = (
        None
        if checked.user is None and checked.password is None
        else (checked.user or "", checked.password)
    )
    clean = checked.with_user(None)
    return Step(asked=show_url(clean), url=clean, user=user, validators=validators, seen=(clean,))


def _same_place(old: URL, new: URL) -> bool:
    """Whether ``new`` may know the password of ``old``: the same origin, or the same site with TLS."""
    if old.raw_host != new.raw_host:
        return False
    if old.scheme == new.scheme:
        return old.port == new.port
    return new.scheme == "https" and old.is_default_port() and new.is_default_port()
