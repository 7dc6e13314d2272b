"""Draw docs/images/{telegram,slack}.png and digest.svg: a digest and a trend on each platform.

    python -m tools.draw_platforms          needs the extra `charts`, and Chromium for the screenshots

The content is the payload of the adapters, made from synthetic stories. Fonts and colours imitate each
platform; texts, markup, rows and buttons are real.
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

from bot.charts.render import draw
from bot.charts.trend import alt_text
from bot.chats.console.adapter import save_attachments
from bot.chats.console.terminal import terminal_text
from bot.chats.slack.render import render_card as for_slack
from bot.chats.telegram.render import BUTTONS, MAX_CAPTION_UTF16_UNITS
from bot.chats.telegram.render import render_card as for_telegram
from bot.conversation.cards.briefing import briefing_card
from bot.conversation.cards.card import Card, Image
from bot.conversation.cards.trend import trend_card
from bot.models import BriefingMessage, BriefingStory, ChatItem, ChatRef, TopicMatch
from tools.draw_trend import sample_trend
from watchers import Item, parse_query

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
WIDTH_PIXELS, SCALE = 460, 2
# Screenshots without photographs need few colours.
MAX_COLOURS = 64
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars"
    " --disable-background-networking --disable-component-update --disable-sync"
)

STORIES = (
    (
        "sanctions",
        "Council freezes foreign assets of two banks",
        ("Radio North", "Harbour Post", "Daily Lantern", "North Courier"),
        2,
        "The council agreed on Monday to freeze the foreign assets of the two banks from July on.",
    ),
    (
        "sanctions",
        "Eleven states set up their own panel",
        ("Daily Lantern", "Wire"),
        9,
        "The group will report twice a year on who breaks the sanctions, and how.",
    ),
    (
        "missile OR drone",
        "Drone stops flights at Halden for three hours",
        ("Harbour Post",),
        5,
        "There were no injuries; the director of the airport said that 40 flights were diverted.",
    ),
)
"""Topic, title, sources, age in hours, and the sentence in the briefing."""


def main() -> None:
    """Draw every picture."""
    digest, trend = sample_digest(), sample_trend()
    picture = draw(trend)
    trend_message = trend_card(trend, (), request="sanctions 30d", chart=picture)
    (IMAGES / "digest.svg").write_text(terminal_svg(digest, trend_message))
    take_screenshot(telegram_page(digest, trend_message), IMAGES / "telegram.png")
    take_screenshot(slack_page(digest, trend_message), IMAGES / "slack.png")
    print(alt_text(trend))


def sample_digest() -> Card:
    """Return a briefing with the stories above."""
    stories, sentences = [], {}
    for number, (topic, title, sources, hours, sentence) in enumerate(STORIES, start=41):
        item = Item(
            key=str(number),
            title=title,
            url=f"https://news.example/{number}",
            source=sources[0],
            published=NOW - timedelta(hours=hours),
        )
        match = TopicMatch(1, parse_query(topic), topic, ())
        stories.append(BriefingStory(ChatItem(number, number, item, (match,)), sources))
        sentences[number] = sentence
    message = BriefingMessage(1, ChatRef("", "", ""), 1, 0, NOW, 1, 1, len(stories), tuple(stories))
    return briefing_card(message, sentences, now=NOW)


# ── Terminal ─────────────────────────────────────────────────────────────────────────────────────


def terminal_svg(*cards: Card) -> str:
    """Return the cards as `tocsin run --console` prints them."""
    width = 84
    console = Console(record=True, width=width, file=StringIO(), force_terminal=True)
    with tempfile.TemporaryDirectory() as folder:
        for card in cards:
            card_with_files = save_attachments(card, Path(folder))
            buttons = enumerate(card_with_files.buttons, start=1)
            labels = [f"{number} {button.label}" for number, button in buttons]
            text = terminal_text(
                card_with_files, labels=labels, alert=card is cards[0], width=width
            )
            console.print(Text.from_ansi(text.rstrip().replace(folder, "data/console_files")))
            console.print()
    drawing = console.export_svg(title="tocsin run --console", unique_id="tocsin-digest")
    # The picture must not fetch a font, so it uses any installed monospaced one.
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
    """Return a chat on a phone. Payloads for Telegram are HTML with few tags."""
    messages = telegram_message(for_telegram(digest))
    image = trend.image
    messages += telegram_message(for_telegram(trend, max_units=MAX_CAPTION_UTF16_UNITS), image)
    return page(TELEGRAM, messages)


def telegram_message(payload: Mapping[str, Any], image: Image | None = None) -> str:
    """Return one message with its buttons."""
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
    """Return a channel. Payloads for Slack are blocks."""
    return page(
        SLACK, slack_message(for_slack(digest)) + slack_message(for_slack(trend), trend.image)
    )


def slack_message(payload: Mapping[str, Any], image: Image | None = None) -> str:
    """Return one message of the app; an image is an attached file."""
    body = "".join(slack_block(block) for block in payload["blocks"])
    if image is not None:
        body += f'<div class="file">{escape(image.name)} ▾{picture_of(image)}</div>'
    who = '<div class="who">Tocsin<i>APP</i><time>8:00 AM</time></div>'
    return f'<div class="message"><div class="face">T</div><div>{who}{body}</div></div>'


def slack_block(block: Mapping[str, Any]) -> str:
    """Return one block of the types that the adapter creates."""
    match block["type"]:
        case "rich_text":
            return "".join(
                f'<div class="section">{"".join(rich_text(element["elements"]))}</div>'
                for element in block["elements"]
            )
        case "context":
            text = "".join(escape(element["text"]) for element in block["elements"])
            return f'<div class="context">{text}</div>'
        case "actions":
            keys = "".join(
                f"<span>{escape(element['text']['text'])}</span>" for element in block["elements"]
            )
            return f'<div class="actions">{keys}</div>'
        case other:
            raise SystemExit(f"unknown block type: {other}")


def rich_text(elements: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the styled parts of a rich text."""
    for element in elements:
        text = escape(element["text"])
        for style, tag in (("bold", "b"), ("italic", "i"), ("code", "code")):
            if element.get("style", {}).get(style):
                text = f"<{tag}>{text}</{tag}>"
        yield f'<a href="#">{text}</a>' if element["type"] == "link" else text


