"""Feeds, stories, moments and many accounts: what came after the first schema.

Alerts that were queued stay queued: their chats become due. A claim on an alert (its lease) ends: one
sender an account needs none.
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

# A chat with something queued is due since its first alert was, or when the platform let it go on.
MAKE_CHATS_DUE = """
    UPDATE chats SET due_at = (
        SELECT CASE WHEN chats.held_until > min(alerts.created_at) THEN chats.held_until
                    ELSE min(alerts.created_at) END
        FROM alerts WHERE alerts.chat_id = chats.id AND alerts.ended_at IS NULL
    ) WHERE suspended_at IS NULL
"""


def upgrade() -> None:
    """Change what there is, and make what is new."""
    # The row is there from the start, so that it can be held.
    op.execute("INSERT INTO marks (name, value) VALUES ('stories', 0) ON CONFLICT DO NOTHING")
    change_chats()
    change_sources()
    change_subscriptions()
    change_alerts()
    make_follow_ups()
    make_what_is_of_alerts()
    make_what_is_of_sources()
    make_what_is_of_accounts()
    make_texts()


def change_chats() -> None:
    """When they are told, and when they are due."""
    op.add_column("chats", sa.Column("due_at", MOMENT, nullable=True))
    op.execute(MAKE_CHATS_DUE)
    # What was erased leaves no number to whoever comes next: SQLite writes such a table anew.
    whole = {"sqlite_autoincrement": True}
    with op.batch_alter_table("chats", recreate=anew(), table_kwargs=whole) as chats:
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
    """A source may be a feed."""
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
    """A topic may be told in its own way."""
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
    """An alert may be a briefing, or wait for one; whose it is, its chat says."""
    op.drop_index("ix_alerts_unsent", "alerts")
    whole = {"sqlite_autoincrement": True}
    with op.batch_alter_table("alerts", recreate=anew(), table_kwargs=whole) as alerts:
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


def make_follow_ups() -> None:
    """What is said after an alert."""
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


def make_what_is_of_alerts() -> None:
    """What a briefing holds, and what a spike was about."""
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


def make_what_is_of_sources() -> None:
    """Hosts of feeds, hubs that tell of their news, and what is no news any more."""
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


def make_what_is_of_accounts() -> None:
    """Who may send for an account, what came in for it, and where the app is installed."""
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


def make_texts() -> None:
    """Texts that are kept for a while, and what a language model was asked for."""
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
    """Whether this is SQLite."""
    return op.get_bind().dialect.name == "sqlite"


def anew() -> Literal["always", "never"]:
    """How a table is changed: SQLite's has to be written anew, with all its rows."""
    return "always" if is_sqlite() else "never"


def partial_index(name: str, table: str, columns: str, where: str) -> None:
    """An index of the rows that are ``where``."""
    condition = sa.text(where)
    op.create_index(
        name, table, columns.split(", "), sqlite_where=condition, postgresql_where=condition
    )
