import os
import random
import shutil
import socket
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchers.errors import SourceGone
from watchers.sources.document import MAX_BYTES
from watchers.sources.folder import BATCH, is_document_name, read_folder

NOW = datetime(2026, 3, 1, tzinfo=UTC)
START = 1_700_000_000  # long settled

PACT = "A pact in Geneva\n\nIt was signed on Wednesday."
LEVY = "A levy on cheese\n\nIt starts in the spring."
FLOOD = "A flood in the valley\n\nThree bridges are gone."


class Seeds:
    """A folder, and somebody who remembers what was seen in it."""

    def __init__(self, root):
        self.root = root
        self.cursor = {}
        self.clock = START
        root.mkdir()

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.touch(name)
        return path

    def touch(self, name):
        self.clock += 1
        os.utime(self.root / name, (self.clock, self.clock))

    def rename(self, old, new):
        (self.root / new).parent.mkdir(parents=True, exist_ok=True)
        (self.root / old).rename(self.root / new)

    def copy(self, old, new):
        shutil.copy2(self.root / old, self.root / new)

    def delete(self, name):
        (self.root / name).unlink()

    def poll(self, names=None):
        polled = read_folder(self.root, self.cursor, names, now=NOW)
        for entry, value in polled.cursor.items():
            if value is None:
                self.cursor.pop(entry, None)
            else:
                self.cursor[entry] = value
        return polled

    def look(self, *names):
        """All that is new, in one: (items, problems)."""
        items, problems = [], []
        rest = names or None
        while rest is None or rest:
            polled = self.poll(rest)
            items += polled.items
            problems += polled.problems
            rest = polled.rest
            time.sleep(polled.wait)  # as the poll asks
        return items, problems

    def items(self, *names):
        items, problems = self.look(*names)
        assert not problems
        return items

    def titles(self, *names):
        return [item.title for item in self.items(*names)]

    def problems(self, *names):
        items, problems = self.look(*names)
        assert not items
        return {problem.name: problem.reason for problem in problems}


@pytest.fixture
def seeds(tmp_path):
    return Seeds(tmp_path / "seeds")


def test_a_batch_holds_no_more_than_fits_in_memory_with_ease(seeds, monkeypatch):
    # A batch also ends after some time, which a busy machine may take for less.
    monkeypatch.setattr("watchers.sources.folder.monotonic", lambda: 0.0)
    for number in range(12):
        seeds.write(f"{number}.txt", f"Title {number}\n\n" + f"Word{number} " * 100_000)
    first = seeds.poll()
    assert 4 <= len(first.items) <= 7
    assert len(first.items) + len(seeds.items(*first.rest)) == 12


# ── What is news ──────────────────────────────────────────────────────────────────────────────────


def test_a_new_document_is_an_item(seeds):
    seeds.write("pact.txt", PACT)
    (item,) = seeds.items()
    assert (item.title, item.text) == ("A pact in Geneva", "It was signed on Wednesday.")
    assert item.source == "seeds/pact.txt"
    assert item.published == datetime.fromtimestamp(seeds.clock, UTC)


def test_a_file_from_the_future_is_published_now(seeds):
    seeds.clock = int(NOW.timestamp()) + 1_000_000
    seeds.write("pact.txt", PACT)
    assert seeds.items()[0].published == NOW


