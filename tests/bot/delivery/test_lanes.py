import random
from collections import defaultdict, deque
from itertools import pairwise

import pytest

from bot.chats.adapter import UNLIMITED, Pace, Priority, Window
from bot.delivery.lanes import Lanes

REPLY, FRESH, BULK = Priority.REPLY, Priority.FRESH, Priority.BULK


def lanes(pace: Pace = UNLIMITED, *windows: Window) -> Lanes:
    return Lanes(pace, lambda _: windows)


def drain(made: Lanes, now: float = 0.0) -> list[int]:
    """Everything that may go now, each answered at once."""
    order = []
    while (turn := made.take(now)) is not None:
        order.append(turn.id)
        made.answered(turn, now)
        made.done(turn, now)
    return order


def test_a_chat_has_one_message_under_way_and_keeps_its_order():
    made = lanes()
    for number in range(3):
        made.push("a", number, FRESH, 0, now=0)
    turn = made.take(0)
    assert turn.id == 0
    assert made.take(0) is None
    made.done(turn, 0)
    assert drain(made) == [1, 2]


def test_a_reply_goes_before_all_alerts_and_an_alert_before_what_can_wait():
    made = lanes()
    made.push("a", 1, BULK, 0, now=0)
    made.push("b", 2, FRESH, 30, now=30)
    made.push("c", 3, REPLY, 31, now=31)
    assert drain(made, 31) == [3, 2, 1]


def test_what_can_wait_is_not_starved_by_news():
    made = lanes()
    made.push("bulk", 0, BULK, 0, now=0)
    for number in range(1, 200):
        made.push(str(number), number, FRESH, number, now=number)
    assert drain(made, 200).index(0) == 59  # it gives way for a minute


def test_a_flood_of_replies_leaves_every_tenth_turn_to_alerts():
    made = lanes()
    made.push("alert", 0, FRESH, 0, now=0)
    for number in range(1, 50):
        made.push(f"person {number}", number, REPLY, 0, now=0)
    assert drain(made).index(0) == 9


def test_a_message_that_goes_again_is_the_first_of_its_lane():
    made = lanes()
    for number in range(3):
        made.push("a", number, FRESH, 0, now=0)
    made.back(made.take(0), 0)
    assert drain(made) == [0, 1, 2]


def test_a_window_counts_from_the_answer():
    made = lanes(UNLIMITED, Window(1, 1.0))
    made.push("a", 1, FRESH, 0, now=0)
    made.push("a", 2, FRESH, 0, now=0)
    turn = made.take(0)
    made.answered(turn, 0.4)
    made.done(turn, 0.4)
    assert made.take(1.39) is None
    assert made.next_at(1.39) == pytest.approx(1.4)
    assert made.take(1.4).id == 2


def test_a_refused_chat_waits_alone():
    made = lanes()
    made.push("a", 1, FRESH, 0, now=0)
    made.push("b", 2, FRESH, 0, now=0)
    turn = made.take(0)
    assert not made.refuse("a", 5, 0)
    made.back(turn, 0)
    assert drain(made) == [2]
    assert made.take(4.9) is None
    assert drain(made, 5) == [1]


def test_two_chats_refused_within_a_second_stop_the_account_and_cut_its_rate():
    made = lanes(Pace(per_second=30))
    for number in range(40):
        made.push(str(number), number, FRESH, 0, now=0)
    for number in range(30):
        made.done(made.take(-1 + number / 30), number / 60)  # all of them taken until now
    assert not made.refuse("0", 3, 0.0)
    assert made.refuse("1", 3, 0.5)
    assert made.take(3.4) is None
    assert made.pacer.share(3.5) == pytest.approx(0.9)
    assert made.pacer.share(13.5) == pytest.approx(0.92)  # and it recovers slowly
    assert made.pacer.share(60) == 1.0
    made.refuse("2", 3, 0.6)  # under way when it was stopped: refused for the same reason
    assert made.pacer.share(3.6) == pytest.approx(0.9, abs=0.001)


