import time

import pytest
from yarl import URL

from watchers.fetching.link_header import MOST_LINKS, read_links

BASE = URL("https://news.example/blog/feed")


@pytest.mark.parametrize(
    ("values", "links"),
    [
        ([], {}),
        (["<https://hub.example/>; rel=hub"], {"hub": ["https://hub.example/"]}),
        (['<https://hub.example/>; rel="hub"'], {"hub": ["https://hub.example/"]}),
        (["</x>;rel=self"], {"self": ["https://news.example/x"]}),
        (['<feed2> ; REL = "Self  Alternate"'],
         {"self": ["https://news.example/blog/feed2"], "alternate": ["https://news.example/blog/feed2"]}),
        (["<https://a.example/>; rel=hub, <https://b.example/>; rel=hub"],
         {"hub": ["https://a.example/", "https://b.example/"]}),
        (["<https://a.example/>; rel=hub", "<https://a.example/>; rel=hub"], {"hub": ["https://a.example/"]}),
        (['<https://a.example/,;x>; title="a, <b>; rel=\\"no\\""; rel=hub'],
         {"hub": ["https://a.example/,;x"]}),
        (["<https://a.example/>; rel=first; rel=second"], {"first": ["https://a.example/"]}),
        (['<https://a.example/>; rel=hub; anchor="https://other.example/"'], {}),
        (["<https://a.example/>; nopush; rel=preload"], {"preload": ["https://a.example/"]}),
        (["https://hub.example/; rel=hub"], {}),
        (["garbage, <https://a.example/>; rel=hub"], {"hub": ["https://a.example/"]}),
        (["<https://a.example/"], {}),
        (["<http://[]@>; rel=hub, <https://a.example/>; rel=hub"], {"hub": ["https://a.example/"]}),
        (["<javascript:alert(1)>; rel=hub"], {}),
        (["<http://[::1>; rel=hub, <https://a.example/>; rel=hub"], {"hub": ["https://a.example/"]}),
        (['<https://a.example/>; rel="hub'], {"hub": ["https://a.example/"]}),
        (["<https://a.example/>"], {}),
        (["<>; rel=self"], {"self": ["https://news.example/blog/feed"]}),
    ],
)  # fmt: skip
def test_links_are_read_by_relation(values, links):
    assert read_links(values, BASE) == {relation: tuple(found) for relation, found in links.items()}


def test_only_so_many_links_are_read():
    many = ", ".join(f"<https://a.example/{n}>; rel=hub" for n in range(1000))
    assert len(read_links([many], BASE)["hub"]) <= MOST_LINKS


@pytest.mark.parametrize(
    "piece", ["<", "<>", "<>;", "<>;a", '<>;a="', '<>;a="\\', "<>,", ";", "<>;;;;", "<>; a=b", ",<"]
)
def test_no_header_is_slow(piece):
    started = time.monotonic()
    read_links([piece * 200_000], BASE)
    assert time.monotonic() - started < 5
