"""What a wish that was granted changed, in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from bot.conversation.card import Line, Piece, line, strong
from bot.conversation.timing_words import BREAKS, said_mode, said_moment, said_quiet, zone_line
from bot.conversation.wishes import NONE, Granted
from bot.timing.modes import EVERY_MORNING, OFF
from bot.timing.verdict import ORDINARY, Facts, HoldUntil, decide, rules
from bot.timing.zones import DEFAULT


def echo(granted: Granted) -> list[Line]:
    """What holds now: for whom, when, and on whose clock."""
    return _ECHOES[granted.wish.field](granted)


def _who(granted: Granted) -> Piece:
    return strong(granted.topic.label if granted.topic else "Everything here")


def _is_unset(granted: Granted) -> bool:
    return granted.topic is not None and granted.wish.text == NONE


def _clock(granted: Granted) -> Line:
    return zone_line(granted.habits.timing.zone, granted.now)


def _zone(granted: Granted) -> list[Line]:
    zone = granted.habits.timing.zone or DEFAULT
    return [line("This chat goes by the clock of ", strong(zone), "."), _clock(granted)]


def _limit(granted: Granted) -> list[Line]:
    if _is_unset(granted):
        return [line(_who(granted), ": no limit of alerts a day.")]
    chat = granted.habits.timing.mode
    rest = said_mode(chat if chat.is_scheduled else EVERY_MORNING)
    most = f": at most {granted.wish.text} alerts a day; the rest {rest}."
    return [line(_who(granted), most), _clock(granted)]


def _at_least(granted: Granted) -> list[Line]:
    if _is_unset(granted):
        return [line(_who(granted), ": a story is told as soon as one source has it.")]
    return [line(_who(granted), f": a story is told once {granted.wish.text} sources have it.")]


def _breaking(granted: Granted) -> list[Line]:
    if _is_unset(granted):
        return [line(_who(granted), ": every story is told.")]
    return [line(_who(granted), f": only what breaks is told: {BREAKS}.")]


def _quiet(granted: Granted) -> list[Line]:
    if _is_unset(granted):
        said = f"as the chat: {said_quiet(granted.habits.timing.quiet)}"
    else:
        own = granted.topic.timing.quiet if granted.topic else None
        said = said_quiet(own or granted.habits.timing.quiet)
    return [line(_who(granted), f": {said}."), _clock(granted)]


def _mode(granted: Granted) -> list[Line]:
    chat = granted.habits.timing
    own = granted.topic.timing if granted.topic else ORDINARY
    mode = own.mode or chat.mode
    always = (
        ", even if there is nothing new" if granted.topic is None and granted.habits.always else ""
    )
    as_chat = ", as the chat" if _is_unset(granted) else ""
    if mode == OFF and granted.topic is None:
        return [line("Nothing here comes by itself; /latest and /briefing tell it.")]
    lines = [line(_who(granted), f" {said_mode(mode)}{always}{as_chat}.")]
    if not mode.is_scheduled:
        return lines
    held = replace(rules(chat, own), at_least=1, breaking=False)
    verdict = decide(held, Facts(), granted.now)
    if isinstance(verdict, HoldUntil):
        lines.append(line(f"The next one may come on {said_moment(verdict.moment, chat.zone)}."))
    return [*lines, _clock(granted)]


_ECHOES: Final[Mapping[str, Callable[[Granted], list[Line]]]] = {
    "mode": _mode,
    "quiet": _quiet,
    "zone": _zone,
    "limit": _limit,
    "atleast": _at_least,
    "breaking": _breaking,
}
