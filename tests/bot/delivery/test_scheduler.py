import random
from collections import defaultdict, deque
from itertools import pairwise
from typing import Any

import pytest

from bot.chats.adapter import UNLIMITED, AccountRateLimit, Priority, RateLimit
from bot.delivery.scheduler import ChatScheduler

REPLY, FRESH, BULK = Priority.REPLY, Priority.FRESH, Priority.BULK


def make_scheduler(pace: AccountRateLimit = UNLIMITED, *windows: RateLimit) -> ChatScheduler:
    return ChatScheduler(pace, lambda _: windows)


def drain(scheduler: ChatScheduler, now: float = 0.0) -> list[int]:
    """Take every message that may be sent now, and answer each at once."""
    order = []
    while (slot := scheduler.take(now)) is not None:
        order.append(slot.id)
        scheduler.record_response(slot, now)
        scheduler.done(slot, now)
    return order


def test_a_chat_has_one_message_in_flight_and_keeps_its_order():
    scheduler = make_scheduler()
    for number in range(3):
        scheduler.push("a", number, FRESH, 0, now=0)
    slot = scheduler.take(0)
    assert slot.id == 0
    assert scheduler.take(0) is None
    scheduler.done(slot, 0)
    assert drain(scheduler) == [1, 2]


def test_replies_are_sent_before_alerts_and_alerts_before_bulk():
    scheduler = make_scheduler()
    scheduler.push("a", 1, BULK, 0, now=0)
    scheduler.push("b", 2, FRESH, 30, now=30)
    scheduler.push("c", 3, REPLY, 31, now=31)
    assert drain(scheduler, 31) == [3, 2, 1]


def test_bulk_messages_are_not_starved_by_alerts():
    scheduler = make_scheduler()
    scheduler.push("bulk", 0, BULK, 0, now=0)
    for number in range(1, 200):
        scheduler.push(str(number), number, FRESH, number, now=number)
    assert drain(scheduler, 200).index(0) == 59  # it yields for a minute


def test_a_flood_of_replies_leaves_every_tenth_slot_to_alerts():
    scheduler = make_scheduler()
    scheduler.push("alert", 0, FRESH, 0, now=0)
    for number in range(1, 50):
        scheduler.push(f"person {number}", number, REPLY, 0, now=0)
    assert drain(scheduler).index(0) == 9


def test_a_requeued_message_is_the_first_of_its_chat():
    scheduler = make_scheduler()
    for number in range(3):
        scheduler.push("a", number, FRESH, 0, now=0)
    scheduler.requeue(scheduler.take(0), 0)
    assert drain(scheduler) == [0, 1, 2]


def test_a_window_counts_from_the_answer():
    scheduler = make_scheduler(UNLIMITED, RateLimit(1, 1.0))
    scheduler.push("a", 1, FRESH, 0, now=0)
    scheduler.push("a", 2, FRESH, 0, now=0)
    slot = scheduler.take(0)
    scheduler.record_response(slot, 0.4)
    scheduler.done(slot, 0.4)
    assert scheduler.take(1.39) is None
    assert scheduler.next_wakeup(1.39) == pytest.approx(1.4)
    assert scheduler.take(1.4).id == 2


def test_a_refused_chat_waits_alone():
    scheduler = make_scheduler()
    scheduler.push("a", 1, FRESH, 0, now=0)
    scheduler.push("b", 2, FRESH, 0, now=0)
    slot = scheduler.take(0)
    assert not scheduler.record_rate_limit("a", 5, 0)
    scheduler.requeue(slot, 0)
    assert drain(scheduler) == [2]
    assert scheduler.take(4.9) is None
    assert drain(scheduler, 5) == [1]


def test_two_refused_chats_within_a_second_block_the_account_and_reduce_its_rate():
    scheduler = make_scheduler(AccountRateLimit(per_second=30))
    for number in range(40):
        scheduler.push(str(number), number, FRESH, 0, now=0)
    for number in range(30):
        scheduler.done(scheduler.take(-1 + number / 30), number / 60)  # all of them accepted
    assert not scheduler.record_rate_limit("0", 3, 0.0)
    assert scheduler.record_rate_limit("1", 3, 0.5)
    assert scheduler.take(3.4) is None
    assert scheduler.account_limiter.rate_factor(3.5) == pytest.approx(0.9)
    assert scheduler.account_limiter.rate_factor(13.5) == pytest.approx(
        0.92
    )  # and it recovers slowly
    assert scheduler.account_limiter.rate_factor(60) == 1.0
    scheduler.record_rate_limit(
        "2", 3, 0.6
    )  # in flight when the account was blocked: refused for the same reason
    assert scheduler.account_limiter.rate_factor(3.6) == pytest.approx(0.9, abs=0.001)


