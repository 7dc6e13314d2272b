import pytest

from watchers.feeds.plain import LONGEST_TITLE, body_paragraphs, title_line
from watchers.feeds.values import Words


@pytest.mark.parametrize(
    ("value", "line"),
    [
        ("Plain words", "Plain words"),
        ("  two\n lines ", "two lines"),
        ("AT&T <3", "AT&T <3"),
        ("1 < 2 & 3 > 2", "1 < 2 & 3 > 2"),
        ("List<String> in Java", "List<String> in Java"),
        ("Q&A: what now?", "Q&A: what now?"),
        ("Fish &amp; chips", "Fish & chips"),
        ("Fish &amp;amp; chips", "Fish & chips"),
        ("The &#8220;deal&#8221; &#x2014; signed", "The “deal” — signed"),
        ("caf&eacute; &nbsp;&hellip;", "café …"),
        ("<b>Bold</b> words", "Bold words"),
        ("&lt;b&gt;Bold&lt;/b&gt; words", "Bold words"),
        ("Use &lt;br&gt; in HTML", "Use <br> in HTML"),
        ("one<br/>two", "one two"),
        ("<p>A <em>new</em> day</p>", "A new day"),
        ('<a href="https://x.org/?a=1&b=2">Linked</a>', "Linked"),
        ("safe<script>alert(1)</script>", "safe"),
        ("R&D up 5% <http://x.org>", "R&D up 5% <http://x.org>"),
        ("hidden\u202e text\u0000", "hidden text"),
        ("x" * 2_000, "x" * LONGEST_TITLE),
    ],
)
def test_a_title_of_unknown_kind_becomes_what_its_writer_meant(value, line):
    assert title_line(Words(value)) == line


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (Words("The <blink> tag", "text"), "The <blink> tag"),
        (Words("Fish &amp; chips", "text"), "Fish & chips"),
        (Words("The &lt;blink&gt; tag", "html"), "The <blink> tag"),
        (Words("AT&T <3", "html"), "AT&T <3"),
        (Words("1 < 2 & 3 > 2", "html"), "1 < 2 & 3 > 2"),
    ],
)
def test_a_title_of_a_known_kind_is_taken_at_its_word(words, line):
    assert title_line(words) == line


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (Words("<p>One.</p><p>Two.</p>"), ["One.", "Two."]),
        (Words("One.<br><br>Two."), ["One.", "Two."]),
        (Words("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;"), ["One.", "Two."]),
        (Words("One.\n\nTwo."), ["One.", "Two."]),
        (Words("One &amp; two."), ["One & two."]),
        (Words("a < b and b > c", "text"), ["a < b and b > c"]),
        (Words("<p>One.</p><p>Read more</p>"), ["One."]),
        (Words("<style>p {}</style><p>One.</p><script>x()</script>", "html"), ["One."]),
        (Words("before <iframe src='x'/> after", "html"), ["before after"]),
        (Words("before <script src='x'/> after", "html"), ["before after"]),
        (Words("<p>x<img src='data:image/png;base64," + "A" * 90_000 + "'/></p>", "html"), ["x"]),
        (Words("<ul><li>One<li>Two</ul>", "html"), ["One", "Two"]),
    ],
)
def test_a_body_becomes_paragraphs(words, lines):
    assert body_paragraphs(words) == lines


def test_a_long_body_is_read_in_pieces_and_whole():
    lines = [f"Paragraph {number} says something." for number in range(3_000)]
    markup = "".join(f"<div><p>{line}</p></div>" for line in lines)
    assert body_paragraphs(Words(markup, "html")) == lines


def test_a_long_script_leaks_no_code():
    script = "<script>" + "var x = 1; if (a < b) {}\n" * 4_000 + "</script>"
    assert body_paragraphs(Words(f"<p>One.</p>{script}<p>Two.</p>", "html")) == ["One.", "Two."]


@pytest.mark.parametrize(
    "markup",
    ["<div>" * 60_000, "<script>" * 60_000, "<" * 300_000, "&lt;b" * 60_000, "<b>" * 100_000]
    + ["<a " + " ".join(f"a{n}=1" for n in range(40_000)) + ">x", "<p title='" + "x" * 300_000],
    ids=["nested", "scripts", "less", "escaped", "bold", "attributes", "open"],
)
def test_hostile_markup_is_read_in_a_bounded_time(markup):
    body_paragraphs(Words(markup, "html"))
    body_paragraphs(Words(markup))
    title_line(Words(markup))
