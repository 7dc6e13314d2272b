"""What the delivery benchmarks share: a platform in a process of its own, and what arrived there."""

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
    """The platform, in a process of its own."""

    def __init__(self, kind: str, **options: object) -> None:
        command = [sys.executable, str(Path(__file__).with_name("server.py")), kind]
        self._process = subprocess.Popen(
            [*command, json.dumps(options)], stdout=subprocess.PIPE, text=True
        )
        self.port, self._control = map(int, self._process.stdout.readline().split())
        path = "bot" if kind == TELEGRAM else "api/"
        self.base_url = f"http://127.0.0.1:{self.port}/{path}"

    def stats(self) -> Arrived:
        """What arrived since the last time."""
        url = f"http://127.0.0.1:{self._control}/stats"
        with urllib.request.urlopen(url) as answer:
            told = json.load(answer)
        return Arrived([tuple(one) for one in told["sent"]], told["refused"])

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def server(kind: str, **options: object) -> Iterator[Server]:
    """A server that ends with the block."""
    made = Server(kind, **options)
    try:
        yield made
    finally:
        made.end()


@dataclass
class Arrived:
    """What the platform accepted, in its order, and how much it refused with 429."""

    sent: list[tuple[str, str, float]]
    refused: int

    def alerts(self, *, chats: Sequence[str] | None = None) -> list[tuple[str, str, float]]:
        wanted = None if chats is None else set(chats)
        return [
            one for one in self.sent if "Alert" in one[1] and (wanted is None or one[0] in wanted)
        ]

    def seconds(self, **which: object) -> float:
        stamps = [at for *_, at in self.alerts(**which)]
        return max(stamps) - min(stamps) if stamps else 0.0

    def rate(self) -> float:
        """Messages a second that were accepted while alerts came, the replies among them."""
        stamps = [at for *_, at in self.alerts()]
        within = [at for *_, at in self.sent if stamps and min(stamps) <= at <= max(stamps)]
        return len(within) / self.seconds() if within else 0.0

    def inversions(self) -> int:
        """Neighbours in a chat that came in the wrong order."""
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
    """Seconds since it was made."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self) -> float:
        return time.monotonic() - self._begun
