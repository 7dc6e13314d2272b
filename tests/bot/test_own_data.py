import json

import pytest
from sqlalchemy import inspect, select

from bot.conversation.card import Action
from bot.conversation.dossier_file import LARGEST, read_dossier_file, write_dossier
from bot.conversation.request import Attachment, Message, Press
from bot.model import Ref
from bot.store import dossier as store
from bot.store.chats import ensure_chat, find_chat
from bot.store.dossier import read_dossier
from bot.store.tables import chats, metadata, subscriptions, topics
from bot.store.written import spend_request
from tests.bot.conftest import YOU, brief

OTHER = Ref("fake", "bot", "other")
THREAD = Ref("fake", "bot", "you", "7")


async def exported(world, ref=YOU) -> bytes:
    (card,) = await world.conversation.hear(Message(ref, "/export", "me"))
    return card.file.data


async def dossier_of(world, ref):
    async with world.database.reading() as connection:
        return await read_dossier(connection, await find_chat(connection, ref))


async def filled(world, ref=YOU):
    await world.say('/alias dprk = "north korea", pyongyang', ref)
    await world.say("/subscribe dprk", ref)
    await world.say("/subscribe “climate” OR $weather #1", ref)
    await world.say('/subscribe "North Korea"', ref)
    await world.say("/mute 2 2d", ref)
    await world.say("/spike 2 on", ref)
    for command in ("/timezone Europe/Kyiv", "/quiet 22:00-07:00 silent", "/mode daily 08:30"):
        await world.say(command, ref)
    await world.say("/allow everyone", ref)


# ── /export and /import ──────────────────────────────────────────────────────────────────────────


async def test_what_is_exported_comes_back_the_same_in_another_chat(world):
    await filled(world)
    data = await exported(world)
    answer = await world.say("/import", OTHER, Attachment("mine.json", data))
    assert "3 topics added, 1 word" in answer
    assert "Not taken" not in answer
    assert await dossier_of(world, OTHER) == await dossier_of(world, YOU)
    second, chat = (await dossier_of(world, OTHER)).topics[1], await dossier_of(world, OTHER)
    assert second.settings["spikes"] is True
    assert second.settings["muted_until"] is not None
    assert chat.settings["open"] is True
    assert chat.settings["zone"] == "Europe/Kyiv"
    assert chat.settings["quiet"] != "off"


async def test_the_file_has_a_topic_a_line_and_can_be_read_by_people(world):
    await filled(world)
    text = (await exported(world)).decode()
    found = json.loads(text)
    assert (found["tocsin"], found["version"]) == ("chat", 1)
    assert sum('"topic": ' in line for line in text.splitlines()) == 3
    assert all(line.count('"topic": ') <= 1 for line in text.splitlines())
    assert "“" in text  # as it was typed, not as \\u201c


async def test_importing_twice_changes_nothing(world):
    await filled(world)
    data = await exported(world)
    before = await dossier_of(world, YOU)
    answer = await world.say("/import", YOU, Attachment("mine.json", data))
    assert "0 topics added, 3 followed already" in answer
    assert await dossier_of(world, YOU) == before


async def test_a_chat_that_follows_nothing_exports_an_empty_file(world):
    data = await exported(world)
    assert json.loads(data)["topics"] == []
    assert "0 topics added" in await world.say("/import", OTHER, Attachment("x.json", data))


async def test_a_text_that_was_pasted_is_imported(world):
    text = '/import {"tocsin": "chat", "version": 1, "topics": ["sanctions", {"topic": "iran"}]}'
    assert "2 topics added" in await world.say(text)
    assert "sanctions" in await world.say("/topics")


async def test_new_topics_of_a_file_ring_for_the_next_item(world):
    await world.say('/import {"tocsin": "chat", "version": 1, "topics": ["sanctions"]}')
    await world.find(brief("a"))
    await world.spread()
    assert world.chat.titles() == ["Sanctions on North Korea"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no whole JSON: line 1, column 1"),
        (b"{", "no whole JSON: line 1"),
        (b'{"tocsin": "chat",\n "version": 1,\n "topics": [,]}', "line 3, column 13"),
        (b"[]", "none of ours"),
        (b"17", "none of ours"),
        (b"\xff\xfe\x00", "cannot be"),
        (b'{"a": "\xff"}', "no UTF-8 text: line 1"),
        (b"[" * 100_000, "no JSON that /export writes"),
        (b'{"tocsin": "chat", "version": ' + b"9" * 5_000 + b"}", "no JSON that /export writes"),
        (b"{}", "of another program"),
        (b'{"tocsin": "everything", "version": 1}', "of “everything”"),
        (b'{"tocsin": "chat"}', "has version None"),
        (b'{"tocsin": "chat", "version": 2}', "has version 2, and this Tocsin knows 1"),
        (b'{"tocsin": "chat", "version": true}', "has version True"),
        (b" " * (LARGEST + 1), "larger than 1,000,000 bytes"),
    ],
)
async def test_a_file_that_cannot_be_read_is_explained_and_changes_nothing(world, data, says):
    answer = await world.say("/import", YOU, Attachment("bad.json", data))
    assert says in answer or "list is taken from those" in answer or "list of feeds" in answer
    assert "broke" not in answer
    assert "You follow no topic" in await world.say("/topics")


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


