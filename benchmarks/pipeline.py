"""Measure the latency and the throughput of the whole bot in a process of its own.

    python benchmarks/pipeline.py [--single 100] [--burst 1000]

Prints the time from the close of a file to its alert on standard output (p50, p95, max), and for a burst
of documents the items per second from the first write to the last alert, the number of alerts, and the
peak memory. The peer in the same run does the minimum: it reads each file, searches it for the two topics
with regular expressions, and prints a line.
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
    parser.add_argument(
        "--single", type=int, default=100, help="documents that are written one by one"
    )
    parser.add_argument(
        "--burst", type=int, default=1000, help="documents that are written at once"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        bot = Bot(Path(folder))
        measure_latency(bot, options.single)
        seconds = measure_burst(bot, options.burst)
        peer = measure_peer(bot.seeds)
        memory = bot.peak_memory()
        bot.end()
    print(
        f"peer (read, two regexes, print; stores nothing): {options.burst / peer:,.0f} items/s;"
        f" the bot takes {seconds / peer:.0f} times as long"
    )
    print(f"peak memory of the bot: {memory / 1e6:.0f} MB")


def measure_latency(bot: Bot, count: int) -> None:
    delays: list[float] = []
    for number in range(count):
        written = bot.drop(f"single-{number}", f"S{number}x")
        delays.append(bot.wait_for({f"S{number}x"}) - written)
    cuts = quantiles(delays, n=100)
    figures = {"p50": cuts[49], "p95": cuts[94], "max": max(delays)}
    shown = ", ".join(f"{name} {seconds * 1e3:.0f} ms" for name, seconds in figures.items())
    print(f"{count} documents one by one, from the file to the alert: {shown}")


def measure_burst(bot: Bot, count: int) -> float:
    marks = {f"B{number}x" for number in range(count)}
    started = time.monotonic()
    for number in range(count):
        bot.drop(f"burst-{number}", f"B{number}x")
    ended = bot.wait_for(set(marks))
    seconds = ended - started
    duplicates = sum(bot.seen[mark] > 1 for mark in marks)
    print(
        f"{count} documents at once: {count / seconds:,.0f} items/s ({seconds:.1f} s from the first"
        f" write to the last alert); {len(marks & bot.seen.keys())} arrived, {duplicates} twice"
    )
    return seconds


def measure_peer(seeds: Path) -> float:
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
    """A bot process with the console chat."""

    def __init__(self, home: Path) -> None:
        self.seeds = home / "seeds"
        self.seeds.mkdir()
        self.seen: dict[str, int] = {}
        self._line_times: Queue[float] = Queue()
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
        """Write a document of about 250 words. Return the time at which it was complete."""
        body = " ".join(self._chance.choices(WORDS, k=250))
        text = f"Headline {mark} on sanctions\n\nNorth Korea. {body}.\n"
        (self.seeds / f"{name}.txt").write_text(text)
        return time.monotonic()

    def wait_for(self, marks: set[str], times: int = 1) -> float:
        """Wait until all marks were printed. Return the time of the last one."""
        printed_at = 0.0
        while any(self.seen.get(mark, 0) < times for mark in marks):
            printed_at = self._line_times.get(timeout=120)
            marks = {mark for mark in marks if self.seen.get(mark, 0) < times}
        return printed_at

    def peak_memory(self) -> int:
        """Return the peak of the resident memory in bytes."""
        status = Path(f"/proc/{self._process.pid}/status")
        if status.exists():
            peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
            if peak:
                return int(peak[1]) * 1024
        return psutil.Process(self._process.pid).memory_info().rss

    def end(self) -> None:
        self._process.stdin.close()
        self._process.wait(60)

    def _read(self) -> None:
        for text in self._process.stdout:
            for word in re.findall(r"[SB]\d+x|Following", text) if text[:1] in "●F" else ():
                self.seen[word] = self.seen.get(word, 0) + 1
            self._line_times.put(time.monotonic())


if __name__ == "__main__":
    main()
