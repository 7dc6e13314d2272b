"""Run all feed benchmarks: parsers, HTTP client, schedule, and a simulated day.

    python -m benchmarks.feeds [--quick]

Each part is also a script with its own options: parsers.py, http_client.py, schedule.py, day.py. The first
three take about five minutes and the day about 15 minutes; --quick reduces each part.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
QUICK_ARGUMENTS = {
    "parsers": ["--feeds", "20", "--rounds", "1"],
    "http_client": ["--hosts", "200"],
    "schedule": ["--feeds", "20000", "--seconds", "20"],
    "day": ["--feeds", "100", "--tick", "60"],
}
"""The parts, with the arguments for --quick."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="reduce each part")
    options = parser.parse_args()
    exit_code = 0
    for name, quick in QUICK_ARGUMENTS.items():
        print(f"\n── {name} ──\n", flush=True)
        command = [sys.executable, "-m", f"benchmarks.feeds.{name}"]
        command += quick if options.quick else []
        exit_code = max(exit_code, subprocess.run(command, cwd=ROOT, check=False).returncode)
    return exit_code


if __name__ == "__main__":
    sys.exit(main())
