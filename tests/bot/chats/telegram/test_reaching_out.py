"""Links, replies, forwarded posts, menus, inline queries, and the reception of updates."""

import asyncio
from typing import cast

import pytest

from bot.chats.telegram import command_menu
from bot.chats.telegram.command_menu import COMMAND_DESCRIPTIONS
from bot.chats.telegram.polling import PerChatUpdateProcessor
from bot.chats.telegram.remote_admin import parse_remote_command
from bot.chats.telegram.render import JOINER
from bot.conversation.conversation import Conversation
from bot.errors import UserError
from bot.ingest.feed_service import FeedService
from bot.runtime.backoff import Backoff
from bot.runtime.clock import utc_now
from tests.bot.chats.telegram.conftest import RunningBot
from tests.bot.conftest import World, make_item
from tests.fakes.telegram import Refused
from tests.fakes.telegram_html import visible_text

ARTICLE = make_item(
    "a",
    title="Council agrees on sanctions",
    text="The council met.\n\nIt agreed on sanctions against two banks. The vote was close.",
)
GROUP = -1001


async def test_shared_link_leads_to_question_and_subscription(running):
    server = running.server
    await running.send('/subscribe "North Korea" AND sanctions')
    shared = await running.send("/share 1")
    follow, group = (key["url"] for key in server.buttons(shared))
    assert follow.startswith("https://t.me/tocsin_bot?start=")
    assert group.startswith("https://t.me/tocsin_bot?startgroup=")
    assert follow in shared.text
    question = await running.send(f"/start {follow.partition('=')[2]}", chat=8)
    assert question.text.startswith('Follow "North Korea" AND sanctions?')
    assert await running.topics(8) == []
    await running.press(question, "Yes")
    assert await running.topics(8) == ['"North Korea" AND sanctions']


async def test_group_link_needs_administrator(running):
    server = running.server
    await running.send("/subscribe sanctions")
    payload = server.buttons(await running.send("/share"))[1]["url"].partition("=")[2]
    server.set_admins(GROUP, 8)
    question = await running.send(f"/start@tocsin_bot {payload}", chat=GROUP, user=9)
    server.press_button(question, "Yes", user=9)
    await server.wait_until(lambda: server.popups)
    assert "admin" in server.popups[0]["text"]
    await running.press(question, "Yes", user=8)
    assert await running.topics(GROUP) == ["sanctions"]


async def test_long_topic_can_be_shared(running):
    topic = " OR ".join(f"sanctions{number}" for number in range(40))
    await running.send(f"/subscribe {topic}")
    link = running.server.buttons(await running.send("/share 1"))[0]["url"]
    payload = link.partition("=")[2]
    assert len(payload) <= 64
    question = await running.send(f"/start {payload}", chat=8)
    assert "sanctions39" in question.text


@pytest.mark.parametrize(
    "payload", ["t", "k" + "A" * 16, "t!!!", "tgarbage", "x123", "t" + "A" * 70]
)
async def test_invalid_link_payload_is_plain_start(running, payload):
    answer = await running.send(f"/start {payload}")
    assert "internal error" not in answer.text
    assert await running.topics(7) == []


async def test_command_as_reply_applies_to_alert(running):
    await running.send("/subscribe sanctions")
    await running.send("/subscribe council")
    await running.publish(ARTICLE)
    alert = await running.next_message()
    await running.publish(
        make_item(
            "b",
            title="Timber merchants in the north fear sanctions",
            text="Sawmills along the river wait for papers. Their owners know nothing.",
        )
    )
    await running.next_message()
    assert "two banks" in (await running.send("/summary", to=alert)).text
    assert "Why you got Council agrees" in (await running.send("/why", to=alert)).text
    assert "does not match" in (await running.send("/why missile", to=alert)).text
    muted = await running.send("/mute 2h", to=alert)
    assert "“sanctions” and “council” for 2 hours" in muted.text
    asked = await running.send("/mute", to=alert)
    assert running.server.button_labels(asked)[:3] == ["1 hour", "1 day", "1 week"]
    choice = await running.send("/unsubscribe", to=alert)
    assert running.server.button_labels(choice) == ["sanctions", "council", "None"]


async def test_command_as_reply_to_other_message_is_plain_command(running):
    hello = await running.send("/subscribe sanctions")
    await running.publish(ARTICLE)
    await running.next_message()
    assert "two banks" in (await running.send("/summary", to=hello)).text
    assert "Which topic" in (await running.send("/mute", to=hello)).text


async def test_forwarded_post_gets_summary_offer(running):
    origin = {"type": "hidden_user", "sender_user_name": "X", "date": 1}
    post = "The council met in the morning. It agreed on sanctions against two banks. " * 6
    offer = await running.send(post, forward_origin=origin)
    assert running.server.button_labels(offer)[0] == "Summarise"
    assert "sanctions" in await running.press(offer, "Summarise")
    assert await running.topics(7) == []
    command = await running.send("/subscribe spam", forward_origin=origin)
    assert "Following" not in command.text


