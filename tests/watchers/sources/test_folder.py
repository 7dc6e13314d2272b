import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchers.errors import SourceMissingError
from watchers.sources.document import MAX_DOCUMENT_BYTES
from watchers.sources.folder import MAX_BATCH_DOCUMENTS, MAX_DEPTH, is_document_name, read_folder

NOW = datetime(2026, 3, 1, tzinfo=UTC)
# A modification time long before the test, so that files count as complete.
START = 1_700_000_000

PACT = "A pact in Geneva\n\nIt was signed on Wednesday."
LEVY = "A levy on cheese\n\nIt starts in the spring."
FLOOD = "A flood in the valley\n\nThree bridges are gone."


class SeedFolder:
    """A folder of documents with its cursor."""

    def __init__(self, root):
        self.root = root
        self.cursor = {}
        self.clock = START
        self.follows_links = False
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
        result = read_folder(
            self.root, self.cursor, names, now=NOW, follows_links=self.follows_links
        )
        for entry, value in result.cursor.items():
            if value is None:
                self.cursor.pop(entry, None)
            else:
                self.cursor[entry] = value
        return result

    def poll_all(self, *names):
        """Poll until nothing remains; return all items and problems."""
        items, problems = [], []
        remaining = names or None
        while remaining is None or remaining:
            result = self.poll(remaining)
            items += result.items
            problems += result.problems
            remaining = result.remaining
            time.sleep(result.retry_after_seconds)
        return items, problems

    def items(self, *names):
        items, problems = self.poll_all(*names)
        assert not problems
        return items

    def titles(self, *names):
        return [item.title for item in self.items(*names)]

    def problems(self, *names):
        items, problems = self.poll_all(*names)
        assert not items
        return {problem.name: problem.reason for problem in problems}


@pytest.fixture
def seeds(tmp_path):
    return SeedFolder(tmp_path / "seeds")


def test_a_batch_has_a_bounded_number_of_characters(seeds, monkeypatch):
    # On a busy machine, the time limit of a batch could end it earlier.
    monkeypatch.setattr("watchers.sources.folder.monotonic", lambda: 0.0)
    for number in range(12):
        seeds.write(f"{number}.txt", f"Title {number}\n\n" + f"Word{number} " * 100_000)
    first = seeds.poll()
    assert 4 <= len(first.items) <= 7
    assert len(first.items) + len(seeds.items(*first.remaining)) == 12


# ── New and changed documents ─────────────────────────────────────────────────────────────────────


def test_a_new_document_is_an_item(seeds):
    seeds.write("pact.txt", PACT)
    (item,) = seeds.items()
    assert (item.title, item.text) == ("A pact in Geneva", "It was signed on Wednesday.")
    assert item.source == "seeds/pact.txt"
    assert item.published == datetime.fromtimestamp(seeds.clock, UTC)


def test_a_file_with_a_future_date_is_published_now(seeds):
    seeds.clock = int(NOW.timestamp()) + 1_000_000
    seeds.write("pact.txt", PACT)
    assert seeds.items()[0].published == NOW


