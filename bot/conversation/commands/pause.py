"""Pause a chat, resume it, and mute single stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    code,
    full_stop,
    line,
    make_card,
    strong,
)
from bot.conversation.durations import (
    briefing_period,
    duration_argument,
    format_period,
    is_duration,
)
from bot.conversation.periods import MOMENT_FORMS, split_until, zone_of_request
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.topics import parse_item_number
from bot.errors import UserError
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.chats.chats import find_chat, get_or_create_chat
from bot.store.chats.item_numbers import last_number
from bot.store.chats.schedule import read_schedule
from bot.store.outbox.pause import INDEFINITELY, mute_story, pause_chat, resume_chat_alerts

_INDEFINITE_WORDS: Final = ("forever", "indefinitely")


class PauseCommands:
    """The commands that stop all alerts of a chat, or the follow-ups of a story."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    @property
    def commands(self) -> Sequence[Command]:
        """Return the commands."""
        return (
            Command(
                "pause",
                self.pause,
                "stop all alerts",
                "[2d]",
                requires_admin=True,
                details=(f"How long: {MOMENT_FORMS}.",),
            ),
            Command("resume", self.resume, "alerts on again", requires_admin=True),
        )

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {
            "pause": self.pause,
            "resume": self.resume,
            "mute_story": self.mute_story,
            "unmute_story": self.unmute_story,
        }

    async def pause(self, request: CommandRequest) -> list[Card]:
        """Stop all alerts of the chat, until `/resume` or for a while: ``/pause 2d``."""
        now = self._clock()
        zone = await zone_of_request(self._database, request)
        # "in" and "until" may be left out: /pause 2h, /pause Monday.
        text = _until_option(request.argument)
        rest, end, period = await split_until(text, now, zone)
        if text and text.lower() not in _INDEFINITE_WORDS and (end is None or rest):
            raise UserError(f"“{request.argument}” is not a time; use {MOMENT_FORMS}")
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=now)
            await pause_chat(connection, chat_id, until=end or INDEFINITELY, now=now)
        return [
            make_card(
                line(f"No alerts here {period or 'until /resume'}."),
                line(code("/latest"), " and ", code("/briefing"), " show the news meanwhile."),
                buttons=(Button("Undo", Action("resume")),),
                announce_to_chat=True,
            )
        ]

    async def resume(self, request: CommandRequest) -> list[Card]:
        """Turn alerts on again, and offer a briefing instead of sending all held alerts."""
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=now)
            schedule = await read_schedule(connection, chat_id)
            # Two members may press "Resume" at the same time.
            if not schedule.is_paused(now):
                return [make_card("Alerts are already on.")]
            await resume_chat_alerts(connection, chat_id, now=now)
        period = briefing_period(schedule.paused_at or now, now)
        return [
            make_card(
                "Alerts are on again.",
                buttons=(
                    Button(
                        format_period(period).capitalize(),
                        Action("briefing", duration_argument(period)),
                    ),
                    Button("Pause again", Action("pause")),
                ),
                announce_to_chat=True,
            )
        ]

    async def mute_story(self, request: CommandRequest) -> list[Card]:
        """Send nothing more about a story: ``/mute story 3``, or as a reply to its alert."""
        number, title = await self._set_story_muted(request, muted=True)
        return [
            make_card(
                line("You get nothing more about ", strong(title), full_stop(title)),
                buttons=(Button("Undo", Action("unmute_story", str(number))),),
                announce_to_chat=True,
            )
        ]

    async def unmute_story(self, request: CommandRequest) -> list[Card]:
        """Undo `mute_story`."""
        number, title = await self._set_story_muted(request, muted=False)
        return [
            make_card(
                line("You get news about ", strong(title), " again."),
                buttons=(Button("Mute again", Action("mute_story", str(number))),),
                announce_to_chat=True,
            )
        ]

    async def _set_story_muted(self, request: CommandRequest, *, muted: bool) -> tuple[int, str]:
        """Mute or unmute the story of an item; return the number of the item and the title."""
        typed = request.argument.removeprefix("#").strip() or request.item
        number = parse_item_number(typed) if typed else None
        if typed and number is None:
            raise UserError(f"“{typed}” is not the number of a story; use /mute story 3")
        now = self._clock()
        async with self._database.writing() as connection:
            chat_id = await find_chat(connection, request.ref)
            if chat_id is None:
                raise UserError("no stories yet; follow a topic first: /subscribe sanctions")
            if number is None:
                number = await last_number(connection, chat_id)
            title = (
                await mute_story(connection, chat_id, number, muted=muted, now=now)
                if number is not None
                else None
            )
        if title is None or number is None:
            story = f"no. {typed}" if typed else "to mute"
            raise UserError(f"unknown story {story}; /latest lists items with their numbers")
        return number, title


def _until_option(argument: str) -> str:
    """Return the argument with "until" before it, if it is neither a duration nor has such a word."""
    first_word = argument.partition(" ")[0].lower()
    is_complete = (
        not argument
        or argument.lower() in _INDEFINITE_WORDS
        or is_duration(argument)
        or first_word in ("for", "until", "till", "bis", "hasta", "até", "до")
    )
    return argument if is_complete else f"until {argument}"
