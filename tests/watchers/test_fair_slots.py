"""Slots are shared fairly between owners, whatever the number of requests of each."""

import asyncio

import pytest

from watchers.fair_slots import FairSlots


async def run(slots: FairSlots, owner: str, order: list[str], clock: list[float], cost: float):
    async with slots.hold(owner):
        order.append(owner)
        await asyncio.sleep(0)
        clock[0] += cost


async def test_an_owner_with_one_request_does_not_wait_for_all_requests_of_another():
    clock, order = [0.0], []
    slots = FairSlots(1, clock=lambda: clock[0])
    flood = [asyncio.ensure_future(run(slots, "a", order, clock, 5)) for _ in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(run(slots, "b", order, clock, 1), *flood)
    # Two requests of "a" may start before "b" arrives.
    assert order.index("b") <= 2


async def test_the_owner_that_used_less_time_is_next():
    clock, order = [0.0], []
    slots = FairSlots(1, clock=lambda: clock[0])
    work = [run(slots, "slow", order, clock, 10) for _ in range(3)]
    work += [run(slots, "fast", order, clock, 1) for _ in range(12)]
    await asyncio.gather(*work)
    # Ten short requests take as long as one long request.
    assert order.index("slow", 1) >= 10


async def test_one_owner_holds_at_most_its_share():
    slots = FairSlots(3, slots_per_owner=1)
    running = most = 0

    async def work() -> None:
        nonlocal running, most
        async with slots.hold("a"):
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1

    await asyncio.gather(*(work() for _ in range(5)))
    assert most == 1


async def test_a_cancelled_waiter_leaves_its_slot_to_others():
    slots = FairSlots(1)
    async with slots.hold("a"):
        waiting = asyncio.ensure_future(slots.hold("b").__aenter__())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert slots.waiting == 0
    async with slots.hold("c"):
        pass


async def test_a_slot_assigned_during_cancellation_is_returned():
    slots = FairSlots(1)
    held = slots.hold("a")
    await held.__aenter__()
    waiting = asyncio.ensure_future(slots.hold("b").__aenter__())
    await asyncio.sleep(0)
    await held.__aexit__(None, None, None)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    async with asyncio.timeout(5), slots.hold("c"):
        pass


async def test_an_error_of_the_holder_returns_the_slot():
    slots = FairSlots(1)
    with pytest.raises(ValueError, match="x"):
        async with slots.hold("a"):
            raise ValueError("x")
    async with slots.hold("b"):
        pass
