"""The SSRF guard of the client.

The tests dial loopback only: 127.0.1.x stands for the public internet by an allow list. A refusal must
happen before a socket is created.
"""

import socket
from ipaddress import ip_address, ip_network
from typing import cast

import pytest
from aiohttp import TCPConnector
from aiohttp.abc import AbstractResolver

from tests.watchers.fetching.scripted_server import by_path, client, ok, redirect, serving
from watchers.errors import ForbiddenAddressError, InvalidResponse, Unreachable
from watchers.fetching import ssrf_guard
from watchers.fetching.proxies import Proxies

PUBLIC = (ip_network("127.0.1.0/24"),)


class FakeDns(AbstractResolver):
    """A resolver with fixed answers; several lists are the answers to successive lookups."""

    def __init__(self, **names):
        self.names = {name.replace("_", "."): list(answers) for name, answers in names.items()}
        self.lookups = []

    async def resolve(self, host, port=0, family=socket.AF_INET):
        self.lookups.append(host)
        answers = self.names.get(host.rstrip("."))
        if not answers:
            raise OSError(None, "Domain name not found")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in addresses
        ]

    async def close(self):
        pass


@pytest.fixture
def dialled(monkeypatch):
    """All addresses for which a socket was created; only loopback is really dialled."""
    addresses = []
    original = ssrf_guard.guarded_sockets

    def recording_sockets(allowed):
        create_socket = original(allowed)

        def factory(info):
            sock = create_socket(info)
            addresses.append(info[4][0])
            if not ip_address(info[4][0]).is_loopback:
                sock.close()
                raise OSError("a test dials loopback only")
            return sock

        return factory

    monkeypatch.setattr("watchers.fetching.client.guarded_sockets", recording_sockets)
    return addresses


LITERALS = {
    "loopback": "http://127.0.0.1/",
    "another loopback": "http://127.8.8.8/",
    "private ten": "http://10.0.0.1/",
    "private 172": "http://172.16.5.5/",
    "private 192": "http://192.168.1.1/",
    "cloud metadata": "http://169.254.169.254/latest/meta-data/",
    "this network": "http://0.0.0.0/",
    "carrier grade nat": "http://100.64.0.1/",
    "alibaba metadata": "http://100.100.100.200/",
    "azure host": "http://168.63.129.16/",
    "protocol assignments": "http://192.0.0.192/",
    "benchmark network": "http://198.18.0.1/",
    "documentation": "http://192.0.2.1/",
    "6to4 relay": "http://192.88.99.1/",
    "multicast": "http://224.0.0.1/",
    "broadcast": "http://255.255.255.255/",
    "reserved": "http://240.0.0.1/",
    "decimal": "http://2130706433/",
    "hexadecimal": "http://0x7f000001/",
    "octal": "http://0177.0.0.1/",
    "short": "http://127.1/",
    "mixed bases": "http://0x7f.0.0x0.1/",
    "leading zeros": "http://127.000.000.001/",
    "trailing dot": "http://127.0.0.1./",
    "wide digits": "http://１２７.０.０.１/",
    "circled digits": "http://①②⑦.0.0.1/",
    "ideographic dots": "http://127。0。0。1/",
    "percent encoded": "http://%31%32%37.0.0.1/",
    "ipv6 loopback": "http://[::1]/",
    "ipv6 any": "http://[::]/",
    "mapped ipv4": "http://[::ffff:127.0.0.1]/",
    "mapped ipv4 in hex": "http://[::ffff:7f00:1]/",
    "compatible ipv4": "http://[::127.0.0.1]/",
    "nat64": "http://[64:ff9b::127.0.0.1]/",
    "local nat64": "http://[64:ff9b:1::7f00:1]/",
    "6to4": "http://[2002:7f00:1::]/",
    "teredo": "http://[2001:0:7f00:1::]/",
    "unique local": "http://[fd00::1]/",
    "aws metadata in ipv6": "http://[fd00:ec2::254]/",
    "link local": "http://[fe80::1]/",
    "link local with zone": "http://[fe80::1%25eth0]/",
    "site local": "http://[fec0::1]/",
    "ipv6 multicast": "http://[ff02::1]/",
    "ipv6 documentation": "http://[2001:db8::1]/",
    "with a password": "http://good.example@127.0.0.1/",
    "with a backslash": "http://good.example\\@127.0.0.1/",
    "with a port": "https://127.0.0.1:8443/",
    "with spaces": "  http://127.0.0.1/  ",
    "with a tab": "http://127.0.\t0.1/",
    "a zero byte": "http://127.0.0.1\x00.example/",
    "another scheme": "gopher://127.0.0.1:6379/_INFO",
    "a file": "file:///etc/passwd",
    "redis": "http://public.example:6379/",
    "no host": "http:///127.0.0.1/",
}


@pytest.mark.parametrize("url", LITERALS.values(), ids=LITERALS.keys())
async def test_a_url_cannot_reach_a_private_address(url, dialled):
    dns = FakeDns()
    async with client(allow=(), resolver=dns) as fetch:
        with pytest.raises(ForbiddenAddressError) as caught:
            await fetch(url)
        with pytest.raises(ForbiddenAddressError):
            await fetch.post_form(url, {"hub.mode": "subscribe"})
    assert dialled == []
    assert dns.lookups == []
    assert str(caught.value).isprintable()


