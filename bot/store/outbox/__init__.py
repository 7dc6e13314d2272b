"""Statements for messages to send: alerts, digests, follow-ups, announcements, spikes.

Not here: sending (`bot.delivery`) and the pure decisions (`bot.scheduling`).
"""
