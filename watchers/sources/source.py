"""A Source, and what one look at it brings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from watchers.item import Item

Kind = Literal["folder", "feed"]


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is watched: ``address`` is a path for a folder, a URL for a feed."""

    kind: Kind
    address: str


Cursor = Mapping[str, str]
"""What is known of a source: names to values, kept by whoever drives the watcher.

A folder keeps an entry per document, a feed its etag and the like. A watcher is given the cursor
and answers with what changed in it, so that the cost is that of the change.
"""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that could not be read: ``name`` in its source, and why, in words for a person."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a feed says about itself.

    Attributes:
        title: as a person would name it.
        site: the address of the site it belongs to.
        hubs: WebSub hubs that tell of its news at once.
        topic: the address under which the hubs know it.
    """

    title: str
    site: str | None = None
    hubs: tuple[str, ...] = ()
    topic: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one look at a source brought.

    Attributes:
        items: new and changed items; keys known already are updates.
        cursor: entries to set, or with ``None`` to drop, in the same transaction as the items.
        problems: what could not be read, each told once.
        rest: names that are still to be looked at; give them to the next poll.
        wait: seconds until that next poll is worth while (0: at once).
        due: when a feed is to be looked at again; ``None`` for a folder, which gives notice itself.
        about: what a feed said about itself, where it was read anew.
        moved_to: the address that it has moved to for good.
    """

    items: tuple[Item, ...] = ()
    cursor: Mapping[str, str | None] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    rest: tuple[str, ...] = ()
    wait: float = 0.0
    due: datetime | None = None
    about: About | None = None
    moved_to: str | None = None
