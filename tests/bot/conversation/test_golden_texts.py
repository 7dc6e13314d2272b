"""The exact texts of a few cards on each platform, in `tests/bot/golden`.

After an intended change, `UPDATE_GOLDEN=1 pytest tests/bot/conversation/test_golden_texts.py` rewrites
the files. All other tests are independent of the wording.
"""

import os
from pathlib import Path

import pytest

from bot.chats.console.pipe import plain_text
from bot.chats.slack import render as slack
from bot.chats.telegram import render as telegram
from bot.conversation.request import IncomingMessage
from tests.bot.conftest import CHAT, make_item

GOLDEN = Path(__file__).parents[1] / "golden"
ITEM = make_item("a", "Council agrees on sanctions", "It agreed on sanctions. Two banks are named.")

# The texts do not depend on the kind of database.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def check(name: str, text: str) -> None:
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(f"{text}\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == f"{text}\n"


def console(card) -> str:
    labels = [button.label for button in card.buttons]
    return plain_text(card, labels=labels, alert=False)


async def alert_of(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(ITEM)
    await world.run_pipeline()
    ((_, card),) = world.chat.sent
    return card


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("console_welcome.txt", "/start"),
        ("console_help.txt", "/help"),
        ("console_topics.txt", "/topics"),
        ("console_mute.txt", "/mute sanctions 1d"),
        ("console_digest.txt", "/digest daily 08:00"),
        ("console_error.txt", "/digest daily 25:00"),
    ],
)
async def test_console_answer(world, name, command):
    await world.send_command("/subscribe sanctions")
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, command, "me"))
    check(name, console(card))


async def test_console_alert(world):
    check("console_alert.txt", console(await alert_of(world)))


async def test_telegram_alert(world):
    payload = telegram.render_card(await alert_of(world))
    check("telegram_alert.html", str(payload["text"]))


async def test_slack_alert(world):
    payload = slack.render_card(await alert_of(world))
    check("slack_alert.txt", str(payload["text"]))
