"""Links, replies, forwarded posts, menus, inline mode: how people come to a topic, and go on from one."""

import asyncio

import pytest

from bot.chats.telegram import menus
from bot.chats.telegram.markup import JOINER
from bot.chats.telegram.remote import elsewhere
from bot.chats.telegram.turns import ByChat
from bot.chats.telegram.words import WORDS
from bot.clock import utc_now
from bot.conversation.conversation import Conversation
from bot.errors import MisuseError
from tests.bot.chats.telegram.conftest import Life
from tests.bot.conftest import World, brief
from tests.fakes.telegram_chats import readable

ARTICLE = brief(
    "a",
    title="Council agrees on sanctions",
    text="The council met.\n\nIt agreed on sanctions against two banks. The vote was close.",
)
GROUP = -1001


async def test_a_topic_is_handed_on_by_a_link_and_taken_with_a_tap(life):
    server = life.server
    await life.said('/subscribe "North Korea" AND sanctions')
    shared = await life.said("/share 1")
    follow, group = (key["url"] for key in server.keys(shared))
    assert follow.startswith("https://t.me/tocsin_bot?start=")
    assert group.startswith("https://t.me/tocsin_bot?startgroup=")
    assert follow in shared.text
    question = await life.said(f"/start {follow.partition('=')[2]}", chat=8)
    assert question.text.startswith('Follow "North Korea" AND sanctions?')
    assert await life.topics(8) == []
    await life.edited(question, "Yes")
    assert await life.topics(8) == ['"North Korea" AND sanctions']


async def test_a_link_into_a_group_asks_its_admins(life):
    server = life.server
    await life.said("/subscribe sanctions")
    payload = server.keys(await life.said("/share"))[1]["url"].partition("=")[2]
    server.make_admins(GROUP, 8)
    question = await life.said(f"/start@tocsin_bot {payload}", chat=GROUP, by=9)
    server.tap(question, "Yes", by=9)
    await server.until(lambda: server.popups)
    assert "Only admins" in server.popups[0]["text"]
    await life.edited(question, "Yes", by=8)
    assert await life.topics(GROUP) == ["sanctions"]


async def test_a_topic_too_long_for_a_link_is_handed_on_as_well(life):
    topic = " OR ".join(f"sanctions{number}" for number in range(40))
    await life.said(f"/subscribe {topic}")
    link = life.server.keys(await life.said("/share 1"))[0]["url"]
    payload = link.partition("=")[2]
    assert len(payload) <= 64
    question = await life.said(f"/start {payload}", chat=8)
    assert "sanctions39" in question.text


@pytest.mark.parametrize(
    "payload", ["t", "k" + "A" * 16, "t!!!", "tgarbage", "x123", "t" + "A" * 70]
)
async def test_a_link_that_says_nothing_is_a_plain_start(life, payload):
    said = await life.said(f"/start {payload}")
    assert "broke" not in said.text
    assert await life.topics(7) == []


async def test_a_command_in_answer_to_an_alert_is_about_that_alert(life):
    await life.said("/subscribe sanctions")
    await life.said("/subscribe council")
    await life.news(ARTICLE)
    alert = await life.alerted()
    await life.news(
        brief(
            "b",
            title="Timber merchants in the north fear sanctions",
            text="Sawmills along the river wait for papers. Their owners know nothing.",
        )
    )
    await life.alerted()
    assert "two banks" in (await life.said("/summary", to=alert)).text
    assert "Why you got Council agrees" in (await life.said("/why", to=alert)).text
    assert "does not match" in (await life.said("/why missile", to=alert)).text
    muted = await life.said("/mute 2h", to=alert)
    assert "“sanctions” and “council” for 2 hours" in muted.text
    asked = await life.said("/mute", to=alert)
    assert life.server.labels(asked)[:3] == ["1 hour", "1 day", "1 week"]
    which = await life.said("/unsubscribe", to=alert)
    assert life.server.labels(which) == ["sanctions", "council", "None"]


async def test_a_command_in_answer_to_something_else_means_what_it_says(life):
    hello = await life.said("/subscribe sanctions")
    await life.news(ARTICLE)
    await life.alerted()
    assert "two banks" in (await life.said("/summary", to=hello)).text
    assert "Which topic" in (await life.said("/mute", to=hello)).text


