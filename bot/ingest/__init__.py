"""Ingest: poll sources, match their items and commit the results in one transaction.

Not here: parsing of feeds and documents (`watchers`) and creation of alerts (`bot.jobs`).
"""
