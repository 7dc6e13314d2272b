import asyncio

import pytest

from watchers.fetching import host_throttle
from watchers.fetching.host_throttle import HostBlocked, HostThrottle, ThrottleOptions


class FakeClock:
    """A clock that stands still until a test advances it; sleepers wake in order."""

    def __init__(self):
        self.now = 100.0
        self.sleepers = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        wake_up = asyncio.get_running_loop().create_future()
        self.sleepers.append((self.now + seconds, wake_up))
        await wake_up

    async def advance(self, seconds):
        end = self.now + seconds
        while due := sorted(
            (due_at, id(future), future)
            for due_at, future in self.sleepers
            if due_at <= end and not future.done()
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
    return FakeClock()


def make_throttle(clock, **options):
    return HostThrottle(ThrottleOptions(**options), clock, clock.sleep)


class Requests:
    """Requests that run until they are released, and the start time of each."""

    def __init__(self, throttle, clock):
        self.throttle, self.clock = throttle, clock
        self.started = []
        self.tasks = []
        self.release = asyncio.Event()

    def start(self, host, name):
        self.tasks.append(asyncio.create_task(self._run(host, name)))
        return self.tasks[-1]

    async def _run(self, host, name):
        async with self.throttle.slot(host):
            self.started.append((name, self.clock.now))
            await self.release.wait()

    async def end(self):
        self.release.set()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)


async def test_one_host_gets_one_request_at_a_time_in_order(clock):
    throttle = make_throttle(clock, spacing_seconds=0.0)
    requests = Requests(throttle, clock)
    for n in range(3):
        requests.start("a", n)
    await settle()
    assert requests.started == [(0, 100.0)]
    requests.release.set()
    await settle()
    assert [name for name, _ in requests.started] == [0, 1, 2]
    assert len(throttle) == 0
    await requests.end()


async def test_requests_to_one_host_are_spaced(clock):
    throttle = make_throttle(clock, max_per_host=5, spacing_seconds=2.0)
    requests = Requests(throttle, clock)
    for n in range(4):
        requests.start("a", n)
    requests.start("b", "other")
    await settle()
    assert requests.started == [(0, 100.0), ("other", 100.0)]
    await clock.advance(10)
    assert [start for name, start in requests.started if name != "other"] == [
        100.0,
        102.0,
        104.0,
        106.0,
    ]
    await requests.end()


async def test_the_spacing_holds_after_waiting_for_a_connection(clock):
    throttle = make_throttle(clock, max_per_host=2, spacing_seconds=2.0, max_connections=1)
    requests = Requests(throttle, clock)
    requests.start("busy", "first")
    await settle()
    first, second = requests.start("a", 1), requests.start("a", 2)
    await clock.advance(50)
    assert [name for name, _ in requests.started] == ["first"]
    requests.release.set()
    await settle()
    assert [name for name, _ in requests.started] == ["first", 1]
    await clock.advance(1.9)
    assert not second.done()
    await clock.advance(0.2)
    assert requests.started[-1] == (2, 152.0)
    assert first.done()
    await requests.end()


async def test_a_request_that_waits_for_its_host_holds_no_connection(clock):
    throttle = make_throttle(clock, max_connections=2, spacing_seconds=60.0)
    requests = Requests(throttle, clock)
    for n in range(10):
        requests.start("slow", n)
    requests.start("quick", "q")
    await settle()
    assert [name for name, _ in requests.started] == [0, "q"]
    await requests.end()


async def test_a_long_block_fails_and_a_short_one_delays(clock):
    throttle = make_throttle(clock, max_wait_seconds=5.0)
    throttle.block("a", 600, 503)
    with pytest.raises(HostBlocked) as caught:
        async with throttle.slot("a"):
            pass
    assert (caught.value.seconds, caught.value.status) == (600, 503)
    throttle.block("b", 3, 429)
    requests = Requests(throttle, clock)
    requests.start("b", "b")
    requests.start("c", "c")
    await settle()
    assert requests.started == [("c", 100.0)]
    await clock.advance(10)
    assert requests.started == [("c", 100.0), ("b", 103.0)]
    await requests.end()


async def test_a_block_applies_to_waiting_requests(clock):
    throttle = make_throttle(clock)
    requests = Requests(throttle, clock)
    requests.start("a", 1)
    waiting = requests.start("a", 2)
    await settle()
    throttle.block("a", 600, 429)
    requests.release.set()
    await clock.advance(1)
    with pytest.raises(HostBlocked):
        await waiting
    assert throttle._connections._value == ThrottleOptions().max_connections


async def test_a_block_is_limited_and_never_shortened(clock):
    throttle = make_throttle(clock)
    throttle.block("a", 10**9, 429)
    throttle.block("a", 10, 429)
    with pytest.raises(HostBlocked) as caught:
        async with throttle.slot("a"):
            pass
    assert caught.value.seconds == host_throttle.MAX_BLOCK_SECONDS


@pytest.mark.slow
async def test_a_hundred_thousand_hosts_leave_no_state(clock):
    throttle = make_throttle(clock)
    max_starts = 0
    for n in range(100_000):
        async with throttle.slot(f"host{n}"):
            pass
        clock.now += 0.01
        max_starts = max(max_starts, len(throttle._next_start))
    assert max_starts <= 102
    clock.now += 2
    async with throttle.slot("last"):
        pass
    clock.now += 2
    throttle._remove_expired_starts()
    assert len(throttle) == 0


async def test_a_busy_host_does_not_keep_the_state_of_others(clock):
    throttle = make_throttle(clock)
    for n in range(1000):
        async with throttle.slot("busy"):
            pass
        async with throttle.slot(f"host{n}"):
            pass
        clock.now += 1
    assert len(throttle) < 5


async def test_above_the_limit_the_blocks_that_end_first_are_removed(clock):
    throttle = make_throttle(clock)
    for n in range(host_throttle.MAX_BLOCKED_HOSTS + 5000):
        throttle.block(f"host{n}", 100 + n * 0.1, 429)
    assert len(throttle) <= host_throttle.MAX_BLOCKED_HOSTS
    with pytest.raises(HostBlocked):
        async with throttle.slot(f"host{host_throttle.MAX_BLOCKED_HOSTS + 4999}"):
            pass


async def test_a_cancelled_request_leaves_no_state(clock):
    throttle = make_throttle(clock, max_connections=1)
    requests = Requests(throttle, clock)
    requests.start("a", 1)
    await settle()
    for host in ("a", "b"):
        task = requests.start(host, host)
        await settle()
        task.cancel()
        await settle()
    assert set(throttle._active) == {"a"}
    requests.release.set()
    await clock.advance(5)
    assert throttle._connections._value == 1
    assert not throttle._active
    await requests.end()


async def test_an_error_in_a_slot_releases_it(clock):
    throttle = make_throttle(clock)
    with pytest.raises(ZeroDivisionError):
        async with throttle.slot("a"):
            raise ZeroDivisionError
    assert not throttle._active
    assert throttle._connections._value == ThrottleOptions().max_connections
