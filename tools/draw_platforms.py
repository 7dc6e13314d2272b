"""Draws docs/images/{telegram,slack}.png and digest.svg: a digest and a trend as each platform shows them.

python tools/draw_platforms.py            needs the extra `charts`, and Chromium to take the pictures

What is drawn is what the adapters send (their payloads, from stories made up for it), in the look of each
platform: fonts and colours are an imitation, the words, marks, rows and buttons are not.
"""

from __future__ import annotations

import base64
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from io import StringIO
from pathlib import Path
from shutil import which
from typing import Any

from PIL import Image as Picture
from rich.console import Console
from rich.text import Text

from bot.charts.draw import draw
from bot.charts.words import alt_text
from bot.chats.console.keeping import kept
from bot.chats.console.terminal import terminal_text
from bot.chats.slack.render import render_card as for_slack
from bot.chats.telegram.render import BUTTONS, MOST_CAPTION
from bot.chats.telegram.render import render_card as for_telegram
from bot.conversation.brief_cards import briefing_card
from bot.conversation.card import Card, Image
from bot.conversation.trend_cards import trend_card
from bot.model import Briefed, Briefing, Reason, Ref, Shown
from tools.draw_trend import made_up_trend
from watchers import Item, parse_query

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
WIDTH, SCALE = 460, 2  # of the pictures, in CSS pixels; and how many dots each has
COLOURS = 64  # flat pictures need no more
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars"
    " --disable-background-networking --disable-component-update --disable-sync"
)

STORIES = (
    (
        "sanctions",
        "Council freezes what two banks hold abroad",
        ("Radio North", "Harbour Post", "Daily Lantern", "North Courier"),
        2,
        "The council agreed on Monday to freeze what the two banks hold abroad, from July on.",
    ),
    (
        "sanctions",
        "Eleven states set up a panel of their own",
        ("Daily Lantern", "Wire"),
        9,
        "The group will report twice a year on who breaks the sanctions, and how.",
    ),
    (
        "missile OR drone",
        "Drone stops flights at Halden for three hours",
        ("Harbour Post",),
        5,
        "Nobody was hurt; the airport's director said that 40 flights were sent elsewhere.",
    ),
)
"""Topic, title, who tells it, hours ago, and the sentence that a briefing has of it."""


def main() -> None:
    """Draw all of them."""
    digest, trend = made_up_digest(), made_up_trend()
    picture = draw(trend)
    told = trend_card(trend, (), again="sanctions 30d", picture=picture)
    (IMAGES / "digest.svg").write_text(on_a_terminal(digest, told))
    shoot(telegram_page(digest, told), IMAGES / "telegram.png")
    shoot(slack_page(digest, told), IMAGES / "slack.png")
    print(alt_text(trend))


def made_up_digest() -> Card:
    """A briefing as `briefing_card` makes it."""
    briefed, said = [], {}
    for number, (topic, title, sources, hours, sentence) in enumerate(STORIES, start=41):
        item = Item(
            key=str(number),
            title=title,
            url=f"https://news.example/{number}",
            source=sources[0],
            published=NOW - timedelta(hours=hours),
        )
        why = Reason(1, parse_query(topic), topic, ())
        briefed.append(Briefed(Shown(number, number, item, (why,)), sources))
        said[number] = sentence
    told = Briefing(1, Ref("", "", ""), 1, 0, NOW, 1, 1, len(briefed), tuple(briefed))
    return briefing_card(told, said, now=NOW)


# ── a terminal ────────────────────────────────────────────────────────────────────────────────────


def on_a_terminal(*cards: Card) -> str:
    """The cards as `tocsin run --console` prints them."""
    width = 84
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder:
        for card in cards:
            shown = kept(card, Path(folder))
            labels = [f"{n} {one.label}" for n, one in enumerate(shown.buttons, start=1)]
            drawn = terminal_text(shown, labels=labels, alert=card is cards[0], width=width)
            console.print(Text.from_ansi(drawn.rstrip().replace(folder, "data/console_files")))
            console.print()
    drawing = console.export_svg(title="tocsin run --console", unique_id="tocsin-digest")
    # A picture must not fetch anything: whatever monospaced font is there will do.
    drawing = re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL)
    return drawing.replace("Fira Code", "Menlo, Consolas, DejaVu Sans Mono")


# ── Telegram ──────────────────────────────────────────────────────────────────────────────────────

TELEGRAM = """
body { background: #d5dfc9; font: 15px/1.34 Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif; }
.message { margin: 10px 34px 10px 10px; }
.bubble { background: #fff; border-radius: 14px 14px 14px 4px; padding: 7px 11px 8px; color: #000;
          white-space: pre-wrap; overflow-wrap: anywhere; box-shadow: 0 1px 1px #0002; }
.bubble img { display: block; width: calc(100% + 22px); margin: -7px -11px 7px;
              border-radius: 14px 14px 0 0; }
.bubble a { color: #168acd; text-decoration: none; }
.bubble code { color: #0b7a52; font: 13.5px 'DejaVu Sans Mono', monospace; }
time { float: right; color: #93a1ab; font-size: 12px; margin: 6px 0 -4px 10px; }
.keys { display: flex; gap: 4px; margin-top: 4px; }
.keys span { flex: 1; text-align: center; background: #6f8a5fb3; color: #fff; font-weight: 500;
             padding: 8px 4px; border-radius: 8px; }
"""


def telegram_page(digest: Card, trend: Card) -> str:
    """A chat on a phone: HTML is what Telegram is sent, within its few tags."""
    shown = telegram_message(for_telegram(digest))
    image = trend.image
    shown += telegram_message(for_telegram(trend, most=MOST_CAPTION), image)
    return page(TELEGRAM, shown)