async def test_what_is_wrong_is_told_line_by_line_and_the_rest_is_taken(world, clock):
    taken = read_dossier_file(BAD.encode(), now=clock())
    said = [str(one) for one in taken.problems]
    for expected in (
        "line 3: the word “a b”",
        "line 3: the word “empty”",
        "line 3: the word “broken”",
        "line 6: topic 2 (“(iran”)",
        "topic 3 has no words",
        "topic 4 has no words",
        "line 9: muted_until: “tomorrow” is no time",
        "line 9: spikes: “3” is neither true nor false",
        "line 9: there is no setting “mood”",
        "line 10: topic 6 (“missile”)",
        "line 11: muted_until: “2099-01-01T00:00:00+00:00” is more than a year away",
        "line 12: muted_until: “2026-06-02T00:00:00” is no time with its zone",
        "open: “yes” is neither true nor false",
        "there is no setting “colour”",
        "language: “klingon!” is no language",
    ):
        assert any(one.startswith(expected) for one in said), (expected, said)
    assert [one.label for one in taken.dossier.topics] == ["sanctions", "korea", "banks", "iran"]
    assert taken.dossier.aliases == {"fine": "iran"}
    answer = await world.say("/import", YOU, Attachment("bad.json", BAD.encode()))
    assert "4 topics added, 1 word" in answer
    assert "and 5 more" in answer


async def test_an_import_is_bounded_in_topics_and_words(world, clock):
    many = {"tocsin": "chat", "version": 1, "topics": [f"word{n}" for n in range(1_005)]}
    many["aliases"] = {f"a{n}": "iran" for n in range(105)}
    taken = read_dossier_file(json.dumps(many).encode(), now=clock())
    assert len(taken.dossier.topics) == 1_000
    assert len(taken.dossier.aliases) == 100
    assert [str(one) for one in taken.problems] == [
        "only the first 100 words were taken",
        "only the first 1,000 topics were taken",
    ]


async def test_words_of_a_file_do_not_exceed_what_a_chat_may_have(world):
    for number in range(99):
        await world.say(f"/alias w{number} = iran")
    text = '{"tocsin": "chat", "version": 1, "aliases": {"x1": "iran", "x2": "iran"}}'
    assert "at most 100 words" in await world.say(f"/import {text}")


async def test_who_may_change_things_is_not_decided_by_a_file_of_somebody_else(world):
    await world.say("/allow everyone", YOU)
    await world.say("/subscribe iran", YOU)
    text = '/import {"tocsin": "chat", "version": 1, "settings": {"open": false}}'
    (card,) = await world.conversation.hear(Message(YOU, text, "guest", may_change=False))
    assert any("for an admin to decide" in "".join(p.text for p in one) for one in card.lines)
    assert (await dossier_of(world, YOU)).settings["open"] is True


async def test_import_without_a_file_tells_how(world):
    assert "/export" in await world.say("/import")
    assert "no file “nowhere.json”" in await world.say("/import nowhere.json")


async def test_a_list_of_feeds_is_refused_from_those_who_do_not_run_the_bot(world):
    answer = await world.say("/import", YOU, Attachment("x.opml", b"<opml><outline/></opml>"))
    assert "those who run Tocsin" in answer


def test_every_column_is_either_taken_along_or_known_to_be_bookkeeping():
    known = (set(store.CHAT_SETTINGS), store.CHAT_BOOKKEEPING)
    assert set(chats.c.keys()) == known[0] | known[1]
    known = (set(store.TOPIC_SETTINGS), store.TOPIC_BOOKKEEPING)
    assert set(subscriptions.c.keys()) == known[0] | known[1]


async def test_every_setting_that_is_written_can_be_read_back(world, clock):
    await filled(world)
    before = await dossier_of(world, YOU)
    taken = read_dossier_file(write_dossier(before, now=clock()), now=clock())
    assert taken.problems == ()
    assert taken.dossier == before


# ── /forget ──────────────────────────────────────────────────────────────────────────────────────


async def everywhere(database) -> dict[str, str]:
    """Every row of every table that is there, as text."""
    found = {}
    async with database.reading() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        for name in names:
            if name in metadata.tables:
                rows = (await connection.execute(select(metadata.tables[name]))).all()
                found[name] = "\n".join(map(str, rows))
    return found


async def forget(world, ref=YOU):
    (card,) = await world.conversation.hear(Message(ref, "/forget", "me"))
    assert card.asks
    (done,) = await world.conversation.press(Press(ref, card.buttons[0].action, "me"))
    return "\n".join("".join(p.text for p in one) for one in done.lines)


