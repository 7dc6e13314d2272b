from datetime import timedelta

from bot.store.installations import (
    Installation,
    end_installation,
    find_installation,
    list_installations,
    renew_installation,
    save_installation,
)


def installation_of(clock, account: str = "T1", sealed: str = "s1") -> Installation:
    return Installation("slack", account, "one", sealed, clock())


async def test_installations_are_listed_and_replaced_by_a_new_installation(database, clock):
    async with database.writing() as connection:
        for account in ("T2", "T1"):
            await save_installation(connection, installation_of(clock, account))
        await save_installation(connection, installation_of(clock, "T1", "s2"))
        listed = await list_installations(connection, "slack")
    assert [(row.account, row.encrypted_tokens) for row in listed] == [("T1", "s2"), ("T2", "s1")]
    assert "s2" not in repr(listed)


async def test_an_uninstall_deletes_the_tokens_once_until_a_new_installation(database, clock):
    async with database.writing() as connection:
        await save_installation(connection, installation_of(clock))
        ended = {"removed_at": clock(), "now": clock()}
        assert await end_installation(connection, "slack", "T1", **ended)
        assert not await end_installation(connection, "slack", "T1", **ended)
        assert not await end_installation(connection, "slack", "T9", **ended)
        assert await find_installation(connection, "slack", "T1") is None
        await save_installation(connection, installation_of(clock))
        assert await find_installation(connection, "slack", "T1") is not None


async def test_an_uninstall_before_the_installation_is_ignored(database, clock):
    before = clock() - timedelta(minutes=1)
    async with database.writing() as connection:
        await save_installation(connection, installation_of(clock))
        assert not await end_installation(connection, "slack", "T1", removed_at=before, now=clock())


async def test_tokens_are_renewed_unless_another_process_renewed_them(database, clock):
    until = clock() + timedelta(hours=12)
    async with database.writing() as connection:
        await save_installation(connection, installation_of(clock))
        first = await find_installation(connection, "slack", "T1")
        assert await renew_installation(connection, first, "s2", expires_at=until)
        assert not await renew_installation(connection, first, "s3", expires_at=until)
        renewed = await find_installation(connection, "slack", "T1")
    assert (renewed.encrypted_tokens, renewed.expires_at) == ("s2", until)
