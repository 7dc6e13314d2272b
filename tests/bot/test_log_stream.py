"""The log stream never blocks its writers, and reports the lines that it dropped."""

import json
import os
import threading

from bot.runtime.log_stream import LogStream


def test_lines_are_written_in_order():
    reader, writer = os.pipe()
    stream = LogStream(writer)
    for number in range(50):
        print(f"line {number}", file=stream, flush=True)
    stream.close()
    os.close(writer)
    with os.fdopen(reader) as lines:
        assert lines.read().splitlines() == [f"line {number}" for number in range(50)]


def test_a_pipe_that_is_not_read_does_not_block_and_drops_lines_with_a_count():
    reader, writer = os.pipe()
    stream = LogStream(writer, capacity=20)
    for _ in range(600):
        # The pipe takes 64 kB.
        print("x" * 1_000, file=stream, flush=True)
    read = []

    def read_all():
        with os.fdopen(reader) as lines:
            read.extend(lines)

    thread = threading.Thread(target=read_all, daemon=True)
    thread.start()
    stream.close()
    os.close(writer)
    thread.join(30)
    dropped = [json.loads(line) for line in read if line.startswith("{")]
    assert dropped
    assert sum(line["count"] for line in dropped) + len(read) - len(dropped) == 600


def test_a_closed_pipe_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    stream = LogStream(writer)
    print("line", file=stream)
    stream.close()
    os.close(writer)
