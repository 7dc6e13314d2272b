import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chats.telegram.markup import JOINER, cut, units, visible, web_address
from bot.chats.telegram.render import (
    BUTTONS,
    MOST_BUTTONS,
    MOST_CAPTION,
    MOST_ENTITIES,
    MOST_IN_ROW,
    MOST_TEXT,
    render_card,
    rows,
)
from bot.conversation.card import Action, Button, Card, Piece, Style, say
from tests.bot.chats.telegram import oracle
from tests.fakes.telegram_chats import readable

URL = "https://news.example/a?b=1&c=<2>"
HOSTILE = """@durov #tag $TSLA /start Foo.rs README.md Booking.com http://a.b/c?d=e a<b <b> </b> <script>
&nbsp; &lt; &#39; &amp;amp; ' " \u202eevil пример.рф a@b.de x.y.z 192.168.0.1 192.168.0.1:80/x www.a.co
tg://resolve?domain=a ton://x /cmd@bot t.me/durov мир 北韩.中国 日本.jp a。com a．com a｡com ＠durov ＃tag
mailto:a@b.de javascript:alert(1) -.- a_b.co a-b.com é.com 1.5 2.0.1 v1.2 U.S.A a..b \u200d \u200b.com
a.\u200bcom a\u2060.com #\u200btag @\u200bdurov .com a.com. (a.com) a.com/x 😀.ws xn--e1afmkfd.xn--p1ai
¤ €TSLA $TSLA.X #日本 @a /a //a a/b 1/2 a:/b 4111-1111 \x00 \ud800 👨‍👩‍👧.com e\u0301\u0301\u0301\u0301
\U000e0041\U000e0042 <a\u00a0href='tg://user?id=1'>x</a> ]]> <!-- &#x3c; &#60;b&#62;
tag. tg: ton: #""".split()


def hostile(rng: random.Random) -> str:
    glue = ["", "", " ", "  ", ".", "\n", "\u200d"]
    return "".join(rng.choice(HOSTILE) + rng.choice(glue) for _ in range(rng.randint(1, 9)))


def everything(text: str) -> Card:
    """A card that says the same in every way there is."""
    halves = (Piece(text[::2], Style.STRONG, URL), Piece(text, Style.MARK, URL))
    return Card(
        (
            halves,
            (Piece(text), Piece(text, Style.MARK), Piece(text, Style.DIM)),
            (Piece(text, Style.CODE), Piece(text)),
            (Piece(text, Style.QUOTE),),
            (Piece(text, Style.QUOTE),),
            (Piece(text, Style.PLAIN, text),),
        ),
        (Button(text, Action("summary", "1")),),
    )


@pytest.mark.usefixtures("judge")
def test_no_hostile_title_is_refused_or_becomes_a_link_by_telegrams_own_reading():
    """A tenth of what benchmarks/telegram_titles.py runs."""
    rng = random.Random(6)
    refused, strays = [], []
    for _ in range(2_000):
        title = hostile(rng)
        read = oracle.read_html(str(render_card(everything(title))["text"]))
        if read["@type"] == "error":
            refused.append((title, read["message"]))
        else:
            strays += oracle.strays(read)
    assert (refused, strays) == ([], [])


@pytest.mark.usefixtures("judge")
@settings(deadline=None, max_examples=300)
@given(st.text(max_size=60))
def test_no_text_at_all_is_refused_or_becomes_a_link(text):
    read = oracle.read_html(str(render_card(everything(text))["text"]))
    assert read["@type"] != "error"
    assert oracle.strays(read) == []


@pytest.mark.usefixtures("judge")
def test_without_our_care_the_same_titles_are_refused():
    """Otherwise the judge would see nothing, and the tests above would prove nothing."""
    rng = random.Random(6)
    reads = [oracle.read_html(hostile(rng)) for _ in range(500)]
    assert sum(read["@type"] == "error" for read in reads) > 100
    assert any(oracle.strays(read) for read in reads if read["@type"] != "error")


@settings(deadline=None, max_examples=300)
@given(st.text(), st.booleans())
def test_what_is_rendered_is_read_by_the_strict_server_and_keeps_its_limits(text, plain):
    payload = render_card(everything(text * 30), plain=plain)
    said = str(payload["text"]) if plain else readable(str(payload["text"]))
    assert said.strip()
    assert units(said) <= MOST_TEXT
    assert str(payload["text"]).count("</") <= MOST_ENTITIES
    assert ("parse_mode" in payload) is not plain


