"""Rendering of cards and views, with hostile_texts text and at the limits of Slack."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats.slack.payloads import ViewState, unescape
from bot.chats.slack.render import (
    MAX_BLOCKS_CHARS,
    button_value,
    card_blocks,
    escape_truncated,
    parse_button_action,
    render_card,
    safe_url,
)
from bot.chats.slack.requests import with_slack_command_prefix
from bot.chats.slack.views import home_view, topic_modal
from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    Style,
    TextSpan,
    code,
    dim,
    line,
    make_card,
    strong,
)
from bot.conversation.cards.overview import OverviewPage
from bot.conversation.registry import Command, CommandRegistry
from bot.conversation.request import CommandRequest
from tests.fakes.slack_blocks import links_of, problem_of, problem_of_view, texts_of

HOSTILE_PARTS = (
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
hostile_texts = st.lists(
    st.one_of(st.sampled_from(HOSTILE_PARTS), st.text(max_size=30), st.characters()), max_size=12
).map("".join)
urls = st.one_of(
    st.none(),
    st.just("https://example.org/a?b=1&c=<2>"),
    st.just("https://example.org/fine"),
    st.just("javascript:alert(1)"),
    st.just("https://[bad"),
    st.just("https://example.org:99999/"),
    st.builds("https://example.org/{}".format, st.text(max_size=20)),
    hostile_texts,
)
spans = st.builds(TextSpan, hostile_texts, st.sampled_from(Style), urls)
buttons = st.builds(
    Button,
    hostile_texts,
    st.builds(
        Action, st.sampled_from(["summary", "mute"]), hostile_texts, st.just(""), st.just("")
    ),
)
cards = st.builds(
    Card,
    st.lists(st.lists(spans, max_size=4).map(tuple), max_size=12).map(tuple),
    st.lists(buttons, max_size=6).map(tuple),
    st.booleans(),
)


def assert_within_limits(payload) -> None:
    assert problem_of(payload["blocks"]) == ""
    assert len(json.dumps(payload["blocks"])) <= MAX_BLOCKS_CHARS
    json.dumps(payload).encode()
    text = payload["text"]
    assert 1 <= len(text) <= 4_000
    assert "<" not in text
    assert ">" not in text
    assert "://" not in text
    # None of these types is parsed as markup.
    kinds = {kind for kind, _ in texts_of(payload["blocks"])}
    assert kinds <= {"text", "link", "plain_text"}


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(cards)
def test_slack_accepts_any_card_and_no_text_in_it_is_markup(card):
    payload: Any = render_card(card)
    assert_within_limits(payload)
    card_urls = {span.url for card_line in card.lines for span in card_line}
    assert set(links_of(payload["blocks"])) <= card_urls
    plain: Any = render_card(card, plain=True)
    assert "blocks" not in plain
    assert "<" not in plain["text"]


@pytest.mark.slow
def test_20_000_hostile_titles_are_accepted_without_mentions_and_links():
    import random

    rng = random.Random(7)
    words = [
        *HOSTILE_PARTS,
        "Council",
        "agrees",
        "on",
        "sanctions",
        " ",
        "—",
        "“",
        "</b>",
        "|",
        "\\",
    ]
    for number in range(20_000):
        title = "".join(rng.choices(words, k=rng.randint(1, 12)))
        payload: Any = render_card(
            make_card(line(TextSpan(title, Style.STRONG, "https://example.org/a")))
        )
        text, blocks = payload["text"], payload["blocks"]
        assert "<" not in text
        assert ">" not in text
        assert "://" not in text
        elements = [element for block in blocks for element in block["elements"][0]["elements"]]
        assert [(element["type"], element["url"]) for element in elements] in (
            [("link", "https://example.org/a")],
            # The title has no visible character.
            [],
        )
        if number % 20 == 0:
            assert problem_of(blocks) == ""


@pytest.mark.parametrize("char", ["x", "м", "北", '"', "/", "\\", "&", "\U0001f600"])
def test_a_long_card_is_cut_with_a_notice(char):
    long_card = make_card(*(line(strong(char * 300)) for _ in range(200)))
    payload: Any = render_card(long_card)
    assert_within_limits(payload)
    assert "too long" in json.dumps(payload["blocks"], ensure_ascii=False)
    assert_within_limits(render_card(make_card(char * 50_000)))


def test_many_dim_lines_stay_within_the_block_limit():
    lines = [
        card_line for number in range(60) for card_line in (line(f"{number}"), line(dim("small")))
    ]
    payload: Any = render_card(make_card(*lines, buttons=(Button("x", Action("why")),)))
    assert_within_limits(payload)
    assert "59" in json.dumps(payload["blocks"])


def test_a_button_with_a_long_value_is_left_out_with_a_hint():
    card = make_card(
        "Follow?", buttons=(Button("Yes", Action("subscribe", "x" * 2_001)), no_button())
    )
    payload: Any = render_card(card)
    assert_within_limits(payload)
    assert "type the command" in json.dumps(payload["blocks"])
    assert len(payload["blocks"][-1]["elements"]) == 1


def no_button() -> Button:
    return Button("No", Action("dismiss"))


def test_thirty_buttons_with_long_cyrillic_labels_stay_within_the_limits():
    buttons = tuple(Button("ж" * 100, Action("search", "ж" * 1_500)) for _ in range(30))
    assert_within_limits(render_card(make_card("Which?", buttons=buttons, is_question=True)))


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
def test_an_action_survives_the_round_trip_through_a_button(action):
    (block,) = card_blocks(Card((), (Button("x", action),)))
    button = block["elements"][0]
    assert parse_button_action(button["action_id"], button.get("value", "")) == action
    assert button_value(action) == button.get("value", "")


def test_commands_get_the_prefix_of_slack():
    card = make_card(
        line(code("/subscribe sanctions"), " or ", code("/invite @Tocsin"), code("title:(x)"))
    )
    text = "".join(text for _, text in texts_of(card_blocks(card)))
    assert text == "/tocsin subscribe sanctions or /invite @Tocsintitle:(x)"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("<@UBOT> topics", "topics"),
        ("ask <@U1|ann> in <#C1|general>", "ask @ann in #general"),
        ("<https://example.org/?a=1&amp;b=2|here>", "https://example.org/?a=1&b=2"),
        ("<mailto:a@b.c|a@b.c>", "a@b.c"),
        ("<!here> now", "@here now"),
        ("a &lt; b &amp;amp; c", "a < b &amp; c"),
        ("<<>> < >", "<<>> < >"),
    ],
)
def test_incoming_text_is_read_without_markup(raw, text):
    assert unescape(raw, me="UBOT") == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("subscribe <http://Booking.com|Booking.com>", "subscribe Booking.com"),
        ("source:<http://bbc.co.uk|bbc.co.uk> sanctions", "source:bbc.co.uk sanctions"),
        ("Is <http://Amazon.com|Amazon.com> in the news?", "Is Amazon.com in the news?"),
        ("<https://bbc.co.uk/news>", "https://bbc.co.uk/news"),
        ("<https://bbc.co.uk/news|the news>", "https://bbc.co.uk/news"),
        ("<mailto:ann@example.org|ann@example.org>", "ann@example.org"),
        ("north\u00a0korea\u202fsanctions", "north korea sanctions"),
        ("““north korea”” sanctions", "“north korea” sanctions"),
    ],
)
def test_words_that_slack_made_links_and_odd_characters_are_words_again(raw, text):
    assert unescape(raw, me="UBOT") == text


async def _no_cards(_: CommandRequest) -> list[Card]:
    return []


def test_commands_in_the_text_of_an_article_are_not_rewritten():
    commands = CommandRegistry([Command("help", _no_cards, "this list")])
    card = make_card(
        line(TextSpan("The option /help is new.", is_foreign=True), " /help lists all commands.")
    )
    rewritten = with_slack_command_prefix(card, commands)
    texts = [span.text for span in rewritten.lines[0]]
    assert texts == ["The option /help is new.", " /tocsin help lists all commands."]


def test_escaped_text_is_not_cut_inside_an_entity():
    for limit in range(2, 40):
        cut = escape_truncated("<>&" * 20, limit)
        assert len(cut) <= limit
        assert cut.rstrip("…").count("&") == cut.count(";")


@pytest.mark.parametrize(
    "url",
    ["ftp://a.b", "https://", "https://a b", "http://a/\x00", "//a.b", "https://a.b/" + "x" * 3000],
)
def test_an_invalid_url_is_not_a_link(url):
    assert safe_url(url) is None


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(cards, max_size=20), st.lists(cards, max_size=3), st.integers(0, 5))
def test_slack_accepts_app_home_with_any_cards(topics, notices, page):
    overview = OverviewPage(make_card("all of it"), tuple(topics))
    view = home_view(overview, notices[:1], ViewState("D1", page), notices)
    assert problem_of_view(view) == ""


@settings(max_examples=30, deadline=None)
@given(cards)
def test_slack_accepts_the_modal_with_any_preview(card):
    assert problem_of_view(topic_modal(ViewState("D1"), card)) == ""
