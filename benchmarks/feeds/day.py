"""Simulate 24 hours of feeds that publish, edit, reorder, disappear, move and have wrong dates.

    python -m benchmarks.feeds.day [--feeds 2000] [--seed 1] [--tick 10]

Clock and web servers are simulated (tests/scenarios/feed_day.py); poller, schedule and store are real. The
script fails if an entry became no item or two items, or if a host was requested too early.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from pathlib import Path

import structlog

from tests.scenarios.feed_day import simulate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tick", type=float, default=10.0)
    options = parser.parse_args()
    # The failures of the simulated feeds are expected.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(
            simulate(options.feeds, Path(folder), seed=options.seed, tick=options.tick)
        )
    print(
        f"{report.feeds:,} feeds, 24 hours (in {time.perf_counter() - started:.0f} s), seed {options.seed}"
    )
    print(
        f"  {report.entries:,} entries published; {report.items:,} items with the earlier ones, no duplicates"
    )
    print(
        f"  {report.missed:,} entries were removed before the poll; {report.announced:,} items passed on"
    )
    print(
        f"  {report.requests:,} polls, at most {report.max_requests_per_feed} of one feed; no host too early; {report.moved} feeds moved"
    )
    print(f"  mean delay from publication to item: {report.mean_delay / 60:.1f} min")
    for rate, delay in report.delays.items():
        print(f"    feeds with {rate:g} entries per day: {delay / 60:.1f} min")


if __name__ == "__main__":
    main()
