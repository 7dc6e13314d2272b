import json

import pytest
from sqlalchemy import inspect, select

from bot.conversation.cards.card import Action
from bot.conversation.commands.chat_export import (
    LARGEST,
    parse_chat_export,
    read_chat_export,
    write_chat_export,
)
from bot.conversation.commands.exported_settings import ChatSettings, TopicSettings
from bot.conversation.request import Attachment, ButtonPress, IncomingMessage
from bot.models import ChatRef
from bot.store.admin import chat_data as store
from bot.store.admin.chat_data import export_chat
from bot.store.chats.chats import find_chat, get_or_create_chat
from bot.store.llm_cache import consume_budget
from bot.store.tables import chats, metadata, subscriptions, topics
from tests.bot.conftest import CHAT, make_item

OTHER = ChatRef("fake", "bot", "other")
THREAD = ChatRef("fake", "bot", "you", "7")


async def export_file(world, ref=CHAT) -> bytes:
    (card,) = await world.conversation.handle_message(IncomingMessage(ref, "/export", "me"))
    return card.file.data


async def read_export(world, ref):
    async with world.database.reading() as connection:
        return await export_chat(connection, await find_chat(connection, ref))


async def fill_chat(world, ref=CHAT):
    await world.send_command('/alias dprk = "north korea", pyongyang', ref)
    await world.send_command("/subscribe dprk", ref)
    await world.send_command("/subscribe “climate” OR $weather #1", ref)
    await world.send_command('/subscribe "North Korea"', ref)
    await world.send_command("/mute 2 2d", ref)
    await world.send_command("/spike 2 on", ref)
    for command in ("/timezone Europe/Kyiv", "/quiet 22:00-07:00 silent", "/mode daily 08:30"):
        await world.send_command(command, ref)
    await world.send_command("/allow everyone", ref)


# ── /export and /import ──────────────────────────────────────────────────────────────────────────


async def test_an_export_can_be_imported_into_another_chat(world):
    await fill_chat(world)
    data = await export_file(world)
    answer = await world.send_command("/import", OTHER, Attachment("mine.json", data))
    assert "3 topics added, 1 alias" in answer
    assert "•" not in answer
    assert await read_export(world, OTHER) == await read_export(world, CHAT)
    second, chat = (await read_export(world, OTHER)).topics[1], await read_export(world, OTHER)
    assert second.settings["spikes"] is True
    assert second.settings["muted_until"] is not None
    assert chat.settings["open"] is True
    assert chat.settings["zone"] == "Europe/Kyiv"
    assert chat.settings["quiet"] != "off"


async def test_the_file_has_one_topic_per_line_and_is_readable(world):
    await fill_chat(world)
    text = (await export_file(world)).decode()
    content = json.loads(text)
    assert (content["tocsin"], content["version"]) == ("chat", 1)
    assert sum('"topic": ' in line for line in text.splitlines()) == 3
    assert all(line.count('"topic": ') <= 1 for line in text.splitlines())
    # Characters are not escaped as \\u201c.
    assert "“" in text


async def test_importing_twice_changes_nothing(world):
    await fill_chat(world)
    data = await export_file(world)
    before = await read_export(world, CHAT)
    answer = await world.send_command("/import", CHAT, Attachment("mine.json", data))
    assert "0 topics added, 3 " in answer
    assert await read_export(world, CHAT) == before


async def test_a_chat_without_topics_exports_an_empty_file(world):
    data = await export_file(world)
    assert json.loads(data)["topics"] == []
    assert "0 topics added" in await world.send_command(
        "/import", OTHER, Attachment("x.json", data)
    )


async def test_a_pasted_text_is_imported(world):
    text = '/import {"tocsin": "chat", "version": 1, "topics": ["sanctions", {"topic": "iran"}]}'
    assert "2 topics added" in await world.send_command(text)
    assert "sanctions" in await world.send_command("/topics")


async def test_imported_topics_apply_to_the_next_item(world):
    await world.send_command('/import {"tocsin": "chat", "version": 1, "topics": ["sanctions"]}')
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    assert world.chat.titles() == ["Sanctions on North Korea"]


