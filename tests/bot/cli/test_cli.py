import asyncio
import json
from pathlib import Path

import pytest

from bot.cli.parser import main
from bot.ingest.folder_watcher import FolderWatcher
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.runtime.clock import utc_now
from bot.settings import load_settings
from bot.store import Database, migrate
from bot.store.feeds.feeds import NewFeed, add_feed
from bot.store.feeds.poll_results import record_failure
from bot.store.migrate import known_revisions
from watchers import TopicIndex

ARTICLE = (
    "A pact is signed\n\nThe two agreed on trade. New sanctions may follow. Nobody knows when.\n"
)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text(ARTICLE)
    (tmp_path / "b.txt").write_text("Football\n\nNothing else happened today.\n")
    (tmp_path / "seeds").mkdir()


def test_match_prints_the_lines_that_match_behind_their_file(capsys):
    assert main(["match", "sanction", "a.txt", "b.txt"]) == 0
    out = capsys.readouterr().out
    assert out == "a.txt:3: The two agreed on trade. New sanctions may follow. Nobody knows when.\n"


def test_match_prints_the_line_of_the_evidence_in_the_file(tmp_path, capsys):
    (tmp_path / "c.txt").write_text("A title\n\nOne line here.\nAnd a pact of\ntrade follows.\n")
    assert main(["match", "trade", "c.txt"]) == 0
    assert capsys.readouterr().out.startswith("c.txt:5: ")
    assert main(["match", '"title"', "c.txt"]) == 0
    assert capsys.readouterr().out == "c.txt:1: A title\n"


def test_match_prints_no_number_for_a_format_without_lines(tmp_path, capsys):
    (tmp_path / "c.html").write_text("<title>A pact</title><p>New sanctions may follow soon.</p>")
    assert main(["match", "sanction", "c.html"]) == 0
    assert capsys.readouterr().out == "c.html: New sanctions may follow soon.\n"
    assert main(["match", "lang:en", "c.html"]) == 0
    assert capsys.readouterr().out == "c.html: A pact\n"


