import pytest
from sqlalchemy import update

from bot.conversation.cards.card import Card
from bot.conversation.conversation import Conversation
from bot.conversation.limits import ChatLimits, Workload
from bot.conversation.registry import Access
from bot.conversation.request import IncomingMessage
from bot.models import ChatRef
from bot.store.tables import sources
from tests.bot.conftest import CHAT
from tests.bot.ingest.feed_world import URL, FeedWorld
from tests.watchers.sources.made_feeds import rss
from watchers.errors import HttpStatusError
from watchers.process_pool import SandboxPool

OPERATOR = ChatRef("console", "here", "me")
HTML = "text/html"
PAGE = """<html><head><title>The Post</title>
<link rel="alternate" type="application/rss+xml" title="The Post" href="/news.xml">
<link rel="alternate" type="application/rss+xml" title="The Post: World" href="/world.xml">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments.xml"></head></html>"""


@pytest.fixture(params=["sqlite"])
def database_url(request, sqlite_url):
    """The feed service does not depend on the kind of database: the tests of the store run on both."""
    return sqlite_url


@pytest.fixture
async def feeds(world):
    async with SandboxPool() as isolation:
        feeds = FeedWorld(world, isolation)
        feeds.server.put(URL, rss((2, 1)))
        world.conversation = Conversation(
            world.database, world.clock, access=Access(), feeds=feeds.service
        )
        yield feeds


async def send(world, text: str) -> list[Card]:
    return await world.conversation.handle_message(IncomingMessage(CHAT, text, "me"))


async def listed(feeds):
    return (await feeds.service.overview()).feeds


async def is_due(feeds) -> bool:
    (feed,) = await listed(feeds)
    return feed.due_at is not None and feed.due_at <= feeds.clock()


async def test_a_new_feed_is_polled_and_its_items_are_stored(world, feeds):
    answer = await world.send_command(f"/feeds add {URL}")
    assert "The Example" in answer
    assert "2 items" in answer
    for address in (f"add {URL}", "http://example.org/feed.xml/"):
        answer = await world.send_command(f"/feeds {address}")
        assert "The Example" in answer
        assert "added before" in answer
    assert len(await listed(feeds)) == 1
    added = await feeds.service.add(URL)
    assert (added.is_new, added.items) == (False, 2)


async def test_a_site_with_several_feeds_offers_a_choice(world, feeds):
    feeds.server.put("https://post.example/", PAGE.encode(), content_type=HTML)
    for name in ("news", "world", "comments"):
        feeds.server.put(f"https://post.example/{name}.xml", rss((1,), title=name))
    (card,) = await send(world, "/feeds add https://post.example/")
    choices = [
        button.action.argument for button in card.buttons if button.action.verb == "add_feed"
    ]
    assert choices == ["https://post.example/news.xml", "https://post.example/world.xml"]
    assert await listed(feeds) == ()
    await world.press_button("add_feed", choices[1])
    assert [feed.title for feed in await listed(feeds)] == ["world"]


async def test_an_address_without_a_feed_is_rejected_with_the_reason(world, feeds):
    feeds.server.put("https://nothing.example/", b"<html><p>Welcome", content_type=HTML)
    answer = await world.send_command("/feeds add https://nothing.example/")
    assert "https://nothing.example/: no feed was found" in answer
    answer = await world.send_command("/feeds add https://nowhere.example/")
    assert "https://nowhere.example/: 404: there is no such page" in answer
    assert await listed(feeds) == ()


async def test_the_list_shows_failing_feeds_first(world, feeds):
    await world.send_command(f"/feeds add {URL}")
    other = "https://other.example/feed"
    feeds.server.put(other, rss((1,), title="Other"))
    await world.send_command(f"/feeds add {other}")
    feeds.server.fail(other, HttpStatusError(404, "404: there is no such page", address=other))
    await feeds.poll((await listed(feeds))[1])
    lines = (await world.send_command("/feeds")).splitlines()
    assert "2 feeds" in lines[0]
    assert "2. Other" in lines[1]
    assert "404: there is no such page" in lines[1]
    assert "1. The Example" in lines[2]


async def test_a_long_list_shows_how_many_more_there_are(world, feeds):
    for number in range(40):
        await feeds.add(f"https://h{number}.example/")
    assert "10 more" in await world.send_command("/feeds")


