"""24 hours of feeds that publish, edit, shuffle, vanish, move, lie about dates and return.

    python -m benchmarks.feeds.day [--feeds 2000] [--seed 1] [--tick 10]

The clock is turned, the web is made up (tests/scenarios/feed_day.py); watch, schedule and store are the
real ones. Ends with an error where an entry became no item or two, or a host was asked too soon.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import tempfile
import time
from pathlib import Path

import structlog

from tests.scenarios.feed_day import live


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--feeds", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tick", type=float, default=10.0)
    options = parser.parse_args()
    # What a made-up web does to its feeds is no news.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        report = asyncio.run(
            live(options.feeds, Path(folder), seed=options.seed, tick=options.tick)
        )
    print(
        f"{report.feeds:,} feeds, 24 hours (in {time.perf_counter() - began:.0f} s), seed {options.seed}"
    )
    print(
        f"  {report.entries:,} entries published, {report.items:,} items with those before, none twice"
    )
    print(
        f"  {report.missed:,} entries left their feed before it was due; {report.told:,} handed on"
    )
    print(
        f"  {report.asks:,} asks, at most {report.hottest} of one feed; no host too soon; {report.moved} moved"
    )
    print(f"  mean delay from publication to item: {report.mean_delay / 60:.1f} min")
    for rate, delay in report.delays.items():
        print(f"    of feeds with {rate:g} entries a day: {delay / 60:.1f} min")


if __name__ == "__main__":
    main()
