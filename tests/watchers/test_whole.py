import os
import subprocess
import sys
from pathlib import Path

import pytest

from watchers.sources.whole import LONGEST_WAIT, SETTLE_SECONDS, seconds_to_wait

WRITER = "import sys; file = open(sys.argv[1], 'a'); print('open', flush=True); sys.stdin.read()"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells who is writing")


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "brief.txt"
    path.write_text("The pact")
    os.utime(path, (1000, 1000))
    return path


def wait(path, *, now):
    with path.open("rb") as file:
        return seconds_to_wait(file.fileno(), now=now)


def test_a_file_that_nobody_writes_is_whole(document):
    assert wait(document, now=1010) == 0


def test_a_file_just_written_has_to_settle(document):
    assert wait(document, now=1000) == SETTLE_SECONDS
    assert wait(document, now=1000.1) == pytest.approx(SETTLE_SECONDS - 0.1)
    assert wait(document, now=1000.01 + SETTLE_SECONDS) == 0


@on_linux
def test_a_file_that_somebody_is_writing_is_not_whole(document):
    with document.open("a"):
        assert wait(document, now=1010) > 0
    assert wait(document, now=1010) == 0


@on_linux
def test_a_writer_in_another_process_counts_too(document):
    command = [sys.executable, "-c", WRITER, str(document)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline() == b"open\n"
        assert wait(document, now=1010) > 0
        writer.communicate()
    assert wait(document, now=1010) == 0


@on_linux
def test_a_file_that_is_only_kept_open_is_read_in_the_end(document):
    with document.open("a"):
        assert wait(document, now=1000 + LONGEST_WAIT - 1) > 0
        assert wait(document, now=1000 + LONGEST_WAIT) == 0


def test_readers_hold_nothing_up(document):
    with document.open("rb"):
        assert wait(document, now=1010) == 0


def test_a_time_in_the_future_holds_nothing_up(document):
    assert wait(document, now=500) == 0


def test_a_file_that_cannot_be_leased_is_whole():
    with Path("/dev/null").open("rb") as file:
        assert seconds_to_wait(file.fileno(), now=2**40) == 0


def test_looking_leaves_nothing_behind_that_could_stop_a_writer(document):
    with document.open("rb") as file:
        assert seconds_to_wait(file.fileno(), now=1010) == 0
        descriptor = os.open(document, os.O_WRONLY | os.O_NONBLOCK)  # a lease would refuse it
        os.close(descriptor)
