import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from watchers.errors import BinaryDocument, DocumentError, OversizedDocument, UnreadableDocument
from watchers.process_pool import SandboxPool
from watchers.sources.opml import (
    MAX_FEED_TAGS,
    MAX_OPML_BYTES,
    ListedFeed,
    OpmlProblem,
    load_opml,
    read_opml,
    write_opml,
)
from watchers.text.clean import clean_line

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<opml version="2.0"><head><title>Mine</title></head><body>\n'
)
FOOT = "</body></opml>"
POST = '<outline type="rss" text="The Post" xmlUrl="https://example.org/feed"/>'


def read(body, encoding="utf-8"):
    return read_opml((HEAD + body + FOOT).encode(encoding))


def test_a_list_gives_its_feeds():
    assert read(POST).feeds == (ListedFeed("https://example.org/feed", "The Post"),)
    assert read(POST).problems == ()


def test_folders_become_tags():
    body = f'<outline text="World"><outline text="Asia">{POST}</outline></outline>'
    assert read(body).feeds[0].tags == ("World", "Asia")


def test_categories_become_tags_after_the_folder():
    feed = POST.replace("/>", ' category="/Asia/Japan,Energy"/>')
    assert read(f'<outline text="World">{feed}</outline>').feeds[0].tags == (
        "World",
        "Asia",
        "Japan",
        "Energy",
    )


@pytest.mark.parametrize(
    ("outline", "title"),
    [
        ('<outline title="The Post" xmlUrl="https://example.org/feed"/>', "The Post"),
        ('<outline text="" title="The Post" xmlurl="https://example.org/feed"/>', "The Post"),
        ('<OUTLINE TEXT="The Post" XMLURL="https://example.org/feed"></OUTLINE>', "The Post"),
        (
            "<outline text='R &amp; D &lt;b&gt; – Ключ' xmlUrl='https://example.org/feed'/>",
            "R & D <b> – Ключ",
        ),
        ('<outline text="A & B" xmlUrl="https://example.org/feed"/>', "A & B"),
        ('<outline text=" The\n Post " xmlUrl=" https://example.org/feed "/>', "The Post"),
        ('<outline text="https://example.org/feed" xmlUrl="https://example.org/feed"/>', ""),
        ('<outline xmlUrl="https://example.org/feed"/>', ""),
    ],
)
def test_titles_are_read_from_all_usual_attributes(outline, title):
    assert read(outline).feeds == (ListedFeed("https://example.org/feed", title),)


def test_an_address_keeps_its_parameters():
    body = '<outline xmlUrl="https://example.org/?a=1&amp;b=2&amp;utm_source=x"/>'
    assert read(body).feeds[0].url == "https://example.org/?a=1&b=2&utm_source=x"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "windows-1251", "koi8-r"])
def test_any_encoding_is_read(encoding):
    head = HEAD.replace("UTF-8", encoding)
    data = (head + POST.replace("The Post", "Новости дня") + FOOT).encode(encoding)
    assert read_opml(data).feeds[0].title == "Новости дня"
    undeclared = ("<opml><body>" + POST.replace("The Post", "Новости дня") + FOOT).encode()
    assert read_opml(undeclared).feeds[0].title == "Новости дня"


def test_a_problem_is_shown_with_its_line():
    assert str(OpmlProblem(4, "broken")) == "line 4: broken"
    assert str(OpmlProblem(None, "broken")) == "broken"


def test_skipped_entries_are_reported_by_line():
    lines = (
        POST,
        '<!-- <outline xmlUrl="https://example.org/feed"/> -->',
        '<outline text="Again" xmlUrl="http://www.example.org/feed/"/>',
        '<outline text="Odd" xmlUrl="ftp://example.org/feed"/>',
        '<outline text="Script" xmlUrl="javascript:alert(1)"/>',
        '<outline text="None" xmlUrl=""/>',
        '<outline text="List" type="include" url="https://example.org/list.opml"/>',
        '<outline text="Other" xmlUrl="https://other.example/feed"/>',
    )
    body = "\n".join(lines)
    listed = read(body)
    assert [feed.url for feed in listed.feeds] == [
        "https://example.org/feed",
        "https://other.example/feed",
    ]
    assert [problem.line for problem in listed.problems] == [5, 6, 7, 8, None]
    for problem, keywords in zip(
        listed.problems,
        (
            ("http://www.example.org/feed/", "line 3"),
            ("“ftp://example.org/feed”", "not a web address"),
            ("“javascript:alert(1)”", "not a web address"),
            ("without an address",),
            ("https://example.org/list.opml", "another list"),
        ),
        strict=True,
    ):
        assert all(keyword in problem.reason for keyword in keywords)


def test_a_feed_in_two_folders_has_both_as_tags():
    body = f'<outline text="A">{POST}</outline>\n<outline text="B">{POST}</outline>'
    listed = read(body)
    assert set(listed.feeds[0].tags) == {"A", "B"}
    (problem,) = listed.problems
    assert problem.line == 4
    assert "https://example.org/feed" in problem.reason
    assert "line 3" in problem.reason


def test_feeds_before_broken_xml_are_read_and_the_line_is_reported():
    listed = read_opml(f'{HEAD}{POST}\n<outline text="cut" xmlU'.encode())
    assert [feed.url for feed in listed.feeds] == ["https://example.org/feed"]
    (problem,) = listed.problems
    assert problem.line == 4
    assert "broken" in problem.reason


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", UnreadableDocument),
        (b"https://127.0.0.1/list.opml", UnreadableDocument),
        (b"<rss version='2.0'><channel/></rss>", UnreadableDocument),
        (b"<html><body>words</body></html>", UnreadableDocument),
        (b"\0\1\2\3" * 100, BinaryDocument),
        (b" " * (MAX_OPML_BYTES + 1), OversizedDocument),
    ],
)
def test_data_that_is_not_a_list_is_refused(data, error):
    with pytest.raises(error):
        read_opml(data)


