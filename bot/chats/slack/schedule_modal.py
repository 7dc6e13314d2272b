"""Build and parse the modal for the schedule of a topic: delivery mode and quiet hours. Pure.

settings ──► fields of the modal ──► submitted values ──► SettingChange per changed setting
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
    StaticSelectElement,
    TimePickerElement,
)
from slack_sdk.models.views import View

from bot.chats.slack.payloads import (
    Payload,
    ViewState,
    get_dict,
    get_str,
    page_number,
    private_metadata,
)
from bot.chats.slack.render import card_blocks, plain_text
from bot.conversation.cards.card import line, make_card, strong
from bot.conversation.cards.overview import ScheduleFormValues
from bot.conversation.cards.schedule_text import zone_line
from bot.conversation.setting_changes import UNSET, SettingChange
from bot.scheduling.decision import DAYS, DEFAULT_DIGEST_TIME, Frequency, Mode
from bot.scheduling.wall_clock import NEVER_QUIET, QuietHours, QuietMode

SCHEDULE_MODAL: Final = "schedule_modal"
"""The callback ID of the modal."""

# Block IDs of the fields. All fields share one action ID.
_MODE, _TIME, _QUIET, _QUIET_BEGIN, _QUIET_END = "mode", "time", "quiet", "from", "to"
_VALUE_ACTION: Final = "slack:value"

_OFF: Final = "off"
_CHAT_DEFAULT_OPTION: Final = {UNSET: "Use the schedule for all topics"}
_MODE_OPTIONS: Final = {
    "instant": "Immediately",
    "hourly": "In an hourly digest",
    "daily": "In a daily digest",
    "weekdays": "In a digest from Monday to Friday",
    **{f"weekly {day}": f"In a weekly digest, on {day}" for day in DAYS},
    _OFF: "No alerts",
}
_QUIET_OPTIONS: Final = {
    _OFF: "No quiet hours",
    QuietMode.HOLD.value: "Hold all alerts until the quiet hours end",
    QuietMode.BREAKING.value: "Hold alerts, except stories that many sources report",
}
_DEFAULT_QUIET_BEGIN, _DEFAULT_QUIET_END = "22:00", "07:00"


@dataclass(frozen=True, slots=True)
class ScheduleSubmission:
    """The submitted modal.

    Attributes:
        chat: the chat whose schedule changes.
        changes: one change per setting with a new value.
        page: the page of App Home that the modal was opened from.
    """

    id: str
    user: str
    chat: str
    changes: tuple[SettingChange, ...]
    page: int = 0


def schedule_modal(schedule: ScheduleFormValues, state: ViewState, now: datetime) -> dict[str, Any]:
    """Return the modal with the current settings in its fields."""
    # Only a topic can fall back to the schedule of its chat.
    default_option = _CHAT_DEFAULT_OPTION if schedule.topic_id else {}
    mode, quiet = schedule.mode, schedule.quiet
    begin, end = _DEFAULT_QUIET_BEGIN, _DEFAULT_QUIET_END
    if quiet is not None and not quiet.is_off:
        begin, end = f"{quiet.start:%H:%M}", f"{quiet.end:%H:%M}"
    fields: tuple[Block, ...] = (
        _select(
            _MODE,
            "When do alerts arrive?",
            {**default_option, **_MODE_OPTIONS},
            UNSET if mode is None else _mode_option(mode),
        ),
        _time_picker(
            _TIME,
            "Time of a daily or weekly digest",
            f"{(mode.time_of_day if mode else DEFAULT_DIGEST_TIME):%H:%M}",
        ),
        _select(
            _QUIET,
            "Quiet hours",
            {**default_option, **_QUIET_OPTIONS},
            UNSET if quiet is None else _quiet_option(quiet),
        ),
        _time_picker(_QUIET_BEGIN, "Quiet hours begin at", begin),
        _time_picker(_QUIET_END, "Quiet hours end at", end),
    )
    title = schedule.label if schedule.topic_id else "All topics"
    head = make_card(line(strong(title)), zone_line(schedule.zone, now))
    # The submission is compared with the settings that the user saw.
    metadata = {
        "chat": state.chat,
        "page": state.page,
        "topic": schedule.topic_id,
        "mode": UNSET if mode is None else str(mode),
        "quiet": UNSET if quiet is None else str(quiet),
    }
    view = View(
        type="modal",
        callback_id=SCHEDULE_MODAL,
        title=plain_text("Schedule"),
        submit=plain_text("Save"),
        close=plain_text("Cancel"),
        blocks=[*card_blocks(head, max_blocks=3, max_chars=3_000), *fields],
        private_metadata=json.dumps(metadata),
    )
    return view.to_dict()


def parse_schedule_modal(body: Payload) -> ScheduleSubmission:
    """Parse the submitted modal into one change per setting that differs from before."""
    view = get_dict(body, "view")
    values = get_dict(get_dict(view, "state"), "values")
    metadata = private_metadata(view)
    topic = metadata.get("topic")
    topic_id = topic if isinstance(topic, int) else 0
    settings = {"mode": _submitted_mode(values), "quiet": _submitted_quiet_hours(values)}
    changes = tuple(
        SettingChange(field, text, topic_id)
        for field, text in settings.items()
        if text and text != metadata.get(field)
    )
    return ScheduleSubmission(
        id=get_str(body, "trigger_id") + get_str(view, "hash"),
        user=get_str(get_dict(body, "user"), "id"),
        chat=get_str(metadata, "chat"),
        changes=changes,
        page=page_number(metadata),
    )


def validate_schedule_modal(body: Payload) -> dict[str, str]:
    """Return the error text per invalid field; empty if the submission is valid."""
    values = get_dict(get_dict(get_dict(body, "view"), "state"), "values")
    begin, end = _selected_time(values, _QUIET_BEGIN), _selected_time(values, _QUIET_END)
    if _selected_option(values, _QUIET) in {"", UNSET, _OFF} or begin != end:
        return {}
    return {
        _QUIET_END: f"Choose another time: quiet hours begin at {begin}, too. To have none, choose"
        f" “{_QUIET_OPTIONS[_OFF]}”."
    }


# ── values ───────────────────────────────────────────────────────────────────────────────────────


def _mode_option(mode: Mode) -> str:
    match mode.frequency:
        case Frequency.WEEKLY:
            return f"weekly {DAYS[mode.weekday]}"
        case frequency:
            return str(frequency.value)


def _quiet_option(quiet: QuietHours) -> str:
    if quiet.is_off:
        return _OFF
    # Slack has no silent messages, so the modal does not offer that mode.
    return str((quiet.mode if quiet.mode is not QuietMode.SILENT else QuietMode.HOLD).value)


def _submitted_mode(values: Payload) -> str:
    mode, time = _selected_option(values, _MODE), _selected_time(values, _TIME)
    return f"{mode} {time}" if mode.startswith(("daily", "week")) and time else mode


def _submitted_quiet_hours(values: Payload) -> str:
    mode = _selected_option(values, _QUIET)
    if mode == _OFF:
        return str(NEVER_QUIET)
    if mode in {"", UNSET}:
        return mode
    begin, end = _selected_time(values, _QUIET_BEGIN), _selected_time(values, _QUIET_END)
    return f"{begin}-{end} {mode}"


def _selected_option(values: Payload, block_id: str) -> str:
    element = get_dict(get_dict(values, block_id), _VALUE_ACTION)
    return get_str(get_dict(element, "selected_option"), "value")


def _selected_time(values: Payload, block_id: str) -> str:
    return get_str(get_dict(get_dict(values, block_id), _VALUE_ACTION), "selected_time")


# ── fields ───────────────────────────────────────────────────────────────────────────────────────


def _select(block_id: str, label: str, choices: Mapping[str, str], current: str) -> InputBlock:
    options = {value: Option(value=value, text=plain_text(text)) for value, text in choices.items()}
    element = StaticSelectElement(
        action_id=_VALUE_ACTION, options=list(options.values()), initial_option=options[current]
    )
    return InputBlock(block_id=block_id, label=plain_text(label), element=element)


def _time_picker(block_id: str, label: str, current: str) -> InputBlock:
    element = TimePickerElement(action_id=_VALUE_ACTION, initial_time=current)
    return InputBlock(block_id=block_id, label=plain_text(label), element=element)
