import pytest
from yarl import URL

from watchers.fetching.proxies import InvalidProxy, Proxies


@pytest.mark.parametrize(
    ("variables", "url", "proxy"),
    [
        ({}, "http://a.example/", None),
        ({"HTTP_PROXY": "http://p:3128"}, "http://a.example/", "http://p:3128"),
        ({"HTTP_PROXY": "http://p:3128"}, "https://a.example/", None),
        ({"HTTPS_PROXY": "http://p:3128/"}, "https://a.example/", "http://p:3128"),
        ({"ALL_PROXY": "p:3128"}, "https://a.example/", "http://p:3128"),
        ({"ALL_PROXY": "http://all", "http_proxy": "http://one"}, "http://a.example/", "http://one"),
        ({"HTTP_PROXY": "http://big", "http_proxy": "http://small"}, "http://a.example/", "http://small"),
        ({"HTTP_PROXY": "http://p", "REQUEST_METHOD": "GET"}, "http://a.example/", None),
        ({"HTTP_PROXY": "  "}, "http://a.example/", None),
        ({"ALL_PROXY": "p", "NO_PROXY": "*"}, "http://a.example/", None),
        ({"ALL_PROXY": "p", "NO_PROXY": "example"}, "http://a.example/", None),
        ({"ALL_PROXY": "p", "NO_PROXY": ".A.example, x"}, "http://a.example/", None),
        ({"ALL_PROXY": "p", "NO_PROXY": "*.a.example"}, "http://b.a.example/", None),
        ({"ALL_PROXY": "p", "NO_PROXY": "a.example:8080"}, "http://a.example/", "http://p"),
        ({"ALL_PROXY": "p", "NO_PROXY": "a.example:8080"}, "http://a.example:8080/", None),
        ({"ALL_PROXY": "p", "NO_PROXY": "ample,,"}, "http://a.example/", "http://p"),
        ({"ALL_PROXY": "p", "NO_PROXY": "10.0.0.0/8"}, "http://10.1.2.3/", None),
        ({"ALL_PROXY": "p", "NO_PROXY": "10.0.0.0/8"}, "http://11.1.2.3/", "http://p"),
        ({"ALL_PROXY": "p", "no_proxy": "[::1]"}, "http://[::1]/", None),
    ],
)  # fmt: skip
def test_the_proxy_is_selected_by_environment_variables(variables, url, proxy):
    selected = Proxies(variables).for_url(URL(url))
    assert (selected and str(selected.url)) == proxy


@pytest.mark.parametrize(
    "text", ["socks5://p:1080", "https://p", "http://p:port", "http://", "://", "http://[]@"]
)
def test_an_unusable_proxy_raises_an_error(text):
    with pytest.raises(InvalidProxy, match="HTTP_PROXY"):
        Proxies({"HTTP_PROXY": text}).for_url(URL("http://a.example/"))


def test_proxy_credentials_become_a_header_and_are_not_displayed():
    proxy = Proxies({"HTTP_PROXY": "http://me:s3cret@p:3128"}).for_url(URL("http://a.example/"))
    assert proxy.authorization == "Basic bWU6czNjcmV0"
    assert "s3cret" not in repr(proxy)
    assert "bWU6" not in repr(proxy)
