from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.chats.adapter import Capabilities, Pace
from bot.delivery.outcomes import AgainPlain, End, Follow, Halt, Suspend, Wait, outcome
from bot.errors import (
    Gone,
    InDoubt,
    Moved,
    Rejected,
    RetryLater,
    Scope,
    StoreFull,
    Transient,
)
from bot.model import Ref
from bot.store.outbox import end_alerts
from tests.bot.conftest import YOU, brief

OTHER = Ref("fake", "bot", "other")


async def queue(world, many: int, *refs: Ref, first: int = 0) -> list[str]:
    for ref in refs or (YOU,):
        await world.say("/subscribe sanctions", ref)
    titles = [f"Sanctions {number}" for number in range(first, first + many)]
    await world.find(*(brief(title, title=title) for title in titles))
    await world.fan_out()
    return titles


async def states(world) -> list[tuple[str, str | None]]:
    async with world.database.reading() as connection:
        rows = await connection.execute(text("SELECT state, reason FROM alerts ORDER BY id"))
        return [tuple(row) for row in rows]


def once(*errors: Exception):
    """Fails so, and then no more."""
    rest = iter(errors)
    return lambda *_: next(rest, None)


async def test_alerts_arrive_in_order_and_end_as_sent(world):
    titles = await queue(world, 120)
    await world.deliver()
    assert world.chat.titles() == titles
    assert set(await states(world)) == {("sent", None)}


async def test_a_chat_that_must_wait_keeps_its_order_and_holds_up_nobody(world):
    titles = await queue(world, 3, YOU, OTHER)
    refused = iter([RetryLater(60)])
    world.chat.fail = lambda ref, _: next(refused, None) if ref == YOU else None
    await world.deliver()
    assert world.chat.titles(YOU) == []
    assert world.chat.titles(OTHER) == titles
    world.clock.turn(seconds=61)
    await world.deliver()
    assert world.chat.titles(YOU) == titles


async def test_a_wait_of_hours_is_remembered_across_a_restart(world):
    titles = await queue(world, 2)
    world.chat.fail = once(RetryLater(10_072))
    await world.deliver()
    world.clock.turn(seconds=10_000)
    world.sender = world.make_sender()  # a process that knows nothing
    await world.deliver()
    assert world.chat.sent == []
    world.clock.turn(seconds=73)
    await world.deliver()
    assert world.chat.titles() == titles


async def test_a_wait_of_the_account_holds_up_all_chats_across_a_restart(world):
    world.chat.pace = Pace(in_flight=1)
    world.sender = world.make_sender()
    titles = await queue(world, 1, YOU, OTHER)
    world.chat.fail = once(RetryLater(7_740, Scope.ACCOUNT))
    await world.deliver()
    assert world.chat.sent == []
    assert "fake/bot was asked to wait" in await world.say("/status")
    world.sender = world.make_sender()
    await world.deliver()
    assert world.chat.sent == []
    world.clock.turn(seconds=7_741)
    await world.deliver()
    assert world.chat.titles(YOU) == world.chat.titles(OTHER) == titles


async def test_what_was_not_sent_is_tried_again_later_and_later(world):
    await queue(world, 1)
    tries = []
    world.chat.fail = lambda *_: tries.append(world.clock()) or Transient("no network")
    for _ in range(6):
        await world.deliver()
        world.clock.turn(seconds=31)
    assert len(tries) == 4  # pauses of 1, 5 and 30 seconds; then of 120
    world.chat.fail = lambda *_: None
    world.clock.turn(minutes=10)
    await world.deliver()
    assert len(world.chat.sent) == 1


async def test_when_nothing_gets_through_all_chats_wait_and_none_is_blamed(world):
    refs = [Ref("fake", "bot", str(number)) for number in range(40)]
    await queue(world, 1, *refs)
    tries = []
    world.chat.fail = lambda *_: tries.append(1) or Transient("no network")
    await world.deliver()
    assert len(tries) < 40  # the rest was not even tried
    world.chat.fail = lambda *_: None
    world.clock.turn(minutes=1)
    await world.deliver()
    assert len(world.chat.sent) == 40


async def test_a_message_that_is_refused_goes_once_more_as_plain_text(world):
    titles = await queue(world, 2)
    world.chat.fail = once(Rejected("can't parse entities"))
    await world.deliver()
    assert world.chat.titles() == titles
    assert world.chat.plain == [True, False]
    assert set(await states(world)) == {("sent", None)}


async def test_a_message_that_is_refused_as_plain_text_too_ends_with_its_reason(world):
    await queue(world, 2)
    world.chat.fail = once(Rejected("can't parse entities"), Rejected("message is too long"))
    await world.deliver()
    assert await states(world) == [("failed", "message is too long"), ("sent", None)]


