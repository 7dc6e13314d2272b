"""Each command imports only the modules that it needs, because imports are most of its start-up time."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.process

CHAT_PLATFORMS = {"telegram", "slack_sdk", "slack_bolt"}
PARSERS = {"feedparser", "listparser", "pypdf", "trafilatura", "lxml", "markdown_it"}
SERVICE = {"sqlalchemy", "alembic", "aiohttp", "pydantic", "structlog", "apscheduler", "pebble"}
SCREEN = {"prompt_toolkit", "rich"}
EXTRAS = {"matplotlib", "numpy", "openai", "opentelemetry", "asyncpg"}


def imported_modules(code, *arguments):
    """Return the modules that are loaded after ``code`` has run in a new process."""
    report = "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
    result = subprocess.run(
        [sys.executable, "-c", report + code, *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr
    return set(result.stderr.split())


@pytest.mark.parametrize(
    "arguments", [("--help",), ("match", "sanctions", "{file}"), ("summarize", "{file}")]
)
def test_a_command_on_a_file_imports_neither_the_service_nor_parsers_of_other_formats(
    tmp_path, arguments
):
    file = tmp_path / "article.txt"
    file.write_text("Ministers agreed on new sanctions.\n\nThey concern two banks.\n")
    modules = imported_modules(
        "from bot.cli.parser import main; sys.exit(main(sys.argv[1:]))",
        *(argument.format(file=file) for argument in arguments),
    )
    assert not modules & (CHAT_PLATFORMS | PARSERS | SERVICE | SCREEN | EXTRAS)
    assert "bot.store" not in modules
    assert "bot.settings" not in modules


def test_the_service_imports_no_component_that_may_be_disabled():
    modules = imported_modules("import bot.app.app")
    assert "sqlalchemy" in modules
    assert not modules & (CHAT_PLATFORMS | EXTRAS)
    # Parsers of rare formats and the migration tool are imported on first use.
    assert not modules & {"feedparser", "pypdf", "trafilatura", "markdown_it", "alembic"}
    assert not modules & {
        "aiohttp",
        "apscheduler",
        "watchfiles",
        "bot.web.server",
        "bot.ingest.websub",
    }
    assert not modules & {"bot.summaries.llm.client", "bot.summaries.verification.verify"}