async def test_a_forwarded_post_is_offered_to_be_summed_up(life):
    origin = {"type": "hidden_user", "sender_user_name": "X", "date": 1}
    post = "The council met in the morning. It agreed on sanctions against two banks. " * 6
    offer = await life.said(post, forward_origin=origin)
    assert life.server.labels(offer)[0] == "Summarise"
    assert "sanctions" in await life.edited(offer, "Summarise")
    assert await life.topics(7) == []
    command = await life.said("/subscribe spam", forward_origin=origin)
    assert "Following" not in command.text


class _Pages:
    async def page(self, url):
        raise MisuseError(f"{url} cannot be read: asked in a test")


class _Feeds:
    async def add(self, address):
        raise MisuseError(f"{address} is no source: asked in a test")


async def test_a_pasted_address_is_offered_to_be_read_or_watched(database, server):
    world = World(database, utc_now)
    async with Life(world, server, pages=_Pages(), feeds=_Feeds()) as life:
        offer = await life.said(
            "https://news.example/a", entities=[{"type": "url", "offset": 0, "length": 22}]
        )
        assert offer.text.replace(JOINER, "") == "A page of news.example"
        assert server.labels(offer) == ["Summarise", "Watch this source", "No"]
        server.tap(offer, "Summarise")
        said = await life.alerted()
        assert "asked in a test" in said.text
        for shared in (
            "Council agrees on sanctions\nhttps://news.example/a?b=(1).",
            "look: https://news.example/a",
            "(https://news.example/a)",
        ):
            offer = await life.said(shared)
            assert offer.text.replace(JOINER, "") == "A page of news.example"
        odd = await life.said("see http://[::1 now")
        assert "broke" not in odd.text


async def test_show_3_shows_the_newest_and_leaves_the_question_there(life):
    await life.world.find(*(brief(f"i{n}", title=f"Sanctions {n}") for n in range(8)))
    question = await life.said("sanctions")
    assert "8 of 8 items" in question.text
    assert life.server.labels(question) == ["Yes", "Show 3", "No"]
    life.server.tap(question, "Show 3")
    shown = await life.alerted()
    assert shown.text.count("Sanctions ") == 3
    assert not question.edits
    more = await life.edited(shown, "More")
    assert more.count("Sanctions ") == 5
    assert more != await life.edited(shown, "More")
    assert "Following" in await life.edited(question, "Yes")


async def test_a_search_of_somebody_in_any_chat_finds_stories_to_hand_on(life):
    await life.world.find(*(brief(f"i{n}", title=f"Sanctions <{n}> @all") for n in range(25)))
    server = life.server
    server.ask_inline("sanctions")
    await server.until(lambda: server.results)
    results = server.results[0]["results"]
    assert len(results) == 20
    assert results[0]["title"] == "Sanctions <24> @all"
    assert readable(results[0]["input_message_content"]["message_text"]).startswith(
        "Sanctions <24>"
    )
    server.ask_inline("sanctions", offset=server.results[0]["next_offset"])
    await server.until(lambda: len(server.results) == 2)
    assert len(server.results[1]["results"]) == 5
    for half_typed in ("(sanct", "", " "):
        server.ask_inline(half_typed)
    await server.until(lambda: len(server.results) == 5)
    assert all(one["results"] == [] for one in server.results[2:])


async def test_menus_are_set_for_each_kind_of_chat_in_each_language(life):
    server = life.server
    await server.until(lambda: len(server.menus) == 3 * (1 + len(WORDS)))
    names = {
        scope: [one["command"] for one in server.menus[scope, ""]]
        for scope in ("all_private_chats", "all_group_chats", "all_chat_administrators")
    }
    assert "subscribe" in names["all_private_chats"]
    assert "subscribe" not in names["all_group_chats"]
    assert "latest" in names["all_group_chats"]
    assert {"subscribe", "allow"} <= set(names["all_chat_administrators"])
    assert all("stats" not in one for one in names.values())
    german = {one["command"]: one["description"] for one in server.menus["all_private_chats", "de"]}
    assert german["subscribe"] == "einem Thema folgen"


def test_every_command_that_is_offered_has_words_in_every_language():
    assert len({frozenset(words) for words in WORDS.values()}) == 1
    commands = Conversation(None, utc_now, feeds=_Feeds()).commands
    offered = {one.name for _, these in menus.menus(commands) for one in these}
    assert offered == set(WORDS["de"])


