"""How quick is a document on the screen, and how many a second: the whole bot, in a process of its own.

    python benchmarks/pipeline.py [--single 100] [--burst 1000]

Prints the time from a file's close to its alert on standard output (p50, p95, max), and for a burst of
documents the items a second from the first write to the last alert, the alerts that arrived, and the
peak memory. The peer in the same run is the least that any bot must do: read each file, search it for
the two topics with regular expressions, print a line.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from queue import Queue
from statistics import quantiles

import psutil

ROOT = Path(__file__).parents[1]
WORDS = (
    "council vote envoy port bank trade talks border winter harvest treaty minister school bridge "
    "river market price union strike court film match storm rail budget energy science museum"
).split()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--single", type=int, default=100, help="documents dropped one by one")
    parser.add_argument("--burst", type=int, default=1000, help="documents dropped at once")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        bot = Bot(Path(folder))
        one_by_one(bot, options.single)
        seconds = burst(bot, options.burst)
        peer = plain_reader(bot.seeds)
        memory = bot.peak_memory()
        bot.end()
    print(
        f"peer (read, two regexes, print; keeps nothing): {options.burst / peer:,.0f} items/s;"
        f" the bot takes {seconds / peer:.0f} times as long"
    )
    print(f"peak memory of the bot: {memory / 1e6:.0f} MB")


def one_by_one(bot: Bot, many: int) -> None:
    delays: list[float] = []
    for number in range(many):
        written = bot.drop(f"single-{number}", f"S{number}x")
        delays.append(bot.wait_for({f"S{number}x"}) - written)
    cuts = quantiles(delays, n=100)
    figures = {"p50": cuts[49], "p95": cuts[94], "max": max(delays)}
    shown = ", ".join(f"{name} {seconds * 1e3:.0f} ms" for name, seconds in figures.items())
    print(f"{many} documents one by one, from the file to the screen: {shown}")


def burst(bot: Bot, many: int) -> float:
    marks = {f"B{number}x" for number in range(many)}
    started = time.monotonic()
    for number in range(many):
        bot.drop(f"burst-{number}", f"B{number}x")
    ended = bot.wait_for(set(marks))
    seconds = ended - started
    twice = sum(bot.seen[mark] > 1 for mark in marks)
    print(
        f"{many} documents at once: {many / seconds:,.0f} items/s ({seconds:.1f} s from the first"
        f" write to the last alert); {len(marks & bot.seen.keys())} arrived, {twice} twice"
    )
    return seconds


def plain_reader(seeds: Path) -> float:
    topics = [
        re.compile(r"\bsanction", re.IGNORECASE),
        re.compile(r"\bnorth korea\b", re.IGNORECASE),
    ]
    started = time.monotonic()
    with open(os.devnull, "w") as out:
        for path in seeds.glob("burst-*"):
            text = path.read_text()
            if any(topic.search(text) for topic in topics):
                print(text.partition("\n")[0], file=out)
    return time.monotonic() - started


class Bot:
    """A running console chat."""

    def __init__(self, home: Path) -> None:
        self.seeds = home / "seeds"
        self.seeds.mkdir()
        self.seen: dict[str, int] = {}
        self._news: Queue[float] = Queue()
        self._chance = random.Random(1)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bot", "run", "--console"],
            cwd=home,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        threading.Thread(target=self._read, daemon=True).start()
        for topic in ("sanctions", '"North Korea"'):
            self._process.stdin.write(f"/subscribe {topic}\n")
        self._process.stdin.flush()
        self.wait_for({"Following"}, times=2)

    def drop(self, name: str, mark: str) -> float:
        """Write a document of about 250 words; when it was whole."""
        body = " ".join(self._chance.choices(WORDS, k=250))
        text = f"Headline {mark} on sanctions\n\nNorth Korea. {body}.\n"
        (self.seeds / f"{name}.txt").write_text(text)
        return time.monotonic()

    def wait_for(self, marks: set[str], times: int = 1) -> float:
        """When the last of these words was printed."""
        at = 0.0
        while any(self.seen.get(mark, 0) < times for mark in marks):
            at = self._news.get(timeout=120)
            marks = {mark for mark in marks if self.seen.get(mark, 0) < times}
        return at

    def peak_memory(self) -> int:
        """Bytes of resident memory at most."""
        status = Path(f"/proc/{self._process.pid}/status")
        if status.exists():
            found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            if found:
                return int(found[1]) * 1024
        return psutil.Process(self._process.pid).memory_info().rss

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait(60)

    def _read(self) -> None:
        for text in self._process.stdout:
            for word in re.findall(r"[SB]\d+x|Following", text) if text[:1] in "●F" else ():
                self.seen[word] = self.seen.get(word, 0) + 1
            self._news.put(time.monotonic())


if __name__ == "__main__":
    main()