def test_match_states_that_words_occur_only_in_boilerplate(tmp_path, capsys):
    text = "A title\n\nThe council met on Monday.\n\nRead more: uranium prices fall\n"
    (tmp_path / "c.txt").write_text(text)
    assert main(["match", "uranium", "c.txt"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "c.txt: matches only with boilerplate, which is left out" in captured.err
    assert "Read more: uranium prices fall" in captured.err


def test_match_explains_operators_of_other_services_on_standard_error(capsys):
    assert main(["match", "trade w/9 pact and sanctions", "a.txt"]) == 1
    assert "“w/9” is read as NEAR/8" in capsys.readouterr().err


def test_match_ends_with_1_where_nothing_matches(capsys):
    assert main(["match", "uranium", "a.txt", "b.txt"]) == 1
    assert capsys.readouterr().out == ""


def test_match_as_json_tells_the_words_and_their_places(capsys):
    assert main(["match", "--json", '"a pact" OR trade', "a.txt"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["file"] == "a.txt"
    assert row["score"] == 4
    assert [found["words"] for found in row["matches"]] == ["A pact", "trade"]


def test_a_file_that_cannot_be_read_is_named_and_the_others_are_matched(capsys):
    assert main(["match", "sanction", "none.txt", "a.txt"]) == 2
    captured = capsys.readouterr()
    assert captured.err == "tocsin: none.txt: No such file or directory\n"
    assert "sanctions may follow" in captured.out


def test_a_topic_that_cannot_be_read_is_one_clear_line(capsys):
    assert main(["match", "(a", "a.txt"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("tocsin: this topic cannot be read: column")
    assert err.count("\n") == 1


def test_summarize_prints_title_source_sentences_and_how_many_of_how_many(capsys):
    assert main(["summarize", "a.txt", "--sentences", "1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["A pact is signed", "  a.txt"]
    assert lines[-1] == "  (1 of 3 sentences)"
    assert len(lines) == 4


def test_summarize_prefers_its_topic(capsys):
    assert main(["summarize", "a.txt", "--sentences", "1", "--topic", "sanctions", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["sentences"] == ["New sanctions may follow."]
    assert row["of"] == 3


def test_summarize_says_where_nothing_is_about_the_topic(capsys):
    assert main(["summarize", "a.txt", "--sentences", "1", "--topic", "zebra"]) == 0
    assert "(no sentence matches “zebra”)" in capsys.readouterr().out
    assert main(["summarize", "a.txt", "--topic", "zebra", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["about_topic"] == 0


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5"])
def test_a_number_of_sentences_that_is_none_is_misuse(number, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["summarize", "a.txt", "--sentences", number])
    assert stop.value.code == 2
    assert "_positive" not in capsys.readouterr().err


def test_an_address_that_cannot_be_had_is_told_with_the_reason_and_the_rest_is_summed_up(capsys):
    assert main(["summarize", "http://127.0.0.1:9/", "a.txt"]) == 2
    told = capsys.readouterr()
    assert "127.0.0.1:9" in told.err
    assert "A pact is signed" in told.out


@pytest.mark.parametrize(
    "arguments", [[], ["nonsense"], ["match"], ["summarize", "a", "--sentences", "0"]]
)
def test_misuse_ends_with_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2


def test_check_says_what_is_on_and_what_is_off(capsys):
    assert main(["check"]) == 0
    out = capsys.readouterr().out
    assert "on    seed folder   seeds, 0 documents" in out
    assert "off   telegram      set TOCSIN_TELEGRAM_TOKEN" in out


def test_check_says_what_is_wrong_and_shows_no_secret(capsys, monkeypatch):
    monkeypatch.setenv("TOCSIN_SEEDS_DIR", "nowhere")
    monkeypatch.setenv("TOCSIN_DATABASE_URL", "postgresql://me:hush@127.0.0.1:1/none")
    assert main(["check"]) == 2
    out = capsys.readouterr().out
    assert "wrong seed folder   nowhere " in out
    assert "wrong database" in out
    assert "hush" not in out


def test_check_lists_documents_that_cannot_be_read(capsys):
    Path("seeds/sheet.xlsx").write_text("words")
    load_settings().data_dir.mkdir()

    async def scan():
        settings = load_settings()
        database = Database(settings.database)
        await migrate(database)
        ingest = IngestPipeline(database, Matcher(TopicIndex()), utc_now)
        watcher = FolderWatcher(
            settings.seeds_dir[0], database, ingest, utc_now, on_news=lambda: None
        )
        while await watcher.step():
            pass
        await database.close()

    asyncio.run(scan())
    assert main(["check"]) == 1
    assert "bad   document      sheet.xlsx: the format “.xlsx”" in capsys.readouterr().out


def test_check_lists_feeds_that_cannot_be_read(capsys):
    async def add():
        settings = load_settings()
        settings.data_dir.mkdir()
        database = Database(settings.database)
        await migrate(database)
        now = utc_now()
        async with database.writing() as connection:
            for name in ("good", "gone"):
                address = f"https://{name}.example/feed"
                new = NewFeed(address=address, host=f"{name}.example", title=name)
                feed, _ = await add_feed(connection, new, now=now)
            await record_failure(
                connection, feed, now=now, problem="404 Not Found", state=feed.state, due=now
            )
        await database.close()

    asyncio.run(add())
    assert main(["check"]) == 1
    out = capsys.readouterr().out
    assert "on    feeds         2 feeds are stored" in out
    assert "bad   feed          2 gone: 404 Not Found" in out


def test_check_states_that_there_are_no_feeds_and_that_languages_work(capsys):
    assert main(["migrate"]) == 0
    assert main(["check"]) == 0
    out = capsys.readouterr().out
    assert "off   feeds         none; `tocsin feeds add ADDRESS` adds one" in out
    assert "on    languages     detected per item" in out


@pytest.mark.parametrize(
    ("admins", "exit_code", "words"),
    [
        ("", 0, "off   operators     set TOCSIN_ADMINS"),
        ("12345", 0, "on    operators     1 operator; telegram is off"),
        ("telegram:12345,slack:U02AB", 0, "2 operators; slack and telegram are off"),
        ("@me", 2, "“@me” is not an ID of Slack"),
        ("telegram:me", 2, "“telegram:me” is not an ID of Telegram, which is a number"),
        ("irc:12345", 2, "“irc:12345” names no platform"),
    ],
)
def test_check_reads_the_ids_of_operators(capsys, monkeypatch, admins, exit_code, words):
    monkeypatch.setenv("TOCSIN_ADMINS", admins)
    assert main(["check"]) == exit_code
    assert words in capsys.readouterr().out


def test_check_refuses_a_configured_feed_that_is_not_an_address(capsys, monkeypatch):
    monkeypatch.setenv("TOCSIN_FEEDS", "example")
    assert main(["check"]) == 2
    assert "wrong feeds         TOCSIN_FEEDS: “example”" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("ALLOW_NETWORKS=zzz", "wrong network       TOCSIN_ALLOW_NETWORKS: “zzz”"),
        ("PUBLIC_URL=example.org", "TOCSIN_PUBLIC_URL: “example.org” does not start with http://"),
    ],
)
def test_check_refuses_wrong_addresses(capsys, monkeypatch, setting, words):
    name, value = setting.split("=")
    monkeypatch.setenv(f"TOCSIN_{name}", value)
    assert main(["check"]) == 2
    assert words in capsys.readouterr().out


def test_alerts_without_a_database_are_reported_in_one_line(capsys):
    assert main(["alerts", "--failed"]) == 2
    assert capsys.readouterr().err == "tocsin: there is no database yet; `tocsin run` creates it\n"
    assert main(["migrate"]) == 0
    assert main(["alerts", "--failed"]) == 1
    assert "tocsin: no alert failed" in capsys.readouterr().err


def test_an_error_of_a_setting_is_free_of_the_words_of_its_parser(capsys, monkeypatch):
    monkeypatch.setenv("TOCSIN_KEEP_ITEMS", "1s")
    assert main(["check"]) == 2
    assert "got “1s”: a duration is a number followed by" in capsys.readouterr().err


def test_check_as_json(capsys):
    assert main(["check", "--json"]) == 0
    parts = {row["component"]: row["state"] for row in json.loads(capsys.readouterr().out)}
    assert parts["console"] == "on"


def test_a_wrong_setting_is_one_line_and_ends_with_2(capsys, monkeypatch):
    monkeypatch.setenv("TOCSIN_WEB_PORT", "x")
    assert main(["check"]) == 2
    assert capsys.readouterr().err.startswith("tocsin: TOCSIN_WEB_PORT: got “x”")


def test_migrate_makes_the_database_and_says_so(capsys):
    assert main(["migrate"]) == 0
    assert main(["migrate"]) == 0
    every = ", ".join(known_revisions())
    assert capsys.readouterr().out == f"schema migrated: {every}\nschema is up to date\n"