def test_the_new_rate_follows_from_the_messages_accepted_in_the_last_second():
    scheduler = make_scheduler(AccountRateLimit(per_second=30))
    for number in range(24):
        scheduler.push(str(number), number, FRESH, 0, now=0)
    for number in range(24):
        scheduler.done(scheduler.take(-1 + number / 30), number / 30)
    scheduler.record_rate_limit("a", 3, 0.8)
    assert scheduler.record_rate_limit("b", 3, 0.8)
    assert scheduler.account_limiter.rate_factor(3.8) == pytest.approx(0.9 * 24 / 30)


def test_an_account_without_limits_for_chats_keeps_its_own_rate():
    scheduler = make_scheduler(AccountRateLimit(per_second=28))
    for number in range(100):
        scheduler.push(str(number), number, FRESH, 0, now=0)
    now, sent = 0.0, list[float]()
    while len(sent) < 100:
        now = max(now, scheduler.next_wakeup(now))
        slot = scheduler.take(now)
        sent.append(now)
        scheduler.done(slot, now + 0.1)
    assert sent[-1] == pytest.approx(99 / 28, rel=0.03)
    gaps = [later - sooner for sooner, later in pairwise(sent)]
    assert min(gaps) >= 0.47 / 28  # no burst, ever


def test_alerts_in_flight_are_limited_and_replies_are_not_counted():
    scheduler = make_scheduler(AccountRateLimit(in_flight=2))
    for number in range(3):
        scheduler.push(f"chat {number}", number, FRESH, 0, now=0)
    first, second = scheduler.take(0), scheduler.take(0)
    assert scheduler.take(0) is None
    scheduler.push("person", 9, REPLY, 0, now=0)
    assert scheduler.take(0).id == 9
    scheduler.done(first, 0)
    assert scheduler.take(0).id == 2
    assert second.id == 1


def test_a_cancelled_message_is_not_sent():
    scheduler = make_scheduler()
    for number in range(3):
        scheduler.push("a", number, FRESH, 0, now=0)
    scheduler.cancel(0)
    scheduler.cancel(2)
    assert drain(scheduler) == [1]


def test_chats_are_forgotten_when_their_windows_are_empty():
    scheduler = make_scheduler(UNLIMITED, RateLimit(20, 60.0))
    for number in range(500):
        scheduler.push(str(number), number, FRESH, 0, now=0)
    drain(scheduler)
    assert len(scheduler) == 500
    scheduler.take(61)
    assert len(scheduler) == 0


@pytest.mark.parametrize("seed", range(20))
def test_no_limit_is_ever_broken_nothing_is_lost_and_every_chat_keeps_its_order(seed):
    rng = random.Random(seed)
    rules = {"group": (RateLimit(1, 1.0), RateLimit(5, 20.0)), "person": (RateLimit(1, 1.0),)}
    scheduler = ChatScheduler(
        AccountRateLimit(per_second=20, windows=(RateLimit(60, 10.0),)),
        lambda key: rules[key.split()[0]],
    )
    queued = defaultdict(list)
    for number in range(300):
        key = f"{rng.choice(('group', 'person'))} {rng.randrange(20)}"
        queued[key].append(number)
        scheduler.push(key, number, FRESH, 0.0, now=0.0)
    now, in_flight_entries = 0.0, list[Any]()
    arrived: defaultdict[Any, list] = defaultdict(list)
    server: dict[str, deque[float]] = defaultdict(deque)
    while sum(len(moments) for moments in arrived.values()) < 300:
        next_answer_at = min((at for at, _, _ in in_flight_entries), default=float("inf"))
        now = max(now, min(scheduler.next_wakeup(now), next_answer_at))
        for entry in [entry for entry in in_flight_entries if entry[0] <= now]:
            in_flight_entries.remove(entry)
            scheduler.record_response(entry[2], now)
            scheduler.done(entry[2], now)
        while (slot := scheduler.take(now)) is not None:
            arrives_at = now + rng.uniform(0.0, 0.2)
            for window in (*rules[slot.chat.split()[0]],):
                recent = [at for at in server[slot.chat] if at > arrives_at - window.seconds]
                assert len(recent) < window.count
            server[slot.chat].append(arrives_at)
            arrived[slot.chat].append(slot.id)
            in_flight_entries.append((arrives_at + rng.uniform(0.0, 0.2), arrives_at, slot))
    assert arrived == queued
    every = sorted(at for stamps in server.values() for at in stamps)
    assert all(later - sooner > 10.0 for sooner, later in zip(every, every[60:], strict=False))
