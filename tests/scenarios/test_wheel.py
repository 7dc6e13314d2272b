"""Verify that the installed wheel works in a folder that contains another `bot` package."""

import os
import subprocess
import sys
import venv
from pathlib import Path

from tests.scenarios.process import ROOT


def test_installed_script_runs_in_a_folder_with_another_bot_package(tmp_path):
    home = tmp_path / "home"
    (home / "bot").mkdir(parents=True)
    (home / "bot" / "__init__.py").write_text("raise ImportError('not this one')")
    (home / "seeds").mkdir()
    (home / "seeds" / "a.txt").write_text("Sanctions agreed\n\nText of it.")
    script = _install(tmp_path)
    environment = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    result = subprocess.run(
        [script, "run", "--console"],
        input="/subscribe sanctions\n/latest\n",
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert "*Sanctions* agreed" in result.stdout
    assert (home / "data" / "tocsin.sqlite3").exists()


def _install(tmp_path: Path) -> str:
    """Install the wheel into a new environment that borrows the dependencies of the current one."""
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
    # Python searches the folders that a .pth file names, but does not read .pth files in them. The
    # editable install is such a file, so it does not take part.
    borrowed = (path for path in sys.path if path.endswith("site-packages"))
    (packages / "borrowed.pth").write_text("\n".join(borrowed))
    return str(tmp_path / "env" / "bin" / "tocsin")
