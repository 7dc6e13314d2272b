import os
import subprocess
import sys
from pathlib import Path

import pytest

from watchers.sources.folder_cursor import (
    MAX_OPEN_FILE_WAIT_SECONDS,
    SETTLE_SECONDS,
    seconds_until_complete,
)

WRITER = "import sys; file = open(sys.argv[1], 'a'); print('open', flush=True); sys.stdin.read()"

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux detects writers")


@pytest.fixture
def document(tmp_path):
    path = tmp_path / "brief.txt"
    path.write_text("The pact")
    os.utime(path, (1000, 1000))
    return path


def seconds_to_wait(path, *, now):
    with path.open("rb") as file:
        return seconds_until_complete(file.fileno(), now=now)


def test_a_closed_file_is_complete(document):
    assert seconds_to_wait(document, now=1010) == 0


def test_a_new_file_waits_for_the_settling_time(document):
    assert seconds_to_wait(document, now=1000) == SETTLE_SECONDS
    assert seconds_to_wait(document, now=1000.1) == pytest.approx(SETTLE_SECONDS - 0.1)
    assert seconds_to_wait(document, now=1000.01 + SETTLE_SECONDS) == 0


@on_linux
def test_a_file_open_for_writing_is_not_complete(document):
    with document.open("a"):
        assert seconds_to_wait(document, now=1010) > 0
    assert seconds_to_wait(document, now=1010) == 0


@on_linux
@pytest.mark.process
def test_a_writer_in_another_process_is_detected(document):
    command = [sys.executable, "-c", WRITER, str(document)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout.readline() == b"open\n"
        assert seconds_to_wait(document, now=1010) > 0
        writer.communicate()
    assert seconds_to_wait(document, now=1010) == 0


@on_linux
def test_a_file_that_stays_open_is_read_after_the_limit(document):
    with document.open("a"):
        assert seconds_to_wait(document, now=1000 + MAX_OPEN_FILE_WAIT_SECONDS - 1) > 0
        assert seconds_to_wait(document, now=1000 + MAX_OPEN_FILE_WAIT_SECONDS) == 0


def test_readers_cause_no_delay(document):
    with document.open("rb"):
        assert seconds_to_wait(document, now=1010) == 0


def test_a_future_time_causes_no_delay(document):
    assert seconds_to_wait(document, now=500) == 0


def test_a_file_without_lease_support_is_complete():
    with Path("/dev/null").open("rb") as file:
        assert seconds_until_complete(file.fileno(), now=2**40) == 0


def test_the_check_leaves_no_lease_behind(document):
    with document.open("rb") as file:
        assert seconds_until_complete(file.fileno(), now=1010) == 0
        # A lease would refuse a writer that does not wait.
        descriptor = os.open(document, os.O_WRONLY | os.O_NONBLOCK)
        os.close(descriptor)