def test_a_caption_is_shorter():
    text = str(render_card(say("word " * 4000), most=MOST_CAPTION)["text"])
    assert 1_000 < units(readable(text)) <= MOST_CAPTION
    assert text.endswith("…")


def test_letters_beyond_the_basic_plane_count_twice():
    assert units(readable(str(render_card(say("😀" * 4000))["text"]))) <= MOST_TEXT


def test_more_marks_than_telegram_shows_are_left_out_and_the_words_stay():
    card = Card(tuple((Piece(f"w{n} ", Style.MARK),) for n in range(150)))
    text = str(render_card(card)["text"])
    assert text.count("<b>") == MOST_ENTITIES
    assert "w149" in text


def test_a_title_is_bold_linked_and_shows_what_matched():
    title = (Piece("New ", Style.STRONG, URL), Piece("sanctions", Style.MARK, URL))
    text = render_card(Card((title, (Piece("of "), Piece("sanctions", Style.MARK)))))["text"]
    assert text == (
        '<a href="https://news.example/a?b=1&amp;c=&lt;2&gt;"><b>New </b><b><u>sanctions</u></b></a>'
        "\nof <b>sanctions</b>"
    )


def test_only_the_article_is_previewed():
    titled = Card(
        ((Piece("A", Style.STRONG, URL),), (Piece("B", Style.PLAIN, "https://b.example"),))
    )
    assert render_card(titled)["link_preview_options"] == {"url": URL}
    listed = Card(((Piece("Found:"),), (Piece("A", Style.STRONG, URL),)))
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
def test_what_is_no_address_on_the_web_is_no_link(url):
    assert web_address(url) is None
    assert "<a" not in str(render_card(Card(((Piece("A", Style.STRONG, url),),)))["text"])


def test_an_address_cannot_leave_its_quotes():
    url = 'https://a.b/"><script>'
    text = str(render_card(Card(((Piece("A", Style.PLAIN, url),),)))["text"])
    assert text == '<a href="https://a.b/&quot;&gt;&lt;script&gt;">A</a>'


def test_what_is_to_be_typed_is_copied_as_it_is():
    text = render_card(Card(((Piece("/subscribe site:a.com", Style.CODE),),)))["text"]
    assert text == "<code>/subscribe site:a.com</code>"


def test_quotes_in_a_row_are_one_block():
    card = Card(((Piece("One.", Style.QUOTE),), (Piece("Two.", Style.QUOTE),), (Piece("three"),)))
    assert render_card(card)["text"] == "<blockquote>One.\nTwo.</blockquote>\nthree"


def test_nothing_to_say_is_still_a_message():
    assert render_card(Card(()))["text"] == "…"
    assert render_card(say("\u200b\u202e"))["text"] == "…"


@pytest.mark.parametrize(
    ("text", "seen"),
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
def test_what_is_not_seen_or_turns_what_is_seen_is_left_out(text, seen):
    assert visible(text) == seen


@settings(deadline=None)
@given(st.text(), st.integers(0, 50))
def test_a_cut_text_fits_and_is_a_beginning(text, room):
    short = cut(text, room)
    assert units(short) <= room
    assert short == text or text.startswith(short.removesuffix("…"))


def test_the_buttons_of_an_alert_are_two_rows_of_two():
    names = ("Summary", "Why", "Mute", "Unsubscribe")
    made = rows([Button(name, Action(name)) for name in names])
    assert [[key.label for key in row] for row in made] == [
        ["Summary", "Why"],
        ["Mute", "Unsubscribe"],
    ]


@settings(deadline=None)
@given(st.lists(st.text(max_size=80), max_size=130))
def test_rows_hold_what_telegram_takes(labels):
    made = rows([Button(label, Action("x")) for label in labels])
    assert sum(map(len, made)) == min(len(labels), MOST_BUTTONS)
    assert all(1 <= len(row) <= MOST_IN_ROW for row in made)
    assert all(key.label.strip() and units(key.label) <= 40 for row in made for key in row)


def test_the_same_card_gives_the_same_payload():
    card = everything("Sanctions @ U.N.")
    assert all(a == b for a, b in pairwise(render_card(card) for _ in range(3)))
    assert BUTTONS in render_card(card)
    assert JOINER in str(render_card(card)["text"])