def test_what_was_read_is_no_news(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    assert seeds.items() == []
    assert seeds.items("pact.txt") == []
    assert seeds.poll().cursor == {}


def test_a_touched_file_is_no_news(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.touch("pact.txt")
    assert seeds.items() == []


def test_other_spacing_or_encoding_is_no_news(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.write("pact.txt", PACT.replace("\n", "\r\n").encode("utf-16"))
    assert seeds.items() == []


def test_a_renamed_file_is_the_item_it_was(seeds):
    seeds.write("pact.txt", PACT)
    (before,) = seeds.items()
    seeds.rename("pact.txt", "archive/2024/pact.txt")
    (after,) = seeds.items()
    assert (after.key, after.digest) == (before.key, before.digest)
    assert after.source == "seeds/archive/2024/pact.txt"
    assert seeds.items() == []


def test_a_copied_file_is_no_news(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.copy("pact.txt", "copy.txt")
    seeds.write("another.txt", PACT)
    assert seeds.items() == []


def test_a_copy_that_is_edited_is_news_of_its_own(seeds):
    seeds.write("pact.txt", PACT)
    (pact,) = seeds.items()
    seeds.copy("pact.txt", "copy.txt")
    seeds.items()
    seeds.write("copy.txt", LEVY)
    (levy,) = seeds.items()
    assert levy.key != pact.key
    seeds.write("pact.txt", FLOOD)
    (flood,) = seeds.items()
    assert flood.key == pact.key


def test_an_edited_file_is_an_update_of_its_item(seeds):
    seeds.write("pact.txt", PACT)
    (before,) = seeds.items()
    seeds.write("pact.txt", f"{PACT} Nobody saw the text.")
    (after,) = seeds.items()
    assert after.key == before.key
    assert after.text == "It was signed on Wednesday. Nobody saw the text."


def test_a_file_that_is_edited_back_says_again_what_it_said(seeds):
    seeds.write("pact.txt", PACT)
    (first,) = seeds.items()
    for text in (LEVY, PACT, LEVY, PACT):
        seeds.write("pact.txt", text)
        (item,) = seeds.items()
        assert (item.key, item.title) == (first.key, text.split("\n")[0])


def test_a_file_that_was_deleted_and_returns_is_no_news(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.delete("pact.txt")
    assert seeds.items() == []
    seeds.write("pact.txt", PACT)
    assert seeds.items() == []


def test_a_file_that_returns_as_it_once_was_is_an_update(seeds):
    seeds.write("pact.txt", PACT)
    (first,) = seeds.items()
    seeds.write("pact.txt", LEVY)
    seeds.items()
    seeds.delete("pact.txt")
    seeds.items()
    seeds.write("pact.txt", PACT)
    (item,) = seeds.items()
    assert (item.key, item.digest) == (first.key, first.digest)
    assert seeds.items() == []


@pytest.mark.parametrize(
    "told", [(), ("today.txt", "yesterday.txt"), ("yesterday.txt", "today.txt")]
)
def test_a_document_that_takes_the_place_of_a_moved_one_is_news_of_its_own(seeds, told):
    seeds.write("today.txt", PACT)
    (pact,) = seeds.items()
    seeds.rename("today.txt", "yesterday.txt")
    seeds.write("today.txt", LEVY)
    by_title = {item.title: item for item in seeds.items(*told)}
    assert by_title["A levy on cheese"].key != pact.key
    assert by_title["A pact in Geneva"].key == pact.key
    seeds.write("yesterday.txt", FLOOD)
    assert [item.key for item in seeds.items()] == [pact.key]


def test_two_files_that_change_places_stay_the_items_they_were(seeds):
    seeds.write("a.txt", PACT)
    seeds.write("b.txt", LEVY)
    keys = {item.digest: item.key for item in seeds.items()}
    seeds.rename("a.txt", "c.txt")
    seeds.rename("b.txt", "a.txt")
    seeds.rename("c.txt", "b.txt")
    assert all(keys[item.digest] == item.key for item in seeds.items())
    seeds.write("a.txt", FLOOD)
    (flood,) = seeds.items()
    assert flood.key == keys[next(digest for digest, key in keys.items() if key == flood.key)]


def test_two_files_with_the_same_words_are_one_item(seeds):
    seeds.write("a.txt", PACT)
    seeds.write("b.md", f"# {PACT}")
    assert seeds.titles() == ["A pact in Geneva"]


def test_an_edit_that_keeps_size_and_time_is_seen(seeds):
    path = seeds.write("pact.txt", PACT)
    seeds.items()
    before = path.stat()
    path.write_text(PACT.replace("Wednesday", "Wednesdaz"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert seeds.titles() == ["A pact in Geneva"]


# ── What is a document ────────────────────────────────────────────────────────────────────────────


def test_folders_within_folders_are_read(seeds):
    seeds.write("a/b/c/d/pact.txt", PACT)
    assert [item.source for item in seeds.items()] == ["seeds/a/b/c/d/pact.txt"]


def test_a_folder_that_was_moved_in_is_read_by_its_own_name(seeds, tmp_path):
    other = tmp_path / "drafts.txt"  # a folder may be named like a document
    (other / "deep").mkdir(parents=True)
    (other / "pact.txt").write_text(PACT)
    (other / "deep" / "levy.txt").write_text(LEVY)
    (other / ".hidden.txt").write_text(FLOOD)
    for path in other.rglob("*.txt"):
        os.utime(path, (START, START))
    other.rename(seeds.root / "drafts.txt")
    assert sorted(seeds.titles("drafts.txt")) == ["A levy on cheese", "A pact in Geneva"]
    assert seeds.items() == []


def test_a_folder_that_was_moved_away_and_back_is_no_news(seeds, tmp_path):
    seeds.write("drafts/pact.txt", PACT)
    seeds.items()
    for look in ((), ("drafts",)):
        (seeds.root / "drafts").rename(tmp_path / "elsewhere")
        assert seeds.items(*look) == []
        (tmp_path / "elsewhere").rename(seeds.root / "drafts")
        assert seeds.items(*look) == []


@pytest.mark.parametrize(
    "name",
    [
        ".hidden.txt",
        ".git/config.txt",
        "a/.b/c.txt",
        "a.txt~",
        "a.txt.tmp",
        "a.part",
        ".~lock.a.txt#",
        "a.crdownload",
        "a.swp",
    ],
)
def test_hidden_and_temporary_files_are_no_documents(seeds, name):
    seeds.write(name, PACT)
    assert not is_document_name(name)
    assert seeds.look() == ([], [])


@pytest.mark.parametrize(
    "name",
    [
        "a.txt",
        "a b.txt",
        "доклад.txt",
        "a/b.c/d.txt",
        "tmp.txt",
        "-rf.txt",
        "=a.txt",
        "#a.txt",
        "?a.txt",
    ],
)
def test_other_names_are_documents(seeds, name):
    assert is_document_name(name)
    seeds.write(name, PACT)
    assert len(seeds.items()) == 1
    assert seeds.items() == []
    seeds.delete(name)
    seeds.items()
    assert not [entry for entry in seeds.cursor if entry.startswith("/")]


def test_a_document_by_a_link_is_read(seeds, tmp_path):
    (tmp_path / "pact.txt").write_text(PACT)
    os.utime(tmp_path / "pact.txt", (START, START))
    (seeds.root / "link.txt").symlink_to(tmp_path / "pact.txt")
    assert seeds.titles() == ["A pact in Geneva"]


def test_a_link_to_the_folder_itself_is_not_followed(seeds):
    seeds.write("pact.txt", PACT)
    (seeds.root / "again").symlink_to(seeds.root)
    assert seeds.titles() == ["A pact in Geneva"]


# ── What cannot be used: one clear warning each, the rest goes on ─────────────────────────────────


def told_once(seeds, *names):
    """The one problem there is; a second look says nothing."""
    problems = seeds.problems(*names)
    assert seeds.look() == seeds.look() == ([], [])
    ((_, reason),) = problems.items()
    return reason


def test_a_dangling_link_is_told_once_and_read_when_it_leads_somewhere(seeds, tmp_path):
    (seeds.root / "link.txt").symlink_to(tmp_path / "later.txt")
    assert "leads nowhere" in told_once(seeds)
    (tmp_path / "later.txt").write_text(PACT)
    os.utime(tmp_path / "later.txt", (START, START))
    assert seeds.titles() == ["A pact in Geneva"]


def test_links_in_a_circle_are_told_once(seeds):
    (seeds.root / "a.txt").symlink_to(seeds.root / "b.txt")
    (seeds.root / "b.txt").symlink_to(seeds.root / "a.txt")
    assert set(seeds.problems()) == {"a.txt", "b.txt"}
    assert seeds.look() == ([], [])


def test_a_pipe_is_told_once_and_blocks_nothing(seeds):
    os.mkfifo(seeds.root / "pipe.txt")
    assert told_once(seeds) == "it is no regular file"


def test_a_socket_is_told_once(seeds, monkeypatch):
    monkeypatch.chdir(seeds.root)  # the address of a socket is short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.txt")
        assert "cannot be opened" in told_once(seeds)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux has a file that even root cannot read")
def test_a_file_that_refuses_to_be_read_is_told_once(seeds):
    (seeds.root / "memory.txt").symlink_to("/proc/self/mem")
    problems = seeds.problems()
    assert problems == {"memory.txt": "it cannot be read: Input/output error"}


def test_a_forbidden_file_is_told_once_and_read_when_it_is_allowed():
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        seeds = Seeds(Path(place) / "seeds")
        path = seeds.write("pact.txt", PACT)
        path.chmod(0)
        root = os.geteuid() == 0
        if root:
            os.seteuid(65534)  # root may read everything
        try:
            assert told_once(seeds) == "it cannot be opened: Permission denied"
        finally:
            if root:
                os.seteuid(0)
        path.chmod(0o644)
        assert seeds.titles() == ["A pact in Geneva"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "it is empty"),
        ("a.txt", b" \n ", "it is empty"),
        ("a.html", b"<html></html>", "there is no text in it"),
        ("a.txt", bytes(range(256)), "binary data"),
        ("a.md", b"\x89PNG\r\n\x1a\n\0\0", "binary data"),
        ("a.docx", b"PK\x03\x04", "“.docx” is no kind that can be read"),
        ("README", b"words", "“no suffix” is no kind that can be read"),
        ("a.pdf", b"%PDF-1.4 and then nothing", "the PDF is broken"),
    ],
)
def test_a_document_without_a_text_is_told_once(seeds, name, data, reason):
    seeds.write(name, data)
    assert reason in told_once(seeds)


def test_an_over_large_document_is_told_once_without_being_read(seeds):
    path = seeds.write("large.txt", b"a")
    os.truncate(path, 1 << 40)  # a terabyte of nothing
    seeds.touch("large.txt")
    assert f"the limit is {MAX_BYTES:,}" in told_once(seeds)


def test_a_name_in_another_encoding_is_told_once_and_read_when_it_is_renamed(seeds):
    name = os.fsdecode("доклад.txt".encode("cp1251"))
    seeds.write(name, PACT)
    assert told_once(seeds) == "its name is not valid UTF-8; rename it"
    assert all(entry.isascii() for entry in seeds.cursor)
    seeds.rename(name, "доклад.txt")
    assert seeds.titles() == ["A pact in Geneva"]
    assert all(entry[0] in "/=" for entry in seeds.cursor)


def test_the_shown_name_of_such_a_file_can_be_printed(seeds):
    seeds.write(os.fsdecode(b"\xe4\xf6.txt"), PACT)
    (name,) = seeds.problems()
    assert name == "\\udce4\\udcf6.txt"


def test_a_bad_document_does_not_hold_up_the_others(seeds):
    seeds.write("a.txt", b"")
    os.mkfifo(seeds.root / "b.txt")
    (seeds.root / "c.txt").symlink_to("nowhere")
    seeds.write("d.txt", PACT)
    seeds.write("e.pdf", b"%PDF")
    seeds.write("f.txt", LEVY)
    items, problems = seeds.look()
    assert sorted(item.title for item in items) == ["A levy on cheese", "A pact in Geneva"]
    assert sorted(problem.name for problem in problems) == ["a.txt", "b.txt", "c.txt", "e.pdf"]


def test_a_file_that_was_empty_at_first_is_read_when_it_is_filled(seeds):
    seeds.write("pact.txt", b"")
    told_once(seeds)
    seeds.write("pact.txt", PACT)
    assert seeds.titles() == ["A pact in Geneva"]


def test_a_file_that_was_emptied_to_be_written_anew_is_the_item_it_was(seeds):
    seeds.write("pact.txt", PACT)
    (before,) = seeds.items()
    seeds.write("pact.txt", b"")
    assert seeds.problems()
    seeds.write("pact.txt", f"{PACT} Nobody saw it.")
    assert [item.key for item in seeds.items()] == [before.key]
    seeds.write("pact.txt", b"")
    assert seeds.problems()
    seeds.write("pact.txt", f"{PACT} Nobody saw it.")
    assert seeds.items() == []


def test_a_name_that_is_not_there_is_no_trouble(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.delete("pact.txt")
    assert seeds.look("pact.txt", "never.txt", "a/b.txt", "nul\0.txt") == ([], [])
    assert not [entry for entry in seeds.cursor if entry.startswith("/")]


# ── The folder itself ─────────────────────────────────────────────────────────────────────────────


def test_a_folder_that_is_not_there_is_gone_and_forgets_nothing(seeds, tmp_path):
    seeds.write("pact.txt", PACT)
    seeds.items()
    before = dict(seeds.cursor)
    seeds.root.rename(tmp_path / "away")
    for names in (None, ["pact.txt"]):
        with pytest.raises(SourceGone, match="cannot be read: No such file"):
            seeds.poll(names)
    assert seeds.cursor == before
    (tmp_path / "away").rename(seeds.root)
    assert seeds.items() == []


def test_a_folder_made_anew_with_the_same_documents_is_no_news(seeds):
    seeds.write("a.txt", PACT)
    seeds.write("b.txt", LEVY)
    seeds.items()
    shutil.rmtree(seeds.root)
    seeds.root.mkdir()
    assert seeds.items() == []  # as an unmounted disk looks
    seeds.write("a.txt", PACT)
    seeds.write("b.txt", LEVY)
    assert seeds.items() == []


def test_a_file_in_the_place_of_the_folder_is_no_folder(seeds):
    seeds.root.rmdir()
    seeds.root.write_text("not a folder")
    with pytest.raises(SourceGone, match="Not a directory"):
        seeds.poll()


# ── Many, and half-written ────────────────────────────────────────────────────────────────────────


def test_many_documents_come_in_batches_each_once_and_the_oldest_first(seeds):
    count = 2 * BATCH + 50
    for number in range(count):
        seeds.write(f"{number % 7}/{number}.txt", f"Headline number {number}\n\nWords.")
    polls = [seeds.poll()]
    while polls[-1].rest:
        assert polls[-1].wait == 0
        polls.append(seeds.poll(polls[-1].rest))
    assert all(len(polled.items) <= BATCH for polled in polls)
    found = [item.title for polled in polls for item in polled.items]
    assert found == [f"Headline number {number}" for number in range(count)]
    assert seeds.items() == []


def test_more_names_than_a_batch_holds_are_all_looked_at(seeds):
    names = [f"{number}.txt" for number in range(BATCH + 20)]
    for name in names:
        seeds.write(name, f"Headline {name}\n\nWords.")
    random.Random(1).shuffle(names)
    polled = seeds.poll(names)
    assert polled.rest
    assert len(polled.items) + len(seeds.items(*polled.rest)) == len(names)
    assert seeds.items() == []


def test_the_rest_may_be_forgotten_and_found_again(seeds):
    for number in range(BATCH + 5):
        seeds.write(f"{number}.txt", f"Headline {number}\n\nWords.")
    assert len(seeds.poll().items) + len(seeds.items()) == BATCH + 5


def test_a_file_just_written_is_read_when_it_has_settled(seeds):
    (seeds.root / "pact.txt").write_text(PACT)
    polled = seeds.poll()
    assert (polled.items, polled.problems, polled.rest) == ((), (), ("pact.txt",))
    assert 0 < polled.wait < 1
    assert seeds.titles(*polled.rest) == ["A pact in Geneva"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who is writing")
def test_a_half_written_file_is_read_when_it_is_whole(seeds):
    settled = datetime.now(UTC).timestamp() - 10
    path = seeds.root / "pact.txt"
    with path.open("w") as writer:
        for piece in ("", "A pact in Gen", "eva\n\nIt was signed"):
            writer.write(piece)
            writer.flush()
            os.utime(path, (settled, settled))
            polled = seeds.poll()
            assert (polled.items, polled.problems, polled.rest) == ((), (), ("pact.txt",))
            assert polled.wait > 0
        writer.write(" on Wednesday.")
    (item,) = seeds.items(*polled.rest)
    assert item.text == "It was signed on Wednesday."


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who is writing")
def test_a_half_written_file_does_not_hold_up_the_others(seeds):
    settled = datetime.now(UTC).timestamp() - 10
    seeds.write("levy.txt", LEVY)
    with (seeds.root / "pact.txt").open("w") as writer:
        writer.write("A pact")
        writer.flush()
        os.utime(seeds.root / "pact.txt", (settled, settled))
        polled = seeds.poll()
        assert [item.title for item in polled.items] == ["A levy on cheese"]
        assert polled.rest == ("pact.txt",)


# ── Whatever people do ────────────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from(["a.txt", "b.txt", "c.md", "d/e.txt"])
TEXTS = st.sampled_from([PACT, LEVY, FLOOD, "One line", "Another line", b"", b"\0\1\2"])
DEEDS = st.lists(
    st.tuples(st.just("write"), NAMES, TEXTS)
    | st.tuples(st.sampled_from(["rename", "copy"]), NAMES, NAMES)
    | st.tuples(st.sampled_from(["touch", "delete", "look"]), NAMES, st.none()),
    max_size=25,
)


def do(seeds, deed, name, other):
    if deed == "write":
        seeds.write(name, other)
    elif (seeds.root / name).exists() and deed != "look":
        arguments = (name, other) if deed in {"rename", "copy"} else (name,)
        if other != name:
            (seeds.root / (other or name)).parent.mkdir(exist_ok=True)
            getattr(seeds, deed)(*arguments)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DEEDS, st.booleans())
def test_every_document_is_told_once_and_none_is_lost(deeds, by_name):
    with tempfile.TemporaryDirectory() as place:
        seeds = Seeds(Path(place) / "seeds")
        keys, last, present = {}, {}, set()
        for deed, name, other in [*deeds, ("look", "", None)]:
            do(seeds, deed, name, other)
            if deed != "look":
                continue
            asked = ("a.txt", "b.txt", "c.md", "d") if by_name else ()
            for item in seeds.look(*asked)[0]:
                # A document has one key for good, and is told only when there is something to tell.
                assert keys.setdefault(item.digest, item.key) == item.key
                assert last.get(item.key) != (item.digest, item.source)
                last[item.key] = (item.digest, item.source)
            fresh = Seeds(Path(place) / f"fresh{len(list(Path(place).iterdir()))}")
            fresh.root.rmdir()
            shutil.copytree(seeds.root, fresh.root)
            present |= {item.digest for item in fresh.look()[0]}
            assert present <= set(keys)
            assert seeds.look()[0] == []
