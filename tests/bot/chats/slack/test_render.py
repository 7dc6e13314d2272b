import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats.slack.incoming import Memory
from bot.chats.slack.markup import escaped, safe_url, typed
from bot.chats.slack.render import MOST_CHARACTERS, action_of, blocks_of, render_card, value_of
from bot.chats.slack.views import home_view, topic_modal
from bot.conversation.card import Action, Button, Card, Piece, Style, code, dim, line, say, strong
from bot.conversation.overview import Page
from tests.fakes.slack_blocks import links_of, problem_of, problem_of_view, texts_of

NASTY = (
    "<!channel>",
    "<!here|x>",
    "<@U123>",
    "<#C1|name>",
    "<https://evil.example|bank>",
    "&lt;!everyone&gt;",
    "&amp;",
    "*bold* _it_ ~no~ `code` ```",
    ":smile:",
    "@channel",
    "https://evil.example",
    "\u202eevil\u202c",
    "\x00\x1b[31m",
    "\ud800",
    "\U0001f468\u200d\U0001f469",
    "a\u0301" * 40,
    "\n\r\u2028",
    ">>> quote",
    "мир 北京 שלום",
)
hostile = st.lists(
    st.one_of(st.sampled_from(NASTY), st.text(max_size=30), st.characters()), max_size=12
).map("".join)
urls = st.one_of(
    st.none(),
    st.just("https://example.org/a?b=1&c=<2>"),
    st.just("https://example.org/fine"),
    st.just("javascript:alert(1)"),
    st.just("https://[bad"),
    st.just("https://example.org:99999/"),
    st.builds("https://example.org/{}".format, st.text(max_size=20)),
    hostile,
)
pieces = st.builds(Piece, hostile, st.sampled_from(Style), urls)
buttons = st.builds(
    Button,
    hostile,
    st.builds(Action, st.sampled_from(["summary", "mute"]), hostile, st.just(""), st.just("")),
)
cards = st.builds(
    Card,
    st.lists(st.lists(pieces, max_size=4).map(tuple), max_size=12).map(tuple),
    st.lists(buttons, max_size=6).map(tuple),
    st.booleans(),
)


def is_fine(payload) -> None:
    assert problem_of(payload["blocks"]) == ""
    assert len(json.dumps(payload["blocks"])) <= MOST_CHARACTERS
    json.dumps(payload).encode()
    text = payload["text"]
    assert 1 <= len(text) <= 4_000
    assert "<" not in text
    assert ">" not in text
    assert "://" not in text
    kinds = {kind for kind, _ in texts_of(payload["blocks"])}
    assert kinds <= {"text", "link", "plain_text"}  # nowhere is anything markup


@settings(max_examples=200, deadline=None)
@given(cards)
def test_whatever_a_card_holds_slack_takes_it_and_nothing_in_it_is_markup(card):
    payload = render_card(card)
    is_fine(payload)
    given_urls = {piece.url for one in card.lines for piece in one}
    assert set(links_of(payload["blocks"])) <= given_urls
    plain = render_card(card, plain=True)
    assert "blocks" not in plain
    assert "<" not in plain["text"]


def test_20_000_hostile_titles_are_taken_and_bring_no_mention_and_no_link():
    import random

    chance = random.Random(7)
    words = [*NASTY, "Council", "agrees", "on", "sanctions", " ", "—", "“", "</b>", "|", "\\"]
    for number in range(20_000):
        title = "".join(chance.choices(words, k=chance.randint(1, 12)))
        payload = render_card(say(line(Piece(title, Style.STRONG, "https://example.org/a"))))
        text, blocks = payload["text"], payload["blocks"]
        assert "<" not in text
        assert ">" not in text
        assert "://" not in text
        elements = [one for block in blocks for one in block["elements"][0]["elements"]]
        assert [(one["type"], one["url"]) for one in elements] in (
            [("link", "https://example.org/a")],
            [],  # nothing of the title can be seen
        )
        if number % 20 == 0:
            assert problem_of(blocks) == ""


