"""Models of the exported settings of chats and topics; they validate values from imported files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Final, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)

from bot.errors import UserError
from bot.scheduling.parsing import parse_mode, parse_quiet_hours
from bot.scheduling.wall_clock import find_zone
from bot.store.tables import FOLLOW_UP_EDIT, FOLLOW_UP_NEW_ALERT, FOLLOW_UP_REPLY
from watchers.text.language import primary_tag

MAX_COUNT: Final = 1_000
"""The largest number of sources, or of alerts per day."""

_MAX_MUTE: Final = timedelta(days=400)


def _canonical(parse: Callable[[str], object], problem: str) -> AfterValidator:
    """Return a validator that replaces a text by the canonical text of its parsed value."""

    def validate(text: str) -> str:
        try:
            return str(parse(text))
        except UserError as error:
            raise ValueError(problem) from error

    return AfterValidator(validate)


def _validate_language(text: str) -> str:
    tag = primary_tag(text)
    if text and tag is None:
        raise ValueError("is not a language, such as en or uk")
    return tag or ""


def _validate_zone(text: str | None) -> str:
    zone = find_zone(text) if text else None
    if text and zone is None:
        raise ValueError("is not a time zone, such as Europe/Kyiv")
    return zone.key if zone else ""


def _validate_follow_ups(text: str) -> str:
    if text not in {FOLLOW_UP_REPLY, FOLLOW_UP_NEW_ALERT, FOLLOW_UP_EDIT}:
        raise ValueError("is neither reply, alert nor edit")
    return text


def _parse_moment(value: object, info: ValidationInfo) -> datetime:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("is not a time with its zone, such as 2026-06-01T12:00:00+00:00")
    now: datetime = (info.context or {})["now"]
    if moment > now + _MAX_MUTE:
        raise ValueError("is more than a year away")
    return moment


_Text = Annotated[str, Field(max_length=100)]
_Count = Annotated[int, Field(ge=1, le=MAX_COUNT)]
_Mode = Annotated[
    _Text, _canonical(parse_mode, "is not a delivery mode, such as instant or daily 08:00")
]
_QuietHours = Annotated[
    _Text,
    _canonical(parse_quiet_hours, "does not describe quiet hours, such as 22:00-07:00 hold or off"),
]


class StrictModel(BaseModel):
    """A model without type conversions. Validation needs the current time as context ``now``."""

    # Strict: "yes" and 1 are not booleans.
    model_config = ConfigDict(strict=True)


class ChatSettings(StrictModel):
    """The settings of a chat; the names are columns of the store."""

    open: bool = False
    language: Annotated[_Text, AfterValidator(_validate_language)] = ""
    mode: _Mode = ""
    quiet: _QuietHours = ""
    zone: Annotated[_Text | None, AfterValidator(_validate_zone)] = ""
    always: bool = False
    follow_ups: Annotated[_Text, AfterValidator(_validate_follow_ups)] = FOLLOW_UP_REPLY


class TopicSettings(StrictModel):
    """The settings of a topic; the names are columns of the store. ``None``: as the chat."""

    muted_until: Annotated[datetime, BeforeValidator(_parse_moment)] | None = None
    spikes: bool = False
    mode: _Mode | None = None
    quiet: _QuietHours | None = None
    at_least: _Count | None = None
    most_a_day: _Count | None = None
    breaking: bool = False


ModelT = TypeVar("ModelT", bound=StrictModel)

_COUNT_REASON: Final = f"is not a number from 1 to {MAX_COUNT:,}"
_TEXT_REASON: Final = "is not a short text"
_REASONS: Final = {
    "bool_type": "is neither true nor false",
    "dict_type": "is not an object",
    "greater_than_equal": _COUNT_REASON,
    "int_type": _COUNT_REASON,
    "less_than_equal": _COUNT_REASON,
    "list_type": "is not a list",
    "string_too_long": _TEXT_REASON,
    "string_type": _TEXT_REASON,
    "string_unicode": _TEXT_REASON,
}
"""The reason by the error type of pydantic."""


def validate_partially(
    model: type[ModelT], values: Mapping[str, object], *, now: datetime
) -> tuple[ModelT, Mapping[str, str]]:
    """Return the model of the valid values, and the reasons why other values are invalid, by name."""
    context = {"now": now}
    try:
        return model.model_validate(values, context=context), {}
    except ValidationError as error:
        problems = error.errors(include_url=False)
    reasons: dict[str, str] = {}
    for problem in problems:
        cause = problem.get("ctx", {}).get("error")
        reason = str(cause) if cause else _REASONS.get(problem["type"], problem["msg"])
        reasons[str(problem["loc"][0])] = reason
    valid = {name: value for name, value in values.items() if name not in reasons}
    return model.model_validate(valid, context=context), reasons
