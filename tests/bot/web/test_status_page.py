from base64 import b64encode
from hashlib import sha256

import pytest

from bot.store.chats.chats import suspend_chat
from bot.store.feeds.feeds import NewFeed, add_feed
from bot.store.feeds.poll_results import record_failure
from bot.web.html import Markup, element, join_markup, latency_figure, length
from bot.web.metrics import SnapshotCache
from bot.web.server import Route
from bot.web.status_auth import PATH, StatusPage
from tests.bot.conftest import CHAT, make_item
from tests.bot.web.test_web_server import serving


@pytest.fixture
async def page(world):
    status = StatusPage(
        world.database, SnapshotCache(world.database, world.clock), world.clock, "sesame"
    )
    routes = (Route("GET", PATH, status.status), Route("POST", PATH, status.login))
    async with serving(*routes) as client:
        yield client


async def shown(page) -> str:
    return await (await page.get(PATH, headers={"Authorization": "Bearer sesame"})).text()


async def test_the_page_opens_with_its_token_and_no_other(page):
    for query in ("", "?token=", "?token=other", "?token=sesame2"):
        answer = await page.get(f"/status{query}")
        assert answer.status == 403
        assert "Tocsin</h1>" not in await answer.text()
    assert (await page.get("/status", headers={"Authorization": "Bearer sesame"})).status == 200


async def test_the_token_does_not_stay_in_the_address(page):
    answer = await page.get("/status?token=sesame", allow_redirects=False)
    assert answer.status == 303
    assert answer.headers["Location"] == "/status"
    cookie = answer.cookies["tocsin"]
    assert cookie["httponly"]
    assert "sesame" not in cookie.value
    assert (await page.get("/status", cookies={"tocsin": cookie.value})).status == 200


async def test_the_page_shows_sources_alerts_and_what_waits(world, page):
    async with world.database.writing() as connection:
        feed = NewFeed("https://news.example/feed", "news.example", "Example News")
        await add_feed(connection, feed, now=world.clock())
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(
        make_item("a"), make_item("b", "Sanctions: a levy on cheese", "It starts in spring.")
    )
    await world.run_pipeline()
    said = await shown(page)
    assert "Example News" in said
    assert "not checked yet" in said
    assert "Sanctions on North Korea" in said
    assert "<polyline" in said
    assert "<b>2</b><span>items<" in said
    assert "No problems." in said


async def test_what_strangers_write_is_text_on_the_page(world, page):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("x", title='<script>alert("sanctions")</script>'))
    await world.run_pipeline()
    said = await shown(page)
    assert "<script" not in said
    assert "&lt;script&gt;" in said


def test_only_elements_made_here_come_out_as_markup():
    made = element("p", "<b>", element("b", "x & y"), class_='"><script>')
    assert made == '<p class="&quot;&gt;&lt;script&gt;">&lt;b&gt;<b>x &amp; y</b></p>'
    assert join_markup("<", Markup("<br>")) == "&lt;<br>"


async def test_the_token_may_come_by_a_form_and_must_be_right_there_too(page):
    for wrong in ({}, {"token": ""}, {"token": "Sesame"}, {"token": "sésame"}, {"other": "sesame"}):
        answer = await page.post(PATH, data=wrong, allow_redirects=False)
        assert (answer.status, dict(answer.cookies)) == (403, {})
    assert (await page.post(PATH, json={"token": "sesame"})).status == 403
    answer = await page.post(PATH, data={"token": "sesame"}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, PATH)
    assert answer.cookies["tocsin"]["samesite"] == "Strict"


async def test_behind_a_proxy_with_tls_the_cookie_never_goes_in_the_open(page):
    for proto, secure in (("https", True), ("http", "")):
        answer = await page.post(
            PATH,
            data={"token": "sesame"},
            headers={"X-Forwarded-Proto": proto},
            allow_redirects=False,
        )
        assert answer.cookies["tocsin"]["secure"] == secure


async def test_bytes_that_are_no_text_open_nothing_and_break_nothing(page):
    for headers in (
        {"Authorization": "Bearer \udcff\udcfe"},
        {"Cookie": "tocsin=\udcff"},
        {"Authorization": "sesame2"},
        {"Cookie": "tocsin=sesame"},
    ):
        assert (await page.get(PATH, headers=headers)).status == 403


async def test_the_token_is_in_no_line_of_the_log(page, caplog, capsys):
    caplog.set_level(0)
    await page.get("/status?token=sesame")
    await page.get("/status?token=almost-sesame")
    await page.post(PATH, data={"token": "sesame"})
    await page.get("/status/nowhere?token=sesame")
    out, err = capsys.readouterr()
    assert "sesame" not in caplog.text + out + err


async def test_the_page_may_load_nothing_but_its_own_style(page):
    for headers in ({}, {"Authorization": "Bearer sesame"}):
        answer = await page.get(PATH, headers=headers)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        style = (await answer.text()).partition("<style>")[2].partition("</style>")[0]
        digest = b64encode(sha256(style.encode()).digest()).decode()
        assert f"style-src 'sha256-{digest}'" in policy
        assert answer.headers["Cache-Control"] == "no-store"


async def test_what_is_wrong_is_said_in_one_line_on_top(world, page):
    async with world.database.writing() as connection:
        new = NewFeed("https://news.example/feed", "news.example", "Example News")
        feed, _ = await add_feed(connection, new, now=world.clock())
        await record_failure(
            connection, feed, now=world.clock(), problem="404: no", state="active", due=None
        )
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.fan_out()
    world.clock.advance(minutes=20)
    said = await shown(page)
    assert "Problems: </b>1 source cannot be read; the oldest alert on fake" in said


async def test_a_chat_that_cannot_be_reached_keeps_nobody_waiting(world, page):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.fan_out()
    async with world.database.writing() as connection:
        await suspend_chat(connection, CHAT, "blocked", now=world.clock())
    world.clock.advance(minutes=20)
    said = await shown(page)
    assert "No problems." in said
    assert "1 suspended" in said


async def test_many_feeds_fold_away_those_that_fail_first(world, page):
    async with world.database.writing() as connection:
        for number in range(30):
            new = NewFeed(f"https://{number}.example/", f"{number}.example", f"Feed {number}")
            feed, _ = await add_feed(connection, new, now=world.clock())
        await record_failure(
            connection, feed, now=world.clock(), problem="503: no", state="active", due=None
        )
    said = await shown(page)
    assert said.index("Feed 29") < said.index("Feed 0<") < said.index("18 more feeds")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.0123, "12 ms"), (1.44, "1.4 s"), (12, "12 s"), (300, "5 min"), (10_800, "3 h")],
)
def test_lengths_are_short(seconds, said):
    assert length(seconds) == said


@pytest.mark.parametrize("values", [[1.0, 1.0], [0.0, 86_400.0], [0.05] * 100, [1e-9, 1e9, 3.0]])
def test_the_line_stays_within_its_frame(values):
    drawn = latency_figure(values)
    points = drawn.partition('polyline points="')[2].partition('"')[0].split()
    assert len(points) == len(values)
    for point in points:
        x, y = map(float, point.split(","))
        assert 0 <= x <= 600
        assert 0 <= y <= 90


def test_a_single_alert_makes_no_line():
    assert "<svg" not in latency_figure([1.0])
