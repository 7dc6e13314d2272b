"""Draw docs/images/console.svg: a real session on a real terminal (tmux).

Usage: python tools/draw_console.py. It needs tmux, and starts Tocsin in a temporary folder.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path
from shutil import copytree

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
SESSION = "tocsin-picture"
COLUMNS, ROWS = 100, 33
BRIEF = """Sanctions panel for North Korea gets a successor

Eleven states set up a group on Wednesday that is to watch over the U.N. sanctions on North Korea. It
takes the place of a panel that a veto ended in the spring. The group will report twice a year. Its
reports are not binding, but banks and insurers will read them, a diplomat said.
"""


def main() -> None:
    """Run the session and write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        copytree(ROOT / "seeds", home / "seeds")
        command = f"env PYTHONPATH={ROOT} {sys.executable} -m bot run --console"
        tmux(
            "new-session",
            "-d",
            "-s",
            SESSION,
            "-x",
            str(COLUMNS),
            "-y",
            str(ROWS),
            "-c",
            folder,
            command,
        )
        try:
            wait_for("/help")
            type_line("/subscribe sanctions", "2 of 3")
            type_line('/subscribe "North Korea"', "DPRK")
            (home / "seeds" / "successor.txt").write_text(BRIEF)
            wait_for("Unsubscribe")
            type_line("1", "quoted from the article")
            screen = tmux("capture-pane", "-p", "-e", "-t", SESSION)
        finally:
            tmux("kill-session", "-t", SESSION)
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(screen.rstrip()))
    target = ROOT / "docs" / "images" / "console.svg"
    target.parent.mkdir(parents=True, exist_ok=True)
    picture = console.export_svg(title="tocsin run --console")
    # The picture must not fetch a font, so it uses any installed monospaced one.
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    target.write_text(picture.replace("Fira Code", "Menlo, Consolas, DejaVu Sans Mono"))


def type_line(text: str, answer: str) -> None:
    """Type a line and wait for its answer."""
    tmux("send-keys", "-t", SESSION, "-l", text)
    tmux("send-keys", "-t", SESSION, "Enter")
    wait_for(answer)


def wait_for(text: str) -> None:
    """Wait until the screen shows ``text``."""
    for _ in range(100):
        if text in tmux("capture-pane", "-p", "-t", SESSION):
            return
        time.sleep(0.1)
    raise SystemExit(f"the screen never showed: {text}")


def tmux(*arguments: str) -> str:
    """Run one tmux command and return its output."""
    environment = {**os.environ, "COLORTERM": "truecolor"}
    result = subprocess.run(
        ["tmux", *arguments], check=True, capture_output=True, text=True, env=environment
    )
    return result.stdout


if __name__ == "__main__":
    main()
