from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.conversation import trending
from bot.conversation.request import Message
from bot.errors import RetryLater
from bot.spikes import SpikeWatch
from bot.store.spikes import tell_spike
from tests.bot.conftest import YOU, brief


async def news(world, many: int, word: str = "sanctions", source: str = "BBC", **changes) -> None:
    """So many items, found now; each tells of something else."""
    at = world.clock().strftime("%d%H%M%S")
    await world.find(
        *(
            replace(brief(f"{word}-{at}-{source}-{n}", f"{word} {at} number {n}"), source=source)
            for n in range(many)
        )
    )


async def card_of(world, text: str, ref=YOU):
    (card,) = await world.conversation.hear(Message(ref, text, "me"))
    return card


def text_of(card) -> str:
    return "\n".join("".join(piece.text for piece in one) for one in card.lines)


async def test_a_trend_counts_days_and_sources_and_names_the_peak(world, clock):
    await world.say("/subscribe sanctions")
    for many in (1, 2, 9, 1):
        await news(world, many)
        await news(world, 1, source="Reuters")
        await news(world, 3, word="football")
        clock.turn(days=1)
    card = await card_of(world, "/trend sanctions 7d")
    said = text_of(card)
    assert "sanctions: 17 items, 26 May to 1 Jun 2026" not in said  # four days later
    assert (
        "17 items, 30 May to 5 Jun 2026, about 3.4 a day" in said
    )  # nothing is known before 1 June
    assert "• 3 Jun, 10: sanctions 03120000 number 0" in said
    assert "BBC 13, Reuters 4" in said
    assert card.image is not None
    assert card.image.data.startswith(b"\x89PNG")
    assert card.image.sketch == "▁▁▃▄█▃▁"
    assert "3 Jun: 10, most of all “sanctions" in card.image.alt
    assert card.image.name == "trend-sanctions-2026-06-05.png"


async def test_a_topic_nobody_follows_is_looked_for_and_counted_alike(world, clock):
    for many in (1, 4, 1):
        await news(world, many, word="iran")
        clock.turn(days=1)
    looked_for = text_of(await card_of(world, "/trend iran OR oman 7d"))
    await world.say("/subscribe iran OR oman")
    assert text_of(await card_of(world, "/trend 1 7d")) == looked_for
    assert "6 items" in looked_for


async def test_an_item_counts_on_the_day_it_was_published_unless_that_is_to_come(world, clock):
    await world.say("/subscribe sanctions")
    old, ahead = clock() - timedelta(days=2), clock() + timedelta(days=9)
    items = [
        replace(brief("a"), published=old),
        replace(brief("b", "B sanctions"), published=ahead),
    ]
    await world.find(*items)
    card = await card_of(world, "/trend sanctions 7d")
    assert card.image.sketch == "▁▁▁▁█▁█"


async def test_what_is_known_only_since_a_day_is_said(world):
    await world.say("/subscribe sanctions")
    await news(world, 2)
    assert "All is known since 1 Jun only" in text_of(await card_of(world, "/trend sanctions"))


async def test_a_trend_without_a_topic_compares_those_of_the_chat(world):
    await world.say("/subscribe sanctions")
    await world.say("/subscribe football")
    await news(world, 5)
    await news(world, 2, word="football")
    card = await card_of(world, "/trend")
    said = text_of(card)
    assert "Your topics: items per day" in said
    assert "5  sanctions" in said
    assert "2  football" in said
    assert card.image is not None


async def test_a_trend_of_nothing_has_no_picture(world):
    card = await card_of(world, "/trend sanctions")
    assert "nothing, 3 May to 1 Jun 2026" in text_of(card)
    assert card.image is None
    assert "follow no topic" in text_of(await card_of(world, "/trend"))


async def test_without_matplotlib_there_is_a_line_of_signs_and_a_hint(world, monkeypatch):
    monkeypatch.setattr(trending, "can_draw", lambda: False)
    await world.say("/subscribe sanctions")
    await news(world, 2)
    card = await card_of(world, "/trend sanctions 7d")
    assert card.image is None
    assert "▁▁▁▁▁▁█" in text_of(card)
    assert "pip install 'tocsin[charts]'" in text_of(card)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("/trend sanctions 1d", "2 to 366 days"),
        ("/trend sanctions 500d", "2 to 366 days"),
        ("/trend sanctions 2y", "nothing"),  # no length: a word of the topic
        ("/trend (", "cannot read this topic"),
        ("/trend article 50", "article 50: nothing"),
        ("/trend sanctions 52w", "nothing"),
        ("/trend 99", "99: nothing"),
    ],
)
async def test_what_cannot_be_shown_is_explained(world, text, says):
    answer = await world.say(text)
    assert says in answer
    assert "broke" not in answer


