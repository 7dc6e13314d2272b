from datetime import timedelta

from bot.store.installations import (
    Installation,
    end_installation,
    find_installation,
    list_installations,
    renew_installation,
    save_installation,
)


def made(clock, account: str = "T1", sealed: str = "s1") -> Installation:
    return Installation("slack", account, "one", sealed, clock())


async def test_an_installation_is_kept_listed_and_replaced_by_the_next(database, clock):
    async with database.writing() as connection:
        for account in ("T2", "T1"):
            await save_installation(connection, made(clock, account))
        await save_installation(connection, made(clock, "T1", "s2"))
        found = await list_installations(connection, "slack")
    assert [(one.account, one.sealed) for one in found] == [("T1", "s2"), ("T2", "s1")]
    assert "s2" not in repr(found)


async def test_an_end_forgets_the_tokens_once_and_a_new_one_brings_them_back(database, clock):
    async with database.writing() as connection:
        await save_installation(connection, made(clock))
        ended = {"at": clock(), "now": clock()}
        assert await end_installation(connection, "slack", "T1", **ended)
        assert not await end_installation(connection, "slack", "T1", **ended)
        assert not await end_installation(connection, "slack", "T9", **ended)
        assert await find_installation(connection, "slack", "T1") is None
        await save_installation(connection, made(clock))
        assert await find_installation(connection, "slack", "T1") is not None


async def test_an_end_that_was_before_the_installation_is_not_about_it(database, clock):
    before = clock() - timedelta(minutes=1)
    async with database.writing() as connection:
        await save_installation(connection, made(clock))
        assert not await end_installation(connection, "slack", "T1", at=before, now=clock())


async def test_tokens_are_renewed_unless_somebody_else_did(database, clock):
    until = clock() + timedelta(hours=12)
    async with database.writing() as connection:
        await save_installation(connection, made(clock))
        first = await find_installation(connection, "slack", "T1")
        assert await renew_installation(connection, first, "s2", until=until)
        assert not await renew_installation(connection, first, "s3", until=until)
        found = await find_installation(connection, "slack", "T1")
    assert (found.sealed, found.expires_at) == ("s2", until)
