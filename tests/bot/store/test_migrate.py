import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from bot.errors import StoreError
from bot.store import Database, migrate
from bot.store.migrate import current_revision, known_revisions
from bot.store.tables import metadata


def _is_declared(name, kind, _parents):
    # The word index differs per dialect, so it is created by hand.
    return not (kind == "table" and name.startswith("item_terms"))


async def test_the_migrated_schema_is_the_declared_schema(database: Database):
    def differences(connection):
        context = MigrationContext.configure(
            connection, opts={"compare_type": False, "include_name": _is_declared}
        )
        return compare_metadata(context, metadata)

    async with database.reading() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_second_migration_does_nothing(database: Database):
    assert await migrate(database) == []
    assert await current_revision(database) == known_revisions()[-1]


async def test_a_database_of_a_newer_version_is_refused(database: Database):
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError, match="schema 9999, and this version knows up to"):
        await migrate(database)
