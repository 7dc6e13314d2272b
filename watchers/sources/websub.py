"""The WebSub protocol (https://www.w3.org/TR/websub/): requests to a hub, and checks of its requests.

    subscriber ── subscribe: topic, callback, secret ──► hub
    subscriber ◄── verification request: challenge ───── hub      (section 5.3)
    subscriber ── challenge ───────────────────────────► hub
    subscriber ◄── content, signed with the secret ───── hub      (sections 7 and 7.1)

Pure functions.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

SUBSCRIPTION_LEASE: Final = timedelta(days=10)
"""The requested duration of a subscription."""

_MIN_LEASE: Final = timedelta(minutes=5)
_MAX_LEASE: Final = timedelta(days=30)
_MAX_LEASE_DIGITS: Final = 12
_MAX_CHALLENGE_CHARS: Final = 1_024
# Section 8.1 recognises these hash functions.
_SIGNATURE: Final = re.compile(r"(sha1|sha256|sha384|sha512)=([0-9a-fA-F]{40,128})")

WebSubMode = Literal["subscribe", "unsubscribe"]


@dataclass(frozen=True, slots=True)
class IntentVerification:
    """A request of a hub to confirm a subscription; ``lease`` is None if the hub omits it."""

    mode: WebSubMode
    topic: str
    challenge: str
    lease: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SubscriptionDenied:
    """The refusal or the end of the subscription to ``topic``."""

    topic: str
    reason: str


def subscription_form(
    mode: WebSubMode, *, topic: str, callback: str, secret: str
) -> dict[str, str]:
    """Return the form of a request to a hub (section 5.1). ``secret`` must be below 200 bytes."""
    fields = {"hub.mode": mode, "hub.topic": topic, "hub.callback": callback}
    if mode == "subscribe":
        fields["hub.secret"] = secret
        fields["hub.lease_seconds"] = str(int(SUBSCRIPTION_LEASE.total_seconds()))
    return fields


def parse_hub_request(query: Mapping[str, str]) -> IntentVerification | SubscriptionDenied | None:
    """Return the meaning of a GET from a hub (sections 5.2 and 5.3), or None if it is invalid."""
    mode, topic = query.get("hub.mode", ""), query.get("hub.topic", "")
    challenge = query.get("hub.challenge", "")
    if mode == "denied" and topic:
        return SubscriptionDenied(topic, query.get("hub.reason", ""))
    if not topic or not 0 < len(challenge) <= _MAX_CHALLENGE_CHARS:
        return None
    if mode == "subscribe":
        lease = _parse_lease(query.get("hub.lease_seconds", ""))
        return IntentVerification("subscribe", topic, challenge, lease)
    return IntentVerification("unsubscribe", topic, challenge) if mode == "unsubscribe" else None


def has_valid_signature(body: bytes, signature: str, secret: str) -> bool:
    """Return True if ``signature``, the X-Hub-Signature header, fits ``body`` and ``secret``."""
    match = _SIGNATURE.fullmatch(signature.strip())
    if match is None:
        return False
    expected = hmac.new(secret.encode(), body, getattr(hashlib, match[1])).hexdigest()
    # A constant-time comparison does not leak how many digits are right.
    return hmac.compare_digest(expected, match[2].lower())


def _parse_lease(seconds: str) -> timedelta | None:
    # The digit limit keeps int() cheap and timedelta in range.
    if not seconds.isascii() or not seconds.isdecimal() or len(seconds) > _MAX_LEASE_DIGITS:
        return None
    return min(max(timedelta(seconds=int(seconds)), _MIN_LEASE), _MAX_LEASE)
