"""Table definitions of the current schema.

Not here: statements and migrations.

    sources ──< cursors                     sources and the state of their last poll
    sources ──1 websub_subscriptions        hubs that push entries of a feed
    hosts                                   leases on hosts of feeds
    sources ──< items >── stories           items and their stories
    sources ──< pending_items               items that wait for the page of their article
    sources ──< item_tombstones             deleted items that must not be alerted again
    topics  ──< matches >── items           items of a topic, with spans
    chats   ──< subscriptions >── topics    topics that a chat follows
    chats   ──< aliases                     names that a chat gives to topics
    chats   ──< chat_item_numbers >── items numbers of items in a chat
    items   ──< fanout_jobs                 matched items without alerts for all followers yet
    chats   ──< alerts >── stories          the outbox: one alert per chat and story
    alerts  ──< alert_topics >── topics     topics of an alert
    alerts  ──< alerts, briefings           messages that contain several alerts
    chats   ──< follow_ups >── stories      edits and replies after an alert
    stories ──< alert_edit_jobs             stories whose alerts must be edited
    alerts  ──1 announcement_alerts >── announcements   messages of operators to many chats
    chats   ──< spikes >── topics           days on which a topic had far more items than usual
    counters                                named counters, such as the topic revision
    leases                                  tasks that one process performs at a time
    updates                                 processed platform updates
    installations                           workspaces that installed the app, with encrypted tokens
    callback_texts                          long texts behind buttons and links
    pages                                   cached web pages
    llm_summaries, llm_usage                output of the language model, and its use per day

Times are UTC. Every change needs a new revision in `bot/store/migrations/versions`.
"""

from bot.store.tables.alert_tables import (
    ALL_CHATS_AUDIENCE,
    EXPIRED,
    FAILED,
    HELD,
    IS_EDIT,
    IS_HELD,
    IS_QUEUED,
    IS_REPLY,
    OPERATOR_AUDIENCE,
    QUEUED,
    RETURN_AUDIENCE_PREFIX,
    SENT,
    TOPIC_AUDIENCE_PREFIX,
    UNKNOWN,
    alert_edit_jobs,
    alert_topics,
    alerts,
    announcement_alerts,
    announcements,
    briefings,
    fanout_jobs,
    follow_ups,
    spikes,
)
from bot.store.tables.chat_tables import (
    FOLLOW_UP_EDIT,
    FOLLOW_UP_NEW_ALERT,
    FOLLOW_UP_REPLY,
    HAS_STORY_THRESHOLD,
    aliases,
    chat_item_numbers,
    chat_moves,
    chats,
    matches,
    subscriptions,
    topics,
)
from bot.store.tables.columns import UtcDateTime, metadata
from bot.store.tables.item_tables import item_tombstones, items, pending_items, stories
from bot.store.tables.process_tables import (
    callback_texts,
    counters,
    installations,
    leases,
    llm_summaries,
    llm_usage,
    pages,
    updates,
)
from bot.store.tables.source_tables import (
    ACTIVE,
    DEAD,
    ENDED,
    PAUSED,
    REMOVED,
    cursors,
    hosts,
    sources,
    websub_subscriptions,
)

__all__ = [
    "ACTIVE",
    "ALL_CHATS_AUDIENCE",
    "DEAD",
    "ENDED",
    "EXPIRED",
    "FAILED",
    "FOLLOW_UP_EDIT",
    "FOLLOW_UP_NEW_ALERT",
    "FOLLOW_UP_REPLY",
    "HAS_STORY_THRESHOLD",
    "HELD",
    "IS_EDIT",
    "IS_HELD",
    "IS_QUEUED",
    "IS_REPLY",
    "OPERATOR_AUDIENCE",
    "PAUSED",
    "QUEUED",
    "REMOVED",
    "RETURN_AUDIENCE_PREFIX",
    "SENT",
    "TOPIC_AUDIENCE_PREFIX",
    "UNKNOWN",
    "UtcDateTime",
    "alert_edit_jobs",
    "alert_topics",
    "alerts",
    "aliases",
    "announcement_alerts",
    "announcements",
    "briefings",
    "callback_texts",
    "chat_item_numbers",
    "chat_moves",
    "chats",
    "counters",
    "cursors",
    "fanout_jobs",
    "follow_ups",
    "hosts",
    "installations",
    "item_tombstones",
    "items",
    "leases",
    "llm_summaries",
    "llm_usage",
    "matches",
    "metadata",
    "pages",
    "pending_items",
    "sources",
    "spikes",
    "stories",
    "subscriptions",
    "topics",
    "updates",
    "websub_subscriptions",
]