class _RefusingPages:
    async def page(self, url, *, owner=""):
        raise UserError(f"{url} cannot be read: refused by the test")


class _RefusingFeeds:
    async def add(self, address):
        raise UserError(f"{address} is not a source: refused by the test")


async def test_pasted_address_gets_summary_and_source_offer(database, server):
    world = World(database, utc_now)
    async with RunningBot(world, server, pages=_RefusingPages(), feeds=_RefusingFeeds()) as running:
        offer = await running.send(
            "https://news.example/a", entities=[{"type": "url", "offset": 0, "length": 22}]
        )
        assert offer.text.replace(JOINER, "") == "A page of news.example"
        assert server.button_labels(offer) == ["Summarise", "Follow this source", "No"]
        server.press_button(offer, "Summarise")
        answer = await running.next_message()
        assert "refused by the test" in answer.text
        for pasted in (
            "Council agrees on sanctions\nhttps://news.example/a?b=(1).",
            "look: https://news.example/a",
            "(https://news.example/a)",
        ):
            offer = await running.send(pasted)
            assert offer.text.replace(JOINER, "") == "A page of news.example"
        invalid = await running.send("see http://[::1 now")
        assert "internal error" not in invalid.text


async def test_show_3_sends_newest_items_and_keeps_question(running):
    await running.world.ingest_items(
        *(make_item(f"i{n}", title=f"Sanctions {n}") for n in range(8))
    )
    question = await running.send("sanctions")
    assert "8 of 8 items" in question.text
    assert running.server.button_labels(question) == ["Yes", "Show 3", "No"]
    running.server.press_button(question, "Show 3")
    items = await running.next_message()
    assert items.text.count("Sanctions ") == 3
    assert not question.edits
    more = await running.press(items, "More")
    assert more.count("Sanctions ") == 5
    assert more != await running.press(items, "More")
    assert "Following" in await running.press(question, "Yes")


async def test_inline_query_returns_pages_of_stories(running):
    await running.world.ingest_items(
        *(make_item(f"i{n}", title=f"Sanctions <{n}> @all") for n in range(25))
    )
    server = running.server
    server.send_inline_query("sanctions")
    await server.wait_until(lambda: server.results)
    results = server.results[0]["results"]
    assert len(results) == 20
    assert results[0]["title"] == "Sanctions <24> @all"
    assert visible_text(results[0]["input_message_content"]["message_text"]).startswith(
        "Sanctions <24>"
    )
    server.send_inline_query("sanctions", offset=server.results[0]["next_offset"])
    await server.wait_until(lambda: len(server.results) == 2)
    assert len(server.results[1]["results"]) == 5
    for half_typed in ("(sanct", "", " "):
        server.send_inline_query(half_typed)
    await server.wait_until(lambda: len(server.results) == 5)
    assert all(answer["results"] == [] for answer in server.results[2:])


async def test_menus_are_set_per_scope_and_language(running):
    server = running.server
    await server.wait_until(lambda: len(server.menus) == 3 * (1 + len(COMMAND_DESCRIPTIONS)))
    names = {
        scope: [command["command"] for command in server.menus[scope, ""]]
        for scope in ("all_private_chats", "all_group_chats", "all_chat_administrators")
    }
    assert "subscribe" in names["all_private_chats"]
    assert "subscribe" not in names["all_group_chats"]
    assert "latest" in names["all_group_chats"]
    assert {"subscribe", "allow"} <= set(names["all_chat_administrators"])
    assert all("stats" not in commands for commands in names.values())
    german = {
        command["command"]: command["description"]
        for command in server.menus["all_private_chats", "de"]
    }
    assert german["subscribe"] == "einem Thema folgen"


def test_every_offered_command_is_translated():
    assert len({frozenset(words) for words in COMMAND_DESCRIPTIONS.values()}) == 1
    commands = Conversation(None, utc_now, feeds=cast("FeedService", _RefusingFeeds())).commands
    offered = {command.name for _, menu in command_menu.build_menus(commands) for command in menu}
    assert offered == set(COMMAND_DESCRIPTIONS["de"])


async def test_failure_to_set_menus_is_ignored(database, server):
    async def refuse(method, params):
        if method == "setMyCommands":
            raise Refused(429, "Too Many Requests: retry after 100", retry_after=100)

    server.before = refuse
    async with RunningBot(World(database, utc_now), server) as running:
        assert (await running.send("/topics")).text.startswith("You follow no topic")


