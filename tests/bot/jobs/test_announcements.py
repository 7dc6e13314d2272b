import pytest
from sqlalchemy import func, select

from bot.conversation.commands.announce import MAX_ANNOUNCEMENT_LENGTH
from bot.conversation.conversation import Conversation
from bot.conversation.registry import Access
from bot.conversation.request import ButtonPress, IncomingMessage
from bot.errors import ChatUnreachable, MessageRejected
from bot.jobs.fan_out import AnnouncementDispatcher
from bot.models import ChatRef
from bot.store.chats.chats import suspend_chat
from bot.store.leases import acquire_lease
from bot.store.outbox.announcements import announce, notify_operators, queue_announcement_batch
from bot.store.tables import alerts
from tests.bot.conftest import CHAT, make_item
from tests.bot.delivery.test_sender import running_sender

ANN = ChatRef("fake", "bot", "ann")


@pytest.fixture
def access() -> Access:
    return Access(["fake:ann", "fake:7"])


@pytest.fixture
def dispatcher(world, access) -> AnnouncementDispatcher:
    world.conversation = Conversation(world.database, world.clock, access=access)
    return AnnouncementDispatcher(world.database, access, world.clock)


async def send(world, text: str, user_id: str = "ann"):
    return await world.conversation.handle_message(IncomingMessage(ANN, text, user_id))


async def press(world, button, user_id: str = "ann"):
    return await world.conversation.handle_press(ButtonPress(ANN, button.action, user_id))


def card_text(card) -> str:
    return "\n".join("".join(piece.text for piece in line) for line in card.lines)


async def subscribe(world, *chats: str) -> None:
    for chat in chats:
        await world.send_command("/subscribe sanctions", ChatRef("fake", "bot", chat))


async def run_pipeline(world, dispatcher) -> None:
    while await dispatcher.step():
        pass
    await world.make_briefings()
    await world.deliver()


async def test_an_announcement_needs_a_confirmation_that_names_the_number_of_chats(
    world, dispatcher
):
    await subscribe(world, "1", "2", "3")
    (card,) = await send(world, "/announce Back at *five* <b>sharp</b>.")
    # The text is shown as it is, without markup.
    assert "3 chats" in card_text(card)
    assert card_text(card).endswith("\nBack at *five* <b>sharp</b>.")
    await run_pipeline(world, dispatcher)
    assert world.chat.sent == []
    (card,) = await press(world, card.buttons[0])
    assert "3 chats now" in card_text(card)
    await run_pipeline(world, dispatcher)
    assert sorted(ref.chat for ref, _ in world.chat.sent) == ["1", "2", "3"]
    (text,) = {card_text(card) for _, card in world.chat.sent}
    assert text.endswith("\nBack at *five* <b>sharp</b>.")
    # Bulk messages are silent.
    assert all(options.silent for options in world.chat.options)
    assert "3 sent" in card_text((await send(world, "/announce"))[0])


async def test_a_second_press_sends_nothing_twice(world, dispatcher):
    await subscribe(world, "1")
    (card,) = await send(world, "/announce Hello.")
    for _ in range(2):
        (answer,) = await press(world, card.buttons[0])
    assert "already" in card_text(answer)
    await run_pipeline(world, dispatcher)
    assert len(world.chat.sent) == 1


async def test_only_operators_may_announce(world, dispatcher):
    await subscribe(world, "1")
    (card,) = await send(world, "/announce Hello.")
    (answer,) = await press(world, card.buttons[0], user_id="other")
    assert "TOCSIN_ADMINS" in card_text(answer)
    for command in ("/announce Hello.", "/sources", "/failed", "/stats"):
        (answer,) = await send(world, command, user_id="other")
        assert "TOCSIN_ADMINS" in card_text(answer)
        assert not answer.buttons
    await run_pipeline(world, dispatcher)
    assert world.chat.sent == []


async def test_a_chat_with_several_threads_gets_one_message(world, dispatcher):
    for thread in ("", "5", "6"):
        await world.send_command("/subscribe sanctions", ChatRef("fake", "bot", "forum", thread))
    await world.send_command("/language uk", ChatRef("fake", "bot", "quiet"))
    await subscribe(world, "gone")
    async with world.database.writing() as connection:
        gone = ChatRef("fake", "bot", "gone")
        await suspend_chat(connection, gone, "blocked", now=world.clock())
    (card,) = await send(world, "/announce Hello.")
    assert "1 chat" in card_text(card)
    await press(world, card.buttons[0])
    await run_pipeline(world, dispatcher)
    assert [ref for ref, _ in world.chat.sent] == [ChatRef("fake", "bot", "forum")]


async def test_the_dispatcher_continues_after_a_crash(world, dispatcher):
    await subscribe(world, *map(str, range(7)))
    async with world.database.writing() as connection:
        assert await announce(
            connection, "Hello.", user_id="ann", idempotency_key="n", now=world.clock()
        )
    async with world.database.writing() as connection:
        await queue_announcement_batch(connection, now=world.clock(), limit=3)
    with pytest.raises(RuntimeError):
        async with world.database.writing() as connection:
            await queue_announcement_batch(connection, now=world.clock(), limit=3)
            raise RuntimeError("killed before the commit")
    await run_pipeline(world, dispatcher)
    assert sorted(ref.chat for ref, _ in world.chat.sent) == [str(n) for n in range(7)]


