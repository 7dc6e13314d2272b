"""The tables, and what each is for.

    sources ──< cursors                what is watched, and how far it was read
    hosts                              who may ask which host of feeds now
    sources ──1 pushes                 which hub tells of a feed's news, and until when
    sources ──< items >── stories      what was found
    sources ──< thin_items             items that say too little, until the page of their article is read
    sources ──< forgotten              items that are gone, and no news if they come again
    topics  ──< matches >── items      which item is about which topic, and where it says so
    chats   ──< subscriptions >── topics
    items   ──< fanouts                matched, and not yet handed to every subscriber
    chats   ──< aliases                a chat's own words for topics
    chats   ──< shown >── items        the number an item goes by in a chat
    chats   ──< alerts >── stories     the outbox: one alert per chat and story
    alerts  ──< alert_topics >── topics
    chats   ──< follow_ups >── stories what is said after the alert: an edit, a reply
    stories ──< retellings             stories whose alerts are to be edited
    alerts  ──< alerts, briefings      a message that stands for several alerts, and which part of it
    alerts  ──1 announced >── announcements   what those who run the bot say to many chats
    chats   ──< spikes >── topics      a day on which a topic was far above its usual, and its alert
    marks                              named counters, such as the topics' revision
    leases                             what one process at a time may do: send for an account
    updates                            what came in, so that it is answered once
    installations                      where others have installed the app, their tokens sealed
    kept                               long texts that a button or a link stands for
    pages                              web pages that were read on request, for a while
    written                            what a language model wrote of an article
    spending                           what a language model was asked for, by day

Times are UTC. What changes here is a new revision beside it (migrations/versions).
"""

from bot.store.tables.alert_tables import (
    EXPIRED,
    FAILED,
    HELD,
    IS_HELD,
    IS_QUEUED,
    QUEUED,
    SENT,
    UNKNOWN,
    alert_topics,
    alerts,
    briefings,
    fanouts,
    spikes,
)
from bot.store.tables.announcement_tables import (
    EVERYBODY,
    FOLLOWERS,
    OPERATORS,
    announced,
    announcements,
)
from bot.store.tables.chat_tables import AGAIN, EDIT, REPLY, aliases, chats, shown
from bot.store.tables.columns import Moment, metadata
from bot.store.tables.follow_up_tables import IS_EDIT, IS_REPLY, follow_ups, retellings
from bot.store.tables.installation_tables import installations
from bot.store.tables.item_tables import forgotten, items, stories, thin_items
from bot.store.tables.process_tables import leases, marks, updates
from bot.store.tables.source_tables import (
    ACTIVE,
    DEAD,
    ENDED,
    PAUSED,
    REMOVED,
    cursors,
    hosts,
    pushes,
    sources,
)
from bot.store.tables.subscription_tables import IS_CHOOSY, subscriptions
from bot.store.tables.text_tables import kept, pages, spending, written
from bot.store.tables.topic_tables import matches, topics

__all__ = [
    "ACTIVE",
    "AGAIN",
    "DEAD",
    "EDIT",
    "ENDED",
    "EVERYBODY",
    "EXPIRED",
    "FAILED",
    "FOLLOWERS",
    "HELD",
    "IS_CHOOSY",
    "IS_EDIT",
    "IS_HELD",
    "IS_QUEUED",
    "IS_REPLY",
    "OPERATORS",
    "PAUSED",
    "QUEUED",
    "REMOVED",
    "REPLY",
    "SENT",
    "UNKNOWN",
    "Moment",
    "alert_topics",
    "alerts",
    "aliases",
    "announced",
    "announcements",
    "briefings",
    "chats",
    "cursors",
    "fanouts",
    "follow_ups",
    "forgotten",
    "hosts",
    "installations",
    "items",
    "kept",
    "leases",
    "marks",
    "matches",
    "metadata",
    "pages",
    "pushes",
    "retellings",
    "shown",
    "sources",
    "spending",
    "spikes",
    "stories",
    "subscriptions",
    "thin_items",
    "topics",
    "updates",
    "written",
]
