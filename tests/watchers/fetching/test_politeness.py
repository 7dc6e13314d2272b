import asyncio

import pytest

from watchers.fetching import politeness
from watchers.fetching.politeness import OnHold, Pace, Politeness


class Time:
    """A clock whose sleepers wake in order when it is turned."""

    def __init__(self):
        self.now = 100.0
        self.sleepers = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        woken = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.now + seconds, woken))
        await woken

    async def turn(self, seconds):
        end = self.now + seconds
        while due := sorted(
            (at, id(f), f) for at, f in self.sleepers if at <= end and not f.done()
        ):
            self.now = max(self.now, due[0][0])
            due[0][2].set_result(None)
            await settle()
        self.now = end
        await settle()


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def clock():
    return Time()


def polite(clock, **pace):
    return Politeness(Pace(**pace), clock, clock.sleep)


class Visits:
    """Visitors that stay until they are told to go, and when each started."""

    def __init__(self, turns, clock):
        self.turns, self.clock = turns, clock
        self.started = []
        self.tasks = []
        self.leave = asyncio.Event()

    def come(self, host, name):
        self.tasks.append(asyncio.create_task(self._visit(host, name)))
        return self.tasks[-1]

    async def _visit(self, host, name):
        async with self.turns.turn(host):
            self.started.append((name, self.clock.now))
            await self.leave.wait()

    async def end(self):
        self.leave.set()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_one_host_is_asked_once_at_a_time_in_order(clock):
    turns = polite(clock, spacing=0.0)
    visits = Visits(turns, clock)
    for n in range(3):
        visits.come("a", n)
    await settle()
    assert visits.started == [(0, 100.0)]
    visits.leave.set()
    await settle()
    assert [name for name, _ in visits.started] == [0, 1, 2]
    assert len(turns) == 0
    await visits.end()


async def test_starts_at_one_host_keep_their_distance(clock):
    turns = polite(clock, per_host=5, spacing=2.0)
    visits = Visits(turns, clock)
    for n in range(4):
        visits.come("a", n)
    visits.come("b", "other")
    await settle()
    assert visits.started == [(0, 100.0), ("other", 100.0)]
    await clock.turn(10)
    assert [at for name, at in visits.started if name != "other"] == [100.0, 102.0, 104.0, 106.0]
    await visits.end()


async def test_the_distance_holds_when_all_connections_were_busy(clock):
    turns = polite(clock, per_host=2, spacing=2.0, connections=1)
    visits = Visits(turns, clock)
    visits.come("busy", "first")
    await settle()
    one, two = visits.come("a", 1), visits.come("a", 2)
    await clock.turn(50)
    assert [name for name, _ in visits.started] == ["first"]
    visits.leave.set()
    await settle()
    assert [name for name, _ in visits.started] == ["first", 1]
    await clock.turn(1.9)
    assert not two.done()
    await clock.turn(0.2)
    assert visits.started[-1] == (2, 152.0)
    assert one.done()
    await visits.end()


async def test_who_waits_for_a_host_takes_no_connection_from_others(clock):
    turns = polite(clock, connections=2, spacing=60.0)
    visits = Visits(turns, clock)
    for n in range(10):
        visits.come("slow", n)
    visits.come("quick", "q")
    await settle()
    assert [name for name, _ in visits.started] == [0, "q"]
    await visits.end()


async def test_a_host_on_hold_refuses_at_once_or_waits_when_it_is_short(clock):
    turns = polite(clock, patience=5.0)
    turns.hold("a", 600, 503)
    with pytest.raises(OnHold) as caught:
        async with turns.turn("a"):
            pass
    assert (caught.value.seconds, caught.value.status) == (600, 503)
    turns.hold("b", 3, 429)
    visits = Visits(turns, clock)
    visits.come("b", "b")
    visits.come("c", "c")
    await settle()
    assert visits.started == [("c", 100.0)]
    await clock.turn(10)
    assert visits.started == [("c", 100.0), ("b", 103.0)]
    await visits.end()


async def test_a_hold_reaches_those_who_wait_already(clock):
    turns = polite(clock)
    visits = Visits(turns, clock)
    visits.come("a", 1)
    waiting = visits.come("a", 2)
    await settle()
    turns.hold("a", 600, 429)
    visits.leave.set()
    await clock.turn(1)
    with pytest.raises(OnHold):
        await waiting
    assert turns._connections._value == Pace().connections


async def test_a_hold_has_an_end_and_never_shrinks(clock):
    turns = polite(clock)
    turns.hold("a", 10**9, 429)
    turns.hold("a", 10, 429)
    with pytest.raises(OnHold) as caught:
        async with turns.turn("a"):
            pass
    assert caught.value.seconds == politeness.LONGEST_HOLD


async def test_a_hundred_thousand_hosts_leave_nothing_behind(clock):
    turns = polite(clock)
    most = 0
    for n in range(100_000):
        async with turns.turn(f"host{n}"):
            pass
        clock.now += 0.01
        most = max(most, len(turns._next_start))
    assert most <= 102
    clock.now += 2
    async with turns.turn("last"):
        pass
    clock.now += 2
    turns._forget()
    assert len(turns) == 0


async def test_one_host_that_is_asked_all_the_time_keeps_no_others_in_mind(clock):
    turns = polite(clock)
    for n in range(1000):
        async with turns.turn("busy"):
            pass
        async with turns.turn(f"host{n}"):
            pass
        clock.now += 1
    assert len(turns) < 5


async def test_of_too_many_holds_those_that_end_soonest_are_let_go(clock):
    turns = polite(clock)
    for n in range(politeness.MOST_HOLDS + 5000):
        turns.hold(f"host{n}", 100 + n * 0.1, 429)
    assert len(turns) <= politeness.MOST_HOLDS
    with pytest.raises(OnHold):
        async with turns.turn(f"host{politeness.MOST_HOLDS + 4999}"):
            pass


async def test_who_gives_up_waiting_leaves_no_trace(clock):
    turns = polite(clock, connections=1)
    visits = Visits(turns, clock)
    visits.come("a", 1)
    await settle()
    for host in ("a", "b"):
        task = visits.come(host, host)
        await settle()
        task.cancel()
        await settle()
    assert set(turns._busy) == {"a"}
    visits.leave.set()
    await clock.turn(5)
    assert turns._connections._value == 1
    assert not turns._busy
    await visits.end()


async def test_an_error_in_a_turn_ends_the_turn(clock):
    turns = polite(clock)
    with pytest.raises(ZeroDivisionError):
        async with turns.turn("a"):
            raise ZeroDivisionError
    assert not turns._busy
    assert turns._connections._value == Pace().connections