async def test_the_console_shows_the_line_of_signs_and_the_path_of_the_picture(world, tmp_path):
    from bot.chats.console.keeping import kept

    await world.say("/subscribe sanctions")
    await news(world, 2)
    card = await card_of(world, "/trend sanctions 7d")
    shown = kept(card, tmp_path / "files")
    assert text_of(shown).splitlines()[0] == "▁▁▁▁▁▁█"
    path = tmp_path / "files" / card.image.name
    assert f"The picture: {path}" in text_of(shown)
    assert path.read_bytes() == card.image.data
    assert "kept nowhere" in text_of(kept(card, None))


# ── spikes ───────────────────────────────────────────────────────────────────────────────────────


async def weeks(world, clock, days: int = 20, many: int = 2) -> None:
    for _ in range(days):
        await news(world, many)
        await world.spread()
        clock.turn(days=1)


def spikes_of(world, ref=YOU) -> list[str]:
    said = [text_of(card) for to, card in world.chat.sent if to == ref]
    return [one for one in said if "above its usual" in one]


@pytest.fixture
def watch(world) -> SpikeWatch:
    return SpikeWatch(world.database, world.clock)


async def look(world, watch) -> None:
    await watch.step()
    await world.deliver()


async def test_a_spike_is_told_once_a_day_to_those_who_asked(world, clock, watch):
    other = replace(YOU, chat="other")
    await world.say("/subscribe sanctions")
    await world.say("/subscribe sanctions", other)
    assert "once a day at most" in await world.say("/spike sanctions on")
    await weeks(world, clock)
    await look(world, watch)
    assert spikes_of(world) == []
    await news(world, 15)
    for _ in range(3):
        await look(world, watch)
    (said,) = spikes_of(world)
    assert "sanctions is far above its usual: 15 items today, 2 on a usual day" in said
    assert "Most of it: sanctions" in said
    assert spikes_of(world, other) == []
    clock.turn(days=1)
    await look(world, watch)
    await news(world, 30)
    await look(world, SpikeWatch(world.database, world.clock))  # after a restart
    assert len(spikes_of(world)) == 2


async def test_a_new_topic_has_no_usual_yet(world, clock, watch):
    await world.say("/subscribe sanctions")
    await world.say("/spike 1")
    await weeks(world, clock, days=6)
    await news(world, 50)
    await look(world, watch)
    assert spikes_of(world) == []


@pytest.mark.parametrize("hush", ["/spike sanctions off", "/mute sanctions 2d", "/unsubscribe 1"])
async def test_who_does_not_want_to_hear_does_not(world, clock, watch, hush):
    await world.say("/subscribe sanctions")
    await world.say("/spike sanctions on")
    await weeks(world, clock, days=10)
    await world.say(hush)
    await news(world, 40)
    await look(world, watch)
    assert spikes_of(world) == []


async def test_a_spike_that_could_not_be_sent_is_sent_later(world, clock, watch):
    await world.say("/subscribe sanctions")
    await world.say("/spike sanctions on")
    await weeks(world, clock, days=10)
    await news(world, 40)
    world.chat.fail = lambda ref, card: RetryLater(5)
    await look(world, watch)
    assert spikes_of(world) == []
    world.chat.fail = lambda ref, card: None
    clock.turn(seconds=6)
    await world.deliver()
    assert len(spikes_of(world)) == 1


async def test_a_spike_in_quiet_hours_is_told_when_they_are_over_and_is_no_story_of_a_briefing(
    world, clock, watch
):
    await world.say("/subscribe sanctions")
    await world.say("/spike sanctions on")
    await weeks(world, clock, days=10)
    await world.say("/quiet 11:00-19:00 hold")
    await news(world, 15)
    await world.fan_out()
    await look(world, watch)
    assert spikes_of(world) == []
    clock.turn(hours=6)
    await world.spread()
    assert spikes_of(world) == []
    clock.turn(hours=2)
    await world.spread()
    (said,) = spikes_of(world)
    assert "sanctions was far above its usual 8 h ago: 15 items that day, 2 on a usual day" in said
    assert "Briefing: 15 stories" in world.chat.titles()[-3] + world.chat.titles()[-4]
    await look(world, watch)
    assert len(spikes_of(world)) == 1


