"""`tocsin migrate --from … --to …`, as a person would type it, wrong input included."""

import asyncio
import re
import sqlite3
from contextlib import closing

import pytest

from bot.cli.parser import main
from bot.runtime.process_lock import exclusive_process
from bot.settings import parse_database_url
from bot.store import Database, migrate
from tests.fakes.filled_database import fill


@pytest.fixture(autouse=True)
def filled(tmp_path, monkeypatch):
    """A database with something in it, in the folder where the command is given."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TOCSIN_DATABASE_URL", raising=False)

    async def make() -> None:
        database = Database(parse_database_url("sqlite:///a.sqlite3", "it"))
        await migrate(database)
        await fill(database, 5)
        await database.close()

    asyncio.run(make())
    (tmp_path / "notes.txt").write_text("mine")
    with closing(sqlite3.connect("other.db")) as file:
        file.execute("CREATE TABLE shopping (what)")


def test_everything_moves_and_it_is_said_what_to_do_next(capsys):
    assert main(["migrate", "--from", "sqlite:///a.sqlite3", "--to", "sqlite:///b.sqlite3"]) == 0
    printed = capsys.readouterr()
    assert printed.out.count("\n") == 1
    assert "TOCSIN_DATABASE_URL to sqlite:///b.sqlite3" in printed.out
    assert re.search(r"[1-9][\d,]* rows copied and compared", printed.err)


def test_the_address_that_is_left_out_is_the_configured_one(monkeypatch, tmp_path):
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "sqlite:///c.sqlite3")
    assert main(["migrate", "--from", "sqlite:///a.sqlite3"]) == 0
    assert main(["migrate", "--to", "sqlite:///d.sqlite3"]) == 0
    assert (tmp_path / "d.sqlite3").exists()


@pytest.mark.parametrize(
    ("origin", "goal", "problem"),
    [
        ("sqlite:///none.sqlite3", "sqlite:///b.sqlite3", "none.sqlite3 does not exist"),
        ("mysql://x/y", "sqlite:///b.sqlite3", "--from: “mysql” is not supported; use sqlite:///"),
        ("sqlite:///a.sqlite3", "b.sqlite3", "--to: not a database address; use"),
        ("sqlite:///a.sqlite3", "sqlite:///./a.sqlite3", "--from and --to name the same database"),
        ("sqlite://", "sqlite:///b.sqlite3", "in memory cannot be copied"),
        ("sqlite:///notes.txt", "sqlite:///b.sqlite3", "damaged or not a SQLite database"),
        ("sqlite:///a.sqlite3", "sqlite:///notes.txt", "damaged or not a SQLite database"),
        ("sqlite:///other.db", "sqlite:///b.sqlite3", "is not a Tocsin database"),
        ("sqlite:///a.sqlite3", "sqlite:///other.db", "is not empty (there are rows in shop"),
        (
            "sqlite:///a.sqlite3",
            "postgresql://me:hush@127.0.0.1:1/x",
            "postgresql://me:***@127.0.0.1:1/x does not answer",
        ),
    ],
)
def test_what_cannot_be_moved_is_one_clear_line(capsys, tmp_path, origin, goal, problem):
    assert main(["migrate", "--from", origin, "--to", goal]) == 2
    err = capsys.readouterr().err
    assert problem in err
    assert err.count("\n") == 1
    assert "hush" not in err
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_database_that_is_in_use_is_refused(capsys, tmp_path):
    with exclusive_process(tmp_path / "a.sqlite3"):
        assert (
            main(["migrate", "--from", "sqlite:///a.sqlite3", "--to", "sqlite:///b.sqlite3"]) == 2
        )
    assert "another Tocsin is running on a.sqlite3; stop it first" in capsys.readouterr().err


async def test_a_server_on_which_another_tocsin_works_is_refused(
    empty_postgres, capsys, monkeypatch
):
    monkeypatch.setattr("bot.cli.migrate._OTHER_CLIENTS_TIMEOUT_SECONDS", 0.0)
    url = await empty_postgres()
    server = Database(url)
    monkeypatch.setattr(
        "bot.store.admin.transfer.other_clients.CONNECTION_NAME", "tocsin 1@elsewhere"
    )
    goal = url.set(drivername="postgresql").render_as_string(hide_password=False)
    async with server.reading():
        arguments = ["migrate", "--from", "sqlite:///a.sqlite3", "--to", goal]
        assert await asyncio.to_thread(main, arguments) == 2
    assert "another Tocsin process uses postgresql://" in capsys.readouterr().err
    await server.close()