async def test_answer_in_group_is_silent_reply(running):
    answer = await running.send("/topics", chat=GROUP, user=9)
    assert answer.params["reply_parameters"]["allow_sending_without_reply"] is True
    assert answer.params["disable_notification"] in {True, "true", "True"}
    assert "reply_parameters" not in (await running.send("/topics")).params


async def test_messages_of_one_chat_are_handled_in_order(running):
    for number in range(1, 6):
        running.server.write(f"/subscribe topic{number}")
    running.server.write("/unsubscribe 1")
    await running.next_message(6)
    assert await running.topics(7) == [f"topic{number}" for number in range(2, 6)]


async def test_flood_of_one_chat_is_bounded_and_does_not_block_others(capsys):
    gate, begun, done = asyncio.Event(), asyncio.Event(), []
    dropped = []

    async def drop(update):
        dropped.append(update)

    processor = PerChatUpdateProcessor(
        lambda update: cast("list[str]", update)[0], drop, asyncio.Event()
    )

    async def work(update):
        if update[0] == "flood":
            begun.set()
            await gate.wait()
        done.append(update)

    flood = [("flood", number) for number in range(400)]
    tasks = [
        asyncio.ensure_future(processor.process_update(update, work(update))) for update in flood
    ]
    await begun.wait()
    await processor.process_update(("other", 0), work(("other", 0)))
    assert done == [("other", 0)]
    gate.set()
    await asyncio.gather(*tasks)
    assert done[1:] == flood[:250]
    assert dropped == flood[250:]
    captured = capsys.readouterr()
    assert (captured.out + captured.err).count("chat_flooding_dropped") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
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
def test_parse_remote_command(text, expected):
    command = parse_remote_command(text)
    assert (command and (command.text, command.chat)) == expected


async def test_polling_continues_after_token_conflict(database, server, capsys, monkeypatch):
    monkeypatch.setattr("bot.chats.telegram.polling._RETRY_BACKOFF", Backoff(0.01, 0.01))
    remaining = [2]

    async def conflict(method, params):
        if method.lower() == "getupdates" and remaining[0]:
            remaining[0] -= 1
            raise Refused(409, "Conflict: terminated by other getUpdates request")

    server.before = conflict
    async with RunningBot(World(database, utc_now), server) as running:
        assert (await running.send("/topics")).text.startswith("You follow no topic")
        captured = capsys.readouterr()
        assert "telegram_token_conflict" in captured.out + captured.err


async def test_adapter_can_listen_again(running, server):
    running.stop.set()
    await asyncio.gather(*running.tasks)
    server.write("/topics")
    running.stop = asyncio.Event()
    running.start()
    await server.wait_until(lambda: server.messages)
    assert server.messages[0].text.startswith("You follow no topic")


async def test_adapter_waits_for_network(database, server, monkeypatch, capsys):
    monkeypatch.setattr("bot.chats.telegram.polling._RETRY_BACKOFF", Backoff(0.01, 0.01))
    remaining = [3]

    async def down(method, params):
        if remaining[0]:
            remaining[0] -= 1
            raise Refused(502, "Bad Gateway")

    server.before = down
    async with RunningBot(World(database, utc_now), server) as running:
        assert (await running.send("/topics")).text.startswith("You follow no topic")
        captured = capsys.readouterr()
        assert (captured.out + captured.err).count("telegram_unreachable") <= 2


async def test_other_bots_are_not_answered(running):
    bot = {"id": 99, "is_bot": True, "first_name": "Chatter"}
    for _ in range(20):
        running.server.write("@tocsin_bot sanctions", chat=GROUP, user=99, **{"from": bot})
    answer = await running.send("/topics", chat=GROUP, user=9)
    assert answer.text.startswith("You follow no topic")
    assert len(running.server.messages) == 1


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("why", "Why you got"),
        ("Why?", "Why you got"),
        ("mute 2h", "No alerts for “sanctions” for 2 hours"),
        ("stop", "You no longer follow"),
    ],
)
async def test_a_plain_reply_to_an_alert_is_a_command(running, reply, expected):
    await running.send("/subscribe sanctions")
    await running.publish(make_item("a", title="New sanctions", text="There are new sanctions."))
    alert = await running.next_message()
    answer = await running.send(reply, to=alert)
    assert answer.text.startswith(expected)


async def test_a_plain_reply_in_a_group_is_a_command_only_in_reply_to_the_bot(running):
    await running.world.send_command("/subscribe sanctions", running.ref(GROUP))
    await running.publish(make_item("a", title="New sanctions", text="There are new sanctions."))
    alert = await running.next_message()
    running.server.write("why", chat=GROUP, user=9)
    running.server.write("why is that so?", chat=GROUP, user=9, to=alert)
    answer = await running.send("why", chat=GROUP, user=9, to=alert)
    assert answer.text.startswith("Why you got")
    assert len(running.server.messages) == 2
