from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.chats.adapter import AccountRateLimit, Capabilities
from bot.delivery.message_sender import (
    MAX_UNCERTAIN_ATTEMPTS,
    Finish,
    HaltAccount,
    MigrateChat,
    Retry,
    RetryAsPlainText,
    SuspendChat,
    outcome_of_error,
)
from bot.errors import (
    ChatMigrated,
    ChatUnreachable,
    DeliveryUnknown,
    DiskFullError,
    ErrorScope,
    MessageRejected,
    RateLimited,
    TransientDeliveryError,
)
from bot.models import ChatRef
from bot.store.outbox.outbox import record_results
from tests.bot.conftest import CHAT, make_item

OTHER_CHAT = ChatRef("fake", "bot", "other")


async def queue_alerts(world, count: int, *refs: ChatRef, first: int = 0) -> list[str]:
    for ref in refs or (CHAT,):
        await world.send_command("/subscribe sanctions", ref)
    titles = [f"Sanctions {number}" for number in range(first, first + count)]
    await world.ingest_items(*(make_item(title, title=title) for title in titles))
    await world.fan_out()
    return titles


async def alert_states(world) -> list[tuple[str, str | None]]:
    async with world.database.reading() as connection:
        rows = await connection.execute(text("SELECT state, reason FROM alerts ORDER BY id"))
        return [tuple(row) for row in rows]


def fail_with(*errors: Exception):
    """Return a fake failure: each error once, then none."""
    remaining = iter(errors)
    return lambda *_: next(remaining, None)


async def test_alerts_arrive_in_order_and_end_as_sent(world):
    titles = await queue_alerts(world, 120)
    await world.deliver()
    assert world.chat.titles() == titles
    assert set(await alert_states(world)) == {("sent", None)}


async def test_a_rate_limited_chat_keeps_its_order_and_does_not_delay_others(world):
    titles = await queue_alerts(world, 3, CHAT, OTHER_CHAT)
    errors = iter([RateLimited(60)])
    world.chat.fail = lambda ref, _: next(errors, None) if ref == CHAT else None
    await world.deliver()
    assert world.chat.titles(CHAT) == []
    assert world.chat.titles(OTHER_CHAT) == titles
    world.clock.advance(seconds=61)
    await world.deliver()
    assert world.chat.titles(CHAT) == titles


async def test_a_wait_of_hours_survives_a_restart(world):
    titles = await queue_alerts(world, 2)
    world.chat.fail = fail_with(RateLimited(10_072))
    await world.deliver()
    world.clock.advance(seconds=10_000)
    world.sender = world.make_sender()  # as after a restart
    await world.deliver()
    assert world.chat.sent == []
    world.clock.advance(seconds=73)
    await world.deliver()
    assert world.chat.titles() == titles


async def test_a_rate_limit_of_the_account_blocks_all_chats_across_a_restart(world):
    world.chat.account_rate_limit = AccountRateLimit(in_flight=1)
    world.sender = world.make_sender()
    titles = await queue_alerts(world, 1, CHAT, OTHER_CHAT)
    world.chat.fail = fail_with(RateLimited(7_740, ErrorScope.ACCOUNT))
    await world.deliver()
    assert world.chat.sent == []
    assert "fake/bot: rate limit" in await world.send_command("/status")
    world.sender = world.make_sender()
    await world.deliver()
    assert world.chat.sent == []
    world.clock.advance(seconds=7_741)
    await world.deliver()
    assert world.chat.titles(CHAT) == world.chat.titles(OTHER_CHAT) == titles


async def test_a_failed_message_is_retried_with_growing_delays(world):
    await queue_alerts(world, 1)
    tries = []

    def fail(*_: object) -> Exception:
        tries.append(world.clock())
        return TransientDeliveryError("no network")

    world.chat.fail = fail
    for _ in range(6):
        await world.deliver()
        world.clock.advance(seconds=31)
    assert len(tries) == 4  # after delays of 1, 5 and 25 seconds; the next one is 125
    world.chat.fail = lambda *_: None
    world.clock.advance(minutes=10)
    await world.deliver()
    assert len(world.chat.sent) == 1


