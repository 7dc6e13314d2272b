"""Silence: /pause and /resume for a chat, /mute story for one story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, code, line, say, strong
from bot.conversation.commands import Answer, Command
from bot.conversation.request import Request
from bot.conversation.times import parse_duration, say_duration, say_last
from bot.errors import MisuseError
from bot.store import Database
from bot.store.chats import ensure_chat, find_chat
from bot.store.pausing import FOREVER, mute_story, pause_chat, resume_telling
from bot.store.shown import last_number
from bot.store.timing import read_habits

_HOUR: Final = timedelta(hours=1)
_LONGEST: Final = timedelta(days=31)  # that /briefing looks back


class Pausing:
    """The use cases around silence."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> Sequence[Command]:
        """What people type."""
        return (
            Command("pause", self.pause, "no alerts at all for a while", "[2d]", changes=True),
            Command("resume", self.resume, "alerts again", changes=True),
        )

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {
            "pause": self.pause,
            "resume": self.resume,
            "mute_story": self.mute_story,
            "unmute_story": self.unmute_story,
        }

    async def pause(self, request: Request) -> list[Card]:
        """No alerts in this chat, until `/resume` or for a while: ``/pause 2d``."""
        length = parse_duration(request.argument) if request.argument else None
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=now)
            until = now + length if length else FOREVER
            await pause_chat(connection, chat_id, until=until, now=now)
        for_long = f"for {say_duration(length)}" if length else "until /resume"
        return [
            say(
                line(f"No alerts here {for_long}."),
                line("What comes meanwhile: ", code("/latest"), " and ", code("/briefing"), "."),
                buttons=(Button("Undo", Action("resume")),),
                changed=True,
            )
        ]

    async def resume(self, request: Request) -> list[Card]:
        """Alerts again; what came meanwhile is offered, not poured out."""
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=now)
            habits = await read_habits(connection, chat_id)
            if not habits.is_paused(now):
                return [say("Alerts are on already.")]
            await resume_telling(connection, chat_id, now=now)
        since = _since(habits.paused_at, now)
        return [
            say(
                "Alerts are on again.",
                buttons=(
                    Button(_sentence(since), Action("briefing", _short(since))),
                    Button("Pause again", Action("pause")),
                ),
                changed=True,
            )
        ]

    async def mute_story(self, request: Request) -> list[Card]:
        """Nothing more of one story: ``/mute story 3``, or in answer to its alert."""
        number, title = await self._story(request, muted=True)
        return [
            say(
                line("Nothing more of ", strong(title), "."),
                buttons=(Button("Undo", Action("unmute_story", str(number))),),
                changed=True,
            )
        ]

    async def unmute_story(self, request: Request) -> list[Card]:
        """Undo it."""
        number, title = await self._story(request, muted=False)
        return [
            say(
                line("What is new of ", strong(title), " is told again."),
                buttons=(Button("Mute again", Action("mute_story", str(number))),),
                changed=True,
            )
        ]

    async def _story(self, request: Request, *, muted: bool) -> tuple[int, str]:
        typed = request.argument.removeprefix("#").strip() or request.item
        if typed and (not typed.isdecimal() or len(typed) > 9):  # noqa: PLR2004
            raise MisuseError(f"“{typed}” is no number of a story; say /mute story 3")
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await find_chat(connection, request.ref)
            if chat_id is None:
                raise MisuseError(
                    "there is no story yet; follow a topic first: /subscribe sanctions"
                )
            number = int(typed) if typed else await last_number(connection, chat_id)
            title = (
                await mute_story(connection, chat_id, number, muted=muted, now=now)
                if number is not None
                else None
            )
        if title is None or number is None:
            which = f"no. {typed}" if typed else "to mute"
            raise MisuseError(f"there is no story {which}; /latest lists items with their numbers")
        return number, title


def _since(paused_at: datetime | None, now: datetime) -> timedelta:
    """How long it was, in whole hours or days."""
    length = now - paused_at if paused_at is not None else _HOUR
    unit = timedelta(days=1) if length > timedelta(days=2) else _HOUR
    return min(_LONGEST, max(unit, -(-length // unit) * unit))


def _sentence(since: timedelta) -> str:
    return say_last(since).capitalize()


def _short(length: timedelta) -> str:
    days, rest = divmod(length, timedelta(days=1))
    return f"{days}d" if days and not rest else f"{length // _HOUR}h"
