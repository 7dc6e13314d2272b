import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.cli.parser import main
from tests.watchers.sources.made_feeds import rss
from watchers.sources.opml import starter_feeds

pytestmark = pytest.mark.process


PAGE = """<html><head>
<link rel="alternate" type="application/rss+xml" title="Blog" href="/blog.xml">
<link rel="alternate" type="application/rss+xml" title="Jobs" href="/jobs.xml"></head></html>"""


class Site:
    """A site on loopback, in a thread: the command line has an event loop of its own."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []
        self._asking = threading.Condition()
        site = self

        class Answer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with site._asking:
                    site.asked.append(self.path)
                    site._asking.notify_all()
                status, kind, body = site.pages.get(self.path, (404, "text/plain", b"none"))
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def put(
        self, path: str, body: bytes | str, kind: str = "application/rss+xml", status=200
    ) -> str:
        self.pages[path] = (status, kind, body if isinstance(body, bytes) else body.encode())
        return self.origin + path

    def is_asked(self, path: str, seconds: float = 60.0) -> bool:
        """Whether somebody asks for it within that time, or has."""
        with self._asking:
            return self._asking.wait_for(lambda: path in self.asked, seconds)

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def site():
    made = Site()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOCSIN_ALLOW_NETWORKS", "127.0.0.0/8")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def feeds(*arguments: str) -> int:
    return main(["feeds", *arguments])


def test_a_feed_is_added_listed_checked_and_removed(site, capsys):
    address = site.put("/feed.xml", rss((2, 1)))
    assert feeds("add", address) == 0
    assert f"added 1 The Example  {address}  2 items" in capsys.readouterr().out
    assert feeds("add", address) == 0
    assert "already added: 1 The Example" in capsys.readouterr().out
    assert feeds("list") == 0
    assert "   1  The Example" in capsys.readouterr().out
    site.put("/feed.xml", "gone", "text/plain", 410)
    assert feeds("check", "1") == 1
    assert "no longer checked: 410" in capsys.readouterr().out
    assert feeds("list", "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["state"], row["failures"], row["url"]) == ("ended", 1, address)
    site.put("/feed.xml", rss((3, 2, 1)))
    assert feeds("resume", "1") == 0
    assert feeds("check", "example") == 0
    assert feeds("pause", "1") == 0
    assert feeds("remove", "The Example") == 0
    capsys.readouterr()
    assert feeds("list") == 1
    assert "no feeds; `tocsin feeds add ADDRESS` adds one" in capsys.readouterr().err


def test_what_cannot_be_asked_is_said_and_ends_with_2(site, capsys):
    site.put("/", PAGE.replace("/jobs.xml", "/blog.xml"), "text/html")
    site.put("/blog.xml", rss((1,), title="Blog"))
    lost = site.put("/lost.xml", rss((1,), title="Lost", site=f"{site.origin}/"))
    assert feeds("add", f"{site.origin}/blog.xml", lost) == 0
    assert feeds("pause", "1") == 0
    assert feeds("check", "1") == 2
    assert "Blog is paused" in capsys.readouterr().err
    site.put("/lost.xml", "gone", "text/plain", 410)
    assert feeds("check", "Lost") == 1
    assert "no longer checked: 410 Gone" in capsys.readouterr().out
    assert feeds("resume", "2") == 0
    # A lost feed moves only to a feed with the same title.
    site.put("/blog.xml", rss((1,), title="Lost"))
    assert feeds("check", "2") == 2
    assert "Lost has moved" in capsys.readouterr().err


def test_a_site_with_several_feeds_is_a_choice_and_ends_with_1(site, capsys):
    site.put("/", PAGE, "text/html")
    blog = site.put("/blog.xml", rss((1,), title="Blog"))
    site.put("/jobs.xml", rss((1,), title="Jobs"))
    assert feeds("add", f"{site.origin}/") == 1
    out = capsys.readouterr().out
    assert "has 2 feeds" in out
    assert f"tocsin feeds add {blog}" in out
    assert feeds("discover", f"{site.origin}/", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["title"] for row in rows] == ["Blog", "Jobs"]


def test_one_bad_address_spoils_none_of_the_others(site, capsys):
    good = site.put("/good.xml", rss((1,)))
    assert feeds("add", f"{site.origin}/nothing", good) == 2
    told = capsys.readouterr()
    assert "added 1 The Example" in told.out
    assert told.err.startswith("tocsin: cannot find a feed at")
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "ftp://example.org/x"], "cannot find a feed at"),
        (["discover", "http://10.0.0.1/"], "cannot find a feed at"),
        (["remove", "nobody"], "“nobody”"),
        (["check", "7"], "“7”"),
        (["import", "no.opml"], "no.opml"),
    ],
)
def test_wrong_input_is_one_line_and_ends_with_2(arguments, said, capsys):
    assert feeds(*arguments) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_list_goes_out_and_comes_back_the_same(tmp_path, monkeypatch, capsys):
    listed = """<opml version="2.0"><body><outline text="World"><outline text="Asia">
    <outline type="rss" text="Straits &amp; Times" xmlUrl="https://a.example/rss?a=1&amp;b=2"/></outline></outline>
    <outline type="rss" text="Plain" xmlUrl="https://b.example/feed"/></body></opml>"""
    (tmp_path / "in.opml").write_text(listed)
    assert feeds("import", "in.opml") == 0
    told = capsys.readouterr()
    assert "added https://a.example/rss?a=1&b=2  Straits & Times" in told.out
    assert "2 feeds added, 0 already added" in told.err
    assert feeds("export", "out.opml") == 0
    monkeypatch.setenv("TOCSIN_DATA_DIR", str(tmp_path / "elsewhere"))
    capsys.readouterr()
    assert feeds("import", "out.opml") == 0
    capsys.readouterr()
    assert feeds("list", "--json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["title"], row["tags"]) for row in rows] == [
        ("Straits & Times", ["World", "Asia"]),
        ("Plain", []),
    ]
    assert feeds("import", "in.opml") == 0
    assert "already added: https://b.example/feed" in capsys.readouterr().out


def test_what_a_list_has_wrong_is_told_by_line_and_the_rest_is_taken(tmp_path, capsys):
    (tmp_path / "in.opml").write_text(
        '<opml version="2.0"><body>\n<outline text="A" xmlUrl="https://a.example/"/>\n'
        '<outline text="B" xmlUrl="ftp://b.example/"/>\n</body></opml>'
    )
    assert feeds("import", "in.opml") == 1
    told = capsys.readouterr()
    assert "added https://a.example/" in told.out
    assert "in.opml: line 3" in told.err


def test_a_file_that_is_no_list_ends_with_2(tmp_path, capsys):
    (tmp_path / "in.opml").write_text("just words")
    assert feeds("import", "in.opml") == 2
    assert capsys.readouterr().err.startswith("tocsin: in.opml: ")


def test_the_starter_list_is_shown_and_taken(capsys):
    assert feeds("starter") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(starter_feeds())
    assert feeds("starter", "--add") == 0
    assert f"{len(starter_feeds())} feeds added" in capsys.readouterr().err


def test_addresses_are_shown_without_their_passwords(site, capsys):
    address = site.put("/feed.xml", rss((1,))).replace("http://", "http://me:hush@")
    assert feeds("add", address) == 0
    assert feeds("list", "--json") == 0
    assert feeds("list") == 0
    assert "hush" not in capsys.readouterr().out
