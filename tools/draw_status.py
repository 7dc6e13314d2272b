"""Draw docs/images/status-*.png: the status page with synthetic data, in a real Chromium.

    pip install pillow playwright && python -m tools.draw_status

The page is a pure function of its data, so no bot has to run.
"""

from __future__ import annotations

import asyncio
import math
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from bot.models import ChatRef
from bot.store.admin.metrics_snapshot import ChatStats, QueueStats, StoreSnapshot
from bot.store.feeds.feeds import FeedRow
from bot.store.feeds.sources import SourceHealth
from bot.store.outbox.alert_log import LoggedAlert
from bot.web.status_page import StatusData, status_page
from watchers import Source

IMAGES = Path(__file__).parent.parent / "docs" / "images"
NOW = datetime(2026, 6, 1, 9, 30, tzinfo=UTC)
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FEEDS = (
    ("The Northern Herald", 4, 6, ""),
    ("World Desk", 12, 3, ""),
    ("Harbour & Shipping Weekly", 600, 240, ""),
    ("Ministry of Trade: notices", 95, 22, ""),
    ("Sanctions list updates", 260, 41, ""),
    ("Radio Ostsee", 31, 9, ""),
    ("Le Courrier du Lac", 55, 17, ""),
    ("Tech Observer", 8, 2, ""),
    ("Голос Днепра", 18, 11, ""),
    ("Old Town Gazette", 4_000, 380, "404: there is nothing at this address"),
    ("Open Source Weekly", 2_900, 300, ""),
)
ALERTS = (
    ("Sanctions panel for North Korea gets a successor", "sent", "telegram", 2, None),
    ("Chip maker fined for shipping machines under embargo", "sent", "slack", 2, None),
    ("Ceasefire talks resume in Geneva after a week’s pause", "sent", "telegram", 9, None),
    ("Port strike: three lines announce a surcharge", "held", "telegram", 14, None),
    ("Central bank leaves rates where they are", "sent", "telegram", 26, None),
    ("Санкции продлены ещё на год", "sent", "telegram", 38, None),
    ("Ransomware stops a hospital chain’s bookings", "sent", "slack", 51, None),
    ("Flood warning lifted along the lower river", "sent", "telegram", 74, None),
    ("Grain corridor: first ships leave", "failed", "slack", 96, "channel is archived"),
    ("Parliament adopts export rules for drones", "sent", "telegram", 131, None),
    ("Old shipwreck found off the coast", "sent", "telegram", 190, None),
)


def feed(number: int, title: str, news: int, every: int, problem: str) -> FeedRow:
    """Return one feed; ``news`` and ``every`` are minutes."""
    return FeedRow(
        id=number,
        address=f"https://{number}.example/feed",
        title=title,
        site=None,
        tags=(),
        host=f"{number}.example",
        state="active",
        is_baselined=True,
        due_at=NOW + timedelta(minutes=(number * 7) % every + 0.6),
        interval=every * 60.0,
        polled_at=NOW,
        succeeded_at=NOW,
        news_at=NOW - timedelta(minutes=news),
        failures=4 if problem else 0,
        failing_since=None,
        problem=problem or None,
        are_operators_notified=False,
    )


def sample_status() -> StatusData:
    """Return the data of an ordinary morning."""
    chance = Random(4)  # noqa: S311 - synthetic data
    latencies = tuple(
        0.35 * math.exp(chance.gauss(0, 0.35)) * (14 if number in {31, 32, 33, 77} else 1)
        for number in range(100)
    )
    figures = StoreSnapshot(
        sources={("folder", "active"): 1, ("feed", "active"): 10, ("feed", "failing"): 1},
        overdue=(0, None),
        items=48_210,
        topics=312,
        fanout_jobs=0,
        queues={"telegram": QueueStats(3, NOW - timedelta(seconds=4))},
        follow_ups=0,
        chats={"telegram": ChatStats(131, 2), "slack": ChatStats(17, 0)},
        accounts={"telegram/81": NOW + timedelta(seconds=9)},
        latencies=latencies,
    )
    folder = SourceHealth(Source("folder", "/srv/tocsin/seeds"), NOW - timedelta(hours=2), None)
    alerts = [
        LoggedAlert(
            number,
            ChatRef(platform, "1", "1"),
            title,
            state,
            reason,
            NOW - timedelta(minutes=ago),
            None,
            1,
        )
        for number, (title, state, platform, ago, reason) in enumerate(ALERTS)
    ]
    feeds = [feed(number, *facts) for number, facts in enumerate(FEEDS, start=1)]
    return StatusData(NOW, figures, [folder], feeds, alerts)


async def draw() -> None:
    """Draw the page in light mode, in dark mode, and on a phone."""
    from PIL import Image  # noqa: PLC0415 - not a dependency of Tocsin
    from playwright.async_api import async_playwright  # noqa: PLC0415 - as above

    pictures = {
        "light": ("light", 1_040, 900),
        "dark": ("dark", 1_040, 900),
        "phone": ("light", 390, 844),
    }
    html = status_page(sample_status())
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name, (scheme, width, height) in pictures.items():
            page = await browser.new_page(
                viewport={"width": width, "height": height}, color_scheme=scheme
            )
            await page.set_content(html)
            path = IMAGES / f"status-{name}.png"
            await page.screenshot(path=path, full_page=name != "phone")
            with Image.open(path) as picture:
                picture.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
                    path, optimize=True
                )
        await browser.close()


if __name__ == "__main__":
    asyncio.run(draw())
