"""WebSub (https://www.w3.org/TR/websub/): what is said to a hub, and whether to believe what it says. Pure.

us ── subscribe: topic, callback, secret ──► hub
us ◄── is that you? challenge ────────────── hub      verification of intent (section 5.3)
us ── challenge ───────────────────────────► hub
us ◄── the news, signed with the secret ──── hub      (sections 7 and 7.1)
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

LEASE: Final = timedelta(days=10)
"""How long a subscription is asked for."""

_SHORTEST_LEASE: Final = timedelta(minutes=5)
_LONGEST_LEASE: Final = timedelta(days=30)
_LONGEST_CHALLENGE: Final = 1_024  # characters
_SIGNATURE: Final = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")  # section 8.1

Mode = Literal["subscribe", "unsubscribe"]


@dataclass(frozen=True, slots=True)
class Intent:
    """What a hub wants confirmed. ``lease`` is how long it will send; ``None`` where it does not say."""

    mode: Mode
    topic: str
    challenge: str
    lease: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Denied:
    """A hub will not, or no longer, tell of ``topic``, for ``reason``."""

    topic: str
    reason: str


def request_fields(mode: Mode, *, topic: str, callback: str, secret: str) -> dict[str, str]:
    """The form that a hub is sent (section 5.1). ``secret`` has fewer than 200 bytes."""
    fields = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    if mode == "subscribe":
        fields["hub.secret"] = secret
        fields["hub.lease_seconds"] = str(int(LEASE.total_seconds()))
    return fields


def read_intent(query: Mapping[str, str]) -> Intent | Denied | None:
    """What a hub's GET means (sections 5.2 and 5.3); ``None`` for what makes no sense."""
    mode, topic = query.get("hub.mode", ""), query.get("hub.topic", "")
    challenge = query.get("hub.challenge", "")
    if mode == "denied" and topic:
        return Denied(topic, query.get("hub.reason", ""))
    if not topic or not 0 < len(challenge) <= _LONGEST_CHALLENGE:
        return None
    if mode == "subscribe":
        return Intent("subscribe", topic, challenge, _lease(query.get("hub.lease_seconds", "")))
    return Intent("unsubscribe", topic, challenge) if mode == "unsubscribe" else None


def is_signed(body: bytes, signature: str, secret: str) -> bool:
    """Whether ``signature``, the header X-Hub-Signature, was made for ``body`` with ``secret``."""
    found = _SIGNATURE.fullmatch(signature.strip())
    if found is None:
        return False
    right = hmac.new(secret.encode(), body, getattr(hashlib, found[1])).hexdigest()
    return hmac.compare_digest(right, found[2].lower())


def _lease(seconds: str) -> timedelta | None:
    if not seconds.isascii() or not seconds.isdecimal() or len(seconds) > 12:  # noqa: PLR2004
        return None
    return min(max(timedelta(seconds=int(seconds)), _SHORTEST_LEASE), _LONGEST_LEASE)
