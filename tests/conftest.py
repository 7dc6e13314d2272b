"""Fixtures of all tests: a clock that a test advances, and a real database of each kind."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy.engine import URL, make_url

from bot.store import Database, migrate
from tests.helpers.postgres import PostgresServer, running_server

# A property must not fail because the machine is busy.
settings.register_profile("tocsin", deadline=None)
settings.load_profile("tocsin")

_SCENARIOS = Path(__file__).with_name("scenarios")
_POSTGRES_FIXTURES = {"postgres", "empty_postgres"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that `make quick` omits: those with processes or with PostgreSQL."""
    for item in items:
        if _SCENARIOS in item.path.parents:
            item.add_marker("process")
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        uses_postgres = not _POSTGRES_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))
        if uses_postgres or "postgresql" in parameters.values():
            item.add_marker("postgres")


class FakeClock:
    """A clock that stands still until a test advances it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 6, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **length: float) -> None:
        self.now += timedelta(**length)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Return a PostgreSQL server that runs until the last test of this process."""
    with running_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that others are copied from: 30 times faster than migrating each."""
    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"

    async def make() -> None:
        database = Database(make_url(f"sqlite+aiosqlite:///{file}"))
        await migrate(database)
        await database.close()

    asyncio.run(make())
    return file


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> URL:
    """Return an empty, migrated SQLite database."""
    copy = tmp_path / "tocsin.sqlite3"
    shutil.copyfile(migrated_sqlite, copy)
    return make_url(f"sqlite+aiosqlite:///{copy}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> URL:
    """An empty, migrated database: each test that asks for it runs on both kinds."""
    if request.param == "sqlite":
        return request.getfixturevalue("sqlite_url")
    server: PostgresServer = request.getfixturevalue("postgres")
    return asyncio.run(server.shared_database())


@pytest.fixture
async def empty_postgres(
    request: pytest.FixtureRequest,
) -> AsyncIterator[Callable[[], Awaitable[URL]]]:
    """Return a function that creates databases without a table."""
    made: list[URL] = []

    async def make() -> URL:
        server: PostgresServer = request.getfixturevalue("postgres")
        made.append(await server.empty_database())
        return made[-1]

    yield make
    for url in made:
        await request.getfixturevalue("postgres").drop(url)


@pytest.fixture
async def database(database_url: URL) -> AsyncIterator[Database]:
    """A store to work with."""
    made = Database(database_url)
    await migrate(made)
    yield made
    await made.close()
