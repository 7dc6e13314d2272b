"""Create the command classes and collect their commands and buttons.

Each class has up to three properties: ``commands`` (what users type), ``changes`` (buttons that require
the permission to change settings) and ``actions`` (buttons for everyone).
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.conversation.commands.admin import AdminCommands, HealthCommands
from bot.conversation.commands.alias import AliasCommands
from bot.conversation.commands.announce import AnnounceCommands
from bot.conversation.commands.briefing import BriefingCommands
from bot.conversation.commands.data import DataCommands
from bot.conversation.commands.feeds import FeedCommands
from bot.conversation.commands.latest import LatestCommands
from bot.conversation.commands.less_like_this import LessLikeThisCommands
from bot.conversation.commands.mute import MuteCommands
from bot.conversation.commands.pause import PauseCommands
from bot.conversation.commands.schedule import ScheduleCommands
from bot.conversation.commands.search import SearchCommands
from bot.conversation.commands.share import ShareCommands
from bot.conversation.commands.spike import SpikeCommands
from bot.conversation.commands.start import StartCommands
from bot.conversation.commands.status import StatusCommands
from bot.conversation.commands.stories import StoryCommands
from bot.conversation.commands.subscriptions import SubscriptionCommands
from bot.conversation.commands.summary import SummaryCommands
from bot.conversation.commands.topic_summary import TopicSummary
from bot.conversation.commands.trend import TrendCommands
from bot.conversation.item_search import ItemSearch
from bot.conversation.limits import Workload
from bot.conversation.registry import Command, Handler
from bot.ingest.feed_service import FeedService
from bot.ingest.page_reader import PageReader
from bot.runtime.clock import Clock
from bot.store import Database
from bot.summaries.service import SummaryService


class CommandSet:
    """All commands and buttons. Those that need a missing service are left out.

    Attributes:
        commands: the commands in the order of the help.
        changes: the buttons that require the permission to change settings.
        actions: the buttons for everyone.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        workload: Workload,
        *,
        pages: PageReader | None,
        feeds: FeedService | None,
        telling: SummaryService | None,
    ) -> None:
        access = workload.access
        item_search = ItemSearch(database, clock)
        self.subscriptions = SubscriptionCommands(database, item_search, clock, workload, feeds)
        self.search = SearchCommands(database, item_search, clock)
        self.latest = LatestCommands(database, clock)
        self.share = ShareCommands(database, clock)
        self.start = StartCommands(database, item_search, access, clock, feeds, workload=workload)
        self.summary = SummaryCommands(
            database,
            clock,
            self.latest.resolve_item,
            workload=workload,
            summaries=telling,
            pages=pages,
            together=TopicSummary(database, item_search, clock),
        )
        pause = PauseCommands(database, clock)
        mute = MuteCommands(database, clock, pause)
        alias = AliasCommands(database, clock)
        stories = StoryCommands(database, clock)
        status = StatusCommands(database, clock)
        admin = AdminCommands(database, access, clock)
        health = HealthCommands(database, access, clock)
        announce = AnnounceCommands(database, access, clock)
        less_like_this = LessLikeThisCommands(
            database, item_search, self.subscriptions, self.latest.resolve_item
        )
        trend = TrendCommands(database, item_search, clock)
        spike = SpikeCommands(database)
        schedule = ScheduleCommands(database, clock)
        briefing = BriefingCommands(database, item_search, clock)
        data = DataCommands(database, access, clock, feeds, workload=workload)
        feed_commands = (
            FeedCommands(database, feeds, clock, access, workload) if feeds is not None else None
        )

        self.commands: tuple[Command, ...] = (
            *self.subscriptions.commands,
            *mute.commands,
            *self.search.commands,
            *self.latest.commands,
            *self.summary.commands,
            *stories.commands,
            *alias.commands,
            *self.share.commands,
            *admin.commands,
            *(feed_commands.commands if feed_commands else ()),
            *less_like_this.commands,
            *trend.commands,
            *schedule.commands,
            *pause.commands,
            *briefing.commands,
            *spike.commands,
            *data.commands,
            *status.commands,
            # The last command with a name wins: /sources is this one, not the alias of /feeds.
            *health.commands,
            *announce.commands,
        )
        self.changes: Mapping[str, Handler] = {
            **(feed_commands.changes if feed_commands else {}),
            **self.subscriptions.changes,
            **mute.changes,
            **stories.changes,
            **self.start.changes,
            **less_like_this.changes,
            **schedule.changes,
            **pause.changes,
            **spike.changes,
            **data.changes,
        }
        self.actions: Mapping[str, Handler] = {
            **self.search.actions,
            **self.latest.actions,
            **self.summary.actions,
            **self.share.actions,
            **trend.actions,
            **briefing.actions,
            **announce.actions,
        }
