"""The limits of one chat, and the slots that chats share: one chat must not delay the others.

message ─► commands per minute ─► pages and files per hour ─► a slot for quick or for slow work ─► answer

The counts are kept in memory: a restart resets them. Operators have no limits, but share the slots.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final

from bot.conversation.registry import Access
from bot.errors import UserError
from bot.models import ChatRef
from watchers.fair_slots import FairSlots
from watchers.process_pool import SandboxPool

TOPIC_CHARACTERS: Final = 400
"""The mean length of a topic that the limit of all topics of a chat allows."""

# A quick answer takes a few transactions. More at the same time would wait for the database.
_QUICK_SLOTS: Final = 24
# A slow answer waits for the servers of others, with up to 15 MB of their responses in memory.
_SLOW_SLOTS: Final = 64
_DOCUMENT_SLOTS: Final = 8
# Each message with files keeps up to 20 MB in memory.
_FILE_SLOTS: Final = 3
# Commands and buttons that fetch pages, parse files or search the stored items.
_SLOW_NAMES: Final = frozenset(
    (
        *("summary", "sum", "read", "sum_up", "feeds", "sources", "add_feed", "watch", "import"),
        *("search", "find", "show", "preview", "test", "subscribe", "sub", "add", "edit", "exact"),
        *("pack", "trend", "briefing", "less", "less_topic", "leave_out", "put_back"),
    )
)
_MAX_TRACKED_CHATS: Final = 20_000
_MINUTE: Final = 60.0
_HOUR: Final = 3_600.0


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """The limits of one chat; ``None`` means no limit.

    Attributes:
        topics: topics that the chat follows.
        topic_characters: characters of all of its topics together.
        feeds: feeds that the chat has added.
        commands_per_minute: messages and button presses.
        pages_per_hour: pages that are fetched for the chat, and addresses searched for feeds.
        files_per_hour: files that are read for the chat.
    """

    topics: int | None = None
    topic_characters: int | None = None
    feeds: int | None = None
    commands_per_minute: int | None = None
    pages_per_hour: int | None = None
    files_per_hour: int | None = None

    def require_topics(self, count: int, characters: int) -> None:
        """Raise an error if a chat may not follow ``count`` topics of ``characters`` together.

        Raises:
            UserError: one of the limits is exceeded.
        """
        if self.topics is not None and count > self.topics:
            raise UserError(
                f"a chat can follow at most {self.topics:,} topics; /unsubscribe removes one"
            )
        if self.topic_characters is not None and characters > self.topic_characters:
            raise UserError(
                f"the topics of a chat can have at most {self.topic_characters:,} characters together;"
                " shorten or /unsubscribe one"
            )

    def require_feeds(self, count: int) -> None:
        """Raise an error if a chat may not have ``count`` feeds.

        Raises:
            UserError: the limit is exceeded.
        """
        if self.feeds is not None and count > self.feeds:
            raise UserError(f"a chat can add at most {self.feeds:,} feeds")


NO_LIMITS: Final = ChatLimits()


class _Quota:
    """Actions per chat and period: a token bucket that starts full."""

    def __init__(self, limit: int | None, period_seconds: float) -> None:
        self._limit = limit
        self._period_seconds = period_seconds
        # The time at which the bucket of a chat is full again.
        self._full_at: dict[str, float] = {}

    def try_take(self, chat: str, now: float, count: int = 1) -> float:
        """Take ``count`` actions. Return 0, or the seconds until they are available."""
        if self._limit is None:
            return 0.0
        cost = self._period_seconds / max(self._limit, 1)
        full_at = max(self._full_at.get(chat, now), now)
        excess = full_at + cost * count - now - self._period_seconds
        # The tolerance compensates for the rounding of sums.
        if excess > cost / 1_000:
            return excess
        self._full_at[chat] = full_at + cost * count
        if len(self._full_at) > _MAX_TRACKED_CHATS:
            self._full_at = {name: time for name, time in self._full_at.items() if time > now}
        return 0.0


def is_slow_work(name: str | None) -> bool:
    """Return True if a command or a button fetches, parses or searches something.

    ``None`` stands for plain text, which is searched for as a topic.
    """
    return name is None or name.lower() in _SLOW_NAMES


class TooManyCommandsError(UserError):
    """A chat sent too many commands. ``is_first``: the chat has not been informed about this yet."""

    def __init__(self, message: str, *, is_first: bool) -> None:
        super().__init__(message)
        self.is_first = is_first


class Workload:
    """The actions of all chats: counted against their limits, and admitted in turns.

    Attributes:
        access: the operators and the served users.
        limits: the limits of each chat, except for operators.
        sandbox: the worker processes for files of users; ``None``: this
            process reads them.
    """

    def __init__(
        self,
        access: Access,
        limits: ChatLimits = NO_LIMITS,
        *,
        sandbox: SandboxPool | None = None,
        timer: Callable[[], float] = monotonic,
    ) -> None:
        self.limits = limits
        self.sandbox = sandbox
        self.access = access
        self._timer = timer
        self._quick = FairSlots(_QUICK_SLOTS)
        self._slow = FairSlots(_SLOW_SLOTS, slots_per_owner=1)
        self._documents = FairSlots(_DOCUMENT_SLOTS, slots_per_owner=1)
        self._files = FairSlots(_FILE_SLOTS, slots_per_owner=1)
        self._commands = _Quota(limits.commands_per_minute, _MINUTE)
        self._pages = _Quota(limits.pages_per_hour, _HOUR)
        self._file_reads = _Quota(limits.files_per_hour, _HOUR)
        # Chats that were informed about the limit of commands since they were last below it.
        self._informed: set[str] = set()

    def limits_of(self, ref: ChatRef, user_id: str) -> ChatLimits:
        """Return the limits of a chat for a user: operators have none."""
        return NO_LIMITS if self.access.is_operator(ref, user_id) else self.limits

    def take_command(self, ref: ChatRef, user_id: str) -> None:
        """Count a command.

        Raises:
            TooManyCommandsError: there are too many.
        """
        seconds = self._take(self._commands, ref, user_id)
        if not seconds:
            self._informed.discard(ref.key)
            return
        is_first = ref.key not in self._informed
        if len(self._informed) > _MAX_TRACKED_CHATS:
            self._informed.clear()
        self._informed.add(ref.key)
        raise TooManyCommandsError(
            f"too many commands at once; try again in {_in_words(seconds)}", is_first=is_first
        )

    def take_pages(self, ref: ChatRef, user_id: str, count: int = 1) -> None:
        """Count pages that are fetched for a chat.

        Raises:
            UserError: there are too many.
        """
        seconds = self._take(self._pages, ref, user_id, count)
        if seconds:
            raise UserError(f"this chat read too many pages; try again in {_in_words(seconds)}")

    def take_files(self, ref: ChatRef, user_id: str, count: int = 1) -> None:
        """Count files that are read for a chat.

        Raises:
            UserError: there are too many.
        """
        seconds = self._take(self._file_reads, ref, user_id, count)
        if seconds:
            raise UserError(f"this chat sent too many files; try again in {_in_words(seconds)}")

    @asynccontextmanager
    async def answering(
        self, ref: ChatRef, *, is_slow: bool, has_files: bool = False
    ) -> AsyncIterator[None]:
        """Hold a slot for one answer. Slow work and files do not use the slots of quick answers."""
        slots = self._documents if has_files else self._slow if is_slow else self._quick
        async with slots.hold(ref.key):
            yield

    @asynccontextmanager
    async def file_slot(self, ref: ChatRef) -> AsyncIterator[None]:
        """Hold a slot from the download of the files of one message to its answer."""
        async with self._files.hold(ref.key):
            yield

    def _take(self, quota: _Quota, ref: ChatRef, user_id: str, count: int = 1) -> float:
        if self.access.is_operator(ref, user_id):
            return 0.0
        return quota.try_take(ref.key, self._timer(), count)


def _in_words(seconds: float) -> str:
    if seconds < _MINUTE:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / _MINUTE)} min"
