"""Add feeds, stories, delivery schedules and several accounts.

Queued alerts stay queued: their chats become due. Leases of single alerts are dropped, because one
process sends for an account.
"""

from __future__ import annotations

from typing import Literal

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

# A chat with queued alerts is due since the first of them, or at the end of a required delay.
MAKE_CHATS_DUE = """
    UPDATE chats SET due_at = (
        SELECT CASE WHEN chats.held_until > min(alerts.created_at) THEN chats.held_until
                    ELSE min(alerts.created_at) END
        FROM alerts WHERE alerts.chat_id = chats.id AND alerts.ended_at IS NULL
    ) WHERE suspended_at IS NULL
"""


def upgrade() -> None:
    """Change the existing tables and create the new ones."""
    # The row must exist from the start, because processes lock it.
    op.execute("INSERT INTO marks (name, value) VALUES ('stories', 0) ON CONFLICT DO NOTHING")
    change_chats()
    change_sources()
    change_subscriptions()
    change_alerts()
    create_follow_up_tables()
    create_alert_tables()
    create_source_tables()
    create_account_tables()
    create_text_tables()


def change_chats() -> None:
    """Add the delivery settings and due times of chats."""
    op.add_column("chats", sa.Column("due_at", MOMENT, nullable=True))
    op.execute(MAKE_CHATS_DUE)
    # The ID of a deleted chat must not be reused. SQLite has to rebuild the table for this.
    options = {"sqlite_autoincrement": True}
    with op.batch_alter_table("chats", recreate=recreate_mode(), table_kwargs=options) as chats:
        chats.drop_column("held_until")
        for column in (
            sa.Column("language", sa.Text(), server_default="", nullable=False),
            sa.Column("open", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("mode", sa.Text(), server_default="instant", nullable=False),
            sa.Column("quiet", sa.Text(), server_default="off", nullable=False),
            sa.Column("zone", sa.Text(), server_default="", nullable=False),
            sa.Column("always", sa.Boolean(), server_default=sa.false(), nullable=False),
            sa.Column("digest_at", MOMENT, nullable=True),
            sa.Column("follow_ups", sa.Text(), server_default="reply", nullable=False),
            sa.Column("paused_at", MOMENT, nullable=True),
            sa.Column("paused_until", MOMENT, nullable=True),
        ):
            chats.add_column(column)
    partial_index("ix_chats_due", "chats", "platform, account, due_at, id", "due_at IS NOT NULL")
    partial_index("ix_chats_digest_at", "chats", "digest_at", "digest_at IS NOT NULL")


def change_sources() -> None:
    """Add the columns of feeds."""
    for column in (
        sa.Column("title", sa.Text(), server_default="", nullable=False),
        sa.Column("site", sa.Text(), nullable=True),
        sa.Column("tags", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("host", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="active", nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("interval", sa.Float(), nullable=True),
        sa.Column("succeeded_at", MOMENT, nullable=True),
        sa.Column("news_at", MOMENT, nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("told_dead", sa.Boolean(), server_default=sa.false(), nullable=False),
    ):
        op.add_column("sources", column)
    partial_index("ix_sources_due_at", "sources", "due_at", "due_at IS NOT NULL")


def change_subscriptions() -> None:
    """Add the delivery settings of topics."""
    for column in (
        sa.Column("spikes", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("quiet", sa.Text(), nullable=True),
        sa.Column("at_least", sa.SmallInteger(), nullable=True),
        sa.Column("most_a_day", sa.SmallInteger(), nullable=True),
        sa.Column("breaking", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_on", sa.Text(), server_default="", nullable=False),
    ):
        op.add_column("subscriptions", column)
    is_true = "breaking = 1" if is_sqlite() else "breaking"
    choosy = f"at_least IS NOT NULL OR {is_true}"
    partial_index("ix_subscriptions_choosy", "subscriptions", "topic_id, chat_id", choosy)
    partial_index("ix_subscriptions_quiet", "subscriptions", "chat_id", "quiet IS NOT NULL")


def change_alerts() -> None:
    """Add held alerts and briefings; the account is read from the chat from now on."""
    op.drop_index("ix_alerts_unsent", "alerts")
    options = {"sqlite_autoincrement": True}
    with op.batch_alter_table("alerts", recreate=recreate_mode(), table_kwargs=options) as alerts:
        for name in ("platform", "account", "lease_until", "lease_owner"):
            alerts.drop_column(name)
        alerts.alter_column("story_id", existing_type=BIG, nullable=True)
        alerts.alter_column("item_id", existing_type=BIG, nullable=True)
        for column in (
            sa.Column("priority", sa.SmallInteger(), server_default="1", nullable=False),
            sa.Column("held_until", MOMENT, nullable=True),
            sa.Column("briefing_id", BIG, nullable=True),
            sa.Column("muted", sa.Boolean(), server_default=sa.false(), nullable=False),
        ):
            alerts.add_column(column)
        alerts.create_foreign_key(
            op.f("fk_alerts_briefing_id"), "alerts", ["briefing_id"], ["id"], ondelete="SET NULL"
        )
    op.create_index("ix_alerts_story_id_chat_id", "alerts", ["story_id", "chat_id"])
    queued = "ended_at IS NULL AND held_until IS NULL"
    held = "ended_at IS NULL AND held_until IS NOT NULL AND briefing_id IS NULL"
    partial_index("ix_alerts_waiting", "alerts", "created_at", queued)
    partial_index("ix_alerts_queue", "alerts", "chat_id, priority, id", queued)
    partial_index("ix_alerts_held", "alerts", "held_until, chat_id", held)
    partial_index("ix_alerts_held_in_chat", "alerts", "chat_id", held)
    partial_index("ix_alerts_briefing_id", "alerts", "briefing_id", "briefing_id IS NOT NULL")
    partial_index("ix_alerts_reasons", "alerts", "state, id", "reason IS NOT NULL")


def create_follow_up_tables() -> None:
    """Create the tables of follow-ups and of stories whose alerts are to be edited."""
    op.create_table(
        "follow_ups",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("story_id", BIG, nullable=False),
        sa.Column("item_id", BIG, nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("silent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_follow_ups_chat_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_follow_ups_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_follow_ups_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follow_ups")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_follow_ups_story_id", "follow_ups", ["story_id"], unique=False)
    op.create_index("ix_follow_ups_item_id", "follow_ups", ["item_id"], unique=False)
    edit = sa.text("kind = 'edit' AND ended_at IS NULL")
    reply = sa.text("kind = 'reply'")
    for name, columns, where in (
        ("uq_follow_ups_edit", ["chat_id", "story_id"], edit),
        ("uq_follow_ups_reply", ["chat_id", "item_id"], reply),
    ):
        op.create_index(
            name, "follow_ups", columns, unique=True, sqlite_where=where, postgresql_where=where
        )
    partial_index("ix_follow_ups_due_at", "follow_ups", "due_at", "ended_at IS NULL")
    op.create_table(
        "retellings",
        sa.Column("story_id", BIG, nullable=False),
        sa.Column("chat_id", BIG, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_retellings_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("story_id", name=op.f("pk_retellings")),
    )


def create_alert_tables() -> None:
    """Create the tables of briefings and spikes."""
    op.create_table(
        "briefings",
        sa.Column("alert_id", BIG, nullable=False),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("parts", sa.SmallInteger(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_briefings_alert_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert_id", name=op.f("pk_briefings")),
    )
    op.create_table(
        "spikes",
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("topic_id", BIG, nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("alert_id", BIG, nullable=False),
        sa.Column("today", sa.Integer(), nullable=False),
        sa.Column("usual", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_spikes_alert_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_spikes_chat_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_spikes_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "topic_id", "day", name=op.f("pk_spikes")),
    )
    op.create_index("ix_spikes_alert_id", "spikes", ["alert_id"], unique=True)


def create_source_tables() -> None:
    """Create the tables of host leases, WebSub subscriptions and deleted items."""
    op.create_table(
        "hosts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hosts")),
    )
    op.create_table(
        "pushes",
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name=op.f("fk_pushes_source_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_pushes")),
        sa.UniqueConstraint("token", name=op.f("uq_pushes_token")),
    )
    op.create_index("ix_pushes_due_at", "pushes", ["due_at"], unique=False)
    op.create_table(
        "forgotten",
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("forgotten_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_forgotten_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "key", name=op.f("pk_forgotten")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_forgotten_forgotten_at", "forgotten", ["forgotten_at"], unique=False)


def create_account_tables() -> None:
    """Create the tables of leases, processed updates and app installations."""
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("held_until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "updates",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("update_id", sa.Text(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("platform", "account", "update_id", name=op.f("pk_updates")),
    )
    op.create_index("ix_updates_seen_at", "updates", ["seen_at"], unique=False)
    op.create_table(
        "installations",
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("installed_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("platform", "account", name=op.f("pk_installations")),
    )


def create_text_tables() -> None:
    """Create the tables of callback texts, web pages, summaries and language model usage."""
    op.create_table(
        "kept",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kept")),
    )
    op.create_index("ix_kept_kept_at", "kept", ["kept_at"], unique=False)
    op.create_table(
        "pages",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("page", sa.JSON(), nullable=False),
        sa.Column("read_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_pages")),
    )
    op.create_index("ix_pages_read_at", "pages", ["read_at"], unique=False)
    op.create_table(
        "written",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sentences", sa.JSON(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_written")),
    )
    op.create_index("ix_written_written_at", "written", ["written_at"], unique=False)
    op.create_table(
        "spending",
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("chat_id", BIG, autoincrement=False, nullable=False),
        sa.Column("requests", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tokens", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "chat_id", name=op.f("pk_spending")),
    )


def is_sqlite() -> bool:
    """Return True if the database is SQLite."""
    return op.get_bind().dialect.name == "sqlite"


def recreate_mode() -> Literal["always", "never"]:
    """Return how to change a table: SQLite has to rebuild it with all its rows."""
    return "always" if is_sqlite() else "never"


def partial_index(name: str, table: str, columns: str, where: str) -> None:
    """Create an index of the rows that satisfy ``where``."""
    condition = sa.text(where)
    op.create_index(
        name, table, columns.split(", "), sqlite_where=condition, postgresql_where=condition
    )
