"""Preview, search, edit, aliases, and why not."""

import pytest

from bot.conversation.request import Message
from tests.bot.conftest import YOU, brief
from watchers import Item, parse_query


async def test_subscribing_tells_how_much_the_last_week_would_have_brought(world):
    await world.find(*(brief(str(n), title=f"Sanctions {n}") for n in range(8)))
    world.clock.turn(days=2)
    await world.find(brief("x", title="Football"))
    answer = await world.say("/subscribe sanctions")
    assert "8 of 9 known items match" in answer
    assert "8 of 9 items in the last 7 days match, about 4 a day, from 1 source." in answer
    assert world.chat.sent == []


async def test_a_noisy_topic_is_told_with_a_narrower_one(world):
    titles = [f"Sanctions {n}" if n < 5 else f"Title {n}" for n in range(120)]
    await world.find(
        *(brief(t, title=t, text="Sanctions too." if n < 30 else "") for n, t in enumerate(titles))
    )
    answer = await world.say("/preview sanctions")
    assert "That is 25% of everything, and may be noisy." in answer
    assert "title:(sanctions) would bring 5 of them" in answer


async def test_a_preview_follows_nothing(world):
    await world.find(brief("a"))
    answer = await world.say("/preview sanctions")
    assert "1 of 1 item in the last 7 days matches" in answer
    assert "You follow no topic" in await world.say("/topics")


async def test_items_older_than_a_week_are_known_and_not_in_the_preview(world):
    await world.find(brief("a"))
    world.clock.turn(days=8)
    await world.find(brief("b", title="Football"))
    answer = await world.say("/preview sanctions")
    assert "None of the 1 item of the last 7 days matches" in answer
    assert "Sanctions" in (await world.say("/search sanctions")).replace("*", "")
    assert "nothing known in the last 1 week" in await world.say("/search sanctions since 7d")


async def test_search_pages_through_what_matches_newest_first(world):
    await world.find(*(brief(str(n), title=f"Sanctions number {n}") for n in range(12)))
    first = (await world.say("/search sanctions")).replace("*", "")
    assert "Sanctions number 11" in first
    assert "Sanctions number 6" not in first
    second = (await world.say("/search sanctions page 2")).replace("*", "")
    assert "Sanctions number 6" in second
    assert "nothing more" in await world.say("/search sanctions page 9")


async def test_long_items_are_held_against_a_topic_a_few_at_a_time(world, monkeypatch):
    monkeypatch.setattr("bot.conversation.finder._FIRST_PAGE", 4)
    monkeypatch.setattr("bot.conversation.finder._PAGE_LENGTH", 20_000)
    sizes = []
    pages = world_pages()
    monkeypatch.setattr("bot.conversation.finder.candidates", pages(sizes))
    await world.find(*(brief(str(n), text="Sanctions. " * 900) for n in range(15)))
    assert "15 of 15 items" in await world.say("/preview sanctions")
    assert sizes[0] == 4
    assert set(sizes[1:]) == {2}


def world_pages():
    from bot.conversation import finder

    ask = finder.candidates

    def noting(sizes):
        async def candidates(*args, most, **kwargs):
            sizes.append(most)
            return await ask(*args, most=most, **kwargs)

        return candidates

    return noting


async def test_what_a_search_shows_can_be_summed_up_by_its_number(world):
    await world.find(brief("a", text="The first sentence. The second."))
    answer = await world.say("/search sanctions")
    assert answer.splitlines()[1].startswith("1. ")
    assert "The first sentence." in await world.say("/summary 1")


async def test_a_topic_is_edited_in_its_place_and_keeps_its_mute(world):
    await world.say("/subscribe sanctions")
    await world.say("/subscribe football")
    await world.say("/mute 1 1d")
    answer = await world.say('/edit 1 "north korea" AND missile')
    assert 'No. 1 is now "north korea" AND missile' in answer
    listed = (await world.say("/topics")).splitlines()
    assert listed[1].startswith('1. "north korea" AND missile')
    assert "muted" in listed[1]
    await world.find(brief("a"))
    assert len(world.matcher) == 2