@pytest.mark.parametrize(
    ("data", "keyword"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b'{"tocsin": "chat",\n "version": 1,\n "topics": [,]}', "line 3, column 13"),
        (b"[]", '{"tocsin": …}'),
        (b"17", '{"tocsin": …}'),
        (b"\xff\xfe\x00", "list of feeds"),
        (b'{"a": "\xff"}', "UTF-8 text: line 1"),
        (b"[" * 100_000, "JSON as /export writes it"),
        (b'{"tocsin": "chat", "version": ' + b"9" * 5_000 + b"}", "JSON as /export writes it"),
        (b"{}", "another program"),
        (b'{"tocsin": "everything", "version": 1}', "“everything”"),
        (b'{"tocsin": "chat"}', "version None"),
        (b'{"tocsin": "chat", "version": 2}', "version 2; this Tocsin reads version 1"),
        (b'{"tocsin": "chat", "version": true}', "version True"),
        (b" " * (LARGEST + 1), "larger than 1,000,000 bytes"),
    ],
)
async def test_an_unreadable_file_is_explained_and_changes_nothing(world, data, keyword):
    answer = await world.send_command("/import", CHAT, Attachment("bad.json", data))
    assert keyword in answer
    assert "internal error" not in answer
    assert "You follow no topic" in await world.send_command("/topics")


BAD = """{"tocsin": "chat", "version": 1,
 "settings": {"open": "yes", "colour": "red", "language": "klingon!"},
 "aliases": {"a b": "x", "fine": "iran", "empty": "", "broken": "(iran"},
 "topics": [
  "sanctions",
  {"topic": "(iran"},
  {"topic": ""},
  17,
  {"topic": "korea", "muted_until": "tomorrow", "spikes": 3, "mood": 1},
  {"topic": "missile", "query": "AND"},
  {"topic": "banks", "muted_until": "2099-01-01T00:00:00+00:00"},
  {"topic": "iran", "muted_until": "2026-06-02T00:00:00"}]}"""


async def test_invalid_entries_are_reported_by_line_and_the_others_are_imported(world, clock):
    parsed = read_chat_export(BAD.encode(), now=clock())
    problems = [(problem.line, problem.reason) for problem in parsed.problems]
    expected = [
        (3, "“a b”"),
        (3, "“empty”"),
        (3, "“broken”"),
        (6, "topic 2 (“(iran”)"),
        (0, "topic 3"),
        (0, "topic 4"),
        (9, "“mood”"),
        (9, "muted_until: “tomorrow”"),
        (9, "spikes: “3” is neither true nor false"),
        (10, "topic 6 (“missile”)"),
        (11, "muted_until: “2099-01-01T00:00:00+00:00”"),
        (12, "muted_until: “2026-06-02T00:00:00”"),
        (0, "“colour”"),
        (0, "open: “yes” is neither true nor false"),
        (0, "language: “klingon!”"),
    ]
    assert len(problems) == len(expected)
    for (line, reason), (expected_line, keyword) in zip(problems, expected, strict=True):
        assert (line, keyword in reason) == (expected_line, True), (reason, keyword)
    assert [topic.label for topic in parsed.dossier.topics] == [
        "sanctions",
        "korea",
        "banks",
        "iran",
    ]
    assert parsed.dossier.aliases == {"fine": "iran"}
    answer = await world.send_command("/import", CHAT, Attachment("bad.json", BAD.encode()))
    assert "4 topics added, 1 alias" in answer
    assert "and 5 more" in answer


async def test_an_import_is_bounded_in_topics_and_aliases(world, clock):
    content = {"tocsin": "chat", "version": 1, "topics": [f"word{n}" for n in range(1_005)]}
    content["aliases"] = {f"a{n}": "iran" for n in range(105)}
    parsed = read_chat_export(json.dumps(content).encode(), now=clock())
    assert len(parsed.dossier.topics) == 1_000
    assert len(parsed.dossier.aliases) == 100
    alias_problem, topic_problem = map(str, parsed.problems)
    assert "first 100 aliases" in alias_problem
    assert "first 1,000 topics" in topic_problem


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ({"settings": []}, "settings: “[]” is not an object"),
        ({"settings": None}, "settings: “None” is not an object"),
        ({"aliases": 1}, "aliases: “1” is not an object"),
        ({"topics": {"a": 1}}, "topics: “{'a': 1}” is not a list"),
    ],
)
def test_a_part_of_another_type_is_reported_and_the_others_are_read(clock, content, reason):
    content = {"settings": {"open": True}, "aliases": {"dprk": "korea"}, "topics": ["x"]} | content
    parsed = parse_chat_export(content, "", now=clock())
    assert [str(problem) for problem in parsed.problems] == [reason]
    parts = (parsed.dossier.settings, parsed.dossier.aliases, parsed.dossier.topics)
    assert sum(map(bool, parts)) == 2


