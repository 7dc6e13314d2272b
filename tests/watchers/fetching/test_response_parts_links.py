import pytest
from yarl import URL

from tests.hostile.growth import superlinear
from watchers.fetching import response_parts
from watchers.fetching.response_parts import MAX_LINKS, read_links

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
def test_links_are_grouped_by_relation(values, links):
    expected = {relation: tuple(targets) for relation, targets in links.items()}
    assert read_links(values, BASE) == expected


def test_the_number_of_links_is_limited():
    header = ", ".join(f"<https://a.example/{n}>; rel=hub" for n in range(1000))
    assert len(read_links([header], BASE)["hub"]) <= MAX_LINKS


@pytest.mark.parametrize(
    "piece", ["<", "<>", "<>;", "<>;a", '<>;a="', '<>;a="\\', "<>,", ";", "<>;;;;", "<>; a=b", ",<"]
)
def test_reading_links_takes_linear_time(piece, monkeypatch):
    # Without the limit on the length, so that the growth is visible.
    monkeypatch.setattr(response_parts, "_MAX_LINK_HEADER_CHARS", 10**9)
    assert not superlinear(lambda size: read_links([piece * size], BASE), (4_096, 16_384, 65_536))
