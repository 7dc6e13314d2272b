"""The repertoire: every use case, made once and wired, and which commands and buttons lead to it.

Each use case names its own: ``commands`` (what people type), ``changes`` (buttons for those who may
change things), ``actions`` (buttons for everybody).
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.clock import Clock
from bot.conversation.access import Access
from bot.conversation.announcing import Announcing
from bot.conversation.commands import Answer, Command
from bot.conversation.excluding import Excluding
from bot.conversation.feeding import Feeding, Feeds
from bot.conversation.finder import Finder
from bot.conversation.following import Following, subscribing
from bot.conversation.muting import Muting
from bot.conversation.naming import Naming
from bot.conversation.offering import Offering
from bot.conversation.on_demand import OnDemand
from bot.conversation.operating import Operating
from bot.conversation.overseeing import Overseeing
from bot.conversation.own_data import OwnData
from bot.conversation.pages import Pages
from bot.conversation.pausing import Pausing
from bot.conversation.reading import Reading
from bot.conversation.rhythms import Rhythms
from bot.conversation.searching import Searching
from bot.conversation.sharing import Sharing
from bot.conversation.spiking import Spiking
from bot.conversation.starting import Starting
from bot.conversation.status import Status
from bot.conversation.stories import StoriesInChat
from bot.conversation.summarising import Summarising
from bot.conversation.together import Together
from bot.conversation.trending import Trending
from bot.store import Database
from bot.summaries.telling import Telling


class Repertoire:
    """All that the bot can do for a chat. What is not given is not offered: see `Conversation`.

    Attributes:
        commands: in the order of the help.
        changes: what the buttons do that only those press who may change things.
        actions: what all other buttons do.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        access: Access,
        *,
        pages: Pages | None,
        watch: Answer | None,
        feeds: Feeds | None,
        telling: Telling | None,
    ) -> None:
        finder = Finder(database, clock)
        self.following = following = Following(database, finder, clock)
        self.searching = searching = Searching(database, finder, clock)
        self.reading = reading = Reading(database, clock)
        self.sharing = sharing = Sharing(database, clock)
        self.summarising = summarising = Summarising(
            database,
            clock,
            reading.named,
            telling=telling,
            pages=pages,
            together=Together(database, finder, clock),
        )
        self.starting = starting = Starting(database, finder, access, clock, feeds)
        muting, naming = Muting(database, clock), Naming(database, clock)
        stories, status = StoriesInChat(database, clock), Status(database, clock)
        operating = Operating(database, access, clock)
        overseeing = Overseeing(database, access, clock)
        announcing = Announcing(database, access, clock)
        excluding = Excluding(database, finder, following, reading.named)
        trending, spiking = Trending(database, finder, clock), Spiking(database)
        rhythms, pausing = Rhythms(database, clock), Pausing(database, clock)
        on_demand = OnDemand(database, finder, clock)
        own_data = OwnData(database, access, clock, feeds)
        feeding = Feeding(feeds, clock, access, following.subscribe) if feeds else None
        if feeding is not None:
            watch = feeding.follow
        self.offering = Offering(reads=pages is not None, watch=watch)

        self.commands: tuple[Command, ...] = (
            subscribing(feeding.subscribe if feeding else following.subscribe),
            *following.commands,
            *muting.commands,
            *searching.commands,
            *reading.commands,
            *summarising.commands,
            *stories.commands,
            *naming.commands,
            *sharing.commands,
            *operating.commands,
            *(feeding.commands if feeding else ()),
            *excluding.commands,
            *trending.commands,
            *rhythms.commands,
            *pausing.commands,
            *on_demand.commands,
            *spiking.commands,
            *own_data.commands,
            *status.commands,
            *overseeing.commands,
            *announcing.commands,
        )
        self.changes: Mapping[str, Answer] = {
            **({"watch": watch} if watch is not None else {}),
            **(feeding.changes if feeding else {}),
            **following.changes,
            **muting.changes,
            **stories.changes,
            **starting.changes,
            **excluding.changes,
            **rhythms.changes,
            **pausing.changes,
            **spiking.changes,
            **own_data.changes,
        }
        self.actions: Mapping[str, Answer] = {
            **searching.actions,
            **reading.actions,
            **summarising.actions,
            **sharing.actions,
            **trending.actions,
            **on_demand.actions,
            **announcing.actions,
        }