async def test_an_alert_that_breaks_our_own_code_holds_up_nobody(world):
    await queue(world, 2)
    world.chat.fail = once(ZeroDivisionError())
    await world.deliver()
    assert await states(world) == [
        ("failed", "a fault of ours: ZeroDivisionError"),
        ("sent", None),
    ]


async def test_a_message_that_may_have_been_sent_is_not_sent_again(world):
    await queue(world, 1)
    world.chat.fail = lambda *_: InDoubt("the connection broke while it was sent")
    await world.deliver()
    world.chat.fail = lambda *_: None
    world.clock.turn(hours=1)
    await world.deliver()
    assert world.chat.sent == []
    assert await states(world) == [("unknown", "the connection broke while it was sent")]


async def test_where_the_history_tells_a_doubt_is_settled(world):
    await queue(world, 1)
    world.chat.capabilities = Capabilities(finds=True)

    def lost_answer(*_):
        world.chat.history[world_key()] = "77"
        return InDoubt("no answer")

    def world_key() -> str:
        return "1-1"  # chat and alert

    world.chat.fail = lost_answer
    await world.deliver()
    assert await states(world) == [("sent", None)]


async def test_what_the_history_does_not_show_is_sent_again_after_another_look(world):
    titles = await queue(world, 1)
    world.chat.capabilities = Capabilities(finds=True)
    world.chat.fail = once(InDoubt("no answer"))
    await world.deliver()
    world.clock.turn(seconds=2)
    await world.deliver()
    assert world.chat.titles() == titles


async def test_a_chat_that_is_gone_is_suspended_and_returns_with_everything(world):
    titles = await queue(world, 2)
    world.chat.fail = lambda *_: Gone("bot was blocked by the user")
    await world.deliver()
    assert "1 chat cannot be reached" in await world.say("/status", OTHER)
    world.chat.fail = lambda *_: None
    await world.deliver()
    assert world.chat.sent == []
    await world.say("/subscribe missile")  # the person is back
    await world.deliver()
    assert world.chat.titles() == titles
    assert "2 topics" in await world.say("/topics")


async def test_a_platform_that_tells_of_leaving_and_coming_back_is_heard(world):
    titles = await queue(world, 2)
    await world.sender.outlet.gone(YOU, "bot was kicked from the group chat")
    await world.deliver()
    assert world.chat.sent == []
    await world.sender.outlet.back(YOU)
    await world.deliver()
    assert world.chat.titles() == titles


async def test_a_token_that_is_refused_suspends_nobody(world):
    titles = await queue(world, 1, YOU, OTHER)
    world.chat.fail = lambda *_: Gone("token_revoked", Scope.ACCOUNT)
    await world.deliver()
    assert "cannot be reached" not in await world.say("/status")
    world.chat.fail = lambda *_: None
    world.clock.turn(minutes=6)
    await world.deliver()
    assert world.chat.titles(YOU) == world.chat.titles(OTHER) == titles


async def test_a_group_that_became_a_supergroup_takes_everything_along(world):
    await world.say("/alias nk = sanctions")
    titles = await queue(world, 3)
    new = Ref("fake", "bot", "-100500")
    world.chat.fail = lambda ref, _: Moved("-100500") if ref == YOU else None
    await world.deliver()
    assert world.chat.titles(new) == titles
    assert "sanctions" in await world.say("/topics", new)
    assert "nk" in await world.say("/alias", new)
    assert world.chat.titles(YOU) == []


async def test_a_move_to_a_chat_that_is_known_joins_the_two(world):
    new = Ref("fake", "bot", "-100500")
    await world.say("/subscribe missile")
    titles = await queue(world, 2, YOU, new)
    await world.find(brief("m", title="A missile"))
    await world.fan_out()
    world.chat.fail = lambda ref, _: Moved("-100500") if ref == YOU else None
    await world.deliver()
    assert sorted(world.chat.titles(new)) == sorted([*titles, "A missile"])  # each story once
    listed = await world.say("/topics", new)
    assert "missile" in listed
    assert "sanctions" in listed
    ended = [state for state, _ in await states(world)]
    assert ended.count("sent") == 3
    assert ended.count("expired") == 2


async def test_a_deleted_thread_falls_back_to_the_group_and_leaves_other_threads_alone(world):
    one, two = Ref("fake", "bot", "g", "1"), Ref("fake", "bot", "g", "2")
    titles = await queue(world, 2, one, two)
    world.chat.fail = lambda ref, _: Moved("g", "") if ref == one else None
    for _ in range(12):  # threads of a group take turns
        await world.deliver()
        world.clock.turn(seconds=2)
    assert world.chat.titles(Ref("fake", "bot", "g")) == titles
    assert world.chat.titles(two) == titles