def test_a_known_file_gives_no_item(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    assert seeds.items() == []
    assert seeds.items("pact.txt") == []
    assert seeds.poll().cursor == {}


def test_a_touched_file_gives_no_item(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.touch("pact.txt")
    assert seeds.items() == []


def test_other_spacing_or_encoding_gives_no_item(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.write("pact.txt", PACT.replace("\n", "\r\n").encode("utf-16"))
    assert seeds.items() == []


def test_a_renamed_file_keeps_its_item(seeds):
    seeds.write("pact.txt", PACT)
    (before,) = seeds.items()
    seeds.rename("pact.txt", "archive/2024/pact.txt")
    (after,) = seeds.items()
    assert (after.key, after.digest) == (before.key, before.digest)
    assert after.source == "seeds/archive/2024/pact.txt"
    assert seeds.items() == []


def test_a_copied_file_gives_no_item(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.copy("pact.txt", "copy.txt")
    seeds.write("another.txt", PACT)
    assert seeds.items() == []


def test_an_edited_copy_is_a_new_item(seeds):
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


def test_an_edited_file_updates_its_item(seeds):
    seeds.write("pact.txt", PACT)
    (before,) = seeds.items()
    seeds.write("pact.txt", f"{PACT} Nobody saw the text.")
    (after,) = seeds.items()
    assert after.key == before.key
    assert after.text == "It was signed on Wednesday. Nobody saw the text."


def test_a_file_that_is_edited_back_updates_its_item(seeds):
    seeds.write("pact.txt", PACT)
    (first,) = seeds.items()
    for text in (LEVY, PACT, LEVY, PACT):
        seeds.write("pact.txt", text)
        (item,) = seeds.items()
        assert (item.key, item.title) == (first.key, text.split("\n")[0])


def test_a_restored_file_gives_no_item(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.delete("pact.txt")
    assert seeds.items() == []
    seeds.write("pact.txt", PACT)
    assert seeds.items() == []


def test_a_file_restored_in_an_older_version_updates_its_item(seeds):
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
    "names", [(), ("today.txt", "yesterday.txt"), ("yesterday.txt", "today.txt")]
)
def test_a_document_at_the_name_of_a_moved_one_is_a_new_item(seeds, names):
    seeds.write("today.txt", PACT)
    (pact,) = seeds.items()
    seeds.rename("today.txt", "yesterday.txt")
    seeds.write("today.txt", LEVY)
    by_title = {item.title: item for item in seeds.items(*names)}
    assert by_title["A levy on cheese"].key != pact.key
    assert by_title["A pact in Geneva"].key == pact.key
    seeds.write("yesterday.txt", FLOOD)
    assert [item.key for item in seeds.items()] == [pact.key]


def test_two_files_that_swap_names_keep_their_items(seeds):
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


def test_an_edit_that_keeps_size_and_time_is_detected(seeds):
    path = seeds.write("pact.txt", PACT)
    seeds.items()
    before = path.stat()
    path.write_text(PACT.replace("Wednesday", "Wednesdaz"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert seeds.titles() == ["A pact in Geneva"]


# ── Names and folders ─────────────────────────────────────────────────────────────────────────────


def test_nested_folders_are_read(seeds):
    seeds.write("a/b/c/d/pact.txt", PACT)
    assert [item.source for item in seeds.items()] == ["seeds/a/b/c/d/pact.txt"]


def test_a_folder_that_was_moved_in_is_read_by_its_name(seeds, tmp_path):
    other = tmp_path / "drafts.txt"
    (other / "deep").mkdir(parents=True)
    (other / "pact.txt").write_text(PACT)
    (other / "deep" / "levy.txt").write_text(LEVY)
    (other / ".hidden.txt").write_text(FLOOD)
    for path in other.rglob("*.txt"):
        os.utime(path, (START, START))
    other.rename(seeds.root / "drafts.txt")
    assert sorted(seeds.titles("drafts.txt")) == ["A levy on cheese", "A pact in Geneva"]
    assert seeds.items() == []


def test_a_folder_that_was_moved_away_and_back_gives_no_items(seeds, tmp_path):
    seeds.write("drafts/pact.txt", PACT)
    seeds.items()
    for names in ((), ("drafts",)):
        (seeds.root / "drafts").rename(tmp_path / "elsewhere")
        assert seeds.items(*names) == []
        (tmp_path / "elsewhere").rename(seeds.root / "drafts")
        assert seeds.items(*names) == []


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
def test_hidden_and_temporary_files_are_not_documents(seeds, name):
    seeds.write(name, PACT)
    assert not is_document_name(name)
    assert seeds.poll_all() == ([], [])


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


def test_a_link_out_of_the_folder_is_refused(seeds, tmp_path):
    (tmp_path / ".env").write_text("TOCSIN_TELEGRAM_TOKEN=1:secret")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "pact.txt").write_text(PACT)
    (seeds.root / "token.txt").symlink_to(tmp_path / ".env")
    (seeds.root / "passwd.txt").symlink_to("/etc/passwd")
    (seeds.root / "relative.txt").symlink_to("../.env")
    (seeds.root / "folder").symlink_to(tmp_path / "other")
    items, problems = seeds.poll_all()
    assert items == []
    assert {problem.name for problem in problems} == {"token.txt", "passwd.txt", "relative.txt"}
    assert all("TOCSIN_SEEDS_LINKS=follow" in problem.reason for problem in problems)
    # A change event can name a document behind a link to a folder.
    items, problems = seeds.poll_all("folder/pact.txt")
    assert items == []
    assert [problem.name for problem in problems] == ["folder/pact.txt"]


def test_a_link_inside_the_folder_is_read(seeds):
    seeds.write(".data/pact.txt", PACT)
    (seeds.root / "link.txt").symlink_to(seeds.root / ".data" / "pact.txt")
    assert seeds.titles() == ["A pact in Geneva"]


@pytest.fixture
def removed_by_rm(seeds):
    """Remove the folder with rm: the clean-up of pytest calls itself once per level."""
    yield
    subprocess.run(["rm", "-rf", str(seeds.root)], check=True)


@pytest.mark.usefixtures("removed_by_rm")
def test_nested_folders_are_read_to_a_limited_depth(seeds):
    seeds.write("a/" * (MAX_DEPTH - 1) + "pact.txt", PACT)
    folder = os.open(seeds.root, os.O_RDONLY)
    for _ in range(1_300):
        with suppress(FileExistsError):
            os.mkdir("a", dir_fd=folder)
        inner = os.open("a", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(folder)
    items, problems = seeds.poll_all()
    assert [item.title for item in items] == ["A pact in Geneva"]
    assert [problem.reason for problem in problems] == [
        f"it is inside more than {MAX_DEPTH} folders; move it up"
    ]
    assert seeds.poll_all() == ([], [])


def test_a_linked_document_is_read_if_links_are_followed(seeds, tmp_path):
    seeds.follows_links = True
    (tmp_path / "pact.txt").write_text(PACT)
    os.utime(tmp_path / "pact.txt", (START, START))
    (seeds.root / "link.txt").symlink_to(tmp_path / "pact.txt")
    assert seeds.titles() == ["A pact in Geneva"]


def test_a_link_to_the_folder_itself_is_not_followed(seeds):
    seeds.write("pact.txt", PACT)
    (seeds.root / "again").symlink_to(seeds.root)
    assert seeds.titles() == ["A pact in Geneva"]


# ── Unusable documents: one problem each, and the others are read ─────────────────────────────────


def reported_once(seeds, *names):
    """Return the reason of the only problem, which later polls do not repeat."""
    problems = seeds.problems(*names)
    assert seeds.poll_all() == seeds.poll_all() == ([], [])
    ((_, reason),) = problems.items()
    return reason


def test_the_label_of_a_folder_is_the_start_of_the_source_of_its_documents(seeds):
    seeds.write("sub/a.txt", PACT)
    (item,) = read_folder(seeds.root, {}, None, now=NOW, label="desk/news").items
    assert item.source == "desk/news/sub/a.txt"
    (item,) = read_folder(seeds.root, {}, None, now=NOW).items
    assert item.source == "seeds/sub/a.txt"


def problem_entries(seeds):
    return {entry: value for entry, value in seeds.cursor.items() if entry.startswith("!")}


def test_the_reason_of_a_problem_is_stored_until_the_file_is_corrected_or_removed(seeds):
    seeds.write("a.txt", "")
    seeds.write("sub/b.xlsx", "words")
    seeds.problems()
    stored = problem_entries(seeds)
    assert sorted(stored) == ["!/a.txt", "!/sub/b.xlsx"]
    assert stored["!/a.txt"] == "it is empty"
    seeds.write("a.txt", PACT)
    seeds.delete("sub/b.xlsx")
    assert seeds.titles() == ["A pact in Geneva"]
    assert problem_entries(seeds) == {}
    assert "/sub/b.xlsx" not in seeds.cursor


def test_a_deleted_file_that_is_named_leaves_no_problem(seeds):
    seeds.write("a.txt", "")
    seeds.problems()
    seeds.delete("a.txt")
    assert seeds.titles("a.txt") == []
    assert problem_entries(seeds) == {}


def test_a_problem_that_an_older_version_did_not_store_is_stored_once(seeds):
    seeds.write("a.txt", "")
    seeds.problems()
    del seeds.cursor["!/a.txt"]
    assert seeds.problems() == {"a.txt": "it is empty"}
    assert seeds.poll_all() == ([], [])


def test_a_dangling_link_is_reported_once_and_read_when_its_target_exists(seeds, tmp_path):
    seeds.follows_links = True
    (seeds.root / "link.txt").symlink_to(tmp_path / "later.txt")
    assert "does not exist" in reported_once(seeds)
    (tmp_path / "later.txt").write_text(PACT)
    os.utime(tmp_path / "later.txt", (START, START))
    assert seeds.titles() == ["A pact in Geneva"]


def test_circular_links_are_reported_once(seeds):
    (seeds.root / "a.txt").symlink_to(seeds.root / "b.txt")
    (seeds.root / "b.txt").symlink_to(seeds.root / "a.txt")
    assert set(seeds.problems()) == {"a.txt", "b.txt"}
    assert seeds.poll_all() == ([], [])


def test_a_named_pipe_is_reported_once_and_does_not_block(seeds):
    os.mkfifo(seeds.root / "pipe.txt")
    assert reported_once(seeds) == "it is not a regular file"


def test_a_socket_is_reported_once(seeds, monkeypatch):
    # The address of a socket must be short.
    monkeypatch.chdir(seeds.root)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.txt")
        assert "cannot be opened" in reported_once(seeds)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a file that root cannot read")
def test_a_file_with_a_read_error_is_reported_once(seeds):
    seeds.follows_links = True
    (seeds.root / "memory.txt").symlink_to("/proc/self/mem")
    problems = seeds.problems()
    assert problems == {"memory.txt": "it cannot be read: Input/output error"}


def test_a_forbidden_file_is_reported_once_and_read_when_allowed():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        seeds = SeedFolder(Path(folder) / "seeds")
        path = seeds.write("pact.txt", PACT)
        path.chmod(0)
        is_root = os.geteuid() == 0
        # Root can read every file, so the test runs as "nobody".
        if is_root:
            os.seteuid(65534)
        try:
            assert reported_once(seeds) == "it cannot be opened: Permission denied"
        finally:
            if is_root:
                os.seteuid(0)
        path.chmod(0o644)
        assert seeds.titles() == ["A pact in Geneva"]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n ", "empty"),
        ("a.html", b"<html></html>", "no text"),
        ("a.txt", bytes(range(256)), "binary data"),
        ("a.md", b"\x89PNG\r\n\x1a\n\0\0", "binary data"),
        ("a.xlsx", b"PK\x03\x04", "“.xlsx”"),
        ("README", b"words", "“no suffix”"),
        ("a.pdf", b"%PDF-1.4 and then nothing", "PDF is broken"),
    ],
)
@pytest.mark.process
def test_a_document_without_text_is_reported_once(seeds, name, data, reason):
    seeds.write(name, data)
    assert reason in reported_once(seeds)


def test_an_oversized_document_is_reported_once_and_not_read(seeds):
    path = seeds.write("large.txt", b"a")
    # A sparse file of one terabyte.
    os.truncate(path, 1 << 40)
    seeds.touch("large.txt")
    assert f"{MAX_DOCUMENT_BYTES:,}" in reported_once(seeds)


def test_a_name_in_another_encoding_is_reported_once_and_read_after_a_rename(seeds):
    name = os.fsdecode("доклад.txt".encode("cp1251"))
    seeds.write(name, PACT)
    assert reported_once(seeds) == "its name is not valid UTF-8; rename it"
    assert all(entry.isascii() for entry in seeds.cursor)
    seeds.rename(name, "доклад.txt")
    assert seeds.titles() == ["A pact in Geneva"]
    assert all(entry[0] in "/=" for entry in seeds.cursor)


def test_a_name_in_another_encoding_is_reported_in_printable_form(seeds):
    seeds.write(os.fsdecode(b"\xe4\xf6.txt"), PACT)
    (name,) = seeds.problems()
    assert name == "\\udce4\\udcf6.txt"


@pytest.mark.process
def test_a_bad_document_does_not_delay_the_others(seeds):
    seeds.write("a.txt", b"")
    os.mkfifo(seeds.root / "b.txt")
    (seeds.root / "c.txt").symlink_to("nowhere")
    seeds.write("d.txt", PACT)
    seeds.write("e.pdf", b"%PDF")
    seeds.write("f.txt", LEVY)
    items, problems = seeds.poll_all()
    assert sorted(item.title for item in items) == ["A levy on cheese", "A pact in Geneva"]
    assert sorted(problem.name for problem in problems) == ["a.txt", "b.txt", "c.txt", "e.pdf"]


def test_an_empty_file_is_read_when_it_has_text(seeds):
    seeds.write("pact.txt", b"")
    reported_once(seeds)
    seeds.write("pact.txt", PACT)
    assert seeds.titles() == ["A pact in Geneva"]


def test_a_file_that_was_emptied_and_rewritten_keeps_its_item(seeds):
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


def test_a_missing_name_is_ignored(seeds):
    seeds.write("pact.txt", PACT)
    seeds.items()
    seeds.delete("pact.txt")
    assert seeds.poll_all("pact.txt", "never.txt", "a/b.txt", "nul\0.txt") == ([], [])
    assert not [entry for entry in seeds.cursor if entry.startswith("/")]


# ── The folder itself ─────────────────────────────────────────────────────────────────────────────


def test_a_missing_folder_raises_an_error_and_keeps_the_cursor(seeds, tmp_path):
    seeds.write("pact.txt", PACT)
    seeds.items()
    before = dict(seeds.cursor)
    seeds.root.rename(tmp_path / "away")
    for names in (None, ["pact.txt"]):
        with pytest.raises(SourceMissingError, match="cannot be read: No such file"):
            seeds.poll(names)
    assert seeds.cursor == before
    (tmp_path / "away").rename(seeds.root)
    assert seeds.items() == []


def test_a_recreated_folder_with_the_same_documents_gives_no_items(seeds):
    seeds.write("a.txt", PACT)
    seeds.write("b.txt", LEVY)
    seeds.items()
    shutil.rmtree(seeds.root)
    seeds.root.mkdir()
    # An unmounted disk leaves an empty folder.
    assert seeds.items() == []
    seeds.write("a.txt", PACT)
    seeds.write("b.txt", LEVY)
    assert seeds.items() == []


def test_a_file_at_the_path_of_the_folder_raises_an_error(seeds):
    seeds.root.rmdir()
    seeds.root.write_text("not a folder")
    with pytest.raises(SourceMissingError, match="Not a directory"):
        seeds.poll()


# ── Batches and incomplete files ──────────────────────────────────────────────────────────────────


def test_many_documents_are_read_in_batches_once_and_oldest_first(seeds):
    count = 2 * MAX_BATCH_DOCUMENTS + 50
    for number in range(count):
        seeds.write(f"{number % 7}/{number}.txt", f"Headline number {number}\n\nWords.")
    polls = [seeds.poll()]
    while polls[-1].remaining:
        assert polls[-1].retry_after_seconds == 0
        polls.append(seeds.poll(polls[-1].remaining))
    assert all(len(result.items) <= MAX_BATCH_DOCUMENTS for result in polls)
    titles = [item.title for result in polls for item in result.items]
    assert titles == [f"Headline number {number}" for number in range(count)]
    assert seeds.items() == []


def test_more_names_than_a_batch_are_all_read(seeds):
    names = [f"{number}.txt" for number in range(MAX_BATCH_DOCUMENTS + 20)]
    for name in names:
        seeds.write(name, f"Headline {name}\n\nWords.")
    random.Random(1).shuffle(names)
    result = seeds.poll(names)
    assert result.remaining
    assert len(result.items) + len(seeds.items(*result.remaining)) == len(names)
    assert seeds.items() == []


def test_dropped_remaining_names_are_found_by_the_next_scan(seeds):
    for number in range(MAX_BATCH_DOCUMENTS + 5):
        seeds.write(f"{number}.txt", f"Headline {number}\n\nWords.")
    assert len(seeds.poll().items) + len(seeds.items()) == MAX_BATCH_DOCUMENTS + 5


def test_a_new_file_is_read_after_the_settling_time(seeds):
    (seeds.root / "pact.txt").write_text(PACT)
    result = seeds.poll()
    assert (result.items, result.problems, result.remaining) == ((), (), ("pact.txt",))
    assert 0 < result.retry_after_seconds < 1
    assert seeds.titles(*result.remaining) == ["A pact in Geneva"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux detects writers")
def test_a_half_written_file_is_read_when_it_is_complete(seeds):
    settled = datetime.now(UTC).timestamp() - 10
    path = seeds.root / "pact.txt"
    with path.open("w") as writer:
        for piece in ("", "A pact in Gen", "eva\n\nIt was signed"):
            writer.write(piece)
            writer.flush()
            os.utime(path, (settled, settled))
            result = seeds.poll()
            assert (result.items, result.problems, result.remaining) == ((), (), ("pact.txt",))
            assert result.retry_after_seconds > 0
        writer.write(" on Wednesday.")
    (item,) = seeds.items(*result.remaining)
    assert item.text == "It was signed on Wednesday."


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux detects writers")
def test_a_half_written_file_does_not_delay_the_others(seeds):
    settled = datetime.now(UTC).timestamp() - 10
    seeds.write("levy.txt", LEVY)
    with (seeds.root / "pact.txt").open("w") as writer:
        writer.write("A pact")
        writer.flush()
        os.utime(seeds.root / "pact.txt", (settled, settled))
        result = seeds.poll()
        assert [item.title for item in result.items] == ["A levy on cheese"]
        assert result.remaining == ("pact.txt",)


# ── Random operations ─────────────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from(["a.txt", "b.txt", "c.md", "d/e.txt"])
TEXTS = st.sampled_from([PACT, LEVY, FLOOD, "One line", "Another line", b"", b"\0\1\2"])
OPERATIONS = st.lists(
    st.tuples(st.just("write"), NAMES, TEXTS)
    | st.tuples(st.sampled_from(["rename", "copy"]), NAMES, NAMES)
    | st.tuples(st.sampled_from(["touch", "delete", "poll"]), NAMES, st.none()),
    max_size=25,
)


def perform(seeds, operation, name, other):
    if operation == "write":
        seeds.write(name, other)
    elif (seeds.root / name).exists() and operation != "poll":
        arguments = (name, other) if operation in {"rename", "copy"} else (name,)
        if other != name:
            (seeds.root / (other or name)).parent.mkdir(exist_ok=True)
            getattr(seeds, operation)(*arguments)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(OPERATIONS, st.booleans())
def test_every_document_is_returned_once_and_none_is_lost(operations, by_name):
    with tempfile.TemporaryDirectory() as folder:
        seeds = SeedFolder(Path(folder) / "seeds")
        key_by_digest: dict = {}
        last_by_key: dict = {}
        present_digests: set = set()
        for operation, name, other in [*operations, ("poll", "", None)]:
            perform(seeds, operation, name, other)
            if operation != "poll":
                continue
            names = ("a.txt", "b.txt", "c.md", "d") if by_name else ()
            for item in seeds.poll_all(*names)[0]:
                # The key of a document never changes, and only a change returns it again.
                assert key_by_digest.setdefault(item.digest, item.key) == item.key
                assert last_by_key.get(item.key) != (item.digest, item.source)
                last_by_key[item.key] = (item.digest, item.source)
            fresh = SeedFolder(Path(folder) / f"fresh{len(list(Path(folder).iterdir()))}")
            fresh.root.rmdir()
            shutil.copytree(seeds.root, fresh.root)
            present_digests |= {item.digest for item in fresh.poll_all()[0]}
            assert present_digests <= set(key_by_digest)
            assert seeds.poll_all()[0] == []
