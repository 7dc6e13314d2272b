import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats.telegram.render import (
    BUTTONS,
    JOINER,
    MAX_BUTTONS,
    MAX_BUTTONS_PER_ROW,
    MAX_CAPTION_UTF16_UNITS,
    MAX_ENTITIES,
    MAX_TEXT_UTF16_UNITS,
    button_rows,
    render_card,
    strip_invisible,
    truncate,
    utf16_length,
    web_address,
)
from bot.conversation.cards.card import Action, Button, Card, Style, TextSpan, make_card
from tests.bot.chats.telegram import oracle
from tests.fakes import telegram_html

URL = "https://news.example/a?b=1&c=<2>"
HOSTILE = """@durov #tag $TSLA /start Foo.rs README.md Booking.com http://a.b/c?d=e a<b <b> </b> <script>
&nbsp; &lt; &#39; &amp;amp; ' " \u202eevil пример.рф a@b.de x.y.z 192.168.0.1 192.168.0.1:80/x www.a.co
tg://resolve?domain=a ton://x /cmd@bot t.me/durov мир 北韩.中国 日本.jp a。com a．com a｡com ＠durov ＃tag
mailto:a@b.de javascript:alert(1) -.- a_b.co a-b.com é.com 1.5 2.0.1 v1.2 U.S.A a..b \u200d \u200b.com
a.\u200bcom a\u2060.com #\u200btag @\u200bdurov .com a.com. (a.com) a.com/x 😀.ws xn--e1afmkfd.xn--p1ai
¤ €TSLA $TSLA.X #日本 @a /a //a a/b 1/2 a:/b 4111-1111 \x00 \ud800 👨‍👩‍👧.com e\u0301\u0301\u0301\u0301
\U000e0041\U000e0042 <a\u00a0href='tg://user?id=1'>x</a> ]]> <!-- &#x3c; &#60;b&#62;
tag. tg: ton: #""".split()


def make_hostile_title(rng: random.Random) -> str:
    glue = ["", "", " ", "  ", ".", "\n", "\u200d"]
    return "".join(rng.choice(HOSTILE) + rng.choice(glue) for _ in range(rng.randint(1, 9)))


def make_full_card(text: str) -> Card:
    """Return a card with the text in every style."""
    halves = (TextSpan(text[::2], Style.STRONG, URL), TextSpan(text, Style.HIGHLIGHT, URL))
    return Card(
        (
            halves,
            (TextSpan(text), TextSpan(text, Style.HIGHLIGHT), TextSpan(text, Style.DIM)),
            (TextSpan(text, Style.CODE), TextSpan(text)),
            (TextSpan(text, Style.QUOTE),),
            (TextSpan(text, Style.QUOTE),),
            (TextSpan(text, Style.PLAIN, text),),
        ),
        (Button(text, Action("summary", "1")),),
    )


@pytest.mark.usefixtures("judge")
def test_hostile_titles_are_valid_and_create_no_links():
    """Run a tenth of benchmarks/telegram_titles.py."""
    rng = random.Random(6)
    refused, strays = [], []
    for _ in range(2_000):
        title = make_hostile_title(rng)
        parsed = oracle.parse_html(str(render_card(make_full_card(title))["text"]))
        if parsed["@type"] == "error":
            refused.append((title, parsed["message"]))
        else:
            strays += oracle.find_unintended_links(parsed)
    assert (refused, strays) == ([], [])


@pytest.mark.usefixtures("judge")
@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_any_text_is_valid_and_creates_no_links(text):
    parsed = oracle.parse_html(str(render_card(make_full_card(text))["text"]))
    assert parsed["@type"] != "error"
    assert oracle.find_unintended_links(parsed) == []


@pytest.mark.usefixtures("judge")
def test_unrendered_titles_are_refused():
    """Verify that the reference detects errors and links, so that the tests above prove something."""
    rng = random.Random(6)
    results = [oracle.parse_html(make_hostile_title(rng)) for _ in range(500)]
    assert sum(parsed["@type"] == "error" for parsed in results) > 100
    assert any(
        oracle.find_unintended_links(parsed) for parsed in results if parsed["@type"] != "error"
    )


@settings(deadline=None, max_examples=300)
@given(st.text(), st.booleans())
def test_rendered_cards_are_valid_and_within_limits(text, plain):
    payload = render_card(make_full_card(text * 30), plain=plain)
    visible_text = (
        str(payload["text"]) if plain else telegram_html.visible_text(str(payload["text"]))
    )
    assert visible_text.strip()
    assert utf16_length(visible_text) <= MAX_TEXT_UTF16_UNITS
    assert str(payload["text"]).count("</") <= MAX_ENTITIES
    assert ("parse_mode" in payload) is not plain


def test_caption_has_shorter_limit():
    text = str(render_card(make_card("word " * 4000), max_units=MAX_CAPTION_UTF16_UNITS)["text"])
    assert 1_000 < utf16_length(telegram_html.visible_text(text)) <= MAX_CAPTION_UTF16_UNITS
    assert text.endswith("…")