async def test_many_chats_are_told_in_pages_each_once(world, clock):
    from datetime import date

    from bot.store.spikes import SpikeSeen
    from bot.store.topics import find_topic
    from watchers import parse_query

    refs = [replace(YOU, chat=f"c{number}") for number in range(7)]
    for ref in refs:
        await world.say("/subscribe sanctions", ref)
        await world.say("/spike sanctions on", ref)
    await news(world, 1)
    async with world.database.reading() as connection:
        topic_id = await find_topic(connection, parse_query("sanctions"))
    spike = SpikeSeen(topic_id, ("",), date(2026, 6, 1), 9, 1.0, 1)
    told = []
    for _ in range(5):
        async with world.database.writing() as connection:
            told.append(await tell_spike(connection, spike, now=clock(), most=3))
    assert told == [3, 3, 1, 0, 0]
    await world.deliver()
    assert all(len(spikes_of(world, ref)) == 1 for ref in refs)


async def test_the_buttons_of_a_spike_show_the_trend_and_end_it(world, clock, watch):
    await world.say("/subscribe sanctions")
    await world.say("/spike sanctions on")
    await weeks(world, clock, days=10)
    await news(world, 40)
    await look(world, watch)
    card = next(card for _, card in world.chat.sent if "above its usual" in text_of(card))
    trend, end = card.buttons
    (shown,) = await world.press(trend.action.verb, trend.action.argument)
    assert shown.image is not None
    (ended,) = await world.press(end.action.verb, end.action.argument)
    assert "No topic is watched" in await world.say("/spike")
    (undo,) = ended.buttons
    await world.press(undo.action.verb, undo.action.argument)
    assert "• sanctions" in await world.say("/spikes")


async def test_days_are_those_of_utc_until_the_chat_has_a_clock_of_its_own(world, clock):
    clock.now = datetime(2026, 6, 1, 23, 59, 59, tzinfo=UTC)
    await world.say("/subscribe sanctions")
    await news(world, 1)
    clock.turn(seconds=2)
    await news(world, 1)
    assert (await card_of(world, "/trend sanctions 3d")).image.sketch == "▁██"
    await world.say("/timezone Asia/Kathmandu")  # there, both were on 2 June
    assert (await card_of(world, "/trend sanctions 3d")).image.sketch == "▁▁█"
    assert (await card_of(world, "/trend sanction* OR x 3d")).image.sketch == "▁▁█"  # looked for


async def test_a_day_is_as_long_as_the_clocks_make_it(world, clock):
    """New York, 1 November 2026: the hour from 01:00 comes twice, so that the day has 25."""
    await world.say("/subscribe sanctions")
    await world.say("/timezone America/New_York")
    for begins in ("10-31T04:00", "11-01T03:59", "11-01T04:00", "11-02T04:59", "11-02T05:00"):
        clock.now = datetime.fromisoformat(f"2026-{begins}:00+00:00")
        await news(world, 1)
    card = await card_of(world, "/trend sanctions 3d")
    assert card.image.sketch == "██▅"
    assert "31 Oct to 2 Nov 2026" in text_of(card)


async def test_a_spike_is_one_of_the_day_that_the_chat_has(world, clock, watch):
    """What comes from 20:00 to 24:00 UTC is of one day in Kyiv's summer only from 21:00 on."""
    clock.now = datetime(2026, 6, 1, 20, 30, tzinfo=UTC)
    kyiv = replace(YOU, chat="kyiv")
    for ref in (YOU, kyiv):
        await world.say("/subscribe sanctions", ref)
        await world.say("/spike sanctions on", ref)
    await world.say("/timezone Kyiv", kyiv)
    await weeks(world, clock, days=10)
    await news(world, 7)
    clock.turn(hours=1)
    await news(world, 7)
    await look(world, watch)
    assert "14 items today, 2 on a usual day" in spikes_of(world)[0]
    assert spikes_of(world, kyiv) == []  # 7 today, 2 usual, and 9 the day before
    await news(world, 30, source="Reuters")
    await look(world, watch)
    assert "37 items today" in spikes_of(world, kyiv)[0]
    assert len(spikes_of(world)) == 1
