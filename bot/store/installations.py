"""Installations: the workspaces that installed the app, with their encrypted tokens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.tables import installations

_IS_OF_ACCOUNT = (installations.c.platform == bindparam("platform_param")) & (
    installations.c.account == bindparam("account_param")
)
LIST_INSTALLATIONS = (
    select(installations)
    .where(
        installations.c.platform == bindparam("platform_param"),
        installations.c.sealed.is_not(None),
    )
    .order_by(installations.c.account)
)
FIND_INSTALLATION = select(installations).where(_IS_OF_ACCOUNT, installations.c.sealed.is_not(None))
RENEW_INSTALLATION = (
    update(installations)
    .where(_IS_OF_ACCOUNT, installations.c.sealed == bindparam("before"))
    .values(sealed=bindparam("after"), expires_at=bindparam("until"))
)
# An uninstall event that arrives late refers to the installation before the current one.
END_INSTALLATION = (
    update(installations)
    .where(
        _IS_OF_ACCOUNT,
        installations.c.sealed.is_not(None),
        installations.c.installed_at <= bindparam("removed_at"),
    )
    .values(sealed=None, expires_at=None, ended_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Installation:
    """An account that the app may act for; ``encrypted_tokens`` holds its encrypted tokens."""

    platform: str
    account: str
    name: str
    encrypted_tokens: str = field(repr=False)
    installed_at: datetime
    expires_at: datetime | None = None


async def save_installation(connection: AsyncConnection, installation: Installation) -> None:
    """Save an installation, or replace the one of the same account."""
    values = {
        "name": installation.name,
        "sealed": installation.encrypted_tokens,
        "installed_at": installation.installed_at,
        "expires_at": installation.expires_at,
    }
    new = insert(connection, installations).values(
        platform=installation.platform, account=installation.account, **values
    )
    upsert = new.on_conflict_do_update(
        index_elements=["platform", "account"], set_={**values, "ended_at": None}
    )
    await connection.execute(upsert)


async def list_installations(connection: AsyncConnection, platform: str) -> list[Installation]:
    """Return the installations that have not ended, by account."""
    rows = await connection.execute(LIST_INSTALLATIONS, {"platform_param": platform})
    return [_from_row(row) for row in rows.mappings()]


async def find_installation(
    connection: AsyncConnection, platform: str, account: str
) -> Installation | None:
    """Return the installation of an account, or ``None`` if it has ended or never existed."""
    values = {"platform_param": platform, "account_param": account}
    row = (await connection.execute(FIND_INSTALLATION, values)).mappings().one_or_none()
    return _from_row(row) if row is not None else None


async def renew_installation(
    connection: AsyncConnection,
    before: Installation,
    encrypted_tokens: str,
    *,
    expires_at: datetime | None,
) -> bool:
    """Save renewed tokens; return False if the stored tokens are no longer those of ``before``."""
    values = {
        "platform_param": before.platform,
        "account_param": before.account,
        "before": before.encrypted_tokens,
        "after": encrypted_tokens,
        "until": expires_at,
    }
    return (await connection.execute(RENEW_INSTALLATION, values)).rowcount > 0


async def end_installation(
    connection: AsyncConnection, platform: str, account: str, *, removed_at: datetime, now: datetime
) -> bool:
    """Delete the tokens of an app that was removed at ``removed_at``; return True if there were any.

    The subscriptions of the account's chats are kept for a new installation.
    """
    values = {
        "platform_param": platform,
        "account_param": account,
        "removed_at": removed_at,
        "now": now,
    }
    return (await connection.execute(END_INSTALLATION, values)).rowcount > 0


def _from_row(row: RowMapping) -> Installation:
    return Installation(
        platform=row["platform"],
        account=row["account"],
        name=row["name"],
        encrypted_tokens=row["sealed"],
        installed_at=row["installed_at"],
        expires_at=row["expires_at"],
    )