async def test_during_an_outage_the_account_waits_and_no_chat_is_suspended(world):
    refs = [ChatRef("fake", "bot", str(number)) for number in range(40)]
    await queue_alerts(world, 1, *refs)
    tries = []

    def fail(*_: object) -> Exception:
        tries.append(1)
        return TransientDeliveryError("no network")

    world.chat.fail = fail
    await world.deliver()
    assert len(tries) < 40  # the others were not tried
    world.chat.fail = lambda *_: None
    world.clock.advance(minutes=1)
    await world.deliver()
    assert len(world.chat.sent) == 40


async def test_a_rejected_message_is_sent_again_as_plain_text(world):
    titles = await queue_alerts(world, 2)
    world.chat.fail = fail_with(MessageRejected("can't parse entities"))
    await world.deliver()
    assert world.chat.titles() == titles
    assert world.chat.plain == [True, False]
    assert set(await alert_states(world)) == {("sent", None)}


async def test_a_message_that_is_rejected_as_plain_text_too_fails_with_the_reason(world):
    await queue_alerts(world, 2)
    world.chat.fail = fail_with(
        MessageRejected("can't parse entities"), MessageRejected("message is too long")
    )
    await world.deliver()
    assert await alert_states(world) == [("failed", "message is too long"), ("sent", None)]


async def test_an_internal_error_of_one_alert_does_not_delay_others(world):
    await queue_alerts(world, 2)
    world.chat.fail = fail_with(ZeroDivisionError())
    await world.deliver()
    assert await alert_states(world) == [
        ("failed", "internal error: ZeroDivisionError"),
        ("sent", None),
    ]


async def test_a_message_that_may_have_been_sent_is_sent_again(world):
    titles = await queue_alerts(world, 1)
    world.chat.fail = lambda *_: DeliveryUnknown("the connection broke while it was sent")
    await world.deliver()
    assert await alert_states(world) == [("queued", None)]
    world.chat.fail = lambda *_: None
    world.clock.advance(hours=1)
    await world.deliver()
    assert world.chat.titles() == titles
    assert await alert_states(world) == [("sent", None)]


async def test_an_outcome_that_stays_uncertain_for_hours_is_reported_to_the_operators(world):
    await queue_alerts(world, 2)
    world.chat.fail = lambda *_: DeliveryUnknown("no answer")
    world.sender = world.make_sender()  # no maximum age
    for _ in range(2 * MAX_UNCERTAIN_ATTEMPTS):
        await world.deliver()
        world.clock.advance(minutes=11)
    assert await alert_states(world) == [("unknown", "no answer"), ("unknown", "no answer")]
    async with world.database.reading() as connection:
        notices = (await connection.execute(text("SELECT text FROM announcements"))).scalars().all()
    assert ["no answer" in notice for notice in notices] == [True, True]


async def test_without_an_answer_the_account_is_held_until_a_probe_succeeds(world):
    refs = [ChatRef("fake", "bot", str(number)) for number in range(20)]
    titles = await queue_alerts(world, 2, *refs)
    attempts = []
    world.chat.fail = lambda *_: attempts.append(1) or DeliveryUnknown("no answer")
    world.chat.probe_error = DeliveryUnknown("no answer")
    world.chat.account_rate_limit = AccountRateLimit(in_flight=1)
    world.sender = world.make_sender()
    await world.deliver()
    assert len(attempts) == 1
    world.clock.advance(seconds=40)
    await world.deliver()
    assert len(attempts) == 1  # the probe failed again
    world.chat.fail = lambda *_: None
    world.chat.probe_error = None
    world.clock.advance(seconds=40)
    await world.deliver()
    for ref in refs:
        assert world.chat.titles(ref) == titles


