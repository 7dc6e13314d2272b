"""When an alert goes: at once, without a sound, later in a briefing, or not at all. Pure.

settings of a chat and a topic ──► Rules ─┐
what is known of the story ──► Facts ─────┼──► decide ──► SendNow, SendSilently, HoldUntil, NotTold
a moment ─────────────────────────────────┘

Clocks are those on the wall of an IANA time zone (moments.py); a daily digest and quiet hours go by
them through every change of the clocks.
"""
