import pytest

from bot.runtime.backoff import Backoff, RetryTimer
from bot.runtime.circuit_breaker import CircuitBreaker


def test_delays_grow_by_the_factor_up_to_the_maximum():
    backoff = Backoff(first_seconds=1.0, factor=5.0, max_seconds=600.0)
    assert [backoff.delay(failures) for failures in (1, 2, 3, 4, 5, 6)] == [1, 5, 25, 125, 600, 600]


def test_a_very_long_outage_does_not_overflow():
    assert Backoff(first_seconds=1.0, max_seconds=30.0).delay(100_000) == 30.0


def test_jitter_shortens_a_delay_by_at_most_its_share():
    backoff = Backoff(first_seconds=10.0, jitter=0.2)
    delays = [backoff.delay(1) for _ in range(200)]
    assert all(8.0 <= delay <= 10.0 for delay in delays)
    assert len(set(delays)) > 1


def test_a_retry_timer_reports_the_first_failure_and_starts_again_after_a_success():
    now = [100.0]
    timer = RetryTimer(Backoff(first_seconds=2.0, max_seconds=60.0), lambda: now[0])
    assert timer.remaining_seconds <= 0
    assert timer.record_failure()
    assert timer.remaining_seconds == 2.0
    assert not timer.record_failure()
    assert timer.remaining_seconds == 4.0
    timer.record_success()
    assert timer.remaining_seconds == 4.0  # a delay that has started is kept
    now[0] += 4.0
    assert timer.record_failure()
    assert timer.remaining_seconds == 2.0
    timer.reset()
    assert timer.remaining_seconds <= 0


def test_a_breaker_opens_after_three_failures_and_doubles_its_delay(clock):
    breaker = CircuitBreaker(clock)
    for _ in range(2):
        breaker.failed()
        assert breaker.allows()
    breaker.failed()
    for seconds in (30, 60, 120, 240, 480, 900, 900):
        assert not breaker.allows()
        clock.advance(seconds=seconds - 1)
        assert not breaker.allows()
        clock.advance(seconds=1)
        assert breaker.allows()
        assert not breaker.allows()  # one call at a time
        breaker.failed()
    clock.advance(minutes=15)
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.allows()


@pytest.mark.parametrize("failures", [0, 1, 2])
def test_a_success_forgets_earlier_failures(clock, failures):
    breaker = CircuitBreaker(clock)
    for _ in range(failures):
        breaker.failed()
    breaker.succeeded()
    breaker.failed()
    breaker.failed()
    assert breaker.allows()
