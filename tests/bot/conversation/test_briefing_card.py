from datetime import UTC, datetime

import pytest

from bot.chats.console.pipe import plain_text
from bot.conversation.cards.briefing import briefing_card, stories_cards
from bot.models import BriefingMessage, BriefingStory, ChatItem, ChatRef, TopicMatch
from bot.store.outbox.digests import MAX_STORIES_PER_PART, MAX_TITLES_PER_PART
from watchers import Item

OIL, GAS = (TopicMatch(1, word, word, ()) for word in ("oil", "gas"))
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TELEGRAM = 4_096  # https://core.telegram.org/bots/api#sendmessage


def _stories(count: int, *, length: int = 400) -> tuple[BriefingStory, ...]:
    return tuple(
        BriefingStory(
            ChatItem(
                10_000 + n,
                n,
                Item(key=str(n), title="T" * length, source="S" * length, published=NOW),
                (TopicMatch(n, "x", f"{n}" + "L" * length, ()),),
            ),
            tuple(f"{name}" * length for name in "STUV"),
        )
        for n in range(count)
    )


def _length(card) -> int:
    return sum(sum(len(piece.text) for piece in line) + 1 for line in card.lines)


def test_the_longest_briefing_fits_into_a_telegram_message():
    stories = _stories(MAX_STORIES_PER_PART)
    sentences = dict.fromkeys(range(MAX_STORIES_PER_PART), "W" * 400)
    part = BriefingMessage(
        1, ChatRef("t", "a", "c"), 1, 0, NOW, 5, 5, 99_999, stories, unlisted_count=99_999
    )
    assert _length(briefing_card(part, sentences, now=NOW)) <= TELEGRAM


def test_the_longest_title_list_fits_into_a_telegram_message():
    part = BriefingMessage(
        1,
        ChatRef("t", "a", "c"),
        1,
        0,
        NOW,
        9,
        9,
        99_999,
        _stories(MAX_TITLES_PER_PART),
        unlisted_count=99_999,
        is_list=True,
    )
    assert _length(briefing_card(part, {}, now=NOW)) <= TELEGRAM


@pytest.mark.parametrize(
    ("count", "messages"),
    [(1, 1), (MAX_STORIES_PER_PART, 1), (MAX_STORIES_PER_PART + 1, 2), (21, 3)],
)
def test_stories_are_split_into_messages(count, messages):
    cards = stories_cards(_stories(count, length=20), {}, count + 5, "", now=NOW)
    assert len(cards) == messages
    titles = [line for card in cards for line in card.lines if line and line[-1].text == "T" * 20]
    assert len(titles) == count
    assert "5 stories" in cards[-1].lines[-1][0].text
    assert all("5 stories" not in card.lines[-1][0].text for card in cards[:-1])


def test_stories_are_separated_and_the_console_shows_their_addresses():
    stories = tuple(
        BriefingStory(
            ChatItem(
                n, n, Item(key=str(n), title=f"Title {n}", url=f"https://e.example/{n}"), (why,)
            )
        )
        for n, why in ((1, OIL), (2, OIL), (3, GAS))
    )
    part = BriefingMessage(1, ChatRef("t", "a", "c"), 1, 0, NOW, 1, 1, 3, stories)
    text = plain_text(briefing_card(part, {1: "Oil rose."}, now=NOW), labels=(), alert=True)
    assert text.splitlines() == [
        "● Briefing: 3 stories",
        "",
        "  *oil*",
        "  1. Title 1",
        "     https://e.example/1",
        "     Oil rose.",
        "",
        "  2. Title 2",
        "     https://e.example/2",
        "",
        "  *gas*",
        "  3. Title 3",
        "     https://e.example/3",
    ]