def test_what_the_platform_took_in_the_last_second_tells_how_much_it_takes():
    made = lanes(Pace(per_second=30))
    for number in range(24):
        made.push(str(number), number, FRESH, 0, now=0)
    for number in range(24):
        made.done(made.take(-1 + number / 30), number / 30)
    made.refuse("a", 3, 0.8)
    assert made.refuse("b", 3, 0.8)
    assert made.pacer.share(3.8) == pytest.approx(0.9 * 24 / 30)


def test_an_account_without_limits_for_chats_keeps_its_own_rate():
    made = lanes(Pace(per_second=28))
    for number in range(100):
        made.push(str(number), number, FRESH, 0, now=0)
    now, sent = 0.0, []
    while len(sent) < 100:
        now = max(now, made.next_at(now))
        turn = made.take(now)
        sent.append(now)
        made.done(turn, now + 0.1)
    assert sent[-1] == pytest.approx(99 / 28, rel=0.03)
    gaps = [later - sooner for sooner, later in pairwise(sent)]
    assert min(gaps) >= 0.47 / 28  # no burst, ever


def test_only_so_many_alerts_are_under_way_and_replies_come_on_top():
    made = lanes(Pace(in_flight=2))
    for number in range(3):
        made.push(f"chat {number}", number, FRESH, 0, now=0)
    first, second = made.take(0), made.take(0)
    assert made.take(0) is None
    made.push("person", 9, REPLY, 0, now=0)
    assert made.take(0).id == 9
    made.done(first, 0)
    assert made.take(0).id == 2
    assert second.id == 1


def test_what_was_taken_back_does_not_go():
    made = lanes()
    for number in range(3):
        made.push("a", number, FRESH, 0, now=0)
    made.drop(0)
    made.drop(2)
    assert drain(made) == [1]


def test_chats_are_forgotten_when_nothing_counts_any_more():
    made = lanes(UNLIMITED, Window(20, 60.0))
    for number in range(500):
        made.push(str(number), number, FRESH, 0, now=0)
    drain(made)
    assert len(made) == 500
    made.take(61)
    assert len(made) == 0


@pytest.mark.parametrize("seed", range(20))
def test_no_limit_is_ever_broken_nothing_is_lost_and_every_chat_keeps_its_order(seed):
    chance = random.Random(seed)
    rules = {"group": (Window(1, 1.0), Window(5, 20.0)), "person": (Window(1, 1.0),)}
    made = Lanes(
        Pace(per_second=20, windows=(Window(60, 10.0),)), lambda key: rules[key.split()[0]]
    )
    queued = defaultdict(list)
    for number in range(300):
        key = f"{chance.choice(('group', 'person'))} {chance.randrange(20)}"
        queued[key].append(number)
        made.push(key, number, FRESH, 0.0, now=0.0)
    now, arrived, under_way = 0.0, defaultdict(list), []
    server: dict[str, deque[float]] = defaultdict(deque)
    while sum(map(len, arrived.values())) < 300:
        coming = min((at for at, _, _ in under_way), default=float("inf"))
        now = max(now, min(made.next_at(now), coming))
        for entry in [one for one in under_way if one[0] <= now]:
            under_way.remove(entry)
            made.answered(entry[2], now)
            made.done(entry[2], now)
        while (turn := made.take(now)) is not None:
            reaches = now + chance.uniform(0.0, 0.2)
            for window in (*rules[turn.lane.split()[0]],):
                past = [at for at in server[turn.lane] if at > reaches - window.seconds]
                assert len(past) < window.most
            server[turn.lane].append(reaches)
            arrived[turn.lane].append(turn.id)
            under_way.append((reaches + chance.uniform(0.0, 0.2), reaches, turn))
    assert arrived == queued
    every = sorted(at for stamps in server.values() for at in stamps)
    assert all(later - sooner > 10.0 for sooner, later in zip(every, every[60:], strict=False))
