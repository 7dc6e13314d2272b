"""The first schema: sources, items, topics, chats, subscriptions and the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make every table, and the word index: FTS5 on SQLite, a tsvector on PostgreSQL."""
    make_tables()
    # The row is there from the start, so that it can be held.
    op.execute("INSERT INTO marks (name, value) VALUES ('topics', 0), ('stories', 0)")
    if op.get_bind().dialect.name == "sqlite":
        # The terms are ours: no splitting at letters beyond ASCII, no stemming, no places.
        op.execute(
            "CREATE VIRTUAL TABLE item_terms USING fts5"
            "(terms, tokenize = 'ascii', detail = 'none', prefix = '4')"
        )
    else:
        op.execute(
            "CREATE TABLE item_terms (item_id bigint PRIMARY KEY REFERENCES items (id)"
            " ON DELETE CASCADE, terms tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX ix_item_terms_terms ON item_terms USING gin (terms)")


def make_tables() -> None:
    """What is the same on both."""
    op.create_table(
        "chats",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("chat", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("suspended_at", MOMENT, nullable=True),
        sa.Column("suspended_because", sa.Text(), nullable=True),
        sa.Column("last_number", sa.Integer(), server_default="0", nullable=False),
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
        sa.Column("due_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chats")),
        sa.UniqueConstraint(
            "platform",
            "account",
            "chat",
            "thread",
            name=op.f("uq_chats_platform_account_chat_thread"),
        ),
        sqlite_autoincrement=True,
    )
    partial_index("ix_chats_due", "chats", "platform, account, due_at, id", "due_at IS NOT NULL")
    partial_index("ix_chats_digest_at", "chats", "digest_at", "digest_at IS NOT NULL")
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    op.create_table(
        "sources",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("baseline_at", MOMENT, nullable=True),
        sa.Column("polled_at", MOMENT, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
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
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("kind", "address", name=op.f("uq_sources_kind_address")),
    )
    partial_index("ix_sources_due_at", "sources", "due_at", "due_at IS NOT NULL")
    op.create_table(
        "hosts",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_hosts")),
    )
    op.create_table(
        "stories",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stories")),
    )
    op.create_table(
        "topics",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topics")),
        sa.UniqueConstraint("query", name=op.f("uq_topics_query")),
    )
    op.create_index(op.f("ix_topics_revision"), "topics", ["revision"], unique=False)
    op.create_table(
        "cursors",
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_cursors_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source_id", "name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "items",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("source_id", BIG, nullable=False),
        sa.Column("story_id", BIG, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("published", MOMENT, nullable=True),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("author", sa.Text(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_items_source_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_items_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_items")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_items_source_id_key")),
    )
    op.create_index("ix_items_found_at", "items", ["found_at"], unique=False)
    op.create_index("ix_items_story_id", "items", ["story_id"], unique=False)
    op.create_table(
        "aliases",
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("meaning", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_aliases_chat_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "name", name=op.f("pk_aliases")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("topic_id", BIG, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Text(), server_default="", nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("muted_until", MOMENT, nullable=True),
        sa.Column("spikes", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("quiet", sa.Text(), nullable=True),
        sa.Column("at_least", sa.SmallInteger(), nullable=True),
        sa.Column("most_a_day", sa.SmallInteger(), nullable=True),
        sa.Column("breaking", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told", sa.Integer(), server_default="0", nullable=False),
        sa.Column("told_on", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_subscriptions_chat_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_subscriptions_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
        sa.UniqueConstraint("chat_id", "topic_id", name=op.f("uq_subscriptions_chat_id_topic_id")),
    )
    op.create_index(
        "ix_subscriptions_topic_id_chat_id", "subscriptions", ["topic_id", "chat_id"], unique=False
    )
    is_true = "breaking" if op.get_bind().dialect.name == "postgresql" else "breaking = 1"
    choosy = f"at_least IS NOT NULL OR {is_true}"
    partial_index("ix_subscriptions_choosy", "subscriptions", "topic_id, chat_id", choosy)
    partial_index("ix_subscriptions_quiet", "subscriptions", "chat_id", "quiet IS NOT NULL")
    op.create_table(
        "alerts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("story_id", BIG, nullable=True),
        sa.Column("item_id", BIG, nullable=True),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("priority", sa.SmallInteger(), server_default="1", nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("held_until", MOMENT, nullable=True),
        sa.Column("briefing_id", BIG, nullable=True),
        sa.Column("muted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["briefing_id"], ["alerts.id"], name=op.f("fk_alerts_briefing_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_alerts_chat_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_alerts_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["story_id"], ["stories.id"], name=op.f("fk_alerts_story_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alerts")),
        sa.UniqueConstraint("chat_id", "story_id", name=op.f("uq_alerts_chat_id_story_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_alerts_item_id", "alerts", ["item_id"], unique=False)
    queued = "ended_at IS NULL AND held_until IS NULL"
    held = "ended_at IS NULL AND held_until IS NOT NULL AND briefing_id IS NULL"
    partial_index("ix_alerts_waiting", "alerts", "created_at", queued)
    partial_index("ix_alerts_queue", "alerts", "chat_id, priority, id", queued)
    partial_index("ix_alerts_held", "alerts", "held_until, chat_id", held)
    partial_index("ix_alerts_held_in_chat", "alerts", "chat_id", held)
    partial_index("ix_alerts_briefing_id", "alerts", "briefing_id", "briefing_id IS NOT NULL")
    partial_index("ix_alerts_reasons", "alerts", "state, id", "reason IS NOT NULL")
    make_follow_ups()
    op.create_table(
        "fanouts",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("chat_id", BIG, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_fanouts_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fanouts")),
    )
    op.create_table(
        "matches",
        sa.Column("item_id", BIG, nullable=False),
        sa.Column("topic_id", BIG, nullable=False),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_matches_item_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_matches_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("item_id", "topic_id", name=op.f("pk_matches")),
    )
    op.create_index("ix_matches_topic_id_item_id", "matches", ["topic_id", "item_id"], unique=False)
    op.create_table(
        "shown",
        sa.Column("chat_id", BIG, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("item_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["chat_id"], ["chats.id"], name=op.f("fk_shown_chat_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["item_id"], ["items.id"], name=op.f("fk_shown_item_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("chat_id", "number", name=op.f("pk_shown")),
        sa.UniqueConstraint("chat_id", "item_id", name=op.f("uq_shown_chat_id_item_id")),
    )
    op.create_index("ix_shown_item_id", "shown", ["item_id"], unique=False)
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
        "alert_topics",
        sa.Column("alert_id", BIG, nullable=False),
        sa.Column("topic_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name=op.f("fk_alert_topics_alert_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topics.id"], name=op.f("fk_alert_topics_topic_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert_id", "topic_id", name=op.f("pk_alert_topics")),
    )
    op.create_index("ix_alert_topics_topic_id", "alert_topics", ["topic_id"], unique=False)
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
        "kept",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_kept")),
    )
    op.create_index("ix_kept_kept_at", "kept", ["kept_at"], unique=False)
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


def partial_index(name: str, table: str, columns: str, where: str) -> None:
    """An index of the rows that are ``where``."""
    condition = sa.text(where)
    op.create_index(
        name, table, columns.split(", "), sqlite_where=condition, postgresql_where=condition
    )
