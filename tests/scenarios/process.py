"""Tocsin in a process of its own, driven through a pipe."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from time import monotonic

from tests.scenarios.forked import ForkedProcess

ROOT = Path(__file__).parents[2]


class Tocsin:
    """`tocsin run --console` on a folder, and its output."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        (home / "seeds").mkdir(parents=True, exist_ok=True)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")}
        environment |= {"PYTHONPATH": str(ROOT), **settings}
        self.process = ForkedProcess(["run", "--console"], home, environment)
        self.printed: list[str] = []
        self.errors: list[str] = []
        self._news: Queue[None] = Queue()
        self._readers = [
            self._follow(self.process.stdout, self.printed),
            self._follow(self.process.stderr, self.errors),
        ]

    def _follow(self, stream, lines: list[str]) -> threading.Thread:
        def read() -> None:
            for text in stream:
                lines.append(text.rstrip("\n"))
                self._news.put(None)
            self._news.put(None)

        thread = threading.Thread(target=read, daemon=True)
        thread.start()
        return thread

    def say(self, text: str) -> None:
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()

    def drop(self, name: str, text: str) -> None:
        (self.home / "seeds" / name).write_text(text)

    def wait_until(self, condition: Callable[[], bool], seconds: float = 60.0) -> None:
        deadline = monotonic() + seconds
        while not condition():
            remaining = deadline - monotonic()
            try:
                self._news.get(timeout=max(remaining, 0.001))
            except Empty:
                raise AssertionError(f"not printed: {self.printed[-30:]} {self.errors}") from None

    def wait_for(self, text: str, times: int = 1) -> None:
        self.wait_until(lambda: sum(text in line for line in self.printed) >= times)

    @property
    def alerts(self) -> list[str]:
        return [
            line.removeprefix("● ").replace("*", "") for line in self.printed if line[:1] == "●"
        ]

    def end(self) -> int:
        """Close the input and return the exit code."""
        self.process.stdin.close()
        return self._wait_for_exit()

    def signal(self, number: int) -> int:
        self.process.send_signal(number)
        return self._wait_for_exit()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self._wait_for_exit()

    def _wait_for_exit(self) -> int:
        code = self.process.wait(60)
        for reader in self._readers:
            reader.join(10)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with suppress(OSError):
                stream.close()
        return code
