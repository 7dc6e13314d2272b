"""Leases: what one process at a time may do, such as to listen and send for a bot's account.

A lease is renewed well before it ends. Its token grows with each new holder: whoever writes with an
older one finds that it is no longer theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.sql import insert
from bot.store.tables import leases

RENEW_LEASE = (
    update(leases)
    .where(
        leases.c.name == bindparam("of_name"),
        leases.c.owner == bindparam("of_owner"),
        leases.c.token == bindparam("of_token"),
    )
    .values(until=bindparam("ends"))
)
HOLD_LEASE = (
    select(leases.c.token)
    .where(
        leases.c.name == bindparam("of_name"),
        leases.c.owner == bindparam("of_owner"),
        leases.c.token == bindparam("of_token"),
    )
    .with_for_update()
)
LEASE_ENDS = select(leases.c.until).where(leases.c.name == bindparam("of_name"))
HOLD_ACCOUNT = (
    update(leases).where(leases.c.name == bindparam("of_name")).values(held_until=bindparam("held"))
)
LIST_LEASES = select(leases).order_by(leases.c.name)


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that is held. ``held_until``: when what it is for may go on, if it has to wait."""

    name: str
    owner: str
    token: int
    held_until: datetime | None


async def take_lease(
    connection: AsyncConnection, name: str, *, owner: str, now: datetime, until: datetime
) -> Lease | None:
    """Hold ``name`` until a moment, if nobody else does."""
    new = insert(connection, leases).values(name=name, owner=owner, token=1, until=until)
    taken = new.on_conflict_do_update(
        index_elements=["name"],
        set_={"owner": owner, "token": leases.c.token + 1, "until": until},
        where=or_(leases.c.until <= now, leases.c.owner == owner),
    ).returning(leases.c.token, leases.c.held_until)
    row = (await connection.execute(taken)).one_or_none()
    return Lease(name, owner, row.token, row.held_until) if row is not None else None


async def renew_lease(connection: AsyncConnection, lease: Lease, *, until: datetime) -> bool:
    """Hold it for longer; ``False``: it is another's by now. A moment that has passed gives it back."""
    renewed = await connection.execute(RENEW_LEASE, _names(lease) | {"ends": until})
    return renewed.rowcount > 0


async def hold_lease(connection: AsyncConnection, lease: Lease) -> bool:
    """Keep others from taking it before this transaction ends; ``False``: it is another's by now."""
    return (await connection.execute(HOLD_LEASE, _names(lease))).first() is not None


async def lease_ends(connection: AsyncConnection, name: str) -> datetime | None:
    """Until when somebody has it; ``None`` where nobody ever had."""
    return (await connection.execute(LEASE_ENDS, {"of_name": name})).scalar_one_or_none()


async def end_every_lease(connection: AsyncConnection, *, now: datetime) -> None:
    """Take back what a process that died had: only where no other can be alive."""
    await connection.execute(update(leases).values(until=now))


async def hold_account(connection: AsyncConnection, name: str, *, until: datetime) -> None:
    """Remember that the platform asked an account to wait: a restart must not forget it."""
    await connection.execute(HOLD_ACCOUNT, {"of_name": name, "held": until})


async def accounts_since(connection: AsyncConnection, moment: datetime) -> list[tuple[str, str]]:
    """Platform and account of whatever somebody sent for after ``moment``."""
    rows = await connection.execute(LIST_LEASES.where(leases.c.until > moment))
    found = [account_of(row.name) for row in rows]
    return [one for one in found if one is not None]


def account_of(name: str) -> tuple[str, str] | None:
    """Platform and account that a lease is about, where it is about an account."""
    platform, slash, account = name.partition("/")
    return (platform, account) if slash and platform.isalpha() else None


async def held_accounts(connection: AsyncConnection, *, now: datetime) -> dict[str, datetime]:
    """The accounts that have to wait, and until when."""
    rows = await connection.execute(LIST_LEASES.where(leases.c.held_until > now))
    return {row.name: row.held_until for row in rows}


def _names(lease: Lease) -> dict[str, str | int]:
    return {"of_name": lease.name, "of_owner": lease.owner, "of_token": lease.token}
