"""Slack does not answer, or something else answers: no alert is lost and no channel is suspended."""

import asyncio

import pytest
from sqlalchemy import text

from bot.models import ChatRef
from bot.runtime.backoff import Backoff
from tests.bot.conftest import make_item
from tests.fakes.foreign_page import ForeignPage
from tests.fakes.slack import Refused

pytestmark = pytest.mark.slow


CHANNELS = [f"C{number}" for number in range(20)]


@pytest.fixture
async def outage(slack_world, monkeypatch):
    monkeypatch.setattr("bot.chats.slack.adapter._PROBE_TIMEOUT_SECONDS", 0.2)
    short = Backoff(first_seconds=0.02, max_seconds=0.05)
    for name in ("_PROBE_BACKOFF", "RETRY_BACKOFF"):
        monkeypatch.setattr(f"bot.delivery.account_hold.{name}", short)
    # The clock of these tests stands still, so a retry must be due at once.
    monkeypatch.setattr(
        "bot.delivery.message_sender.RETRY_BACKOFF", Backoff(first_seconds=0.0, max_seconds=0.0)
    )
    monkeypatch.setattr(
        "bot.delivery.account_hold.RETRY_BACKOFF", Backoff(first_seconds=0.0, max_seconds=0.0)
    )
    for channel in CHANNELS:
        await slack_world.send_command("/subscribe sanctions", ChatRef("slack", "T1", channel))
    return slack_world


async def publish(world) -> None:
    await world.ingest_items(make_item("a", title="New sanctions"))
    await world.run_pipeline()


def has_all_alerts(world) -> bool:
    return all(world.slack.in_channel(channel) for channel in CHANNELS)


async def suspended_count(world) -> int:
    async with world.database.reading() as connection:
        statement = text("SELECT count(suspended_at) FROM chats")
        return (await connection.execute(statement)).scalar_one()


async def test_alerts_of_a_black_hole_arrive_when_slack_answers_again(outage):
    answers, has_arrived = asyncio.Event(), asyncio.Event()

    async def hang(method, _):
        if method in {"chat.postMessage", "auth.test"}:
            has_arrived.set()
            await answers.wait()
            raise ForeignPage(504)

    outage.slack.before = hang
    await publish(outage)
    await has_arrived.wait()
    answers.set()
    await outage.wait_until(lambda: sum(name == "auth.test" for name, _ in outage.slack.calls) > 2)
    assert not outage.slack.messages
    outage.slack.before = None
    await outage.wait_until(lambda: has_all_alerts(outage))


@pytest.mark.parametrize("page", [ForeignPage(504), ForeignPage(403), ForeignPage(200)])
async def test_pages_of_a_gateway_lose_and_suspend_nothing(outage, page):
    remaining = [page] * 12

    async def answer(method, _):
        if method == "chat.postMessage" and remaining:
            raise remaining.pop()

    outage.slack.before = answer
    await publish(outage)
    await outage.wait_until(lambda: has_all_alerts(outage))
    assert await suspended_count(outage) == 0


@pytest.mark.parametrize("code", ["invalid_auth", "missing_scope"])
async def test_one_wrong_refusal_does_not_stop_the_workspace(outage, code):
    remaining = [1]

    async def refuse_once(method, _):
        if method == "chat.postMessage" and remaining:
            remaining.pop()
            raise Refused(code)

    outage.slack.before = refuse_once
    await publish(outage)
    await outage.wait_until(lambda: has_all_alerts(outage))


async def test_a_missing_permission_that_auth_test_confirms_stops_the_workspace(outage):
    outage.slack.scopes = "commands,im:history"

    async def refuse(method, _):
        if method == "chat.postMessage":
            raise Refused("missing_scope")

    outage.slack.before = refuse
    await publish(outage)
    await outage.wait_until(lambda: sum(name == "auth.test" for name, _ in outage.slack.calls) > 1)
    assert await suspended_count(outage) == 0
    posts = sum(name == "chat.postMessage" for name, _ in outage.slack.calls)
    assert posts <= len(CHANNELS)
