"""The start time of the process."""

from __future__ import annotations

import subprocess
import sys
from datetime import datetime, timedelta

import pytest

from bot.runtime.clock import process_started_at, utc_now

pytestmark = pytest.mark.process


def test_the_start_of_a_new_process_lies_between_its_call_and_its_output():
    before = utc_now()
    code = (
        "from bot.runtime.clock import process_started_at; print(process_started_at().isoformat())"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    started_at = datetime.fromisoformat(output.stdout.strip())
    # The system counts in hundredths of a second.
    assert before - timedelta(seconds=0.02) <= started_at <= utc_now()


def test_this_process_began_before_the_test():
    assert process_started_at() < utc_now()
