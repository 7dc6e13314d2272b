"""Where others have installed the app."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from bot.store.tables.columns import Moment, metadata

installations = Table(
    "installations",
    metadata,
    # Where the app is installed by others, and the sealed tokens it has there; none after its end.
    Column("platform", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sealed", Text),
    Column("installed_at", Moment, nullable=False),
    Column("expires_at", Moment),  # when the tokens have to be renewed by; empty: never
    Column("ended_at", Moment),
)
