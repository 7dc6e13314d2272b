"""Telegram does not answer, or something else answers: no alert is lost and no chat is suspended."""

import asyncio

import pytest

from bot.runtime.backoff import Backoff
from bot.runtime.clock import utc_now
from tests.bot.chats.telegram.conftest import RunningBot
from tests.bot.chats.telegram.test_safety import captured_log
from tests.bot.conftest import World, make_item
from tests.fakes.foreign_page import ForeignPage
from tests.fakes.telegram import Refused

pytestmark = pytest.mark.slow


CHATS = range(7, 27)
SENDS = {"sendMessage", "editMessageText"}


@pytest.fixture
def short_delays(monkeypatch):
    """Make the delays short: the tests are about the order of events."""
    for name in ("account_hold._PROBE_BACKOFF", "message_sender.RETRY_BACKOFF"):
        monkeypatch.setattr(f"bot.delivery.{name}", Backoff(first_seconds=0.02, max_seconds=0.05))
    monkeypatch.setattr(
        "bot.delivery.account_hold.RETRY_BACKOFF", Backoff(first_seconds=0.02, max_seconds=0.05)
    )


@pytest.fixture
async def outage(database, server, short_delays):
    async with RunningBot(World(database, utc_now), server) as running:
        for chat in CHATS:
            await running.world.send_command("/subscribe sanctions", running.ref(chat))
        yield running


async def publish_and_wait(running: RunningBot) -> None:
    await running.publish(
        *(make_item(f"{number}", title=f"Sanctions {number}") for number in range(2))
    )


def alerts_by_chat(running: RunningBot) -> dict[int, list[str]]:
    """Return the titles of the alerts that arrived in each chat, each once."""
    return {
        chat: list(dict.fromkeys(text.partition("\n")[0] for text in running.server.in_chat(chat)))
        for chat in CHATS
    }


EXPECTED = {chat: ["Sanctions 0", "Sanctions 1"] for chat in CHATS}


async def test_alerts_of_a_black_hole_arrive_when_telegram_answers_again(outage, monkeypatch):
    # Only here: on a busy machine, a usual send may take longer.
    monkeypatch.setattr("bot.chats.telegram.adapter._SEND_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr("bot.chats.telegram.adapter._PROBE_TIMEOUT_SECONDS", 0.2)
    answers = asyncio.Event()

    async def hang(method, _):
        if method != "getUpdates":
            await answers.wait()

    outage.server.before = hang
    await publish_and_wait(outage)
    await outage.server.wait_until(lambda: len(outage.server.calls_to("getMe")) >= 4)
    # One attempt per chat was in flight. The account was held before the second.
    assert len(outage.server.calls_to("sendMessage")) <= len(CHATS)
    outage.server.before = None
    answers.set()
    await outage.server.wait_until(lambda: alerts_by_chat(outage) == EXPECTED)


@pytest.mark.parametrize(
    "page", [ForeignPage(504), ForeignPage(403), ForeignPage(200), ForeignPage(404)]
)
async def test_pages_of_a_gateway_lose_and_suspend_nothing(outage, page, capsys):
    remaining = [page] * 12

    async def answer(method, _):
        if method in SENDS and remaining:
            raise remaining.pop()

    outage.server.before = answer
    await publish_and_wait(outage)
    await outage.server.wait_until(lambda: alerts_by_chat(outage) == EXPECTED)
    assert [await outage.suspension_reason(chat) for chat in CHATS] == [None] * len(CHATS)
    assert "Traceback" not in captured_log(capsys)


async def test_a_page_of_a_proxy_for_every_call_holds_the_account(outage):
    async def answer(*_):
        raise ForeignPage(403)

    outage.server.before = answer
    await publish_and_wait(outage)
    await outage.server.wait_until(lambda: len(outage.server.calls_to("getMe")) >= 4)
    assert [await outage.suspension_reason(chat) for chat in CHATS] == [None] * len(CHATS)
    outage.server.before = None
    await outage.server.wait_until(lambda: alerts_by_chat(outage) == EXPECTED)


async def test_a_message_whose_answer_was_lost_is_sent_at_least_once(outage):
    lost = []

    async def lose(method, params):
        if method in SENDS and not lost:
            lost.append(int(params["chat_id"]))
            raise ForeignPage(504)

    outage.server.after = lose
    await publish_and_wait(outage)
    await outage.server.wait_until(lambda: alerts_by_chat(outage) == EXPECTED)
    await outage.server.wait_until(lambda: len(outage.server.messages) == 2 * len(CHATS) + 1)
    assert len(outage.server.in_chat(lost[0])) == 3  # the message of the lost answer, twice


@pytest.mark.parametrize("code", [401, 404])
async def test_one_wrong_refusal_of_the_token_stops_neither_alerts_nor_replies(outage, code):
    refused: set[str] = set()

    async def refuse_once(method, _):
        if method in {"sendMessage", "getUpdates"} and method not in refused:
            refused.add(method)
            raise Refused(code, "Unauthorized" if code == 401 else "Not Found")

    outage.server.write("/help", chat=99)
    outage.server.before = refuse_once
    await publish_and_wait(outage)
    await outage.server.wait_until(lambda: alerts_by_chat(outage) == EXPECTED)
    await outage.server.wait_until(lambda: outage.server.in_chat(99))


async def test_many_chats_are_suspended_only_with_a_proof(outage):
    is_proxy = True

    async def refuse(method, _):
        if is_proxy and method in {"sendMessage", "getMe"}:
            raise Refused(403, "Forbidden: by the rules of this network")

    outage.server.before = refuse
    await publish_and_wait(outage)
    await outage.server.wait_until(lambda: len(outage.server.calls_to("getMe")) >= 3)
    # While the proxy stands between, no probe succeeds: only the first refusals had no need of one.
    reasons = [await outage.suspension_reason(chat) for chat in CHATS]
    assert sum(reason is not None for reason in reasons) <= 3
    is_proxy = False
