"""The main job from end to end, in a process of its own."""

import os
import signal

import pytest

from tests.scenarios.process import Tocsin
from tests.watchers.documents.made_documents import make_docx

PACT = """Two neighbours sign a pact

North Korea and its neighbour signed a pact on Monday. The U.N. sanctions stay in force, the envoy said.
Traders hope for more. Observers warned of new sanctions against banks that help North Korea.
The ceremony took an hour. Talks go on in May.

Read more: Ten hotels by the sea
"""


def test_one_alert_names_both_topics_and_its_summary_is_of_the_article(tmp_path):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.say('/subscribe "North Korea"')
    tocsin.wait_for("Following", 2)
    tocsin.drop("pact.txt", PACT)
    tocsin.wait_for("1 Summary")
    tocsin.say("/summary 1")
    tocsin.wait_for("3 sentences, of")
    assert tocsin.end() == 0
    assert tocsin.alerts == ["Two neighbours sign a pact"]
    assert "  You follow “sanctions” and “North Korea”" in tocsin.printed
    quoted = [line.strip() for line in tocsin.printed if line.startswith("  “")]
    assert len(quoted) == 3
    assert not any("hotels" in line for line in tocsin.printed)
    assert tocsin.errors == []


def test_an_input_that_ends_at_once_still_hands_on_all_that_is_due(tmp_path):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    for number in range(30):
        tocsin.drop(f"{number}.txt", f"Sanctions number {number}\n\nText.")
    assert tocsin.end() == 0
    assert sorted(tocsin.alerts) == sorted(f"Sanctions number {n}" for n in range(30))


def test_what_came_while_it_was_down_is_told_at_the_next_start_and_only_then(tmp_path):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    assert tocsin.end() == 0
    tocsin.drop("a.txt", "New sanctions\n\nText.")
    second = Tocsin(tmp_path)
    assert second.end() == 0
    assert second.alerts == ["New sanctions"]
    third = Tocsin(tmp_path)
    assert third.end() == 0
    assert third.alerts == []


def test_touching_renaming_and_copying_a_document_alerts_nobody_again(tmp_path):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    tocsin.drop("a.txt", "New sanctions\n\nText.")
    tocsin.wait_for("1 Summary")
    seeds = tmp_path / "seeds"
    os.utime(seeds / "a.txt")
    (seeds / "a.txt").rename(seeds / "b.txt")
    tocsin.drop("copy.txt", "New sanctions\n\nText.")
    tocsin.drop("next.txt", "Sanctions, again")
    tocsin.wait_for("1 Summary", 2)
    tocsin.drop("b.txt", "New sanctions\n\nText. The text was corrected.")
    assert tocsin.end() == 0
    assert tocsin.alerts == ["New sanctions", "Sanctions, again"]


def test_what_cannot_be_read_is_told_once_each_and_holds_up_nothing(tmp_path):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    seeds = tmp_path / "seeds"
    (seeds / "empty.txt").touch()
    (seeds / "binary.txt").write_bytes(bytes(range(256)) * 9)
    (seeds / "dangling.txt").symlink_to(seeds / "none")
    tocsin.drop("fine.txt", "Sanctions\n\nText.")
    assert tocsin.end() == 0
    assert tocsin.alerts == ["Sanctions"]
    for name in ("empty.txt", "binary.txt", "dangling.txt"):
        assert sum(name in line for line in tocsin.errors) == 1
    again = Tocsin(tmp_path)
    assert again.end() == 0
    assert again.errors == []


def test_a_folder_that_vanishes_and_returns_brings_no_old_news(tmp_path):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    tocsin.drop("a.txt", "Sanctions one\n\nText.")
    tocsin.wait_for("Sanctions* one")
    (tmp_path / "seeds").rename(tmp_path / "away")
    tocsin.wait_until(lambda: any("cannot be read" in line for line in tocsin.errors), 60)
    (tmp_path / "away").rename(tmp_path / "seeds")
    tocsin.drop("b.txt", "Sanctions two\n\nText.")
    tocsin.wait_for("Sanctions* two")
    assert tocsin.end() == 0
    assert tocsin.alerts == ["Sanctions one", "Sanctions two"]


def test_a_second_start_on_the_same_file_is_refused_with_a_clear_line(tmp_path):
    first = Tocsin(tmp_path)
    first.say("/status")
    first.wait_for("Watching")
    second = Tocsin(tmp_path)
    assert second.end() == 2
    (line,) = second.errors
    assert "another Tocsin is running on data/tocsin.sqlite3" in line
    assert first.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_asked_to_stop_it_ends_with_0_within_five_seconds_and_repeats_nothing(tmp_path, number):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    titles = [f"Sanctions number {n}" for n in range(60)]
    for place, title in enumerate(titles):
        tocsin.drop(f"{place}.txt", f"{title}\n\nText.")
    tocsin.wait_for("1 Summary", 3)
    assert tocsin.signal(number) == 0
    rest = Tocsin(tmp_path)
    assert rest.end() == 0
    assert sorted(tocsin.alerts + rest.alerts) == sorted(titles)


def test_a_file_name_that_is_no_text_and_a_link_to_a_folder_hold_up_nothing(tmp_path):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    seeds = tmp_path / "seeds"
    (tmp_path / "elsewhere").mkdir()
    (seeds / "link").symlink_to(tmp_path / "elsewhere")
    with open(os.fsencode(seeds) + b"/\xffbad.txt", "w") as file:  # noqa: PTH123 - bytes
        file.write("Sanctions nobody can name")
    tocsin.drop("fine.txt", "Sanctions\n\nText.")
    tocsin.wait_for("1 Summary")
    assert tocsin.end() == 0
    assert tocsin.alerts == ["Sanctions"]


def test_a_file_that_never_stops_growing_does_not_keep_it_from_ending(tmp_path):
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    with (tmp_path / "seeds" / "log.txt").open("w") as growing:
        growing.write("Sanctions without end")
        growing.flush()
        tocsin.say("/status")
        tocsin.wait_for("Watching")
        assert tocsin.end() == 0
    assert tocsin.alerts == ["Sanctions without end"]


def test_what_comes_into_a_folder_made_after_the_start_is_news(tmp_path):
    (tmp_path / "seeds").mkdir()
    tocsin = Tocsin(tmp_path, TOCSIN_SEEDS_DIR="later")
    tocsin.say("/subscribe sanctions")
    tocsin.wait_for("Following")
    (tmp_path / "later").mkdir()
    (tmp_path / "later" / "a.txt").write_text("New sanctions\n\nText.")
    tocsin.wait_for("1 Summary")
    assert tocsin.end() == 0
    assert tocsin.alerts == ["New sanctions"]


def test_several_folders_are_watched_and_each_is_a_source(tmp_path):
    for name in ("desk", "archive"):
        (tmp_path / name).mkdir()
    tocsin = Tocsin(tmp_path, TOCSIN_SEEDS_DIR="desk, archive")
    tocsin.say("/subscribe source:archive")
    tocsin.wait_for("Following")
    (tmp_path / "desk" / "a.txt").write_text("A report of the desk\n\nText.")
    (tmp_path / "archive" / "b.docx").write_bytes(make_docx(["A report of the archive", "Text."]))
    tocsin.wait_for("1 Summary")
    tocsin.say("/status")
    tocsin.wait_for("folder desk, 1 document")
    tocsin.wait_for("folder archive, 1 document")
    assert tocsin.end() == 0
    assert tocsin.alerts == ["A report of the archive"]