async def test_what_was_sent_and_could_not_be_recorded_is_not_sent_again(world, monkeypatch):
    await queue(world, 2)
    full = True

    async def record(connection, *args, **values):
        if full:
            raise StoreFull("no space is left")
        return await end_alerts(connection, *args, **values)

    monkeypatch.setattr("bot.delivery.recorder.end_alerts", record)
    for _ in range(3):
        with pytest.raises(StoreFull):
            await world.deliver()
    assert len(world.chat.sent) == 1
    full = False
    world.clock.turn(minutes=1)
    await world.deliver()
    assert len(world.chat.sent) == 2
    assert set(await states(world)) == {("sent", None)}


async def test_a_clean_stop_repeats_nothing_and_the_next_start_goes_on(world):
    titles = await queue(world, 3)
    world.chat.fail = lambda *_: world.sender.stop()
    await world.deliver()
    assert world.chat.titles() == titles[:1]
    world.chat.fail = lambda *_: None
    world.sender = world.make_sender()
    world.clock.turn(seconds=13)  # the lease of the one that stopped ends
    await world.deliver()
    assert world.chat.titles() == titles


async def test_alerts_that_waited_too_long_come_in_one_message(world):
    old = await queue(world, 30)
    world.clock.turn(hours=7)
    new = await queue(world, 1, first=30)
    await world.deliver()
    (_, catch_up), (_, alert) = world.chat.sent
    said = "\n".join("".join(piece.text for piece in line) for line in catch_up.lines)
    assert "30 items came while nothing could be sent here" in said
    assert old[-1] in said
    assert f"{old[9]}\n" not in said
    assert "and 10 before these" in said
    assert "".join(piece.text for piece in alert.lines[0]) == new[0]
    assert world.chat.options[0].silent
    ended = await states(world)
    assert ended[:30] == [("expired", "waited too long; told in a catch-up")] * 30
    assert ended[30] == ("sent", None)


async def test_with_no_limit_on_their_age_all_alerts_are_sent(world):
    titles = await queue(world, 2)
    world.clock.turn(days=30)
    world.sender = world.make_sender(max_age=None)
    await world.deliver()
    assert world.chat.titles() == titles


async def test_a_chat_with_a_long_backlog_lets_others_have_their_turn(world):
    await queue(world, 300)
    refs = [Ref("fake", "bot", str(number)) for number in range(100)]
    for ref in refs:
        await world.say("/subscribe missile", ref)
    await world.find(brief("m", title="A missile"))
    await world.fan_out()
    await world.deliver()
    order = [ref for ref, _ in world.chat.sent]
    assert max(order.index(ref) for ref in refs) < 250
    assert len(order) == 400


async def test_a_poison_chat_never_holds_up_another(world):
    titles = await queue(world, 5, OTHER, YOU)
    world.chat.fail = lambda ref, _: Transient("always") if ref == OTHER else None
    await world.deliver()
    assert world.chat.titles(YOU) == titles


async def test_while_another_process_sends_for_the_account_nothing_is_sent_here(world):
    titles = await queue(world, 1)
    other = world.make_sender()
    async with world.database.writing() as connection:
        from bot.store.leases import take_lease

        await take_lease(
            connection,
            "fake/bot",
            owner="another",
            now=world.clock(),
            until=world.clock() + timedelta(seconds=12),
        )
    await other.drain()
    assert world.chat.sent == []
    world.clock.turn(seconds=13)  # it died
    await other.drain()
    assert world.chat.titles() == titles


async def test_however_often_a_platform_asks_to_wait_nothing_is_dropped(world):
    titles = await queue(world, 3)
    world.chat.fail = once(*(RetryLater(30) for _ in range(40)))
    for _ in range(45):
        await world.deliver()
        world.clock.turn(seconds=31)
    assert world.chat.titles() == titles


@pytest.mark.parametrize(
    ("error", "plain", "intent"),
    [
        (RetryLater(3), False, Wait(3, refused=True)),
        (RetryLater(3, Scope.ACCOUNT), False, Wait(3, refused=True, account=True)),
        (Gone("blocked"), False, Suspend("blocked")),
        (Gone("token_revoked", Scope.ACCOUNT), False, Halt("token_revoked")),
        (Moved("-100"), False, Follow("-100", None)),
        (Moved("g", ""), False, Follow("g", "")),
        (Rejected("bad html"), False, AgainPlain()),
        (Rejected("too long"), True, End("failed", "too long")),
        (InDoubt("no answer"), False, End("unknown", "no answer")),
        (Transient("no network"), False, Wait(1, refused=False)),
        (KeyError("x"), False, End("failed", "a fault of ours: KeyError")),
    ],
)
def test_each_error_has_one_consequence(error, plain, intent):
    assert outcome(error, attempts=0, plain=plain, finds=False) == intent