def test_characters_beyond_basic_plane_count_twice():
    assert (
        utf16_length(telegram_html.visible_text(str(render_card(make_card("😀" * 4000))["text"])))
        <= MAX_TEXT_UTF16_UNITS
    )


def test_excess_entities_are_dropped_and_text_is_kept():
    card = Card(tuple((TextSpan(f"w{n} ", Style.HIGHLIGHT),) for n in range(150)))
    text = str(render_card(card)["text"])
    assert text.count("<b>") == MAX_ENTITIES
    assert "w149" in text


def test_title_is_bold_linked_and_highlights_matches():
    title = (TextSpan("New ", Style.STRONG, URL), TextSpan("sanctions", Style.HIGHLIGHT, URL))
    text = render_card(Card((title, (TextSpan("of "), TextSpan("sanctions", Style.HIGHLIGHT)))))[
        "text"
    ]
    assert text == (
        '<a href="https://news.example/a?b=1&amp;c=&lt;2&gt;"><b>New </b><b><u>sanctions</u></b></a>'
        "\nof <b>sanctions</b>"
    )


def test_only_article_has_preview():
    titled = Card(
        ((TextSpan("A", Style.STRONG, URL),), (TextSpan("B", Style.PLAIN, "https://b.example"),))
    )
    assert render_card(titled)["link_preview_options"] == {"url": URL}
    listed = Card(((TextSpan("Found:"),), (TextSpan("A", Style.STRONG, URL),)))
    assert render_card(listed)["link_preview_options"] == {"is_disabled": True}
    assert render_card(titled, plain=True)["link_preview_options"] == {"is_disabled": True}


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "tg://user?id=1",
        "ftp://a.b/c",
        "//a.b",
        "/etc/passwd",
        "http://",
        "http://[",
        "https://a b.c",
        "https://a.b/" + "x" * 3000,
        "",
        None,
    ],
)
def test_invalid_web_address_is_not_linked(url):
    assert web_address(url) is None
    assert "<a" not in str(render_card(Card(((TextSpan("A", Style.STRONG, url),),)))["text"])


def test_address_is_escaped_in_attribute():
    url = 'https://a.b/"><script>'
    text = str(render_card(Card(((TextSpan("A", Style.PLAIN, url),),)))["text"])
    assert text == '<a href="https://a.b/&quot;&gt;&lt;script&gt;">A</a>'


def test_code_is_unchanged():
    text = render_card(Card(((TextSpan("/subscribe site:a.com", Style.CODE),),)))["text"]
    assert text == "<code>/subscribe site:a.com</code>"


def test_adjacent_quotes_are_one_block():
    card = Card(
        ((TextSpan("One.", Style.QUOTE),), (TextSpan("Two.", Style.QUOTE),), (TextSpan("three"),))
    )
    assert render_card(card)["text"] == "<blockquote>One.\nTwo.</blockquote>\nthree"


def test_empty_card_is_valid_message():
    assert render_card(Card(()))["text"] == "…"
    assert render_card(make_card("\u200b\u202e"))["text"] == "…"


@pytest.mark.parametrize(
    ("text", "visible"),
    [
        ("a\u202eb\u2066c", "abc"),
        ("a\x00\x07b\tc", "ab c"),
        ("\U000e0041x", "x"),
        ("e" + "\u0301" * 40, "é" + "\u0301" * 5),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("می‌خواهم", "می‌خواهم"),
        ("a\ud800b", "ab"),
    ],
)
def test_strip_invisible(text, visible):
    assert strip_invisible(text) == visible


@settings(deadline=None)
@given(st.text(), st.integers(0, 50))
def test_truncated_text_fits_and_is_prefix(text, max_units):
    short = truncate(text, max_units)
    assert utf16_length(short) <= max_units
    assert short == text or text.startswith(short.removesuffix("…"))


def test_buttons_of_alert_are_two_rows_of_two():
    names = ("Summary", "Why", "Mute", "Unsubscribe")
    rows = button_rows([Button(name, Action(name)) for name in names])
    assert [[button.label for button in row] for row in rows] == [
        ["Summary", "Why"],
        ["Mute", "Unsubscribe"],
    ]


@settings(deadline=None)
@given(st.lists(st.text(max_size=80), max_size=130))
def test_button_rows_are_within_limits(labels):
    rows = button_rows([Button(label, Action("x")) for label in labels])
    assert sum(map(len, rows)) == min(len(labels), MAX_BUTTONS)
    assert all(1 <= len(row) <= MAX_BUTTONS_PER_ROW for row in rows)
    assert all(
        button.label.strip() and utf16_length(button.label) <= 40 for row in rows for button in row
    )


def test_rendering_is_deterministic():
    card = make_full_card("Sanctions @ U.N.")
    assert all(a == b for a, b in pairwise(render_card(card) for _ in range(3)))
    assert BUTTONS in render_card(card)
    assert JOINER in str(render_card(card)["text"])
