"""The wheel, installed into an empty environment, works anywhere: even beside another `bot/`."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from tests.scenarios.process import ROOT


def test_the_installed_script_runs_in_a_folder_that_has_its_own_bot(tmp_path):
    home = tmp_path / "home"
    (home / "bot").mkdir(parents=True)
    (home / "bot" / "__init__.py").write_text("raise ImportError('not this one')")
    (home / "seeds").mkdir()
    (home / "seeds" / "a.txt").write_text("Sanctions agreed\n\nText of it.")
    script = _install(tmp_path)
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    done = subprocess.run(
        [script, "run", "--console"],
        input="/subscribe sanctions\n/latest\n",
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "*Sanctions* agreed" in done.stdout
    assert (home / "data" / "tocsin.sqlite3").exists()


def _install(tmp_path: Path) -> str:
    """Our wheel in an environment of its own; its dependencies are lent by the one we run in."""
    build = [
        sys.executable,
        "-m",
        "hatchling",
        "build",
        "-t",
        "wheel",
        "-d",
        str(tmp_path / "dist"),
    ]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=90)
    (wheel,) = (tmp_path / "dist").glob("tocsin-*.whl")
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env" / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True, timeout=90)
    (packages,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    # What a .pth names is searched, but its own .pth files are not read: our editable install,
    # which is one, stays out.
    lent = (path for path in sys.path if path.endswith("site-packages"))
    (packages / "lent.pth").write_text("\n".join(lent))
    return str(tmp_path / "env" / "bin" / "tocsin")