# As a redirect, "no host" stays on the host of the redirect.
REDIRECT_TARGETS = {name: url for name, url in LITERALS.items() if name != "no host"}


@pytest.mark.parametrize("url", REDIRECT_TARGETS.values(), ids=REDIRECT_TARGETS.keys())
async def test_a_redirect_cannot_reach_a_private_address(url, dialled):
    location = url.encode().decode("latin-1").replace("\x00", "%00")
    async with (
        serving(by_path(a=redirect(location)), "127.0.1.1") as server,
        client(allow=PUBLIC, resolver=FakeDns()) as fetch,
    ):
        with pytest.raises((ForbiddenAddressError, InvalidResponse), match="redirects to"):
            await fetch(server.url("/a"))
    assert dialled == ["127.0.1.1"]


PRIVATE_ANSWERS = [
    "127.0.0.1", "10.0.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::", "fd00::1", "fe80::1", "fe80::1%lo",
    "::127.0.0.1", "fec0::1", "224.0.0.1", "no address",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE_ANSWERS)
async def test_a_name_cannot_reach_a_private_address(address, dialled):
    async with client(resolver=FakeDns(evil_example=[[address]]), allow=()) as fetch:
        with pytest.raises(ForbiddenAddressError, match="private network") as caught:
            await fetch("http://evil.example/feed")
    assert dialled == []
    assert address not in str(caught.value)


@pytest.mark.parametrize("address", PRIVATE_ANSWERS)
def test_the_socket_factory_blocks_private_addresses(address):
    create_socket = ssrf_guard.guarded_sockets(())
    with pytest.raises(ssrf_guard.AddressBlocked):
        create_socket((socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80)))


async def test_the_socket_factory_blocks_what_the_resolver_allows(dialled, monkeypatch):
    monkeypatch.setattr("watchers.fetching.client.GuardedResolver", lambda resolver, _: resolver)
    dns = FakeDns(evil_example=[["127.0.0.1"]], more_example=[["127.0.0.1", "::1", "10.0.0.1"]])
    async with client(resolver=dns, allow=()) as fetch:
        for name in ("evil.example", "more.example"):
            with pytest.raises(ForbiddenAddressError, match="private network"):
                await fetch(f"http://{name}/feed")
    assert dialled == []


@pytest.mark.parametrize("order", [1, -1])
async def test_only_the_public_address_of_a_mixed_answer_is_dialled(order, dialled):
    async with serving(ok(), "127.0.1.1") as public:
        answer = ["127.0.1.1", "127.0.0.1", "::1", "10.0.0.1"][::order]
        async with client(resolver=FakeDns(mixed_example=[answer]), allow=PUBLIC) as fetch:
            assert (await fetch(public.url(host="mixed.example"))).body == b"hello"
    assert dialled == ["127.0.1.1"]


async def test_the_private_address_of_a_mixed_answer_is_no_fallback(dialled):
    async with serving(ok(), "127.0.0.1") as private:
        dns = FakeDns(mixed_example=[["127.0.1.99", "127.0.0.1"]])
        async with client(resolver=dns, allow=PUBLIC) as fetch:
            with pytest.raises(Unreachable):
                await fetch(private.url(host="mixed.example"))
    assert set(dialled) == {"127.0.1.99"}
    assert private.connections == 0


async def test_a_changed_dns_answer_is_checked_again(dialled):
    async with serving(ok(b"", "Connection: close"), "127.0.1.1") as public:
        dns = FakeDns(evil_example=[["127.0.1.1"], ["127.0.0.1"]])
        async with client(resolver=dns, allow=PUBLIC) as fetch:
            await fetch(public.url(host="evil.example"))
            cast("TCPConnector", fetch._direct.connector).clear_dns_cache()
            with pytest.raises(ForbiddenAddressError):
                await fetch(public.url(host="evil.example"))
    assert dialled == ["127.0.1.1"]


async def test_a_redirect_to_a_private_name_is_refused(dialled):
    dns = FakeDns(inside_example=[["127.0.0.1"]])
    async with (
        serving(by_path(a=redirect("http://inside.example/")), "127.0.1.1") as public,
        client(resolver=dns, allow=PUBLIC) as fetch,
    ):
        with pytest.raises(ForbiddenAddressError, match=r"redirects to http://inside\.example/"):
            await fetch(public.url("/a"))
    assert dialled == ["127.0.1.1"]


async def test_only_three_addresses_of_a_name_are_dialled(dialled):
    dns = FakeDns(many_example=[[f"127.0.1.{n}" for n in range(2, 250)]])
    async with client(resolver=dns, allow=PUBLIC) as fetch:
        with pytest.raises(Unreachable):
            await fetch("http://many.example:9999/")
    assert set(dialled) <= {f"127.0.1.{n}" for n in range(2, 5)}


