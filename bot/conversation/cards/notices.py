"""Cards of spike alerts and announcements, and answers to words that are not topics."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    Line,
    Style,
    TextSpan,
    code,
    line,
    make_card,
    strong,
)
from bot.conversation.cards.item import source_line
from bot.conversation.durations import (
    briefing_period,
    duration_argument,
    format_age,
    pluralise,
)
from bot.conversation.plain_words import PlainWord
from bot.models import Announcement, ChatItem, Spike

# Quiet hours can delay a spike alert by a night. An alert older than this is worded in the past tense.
_MAX_CURRENT_AGE: Final = timedelta(hours=3)


def spike_card(spike: Spike, shown: ChatItem, *, detected_at: datetime, now: datetime) -> Card:
    """Return the spike alert: today's count, the usual count, and the largest story.

    ``detected_at``: when the spike was detected.
    """
    label = next(
        (reason.label for reason in shown.reasons if reason.topic_id == spike.topic_id), "a topic"
    )
    count = pluralise(spike.today, "item")
    usual = "none on most days" if not spike.baseline else f"{spike.baseline:g} on a usual day"
    if now - detected_at >= _MAX_CURRENT_AGE:
        text = f"was far above its usual level {format_age(detected_at, now)}: {count} that day"
    else:
        text = f"is far above its usual level: {count} today"
    lines: list[Line] = [
        line(strong(label), f" {text}, {usual}."),
        line("Largest story: ", TextSpan(shown.item.title, Style.PLAIN, shown.item.url)),
        source_line(shown.item, shown.number, now),
    ]
    buttons = (
        Button("Trend", Action("trend", f"{label} 30d")),
        Button("No more of these", Action("spike_off", str(spike.topic_id))),
    )
    return Card(tuple(lines), buttons)


def announcement_card(announcement: Announcement, *, now: datetime) -> Card:
    """Return an announcement of the operators, or a notice of Tocsin itself."""
    if announcement.missed_since is not None:
        period = duration_argument(briefing_period(announcement.missed_since, now))
        show = Button("Show them", Action("briefing", period))
        return make_card(announcement.text, buttons=(show,))
    if announcement.is_notice:
        heading = "Notice from Tocsin"
    elif announcement.to_operators:
        heading = "For the operators of Tocsin"
    else:
        heading = "From the operators of Tocsin"
    return make_card(line(strong(heading)), announcement.text)


def plain_word_card(word: PlainWord) -> Card:
    """Return the answer to a word without a slash that is not a topic."""
    match word:
        case PlainWord.STOP:
            return make_card(
                "Do you want no more alerts here?",
                buttons=(
                    Button("Pause all alerts", Action("pause")),
                    Button("Unsubscribe from all", Action("unsubscribe_all")),
                    Button("No", Action("dismiss")),
                ),
                is_question=True,
            )
        case PlainWord.THANKS:
            return make_card(line("You are welcome. ", code("/help"), " lists all commands."))
        case PlainWord.NUMBER:
            return make_card(
                line(
                    "A number alone is not a topic. ",
                    code("/summary N"),
                    " summarises item N, and ",
                    code("/topics"),
                    " lists your topics.",
                )
            )
        case _:
            return make_card(
                "No question is open here. Press a button below a question, or type a topic."
            )
