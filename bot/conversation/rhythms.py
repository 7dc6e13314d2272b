"""When a chat is told, as commands: /digest, /quiet, /timezone, /limit, /atleast, /breaking.

Each says back in words what holds now, on whose clock, and offers to undo it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import regex

from bot.clock import Clock
from bot.conversation.card import Action, Button, Card, Line, code, line, say, strong
from bot.conversation.commands import Answer, Command
from bot.conversation.followed import followed_by, pick
from bot.conversation.request import Request
from bot.conversation.timing_words import (
    BREAKS,
    chat_words,
    topic_words,
    zone_line,
)
from bot.conversation.wish_echo import echo
from bot.conversation.wishes import MOST, NONE, Wish, Wishes, read_wish
from bot.errors import MisuseError
from bot.model import Subscription
from bot.store import Database
from bot.store.timing import Habits, read_habits
from bot.timing.spoken import MODES, split_mode, split_quiet
from bot.timing.zones import zone_named, zones_like

VERB: Final = "wish"
"""What the buttons do."""

_MODES: Final = {
    "At once": "instant",
    "Hourly": "hourly",
    "Daily 08:00": "daily 08:00",
    "Mondays": "weekly Mon 08:00",
    "Off": "off",
}
_NIGHT: Final = {
    "Hold 22-7": "22:00-07:00 hold",
    "Silent 22-7": "22:00-07:00 silent",
    "Breaking 22-7": "22:00-07:00 breaking",
    "Off": "off",
}
_DEFAULTS: Final = frozenset({"default", "as chat", "as the chat"})
_LIMIT: Final = regex.compile(
    r"(?:^|\s)(?:(\d{1,9})(?:\s?(?:a|per|/)\s?day)?|(off))$", regex.IGNORECASE
)
_AT_LEAST: Final = regex.compile(r"(?:^|\s)(?:(\d{1,9})(?:\s?sources?)?|(off))$", regex.IGNORECASE)
_SWITCH: Final = regex.compile(r"(?:^|\s)(on|off)$", regex.IGNORECASE)
_OFFSET: Final = regex.compile(r"(?:utc|gmt)?\s?[+-]\s?\d.*", regex.IGNORECASE)


class Rhythms:
    """The use cases around when a chat is told."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._wishes = Wishes(database, clock)

    @property
    def commands(self) -> Sequence[Command]:
        """What people type."""
        digest = "[TOPIC] [daily 08:00]"
        return (
            Command("digest", self.digest, "how often it comes", digest, changes=True, lists=True),
            Command(
                "quiet",
                self.quiet,
                "quiet hours",
                "[TOPIC] [22:00-07:00]",
                changes=True,
                lists=True,
            ),
            Command(
                "timezone",
                self.zone,
                "your clock",
                "[Europe/Kyiv]",
                ("tz",),
                changes=True,
                lists=True,
            ),
            Command("limit", self.limit, "alerts in a day", "TOPIC 5 a day", changes=True),
            Command("atleast", self.at_least, "only big stories", "TOPIC 3 sources", changes=True),
            Command("breaking", self.breaking, "only what breaks", "TOPIC [off]", changes=True),
        )

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What buttons do."""
        return {VERB: self.wish}

    async def digest(self, request: Request) -> list[Card]:
        """How often the chat, or a topic, is told: ``/digest sanctions weekly Mon 08:00``."""
        text = request.argument
        always = text.lower() == "always" or text.lower().endswith(" always")
        text = text[: -len("always")].strip() if always else text
        head, value = _as_chat(text)
        if value is None:
            head, mode = split_mode(text)
            value = str(mode) if mode is not None else None
        topic = await self._topic(request, head, f"say how often: {MODES}", value is not None)
        if value is None:
            if always:
                raise MisuseError("always when? Say /digest daily 08:00 always")
            return [await self._now(request, topic, "mode", _MODES)]
        if always and topic is not None:
            raise MisuseError("“always” is for the whole chat: /digest daily 08:00 always")
        value = f"{value} always" if always else value
        return [await self._grant(request, _wish("mode", value, topic))]

    async def quiet(self, request: Request) -> list[Card]:
        """When it is quiet, in the chat or for a topic: ``/quiet 22:00-07:00 [silent|hold|breaking]``."""
        head, value = _as_chat(request.argument)
        if value is None:
            head, quiet = split_quiet(request.argument)
            value = str(quiet) if quiet is not None else None
        hint = "say the hours as /quiet 22:00-07:00, or /quiet off"
        topic = await self._topic(request, head, hint, value is not None)
        if value is None:
            return [await self._now(request, topic, "quiet", _NIGHT)]
        return [await self._grant(request, _wish("quiet", value, topic))]

    async def zone(self, request: Request) -> list[Card]:
        """Whose clock the chat goes by: ``/timezone Europe/Kyiv``."""
        name = request.argument
        if not name:
            habits = await self._habits(request)
            return [say(zone_line(habits.timing.zone, self._clock()))]
        zone = zone_named(name)
        if zone is None:
            raise MisuseError(_no_zone(name))
        return [await self._grant(request, Wish("zone", zone.key))]

    async def limit(self, request: Request) -> list[Card]:
        """At most so many alerts of a topic in a day: ``/limit sanctions 5 a day``."""
        return [await self._count(request, "limit", _LIMIT, "/limit sanctions 5 a day")]

    async def at_least(self, request: Request) -> list[Card]:
        """Only stories that so many sources tell: ``/atleast sanctions 3 sources``."""
        return [await self._count(request, "atleast", _AT_LEAST, "/atleast sanctions 3 sources")]

    async def breaking(self, request: Request) -> list[Card]:
        """Only stories that grow fast: ``/breaking sanctions``, ``/breaking sanctions off``."""
        found = _SWITCH.search(request.argument)
        head = request.argument[: found.start()].strip() if found else request.argument
        on = found is None or found[1].lower() == "on"
        if not head:
            return [say(line("Of which topic? ", code("/breaking sanctions"), f" tells {BREAKS}."))]
        topic = await self._topic(request, head, "", False)
        return [await self._grant(request, _wish("breaking", "on" if on else NONE, topic))]

    async def wish(self, request: Request) -> list[Card]:
        """A button: a choice, or what undoes one."""
        return [await self._grant(request, read_wish(request.argument))]

    # ── inside ────────────────────────────────────────────────────────────────────────────────────

    async def _count(
        self, request: Request, field: str, form: regex.Pattern[str], example: str
    ) -> Card:
        found = form.search(request.argument)
        head = request.argument[: found.start()].strip() if found else ""
        if found is None or not head:
            return say(line("Of which topic, and how many? ", code(example)))
        topic = await self._topic(request, head, "", False)
        if found[1] and not 1 <= int(found[1]) <= MOST:
            raise MisuseError(f"“{found[1]}” is out of range; from 1 to {MOST:,} is fine")
        is_none = not found[1] or (field == "atleast" and int(found[1]) == 1)  # every story has one
        return await self._grant(request, _wish(field, NONE if is_none else found[1], topic))

    async def _topic(
        self, request: Request, name: str, hint: str, said: bool
    ) -> Subscription | None:
        """The topic that is meant; ``None``: the chat. What is none may be a wrong setting: ``hint``."""
        if not name:
            return None
        _, followed = await followed_by(self._database, request)
        try:
            return pick(followed, name)
        except MisuseError as error:
            raise MisuseError(f"{error}; or {hint}" if hint and not said else str(error)) from None

    async def _grant(self, request: Request, wish: Wish) -> Card:
        await self._take_zone(request, wish)
        granted = await self._wishes.grant(request, wish)
        undo = Button("Undo", Action(VERB, str(granted.before)))
        return say(*echo(granted), buttons=(undo,), changed=True)

    async def _take_zone(self, request: Request, wish: Wish) -> None:
        """A chat that has named no clock goes by that of the person who first sets a time, if known."""
        zone = zone_named(request.zone) if wish.field in {"mode", "quiet"} else None
        if zone is not None and not (await self._habits(request)).timing.zone:
            await self._wishes.grant(request, Wish("zone", zone.key))

    async def _habits(self, request: Request) -> Habits:
        chat_id, _ = await followed_by(self._database, request)
        if not chat_id:
            return Habits()
        async with self._database.reading() as connection:
            return await read_habits(connection, chat_id)

    async def _now(
        self, request: Request, topic: Subscription | None, field: str, choices: Mapping[str, str]
    ) -> Card:
        """What holds now, and what else could."""
        habits = await self._habits(request)
        said = topic_words(topic.timing) if topic else chat_words(habits, self._clock())
        who = strong(topic.label) if topic else strong("This chat")
        default = "as the chat" if topic else "all at once, never quiet"
        topic_id = topic.topic_id if topic else 0
        buttons = [
            Button(label, Action(VERB, str(Wish(field, value, topic_id))))
            for label, value in choices.items()
        ]
        if topic is not None:
            buttons.append(Button("As the chat", Action(VERB, str(Wish(field, NONE, topic_id)))))
        lines = [line(who, f": {', '.join(said) or default}.")]
        if topic is None:
            _, followed = await followed_by(self._database, request)
            lines += _own_lines(followed)
        lines.append(zone_line(habits.timing.zone, self._clock()))
        return say(*lines, buttons=tuple(buttons))


def _wish(field: str, text: str, topic: Subscription | None) -> Wish:
    return Wish(field, text, topic.topic_id if topic else 0)


def _own_lines(followed: Sequence[Subscription]) -> list[Line]:
    """The topics for which something else is set than for their chat."""
    own = [(one.label, topic_words(one.timing)) for one in followed]
    return [line("• ", strong(label), f": {', '.join(words)}") for label, words in own if words]


def _as_chat(text: str) -> tuple[str, str | None]:
    """`sanctions default` to its topic, which is told as the chat is from then on."""
    folded = text.lower()
    for words in _DEFAULTS:
        if folded.endswith(f" {words}"):
            return text[: -len(words)].strip(), NONE
    return text, None


def _no_zone(name: str) -> str:
    if _OFFSET.fullmatch(name):
        return (
            f"“{name}” says no place, and places change their clocks: name one, as Europe/Kyiv or"
            " New York"
        )
    like = zones_like(name)
    hint = f"did you mean {', '.join(like)}?" if like else "say it as Europe/Kyiv, or name its city"
    return f"“{name}” is no time zone; {hint}"
