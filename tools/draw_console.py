"""Draws docs/images/console.svg: a real session on a real terminal (tmux), as it looked.

python tools/draw_console.py            needs tmux; starts Tocsin on a folder of its own
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

Eleven states set up a group on Wednesday that is to watch over the U.N. sanctions on North Korea. It takes
the place of a panel that a veto ended in the spring. The group will report twice a year. Its reports bind
nobody, but banks and insurers will read them, a diplomat said.
"""


def main() -> None:
    """Play the session and write the picture."""
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
            wait_for("/help lists all commands")
            type_line("/subscribe sanctions", "2 of 3 known items match")
            type_line('/subscribe "North Korea"', "by any of its names")
            (home / "seeds" / "successor.txt").write_text(BRIEF)
            wait_for("4 Unsubscribe")
            type_line("1", "in the article's own words")
            drawn = tmux("capture-pane", "-p", "-e", "-t", SESSION)
        finally:
            tmux("kill-session", "-t", SESSION)
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text.from_ansi(drawn.rstrip()))
    target = ROOT / "docs" / "images" / "console.svg"
    target.parent.mkdir(parents=True, exist_ok=True)
    drawing = console.export_svg(title="tocsin run --console")
    # A picture must not fetch anything: whatever monospaced font is there will do.
    drawing = re.sub(r"@font-face \{.*?\}\s*", "", drawing, flags=re.DOTALL)
    target.write_text(drawing.replace("Fira Code", "Menlo, Consolas, DejaVu Sans Mono"))


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
    raise SystemExit(f"never seen: {text}")


def tmux(*arguments: str) -> str:
    """One tmux command; what it printed."""
    environment = {**os.environ, "COLORTERM": "truecolor"}
    done = subprocess.run(
        ["tmux", *arguments], check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout


if __name__ == "__main__":
    main()