@pytest.mark.parametrize("value", ["\ud800", 10**400, True, 1.5, float("inf"), [], {"a": 1}])
def test_a_setting_of_any_json_value_is_read_or_reported(clock, value):
    names = (*store.CHAT_SETTINGS, "\ud800")
    topic = {"topic": "\ud800 x", **dict.fromkeys((*store.TOPIC_SETTINGS, "\ud800"), value)}
    content = {"settings": dict.fromkeys(names, value), "topics": [topic], "aliases": {"\ud800": 1}}
    parsed = parse_chat_export(content, "", now=clock())
    assert set(parsed.dossier.settings) <= {"open", "always"}
    (read_topic,) = parsed.dossier.topics
    assert set(read_topic.settings) <= {"spikes", "breaking"}
    assert len(parsed.problems) >= 12


async def test_imported_aliases_do_not_exceed_the_limit_of_a_chat(world):
    for number in range(99):
        await world.send_command(f"/alias w{number} = iran")
    text = '{"tocsin": "chat", "version": 1, "aliases": {"x1": "iran", "x2": "iran"}}'
    answer = await world.send_command(f"/import {text}")
    assert "1 alias" in answer
    assert "at most 100 aliases" in answer


async def test_a_file_of_a_member_does_not_change_permissions(world):
    await world.send_command("/allow everyone", CHAT)
    await world.send_command("/subscribe iran", CHAT)
    text = '/import {"tocsin": "chat", "version": 1, "settings": {"open": false}}'
    (card,) = await world.conversation.handle_message(
        IncomingMessage(CHAT, text, "guest", is_admin=False)
    )
    assert any("only an admin" in "".join(span.text for span in line) for line in card.lines)
    assert (await read_export(world, CHAT)).settings["open"] is True


async def test_import_without_a_file_explains_its_use(world):
    assert "/export" in await world.send_command("/import")
    assert "“nowhere.json”" in await world.send_command("/import nowhere.json")


async def test_only_operators_can_import_a_list_of_feeds(world):
    answer = await world.send_command(
        "/import", CHAT, Attachment("x.opml", b"<opml><outline/></opml>")
    )
    assert "only operators" in answer.lower()


def test_every_column_is_either_exported_or_bookkeeping():
    assert set(chats.c.keys()) == set(store.CHAT_SETTINGS) | store.CHAT_BOOKKEEPING
    assert set(subscriptions.c.keys()) == set(store.TOPIC_SETTINGS) | store.TOPIC_BOOKKEEPING


async def test_a_written_export_can_be_read(world, clock):
    await fill_chat(world)
    before = await read_export(world, CHAT)
    parsed = read_chat_export(write_chat_export(before, now=clock()), now=clock())
    assert parsed.problems == ()
    assert parsed.dossier == before


# ── /forget ──────────────────────────────────────────────────────────────────────────────────────


async def read_all_tables(database) -> dict[str, str]:
    """Return the rows of every table as text."""
    tables = {}
    async with database.reading() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        for name in names:
            if name in metadata.tables:
                rows = (await connection.execute(select(metadata.tables[name]))).all()
                tables[name] = "\n".join(map(str, rows))
    return tables


async def forget(world, ref=CHAT):
    (card,) = await world.conversation.handle_message(IncomingMessage(ref, "/forget", "me"))
    assert card.is_question
    (done,) = await world.conversation.handle_press(ButtonPress(ref, card.buttons[0].action, "me"))
    return "\n".join("".join(span.text for span in line) for line in done.lines)


async def test_forget_leaves_no_row_of_a_chat_in_any_table(world):
    secret = ChatRef("fake", "bot", "secretchat")
    await fill_chat(world, secret)
    await world.send_command("/subscribe zyxwv sanctions", secret)
    await world.send_command("/subscribe zyxwv", ChatRef("fake", "bot", "secretchat", "9"))
    await world.ingest_items(make_item("a", title="zyxwv sanctions", text="North Korea, climate"))
    await world.run_pipeline()
    await world.send_command("/latest", secret)
    async with world.database.writing() as connection:
        chat_id = await find_chat(connection, secret)
        await consume_budget(connection, chat_id, chat_budget=9, total_budget=9, now=world.clock())
    await forget(world, secret)
    tables = await read_all_tables(world.database)
    for name, rows in tables.items():
        assert "secretchat" not in rows, name
        assert name in {"items", "item_terms"} or "zyxwv" not in rows, name
    for name in (
        "chats",
        "subscriptions",
        "aliases",
        "chat_item_numbers",
        "alerts",
        "alert_topics",
        "spikes",
    ):
        assert tables[name] == "", name
    async with world.database.reading() as connection:
        for table in metadata.tables.values():
            if "chat_id" in table.c and table.name != "fanout_jobs":
                rows = await connection.execute(select(table).where(table.c.chat_id == chat_id))
                assert rows.all() == [], table.name