# ── Screenshots ───────────────────────────────────────────────────────────────────────────────


def page(style: str, body: str) -> str:
    """Return a page with the width of a phone."""
    reset = "* { box-sizing: border-box; margin: 0; }"
    reset += f" body {{ width: {WIDTH_PIXELS}px; padding: 4px 0; }}"
    return f'<!doctype html><meta charset="utf-8"><style>{reset}{style}</style>{body}'


def picture_of(image: Image | None) -> str:
    """Return an image embedded in the page."""
    if image is None:
        return ""
    data = base64.b64encode(image.data).decode()
    return f'<img alt="{escape(image.alt)}" src="data:image/png;base64,{data}">'


def take_screenshot(html: str, target: Path) -> None:
    """Take a screenshot of a whole page and crop it at its end."""
    chromium = which("chromium") or which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is missing: apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        source, shot = Path(folder) / "page.html", Path(folder) / "shot.png"
        # The area below the page gets a unique colour, which marks the end of the page.
        source.write_text(html.replace("<style>", "<style>html { background: #f0f }", 1))
        command = [chromium, *FLAGS.split(), f"--user-data-dir={folder}/profile"]
        command += [f"--force-device-scale-factor={SCALE}", f"--window-size={WIDTH_PIXELS},1600"]
        command += [f"--screenshot={shot}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        picture = Picture.open(shot).convert("RGB")
    end = next(
        (row for row in range(picture.height) if picture.getpixel((2, row)) == (255, 0, 255)),
        picture.height,
    )
    whole = picture.crop((0, 0, picture.width, end))
    whole.quantize(MAX_COLOURS).save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
