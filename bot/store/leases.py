"""Leases: each lets one process at a time perform a task, such as sending for an account.

A process renews its lease well before the lease expires. The token grows with each new owner, so a
process that lost its lease finds that its token is outdated (fencing).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.dialect import insert
from bot.store.tables import leases

_IS_OWNED = (
    (leases.c.name == bindparam("name_param"))
    & (leases.c.owner == bindparam("owner_param"))
    & (leases.c.token == bindparam("token_param"))
)
RENEW_LEASE = update(leases).where(_IS_OWNED).values(until=bindparam("expires_at"))
LOCK_LEASE = select(leases.c.token).where(_IS_OWNED).with_for_update()
LEASE_EXPIRY = select(leases.c.until).where(leases.c.name == bindparam("name_param"))
BLOCK_ACCOUNT = (
    update(leases)
    .where(leases.c.name == bindparam("name_param"))
    .values(held_until=bindparam("blocked_until"))
)
RELEASE_ALL_LEASES = update(leases).values(until=bindparam("now"))
LEASES_SINCE = select(leases).where(leases.c.until > bindparam("since")).order_by(leases.c.name)
BLOCKED_LEASES = (
    select(leases).where(leases.c.held_until > bindparam("now")).order_by(leases.c.name)
)


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A lease that a process owns; its task must wait until ``blocked_until``, if that is set."""

    name: str
    owner: str
    token: int
    blocked_until: datetime | None


async def acquire_lease(
    connection: AsyncConnection, name: str, *, owner: str, now: datetime, until: datetime
) -> LeaseRow | None:
    """Acquire or extend the lease ``name``; return ``None`` if another process owns it."""
    new = insert(connection, leases).values(name=name, owner=owner, token=1, until=until)
    acquire = new.on_conflict_do_update(
        index_elements=["name"],
        set_={"owner": owner, "token": leases.c.token + 1, "until": until},
        where=or_(leases.c.until <= now, leases.c.owner == owner),
    ).returning(leases.c.token, leases.c.held_until)
    row = (await connection.execute(acquire)).one_or_none()
    return LeaseRow(name, owner, row.token, row.held_until) if row is not None else None


async def renew_lease(connection: AsyncConnection, lease: LeaseRow, *, until: datetime) -> bool:
    """Set the expiry of a lease; return False if another process owns it by now.

    A time in the past releases the lease.
    """
    values = _params(lease) | {"expires_at": until}
    return (await connection.execute(RENEW_LEASE, values)).rowcount > 0


async def lock_lease(connection: AsyncConnection, lease: LeaseRow) -> bool:
    """Lock the lease until this transaction ends; return False if another process owns it by now."""
    return (await connection.execute(LOCK_LEASE, _params(lease))).first() is not None


async def lease_expiry(connection: AsyncConnection, name: str) -> datetime | None:
    """Return the expiry of a lease, or ``None`` if it was never acquired."""
    return (await connection.execute(LEASE_EXPIRY, {"name_param": name})).scalar_one_or_none()


async def release_all_leases(connection: AsyncConnection, *, now: datetime) -> None:
    """Release the leases of a process that died; call this only if no other process can run."""
    await connection.execute(RELEASE_ALL_LEASES, {"now": now})


async def block_account(connection: AsyncConnection, name: str, *, until: datetime) -> None:
    """Store the delay that the platform requires of an account, so that a restart respects it."""
    await connection.execute(BLOCK_ACCOUNT, {"name_param": name, "blocked_until": until})


async def accounts_since(connection: AsyncConnection, since: datetime) -> list[tuple[str, str]]:
    """Return the platform and account of every lease that expires after ``since``."""
    rows = await connection.execute(LEASES_SINCE, {"since": since})
    accounts = [account_of(row.name) for row in rows]
    return [account for account in accounts if account is not None]


def account_of(name: str) -> tuple[str, str] | None:
    """Return the platform and account of a lease, or ``None`` if it is not the lease of an account."""
    platform, slash, account = name.partition("/")
    return (platform, account) if slash and platform.isalpha() else None


async def blocked_accounts(connection: AsyncConnection, *, now: datetime) -> dict[str, datetime]:
    """Return the accounts that must wait, and until when."""
    rows = await connection.execute(BLOCKED_LEASES, {"now": now})
    return {row.name: row.held_until for row in rows}


def _params(lease: LeaseRow) -> dict[str, str | int]:
    return {"name_param": lease.name, "owner_param": lease.owner, "token_param": lease.token}
