from datetime import UTC, datetime

import pytest

from bot.chats.console.plain import plain_text
from bot.conversation.brief_cards import briefing_card, stories_cards
from bot.model import Briefed, Briefing, Reason, Ref, Shown
from bot.store.digests import LISTED, STORIES
from watchers import Item, parse_query

OIL, GAS = (Reason(1, parse_query(word), word, ()) for word in ("oil", "gas"))
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TELEGRAM = 4_096  # https://core.telegram.org/bots/api#sendmessage


def _stories(many: int, *, length: int = 400) -> tuple[Briefed, ...]:
    return tuple(
        Briefed(
            Shown(
                10_000 + n,
                n,
                Item(key=str(n), title="T" * length, source="S" * length, published=NOW),
                (Reason(n, parse_query("x"), f"{n}" + "L" * length, ()),),
            ),
            tuple(f"{name}" * length for name in "STUV"),
        )
        for n in range(many)
    )


def _length(card) -> int:
    return sum(sum(len(piece.text) for piece in line) + 1 for line in card.lines)


def test_the_longest_briefing_fits_where_the_least_fits():
    stories = _stories(STORIES)
    said = dict.fromkeys(range(STORIES), "W" * 400)
    part = Briefing(1, Ref("t", "a", "c"), 1, 0, NOW, 5, 5, 99_999, stories, more=99_999)
    assert _length(briefing_card(part, said, now=NOW)) <= TELEGRAM


def test_the_longest_list_of_titles_fits_where_the_least_fits():
    part = Briefing(
        1, Ref("t", "a", "c"), 1, 0, NOW, 9, 9, 99_999, _stories(LISTED), more=99_999, is_list=True
    )
    assert _length(briefing_card(part, {}, now=NOW)) <= TELEGRAM


@pytest.mark.parametrize(("many", "cards"), [(1, 1), (STORIES, 1), (STORIES + 1, 2), (21, 3)])
def test_stories_are_split_into_as_many_messages_as_they_need(many, cards):
    made = stories_cards(_stories(many, length=20), {}, many + 5, "", now=NOW)
    assert len(made) == cards
    told = [line for card in made for line in card.lines if line and line[-1].text == "T" * 20]
    assert len(told) == many
    assert "and 5 stories that fewer sources tell" in made[-1].lines[-1][0].text


def test_stories_stand_apart_and_on_a_pipe_each_has_its_address_beneath():
    stories = tuple(
        Briefed(
            Shown(n, n, Item(key=str(n), title=f"Title {n}", url=f"https://e.example/{n}"), (why,))
        )
        for n, why in ((1, OIL), (2, OIL), (3, GAS))
    )
    part = Briefing(1, Ref("t", "a", "c"), 1, 0, NOW, 1, 1, 3, stories)
    said = plain_text(briefing_card(part, {1: "Oil rose."}, now=NOW), labels=(), alert=True)
    assert said.splitlines() == [
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
