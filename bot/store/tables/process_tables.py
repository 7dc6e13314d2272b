"""What processes share: counters, leases, updates that were answered."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from bot.store.tables.columns import Moment, metadata

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BigInteger, nullable=False, server_default="0"),
)

leases = Table(
    "leases",
    metadata,
    # What only one process at a time may do, such as to send for an account.
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("token", BigInteger, nullable=False),  # grows with each new holder: the fence
    Column("until", Moment, nullable=False),
    # Nothing is sent before this moment: what the platform asked of the account as a whole.
    Column("held_until", Moment),
)

updates = Table(
    "updates",
    metadata,
    # What came in from a platform, for as long as it may come again.
    Column("platform", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("update_id", Text, primary_key=True),
    Column("seen_at", Moment, nullable=False),
    Index("ix_updates_seen_at", "seen_at"),
)
