"""Cards with several stories: briefings and catch-ups.

Briefing: 12 stories, 1 of 2

sanctions
3. New sanctions against the bank
   Radio North · 2 h ago · also Daily Post and 3 more
   The council agreed on Monday to freeze what the bank holds abroad.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

from bot.conversation.cards.card import Card, Line, Style, TextSpan, code, dim, line, strong
from bot.conversation.cards.item import list_lines
from bot.conversation.durations import format_age, pluralise
from bot.models import BriefingMessage, BriefingStory, ChatItem
from bot.store.outbox.digests import MAX_STORIES_PER_PART
from watchers.text.clean import truncate

# Seven stories must fit into one message of Telegram, which has at most 4,096 characters.
_MAX_TITLE_LENGTH: Final = 140
_MAX_SOURCE_LENGTH: Final = 30
_MAX_SENTENCE_LENGTH: Final = 200
_MAX_LABEL_LENGTH: Final = 60
# A title list has twenty stories.
_MAX_LISTED_TITLE_LENGTH: Final = 90
_MAX_NAMED_SOURCES: Final = 2
_MAX_LATEST: Final = 20
"""The largest argument of /latest."""

_MAX_CATCH_UP_LATEST: Final = 50
_EMPTY_LINE: Final[Line] = ()


def catch_up_card(newest: Sequence[ChatItem], total: int, *, now: datetime) -> Card:
    """Return the newest of ``total`` items whose alerts could not be sent in time.

    One catch-up replaces a late burst of alerts.
    """
    lines: list[Line] = [
        line(strong(f"{pluralise(total, 'item')} arrived while no message could be sent here"))
    ]
    for shown in newest:
        lines.extend(list_lines(shown, now=now))
    # A burst of old alerts would hide the newest ones and use up the rate limit.
    older = total - len(newest)
    if older:
        command = f"/latest {min(total, _MAX_CATCH_UP_LATEST)}"
        lines.append(line(dim(f"and {older:,} older; "), code(command)))
    lines.append(line(code(f"/summary {newest[-1].number}"), dim(" summarises one")))
    return Card(tuple(lines))


def briefing_card(
    briefing: BriefingMessage, sentences: Mapping[int, str], *, now: datetime
) -> Card:
    """Return one message of a briefing; ``sentences``: one-sentence summaries by item ID."""
    if not briefing.total:
        return Card((line("Nothing new on your topics."),))
    part = f", {briefing.part} of {briefing.parts}" if briefing.parts > 1 else ""
    lines = [line(strong(f"Briefing: {_pluralise_stories(briefing.total)}{part}"))]
    if briefing.is_list:
        lines += title_list_lines(briefing.stories)
    else:
        lines += story_lines(briefing.stories, sentences, now=now)
    if briefing.unlisted_count:
        smaller = f"and {_pluralise_stories(briefing.unlisted_count)} with fewer sources; "
        lines.append(line(dim(smaller), code(f"/latest {_MAX_LATEST}")))
    # Stories can be sent as alerts between the making and the sending of a briefing.
    if not briefing.stories:
        lines.append(line("You already got these stories."))
    return Card(tuple(lines))


def stories_cards(
    stories: Sequence[BriefingStory],
    sentences: Mapping[int, str],
    total: int,
    period: str,
    *,
    now: datetime,
) -> list[Card]:
    """Return the largest of ``total`` stories in as many messages as necessary.

    Args:
        stories: the largest stories.
        sentences: one-sentence summaries by item ID.
        total: the number of stories, including those that are not listed.
        period: the end of the heading: " of the last day".
        now: the current time.
    """
    parts = [
        stories[start : start + MAX_STORIES_PER_PART]
        for start in range(0, len(stories), MAX_STORIES_PER_PART)
    ]
    cards = []
    for number, part in enumerate(parts, start=1):
        part_text = f", {number} of {len(parts)}" if len(parts) > 1 else ""
        heading = line(strong(f"{_pluralise_stories(total)}{period}{part_text}"))
        lines = [heading, *story_lines(part, sentences, now=now)]
        if number == len(parts) and total > len(stories):
            unlisted = _pluralise_stories(total - len(stories))
            lines.append(line(dim(f"and {unlisted} with fewer sources")))
        cards.append(Card(tuple(lines)))
    return cards


def story_lines(
    stories: Sequence[BriefingStory], sentences: Mapping[int, str], *, now: datetime
) -> list[Line]:
    """Return stories with title, sources and one sentence each, grouped by topic."""
    lines: list[Line] = []
    for label, topic_stories in groupby(stories, key=_topic_label):
        for index, story in enumerate(topic_stories):
            # Without topics, the first story follows the heading directly.
            lines += [_EMPTY_LINE] if index or label else []
            lines += [_topic_line(label)] if label and not index else []
            lines += _story_lines(story, sentences.get(story.chat_item.item_id, ""), now)
    return lines


def title_list_lines(stories: Sequence[BriefingStory]) -> list[Line]:
    """Return stories with one line each, title and source, grouped by topic."""
    lines: list[Line] = []
    for label, topic_stories in groupby(stories, key=_topic_label):
        lines += [_EMPTY_LINE, _topic_line(label)] if label else []
        for story in topic_stories:
            item = story.chat_item.item
            text = truncate(item.title, _MAX_LISTED_TITLE_LENGTH)
            title = TextSpan(text, Style.PLAIN, item.url, is_foreign=True)
            source_text = f"  {truncate(item.source, _MAX_SOURCE_LENGTH)}"
            source = TextSpan(source_text, Style.DIM, is_foreign=True)
            lines.append(line(_number_text(story), title, source))
    return lines


def _topic_label(story: BriefingStory) -> str:
    return story.chat_item.reasons[0].label if story.chat_item.reasons else ""


def _topic_line(label: str) -> Line:
    return line(TextSpan(truncate(label, _MAX_LABEL_LENGTH), Style.HIGHLIGHT))


def _number_text(story: BriefingStory) -> str:
    return f"{story.chat_item.number}. " if story.chat_item.number else "• "


def _story_lines(story: BriefingStory, sentence: str, now: datetime) -> list[Line]:
    item = story.chat_item.item
    title = TextSpan(truncate(item.title, _MAX_TITLE_LENGTH), Style.STRONG, item.url)
    # The source of the title is shown before the others.
    others = [truncate(name, _MAX_SOURCE_LENGTH) for name in story.sources if name != item.source]
    also = f"also {', '.join(others[:_MAX_NAMED_SOURCES])}" if others else ""
    if len(others) > _MAX_NAMED_SOURCES:
        also += f" and {len(others) - _MAX_NAMED_SOURCES} more"
    parts = [truncate(item.source, _MAX_SOURCE_LENGTH), format_age(item.published, now), also]
    origin = " · ".join(part for part in parts if part)
    lines: list[Line] = [line(_number_text(story), title)]
    if origin:
        lines.append(line("   ", TextSpan(origin, Style.DIM, is_foreign=True)))
    if sentence:
        text = truncate(sentence, _MAX_SENTENCE_LENGTH)
        lines.append(line("   ", TextSpan(text, is_foreign=True)))
    return lines


def _pluralise_stories(count: int) -> str:
    return f"{count:,} {'story' if count == 1 else 'stories'}"
