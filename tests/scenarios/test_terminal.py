"""The console on a real terminal: a pseudo-terminal, and what a person sees on it."""

import os
import sys

import pexpect
import pytest

from tests.scenarios.process import ROOT


@pytest.fixture
def terminal(tmp_path):
    (tmp_path / "seeds").mkdir()
    child = pexpect.spawn(
        sys.executable,
        ["-m", "bot", "run", "--console"],
        cwd=str(tmp_path),
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "TERM": "xterm-256color",
            "PROMPT_TOOLKIT_NO_CPR": "1",
        },
        encoding="utf-8",
        timeout=60,
        dimensions=(30, 100),
    )
    yield child
    child.close(force=True)


def test_a_person_is_welcomed_completes_a_command_and_sees_an_alert_while_typing(
    terminal, tmp_path
):
    terminal.expect("alerts you when your topics are in the news")
    # Keys that arrive before the prompt, or before the completion, are not completed.
    terminal.expect("›")
    terminal.send("/subsc\t")
    terminal.expect("ribe")
    terminal.send(" sanctions\r")
    terminal.expect("Following")
    terminal.send("half a line")
    terminal.expect("half a line")
    (tmp_path / "seeds" / "a.txt").write_text("New sanctions agreed\n\nText.")
    terminal.expect("You follow “sanctions”")
    terminal.expect("1 Summary")
    # The line that was being typed is drawn anew below the alert.
    terminal.expect("half a line")
    terminal.sendcontrol("u")
    terminal.send("/unsubscribe san\t")
    terminal.expect("ctions")
    terminal.send("\r")
    terminal.expect("no longer follow")
    terminal.sendcontrol("d")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0


def test_ctrl_c_ends_it_cleanly(terminal):
    terminal.expect("›")
    terminal.sendcontrol("c")
    terminal.expect(pexpect.EOF)
    terminal.wait()
    assert terminal.exitstatus == 0
