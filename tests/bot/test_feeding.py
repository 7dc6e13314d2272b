import pytest
from sqlalchemy.engine import make_url

from bot.conversation.access import Access
from bot.conversation.conversation import Conversation
from bot.model import Ref
from tests.bot.feed_world import URL, Feeds
from tests.watchers.sources.made_feeds import rss
from watchers.errors import Refused
from watchers.isolation import Isolation

OPERATOR = Ref("console", "here", "me")
HTML = "text/html"
PAGE = """<html><head><title>The Post</title>
<link rel="alternate" type="application/rss+xml" title="The Post" href="/news.xml">
<link rel="alternate" type="application/rss+xml" title="The Post: World" href="/world.xml">
<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments.xml"></head></html>"""


@pytest.fixture(params=["sqlite"])
def database_url(request, tmp_path):
    """What is said of feeds does not hang on the kind of database: the store's tests run on both."""
    return make_url(f"sqlite+aiosqlite:///{tmp_path / 'tocsin.sqlite3'}")


@pytest.fixture
async def feeds(world):
    async with Isolation() as isolation:
        made = Feeds(world, isolation)
        made.server.put(URL, rss((2, 1)))
        world.conversation = Conversation(
            world.database, world.clock, access=Access(), feeds=made.list
        )
        yield made


async def test_a_feed_is_added_looked_at_and_its_items_are_known(world, feeds):
    said = await world.say(f"/feeds add {URL}")
    assert "The Example is now followed; 2 items known" in said
    assert "followed already" in await world.say(f"/feeds add {URL}")
    assert "followed already" in await world.say("/feeds http://example.org/feed.xml/")


async def test_a_site_with_several_feeds_is_a_choice(world, feeds):
    feeds.server.put("https://post.example/", PAGE.encode(), content_type=HTML)
    for name in ("news", "world", "comments"):
        feeds.server.put(f"https://post.example/{name}.xml", rss((1,), title=name))
    said = await world.say("/feeds add https://post.example/")
    assert "There are 2 feeds there. Which one?" in said
    cards = await world.press("add_feed", "https://post.example/world.xml")
    assert "world is now followed" in "".join(p.text for p in cards[0].lines[0])


async def test_an_address_without_a_feed_is_refused_with_the_reason(world, feeds):
    feeds.server.put("https://nothing.example/", b"<html><p>Welcome", content_type=HTML)
    said = await world.say("/feeds add https://nothing.example/")
    assert said.startswith("Nothing to follow at https://nothing.example/: no feed was found")
    said = await world.say("/feeds add https://nowhere.example/")
    assert said == "Nothing to follow at https://nowhere.example/: 404: there is no such page."
    assert "No feeds yet" in await world.say("/feeds")


async def test_the_list_shows_what_fails_first_in_words(world, feeds):
    await world.say(f"/feeds add {URL}")
    other = "https://other.example/feed"
    feeds.server.put(other, rss((1,), title="Other"))
    await world.say(f"/feeds add {other}")
    feeds.server.fail(other, Refused(404, "404: there is no such page", address=other))
    await feeds.ask((await feeds.list.overview()).feeds[1])
    lines = (await world.say("/feeds")).splitlines()
    assert lines[0].strip() == "2 feeds"
    assert "2. Other  failed 1 time: 404: there is no such page" in lines[1]
    assert "1. The Example  news just now, asked every" in lines[2]


async def test_a_long_list_shows_how_many_more_there_are(world, feeds):
    for number in range(40):
        await feeds.add(f"https://h{number}.example/")
    assert "… and 10 more" in await world.say("/feeds")


async def test_only_those_who_run_the_bot_pause_resume_and_remove(world, feeds):
    await world.say(f"/feeds add {URL}")
    for verb in ("pause", "resume", "remove"):
        assert "only those who run Tocsin" in await world.say(f"/feeds {verb} 1")
    assert "only those who run Tocsin" in await world.say("/feeds check")
    assert "is paused" in await world.say("/feeds pause example", OPERATOR)
    assert "1 feed, 1 paused" in await world.say("/feeds")
    assert "is paused; /feeds resume 1 asks it again" in await world.say("/feeds check 1")
    assert "is asked again" in await world.say("/feeds resume 1", OPERATOR)
    assert "not followed any more" in await world.say("/feeds remove 1", OPERATOR)
    assert "No feeds yet" in await world.say("/feeds")


async def test_a_check_asks_at_once_but_not_twice_in_a_minute(world, feeds):
    await world.say('/subscribe source:"The Example"')
    await world.say(f"/feeds add {URL}")
    assert "was asked a moment ago" in await world.say("/feeds check 1")
    world.clock.turn(minutes=2)
    feeds.server.put(URL, rss((3, 2, 1)))
    assert "The Example is asked now" in await world.say("/feeds check the example")
    await feeds.watch.finish()
    await world.spread()
    assert world.chat.titles() == ["News 3"]
    assert "was asked a moment ago" in await world.say("/feeds check 1")
    world.clock.turn(seconds=1)
    assert "is asked now" in await world.say("/feeds check 1", OPERATOR)
    assert "1 feed will be asked now" in await world.say("/feeds check", OPERATOR)


