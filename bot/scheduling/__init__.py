"""Pure rules for the time of an alert: now, silently, later in a briefing, or never.

Not here: I/O, storage and texts.

    settings of a chat and a topic ──► Rules ──┐
    facts about the story ──► StoryFacts ──────┼──► decide ──► send, send silently, hold, or drop
    current time ──────────────────────────────┘

Times are wall-clock times of an IANA time zone. Digests and quiet hours follow it through every
change of daylight saving time.
"""