async def test_alerts_are_sent_before_announcements(world, dispatcher):
    await subscribe(world, "1")
    async with world.database.writing() as connection:
        await announce(connection, "Hello.", user_id="ann", idempotency_key="n", now=world.clock())
    while await dispatcher.step():
        pass
    await world.ingest_items(make_item("a"))
    await world.fan_out()
    await world.deliver()
    first, second = [card_text(card) for _, card in world.chat.sent]
    assert "Sanctions on North Korea" in first
    assert second.endswith("\nHello.")


async def test_quiet_hours_and_pauses_delay_announcements(world, dispatcher):
    await subscribe(world, "sleeps", "rests", "wakes")
    await world.send_command("/quiet 11:00-14:00 hold", ChatRef("fake", "bot", "sleeps"))
    await world.send_command("/pause 3h", ChatRef("fake", "bot", "rests"))
    async with world.database.writing() as connection:
        await announce(connection, "Hello.", user_id="ann", idempotency_key="n", now=world.clock())
    order: list[str] = []
    for _ in range(4):
        await run_pipeline(world, dispatcher)
        order += [ref.chat for ref, _ in world.chat.sent[len(order) :]]
        world.clock.advance(hours=1, minutes=1)
    assert order == ["wakes", "sleeps", "rests"]


async def test_invalid_announcements_are_rejected_with_a_reason(world, dispatcher):
    # No chat has a subscription.
    (card,) = await send(world, "/announce Hello.")
    assert not card.buttons
    await subscribe(world, "1")
    (card,) = await send(world, "/announce")
    assert "/announce" in card_text(card)
    assert not card.buttons
    (card,) = await send(world, f"/announce {'x' * (MAX_ANNOUNCEMENT_LENGTH + 1)}")
    assert "2,000" in card_text(card)
    assert not card.buttons
    (card,) = await send(world, "/announce Hello.")
    broken = card.buttons[0].action.__class__("announce", "nonce")
    (answer,) = await world.conversation.handle_press(ButtonPress(ANN, broken, "ann"))
    assert not answer.buttons
    await run_pipeline(world, dispatcher)
    assert world.chat.sent == []


async def test_each_operator_gets_a_notice_once(world, dispatcher):
    async with world.database.writing() as connection:
        await notify_operators(connection, "A feed is gone.", now=world.clock())
    assert not await dispatcher.step()
    async with world.database.writing() as connection:
        now = world.clock()
        await acquire_lease(connection, "fake/bot", owner="me", now=now, until=now)
    world.chat.fail = lambda ref, _: ChatUnreachable("blocked") if ref.chat == "7" else None
    world.clock.advance(minutes=5)
    await run_pipeline(world, dispatcher)
    await run_pipeline(world, dispatcher)
    ((ref, card),) = world.chat.sent
    assert ref == ANN
    assert card_text(card).endswith("\nA feed is gone.")


async def test_a_notice_without_operators_queues_nothing(world):
    dispatcher = AnnouncementDispatcher(world.database, Access(), world.clock)
    async with world.database.writing() as connection:
        await notify_operators(connection, "A feed is gone.", now=world.clock())
        later = world.clock().replace(hour=13)
        await acquire_lease(connection, "fake/bot", owner="me", now=world.clock(), until=later)
    assert await dispatcher.step()
    assert not await dispatcher.step()
    async with world.database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(alerts))).scalar() == 0


async def test_a_running_sender_sends_the_announcement(world, dispatcher):
    await subscribe(world, "1", "2")
    async with running_sender(world) as sender:
        dispatcher = AnnouncementDispatcher(
            world.database, Access(), world.clock, on_queued=sender.wake
        )
        (card,) = await send(world, "/announce Hello.")
        await press(world, card.buttons[0])
        await dispatcher.step()
        await world.chat.wait_for_sent(2)


async def test_failed_and_sources_show_problems(world, dispatcher):
    (card,) = await send(world, "/failed")
    assert "fake/you" not in card_text(card)
    await world.send_command("/subscribe sanctions", CHAT)
    await world.ingest_items(make_item("a"))
    world.chat.fail = lambda _ref, _card: MessageRejected("too odd")
    await world.run_pipeline()
    (card,) = await send(world, "/failed")
    line = next(line for line in card_text(card).splitlines() if "Sanctions" in line)
    assert line.startswith("fake/you")
    assert "too odd" in line
    assert "0 feeds" in card_text((await send(world, "/sources 5"))[0])
    for wrong in ("/failed 0", "/failed 31", "/sources many", "/failed -1"):
        assert "30" in card_text((await send(world, wrong))[0])


async def test_help_lists_operator_commands_for_operators_only(world, dispatcher):
    assert "/announce" in card_text((await send(world, "/help"))[0])
    assert "/announce" not in card_text((await send(world, "/help", user_id="other"))[0])
