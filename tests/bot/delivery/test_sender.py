"""The sender as it runs: its own loop, real time only where a hang is guarded against."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from bot.chats.adapter import Pace, Sent
from bot.conversation.card import say
from bot.delivery.sender import Sender
from bot.errors import Gone, InDoubt, Moved, Rejected, RetryLater, Transient
from bot.model import Ref
from tests.bot.conftest import YOU
from tests.bot.delivery.test_outcomes import OTHER, once, queue, states

HELLO = say("Hello")


class Gate:
    """Holds every send until it is opened, and tells how many stand before it."""

    def __init__(self) -> None:
        self.waiting = 0
        self.arrived = asyncio.Condition()
        self._open = asyncio.Event()

    async def __call__(self) -> None:
        async with self.arrived:
            self.waiting += 1
            self.arrived.notify_all()
        await self._open.wait()

    async def until(self, many: int) -> None:
        async with asyncio.timeout(10), self.arrived:
            await self.arrived.wait_for(lambda: self.waiting >= many)

    def open(self) -> None:
        self._open.set()


@asynccontextmanager
async def running(world, **options):
    """The sender at work in real time."""
    sender = Sender(world.database, world.chat, world.clock, **options)
    stop = asyncio.Event()
    task = asyncio.ensure_future(sender.run(stop))
    try:
        yield sender
    finally:
        stop.set()
        if world.chat.gate is not None:
            world.chat.gate.open()
        async with asyncio.timeout(20):
            await task


async def until(true) -> None:
    """Look again and again at what tells nobody when it changes; a guard against hanging."""
    async with asyncio.timeout(20):
        while not await true():  # noqa: ASYNC110 - the database tells nobody
            await asyncio.sleep(0.005)


async def sent(world, many: int) -> None:
    async with asyncio.timeout(20):
        await world.chat.until(many)


async def test_it_sends_what_is_queued_and_what_comes_when_it_is_woken(world):
    first = await queue(world, 3)
    async with running(world) as sender:
        await sent(world, 3)
        second = await queue(world, 2, first=3)
        sender.wake()
        await sent(world, 5)
    assert world.chat.titles() == [*first, *second]
    assert set(await states(world)) == {("sent", None)}


async def test_a_reply_goes_before_the_alerts_that_wait(world):
    world.chat.pace = Pace(in_flight=1)
    world.chat.gate = Gate()
    await queue(world, 5, *(Ref("fake", "bot", str(n)) for n in range(5)))
    async with running(world) as sender:
        await world.chat.gate.until(1)  # one alert is under way, and no more may be
        reply = asyncio.ensure_future(sender.outlet.reply(YOU, HELLO))
        await world.chat.gate.until(2)
        world.chat.gate.open()
        await reply
        await sent(world, 26)
    assert (YOU, HELLO) in world.chat.sent[:2]


async def test_a_clean_stop_waits_for_what_is_under_way_and_records_it(world):
    titles = await queue(world, 3)
    world.chat.gate = Gate()
    async with running(world):
        await world.chat.gate.until(1)
    assert world.chat.titles() == titles[:1]
    assert [state for state, _ in await states(world)] == ["sent", "queued", "queued"]
    world.chat.gate = None
    async with running(world):  # the lease was given back
        await sent(world, 3)
    assert world.chat.titles() == titles


async def test_only_one_of_two_processes_sends(world):
    await queue(world, 20, YOU, OTHER)
    async with running(world), running(world):
        await sent(world, 40)
    assert len(world.chat.sent) == 40


async def test_a_reply_waits_out_a_refusal(world):
    world.chat.fail = once(RetryLater(0.05))
    async with running(world) as sender:
        assert await sender.outlet.reply(YOU, HELLO) == Sent(YOU, "1")


async def test_a_reply_is_not_worth_waiting_for_an_hour(world):
    world.chat.fail = once(RetryLater(3600))
    async with running(world) as sender:
        with pytest.raises(RetryLater):
            await sender.outlet.reply(YOU, HELLO)


async def test_a_reply_that_cannot_be_read_goes_as_plain_text(world):
    world.chat.fail = once(Rejected("can't parse entities"))
    async with running(world) as sender:
        await sender.outlet.reply(YOU, HELLO)
    assert world.chat.plain == [True]


async def test_a_reply_follows_a_chat_that_moved(world):
    await world.say("/subscribe sanctions")
    world.chat.fail = lambda ref, _: Moved("-100") if ref == YOU else None
    async with running(world) as sender:
        assert (await sender.outlet.reply(YOU, HELLO)).ref.chat == "-100"
    assert "sanctions" in await world.say("/topics", Ref("fake", "bot", "-100"))


async def test_a_reply_that_may_have_arrived_is_not_sent_twice(world):
    world.chat.fail = once(InDoubt("no answer"))
    async with running(world) as sender:
        with pytest.raises(InDoubt):
            await sender.outlet.reply(YOU, HELLO)
    assert world.chat.sent == []


async def test_a_reply_that_arrives_brings_a_suspended_chat_back(world):
    titles = await queue(world, 1)
    world.chat.fail = once(Gone("bot was blocked by the user"))
    async with running(world) as sender:

        async def suspended() -> bool:
            return "cannot be reached" in await world.say("/status", OTHER)

        await until(suspended)
        await sender.outlet.reply(YOU, HELLO)
        sender.wake()
        await sent(world, 2)
    assert world.chat.titles()[1:] == titles


async def test_an_edit_that_waits_is_replaced_by_a_newer_one(world):
    world.chat.gate = Gate()
    async with running(world) as sender:
        message = Sent(YOU, "1")
        busy = asyncio.ensure_future(sender.outlet.reply(YOU, HELLO))
        await world.chat.gate.until(1)  # the lane is taken
        edits = [
            asyncio.ensure_future(sender.outlet.edit(message, say(f"Version {number}")))
            for number in range(5)
        ]
        await asyncio.sleep(0)
        world.chat.gate.open()
        async with asyncio.timeout(10):
            await asyncio.gather(busy, *edits)
    assert world.chat.edited == [(message, say("Version 4"))]


async def test_an_edit_that_is_not_taken_tells_everybody_who_waits_for_it(world):
    world.chat.gate = Gate()
    async with running(world) as sender:
        busy = asyncio.ensure_future(sender.outlet.reply(OTHER, HELLO))
        await world.chat.gate.until(1)
        world.chat.fail = lambda *_: Rejected("message can't be edited")
        edits = [asyncio.ensure_future(sender.outlet.edit(Sent(YOU, "1"), HELLO)) for _ in range(2)]
        world.chat.gate.open()
        async with asyncio.timeout(10):
            results = await asyncio.gather(*edits, return_exceptions=True)
            with suppress(Rejected):
                await busy
    assert [type(result) for result in results] == [Rejected, Rejected]


async def test_a_turn_of_the_adapters_own_sets_the_chats_pace(world):
    async with running(world) as sender:
        with pytest.raises(RetryLater):
            async with sender.outlet.turn(YOU):
                raise RetryLater(0.05)
        async with asyncio.timeout(10), sender.outlet.turn(YOU):
            pass


async def test_whoever_gives_up_waiting_for_a_turn_leaves_no_gap(world):
    world.chat.gate = Gate()
    async with running(world) as sender:
        busy = asyncio.ensure_future(sender.outlet.reply(YOU, HELLO))
        await world.chat.gate.until(1)
        impatient = asyncio.ensure_future(sender.outlet.reply(YOU, say("Too late")))
        await asyncio.sleep(0)
        impatient.cancel()
        last = asyncio.ensure_future(sender.outlet.reply(YOU, say("Here")))
        world.chat.gate.open()
        async with asyncio.timeout(10):
            await asyncio.gather(busy, last)
    assert world.chat.titles() == ["Hello", "Here"]


async def test_an_update_that_comes_twice_is_new_once(world):
    assert await world.sender.outlet.first_time("17")
    assert not await world.sender.outlet.first_time("17")
    assert await world.sender.outlet.first_time("18")


async def test_updates_are_forgotten_when_they_cannot_come_again(world):
    await world.sender.outlet.first_time("17")
    world.clock.turn(days=3)
    async with running(world):
        await until(lambda: world.sender.outlet.first_time("17"))


async def test_a_reply_is_tried_again_when_it_did_not_arrive(world, monkeypatch):
    monkeypatch.setattr("bot.delivery.replies._PAUSES", (0.01,))
    world.chat.fail = once(Transient("no network"), Transient("no network"))
    async with running(world) as sender:
        await sender.outlet.reply(YOU, HELLO)


async def test_an_adapter_listens_while_the_lease_is_held_and_again_after_it_broke(
    world, monkeypatch
):
    monkeypatch.setattr("bot.delivery.listening._AGAIN", 0.01)
    runs = asyncio.Queue()

    async def run(outlet, stop):
        runs.put_nowait(outlet)
        if runs.qsize() == 1 and not broken:
            broken.append(1)
            raise ConnectionError("the platform hung up")
        await stop.wait()

    broken: list[int] = []
    world.chat.run = run
    stop = asyncio.Event()
    async with running(world) as sender:
        listening = asyncio.ensure_future(sender.listen(stop))
        async with asyncio.timeout(10):
            assert await runs.get() is sender.outlet
            assert await runs.get() is sender.outlet
            stop.set()
            await listening


async def test_what_is_under_way_when_the_lease_is_lost_and_won_back_is_sent_once(world):
    titles = await queue(world, 2)
    world.chat.gate = Gate()
    async with running(world) as sender:
        await world.chat.gate.until(1)
        sender._tenure_changed(False)
        sender._tenure_changed(True)
        sender.wake()
        world.chat.gate.open()
        await sent(world, 2)
    assert world.chat.titles() == titles


async def test_an_account_stops_when_two_of_its_chats_are_refused_and_goes_on_more_slowly(world):
    world.chat.pace = Pace(per_second=200)
    refs = [Ref("fake", "bot", str(number)) for number in range(12)]
    await queue(world, 1, *refs)
    world.chat.fail = once(RetryLater(0.1), RetryLater(0.1))
    async with running(world) as sender:
        await sent(world, 10)
        world.clock.turn(seconds=1)  # by the tables, the two have waited
        sender.wake()
        await sent(world, 12)
        assert sender._turns.lanes.pacer.share(sender._ticks()) < 1