async def test_a_name_that_may_mean_several_asks_for_the_number(world, feeds):
    await feeds.add("https://a.example/", title="World news")
    await feeds.add("https://b.example/", title="World sport")
    assert "say the number" in await world.say("/feeds check world")
    assert "No feed is called “moon”" in await world.say("/feeds check moon")
    assert "World news is asked now" in await world.say("/feeds check World News")


@pytest.mark.parametrize("text", ["/feeds nonsense", "/feeds add", "/feeds remove"])
async def test_misuse_is_told_what_there_is(world, feeds, text):
    assert "takes" in await world.say(text)


async def follow(world, feeds, address: str = URL) -> str:
    said = await world.say(f"/subscribe {address}")
    world.clock.turn(minutes=2)
    await world.spread()
    assert world.chat.sent == []  # what is there already is no news
    return said


async def news(world, feeds, address: str = URL) -> list[str]:
    await world.say("/feeds check", OPERATOR)
    await feeds.watch.finish()
    await world.spread()
    return world.chat.titles()


async def test_a_chat_follows_a_source_whole_by_its_address(world, feeds):
    assert "Following" in await follow(world, feeds)
    feeds.server.put(URL, rss((4, 3, 2, 1)))
    assert await news(world, feeds) == ["News 3", "News 4"]


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
async def test_a_source_of_any_title_can_be_followed(world, feeds, title):
    feeds.server.put(URL, rss((1,), title=title))
    await follow(world, feeds)
    feeds.server.put(URL, rss((2, 1), title=title))
    assert await news(world, feeds) == ["News 2"]


async def test_an_aggregator_is_followed_with_all_its_publishers(world, feeds):
    def shown(*numbers: int) -> bytes:
        return rss(numbers).replace(
            b"</link><description>",
            b"</link><source url='https://w.example'>The Wire</source><description>",
        )

    feeds.server.put(URL, shown(1))
    await follow(world, feeds)
    feeds.server.put(URL, shown(2, 1))
    assert await news(world, feeds) == ["News 2"]


async def test_a_site_with_several_feeds_is_followed_by_choice(world, feeds):
    feeds.server.put("https://post.example/", PAGE.encode(), content_type=HTML)
    for name in ("news", "world"):
        feeds.server.put(f"https://post.example/{name}.xml", rss((1,), title=name))
    assert "Which one?" in await world.say("/subscribe https://post.example/")
    cards = await world.press("watch", "https://post.example/world.xml")
    assert any("Following" in "".join(p.text for p in card.lines[0]) for card in cards)


async def test_a_source_that_changes_its_title_is_followed_on(world, feeds):
    await follow(world, feeds)
    feeds.server.put(URL, rss((3, 2, 1), title="Another Name"))
    assert await news(world, feeds) == ["News 3"]
    feeds.server.put(URL, rss((4, 3, 2, 1), title="A Third Name"))
    assert await news(world, feeds) == ["News 3", "News 4"]
    found = await world.say('/search source:"The Example"')
    assert all(f"News {number}" in found for number in (1, 2, 3, 4))


async def test_a_source_that_moves_is_followed_on_under_every_name_it_had(world, feeds):
    moved = "https://new.example.net/feed.xml"
    await follow(world, feeds)
    feeds.server.put(moved, rss((2, 1), title="Another Name"))
    feeds.server.move(URL, moved)
    for _ in range(3):
        assert await news(world, feeds) == []
    feeds.server.put(moved, rss((3, 2, 1), title="Another Name"))
    assert await news(world, feeds) == ["News 3"]


async def test_a_source_that_moves_to_one_that_is_followed_already_brings_that_one(world, feeds):
    moved = "https://new.example.net/feed.xml"
    feeds.server.put(moved, rss((2, 1), title="Another Name", key="new-{}"))
    await world.say(f"/feeds add {moved}")
    await follow(world, feeds)
    feeds.server.move(URL, moved)
    for _ in range(3):
        await news(world, feeds)
    feeds.server.put(moved, rss((3, 2, 1), title="Another Name", key="new-{}"))
    assert await news(world, feeds) == ["News 3"]


async def test_one_of_two_sources_with_one_title_is_followed_by_its_address(world, feeds):
    other = "https://other.example/feed.xml"
    feeds.server.put(other, rss((7,), site="https://other.example/"))
    await world.say(f"/feeds add {other}")
    assert "Following" in await follow(world, feeds)
    feeds.server.put(URL, rss((3, 2, 1), title="Another Name"))
    feeds.server.put(other, rss((8, 7), site="https://other.example/"))
    assert await news(world, feeds) == ["News 3"]
