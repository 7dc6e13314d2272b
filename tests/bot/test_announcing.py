import pytest
from sqlalchemy import func, select

from bot.announcing import Announcer
from bot.conversation.access import Access
from bot.conversation.announcing import LONGEST
from bot.conversation.conversation import Conversation
from bot.conversation.request import Message, Press
from bot.errors import Gone, Rejected
from bot.model import Ref
from bot.store.announcements import announce, announce_page, tell_operators
from bot.store.chats import suspend_chat
from bot.store.leases import take_lease
from bot.store.tables import alerts
from tests.bot.conftest import YOU, brief
from tests.bot.delivery.test_sender import running

ANN = Ref("fake", "bot", "ann")


@pytest.fixture
def access() -> Access:
    return Access(["fake:ann", "fake:7"])


@pytest.fixture
def announcer(world, access) -> Announcer:
    world.conversation = Conversation(world.database, world.clock, access=access)
    return Announcer(world.database, access, world.clock)


async def hear(world, text: str, by: str = "ann"):
    return await world.conversation.hear(Message(ANN, text, by))


async def press(world, button, by: str = "ann"):
    return await world.conversation.press(Press(ANN, button.action, by))


def words(card) -> str:
    return "\n".join("".join(piece.text for piece in line) for line in card.lines)


async def followers(world, *chats: str) -> None:
    for chat in chats:
        await world.say("/subscribe sanctions", Ref("fake", "bot", chat))


async def spread(world, announcer) -> None:
    while await announcer.step():
        pass
    await world.brief()
    await world.deliver()


async def test_a_question_comes_first_and_says_how_many_are_told(world, announcer):
    await followers(world, "1", "2", "3")
    (card,) = await hear(world, "/announce Back at *five* <b>sharp</b>.")
    assert words(card) == "Announce this to 3 chats?\nBack at *five* <b>sharp</b>."
    await spread(world, announcer)
    assert world.chat.sent == []  # nothing without an answer
    (card,) = await press(world, card.buttons[0])
    assert "3 chats now" in words(card)
    await spread(world, announcer)
    assert sorted(ref.chat for ref, _ in world.chat.sent) == ["1", "2", "3"]
    told = "From those who run Tocsin\nBack at *five* <b>sharp</b>."
    assert {words(card) for _, card in world.chat.sent} == {told}
    assert all(options.silent for options in world.chat.options)  # as bulk
    assert "3 sent" in words((await hear(world, "/announce"))[0])


async def test_a_second_press_tells_nothing_twice(world, announcer):
    await followers(world, "1")
    (card,) = await hear(world, "/announce Hello.")
    for _ in range(2):
        (answer,) = await press(world, card.buttons[0])
    assert "announced already" in words(answer)
    await spread(world, announcer)
    assert len(world.chat.sent) == 1


async def test_only_those_who_run_the_bot_may(world, announcer):
    await followers(world, "1")
    (card,) = await hear(world, "/announce Hello.")
    (answer,) = await press(world, card.buttons[0], by="somebody")
    assert "TOCSIN_ADMINS" in words(answer)
    for command in ("/announce Hello.", "/sources", "/failed", "/stats"):
        (answer,) = await hear(world, command, by="somebody")
        assert "for those who run this bot (TOCSIN_ADMINS)" in words(answer)
        assert not answer.buttons
    await spread(world, announcer)
    assert world.chat.sent == []


async def test_a_chat_hears_it_once_however_many_threads_it_has(world, announcer):
    for thread in ("", "5", "6"):
        await world.say("/subscribe sanctions", Ref("fake", "bot", "forum", thread))
    await world.say("/language uk", Ref("fake", "bot", "quiet"))  # known, and follows nothing
    await followers(world, "gone")
    async with world.database.writing() as connection:
        gone = Ref("fake", "bot", "gone")
        await suspend_chat(connection, gone, "blocked", now=world.clock())
    (card,) = await hear(world, "/announce Hello.")
    assert words(card).startswith("Announce this to 1 chat?")
    await press(world, card.buttons[0])
    await spread(world, announcer)
    assert [ref for ref, _ in world.chat.sent] == [Ref("fake", "bot", "forum")]


async def test_it_goes_on_where_it_was_after_a_crash(world, announcer):
    await followers(world, *map(str, range(7)))
    async with world.database.writing() as connection:
        assert await announce(connection, "Hello.", by="ann", nonce="n", now=world.clock())
    async with world.database.writing() as connection:
        await announce_page(connection, now=world.clock(), most=3)
    with pytest.raises(RuntimeError):
        async with world.database.writing() as connection:
            await announce_page(connection, now=world.clock(), most=3)
            raise RuntimeError("killed before the commit")
    await spread(world, announcer)
    assert sorted(ref.chat for ref, _ in world.chat.sent) == [str(n) for n in range(7)]


