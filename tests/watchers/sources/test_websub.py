import hashlib
import hmac
from datetime import timedelta

import pytest

from watchers.sources.websub import Denied, Intent, is_signed, read_intent, request_fields

TOPIC = "https://example.org/feed"
ASKED = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c"}


def signature(method: str, body: bytes = b"news", secret: str = "hush") -> str:
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


def test_a_hub_is_asked_with_all_that_it_needs():
    fields = request_fields("subscribe", topic=TOPIC, callback="https://us/x", secret="hush")
    assert fields == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.callback": "https://us/x",
        "hub.secret": "hush",
        "hub.lease_seconds": "864000",
    }
    fields = request_fields("unsubscribe", topic=TOPIC, callback="https://us/x", secret="hush")
    assert "hub.secret" not in fields


@pytest.mark.parametrize(
    ("more", "lease"),
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
def test_what_a_hub_wants_confirmed_is_read(more, lease):
    assert read_intent(ASKED | more) == Intent("subscribe", TOPIC, "c", lease)


def test_a_hub_may_deny_or_ask_for_the_end():
    denied = {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "no"}
    assert read_intent(denied) == Denied(TOPIC, "no")
    assert read_intent(ASKED | {"hub.mode": "unsubscribe"}) == Intent("unsubscribe", TOPIC, "c")


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "denied"},
        {"hub.mode": "subscribe", "hub.topic": TOPIC},
        {"hub.mode": "subscribe", "hub.challenge": "c"},
        ASKED | {"hub.mode": "other"},
        ASKED | {"hub.challenge": "c" * 2_000},
    ],
)
def test_what_makes_no_sense_is_nothing(query):
    assert read_intent(query) is None


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_right_signature_is_believed(method):
    assert is_signed(b"news", signature(method), "hush")
    assert is_signed(b"news", signature(method).upper().replace(method.upper(), method), "hush")


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
def test_a_wrong_signature_is_not(wrong):
    assert not is_signed(b"news", wrong, "hush")
