"""The status page in a real Chromium: it opens with its token, fits a phone, and runs nothing hostile.

Skipped where there is no Chromium, or no Playwright to drive it (`pip install playwright`).
"""

import shutil
from contextlib import asynccontextmanager

import pytest

from bot.store.feeds.feeds import NewFeed, add_feed
from bot.store.feeds.poll_results import record_failure
from bot.web.metrics import SnapshotCache
from bot.web.server import Route
from bot.web.status_auth import PATH, StatusPage
from tests.bot.conftest import make_item
from tests.bot.web.test_web_server import serving

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
)
HOSTILE = '"><img src=x onerror="document.title=1"><script>document.title=1</script>'
LONG = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft" * 3

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt install chromium")


@pytest.fixture(params=["sqlite"])
def database_url(request, sqlite_url):
    """What a browser shows does not hang on the kind of database."""
    return sqlite_url


@pytest.fixture
async def address(world):
    """Where the page is, in a world of which strangers wrote some."""
    await world.send_command("/subscribe sanctions")
    async with world.database.writing() as connection:
        for title in ("Example News", HOSTILE, LONG):
            host = f"{len(title)}.example"
            feed, _ = await add_feed(
                connection, NewFeed(f"https://{host}/", host, title), now=world.clock()
            )
        await record_failure(
            connection, feed, now=world.clock(), problem=HOSTILE, state="active", due=None
        )
    await world.ingest_items(
        make_item("a", f"Sanctions {HOSTILE}"), make_item("b", f"Sanctions: {LONG}", LONG)
    )
    await world.run_pipeline()
    page = StatusPage(
        world.database, SnapshotCache(world.database, world.clock), world.clock, "sesame"
    )
    routes = (Route("GET", PATH, page.status), Route("POST", PATH, page.login))
    async with serving(*routes) as client:
        yield f"http://127.0.0.1:{client._base_url.port}{PATH}"


@asynccontextmanager
async def browsing(**how):
    playwright = pytest.importorskip(
        "playwright.async_api", reason="no Playwright: pip install playwright"
    )
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            page = await (await browser.new_context(**how)).new_page()
            page.troubles = []
            page.on("console", lambda message: page.troubles.append(message.text))
            page.on("pageerror", lambda error: page.troubles.append(str(error)))
            page.on("requestfailed", lambda request: page.troubles.append(request.url))
            yield page
        finally:
            await browser.close()


async def enter(page, address: str) -> None:
    await page.goto(address)
    await page.get_by_label("Token").fill("sesame")
    await page.get_by_role("button", name="Open").click()
    await page.get_by_role("heading", name="What is watched").wait_for()


async def test_the_page_opens_with_its_token_looks_as_meant_and_runs_nothing(address):
    async with browsing() as page:
        await page.goto(address)
        await page.get_by_label("Token").fill("open")
        await page.get_by_role("button", name="Open").click()
        assert await page.get_by_role("alert").inner_text() == "That is not the token."
        page.troubles.clear()  # Chromium notes every 403
        await enter(page, address)
        assert "sesame" not in page.url
        page.troubles[:] = [one for one in page.troubles if "403" not in one]
        assert page.troubles == []  # its own style passes the policy
        assert await page.title() == "Tocsin"
        assert await page.locator("img, script, iframe").count() == 0
        line = await page.locator("polyline").bounding_box()
        assert line["width"] > 300
        assert HOSTILE in await page.locator("main").inner_text()
        card = page.locator(".card").first
        colour = "e => getComputedStyle(e).backgroundColor"
        assert await card.evaluate(colour) == "rgb(255, 255, 255)"
        await page.emulate_media(color_scheme="dark")
        assert await card.evaluate(colour) == "rgb(28, 31, 35)"
        text, paper = await page.evaluate(
            "() => { const s = getComputedStyle(document.body); return [s.color, s.backgroundColor] }"
        )
        assert (text, paper) == ("rgb(229, 227, 221)", "rgb(21, 23, 26)")


async def test_on_a_phone_nothing_sticks_out(address):
    for width in (320, 390):
        async with browsing(viewport={"width": width, "height": 800}, is_mobile=True) as page:
            await enter(page, address)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
            sizes = await page.locator("small").evaluate_all(
                "all => all.map(e => parseFloat(getComputedStyle(e).fontSize))"
            )
            assert min(sizes) >= 13
