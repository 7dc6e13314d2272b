import hashlib
import hmac
from datetime import timedelta

import pytest

from watchers.sources.websub import (
    IntentVerification,
    SubscriptionDenied,
    has_valid_signature,
    parse_hub_request,
    subscription_form,
)

TOPIC = "https://example.org/feed"
VERIFICATION = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c"}


def signature(method: str, body: bytes = b"news", secret: str = "hush") -> str:
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


def test_a_subscription_request_has_all_fields():
    fields = subscription_form(
        "subscribe", topic=TOPIC, callback="https://subscriber/x", secret="hush"
    )
    assert fields == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.callback": "https://subscriber/x",
        "hub.secret": "hush",
        "hub.lease_seconds": "864000",
    }
    fields = subscription_form(
        "unsubscribe", topic=TOPIC, callback="https://subscriber/x", secret="hush"
    )
    assert "hub.secret" not in fields


@pytest.mark.parametrize(
    ("fields", "lease"),
    [
        ({}, None),
        ({"hub.lease_seconds": "86400"}, timedelta(days=1)),
        ({"hub.lease_seconds": "1"}, timedelta(minutes=5)),
        ({"hub.lease_seconds": "99999999999"}, timedelta(days=30)),
        ({"hub.lease_seconds": "9" * 400}, None),
        ({"hub.lease_seconds": "-5"}, None),
        ({"hub.lease_seconds": "soon"}, None),
    ],
)
def test_a_verification_request_is_parsed(fields, lease):
    assert parse_hub_request(VERIFICATION | fields) == IntentVerification(
        "subscribe", TOPIC, "c", lease
    )


def test_a_denial_and_an_unsubscription_are_parsed():
    denied = {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "no"}
    assert parse_hub_request(denied) == SubscriptionDenied(TOPIC, "no")
    assert parse_hub_request(VERIFICATION | {"hub.mode": "unsubscribe"}) == IntentVerification(
        "unsubscribe", TOPIC, "c"
    )


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "denied"},
        {"hub.mode": "subscribe", "hub.topic": TOPIC},
        {"hub.mode": "subscribe", "hub.challenge": "c"},
        VERIFICATION | {"hub.mode": "other"},
        VERIFICATION | {"hub.challenge": "c" * 2_000},
    ],
)
def test_an_invalid_request_gives_none(query):
    assert parse_hub_request(query) is None


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_valid_signature_is_accepted(method):
    assert has_valid_signature(b"news", signature(method), "hush")
    assert has_valid_signature(
        b"news", signature(method).upper().replace(method.upper(), method), "hush"
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "sha256",
        "sha256=",
        "sha256=" + "0" * 64,
        signature("sha256", secret="other"),
        signature("sha256", body=b"other"),
        signature("sha256").replace("sha256", "sha512"),
        signature("md5").replace("md5", "sha1"),
        signature("md5"),
        "sha256=" + "0" * 10_000,
        "sha256=é",
    ],
)
def test_an_invalid_signature_is_rejected(wrong):
    assert not has_valid_signature(b"news", wrong, "hush")
