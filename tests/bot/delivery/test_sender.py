"""The running sender: its own loop. Real time is only used as a timeout."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from bot.chats.adapter import AccountRateLimit, ReplyChannel, SentMessage
from bot.conversation.cards.card import make_card
from bot.delivery.sender import Sender
from bot.errors import (
    ChatMigrated,
    ChatUnreachable,
    DeliveryUnknown,
    ErrorScope,
    MessageRejected,
    RateLimited,
    TransientDeliveryError,
)
from bot.models import ChatRef
from bot.runtime.backoff import Backoff
from tests.bot.conftest import CHAT
from tests.bot.delivery.test_outcomes import OTHER_CHAT, alert_states, fail_with, queue_alerts

HELLO = make_card("Hello")


class Gate:
    """Blocks every send until the gate is opened, and counts the waiting sends."""

    def __init__(self) -> None:
        self.waiting = 0
        self.arrived = asyncio.Condition()
        self._open = asyncio.Event()

    async def __call__(self) -> None:
        async with self.arrived:
            self.waiting += 1
            self.arrived.notify_all()
        await self._open.wait()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60), self.arrived:
            await self.arrived.wait_for(lambda: self.waiting >= count)

    def open(self) -> None:
        self._open.set()


@asynccontextmanager
async def running_sender(world, **options):
    """Run a sender during the block."""
    sender = Sender(world.database, world.chat, world.clock, **options)
    stop = asyncio.Event()
    task = asyncio.ensure_future(sender.run(stop))
    try:
        yield sender
    finally:
        stop.set()
        if world.chat.gate is not None:
            world.chat.gate.open()
        async with asyncio.timeout(60):
            await task


async def until(condition) -> None:
    """Poll a condition in the database."""
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110 - the database sends no events
            await asyncio.sleep(0.005)


async def sent(world, count: int) -> None:
    async with asyncio.timeout(60):
        await world.chat.wait_for_sent(count)


async def test_queued_alerts_are_sent_and_new_ones_after_a_wake_up(world):
    first = await queue_alerts(world, 3)
    async with running_sender(world) as sender:
        await sent(world, 3)
        second = await queue_alerts(world, 2, first=3)
        sender.wake()
        await sent(world, 5)
    assert world.chat.titles() == [*first, *second]
    assert set(await alert_states(world)) == {("sent", None)}


async def test_a_reply_is_sent_before_waiting_alerts(world):
    world.chat.account_rate_limit = AccountRateLimit(in_flight=1)
    world.chat.gate = Gate()
    await queue_alerts(world, 5, *(ChatRef("fake", "bot", str(n)) for n in range(5)))
    async with running_sender(world) as sender:
        await world.chat.gate.until(1)  # one alert is in flight, which is the maximum
        reply = asyncio.ensure_future(sender.reply_channel.reply(CHAT, HELLO))
        await world.chat.gate.until(2)
        world.chat.gate.open()
        await reply
        await sent(world, 26)
    assert (CHAT, HELLO) in world.chat.sent[:2]


async def test_a_clean_stop_finishes_and_records_messages_in_flight(world):
    titles = await queue_alerts(world, 3)
    world.chat.gate = Gate()
    async with running_sender(world):
        await world.chat.gate.until(1)
    assert world.chat.titles() == titles[:1]
    assert [state for state, _ in await alert_states(world)] == ["sent", "queued", "queued"]
    world.chat.gate = None
    async with running_sender(world):  # the lease was released
        await sent(world, 3)
    assert world.chat.titles() == titles


async def test_only_one_of_two_processes_sends(world):
    await queue_alerts(world, 20, CHAT, OTHER_CHAT)
    async with running_sender(world), running_sender(world):
        await sent(world, 40)
    assert len(world.chat.sent) == 40


async def test_a_reply_waits_for_a_rate_limit(world):
    world.chat.fail = fail_with(RateLimited(0.05))
    async with running_sender(world) as sender:
        assert await sender.reply_channel.reply(CHAT, HELLO) == SentMessage(CHAT, "1")


async def test_a_reply_does_not_wait_for_an_hour(world):
    world.chat.fail = fail_with(RateLimited(3600))
    async with running_sender(world) as sender:
        with pytest.raises(RateLimited):
            await sender.reply_channel.reply(CHAT, HELLO)


async def test_a_rejected_reply_is_sent_as_plain_text(world):
    world.chat.fail = fail_with(MessageRejected("can't parse entities"))
    async with running_sender(world) as sender:
        await sender.reply_channel.reply(CHAT, HELLO)
    assert world.chat.plain == [True]


async def test_a_reply_follows_a_migrated_chat(world):
    await world.send_command("/subscribe sanctions")
    world.chat.fail = lambda ref, _: ChatMigrated("-100") if ref == CHAT else None
    async with running_sender(world) as sender:
        assert (await sender.reply_channel.reply(CHAT, HELLO)).ref.chat == "-100"
    assert "sanctions" in await world.send_command("/topics", ChatRef("fake", "bot", "-100"))


async def test_a_reply_without_an_answer_of_the_platform_is_sent_again(world, monkeypatch):
    monkeypatch.setattr("bot.delivery.replies._RETRY_BACKOFF", Backoff(first_seconds=0.01))
    world.chat.fail = fail_with(DeliveryUnknown("no answer"), DeliveryUnknown("no answer"))
    async with running_sender(world) as sender:
        await sender.reply_channel.reply(CHAT, HELLO)
    assert world.chat.sent == [(CHAT, HELLO)]


async def test_a_reply_that_never_gets_an_answer_fails(world, monkeypatch):
    monkeypatch.setattr("bot.delivery.replies._RETRY_BACKOFF", Backoff(first_seconds=0.01))
    world.chat.fail = lambda *_: DeliveryUnknown("no answer")
    async with running_sender(world) as sender:
        with pytest.raises(DeliveryUnknown):
            await sender.reply_channel.reply(CHAT, HELLO)


async def test_a_reply_survives_a_single_refusal_of_the_token(world, monkeypatch):
    monkeypatch.setattr("bot.delivery.replies._RETRY_BACKOFF", Backoff(first_seconds=0.01))
    world.chat.fail = fail_with(ChatUnreachable("Unauthorized", ErrorScope.ACCOUNT))
    async with running_sender(world) as sender:
        await sender.reply_channel.reply(CHAT, HELLO)
    assert world.chat.probes == 1


async def test_replies_continue_while_the_account_is_held(world):
    world.chat.probe_error = DeliveryUnknown("no answer")
    await queue_alerts(world, 1)
    world.chat.fail = lambda _, card: DeliveryUnknown("no answer") if card != HELLO else None
    async with running_sender(world) as sender:
        async with asyncio.timeout(20):
            while world.chat.probes == 0:  # noqa: ASYNC110 - the probe sends no events
                await asyncio.sleep(0.005)
        await sender.reply_channel.reply(CHAT, HELLO)
    assert world.chat.sent == [(CHAT, HELLO)]


async def test_a_reply_that_arrives_restores_a_suspended_chat(world):
    titles = await queue_alerts(world, 1)
    world.chat.fail = fail_with(ChatUnreachable("bot was blocked by the user"))
    async with running_sender(world) as sender:

        async def suspended() -> bool:
            return "suspended" in await world.send_command("/status", OTHER_CHAT)

        await until(suspended)
        await sender.reply_channel.reply(CHAT, HELLO)
        sender.wake()
        await sent(world, 2)
    assert world.chat.titles()[1:] == titles


async def test_an_edit_that_waits_is_replaced_by_a_newer_one(world):
    world.chat.gate = Gate()
    async with running_sender(world) as sender:
        message = SentMessage(CHAT, "1")
        busy = asyncio.ensure_future(sender.reply_channel.reply(CHAT, HELLO))
        await world.chat.gate.until(1)  # the chat is busy
        edits = [
            asyncio.ensure_future(
                sender.reply_channel.edit(message, make_card(f"Version {number}"))
            )
            for number in range(5)
        ]
        await asyncio.sleep(0)
        world.chat.gate.open()
        async with asyncio.timeout(60):
            await asyncio.gather(busy, *edits)
    assert world.chat.edited == [(message, make_card("Version 4"))]


async def test_a_rejected_edit_fails_for_all_its_callers(world):
    world.chat.gate = Gate()
    async with running_sender(world) as sender:
        busy = asyncio.ensure_future(sender.reply_channel.reply(OTHER_CHAT, HELLO))
        await world.chat.gate.until(1)
        world.chat.fail = lambda *_: MessageRejected("message can't be edited")
        edits = [
            asyncio.ensure_future(sender.reply_channel.edit(SentMessage(CHAT, "1"), HELLO))
            for _ in range(2)
        ]
        world.chat.gate.open()
        async with asyncio.timeout(60):
            results = await asyncio.gather(*edits, return_exceptions=True)
            with suppress(MessageRejected):
                await busy
    assert [type(result) for result in results] == [MessageRejected, MessageRejected]


async def test_a_rate_limit_in_a_slot_of_the_adapter_delays_the_chat(world):
    async with running_sender(world) as sender:
        with pytest.raises(RateLimited):
            async with sender.reply_channel.rate_limit_slot(CHAT):
                raise RateLimited(0.05)
        async with asyncio.timeout(60), sender.reply_channel.rate_limit_slot(CHAT):
            pass


async def test_a_cancelled_wait_for_a_slot_does_not_block_the_chat(world):
    world.chat.gate = Gate()
    async with running_sender(world) as sender:
        busy = asyncio.ensure_future(sender.reply_channel.reply(CHAT, HELLO))
        await world.chat.gate.until(1)
        cancelled = asyncio.ensure_future(sender.reply_channel.reply(CHAT, make_card("Too late")))
        await asyncio.sleep(0)
        cancelled.cancel()
        last = asyncio.ensure_future(sender.reply_channel.reply(CHAT, make_card("Here")))
        world.chat.gate.open()
        async with asyncio.timeout(60):
            await asyncio.gather(busy, last)
    assert world.chat.titles() == ["Hello", "Here"]


async def test_an_update_can_be_claimed_once(world):
    assert await world.sender.reply_channel.claim_update("17")
    assert not await world.sender.reply_channel.claim_update("17")
    assert await world.sender.reply_channel.claim_update("18")


async def test_old_updates_are_pruned(world):
    await world.sender.reply_channel.claim_update("17")
    world.clock.advance(days=3)
    async with running_sender(world):
        await until(lambda: world.sender.reply_channel.claim_update("17"))


async def test_a_reply_that_was_not_sent_is_retried(world, monkeypatch):
    monkeypatch.setattr("bot.delivery.replies._RETRY_BACKOFF", Backoff(first_seconds=0.01))
    world.chat.fail = fail_with(
        TransientDeliveryError("no network"), TransientDeliveryError("no network")
    )
    async with running_sender(world) as sender:
        await sender.reply_channel.reply(CHAT, HELLO)


async def test_an_adapter_listens_while_the_lease_is_held_and_again_after_a_crash(
    world, monkeypatch
):
    monkeypatch.setattr("bot.delivery.listener._RESTART_SECONDS", 0.01)
    runs: asyncio.Queue[ReplyChannel] = asyncio.Queue()

    async def run(outlet, stop):
        runs.put_nowait(outlet)
        if runs.qsize() == 1 and not broken:
            broken.append(1)
            raise ConnectionError("the platform hung up")
        await stop.wait()

    broken: list[int] = []
    world.chat.listen = run
    stop = asyncio.Event()
    async with running_sender(world) as sender:
        listening = asyncio.ensure_future(sender.listen(stop))
        async with asyncio.timeout(60):
            assert await runs.get() is sender.reply_channel
            assert await runs.get() is sender.reply_channel
            stop.set()
            await listening


async def test_a_message_in_flight_while_the_lease_is_lost_and_regained_is_sent_once(world):
    titles = await queue_alerts(world, 2)
    world.chat.gate = Gate()
    async with running_sender(world) as sender:
        await world.chat.gate.until(1)
        sender._on_lease_changed(False)
        sender._on_lease_changed(True)
        sender.wake()
        world.chat.gate.open()
        await sent(world, 2)
    assert world.chat.titles() == titles


async def test_an_account_waits_after_two_refused_chats_and_continues_at_a_lower_rate(world):
    world.chat.account_rate_limit = AccountRateLimit(per_second=200)
    refs = [ChatRef("fake", "bot", str(number)) for number in range(12)]
    await queue_alerts(world, 1, *refs)
    world.chat.fail = fail_with(RateLimited(0.1), RateLimited(0.1))
    async with running_sender(world) as sender:
        await sent(world, 10)
        world.clock.advance(seconds=1)  # the two chats are due again
        sender.wake()
        await sent(world, 12)
        assert sender._scheduler.account_limiter.rate_factor(sender._monotonic()) < 1
