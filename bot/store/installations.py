"""Installations: where others have installed the app, with what it needs to act there, sealed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import installations

LIST_INSTALLATIONS = (
    select(installations)
    .where(
        installations.c.platform == bindparam("of_platform"), installations.c.sealed.is_not(None)
    )
    .order_by(installations.c.account)
)
_ONE = (installations.c.platform == bindparam("of_platform")) & (
    installations.c.account == bindparam("of_account")
)
FIND_INSTALLATION = select(installations).where(_ONE, installations.c.sealed.is_not(None))
RENEW_INSTALLATION = (
    update(installations)
    .where(_ONE, installations.c.sealed == bindparam("before"))
    .values(sealed=bindparam("after"), expires_at=bindparam("until"))
)
# An end that comes late is about the installation before this one.
END_INSTALLATION = (
    update(installations)
    .where(
        _ONE, installations.c.sealed.is_not(None), installations.c.installed_at <= bindparam("at")
    )
    .values(sealed=None, expires_at=None, ended_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Installation:
    """One account that the app may act for. ``sealed``: its tokens, for whoever has the key."""

    platform: str
    account: str
    name: str
    sealed: str = field(repr=False)
    installed_at: datetime
    expires_at: datetime | None = None


async def save_installation(connection: AsyncConnection, one: Installation) -> None:
    """Keep an installation; one that was there before is replaced."""
    values = {
        "name": one.name,
        "sealed": one.sealed,
        "installed_at": one.installed_at,
        "expires_at": one.expires_at,
    }
    new = insert(connection, installations).values(
        platform=one.platform, account=one.account, **values
    )
    await connection.execute(
        new.on_conflict_do_update(
            index_elements=["platform", "account"], set_={**values, "ended_at": None}
        )
    )


async def list_installations(connection: AsyncConnection, platform: str) -> list[Installation]:
    """Every installation that has not ended, by account."""
    rows = await connection.execute(LIST_INSTALLATIONS, {"of_platform": platform})
    return [_read(row) for row in rows.mappings()]


async def find_installation(
    connection: AsyncConnection, platform: str, account: str
) -> Installation | None:
    """The installation of an account, if it has not ended."""
    values = {"of_platform": platform, "of_account": account}
    row = (await connection.execute(FIND_INSTALLATION, values)).mappings().one_or_none()
    return _read(row) if row is not None else None


async def renew_installation(
    connection: AsyncConnection, before: Installation, sealed: str, *, until: datetime | None
) -> bool:
    """Keep renewed tokens; ``False``: they are not those of ``before`` any more."""
    values = {"of_platform": before.platform, "of_account": before.account}
    more = {"before": before.sealed, "after": sealed, "until": until}
    return (await connection.execute(RENEW_INSTALLATION, values | more)).rowcount > 0


async def end_installation(
    connection: AsyncConnection, platform: str, account: str, *, at: datetime, now: datetime
) -> bool:
    """Forget the tokens: at ``at`` the app was removed. Whether there were any.

    What the account's chats follow stays for its return.
    """
    values = {"of_platform": platform, "of_account": account, "at": at, "now": now}
    return (await connection.execute(END_INSTALLATION, values)).rowcount > 0


def _read(row: RowMapping) -> Installation:
    return Installation(
        platform=row["platform"],
        account=row["account"],
        name=row["name"],
        sealed=row["sealed"],
        installed_at=row["installed_at"],
        expires_at=row["expires_at"],
    )