async def test_a_single_refusal_of_the_token_does_not_stop_the_account(world):
    titles = await queue_alerts(world, 2, CHAT, OTHER_CHAT)
    world.chat.fail = fail_with(ChatUnreachable("Unauthorized", ErrorScope.ACCOUNT))
    await world.deliver()
    world.clock.advance(seconds=2)
    await world.deliver()
    assert world.chat.titles(CHAT) == world.chat.titles(OTHER_CHAT) == titles


async def test_many_chats_are_suspended_only_if_the_platform_answers_the_probe(world):
    refs = [ChatRef("fake", "bot", str(number)) for number in range(10)]
    titles = await queue_alerts(world, 1, *refs)
    world.chat.account_rate_limit = AccountRateLimit(in_flight=1)
    world.sender = world.make_sender()
    world.chat.fail = lambda *_: ChatUnreachable("Forbidden")
    world.chat.probe_error = DeliveryUnknown("a page of the proxy")
    await world.deliver()
    assert "3 chats suspended" in await world.send_command("/status", OTHER_CHAT)
    world.chat.fail = lambda *_: None
    world.chat.probe_error = None
    world.clock.advance(seconds=40)
    await world.deliver()
    assert sum(world.chat.titles(ref) == titles for ref in refs) == 7


async def test_many_chats_that_the_platform_refuses_are_suspended(world):
    refs = [ChatRef("fake", "bot", str(number)) for number in range(10)]
    await queue_alerts(world, 1, *refs)
    world.chat.fail = lambda *_: ChatUnreachable("bot was blocked by the user")
    await world.deliver()
    assert "10 chats suspended" in await world.send_command("/status", OTHER_CHAT)


async def test_an_unknown_outcome_is_resolved_by_the_history(world):
    await queue_alerts(world, 1)
    world.chat.capabilities = Capabilities(history_search=True)

    def lost_answer(*_):
        world.chat.history[world_key()] = "77"
        return DeliveryUnknown("no answer")

    def world_key() -> str:
        return "1-1"  # IDs of the chat and the alert

    world.chat.fail = lost_answer
    await world.deliver()
    assert await alert_states(world) == [("sent", None)]


async def test_a_message_that_is_not_in_the_history_is_sent_again(world):
    titles = await queue_alerts(world, 1)
    world.chat.capabilities = Capabilities(history_search=True)
    world.chat.fail = fail_with(DeliveryUnknown("no answer"))
    await world.deliver()
    world.clock.advance(seconds=2)
    await world.deliver()
    assert world.chat.titles() == titles


async def test_an_unreachable_chat_is_suspended_and_keeps_its_alerts(world):
    titles = await queue_alerts(world, 2)
    world.chat.fail = lambda *_: ChatUnreachable("bot was blocked by the user")
    await world.deliver()
    assert "1 chat suspended" in await world.send_command("/status", OTHER_CHAT)
    world.chat.fail = lambda *_: None
    await world.deliver()
    assert world.chat.sent == []
    await world.send_command("/subscribe missile")  # the person uses the bot again
    await world.deliver()
    assert world.chat.titles() == titles
    assert "2 topics" in await world.send_command("/topics")


async def test_reports_of_unreachable_and_restored_chats_are_applied(world):
    titles = await queue_alerts(world, 2)
    await world.sender.reply_channel.chat_unreachable(CHAT, "bot was kicked from the group chat")
    await world.deliver()
    assert world.chat.sent == []
    await world.sender.reply_channel.chat_restored(CHAT)
    await world.deliver()
    assert world.chat.titles() == titles


async def test_a_refused_token_suspends_no_chat(world):
    titles = await queue_alerts(world, 1, CHAT, OTHER_CHAT)
    refusal = ChatUnreachable("token_revoked", ErrorScope.ACCOUNT)
    world.chat.fail = lambda *_: refusal
    world.chat.probe_error = refusal
    await world.deliver()
    assert "cannot be reached" not in await world.send_command("/status")
    world.chat.fail = lambda *_: None
    world.chat.probe_error = None
    world.clock.advance(minutes=6)
    await world.deliver()
    assert world.chat.titles(CHAT) == world.chat.titles(OTHER_CHAT) == titles


