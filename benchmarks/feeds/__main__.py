"""Everything about feeds in one go: parsers, HTTP clients, the schedule, and a simulated day.

    python -m benchmarks.feeds [--quick]

Each part is a script of its own, with options of its own: parsers.py, http_client.py, schedule.py, day.py.
The first three take some five minutes, the day a quarter of an hour; --quick takes less of each.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PARTS = {
    "parsers": ["--feeds", "20", "--rounds", "1"],
    "http_client": ["--hosts", "200"],
    "schedule": ["--feeds", "20000", "--seconds", "20"],
    "day": ["--feeds", "100", "--tick", "60"],
}
"""Each part, and what makes it quick."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="less of each")
    options = parser.parse_args()
    worst = 0
    for name, quick in PARTS.items():
        print(f"\n── {name} ──\n", flush=True)
        command = [sys.executable, "-m", f"benchmarks.feeds.{name}"]
        command += quick if options.quick else []
        worst = max(worst, subprocess.run(command, cwd=ROOT, check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