async def test_an_unknown_name_is_unreachable():
    async with client(resolver=FakeDns(), allow=()) as fetch:
        with pytest.raises(Unreachable, match="domain name not found"):
            await fetch("http://unknown.example/")


async def test_localhost_is_private_by_default_and_can_be_allowed():
    async with serving(ok()) as server:
        async with client(allow=()) as fetch:
            with pytest.raises(ForbiddenAddressError):
                await fetch(server.url(host="localhost"))
        async with client() as fetch:
            assert (await fetch(server.url(host="localhost"))).body == b"hello"
    assert server.connections == 1


async def test_an_allowed_network_allows_only_itself(dialled):
    async with (
        serving(ok(), "127.0.1.1") as allowed,
        serving(ok(), "127.0.0.1") as other,
        client(allow=PUBLIC) as fetch,
    ):
        assert (await fetch(allowed.url())).body == b"hello"
        with pytest.raises(ForbiddenAddressError):
            await fetch(other.url())
    assert other.connections == 0


async def test_an_ipv4_mapped_address_counts_as_its_ipv4_address(dialled):
    async with serving(ok(), "127.0.1.1") as server, client(allow=PUBLIC) as fetch:
        with pytest.raises((Unreachable, ForbiddenAddressError)):
            await fetch(server.url(host="[::ffff:127.0.0.1]"))
    assert server.connections == 0


# through a proxy


async def test_a_proxy_may_be_private_and_gets_unresolved_names(dialled):
    dns = FakeDns()
    async with serving(ok(b"by proxy")) as proxy:
        proxies = Proxies({"HTTP_PROXY": f"http://user:pass@127.0.0.1:{proxy.port}"})
        async with client(allow=(), proxies=proxies, resolver=dns) as fetch:
            result = await fetch("http://news.example/feed?x=1")
    assert result.body == b"by proxy"
    assert proxy.requests[0].line == "GET http://news.example/feed?x=1 HTTP/1.1"
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic dXNlcjpwYXNz"
    assert dns.lookups == []
    assert dialled == []


@pytest.mark.parametrize(
    "url",
    [
        *[url for url in LITERALS.values() if "public" not in url],
        "http://localhost/",
        "http://LOCALHOST./",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://intranet/",
    ],
)
async def test_private_hosts_are_not_requested_through_a_proxy(url):
    async with serving(ok(b"by proxy")) as proxy:
        proxies = Proxies({"ALL_PROXY": f"http://127.0.0.1:{proxy.port}"})
        async with client(allow=(), proxies=proxies) as fetch:
            with pytest.raises(ForbiddenAddressError):
                await fetch(url)
    assert proxy.connections == 0


async def test_the_address_of_a_proxy_is_not_allowed_without_the_proxy(dialled):
    async with serving(ok(b"by proxy")) as proxy:
        proxies = Proxies(
            {"HTTP_PROXY": f"http://127.0.0.1:{proxy.port}", "NO_PROXY": "evil.example"}
        )
        dns = FakeDns(evil_example=[["127.0.0.1"]])
        async with client(allow=(), proxies=proxies, resolver=dns) as fetch:
            with pytest.raises(ForbiddenAddressError):
                await fetch(proxy.url(host="evil.example"))
    assert proxy.connections == 0


async def test_a_redirect_through_a_proxy_is_checked():
    async with serving(redirect("http://169.254.169.254/")) as proxy:
        proxies = Proxies({"HTTP_PROXY": f"http://127.0.0.1:{proxy.port}"})
        async with client(allow=(), proxies=proxies) as fetch:
            with pytest.raises(ForbiddenAddressError):
                await fetch("http://news.example/")
    assert len(proxy.requests) == 1


async def test_a_refused_tunnel_is_an_error_with_the_status():
    async with serving(ok(b"", status="403 Forbidden")) as proxy:
        proxies = Proxies({"HTTPS_PROXY": f"http://user:pass@127.0.0.1:{proxy.port}"})
        async with client(allow=(), proxies=proxies) as fetch:
            with pytest.raises(Unreachable, match="proxy.* 403") as caught:
                await fetch("https://me:secret@news.example/feed")
    assert proxy.requests[0].line.startswith("CONNECT news.example:443")
    assert proxy.requests[0].headers["proxy-authorization"] == "Basic dXNlcjpwYXNz"
    assert "authorization" not in proxy.requests[0].headers
    assert "pass" not in str(caught.value)


async def test_an_unreachable_proxy_is_an_error():
    async with client(allow=(), proxies=Proxies({"HTTP_PROXY": "127.0.0.1:9"})) as fetch:
        with pytest.raises(Unreachable, match="the proxy"):
            await fetch("http://news.example/feed")


async def test_an_unsupported_proxy_is_not_bypassed(dialled):
    proxies = Proxies({"ALL_PROXY": "socks5://me:secret@127.0.0.1:1080"})
    async with client(allow=(), proxies=proxies) as fetch:
        with pytest.raises(Unreachable, match=r"ALL_PROXY .* http:// proxy") as caught:
            await fetch("http://news.example/feed")
    assert "secret" not in str(caught.value)
    assert dialled == []
