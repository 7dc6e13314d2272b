"""Verify that the installed wheel works in folders that are not a clone of the repository."""

import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from tests.scenarios.process import ROOT

EXAMPLES = sorted(path.name for path in (ROOT / "seeds").iterdir())
FIRST_COMMANDS = "/subscribe sanctions\n/latest\n"


@pytest.fixture(scope="module")
def script(tmp_path_factory):
    return _install(tmp_path_factory.mktemp("wheel"))


def run_tocsin(script: str, folder: Path, *arguments: str, commands: str = ""):
    hidden = {"PYTHONPATH", "VIRTUAL_ENV", "HOME"}
    environment = {k: v for k, v in os.environ.items() if k not in hidden}
    home = folder.parent / "empty-home"
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [script, *arguments],
        input=commands,
        cwd=folder,
        env={**environment, "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )


def test_installed_script_runs_in_a_folder_with_another_bot_package(script, tmp_path):
    home = tmp_path / "home"
    (home / "bot").mkdir(parents=True)
    (home / "bot" / "__init__.py").write_text("raise ImportError('not this one')")
    (home / "seeds").mkdir()
    (home / "seeds" / "a.txt").write_text("Sanctions agreed\n\nText of it.")
    result = run_tocsin(script, home, "run", "--console", commands=FIRST_COMMANDS)
    assert result.returncode == 0, result.stderr
    assert "*Sanctions* agreed" in result.stdout
    assert (home / "data" / "tocsin.sqlite3").exists()
    # The folder existed, so that nothing was copied into it.
    assert [path.name for path in (home / "seeds").iterdir()] == ["a.txt"]
    assert "example documents" not in result.stderr


def test_first_start_in_an_empty_folder_copies_the_examples_and_reports_it(script, tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    check = run_tocsin(script, folder, "check")
    assert f"seeds, created with {len(EXAMPLES)} example documents at the first start" in (
        check.stdout
    )
    result = run_tocsin(script, folder, "run", "--console", commands=FIRST_COMMANDS)
    assert result.returncode == 0, result.stderr
    reported = f"tocsin: copied {len(EXAMPLES)} example documents to {folder}/seeds"
    assert result.stderr.splitlines().count(reported) == 1
    assert sorted(path.name for path in (folder / "seeds").iterdir()) == EXAMPLES
    assert "lose their watchdog" in result.stdout
    assert sorted(path.name for path in folder.iterdir()) == ["data", "seeds"]

    # A folder that is missing later may be a disk that is not mounted: it is not created.
    (folder / "seeds").rename(folder / "elsewhere")
    result = run_tocsin(script, folder, "run", "--console", commands="/latest\n")
    assert result.returncode == 0, result.stderr
    assert not (folder / "seeds").exists()
    assert "example documents" not in result.stderr


def test_installed_script_reports_the_version_of_the_project(script, tmp_path):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    result = run_tocsin(script, tmp_path, "--version")
    assert result.stdout == f"tocsin {project['version']}\n"


def test_extras_of_the_wheel_are_the_documented_ones(script):
    (metadata,) = Path(script).parent.parent.glob("lib/python*/site-packages/tocsin-*/METADATA")
    lines = metadata.read_text().splitlines()
    extras = {line.split(": ")[1] for line in lines if line.startswith("Provides-Extra: ")}
    assert {"postgres", "charts", "llm", "otel"} <= extras


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
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=250)
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
        # The folder with the wheel is the package index.
        "--no-index",
        "--find-links",
        str(tmp_path / "dist"),
    ]
    subprocess.run([*pip, "tocsin[postgres,charts]"], check=True, capture_output=True, timeout=250)
    (packages,) = (tmp_path / "env" / "lib").glob("python*/site-packages")
    # Python searches the folders that a .pth file names, but does not read .pth files in them. The
    # editable install is such a file, so it does not take part.
    borrowed = (path for path in sys.path if path.endswith("site-packages"))
    (packages / "borrowed.pth").write_text("\n".join(borrowed))
    return str(tmp_path / "env" / "bin" / "tocsin")
