"""Set when alerts are sent: /digest, /quiet, /timezone, /limit, /atleast, /breaking.

Each answer confirms the current setting and its time zone, and offers to undo the change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import regex

from bot.conversation.cards.card import Action, Button, Card, Line, code, line, make_card, strong
from bot.conversation.cards.schedule_text import (
    BREAKING_DEFINITION,
    describe_chat_schedule,
    describe_topic_schedule,
    zone_line,
)
from bot.conversation.registry import Command, Handler
from bot.conversation.request import CommandRequest
from bot.conversation.setting_changes import (
    MAX_COUNT,
    UNSET,
    SettingChange,
    SettingChanges,
    confirmation_lines,
    parse_setting_change,
)
from bot.conversation.topics import select_subscription, subscriptions_of_chat
from bot.errors import UserError
from bot.models import Subscription
from bot.runtime.clock import Clock
from bot.scheduling.parsing import MODES, split_mode, split_quiet
from bot.scheduling.wall_clock import find_zone
from bot.scheduling.zone_names import resolve_zone
from bot.store import Database
from bot.store.chats.schedule import ChatSchedule, read_schedule

SETTING_ACTION: Final = "wish"
"""The action of all buttons of this module. Buttons in existing messages contain it."""

_MODE_CHOICES: Final = {
    "At once": "instant",
    "Hourly": "hourly",
    "Daily 08:00": "daily 08:00",
    "Mondays": "weekly Mon 08:00",
    "Off": "off",
}
_QUIET_CHOICES: Final = {
    "Hold 22-7": "22:00-07:00 hold",
    "Silent 22-7": "22:00-07:00 silent",
    "Breaking 22-7": "22:00-07:00 breaking",
    "Off": "off",
}
_DIGEST_DETAILS: Final = (
    "instant: each alert at once",
    "hourly: a digest every hour",
    "daily 08:00: a digest every day at this time",
    "weekdays 08:00: a digest from Monday to Friday",
    "weekly Mon 08:00: a digest on this day",
    "off: no alerts; /latest and /briefing show the news",
    "default: a topic follows the setting of the chat",
    "always: with a time, a digest also without news: /digest daily 08:00 always",
)
_QUIET_DETAILS: Final = (
    "silent: alerts arrive without a sound",
    "hold: alerts wait for one briefing at the end",
    "breaking: breaking stories arrive at once, all others wait",
    "off: no quiet hours",
    "default: a topic follows the setting of the chat",
)
_DEFAULT_WORDS: Final = frozenset({"default", "as chat", "as the chat"})
_ALWAYS: Final = "always"
_LIMIT: Final = regex.compile(
    r"(?:^|\s)(?:(\d{1,9})(?:\s?(?:a|per|/)\s?day)?|(off))$", regex.IGNORECASE
)
_AT_LEAST: Final = regex.compile(r"(?:^|\s)(?:(\d{1,9})(?:\s?sources?)?|(off))$", regex.IGNORECASE)
_SWITCH: Final = regex.compile(r"(?:^|\s)(on|off)$", regex.IGNORECASE)


class ScheduleCommands:
    """The commands about the delivery settings of a chat and its topics."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._changes = SettingChanges(database, clock)

    @property
    def commands(self) -> Sequence[Command]:
        """Return the commands."""
        return (
            Command(
                "digest",
                self.digest,
                "when alerts arrive",
                "[TOPIC] [daily 08:00]",
                requires_admin=True,
                read_only_without_argument=True,
                details=_DIGEST_DETAILS,
            ),
            Command(
                "quiet",
                self.quiet,
                "quiet hours",
                "[TOPIC] [22:00-07:00]",
                requires_admin=True,
                read_only_without_argument=True,
                details=_QUIET_DETAILS,
            ),
            Command(
                "timezone",
                self.zone,
                "your time zone",
                "[Europe/Kyiv]",
                ("tz",),
                requires_admin=True,
                read_only_without_argument=True,
                details=("Name a city, a country, an abbreviation (CET) or an offset (UTC+5:30).",),
            ),
            Command("limit", self.limit, "alerts per day", "TOPIC 5 a day", requires_admin=True),
            Command(
                "atleast",
                self.at_least,
                "only large stories",
                "TOPIC 3 sources",
                requires_admin=True,
            ),
            Command(
                "breaking",
                self.breaking,
                "only breaking stories",
                "TOPIC [off]",
                requires_admin=True,
            ),
        )

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {SETTING_ACTION: self.apply_button}

    async def digest(self, request: CommandRequest) -> list[Card]:
        """Show or set the delivery mode of the chat or a topic: ``/digest sanctions daily 08:00``."""
        text = request.argument
        always = text.lower() == _ALWAYS or text.lower().endswith(f" {_ALWAYS}")
        text = text[: -len(_ALWAYS)].strip() if always else text
        # “default” is removed first, because it could be the end of a topic.
        name, value = _split_default(text)
        if value is None:
            name, mode = split_mode(text)
            value = str(mode) if mode is not None else None
        hint = "" if value is not None else f"use one of {MODES}"
        topic = await self._find_topic(request, name, hint)
        if value is None:
            if always:
                raise UserError("“always” needs a time: /digest daily 08:00 always")
            return [await self._current_setting_card(request, topic, "mode", _MODE_CHOICES)]
        if always and topic is not None:
            raise UserError("“always” is for the whole chat: /digest daily 08:00 always")
        value = f"{value} {_ALWAYS}" if always else value
        return [await self._apply(request, _make_change("mode", value, topic))]

    async def quiet(self, request: CommandRequest) -> list[Card]:
        """Show or set quiet hours: ``/quiet [TOPIC] 22:00-07:00 [silent|hold|breaking]``."""
        name, value = _split_default(request.argument)
        if value is None:
            name, quiet = split_quiet(request.argument)
            value = str(quiet) if quiet is not None else None
        hint = "" if value is not None else "use /quiet 22:00-07:00, or /quiet off"
        topic = await self._find_topic(request, name, hint)
        if value is None:
            return [await self._current_setting_card(request, topic, "quiet", _QUIET_CHOICES)]
        return [await self._apply(request, _make_change("quiet", value, topic))]

    async def zone(self, request: CommandRequest) -> list[Card]:
        """Show or set the time zone of the chat: ``/timezone Europe/Kyiv``."""
        name = request.argument
        if not name:
            schedule = await self._read_schedule(request)
            return [make_card(zone_line(schedule.timing.zone, self._clock()))]
        # Names of places are read from files.
        found = await asyncio.to_thread(resolve_zone, name, self._clock())
        card = await self._apply(request, SettingChange("zone", found.zone.key))
        return [replace(card, lines=(*card.lines, line(found.note))) if found.note else card]

    async def limit(self, request: CommandRequest) -> list[Card]:
        """Limit the alerts of a topic per day: ``/limit sanctions 5 a day``."""
        return [await self._set_count(request, "limit", _LIMIT, "/limit sanctions 5 a day")]

    async def at_least(self, request: CommandRequest) -> list[Card]:
        """Set the minimum number of sources of a story: ``/atleast sanctions 3 sources``."""
        example = "/atleast sanctions 3 sources"
        return [await self._set_count(request, "atleast", _AT_LEAST, example)]

    async def breaking(self, request: CommandRequest) -> list[Card]:
        """Alert only on breaking stories: ``/breaking sanctions``, ``/breaking sanctions off``."""
        match = _SWITCH.search(request.argument)
        name = request.argument[: match.start()].strip() if match else request.argument
        is_on = match is None or match[1].lower() == "on"
        if not name:
            example = code("/breaking sanctions")
            return [
                make_card(
                    line(
                        "For which topic? ",
                        example,
                        f" alerts you only about {BREAKING_DEFINITION}.",
                    )
                )
            ]
        topic = await self._find_topic(request, name)
        change = _make_change("breaking", "on" if is_on else UNSET, topic)
        return [await self._apply(request, change)]

    async def apply_button(self, request: CommandRequest) -> list[Card]:
        """Apply the setting change of a button."""
        return [await self._apply(request, parse_setting_change(request.argument))]

    # ── internal ────────────────────────────────────────────────────────────────────────────────────

    async def _set_count(
        self, request: CommandRequest, field: str, pattern: regex.Pattern[str], example: str
    ) -> Card:
        match = pattern.search(request.argument)
        name = request.argument[: match.start()].strip() if match else ""
        if match is None or not name:
            return make_card(line("For which topic, and how many? ", code(example)))
        topic = await self._find_topic(request, name)
        count = match[1]
        if count and not 1 <= int(count) <= MAX_COUNT:
            raise UserError(f"“{count}” is out of range; use 1 to {MAX_COUNT:,}")
        # Every story has at least one source.
        is_unset = not count or (field == "atleast" and int(count) == 1)
        return await self._apply(request, _make_change(field, UNSET if is_unset else count, topic))

    async def _find_topic(
        self, request: CommandRequest, name: str, hint: str = ""
    ) -> Subscription | None:
        """Return the named topic, or ``None`` for the chat.

        An unknown name may be an invalid setting: the error then ends with the ``hint``.
        """
        if not name:
            return None
        _, subscriptions = await subscriptions_of_chat(self._database, request)
        try:
            return select_subscription(subscriptions, name)
        except UserError as error:
            raise UserError(f"{error}; or {hint}" if hint else str(error)) from None

    async def _apply(self, request: CommandRequest, change: SettingChange) -> Card:
        # First, so that the confirmation shows the local time of the user.
        await self._set_zone_of_user(request, change)
        applied = await self._changes.apply(request, change)
        # The undo contains the previous value, because the setting may change again before the press.
        undo = Button("Undo", Action(SETTING_ACTION, str(applied.undo)))
        return make_card(*confirmation_lines(applied), buttons=(undo,), announce_to_chat=True)

    async def _set_zone_of_user(self, request: CommandRequest, change: SettingChange) -> None:
        """Give a chat without a time zone the zone of the user who first sets a time."""
        zone = find_zone(request.zone) if change.field in {"mode", "quiet"} else None
        if zone is not None and not (await self._read_schedule(request)).timing.zone:
            await self._changes.apply(request, SettingChange("zone", zone.key))

    async def _read_schedule(self, request: CommandRequest) -> ChatSchedule:
        chat_id, _ = await subscriptions_of_chat(self._database, request)
        if not chat_id:
            return ChatSchedule()
        async with self._database.reading() as connection:
            return await read_schedule(connection, chat_id)

    async def _current_setting_card(
        self,
        request: CommandRequest,
        topic: Subscription | None,
        field: str,
        choices: Mapping[str, str],
    ) -> Card:
        """Show the current settings of the chat or topic, with a button for each choice."""
        schedule = await self._read_schedule(request)
        now = self._clock()
        topic_id = topic.topic_id if topic else 0
        options = dict(choices) if topic is None else {**choices, "As the chat": UNSET}
        buttons = tuple(
            Button(label, Action(SETTING_ACTION, str(SettingChange(field, value, topic_id))))
            for label, value in options.items()
        )
        if topic is not None:
            settings = describe_topic_schedule(topic.schedule) or ["as the chat"]
            lines = [line(strong(topic.label), f": {', '.join(settings)}.")]
        else:
            settings = describe_chat_schedule(schedule, now) or ["all at once, no quiet hours"]
            _, subscriptions = await subscriptions_of_chat(self._database, request)
            lines = [line(strong("This chat"), f": {', '.join(settings)}.")]
            lines += _topic_setting_lines(subscriptions)
        lines.append(zone_line(schedule.timing.zone, now))
        return make_card(*lines, buttons=buttons)


def _make_change(field: str, text: str, topic: Subscription | None) -> SettingChange:
    return SettingChange(field, text, topic.topic_id if topic else 0)


def _topic_setting_lines(subscriptions: Sequence[Subscription]) -> list[Line]:
    """Return a line for each topic with settings of its own."""
    lines = []
    for subscription in subscriptions:
        settings = describe_topic_schedule(subscription.schedule)
        if settings:
            lines.append(line("• ", strong(subscription.label), f": {', '.join(settings)}"))
    return lines


def _split_default(text: str) -> tuple[str, str | None]:
    """Split "sanctions default" into the topic and the text of an unset setting."""
    folded = text.lower()
    for words in _DEFAULT_WORDS:
        if folded.endswith(f" {words}"):
            return text[: -len(words)].strip(), UNSET
    return text, None
