"""A process that has imported Tocsin and forks a process of `tocsin` for each request.

Usage: python fork_server.py DESCRIPTOR, with the descriptor of a Unix socket. A request is one line of
JSON with the arguments, the folder and the environment, and four file descriptors: standard input,
output and error, and a pipe for the process ID and the exit status. `forked.py` sends the requests.

A start takes some milliseconds instead of a second. `test_terminal.py` and `test_wheel.py` start
Tocsin like a user does.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import signal
import socket
import sys
from typing import NoReturn

MODULES = (
    *("bot.app.app", "bot.cli.parser", "bot.chats.console", "bot.ingest.feed_poller"),
    *("bot.runtime.log_setup", "bot.settings", "bot.store.migrate"),
    *("aiosqlite", "alembic.command", "sqlalchemy.dialects.sqlite.aiosqlite", "watchers.sources"),
)
MAX_REQUEST_BYTES = 1 << 20


def serve(requests: socket.socket) -> list[str]:
    """Answer requests until the socket is closed; in a forked process, return its arguments."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(requests, MAX_REQUEST_BYTES, 4)
        if not message:
            sys.exit(0)
        if os.fork() == 0:
            requests.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            return start(json.loads(message), descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def start(request: dict, descriptors: list[int]) -> list[str]:
    """Fork the process that was requested, and report its end from this one."""
    *streams, status = descriptors
    process = os.fork()
    if process:
        for descriptor in (*streams, 0, 1, 2):
            os.close(descriptor)
        report_end(process, status)
    os.close(status)
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = text_output(1, line_buffering=False)
    sys.stderr = text_output(2, line_buffering=True)
    return request["arguments"]


def text_output(descriptor: int, *, line_buffering: bool) -> io.TextIOWrapper:
    binary = open(descriptor, "wb", closefd=False)  # noqa: SIM115
    errors = "backslashreplace" if line_buffering else "surrogateescape"
    return io.TextIOWrapper(binary, "utf-8", errors=errors, line_buffering=line_buffering)


def report_end(process: int, status: int) -> NoReturn:
    os.write(status, f"{process}\n".encode())
    _, wait_status = os.waitpid(process, 0)
    os.write(status, f"{os.waitstatus_to_exitcode(wait_status)}\n".encode())
    os._exit(0)


if __name__ == "__main__":
    # The interpreter reaps the processes that only report; SIGINT of a terminal is for the tests.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for name in MODULES:
        importlib.import_module(name)
    gc.freeze()
    arguments = serve(socket.socket(fileno=int(sys.argv[1])))
    sys.argv = ["tocsin", *arguments]
    from bot.cli.parser import main

    sys.exit(main(arguments))
