"""Send hostile titles as alerts on Telegram to TDLib, which parses HTML like the servers of Telegram.

    python benchmarks/telegram_titles.py [COUNT]          needs: pip install 'tocsin[judge]'

Each title is rendered in three ways: unescaped in a tag, with html.escape as most bots do, and by Tocsin.
Count refused messages (an alert that is never delivered), and text that became an unintended mention,
command, hashtag or link. The last column is the time per title without TDLib.
"""

from __future__ import annotations

import random
import sys
import time
from html import escape
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bot.chats.telegram.render import render_card
from tests.bot.chats.telegram import oracle
from tests.bot.chats.telegram.test_render import make_full_card, make_hostile_title

WAYS = {
    "as it stands": lambda title: f"<b>{title}</b>\n{title}",
    "html.escape": lambda title: f"<b>{escape(title)}</b>\n{escape(title)}",
    "Tocsin, each way a card can say it": lambda title: str(
        render_card(make_full_card(title))["text"]
    ),
}


def main(many: int) -> None:
    """Print the table."""
    if not oracle.IS_AVAILABLE:
        sys.exit("tdjson is not installed: pip install 'tocsin[judge]'")
    oracle.silence_log()
    rng = random.Random(2026)
    titles = [make_hostile_title(rng).encode("utf-8", "replace").decode() for _ in range(many)]
    print(f"{many:,} titles\n")
    print(f"{'':<36}{'refused':>10}{'with strays':>13}{'strays':>9}{'µs':>7}")
    for name, render in WAYS.items():
        began = time.perf_counter()
        texts = [render(title) for title in titles]
        each = (time.perf_counter() - began) / many * 1e6
        reads = [oracle.parse_html(text) for text in texts]
        refused = sum(read["@type"] == "error" for read in reads)
        strays = [oracle.find_unintended_links(read) for read in reads if read["@type"] != "error"]
        touched = sum(map(bool, strays))
        print(f"{name:<36}{refused:>10,}{touched:>13,}{sum(map(len, strays)):>9,}{each:>7.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