@pytest.mark.parametrize("sign", ["x", "м", "北", '"', "/", "\\", "&", "\U0001f600"])
def test_a_card_that_is_too_long_is_cut_and_says_so(sign):
    long = say(*(line(strong(sign * 300)) for _ in range(200)))
    payload = render_card(long)
    is_fine(payload)
    assert "too long for one message" in json.dumps(payload["blocks"], ensure_ascii=False)
    is_fine(render_card(say(sign * 50_000)))


def test_many_lines_of_small_print_do_not_take_more_blocks_than_there_are():
    lines = [one for number in range(60) for one in (line(f"{number}"), line(dim("small")))]
    payload = render_card(say(*lines, buttons=(Button("x", Action("why")),)))
    is_fine(payload)
    assert "59" in json.dumps(payload["blocks"])


def test_a_button_that_slack_cannot_hold_is_left_out_with_a_word():
    card = say("Follow?", buttons=(Button("Yes", Action("subscribe", "x" * 2_001)), no()))
    payload = render_card(card)
    is_fine(payload)
    assert "fits no button" in json.dumps(payload["blocks"])
    assert len(payload["blocks"][-1]["elements"]) == 1


def no() -> Button:
    return Button("No", Action("dismiss"))


def test_thirty_buttons_of_long_foreign_words_stay_within_the_limits():
    buttons = tuple(Button("ж" * 100, Action("search", "ж" * 1_500)) for _ in range(30))
    is_fine(render_card(say("Which?", buttons=buttons, asks=True)))


@pytest.mark.parametrize(
    "action",
    [
        Action("mute"),
        Action("search", 'a "b" c'),
        Action("search", '["not", "json'),
        Action("search", '["a", 1]'),
        Action("summary", "1", "1"),
        Action("summary", "1", "1", "C1"),
        Action("search", '["a", "b", "c"]', "4", ""),
    ],
)
def test_an_action_comes_back_from_its_button_as_it_was(action):
    (block,) = blocks_of(Card((), (Button("x", action),)))
    button = block["elements"][0]
    assert action_of(button["action_id"], button.get("value", "")) == action
    assert value_of(action) == button.get("value", "")


def test_what_is_to_be_typed_is_spelt_for_slack():
    card = say(
        line(code("/subscribe sanctions"), " or ", code("/invite @Tocsin"), code("title:(x)"))
    )
    shown = "".join(text for _, text in texts_of(blocks_of(card)))
    assert shown == "/tocsin subscribe sanctions or /invite @Tocsintitle:(x)"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("<@UBOT> topics", "topics"),
        ("ask <@U1|ann> in <#C1|general>", "ask @ann in #general"),
        ("<https://example.org/?a=1&amp;b=2|here>", "https://example.org/?a=1&b=2"),
        ("<mailto:a@b.c|a@b.c>", "mailto:a@b.c"),
        ("<!here> now", "@here now"),
        ("a &lt; b &amp;amp; c", "a < b &amp; c"),
        ("<<>> < >", "<<>> < >"),
    ],
)
def test_what_people_type_is_read_without_slacks_markup(said, meant):
    assert typed(said, me="UBOT") == meant


def test_an_escaped_text_is_never_cut_within_an_entity():
    for limit in range(2, 40):
        cut = escaped("<>&" * 20, limit)
        assert len(cut) <= limit
        assert cut.rstrip("…").count("&") == cut.count(";")


@pytest.mark.parametrize(
    "url",
    ["ftp://a.b", "https://", "https://a b", "http://a/\x00", "//a.b", "https://a.b/" + "x" * 3000],
)
def test_what_is_no_address_of_the_web_is_no_link(url):
    assert safe_url(url) is None


@settings(max_examples=30, deadline=None)
@given(st.lists(cards, max_size=20), st.lists(cards, max_size=3), st.integers(0, 5))
def test_app_home_is_a_view_that_slack_takes_whatever_it_shows(topics, said, page):
    shown = Page(say("all of it"), tuple(topics))
    view = home_view(shown, said[:1], Memory("D1", page), said)
    assert problem_of_view(view) == ""


@settings(max_examples=30, deadline=None)
@given(cards)
def test_the_modal_is_a_view_that_slack_takes_whatever_it_previews(card):
    assert problem_of_view(topic_modal(Memory("D1"), card)) == ""
