"""Preview, search, edit, aliases, and why not."""

import pytest

from bot.conversation.request import IncomingMessage
from tests.bot.conftest import CHAT, make_item
from watchers import Item, parse_query


async def test_subscribing_shows_the_matches_of_the_last_week(world):
    await world.ingest_items(*(make_item(str(n), title=f"Sanctions {n}") for n in range(8)))
    world.clock.advance(days=2)
    await world.ingest_items(make_item("x", title="Football"))
    answer = await world.send_command("/subscribe sanctions")
    assert "8 of 9 stored items" in answer
    assert "8 of 9 items in the last 7 days" in answer
    assert "about 4 per day, from 1 source" in answer
    assert world.chat.sent == []


@pytest.mark.parametrize("command", ["/preview", "/subscribe"])
async def test_a_broad_topic_is_reported_on_a_fresh_start(world, command):
    answer = await world.send_command(f"{command} government")
    assert "of general news matches" in answer
    assert "title:(government)" in answer
    assert "general news" not in await world.send_command(f"{command} uranium")


async def test_a_noisy_topic_gets_a_word_that_narrows_it(world):
    # Each title has the word of the topic, so the title does not narrow it.
    words = ("harbour", "harbour", "harbour", "airport", "airport", "railway", "bridge", "tunnel")
    hits = [make_item(f"h{n}", title=f"Strike at the {word} {n}") for n, word in enumerate(words)]
    others = [make_item(f"o{n}", title=f"Other {n}", text="Nothing") for n in range(120)]
    await world.ingest_items(*hits, *others)
    answer = await world.send_command("/preview strike")
    assert "(strike) AND harbour would match 3 of them." in answer


async def test_a_noisy_topic_gets_a_narrower_proposal(world):
    titles = [f"Sanctions {n}" if n < 5 else f"Title {n}" for n in range(120)]
    await world.ingest_items(
        *(
            make_item(t, title=t, text="Sanctions too." if n < 30 else "")
            for n, t in enumerate(titles)
        )
    )
    answer = await world.send_command("/preview sanctions")
    assert "25%" in answer
    assert "title:(sanctions) would match 5 of them" in answer


async def test_a_preview_adds_no_subscription(world):
    await world.ingest_items(make_item("a"))
    answer = await world.send_command("/preview sanctions")
    assert "1 of 1 item in the last 7 days matches" in answer
    assert "You follow no topic" in await world.send_command("/topics")


async def test_older_items_can_be_searched_but_are_not_in_the_preview(world):
    await world.ingest_items(make_item("a"))
    world.clock.advance(days=8)
    await world.ingest_items(make_item("b", title="Football"))
    answer = await world.send_command("/preview sanctions")
    assert "None of the 1 item of the last 7 days matches" in answer
    assert "Sanctions" in (await world.send_command("/search sanctions")).replace("*", "")
    assert "No items in the last week" in await world.send_command("/search sanctions since 7d")


async def test_search_shows_pages_of_matches_newest_first(world):
    await world.ingest_items(*(make_item(str(n), title=f"Sanctions number {n}") for n in range(12)))
    first = (await world.send_command("/search sanctions")).replace("*", "")
    assert "Sanctions number 11" in first
    assert "Sanctions number 6" not in first
    second = (await world.send_command("/search sanctions page 2")).replace("*", "")
    assert "Sanctions number 6" in second
    assert "No more items" in await world.send_command("/search sanctions page 9")


async def test_pages_of_long_items_are_small(world, monkeypatch):
    monkeypatch.setattr("bot.conversation.item_search._FIRST_PAGE", 4)
    monkeypatch.setattr("bot.conversation.item_search._PAGE_LENGTH", 20_000)
    sizes: list[int] = []
    monkeypatch.setattr("bot.conversation.item_search.find_candidates", recording_candidates(sizes))
    await world.ingest_items(*(make_item(str(n), text="Sanctions. " * 900) for n in range(15)))
    assert "15 of 15 items" in await world.send_command("/preview sanctions")
    assert sizes[0] == 4
    assert set(sizes[1:]) == {2}


def recording_candidates(sizes):
    """Return `candidates` with a record of the page sizes."""
    from bot.store.items.matches import find_candidates

    original = find_candidates

    async def candidates(*args, limit, **kwargs):
        sizes.append(limit)
        return await original(*args, limit=limit, **kwargs)

    return candidates


async def test_a_search_result_can_be_summarised_by_its_number(world):
    await world.ingest_items(make_item("a", text="The first sentence. The second."))
    answer = await world.send_command("/search sanctions")
    assert answer.splitlines()[1].startswith("1. ")
    assert "The first sentence." in await world.send_command("/summary 1")