async def test_news_goes_ahead_of_it(world, announcer):
    await followers(world, "1")
    async with world.database.writing() as connection:
        await announce(connection, "Hello.", by="ann", nonce="n", now=world.clock())
    while await announcer.step():
        pass
    await world.find(brief("a"))
    await world.fan_out()
    await world.deliver()
    assert world.chat.titles(Ref("fake", "bot", "1")) == [
        "Sanctions on North Korea",
        "From those who run Tocsin",
    ]


async def test_quiet_hours_and_pauses_are_kept(world, announcer):
    await followers(world, "sleeps", "rests", "wakes")
    await world.say("/quiet 11:00-14:00 hold", Ref("fake", "bot", "sleeps"))
    await world.say("/pause 3h", Ref("fake", "bot", "rests"))
    async with world.database.writing() as connection:
        await announce(connection, "Hello.", by="ann", nonce="n", now=world.clock())
    order = []
    for _ in range(4):
        await spread(world, announcer)
        order += [ref.chat for ref, _ in world.chat.sent[len(order) :]]
        world.clock.turn(hours=1, minutes=1)
    assert order == ["wakes", "sleeps", "rests"]


async def test_what_cannot_be_announced_is_said(world, announcer):
    assert "nobody to announce it to" in words((await hear(world, "/announce Hello."))[0])
    await followers(world, "1")
    assert "after a question" in words((await hear(world, "/announce"))[0])
    (card,) = await hear(world, f"/announce {'x' * (LONGEST + 1)}")
    assert "2,000 characters at most" in words(card)
    (card,) = await hear(world, "/announce Hello.")
    broken = card.buttons[0].action.__class__("announce", "nonce")
    (answer,) = await world.conversation.press(Press(ANN, broken, "ann"))
    assert "cannot be read" in words(answer)


async def test_what_concerns_those_who_run_it_reaches_each_of_them_once(world, announcer):
    async with world.database.writing() as connection:
        await tell_operators(connection, "A feed is gone.", now=world.clock())
    assert not await announcer.step()  # nobody has ever sent for an account: it waits
    async with world.database.writing() as connection:
        now = world.clock()
        await take_lease(connection, "fake/bot", owner="me", now=now, until=now)
    world.chat.fail = lambda ref, _: Gone("blocked") if ref.chat == "7" else None
    world.clock.turn(minutes=5)
    await spread(world, announcer)
    await spread(world, announcer)
    assert [(ref, words(card)) for ref, card in world.chat.sent] == [
        (ANN, "For those who run Tocsin\nA feed is gone.")
    ]


async def test_without_an_operator_nothing_piles_up(world):
    announcer = Announcer(world.database, Access(), world.clock)
    async with world.database.writing() as connection:
        await tell_operators(connection, "A feed is gone.", now=world.clock())
        later = world.clock().replace(hour=13)
        await take_lease(connection, "fake/bot", owner="me", now=world.clock(), until=later)
    assert await announcer.step()
    assert not await announcer.step()
    async with world.database.reading() as connection:
        assert (await connection.execute(select(func.count()).select_from(alerts))).scalar() == 0


async def test_a_running_bot_sends_it(world, announcer):
    await followers(world, "1", "2")
    async with running(world) as sender:
        announcer = Announcer(world.database, Access(), world.clock, on_queued=sender.wake)
        (card,) = await hear(world, "/announce Hello.")
        await press(world, card.buttons[0])
        await announcer.step()
        await world.chat.until(2)


async def test_failed_and_sources_tell_what_goes_wrong(world, announcer):
    assert "has arrived" in words((await hear(world, "/failed"))[0])
    await world.say("/subscribe sanctions", YOU)
    await world.find(brief("a"))
    world.chat.fail = lambda _ref, _card: Rejected("too odd")
    await world.spread()
    assert "fake/you  Sanctions on North Korea  just now, too odd" in words(
        (await hear(world, "/failed"))[0]
    )
    assert "0 feeds" in words((await hear(world, "/sources 5"))[0])
    for wrong in ("/failed 0", "/failed 31", "/sources many", "/failed -1"):
        assert "takes a number up to 30" in words((await hear(world, wrong))[0])


async def test_help_lists_them_for_those_who_may(world, announcer):
    assert "/announce" in words((await hear(world, "/help"))[0])
    assert "/announce" not in words((await hear(world, "/help", by="somebody"))[0])
