"""The modal that says when a topic comes: how often, and its quiet hours. Pure.

a topic's settings ──► its fields ──► as they are handed in ──► wishes: what is different, and no more
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from slack_sdk.models.blocks import (
    Block,
    InputBlock,
    Option,
    PlainTextObject,
    StaticSelectElement,
    TimePickerElement,
)
from slack_sdk.models.views import View

from bot.chats.slack.bodies import Body, json_of, part_of, text_of
from bot.chats.slack.incoming import Memory, page_of
from bot.chats.slack.render import blocks_of
from bot.conversation.card import line, say, strong
from bot.conversation.overview import Told
from bot.conversation.timing_words import zone_line
from bot.conversation.wishes import NONE, Wish
from bot.timing.modes import DAYS, MORNING, Mode, Rhythm
from bot.timing.quiet import NEVER_QUIET, Quiet, Way

TIMING: Final = "timing_view"
"""The callback id of the modal."""

_RHYTHM, _AT, _QUIET, _FROM, _TO = "rhythm", "at", "quiet", "from", "to"
_ACTION: Final = "slack:value"
_AS_CHAT: Final = {NONE: "As all of it"}
_RHYTHMS: Final = {
    "instant": "At once",
    "hourly": "In a digest every hour",
    "daily": "In a digest every day",
    **{f"weekly {day}": f"In a digest a week, on {day}" for day in DAYS},
    "off": "Not by itself",
}
_OFF: Final = "off"
_WAYS: Final = {
    _OFF: "None",
    Way.HOLD.value: "Keep it all until they are over",
    Way.BREAKING.value: "Keep it, but let through what many sources tell",
}
_LATE, _EARLY = "22:00", "07:00"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The modal as it was handed in; ``chat`` is whose topic it is about."""

    id: str
    user: str
    chat: str
    wishes: tuple[Wish, ...]
    page: int = 0


def timing_modal(told: Told, memory: Memory, now: datetime) -> dict[str, Any]:
    """The modal, with what holds now in its fields."""
    own = _AS_CHAT if told.topic_id else {}
    mode, quiet = told.mode, told.quiet
    rhythm = NONE if mode is None else _rhythm(mode)
    at = f"{(mode.clock if mode else MORNING):%H:%M}"
    is_quiet = quiet is not None and not quiet.is_off
    way = NONE if quiet is None else _way(quiet)
    begin = f"{quiet.begin:%H:%M}" if quiet is not None and is_quiet else _LATE
    end = f"{quiet.end:%H:%M}" if quiet is not None and is_quiet else _EARLY
    what = strong(told.label) if told.topic_id else strong("All that you follow")
    fields: tuple[Block, ...] = (
        _choice(_RHYTHM, "How does it come?", {**own, **_RHYTHMS}, rhythm),
        _clock(_AT, "A digest of a day or a week comes at", at),
        _choice(_QUIET, "Quiet hours", {**own, **_WAYS}, way),
        _clock(_FROM, "They begin at", begin),
        _clock(_TO, "They end at", end),
    )
    head = say(line(what), zone_line(told.zone, now))
    known = {
        "chat": memory.chat,
        "page": memory.page,
        "topic": told.topic_id,
        "mode": NONE if mode is None else str(mode),
        "quiet": NONE if quiet is None else str(quiet),
    }
    view = View(
        type="modal",
        callback_id=TIMING,
        title=_plain("When it comes"),
        submit=_plain("Save"),
        close=_plain("Cancel"),
        blocks=[*blocks_of(head, most_blocks=3, most_characters=3_000), *fields],
        private_metadata=json.dumps(known),
    )
    return view.to_dict()


def chosen(body: Body) -> Chosen:
    """What was handed in: a wish for each setting that is another than before."""
    view = part_of(body, "view")
    values = part_of(part_of(view, "state"), "values")
    known = json_of(view)
    topic = known.get("topic")
    topic_id = topic if isinstance(topic, int) else 0
    made = {"mode": _mode(values), "quiet": _quiet(values)}
    wishes = tuple(
        Wish(field, text, topic_id)
        for field, text in made.items()
        if text and text != known.get(field)
    )
    return Chosen(
        id=text_of(body, "trigger_id") + text_of(view, "hash"),
        user=text_of(part_of(body, "user"), "id"),
        chat=text_of(known, "chat"),
        wishes=wishes,
        page=page_of(known),
    )


def problems_of(body: Body) -> dict[str, str]:
    """What is wrong with the fields, each by its name."""
    values = part_of(part_of(part_of(body, "view"), "state"), "values")
    begin, end = _time(values, _FROM), _time(values, _TO)
    if _selected(values, _QUIET) in {"", NONE, _OFF} or begin != end:
        return {}
    return {_TO: "That is when they begin. Choose “None” above for no quiet hours."}


# ── fields ───────────────────────────────────────────────────────────────────────────────────────


def _rhythm(mode: Mode) -> str:
    match mode.rhythm:
        case Rhythm.WEEKLY:
            return f"weekly {DAYS[mode.weekday]}"
        case rhythm:
            return str(rhythm.value)


def _way(quiet: Quiet) -> str:
    if quiet.is_off:
        return _OFF
    return str((quiet.way if quiet.way is not Way.SILENT else Way.HOLD).value)


def _mode(values: Body) -> str:
    rhythm, at = _selected(values, _RHYTHM), _time(values, _AT)
    return f"{rhythm} {at}" if rhythm.startswith(("daily", "weekly")) and at else rhythm


def _quiet(values: Body) -> str:
    way, begin, end = _selected(values, _QUIET), _time(values, _FROM), _time(values, _TO)
    if way in {"", NONE, _OFF}:
        return str(NEVER_QUIET) if way == _OFF else way
    return f"{begin}-{end} {way}"


def _choice(block: str, label: str, choices: Mapping[str, str], now: str) -> InputBlock:
    options = {value: Option(value=value, text=_plain(text)) for value, text in choices.items()}
    element = StaticSelectElement(
        action_id=_ACTION, options=list(options.values()), initial_option=options[now]
    )
    return InputBlock(block_id=block, label=_plain(label), element=element)


def _clock(block: str, label: str, now: str) -> InputBlock:
    element = TimePickerElement(action_id=_ACTION, initial_time=now)
    return InputBlock(block_id=block, label=_plain(label), element=element)


def _selected(values: Body, block: str) -> str:
    return text_of(part_of(part_of(part_of(values, block), _ACTION), "selected_option"), "value")


def _time(values: Body, block: str) -> str:
    return text_of(part_of(part_of(values, block), _ACTION), "selected_time")


def _plain(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)