async def test_a_migrated_group_keeps_its_alerts_topics_and_aliases(world):
    await world.send_command("/alias nk = sanctions")
    titles = await queue_alerts(world, 3)
    new = ChatRef("fake", "bot", "-100500")
    world.chat.fail = lambda ref, _: ChatMigrated("-100500") if ref == CHAT else None
    await world.deliver()
    assert world.chat.titles(new) == titles
    assert "sanctions" in await world.send_command("/topics", new)
    assert "nk" in await world.send_command("/alias", new)
    assert world.chat.titles(CHAT) == []


async def test_a_migration_to_an_existing_chat_merges_the_two(world):
    new = ChatRef("fake", "bot", "-100500")
    await world.send_command("/subscribe missile")
    titles = await queue_alerts(world, 2, CHAT, new)
    await world.ingest_items(make_item("m", title="A missile"))
    await world.fan_out()
    world.chat.fail = lambda ref, _: ChatMigrated("-100500") if ref == CHAT else None
    await world.deliver()
    assert sorted(world.chat.titles(new)) == sorted([*titles, "A missile"])  # each story once
    listed = await world.send_command("/topics", new)
    assert "missile" in listed
    assert "sanctions" in listed
    final_states = [state for state, _ in await alert_states(world)]
    assert final_states.count("sent") == 3
    assert final_states.count("expired") == 2


async def test_a_deleted_thread_falls_back_to_the_group_and_leaves_other_threads_alone(world):
    first = ChatRef("fake", "bot", "g", "1")
    second = ChatRef("fake", "bot", "g", "2")
    titles = await queue_alerts(world, 2, first, second)
    world.chat.fail = lambda ref, _: ChatMigrated("g", "") if ref == first else None
    for _ in range(12):  # the threads of a group take turns
        await world.deliver()
        world.clock.advance(seconds=2)
    assert world.chat.titles(ChatRef("fake", "bot", "g")) == titles
    assert world.chat.titles(second) == titles


async def test_a_message_whose_result_was_not_saved_is_not_sent_again(world, monkeypatch):
    await queue_alerts(world, 2)
    full = True

    async def record(connection, *args, **values):
        if full:
            raise DiskFullError("no space is left")
        return await record_results(connection, *args, **values)

    monkeypatch.setattr("bot.delivery.message_sender.record_results", record)
    for _ in range(3):
        with pytest.raises(DiskFullError):
            await world.deliver()
    assert len(world.chat.sent) == 1
    full = False
    world.clock.advance(minutes=1)
    await world.deliver()
    assert len(world.chat.sent) == 2
    assert set(await alert_states(world)) == {("sent", None)}


async def test_a_clean_stop_repeats_nothing_and_the_next_start_resumes(world):
    titles = await queue_alerts(world, 3)
    world.chat.fail = lambda *_: world.sender.stop()
    await world.deliver()
    assert world.chat.titles() == titles[:1]
    world.chat.fail = lambda *_: None
    world.sender = world.make_sender()
    world.clock.advance(seconds=13)  # the lease of the stopped sender expires
    await world.deliver()
    assert world.chat.titles() == titles


async def test_alerts_that_are_too_old_are_sent_as_one_catch_up(world):
    old = await queue_alerts(world, 30)
    world.clock.advance(hours=7)
    new = await queue_alerts(world, 1, first=30)
    await world.deliver()
    (_, catch_up), (_, alert) = world.chat.sent
    text_lines = ["".join(span.text for span in line) for line in catch_up.lines]
    catch_up_text = "\n".join(text_lines)
    assert "30 items" in catch_up_text
    assert old[-1] in catch_up_text
    assert f"{old[9]}\n" not in catch_up_text
    assert "10 older" in catch_up_text
    assert "".join(piece.text for piece in alert.lines[0]) == new[0]
    assert world.chat.options[0].silent
    final_states = await alert_states(world)
    assert final_states[:30] == [("expired", "too old; listed in a catch-up")] * 30
    assert final_states[30] == ("sent", None)


