import asyncio
from typing import Any

import pytest

from watchers.fetching import client as client_module
from watchers.fetching.lazy_client import HttpOptions, LazyHttpClient


class FakeClient:
    made: tuple["FakeClient", ...] = ()

    def __init__(self, options):
        FakeClient.made = (*FakeClient.made, self)
        self.options, self.closed, self.urls = options, False, []

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_error):
        self.closed = True

    async def __call__(self, url, *, validators, max_bytes):
        self.urls.append(url)
        return url

    async def post_form(self, url, fields):
        self.urls.append(url)
        return len(fields)


@pytest.fixture(autouse=True)
def fake_client(monkeypatch):
    monkeypatch.setattr(client_module, "HttpClient", FakeClient)
    monkeypatch.setattr(FakeClient, "made", ())


async def test_two_first_requests_at_the_same_time_share_one_client():
    options = HttpOptions(contact="ops@example.org")
    async with LazyHttpClient(options) as fetch:
        assert not FakeClient.made
        results: Any = await asyncio.gather(fetch("http://a.example"), fetch("http://b.example"))
        assert list(results) == [
            "http://a.example",
            "http://b.example",
        ]
        assert await fetch.post_form("http://hub.example", {"hub.mode": "subscribe"}) == 1
        (client,) = FakeClient.made
        assert client.options is options
        assert not client.closed
    assert client.closed


async def test_without_a_request_no_client_is_created():
    async with LazyHttpClient(HttpOptions()):
        pass
    assert not FakeClient.made