async def test_forget_leaves_no_row_of_a_chat_in_any_table(world):
    secret = Ref("fake", "bot", "secretchat")
    await filled(world, secret)
    await world.say("/subscribe zyxwv sanctions", secret)
    await world.say("/subscribe zyxwv", Ref("fake", "bot", "secretchat", "9"))
    await world.find(brief("a", title="zyxwv sanctions", text="North Korea, climate"))
    await world.spread()
    await world.say("/latest", secret)
    async with world.database.writing() as connection:
        chat_id = await find_chat(connection, secret)
        await spend_request(connection, chat_id, of_chat=9, of_all=9, now=world.clock())
    await forget(world, secret)
    tables = await everywhere(world.database)
    for name, rows in tables.items():
        assert "secretchat" not in rows, name
        assert name in {"items", "item_terms"} or "zyxwv" not in rows, name
    for name in ("chats", "subscriptions", "aliases", "shown", "alerts", "alert_topics", "spikes"):
        assert tables[name] == "", name
    async with world.database.reading() as connection:
        for table in metadata.tables.values():
            if "chat_id" in table.c and table.name != "fanouts":
                rows = await connection.execute(select(table).where(table.c.chat_id == chat_id))
                assert rows.all() == [], table.name


async def test_forget_tells_what_was_erased_and_touches_nobody_else(world):
    await world.say("/subscribe sanctions", OTHER)
    await filled(world)
    await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    said = await forget(world)
    assert "4 topics, 1 word, 1 alert and the numbers of 1 item" in said
    assert "You follow no topic" in await world.say("/topics")
    assert "1. sanctions  1 alert" in await world.say("/topics", OTHER)
    await world.find(brief("b", title="More sanctions"))
    await world.spread()
    assert world.chat.titles(OTHER)[-1] == "More sanctions"
    assert "More sanctions" not in world.chat.titles(YOU)


async def test_a_forgotten_topic_can_be_followed_again(world):
    await world.say("/subscribe sanctions")
    await forget(world)
    async with world.database.reading() as connection:
        assert (await connection.execute(select(topics.c.active))).scalars().all() == [False]
    assert "Following sanctions" in await world.say("/subscribe sanctions")
    await world.find(brief("a"))
    await world.spread()
    assert world.chat.titles() == ["Sanctions on North Korea"]


async def test_numbers_of_an_erased_chat_are_given_to_nobody_else(world):
    await world.say("/subscribe sanctions")
    async with world.database.reading() as connection:
        before = await find_chat(connection, YOU)
    await forget(world)
    async with world.database.writing() as connection:
        assert await ensure_chat(connection, OTHER, now=world.clock()) > before


async def test_an_old_question_erases_nothing_but_asks_again(world, clock):
    await world.say("/subscribe sanctions")
    (card,) = await world.conversation.hear(Message(YOU, "/forget", "me"))
    clock.turn(hours=1)
    (again,) = await world.conversation.press(Press(YOU, card.buttons[0].action, "me"))
    assert again.asks
    assert "1 topic" in await world.say("/topics")


@pytest.mark.parametrize("argument", ["", "x", "99999999999999999999", "-1"])
async def test_a_forged_button_erases_nothing(world, argument):
    await world.say("/subscribe sanctions")
    await world.conversation.press(Press(YOU, Action("erase", argument), "me"))
    assert "1 topic" in await world.say("/topics")


async def test_only_an_admin_erases_a_chat_even_where_everybody_may_change_things(world):
    await filled(world)
    (card,) = await world.conversation.hear(Message(YOU, "/forget", "guest", may_change=False))
    assert "only an admin" in card.lines[0][0].text.lower()
    press = Press(YOU, Action("erase", str(int(world.clock().timestamp()))), "g", may_change=False)
    await world.conversation.press(press)
    assert "3 topics" in await world.say("/topics")


async def test_a_chat_without_anything_has_nothing_to_erase(world):
    assert "nothing to erase" in await world.say("/forget")


async def test_a_digest_that_was_imported_is_due_at_its_time(world):
    text = '{"tocsin": "chat", "version": 1, "settings": {"mode": "daily 08:30", "always": true}}'
    await world.say(f"/import {text}")
    async with world.database.reading() as connection:
        (due,) = (await connection.execute(select(chats.c.digest_at))).scalars().all()
    assert due.isoformat() == "2026-06-02T08:30:00+00:00"


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("mode", '"sometimes"', "is no rhythm"),
        ("quiet", '"all night"', "are no quiet hours"),
        ("zone", '"Atlantis"', "is no time zone"),
        ("always", "1", "neither true nor false"),
        ("mode", "null", "is no short text"),
        ("mode", '"' + "x" * 200 + '"', "is no short text"),
    ],
)
async def test_a_setting_that_is_none_is_explained(world, setting, value, says):
    text = f'{{"tocsin": "chat", "version": 1, "settings": {{"{setting}": {value}}}}}'
    assert says in await world.say(f"/import {text}")


def test_every_setting_that_is_taken_along_can_be_read_back():
    from bot.conversation import dossier_settings

    known = {*store.CHAT_SETTINGS, *store.TOPIC_SETTINGS} - {"muted_until"}
    assert known == set(dossier_settings._READ)
