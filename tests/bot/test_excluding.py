import pytest

from bot.conversation.request import Message
from tests.bot.conftest import YOU, brief
from watchers import Item, QuerySyntaxError, parse_query
from watchers.topics.excluding import excluding, label_of

FOOTBALL = brief("f", "Football club fined over sanctions", "The football league fined the club.")
OTHERS = [
    brief(f"o{n}", f"Sanctions on {name}", f"The council agreed on sanctions against {name}.")
    for n, name in enumerate(["a bank", "a port", "two ships", "a minister", "a refinery", "oil"])
]


async def card_of(world, text):
    (card,) = await world.conversation.hear(Message(YOU, text, "me"))
    return card


def text_of(card) -> str:
    return "\n".join("".join(piece.text for piece in one) for one in card.lines)


async def told(world) -> int:
    """The topic's items are there, the odd one as an alert; its number."""
    await world.find(FOOTBALL)
    await world.spread()
    await world.find(*OTHERS)
    await world.spread()
    assert world.chat.titles()[0] == FOOTBALL.title
    return 1


@pytest.mark.parametrize("topic", ["sanctions", "sanctions OR embargo"])
async def test_words_that_only_this_item_has_are_proposed_with_what_would_result(world, topic):
    await world.say(f"/subscribe {topic}")
    card = await card_of(world, f"/less {await told(world)}")
    assert card.asks
    labels = [button.label for button in card.buttons]
    assert labels[0] == "Without football"
    assert labels[-1] == "No"
    assert "Without sanctions" not in labels
    assert "Without council" not in labels
    said = text_of(card)
    proposed = "sanctions -football" if topic == "sanctions" else "(sanctions OR embargo) -football"
    assert f"• {proposed}  loses 0 of 6 others known" in said
    assert "-football" not in await world.say("/topics")  # nothing was changed yet


async def test_a_press_edits_the_topic_in_its_place_and_undo_brings_it_back(world):
    await world.say("/subscribe iran")
    await world.say("/subscribe sanctions")
    await world.say("/subscribe oil")
    card = await card_of(world, f"/less {await told(world)}")
    (done,) = await world.press(card.buttons[0].action.verb, card.buttons[0].action.argument)
    assert "Now following sanctions -football" in text_of(done)
    assert "2. sanctions -football" in await world.say("/topics")
    await world.find(brief("g", "Football and sanctions again"), brief("h", "New sanctions"))
    await world.spread()
    assert world.chat.titles()[-1] == "New sanctions"
    undo = done.buttons[0]
    assert undo.label == "Undo"
    await world.press(undo.action.verb, undo.action.argument)
    listed = await world.say("/topics")
    assert "2. sanctions " in listed
    assert "-football" not in listed


async def test_the_button_stands_on_the_alert(world):
    await world.say("/subscribe sanctions")
    await told(world)
    _, card = world.chat.sent[0]
    (button,) = [one for one in card.buttons if one.label == "Less like this"]
    (answer,) = await world.press(button.action.verb, button.action.argument)
    assert "Without football" in [one.label for one in answer.buttons]


async def test_an_item_of_two_topics_asks_for_which(world):
    await world.say("/subscribe sanctions")
    await world.say("/subscribe club")
    card = await card_of(world, f"/less {await told(world)}")
    assert [one.label for one in card.buttons] == ["sanctions", "club", "None"]
    (answer,) = await world.press(card.buttons[0].action.verb, card.buttons[0].action.argument)
    assert answer.buttons[0].label == "Without football"


async def test_where_nothing_tells_it_apart_that_is_said(world):
    await world.say("/subscribe sanctions")
    await world.find(brief("a", "Sanctions"), brief("b", "Sanctions", "Sanctions."))
    await world.spread()
    assert "No single word" in await world.say("/less 1")


async def test_a_topic_that_was_dropped_meanwhile_is_not_touched(world):
    await world.say("/subscribe sanctions")
    card = await card_of(world, f"/less {await told(world)}")
    await world.say("/unsubscribe 1")
    (answer,) = await world.press(card.buttons[0].action.verb, card.buttons[0].action.argument)
    assert "no longer follow" in text_of(answer)


@pytest.mark.parametrize(
    "argument", ["", "1", "1 ", "x y", "1 (", "1 sanctions", "1 \u202e", "1 " + "x" * 3_000]
)
@pytest.mark.parametrize("verb", ["leave_out", "put_back", "less_topic", "less"])
async def test_a_forged_button_breaks_nothing(world, verb, argument):
    await world.say("/subscribe sanctions")
    await told(world)
    for card in await world.press(verb, argument):
        assert "broke" not in text_of(card)


async def test_a_language_without_spaces_is_read_by_pairs(world):
    await world.say("/subscribe 制裁")
    items = [
        Item(key=f"k{n}", title=f"制裁{name}", source="s", language="zh")
        for n, name in enumerate(["银行", "港口", "部长", "石油", "足球"])
    ]
    for item in items:
        await world.find(item)
        await world.spread()
    card = await card_of(world, "/less 5")
    assert "Without 足球" in [one.label for one in card.buttons]


# ── the topic that results ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("topic", "label"),
    [
        ("sanctions", "sanctions -football"),
        ("sanctions -war", "sanctions -war -football"),
        ("iran, north korea", "(iran, north korea) -football"),
        ("north korea sanctions", "(north korea sanctions)~6 -football"),
        ("a OR b", "(a OR b) -football"),
        ('"North Korea"', '"North Korea" -football'),
        ('source:"BBC"', 'source:"BBC" -football'),
    ],
)
def test_the_rest_of_a_topic_means_what_it_meant(topic, label):
    query = parse_query(topic)
    without = excluding(query, "football")
    assert label_of(without, topic, "football") == label
    assert parse_query(str(without)) == without
    for text in ("sanctions", "iran", "north korea sanctions", "a", "DPRK", "Pyongyang"):
        item = Item(key="k", title=text, source="BBC")
        assert (query.match(item) is None) == (without.match(item) is None), text
        named = Item(key="k", title=f"{text} footballs", source="BBC", language="en")
        assert without.match(named) is None


@pytest.mark.parametrize("word", ["", "-", "*", "sanctions", "x" * 3_000])
def test_what_cannot_be_left_out_is_refused(word):
    with pytest.raises(QuerySyntaxError):
        excluding(parse_query("sanctions"), word)