async def test_an_edited_topic_keeps_its_place_and_its_mute(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe football")
    await world.send_command("/mute 1 1d")
    answer = await world.send_command('/edit 1 "north korea" AND missile')
    assert '"north korea" AND missile' in answer
    topics = (await world.send_command("/topics")).splitlines()
    assert topics[1].startswith('1. "north korea" AND missile')
    assert "muted" in topics[1]
    await world.ingest_items(make_item("a"))
    assert len(world.matcher) == 2


async def test_a_button_removes_the_other_names_of_a_country(world):
    (card,) = await world.conversation.handle_message(
        IncomingMessage(CHAT, '/subscribe "North Korea"', "me")
    )
    (exact,) = [button for button in card.buttons if button.label == "Only these words"]
    await world.press_button(exact.action.verb, exact.action.argument)
    assert 'exact:"North Korea"' in await world.send_command("/topics")
    await world.ingest_items(
        make_item("a", title="DPRK speaks"), make_item("b", title="North Korea speaks")
    )
    await world.run_pipeline()
    assert world.chat.titles() == ["North Korea speaks"]


async def test_editing_into_an_existing_topic_is_refused(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe football")
    assert "already" in await world.send_command("/edit 2 sanctions")
    assert "2 topics" in await world.send_command("/topics")


@pytest.mark.parametrize("text", ["/edit", "/edit 1", "/edit x y", "/edit 9 sanctions"])
async def test_an_invalid_edit_gets_an_example(world, text):
    await world.send_command("/subscribe sanctions")
    answer = await world.send_command(text)
    assert "/edit 1" in answer or "do not follow" in answer


async def test_an_alias_is_replaced_by_its_topic(world):
    answer = await world.send_command('/alias nk = "north korea", pyongyang')
    assert "North Korea by any of its names" in answer
    assert "pyongyang" in await world.send_command("/subscribe nk AND missile")
    await world.ingest_items(make_item("a", title="Pyongyang tests a missile"))
    await world.run_pipeline()
    assert world.chat.titles() == ["Pyongyang tests a missile"]
    assert 'nk = "north korea", pyongyang' in await world.send_command("/alias")


async def test_a_quoted_word_or_a_field_name_is_not_replaced(world):
    await world.send_command("/alias title = uranium")
    assert "uranium" not in await world.send_command('/preview title:missile AND "title"')


async def test_an_alias_can_be_removed(world):
    await world.send_command("/alias nk = pyongyang")
    await world.send_command("/alias nk =")
    assert "nk = " not in await world.send_command("/alias")
    assert "pyongyang" not in await world.send_command("/preview nk")


@pytest.mark.parametrize(
    ("text", "keyword"),
    [
        ("/alias a b = c", "“a b”"),
        ("/alias and = x", "“and”"),
        ("/alias nk = (", "column 2"),
        ("/alias nk", "“nk”"),
    ],
)
async def test_an_invalid_alias_is_refused(world, text, keyword):
    before = await world.send_command("/alias")
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, text, "me"))
    assert card.private
    assert keyword in await world.send_command(text)
    assert await world.send_command("/alias") == before


async def test_a_chat_does_not_see_the_aliases_of_another_chat(world):
    from bot.models import ChatRef

    await world.send_command("/alias nk = pyongyang")
    assert "pyongyang" not in await world.send_command(
        "/preview nk", ChatRef("fake", "bot", "other")
    )


async def test_why_explains_each_leaf_of_a_topic_that_does_not_match(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a", title="Sanctions after missiles"))
    await world.run_pipeline()
    answer = await world.send_command('/why 1 sanctions AND "missile"')
    assert "does not match" in answer
    assert "found in the title" in answer
    assert "“missiles” in the title" in answer


async def test_preview_and_live_matching_agree_for_items_in_many_languages(world):
    items = [
        Item(key="ru", title="Новые санкции против банка", language="ru"),
        Item(key="de", title="Neue Sanktionen gegen Häuser", language="de"),
        Item(key="ko", title="북한의 미사일 발사", language="ko"),
        Item(key="zh", title="联合国制裁朝鲜", language="zh"),
        Item(key="ar", title="العقوبات على كوريا الشمالية", language="ar"),
    ]
    await world.ingest_items(*items)
    for topic in ("санкция", "Haus", "미사일", "制裁", "عقوبات", '"North Korea"'):
        live = sum(parse_query(topic).match(item) is not None for item in items)
        answer = await world.send_command(f"/preview {topic}")
        assert live > 0, topic
        assert f"{live} of 5 items" in answer, topic


async def test_a_search_without_index_compares_a_bounded_number_of_items(world, monkeypatch):
    monkeypatch.setattr("bot.conversation.item_search.MAX_CANDIDATES", 20)
    monkeypatch.setattr("bot.conversation.item_search._FIRST_PAGE", 8)
    sizes = []
    monkeypatch.setattr("bot.conversation.item_search.find_candidates", recording_candidates(sizes))
    await world.ingest_items(*(make_item(str(n)) for n in range(30)))
    for topic in ("source:zzzz", "author:zzzz", "tag:zzzz", "lang:xh", "country:zw"):
        sizes.clear()
        answer = await world.send_command(f"/search {topic}")
        assert "No items match" in answer
        assert "The newest 20 candidates were looked through." in answer
        assert sum(sizes) == 20


async def test_a_search_ends_after_its_time_limit(world, monkeypatch):
    from bot.conversation.item_search import ItemSearch

    monkeypatch.setattr("bot.conversation.item_search._FIRST_PAGE", 4)
    seconds = iter(range(0, 100, 10))
    search = ItemSearch(world.database, world.clock, timer=lambda: next(seconds))
    await world.ingest_items(*(make_item(str(n)) for n in range(30)))
    found = await search.search(parse_query("source:zzzz"), limit=5)
    assert (found.looked_through, found.is_complete) == (4, False)


async def test_a_complete_search_has_no_remark(world):
    await world.ingest_items(*(make_item(str(n)) for n in range(30)))
    assert "looked through" not in await world.send_command("/search source:zzzz")
    assert "looked through" not in await world.send_command("/search sanctions")