async def test_only_operators_pause_resume_and_remove(world, feeds):
    async def states() -> list[str]:
        return [feed.state for feed in await listed(feeds)]

    await world.send_command(f"/feeds add {URL}")
    world.clock.advance(minutes=2)
    for command in ("pause 1", "resume 1", "remove 1", "check"):
        await world.send_command(f"/feeds {command}")
        assert await states() == ["active"]
        assert not await is_due(feeds)
    await world.send_command("/feeds pause example", OPERATOR)
    assert await states() == ["paused"]
    assert "1 paused" in await world.send_command("/feeds")
    answer = await world.send_command("/feeds check 1")
    assert "/feeds resume 1" in answer
    assert await states() == ["paused"]
    await world.send_command("/feeds resume 1", OPERATOR)
    assert await states() == ["active"]
    assert await is_due(feeds)
    await world.send_command("/feeds remove 1", OPERATOR)
    assert await states() == []


async def test_a_check_polls_now_but_only_once_a_minute(world, feeds):
    await world.send_command('/subscribe source:"The Example"')
    await world.send_command(f"/feeds add {URL}")
    await world.send_command("/feeds check 1")
    assert not await is_due(feeds)
    world.clock.advance(minutes=2)
    feeds.server.put(URL, rss((3, 2, 1)))
    await world.send_command("/feeds check the example")
    assert await is_due(feeds)
    await feeds.poller.finish()
    await world.run_pipeline()
    assert world.chat.titles() == ["News 3"]
    await world.send_command("/feeds check 1")
    assert not await is_due(feeds)
    # The limit does not apply to operators.
    for command in ("check 1", "check"):
        world.clock.advance(seconds=1)
        await world.send_command(f"/feeds {command}", OPERATOR)
        assert await is_due(feeds)
        await feeds.poller.finish()
        assert not await is_due(feeds)


async def test_an_ambiguous_name_requires_the_number(world, feeds):
    await feeds.add("https://a.example/", title="World news")
    await feeds.add("https://b.example/", title="World sport")
    answer = await world.send_command("/feeds check world")
    assert "number" in answer
    assert "1 World news, 2 World sport" in answer
    assert "“moon”" in await world.send_command("/feeds check moon")
    answer = await world.send_command("/feeds check World News")
    assert "World news" in answer
    assert "World sport" not in answer


@pytest.mark.parametrize("text", ["/feeds nonsense", "/feeds add", "/feeds remove"])
async def test_wrong_arguments_are_answered_with_the_syntax(world, feeds, text):
    assert "/feeds" in await world.send_command(text)
    assert await listed(feeds) == ()


async def subscribe(world, feeds, address: str = URL) -> None:
    await world.send_command(f"/subscribe {address}")
    world.clock.advance(minutes=2)
    await world.run_pipeline()
    # The items of the first poll are not alerted.
    assert world.chat.sent == []


async def poll_and_deliver(world, feeds, address: str = URL) -> list[str]:
    await world.send_command("/feeds check", OPERATOR)
    await feeds.poller.finish()
    await world.run_pipeline()
    return world.chat.titles()


async def test_a_chat_subscribes_to_a_source_by_its_address(world, feeds):
    await subscribe(world, feeds)
    feeds.server.put(URL, rss((4, 3, 2, 1)))
    assert await poll_and_deliver(world, feeds) == ["News 3", "News 4"]


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Say &quot;when&quot; and: (more) AND -less",
        "The longest title of all " + "that goes on and on " * 20,
        "Новости дня",
        "日本のニュース",
    ],
)
async def test_a_source_with_any_title_can_be_subscribed_to(world, feeds, title):
    feeds.server.put(URL, rss((1,), title=title))
    await subscribe(world, feeds)
    feeds.server.put(URL, rss((2, 1), title=title))
    assert await poll_and_deliver(world, feeds) == ["News 2"]


async def test_an_aggregator_is_subscribed_to_with_all_its_publishers(world, feeds):
    def make_feed(*numbers: int) -> bytes:
        return rss(numbers).replace(
            b"</link><description>",
            b"</link><source url='https://w.example'>The Wire</source><description>",
        )

    feeds.server.put(URL, make_feed(1))
    await subscribe(world, feeds)
    feeds.server.put(URL, make_feed(2, 1))
    assert await poll_and_deliver(world, feeds) == ["News 2"]


async def test_a_site_with_several_feeds_is_subscribed_to_by_choice(world, feeds):
    feeds.server.put("https://post.example/", PAGE.encode(), content_type=HTML)
    for name in ("news", "world"):
        feeds.server.put(f"https://post.example/{name}.xml", rss((1,), title=name))
    (card,) = await send(world, "/subscribe https://post.example/")
    choices = [button.action for button in card.buttons if button.action.verb == "watch"]
    assert [choice.argument for choice in choices] == [
        "https://post.example/news.xml",
        "https://post.example/world.xml",
    ]
    await world.press_button("watch", choices[1].argument)
    assert "world" in await world.send_command("/topics")
    assert [feed.title for feed in await listed(feeds)] == ["world"]