async def test_a_tap_takes_the_other_names_of_a_country_out(world):
    (card,) = await world.conversation.hear(Message(YOU, '/subscribe "North Korea"', "me"))
    (tap,) = [button for button in card.buttons if button.label == "Only these words"]
    await world.press(tap.action.verb, tap.action.argument)
    assert 'exact:"North Korea"' in await world.say("/topics")
    await world.find(brief("a", title="DPRK speaks"), brief("b", title="North Korea speaks"))
    await world.spread()
    assert world.chat.titles() == ["North Korea speaks"]


async def test_editing_into_what_is_followed_already_is_refused(world):
    await world.say("/subscribe sanctions")
    await world.say("/subscribe football")
    assert "already" in await world.say("/edit 2 sanctions")
    assert "2 topics" in await world.say("/topics")


@pytest.mark.parametrize("text", ["/edit", "/edit 1", "/edit x y", "/edit 9 sanctions"])
async def test_an_edit_that_cannot_be_done_says_what_to_type(world, text):
    await world.say("/subscribe sanctions")
    answer = await world.say(text)
    assert "/edit 1" in answer or "do not follow" in answer


async def test_a_word_of_ones_own_stands_for_its_topic(world):
    answer = await world.say('/alias nk = "north korea", pyongyang')
    assert "nk now stands for" in answer
    said = await world.say("/subscribe nk AND missile")
    assert "pyongyang" in said
    await world.find(brief("a", title="Pyongyang tests a missile"))
    await world.spread()
    assert world.chat.titles() == ["Pyongyang tests a missile"]
    assert 'nk = "north korea", pyongyang' in await world.say("/alias")


async def test_a_word_in_quotes_or_before_a_colon_is_no_alias(world):
    await world.say("/alias title = uranium")
    assert "uranium" not in await world.say('/preview title:missile AND "title"')


async def test_an_alias_can_be_dropped(world):
    await world.say("/alias nk = pyongyang")
    assert "plain word again" in await world.say("/alias nk =")
    assert "pyongyang" not in await world.say("/preview nk")


@pytest.mark.parametrize("text", ["/alias a b = c", "/alias and = x", "/alias nk = (", "/alias nk"])
async def test_a_wrong_alias_is_explained(world, text):
    answer = await world.say(text)
    assert "cannot be a word" in answer or "cannot read" in answer or "no word of yours" in answer


async def test_aliases_are_each_chats_own(world):
    from bot.model import Ref

    await world.say("/alias nk = pyongyang")
    assert "pyongyang" not in await world.say("/preview nk", Ref("fake", "bot", "other"))


async def test_why_tells_leaf_by_leaf_why_a_topic_does_not_match(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a", title="Sanctions after missiles"))
    await world.spread()
    answer = await world.say('/why 1 sanctions AND "missile"')
    assert "does not match" in answer
    assert "found in the title" in answer
    assert "nearest: “missiles” in the title" in answer


async def test_preview_and_live_matching_agree_for_items_in_many_languages(world):
    items = [
        Item(key="ru", title="Новые санкции против банка", language="ru"),
        Item(key="de", title="Neue Sanktionen gegen Häuser", language="de"),
        Item(key="ko", title="북한의 미사일 발사", language="ko"),
        Item(key="zh", title="联合国制裁朝鲜", language="zh"),
        Item(key="ar", title="العقوبات على كوريا الشمالية", language="ar"),
    ]
    await world.find(*items)
    for topic in ("санкция", "Haus", "미사일", "制裁", "عقوبات", '"North Korea"'):
        live = sum(parse_query(topic).match(item) is not None for item in items)
        answer = await world.say(f"/preview {topic}")
        assert live > 0, topic
        assert f"{live} of 5 items" in answer, topic
