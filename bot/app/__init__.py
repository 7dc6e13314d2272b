"""Composition root: create every component from the settings and connect them, per role.

Not here: logic of any component; no other package imports this one except `bot.cli`.
"""