async def test_a_subscription_survives_a_new_title(world, feeds):
    await subscribe(world, feeds)
    feeds.server.put(URL, rss((3, 2, 1), title="Another Name"))
    assert await poll_and_deliver(world, feeds) == ["News 3"]
    feeds.server.put(URL, rss((4, 3, 2, 1), title="A Third Name"))
    assert await poll_and_deliver(world, feeds) == ["News 3", "News 4"]
    answer = await world.send_command('/search source:"The Example"')
    assert all(f"News {number}" in answer for number in (1, 2, 3, 4))


async def test_a_subscription_survives_a_move_and_a_new_title(world, feeds):
    moved = "https://new.example.net/feed.xml"
    await subscribe(world, feeds)
    feeds.server.put(moved, rss((2, 1), title="Another Name"))
    feeds.server.move(URL, moved)
    for _ in range(3):
        assert await poll_and_deliver(world, feeds) == []
    feeds.server.put(moved, rss((3, 2, 1), title="Another Name"))
    assert await poll_and_deliver(world, feeds) == ["News 3"]


async def test_a_source_that_moves_to_an_existing_feed_becomes_that_feed(world, feeds):
    moved = "https://new.example.net/feed.xml"
    feeds.server.put(moved, rss((2, 1), title="Another Name", key="new-{}"))
    await world.send_command(f"/feeds add {moved}")
    await subscribe(world, feeds)
    feeds.server.move(URL, moved)
    for _ in range(3):
        await poll_and_deliver(world, feeds)
    feeds.server.put(moved, rss((3, 2, 1), title="Another Name", key="new-{}"))
    assert await poll_and_deliver(world, feeds) == ["News 3"]


async def test_one_of_two_sources_with_the_same_title_is_subscribed_to_by_its_address(world, feeds):
    other = "https://other.example/feed.xml"
    feeds.server.put(other, rss((7,), site="https://other.example/"))
    await world.send_command(f"/feeds add {other}")
    await subscribe(world, feeds)
    feeds.server.put(URL, rss((3, 2, 1), title="Another Name"))
    feeds.server.put(other, rss((8, 7), site="https://other.example/"))
    assert await poll_and_deliver(world, feeds) == ["News 3"]


async def test_the_secrets_of_a_feed_address_are_shown_to_operators_only(world, feeds):
    address = "https://alice:s3cretpw@example.org/private.xml?token=t0ken&topic=a"
    feeds.server.put(address, rss((1,), title="Reports"))
    added = (await feeds.service.add(address)).feed
    assert added.address == address
    assert added.names == ("Reports", "https://example.org/private.xml?topic=a")
    for command in ("/feeds", "/export feeds", "/feeds check Reports"):
        cards = str(await send(world, command))
        assert "s3cretpw" not in cards
        assert "t0ken" not in cards
    assert "No feed matches" in str(await send(world, "/feeds check s3cretpw"))
    (card,) = await send(world, "/search source:s3cretpw")
    assert "No items match" in str(card)
    assert b"s3cretpw" in await feeds.service.export_opml(with_secrets=True)
    assert b"s3cretpw" not in await feeds.service.export_opml()


async def test_a_stored_name_with_a_password_is_not_an_oracle(world, feeds):
    """Older versions stored the complete address among the names of a feed."""
    added = await feeds.service.add(URL)
    names = ["The Example", "https://alice:s3cretpw@example.org/feed.xml"]
    async with world.database.writing() as connection:
        await connection.execute(
            update(sources).where(sources.c.id == added.feed.id).values(names=names)
        )
    (card,) = await send(world, "/search source:s3cretpw")
    assert "No items match" in str(card)
    (feed,) = await listed(feeds)
    assert feed.names == ("The Example", "https://example.org/feed.xml")


async def test_a_chat_adds_at_most_its_number_of_feeds(world, feeds):
    workload = Workload(Access(), ChatLimits(feeds=2))
    world.conversation = Conversation(
        world.database, world.clock, access=workload, feeds=feeds.service
    )
    for name in ("a", "b", "c"):
        feeds.server.put(f"https://{name}.example/feed.xml", rss((1,), title=name))
    await world.send_command("/feeds add https://a.example/feed.xml")
    await world.send_command("/subscribe https://b.example/feed.xml")
    for command in ("/feeds add", "/subscribe"):
        answer = await world.send_command(f"{command} https://c.example/feed.xml")
        assert "at most 2 feeds" in answer
    # Erasing the data of the chat does not remove its feeds.
    (card,) = await send(world, "/forget")
    await world.press_button("erase", card.buttons[0].action.argument)
    assert "at most 2 feeds" in await world.send_command("/feeds add https://c.example/feed.xml")
    assert {feed.title for feed in await listed(feeds)} == {"a", "b"}
