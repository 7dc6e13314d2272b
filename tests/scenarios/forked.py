"""Processes of Tocsin that are forked from one process with all imports."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


class ForkedProcess:
    """A forked process with pipes as standard streams; its interface is that of `subprocess.Popen`."""

    def __init__(self, arguments: Sequence[str], folder: Path, environment: dict[str, str]) -> None:
        child_input, input_pipe = os.pipe()
        output_pipe, child_output = os.pipe()
        error_pipe, child_error = os.pipe()
        status_pipe, child_status = os.pipe()
        request = {
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": environment,
        }
        children = [child_input, child_output, child_error, child_status]
        requests, _ = _fork_server()
        socket.send_fds(requests, [json.dumps(request).encode()], children)
        for descriptor in children:
            os.close(descriptor)
        self.stdin = open(input_pipe, "w", encoding="utf-8")  # noqa: PTH123, SIM115
        self.stdout = open(output_pipe, encoding="utf-8")  # noqa: PTH123, SIM115
        self.stderr = open(error_pipe, encoding="utf-8")  # noqa: PTH123, SIM115
        self._status = open(status_pipe, encoding="ascii")  # noqa: PTH123, SIM115
        self.pid = int(self._status.readline())
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the process has ended."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End the process as a power cut would."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float) -> int:
        """Return the exit status, negative for a signal.

        Raises:
            subprocess.TimeoutExpired: the process still runs after ``timeout`` seconds.
        """
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._status, selectors.EVENT_READ)
                if not selector.select(timeout):
                    raise subprocess.TimeoutExpired("tocsin", timeout)
            self.returncode = int(self._status.readline())
            self._status.close()
        return self.returncode


@cache
def _fork_server() -> tuple[socket.socket, subprocess.Popen[bytes]]:
    """Start the process that forks the others; it ends when this process closes the socket."""
    requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {key: value for key, value in os.environ.items() if key[:7] != "TOCSIN_"}
    with theirs:
        server = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("fork_server.py")), str(theirs.fileno())],
            env=environment | {"PYTHONPATH": str(ROOT)},
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
        )
    return requests, server