async def test_without_a_maximum_age_all_alerts_are_sent(world):
    titles = await queue_alerts(world, 2)
    world.clock.advance(days=30)
    world.sender = world.make_sender(max_age=None)
    await world.deliver()
    assert world.chat.titles() == titles


@pytest.mark.slow
async def test_a_chat_with_a_long_backlog_does_not_delay_others(world):
    await queue_alerts(world, 300)
    refs = [ChatRef("fake", "bot", str(number)) for number in range(100)]
    for ref in refs:
        await world.send_command("/subscribe missile", ref)
    await world.ingest_items(make_item("m", title="A missile"))
    await world.fan_out()
    await world.deliver()
    order = [ref for ref, _ in world.chat.sent]
    assert max(order.index(ref) for ref in refs) < 250
    assert len(order) == 400


async def test_a_chat_that_always_fails_does_not_delay_others(world):
    titles = await queue_alerts(world, 5, OTHER_CHAT, CHAT)
    world.chat.fail = lambda ref, _: TransientDeliveryError("always") if ref == OTHER_CHAT else None
    await world.deliver()
    assert world.chat.titles(CHAT) == titles


async def test_nothing_is_sent_while_another_process_holds_the_lease(world):
    titles = await queue_alerts(world, 1)
    other = world.make_sender()
    async with world.database.writing() as connection:
        from bot.store.leases import acquire_lease

        await acquire_lease(
            connection,
            "fake/bot",
            owner="another",
            now=world.clock(),
            until=world.clock() + timedelta(seconds=12),
        )
    await other.drain()
    assert world.chat.sent == []
    world.clock.advance(seconds=13)  # its lease expires
    await other.drain()
    assert world.chat.titles() == titles


async def test_a_message_granted_before_the_lease_was_lost_is_not_sent_after_it_is_regained(world):
    titles = await queue_alerts(world, 1)
    sender, other = world.sender, world.make_sender()
    await sender._lease.acquire_or_renew()
    sender._on_lease_changed(True)
    await sender._prefetcher.read()
    sender._start_granted()  # the task has not run yet
    world.clock.advance(seconds=13)
    await sender._tasks.wait_idle()
    assert world.chat.sent == []
    await other.drain()
    assert world.chat.titles() == titles
    world.clock.advance(seconds=13)
    await sender.drain()
    assert world.chat.titles() == titles


async def test_many_rate_limits_drop_no_alert(world):
    titles = await queue_alerts(world, 3)
    world.chat.fail = fail_with(*(RateLimited(30) for _ in range(40)))
    for _ in range(45):
        await world.deliver()
        world.clock.advance(seconds=31)
    assert world.chat.titles() == titles


@pytest.mark.parametrize(
    ("error", "plain", "outcome"),
    [
        (RateLimited(3), False, Retry(3, refused=True)),
        (RateLimited(3, ErrorScope.ACCOUNT), False, Retry(3, refused=True, account=True)),
        (ChatUnreachable("blocked"), False, SuspendChat("blocked")),
        (ChatUnreachable("token_revoked", ErrorScope.ACCOUNT), False, HaltAccount("token_revoked")),
        (ChatMigrated("-100"), False, MigrateChat("-100", None)),
        (ChatMigrated("g", ""), False, MigrateChat("g", "")),
        (MessageRejected("bad html"), False, RetryAsPlainText()),
        (MessageRejected("too long"), True, Finish("failed", "too long")),
        (DeliveryUnknown("no answer"), False, Retry(1, refused=False, is_uncertain=True)),
        (TransientDeliveryError("no network"), False, Retry(1, refused=False)),
        (KeyError("x"), False, Finish("failed", "internal error: KeyError")),
    ],
)
def test_each_error_has_one_outcome(error, plain, outcome):
    assert outcome_of_error(error, attempts=0, plain=plain, has_history=False) == outcome
