"""Feeds of every kind: bytes in, one Feed with its entries out, and Items made of those."""

from watchers.feeds.items import entry_item
from watchers.feeds.reader import items_of, read_feed
from watchers.feeds.values import Enclosure, Entry, Feed, Hints, Words

__all__ = ["Enclosure", "Entry", "Feed", "Hints", "Words", "entry_item", "items_of", "read_feed"]
