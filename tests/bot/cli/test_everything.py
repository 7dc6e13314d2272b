import asyncio
import json

import pytest
from sqlalchemy.engine import make_url

from bot.cli.export_import import export_data, import_data
from bot.cli.parser import main
from bot.errors import UserError
from bot.models import ChatRef
from bot.settings import Settings
from bot.store import Database, migrate
from bot.store.admin.chat_data import export_chat, iter_chats
from bot.store.feeds.feeds import NewFeed, add_feed, list_feeds, pause_feed

pytestmark = pytest.mark.process


GROUP = ChatRef("fake", "bot", "-100", "4")


def _settings(database) -> Settings:
    plain = make_url(database.url)
    kind = "sqlite" if database.is_sqlite else "postgresql"
    address = plain.set(drivername=kind).render_as_string(hide_password=False)
    return Settings(database_url=address)


@pytest.fixture
async def elsewhere(tmp_path):
    """An empty database of the other installation."""
    made = Database(make_url(f"sqlite+aiosqlite:///{tmp_path / 'elsewhere.sqlite3'}"))
    await migrate(made)
    yield made
    await made.close()


async def _all(database):
    async with database.reading() as connection:
        chats = {
            ref: await export_chat(connection, row) async for ref, row in iter_chats(connection)
        }
        feeds = [
            (one.address, one.title, one.tags, one.state)
            for one in await list_feeds(connection, limit=99, after=0)
        ]
    return chats, feeds


async def test_everything_moves_to_another_installation(world, elsewhere, tmp_path, capsys):
    await world.send_command('/alias dprk = "north korea", pyongyang')
    await world.send_command("/subscribe dprk")
    await world.send_command("/mute dprk 3d")
    await world.send_command("/subscribe sanctions", GROUP)
    async with world.database.writing() as connection:
        for number in range(2):
            new = NewFeed(f"https://n{number}.test/f", f"n{number}.test", f"N {number}", ("World",))
            feed, _ = await add_feed(connection, new, now=world.clock())
        await pause_feed(connection, feed.id)
    name = str(tmp_path / "all.jsonl")
    assert await export_data(_settings(world.database), name) == 0
    assert f"2 chats and 2 feeds written to {name}" in capsys.readouterr().err
    assert await import_data(_settings(elsewhere), name) == 0
    assert "2 chats: 2 topics added, 0 already followed; 2 feeds added" in capsys.readouterr().err
    assert await _all(elsewhere) == await _all(world.database)
    assert await import_data(_settings(elsewhere), name) == 0
    assert "0 topics added, 2 already followed; 0 feeds added" in capsys.readouterr().err


async def test_feeds_alone_move_as_opml(world, elsewhere, tmp_path):
    async with world.database.writing() as connection:
        await add_feed(connection, NewFeed("https://n.test/f", "n.test", "N"), now=world.clock())
    name = str(tmp_path / "feeds.opml")
    assert await export_data(_settings(world.database), name) == 0
    assert await import_data(_settings(elsewhere), name) == 0
    assert (await _all(elsewhere))[1] == [("https://n.test/f", "N", (), "active")]


async def test_where_there_is_nothing_the_exit_code_says_so(elsewhere, tmp_path):
    assert await export_data(_settings(elsewhere), str(tmp_path / "none.jsonl")) == 1


async def test_bad_lines_are_told_by_number_and_the_others_are_taken(elsewhere, tmp_path, capsys):
    rows = [
        '{"tocsin": "everything", "version": 1}',
        '{"platform": "fake", "account": "bot", "chat": "a", "topics": ["iran", "(korea"]}',
        '{"platform": "fake", "chat": "b", "topics": ["iran"]}',
        "{",
        '{"feed": "file:///etc/passwd"}',
        '{"feed": "https://fine.test/rss"}',
    ]
    file = tmp_path / "all.jsonl"
    file.write_text("\n".join(rows))
    assert await import_data(_settings(elsewhere), str(file)) == 1
    said = capsys.readouterr().err
    assert "line 2: topic 2 (“(korea”)" in said
    assert "line 3: the chat has no valid “account”" in said
    assert "line 4: the file is not complete JSON" in said
    assert "line 5: “file:///etc/passwd” is not a web address" in said
    assert "1 chat: 1 topic added, 0 already followed; 1 feed added" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"tocsin": "chat", "version": 1}', "“chat”"),
        ('{"tocsin": "everything", "version": 7}', "version 7"),
        ("x" * 1_100_000, "line 1 has more than 1,000,000 bytes"),
        ("hello", "complete JSON"),
    ],
)
async def test_a_file_of_something_else_is_refused(elsewhere, tmp_path, text, says):
    file = tmp_path / "x.jsonl"
    file.write_text(text)
    with pytest.raises(UserError, match=says):
        await import_data(_settings(elsewhere), str(file))


async def test_an_export_that_breaks_leaves_the_earlier_one(world, tmp_path, monkeypatch):
    await world.send_command("/subscribe sanctions")
    file = tmp_path / "all.jsonl"
    file.write_text("earlier")

    async def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr("bot.cli.export_import.export_chat", broken)
    with pytest.raises(ZeroDivisionError):
        await export_data(_settings(world.database), str(file))
    assert file.read_text() == "earlier"
    assert [path.name for path in tmp_path.glob("*.part")] == []


async def test_the_command_line_knows_both(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("TOCSIN_DATABASE_URL", f"sqlite:///{tmp_path / 'd.sqlite3'}")
    monkeypatch.chdir(tmp_path)
    assert await asyncio.to_thread(main, ["import", "nowhere.jsonl"]) == 2
    assert "nowhere.jsonl: No such file" in capsys.readouterr().err
    assert await asyncio.to_thread(main, ["export", "out.jsonl"]) == 1
    assert json.loads((tmp_path / "out.jsonl").read_text())["tocsin"] == "everything"