def test_a_list_without_feeds_is_a_list():
    assert read("").feeds == ()


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────

FEEDS = (
    ListedFeed("https://example.org/feed?a=1&b=2", 'R & D <b> "quoted" – Ключ', ("World",)),
    ListedFeed("https://example.org/asia", "Asia", ("World", "Asia", "East & West")),
    ListedFeed("https://example.org/tech", "Tech", ("Science/Technology", "A, B")),
    ListedFeed("https://example.org/none", ""),
)


def test_a_written_list_is_read_back():
    assert read_opml(write_opml(FEEDS, title="Mine")).feeds == (
        FEEDS[0],
        FEEDS[1],
        FEEDS[2],
        FEEDS[3],
    )
    assert read_opml(write_opml(FEEDS, title="Mine")).problems == ()


def test_a_list_is_valid_opml_in_folders():
    root = etree.fromstring(write_opml(FEEDS, title="Mine & yours"))
    assert root.get("version") == "2.0"
    assert root.findtext("head/title") == "Mine & yours"
    assert [outline.get("text") for outline in root.find("body")] == [
        "World",
        "Science/Technology",
        "https://example.org/none",
    ]
    assert all(outline.get("text") for outline in root.iter("outline"))
    assert len(root.find("body")[0]) == 2


NAMES = st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: " ".join(text.split()))


@given(
    st.lists(
        st.builds(
            lambda number, title, tags: ListedFeed(
                f"https://example.org/?id={number}&x=<'\">", title, tuple(tags)
            ),
            st.integers(0, 50),
            NAMES,
            st.lists(NAMES, max_size=4, unique=True),
        ),
        max_size=8,
        unique_by=lambda feed: feed.url,
    )
)
def test_a_round_trip_keeps_everything(feeds):
    clean = {
        ListedFeed(
            feed.url,
            clean_line(feed.title),
            tuple(dict.fromkeys(filter(None, map(clean_line, feed.tags)))),
        )
        for feed in feeds
    }
    assert set(read_opml(write_opml(feeds, title="Mine")).feeds) == clean


# ── Hostile lists ─────────────────────────────────────────────────────────────────────────────────

LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE o [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + f']><opml><body><outline text="&m;" xmlUrl="https://example.org/&m;"/>{POST}</body></opml>'
)
OUTSIDE = (
    '<?xml version="1.0"?><!DOCTYPE o [<!ENTITY a SYSTEM "file:///etc/passwd">'
    '<!ENTITY % b SYSTEM "http://127.0.0.1:9/x.dtd"> %b;]><opml><body>'
    f'<outline text="&a;" xmlUrl="https://example.org/x"/>{POST}</body></opml>'
)


@pytest.mark.parametrize("data", [LAUGHS, OUTSIDE])
def test_entities_are_not_expanded(data):
    listed = read_opml(data.encode())
    assert ListedFeed("https://example.org/feed", "The Post") in listed.feeds
    assert all(len(feed.title) < 300 and "root:" not in feed.title for feed in listed.feeds)


@pytest.mark.slow
def test_a_list_of_25_000_feeds_is_read():
    body = "\n".join(
        f'<outline text="Feed {n}" xmlUrl="https://example.org/{n}"/>' for n in range(25_000)
    )
    assert len(read(body).feeds) == 25_000


def test_deep_nesting_gives_a_bounded_number_of_tags():
    body = "".join(f'<outline text="level {n}">' for n in range(200)) + POST + "</outline>" * 200
    assert len(read(body).feeds[0].tags) == MAX_FEED_TAGS


def test_ten_thousand_problems_are_reported_in_a_thousand_lines():
    listed = read("\n".join(['<outline text="x" xmlUrl="odd"/>'] * 10_000 + [POST] * 10_000))
    assert len(listed.problems) == 1_001
    assert listed.problems[-1] == OpmlProblem(None, "and 9,000 more")


@pytest.mark.parametrize(
    "make_body",
    [
        lambda: '<outline text="x">' * 270_000,
        lambda: "<outline " + " ".join(f'a{n}="1"' for n in range(400_000)) + "/>",
        lambda: '<outline text="x">' * 2_000 + '<outline xmlUrl="https://example.org/a"/>' * 90_000,
        lambda: "<!--" * 1_200_000,
        lambda: "xmlurl=" * 700_000,
        lambda: "xmlurl='" * 600_000 + '"',
        lambda: "<opml>" * 800_000,
        lambda: "&" * 4_900_000,
    ],
    ids=["nested", "attributes", "deep", "comments", "names", "quotes", "roots", "ampersands"],
)
@pytest.mark.process
async def test_hostile_lists_end_at_the_timeout(monkeypatch, make_body):
    monkeypatch.setattr("watchers.sources.opml.PARSE_TIMEOUT_SECONDS", 1.0)
    async with SandboxPool() as pool:
        try:
            await load_opml((HEAD + make_body()).encode()[:MAX_OPML_BYTES], pool)
        except DocumentError as error:
            assert "1 seconds" in str(error) or "memory" in str(error)


@pytest.mark.process
async def test_a_list_is_read_in_a_worker_process():
    async with SandboxPool() as pool:
        assert (await load_opml((HEAD + POST + FOOT).encode(), pool)).feeds == read(POST).feeds
        with pytest.raises(UnreadableDocument, match="OPML"):
            await load_opml(b"words", pool)
        with pytest.raises(OversizedDocument):
            await load_opml(b" " * (MAX_OPML_BYTES + 1), pool)