async def test_menus_that_cannot_be_set_stop_nothing(database, server):
    from tests.fakes.telegram import Refused

    async def refuse(method, params):
        if method == "setMyCommands":
            raise Refused(429, "Too Many Requests: retry after 100", retry_after=100)

    server.before = refuse
    async with Life(World(database, utc_now), server) as life:
        assert (await life.said("/topics")).text.startswith("You follow no topic")


async def test_an_answer_in_a_group_is_quiet_and_to_the_question(life):
    answer = await life.said("/topics", chat=GROUP, by=9)
    assert answer.params["reply_parameters"]["allow_sending_without_reply"] is True
    assert answer.params["disable_notification"] in {True, "true", "True"}
    assert "reply_parameters" not in (await life.said("/topics")).params


async def test_what_one_person_types_is_done_in_its_order(life):
    for number in range(1, 6):
        life.server.write(f"/subscribe topic{number}")
    life.server.write("/unsubscribe 1")
    await life.alerted(6)
    assert await life.topics(7) == [f"topic{number}" for number in range(2, 6)]


async def test_a_flood_of_one_chat_is_bounded_and_keeps_nobody_else_out(capsys):
    gate, begun, done = asyncio.Event(), asyncio.Event(), []
    turns = ByChat(lambda update: update[0])

    async def work(update):
        if update[0] == "flood":
            begun.set()
            await gate.wait()
        done.append(update)

    flood = [("flood", number) for number in range(200)]
    tasks = [asyncio.ensure_future(turns.process_update(one, work(one))) for one in flood]
    await begun.wait()
    await turns.process_update(("other", 0), work(("other", 0)))
    assert done == [("other", 0)]
    gate.set()
    await asyncio.gather(*tasks)
    assert done[1:] == flood[:50]
    both = capsys.readouterr()
    assert (both.out + both.err).count("too much at once") == 1


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("/subscribe @news sanctions", ("/subscribe sanctions", "@news")),
        ("/topics @news", ("/topics", "@news")),
        ("/topics@tocsin_bot -100123456789", ("/topics", "-100123456789")),
        ("/subscribe sanctions", None),
        ("/subscribe -football", None),
        ("/subscribe -5", None),
        ("@news sanctions", None),
        ("/subscribe @a b", None),
    ],
)
def test_which_chat_a_command_is_for(text, meant):
    found = elsewhere(text)
    assert (found and (found.text, found.chat)) == meant


async def test_another_program_with_the_same_token_is_told_once_and_listening_goes_on(
    database, server, capsys, monkeypatch
):
    from tests.fakes.telegram import Refused

    monkeypatch.setattr("bot.chats.telegram.listening._PAUSES", (0.01,))
    left = [2]

    async def conflict(method, params):
        if method.lower() == "getupdates" and left[0]:
            left[0] -= 1
            raise Refused(409, "Conflict: terminated by other getUpdates request")

    server.before = conflict
    async with Life(World(database, utc_now), server) as life:
        assert (await life.said("/topics")).text.startswith("You follow no topic")
        both = capsys.readouterr()
        assert "another program uses the same Telegram token" in both.out + both.err


async def test_it_listens_again_after_another_process_had_the_account(life, server):
    life.stop.set()
    await asyncio.gather(*life._tasks)
    server.write("/topics")
    again = asyncio.Event()
    life.stop = again
    life._tasks = [
        asyncio.ensure_future(life.sender.run(again)),
        asyncio.ensure_future(life.sender.listen(again)),
    ]
    await server.until(lambda: server.messages)
    assert server.messages[0].text.startswith("You follow no topic")


async def test_a_network_that_comes_later_is_waited_for(database, server, monkeypatch, capsys):
    from tests.fakes.telegram import Refused

    monkeypatch.setattr("bot.chats.telegram.listening._PAUSES", (0.01,))
    left = [3]

    async def down(method, params):
        if left[0]:
            left[0] -= 1
            raise Refused(502, "Bad Gateway")

    server.before = down
    async with Life(World(database, utc_now), server) as life:
        assert (await life.said("/topics")).text.startswith("You follow no topic")
        both = capsys.readouterr()
        assert (both.out + both.err).count("cannot hear Telegram") <= 2