def telegram_message(payload: Mapping[str, Any], image: Image | None = None) -> str:
    """One bubble with its buttons."""
    rows = "".join(
        f'<div class="keys">{"".join(f"<span>{escape(key.label)}</span>" for key in row)}</div>'
        for row in payload[BUTTONS]
    )
    body = f"{picture_of(image)}{payload['text']}<time>08:00</time>"
    return f'<div class="message"><div class="bubble">{body}</div>{rows}</div>'


# ── Slack ─────────────────────────────────────────────────────────────────────────────────────────

SLACK = """
body { background: #fff; color: #1d1c1d; font: 15px/1.46 Lato, 'Noto Sans', 'DejaVu Sans', sans-serif; }
.message { display: grid; grid-template-columns: 36px 1fr; gap: 0 9px; padding: 9px 16px 7px 12px; }
.face { width: 36px; height: 36px; border-radius: 6px; background: #1f3a4d; color: #ffd166; font-size: 19px;
        display: grid; place-items: center; }
.who { font-weight: 800; }
.who i { font: 500 10px sans-serif; background: #e8e8e8; color: #616061; padding: 1px 4px; margin: 0 6px;
         border-radius: 3px; }
.who time { color: #616061; font-weight: 400; font-size: 12px; }
.section { margin: 4px 0; white-space: pre-wrap; overflow-wrap: anywhere; }
.section a { color: #1264a3; text-decoration: none; }
.section code { color: #c01343; background: #f6f6f6; border: 1px solid #ddd; border-radius: 3px;
                padding: 0 3px; font: 12px 'DejaVu Sans Mono', monospace; }
.context { color: #616061; font-size: 13px; white-space: pre-wrap; margin: 2px 0; }
.actions { display: flex; flex-wrap: wrap; gap: 8px; margin: 6px 0 2px; }
.actions span { border: 1px solid #bbb; border-radius: 5px; font-weight: 700; font-size: 13px;
                padding: 3px 11px; }
.file { color: #616061; font-size: 13px; margin-top: 4px; }
.file img { display: block; width: 330px; border-radius: 8px; margin-top: 4px; border: 1px solid #ddd; }
"""


def slack_page(digest: Card, trend: Card) -> str:
    """A channel: blocks are what Slack is sent."""
    return page(
        SLACK, slack_message(for_slack(digest)) + slack_message(for_slack(trend), trend.image)
    )


def slack_message(payload: Mapping[str, Any], image: Image | None = None) -> str:
    """One message of the app; a picture goes along as a file."""
    shown = "".join(slack_block(block) for block in payload["blocks"])
    if image is not None:
        shown += f'<div class="file">{escape(image.name)} ▾{picture_of(image)}</div>'
    who = '<div class="who">Tocsin<i>APP</i><time>8:00 AM</time></div>'
    return f'<div class="message"><div class="face">T</div><div>{who}{shown}</div></div>'


def slack_block(block: Mapping[str, Any]) -> str:
    """A block of Block Kit, of the kinds that our cards become."""
    match block["type"]:
        case "rich_text":
            return "".join(
                f'<div class="section">{"".join(rich(one["elements"]))}</div>'
                for one in block["elements"]
            )
        case "context":
            said = "".join(escape(one["text"]) for one in block["elements"])
            return f'<div class="context">{said}</div>'
        case "actions":
            keys = "".join(
                f"<span>{escape(one['text']['text'])}</span>" for one in block["elements"]
            )
            return f'<div class="actions">{keys}</div>'
        case other:
            raise SystemExit(f"no picture of a block like this was thought of: {other}")


def rich(elements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The runs of a rich text."""
    for one in elements:
        said = escape(one["text"])
        for style, tag in (("bold", "b"), ("italic", "i"), ("code", "code")):
            if one.get("style", {}).get(style):
                said = f"<{tag}>{said}</{tag}>"
        yield f'<a href="#">{said}</a>' if one["type"] == "link" else said


# ── pictures of pages ─────────────────────────────────────────────────────────────────────────────


def page(style: str, body: str) -> str:
    """A page as wide as a phone."""
    reset = (
        f"* {{ box-sizing: border-box; margin: 0; }} body {{ width: {WIDTH}px; padding: 4px 0; }}"
    )
    return f'<!doctype html><meta charset="utf-8"><style>{reset}{style}</style>{body}'


def picture_of(image: Image | None) -> str:
    """An image within the page itself."""
    if image is None:
        return ""
    data = base64.b64encode(image.data).decode()
    return f'<img alt="{escape(image.alt)}" src="data:image/png;base64,{data}">'


def shoot(html: str, target: Path) -> None:
    """Take a picture of all of a page, cut where it ends."""
    chromium = which("chromium") or which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium takes the pictures: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
        # What is below the page's end is of a colour that no page has.
        source.write_text(html.replace("<style>", "<style>html { background: #f0f }", 1))
        command = [chromium, *FLAGS.split(), f"--user-data-dir={folder}/profile"]
        command += [f"--force-device-scale-factor={SCALE}", f"--window-size={WIDTH},1600"]
        command += [f"--screenshot={shot}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        picture = Picture.open(shot).convert("RGB")
    end = next(
        (row for row in range(picture.height) if picture.getpixel((2, row)) == (255, 0, 255)),
        picture.height,
    )
    whole = picture.crop((0, 0, picture.width, end))
    whole.quantize(COLOURS).save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