async def test_forget_reports_the_erased_data_and_does_not_affect_other_chats(world):
    await world.send_command("/subscribe sanctions", OTHER)
    await fill_chat(world)
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    answer = await forget(world)
    for count in ("4 topics", "1 alias", "1 alert", "1 item"):
        assert count in answer
    assert "You follow no topic" in await world.send_command("/topics")
    assert "1. sanctions  1 alert" in await world.send_command("/topics", OTHER)
    await world.ingest_items(make_item("b", title="More sanctions"))
    await world.run_pipeline()
    assert world.chat.titles(OTHER)[-1] == "More sanctions"
    assert "More sanctions" not in world.chat.titles(CHAT)


async def test_a_forgotten_topic_can_be_followed_again(world):
    await world.send_command("/subscribe sanctions")
    await forget(world)
    async with world.database.reading() as connection:
        assert (await connection.execute(select(topics.c.active))).scalars().all() == [False]
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    assert world.chat.titles() == ["Sanctions on North Korea"]


async def test_the_row_id_of_an_erased_chat_is_not_reused(world):
    await world.send_command("/subscribe sanctions")
    async with world.database.reading() as connection:
        before = await find_chat(connection, CHAT)
    await forget(world)
    async with world.database.writing() as connection:
        assert await get_or_create_chat(connection, OTHER, now=world.clock()) > before


async def test_an_old_confirmation_asks_again(world, clock):
    await world.send_command("/subscribe sanctions")
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, "/forget", "me"))
    clock.advance(hours=1)
    (again,) = await world.conversation.handle_press(
        ButtonPress(CHAT, card.buttons[0].action, "me")
    )
    assert again.is_question
    assert "1 topic" in await world.send_command("/topics")


@pytest.mark.parametrize("argument", ["", "x", "99999999999999999999", "-1"])
async def test_a_forged_button_erases_nothing(world, argument):
    await world.send_command("/subscribe sanctions")
    await world.conversation.handle_press(ButtonPress(CHAT, Action("erase", argument), "me"))
    assert "1 topic" in await world.send_command("/topics")


async def test_only_an_admin_can_erase_a_chat_that_is_open_to_everyone(world):
    await fill_chat(world)
    (card,) = await world.conversation.handle_message(
        IncomingMessage(CHAT, "/forget", "guest", is_admin=False)
    )
    assert card.private
    assert not card.buttons
    press = ButtonPress(
        CHAT, Action("erase", str(int(world.clock().timestamp()))), "g", is_admin=False
    )
    await world.conversation.handle_press(press)
    assert "3 topics" in await world.send_command("/topics")


async def test_a_chat_without_data_has_nothing_to_erase(world):
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, "/forget", "me"))
    assert not card.is_question


async def test_an_imported_digest_is_due_at_its_time(world):
    text = '{"tocsin": "chat", "version": 1, "settings": {"mode": "daily 08:30", "always": true}}'
    await world.send_command(f"/import {text}")
    async with world.database.reading() as connection:
        (due,) = (await connection.execute(select(chats.c.digest_at))).scalars().all()
    assert due.isoformat() == "2026-06-02T08:30:00+00:00"


@pytest.mark.parametrize(
    ("setting", "value", "keyword"),
    [
        ("mode", '"sometimes"', "“sometimes” is not a delivery mode"),
        ("quiet", '"all night"', "“all night”"),
        ("zone", '"Atlantis"', "“Atlantis” is not a time zone"),
        ("always", "1", "“1” is neither true nor false"),
        ("mode", "null", "is not a short text"),
        ("mode", '"' + "x" * 200 + '"', "is not a short text"),
    ],
)
async def test_an_invalid_setting_is_reported(world, setting, value, keyword):
    text = f'{{"tocsin": "chat", "version": 1, "settings": {{"{setting}": {value}}}}}'
    answer = await world.send_command(f"/import {text}")
    assert f"{setting}: " in answer
    assert keyword in answer


def test_the_models_have_a_field_for_every_exported_setting():
    assert set(ChatSettings.model_fields) == set(store.CHAT_SETTINGS)
    assert set(TopicSettings.model_fields) == set(store.TOPIC_SETTINGS)
