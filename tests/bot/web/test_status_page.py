import pytest

from bot.store.feeds import NewFeed, add_feed
from bot.web.html import Markup, element, joined
from bot.web.server import Route
from bot.web.status import StatusPage
from tests.bot.conftest import brief
from tests.bot.web.test_web_server import serving


@pytest.fixture
async def page(world):
    status = StatusPage(world.database, world.clock, "sesame")
    async with serving(Route("GET", "/status", status.status)) as client:
        yield client


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
    await world.say("/subscribe sanctions")
    await world.find(brief("a"), brief("b", "Sanctions: a levy on cheese", "It starts in spring."))
    await world.spread()
    shown = await (await page.get("/status", headers={"Authorization": "Bearer sesame"})).text()
    assert "Example News" in shown
    assert "not asked yet" in shown
    assert "Sanctions on North Korea" in shown
    assert "<polyline" in shown
    assert "2</b>items came" in shown


async def test_what_strangers_write_is_text_on_the_page(world, page):
    await world.say("/subscribe sanctions")
    await world.find(brief("x", title='<script>alert("sanctions")</script>'))
    await world.spread()
    shown = await (await page.get("/status", headers={"Authorization": "Bearer sesame"})).text()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_only_elements_made_here_come_out_as_markup():
    made = element("p", "<b>", element("b", "x & y"), class_='"><script>')
    assert made == '<p class="&quot;&gt;&lt;script&gt;">&lt;b&gt;<b>x &amp; y</b></p>'
    assert joined("<", Markup("<br>")) == "&lt;<br>"
