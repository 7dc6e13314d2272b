"""Shared parts of the delivery benchmarks: the platform process and the received messages."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
TELEGRAM = "telegram"
SLACK = "slack"


class Server:
    """The platform in a process of its own."""

    def __init__(self, kind: str, **options: object) -> None:
        command = [sys.executable, str(Path(__file__).with_name("server.py")), kind]
        self._process = subprocess.Popen(
            [*command, json.dumps(options)], stdout=subprocess.PIPE, text=True
        )
        self.port, self._control = map(int, self._process.stdout.readline().split())
        path = "bot" if kind == TELEGRAM else "api/"
        self.base_url = f"http://127.0.0.1:{self.port}/{path}"

    def stats(self) -> Arrived:
        """Return the messages that arrived since the last call."""
        url = f"http://127.0.0.1:{self._control}/stats"
        with urllib.request.urlopen(url) as response:
            stats = json.load(response)
        return Arrived([tuple(row) for row in stats["sent"]], stats["refused"])

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def server(kind: str, **options: object) -> Iterator[Server]:
    """Run a server during the block."""
    platform = Server(kind, **options)
    try:
        yield platform
    finally:
        platform.end()


@dataclass
class Arrived:
    """The accepted messages in order, and the number of refusals with HTTP 429."""

    sent: list[tuple[str, str, float]]
    refused: int

    def alerts(self, *, chats: Sequence[str] | None = None) -> list[tuple[str, str, float]]:
        selected = None if chats is None else set(chats)
        return [
            row
            for row in self.sent
            if "Alert" in row[1] and (selected is None or row[0] in selected)
        ]

    def seconds(self, **which: object) -> float:
        stamps = [moment for *_, moment in self.alerts(**which)]
        return max(stamps) - min(stamps) if stamps else 0.0

    def rate(self) -> float:
        """Return the accepted messages per second, replies included, while alerts arrived."""
        stamps = [moment for *_, moment in self.alerts()]
        within = [
            moment for *_, moment in self.sent if stamps and min(stamps) <= moment <= max(stamps)
        ]
        return len(within) / self.seconds() if within else 0.0

    def inversions(self) -> int:
        """Count adjacent messages of a chat that arrived in the wrong order."""
        by_chat = defaultdict(list)
        for chat, text, _ in self.alerts():
            by_chat[chat].append(int(text.partition("Alert ")[2].split()[0]))
        return sum(
            sooner > later for numbers in by_chat.values() for sooner, later in pairwise(numbers)
        )

    def repeats(self) -> int:
        pairs = [(chat, text) for chat, text, _ in self.alerts()]
        return len(pairs) - len(set(pairs))


class Stopwatch:
    """Measures the seconds since its creation."""

    def __init__(self) -> None:
        self._started_at = time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() - self._started_at
