import pytest

from bot.conversation.request import IncomingMessage
from tests.bot.conftest import CHAT, make_item
from watchers import Item, QuerySyntaxError, parse_query
from watchers.topics.exclusion import exclude_term, make_exclusion_label

FOOTBALL = make_item(
    "f", "Football club fined over sanctions", "The football league fined the club."
)
OTHERS = [
    make_item(f"o{n}", f"Sanctions on {name}", f"The council agreed on sanctions against {name}.")
    for n, name in enumerate(["a bank", "a port", "two ships", "a minister", "a refinery", "oil"])
]


async def card_of(world, text):
    (card,) = await world.conversation.handle_message(IncomingMessage(CHAT, text, "me"))
    return card


def text_of(card) -> str:
    return "\n".join("".join(span.text for span in line) for line in card.lines)


async def deliver_items(world) -> int:
    """Deliver the items and return the number of the one about football."""
    await world.ingest_items(FOOTBALL)
    await world.run_pipeline()
    await world.ingest_items(*OTHERS)
    await world.run_pipeline()
    assert world.chat.titles()[0] == FOOTBALL.title
    return 1


@pytest.mark.parametrize("topic", ["sanctions", "sanctions OR embargo"])
async def test_words_that_only_this_item_has_are_proposed_with_the_resulting_topic(world, topic):
    await world.send_command(f"/subscribe {topic}")
    card = await card_of(world, f"/less {await deliver_items(world)}")
    assert card.is_question
    labels = [button.label for button in card.buttons]
    assert labels[0] == "Without football"
    assert labels[-1] == "No"
    assert "Without sanctions" not in labels
    assert "Without council" not in labels
    text = text_of(card)
    proposed = "sanctions -football" if topic == "sanctions" else "(sanctions OR embargo) -football"
    assert f"• {proposed}  loses 0 of 6 " in text
    # The topic does not change before the user chooses.
    assert "-football" not in await world.send_command("/topics")


async def test_a_button_replaces_the_topic_and_undo_restores_it(world):
    await world.send_command("/subscribe iran")
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe oil")
    card = await card_of(world, f"/less {await deliver_items(world)}")
    (done,) = await world.press_button(card.buttons[0].action.verb, card.buttons[0].action.argument)
    assert "sanctions -football" in text_of(done)
    assert "2. sanctions -football" in await world.send_command("/topics")
    await world.ingest_items(
        make_item("g", "Football and sanctions again"), make_item("h", "New sanctions")
    )
    await world.run_pipeline()
    assert world.chat.titles()[-1] == "New sanctions"
    undo = done.buttons[0]
    assert undo.label == "Undo"
    await world.press_button(undo.action.verb, undo.action.argument)
    topics = await world.send_command("/topics")
    assert "2. sanctions " in topics
    assert "-football" not in topics


async def test_an_alert_has_the_button(world):
    await world.send_command("/subscribe sanctions")
    await deliver_items(world)
    _, card = world.chat.sent[0]
    (button,) = [button for button in card.buttons if button.label == "Less like this"]
    (answer,) = await world.press_button(button.action.verb, button.action.argument)
    assert "Without football" in [button.label for button in answer.buttons]


async def test_for_an_item_of_two_topics_the_bot_asks_for_the_topic(world):
    await world.send_command("/subscribe sanctions")
    await world.send_command("/subscribe club")
    card = await card_of(world, f"/less {await deliver_items(world)}")
    assert [button.label for button in card.buttons] == ["sanctions", "club", "None"]
    (answer,) = await world.press_button(
        card.buttons[0].action.verb, card.buttons[0].action.argument
    )
    assert answer.buttons[0].label == "Without football"


async def test_without_a_distinctive_word_there_is_no_proposal(world):
    await world.send_command("/subscribe sanctions")
    await world.ingest_items(make_item("a", "Sanctions"), make_item("b", "Sanctions", "Sanctions."))
    await world.run_pipeline()
    card = await card_of(world, "/less 1")
    assert card.buttons == ()
    assert "sanctions" in text_of(card)


async def test_a_topic_that_was_removed_meanwhile_is_not_changed(world):
    await world.send_command("/subscribe sanctions")
    card = await card_of(world, f"/less {await deliver_items(world)}")
    await world.send_command("/unsubscribe 1")
    (answer,) = await world.press_button(
        card.buttons[0].action.verb, card.buttons[0].action.argument
    )
    assert "no longer follow" in text_of(answer)


@pytest.mark.parametrize(
    "argument", ["", "1", "1 ", "x y", "1 (", "1 sanctions", "1 \u202e", "1 " + "x" * 3_000]
)
@pytest.mark.parametrize("verb", ["leave_out", "put_back", "less_topic", "less"])
async def test_a_forged_button_causes_no_internal_error(world, verb, argument):
    await world.send_command("/subscribe sanctions")
    await deliver_items(world)
    for card in await world.press_button(verb, argument):
        assert "internal error" not in text_of(card)


async def test_a_language_without_spaces_is_compared_by_pairs_of_characters(world):
    await world.send_command("/subscribe 制裁")
    items = [
        Item(key=f"k{n}", title=f"制裁{name}", source="s", language="zh")
        for n, name in enumerate(["银行", "港口", "部长", "石油", "足球"])
    ]
    for item in items:
        await world.ingest_items(item)
        await world.run_pipeline()
    card = await card_of(world, "/less 5")
    assert "Without 足球" in [button.label for button in card.buttons]


# ── the topic that results ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("topic", "label"),
    [
        ("sanctions", "sanctions -football"),
        ("sanctions -war", "sanctions -war -football"),
        ("iran, north korea", "(iran, north korea) -football"),
        ("storm flood damage", "(storm flood damage)~6 -football"),
        ("north korea sanctions", '"north korea" NEAR/4 sanctions -football'),
        ("a OR b", "(a OR b) -football"),
        ('"North Korea"', '"North Korea" -football'),
        ('source:"BBC"', 'source:"BBC" -football'),
    ],
)
def test_the_other_terms_of_a_topic_keep_their_meaning(topic, label):
    query = parse_query(topic)
    without = exclude_term(query, "football")
    assert make_exclusion_label(without, topic, "football") == label
    assert parse_query(str(without)) == without
    for text in ("sanctions", "iran", "north korea sanctions", "a", "DPRK", "Pyongyang"):
        item = Item(key="k", title=text, source="BBC")
        assert (query.match(item) is None) == (without.match(item) is None), text
        named = Item(key="k", title=f"{text} footballs", source="BBC", language="en")
        assert without.match(named) is None


@pytest.mark.parametrize("word", ["", "-", "*", "sanctions", "x" * 3_000])
def test_an_invalid_word_is_rejected(word):
    with pytest.raises(QuerySyntaxError):
        exclude_term(parse_query("sanctions"), word)
