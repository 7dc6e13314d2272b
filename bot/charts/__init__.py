"""Trends of a topic: counts per day, peaks, a text line and an image.

Not here: queries of the counts (`bot.store.items`) and the command (`bot.conversation`).
"""
