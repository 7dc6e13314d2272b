import pytest

from watchers.feeds.models import MarkupText
from watchers.feeds.plain_text import MAX_TITLE_CHARS, body_paragraphs, title_line


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
        ("x" * 2_000, "x" * MAX_TITLE_CHARS),
    ],
)
def test_a_title_of_unknown_kind(value, line):
    assert title_line(MarkupText(value)) == line


@pytest.mark.parametrize(
    ("markup", "line"),
    [
        (MarkupText("The <blink> tag", "text"), "The <blink> tag"),
        (MarkupText("Fish &amp; chips", "text"), "Fish & chips"),
        (MarkupText("The &lt;blink&gt; tag", "html"), "The <blink> tag"),
        (MarkupText("AT&T <3", "html"), "AT&T <3"),
        (MarkupText("1 < 2 & 3 > 2", "html"), "1 < 2 & 3 > 2"),
    ],
)
def test_a_title_of_a_known_kind(markup, line):
    assert title_line(markup) == line


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        (MarkupText("<p>One.</p><p>Two.</p>"), ["One.", "Two."]),
        (MarkupText("One.<br><br>Two."), ["One.", "Two."]),
        (MarkupText("&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;"), ["One.", "Two."]),
        (MarkupText("One.\n\nTwo."), ["One.", "Two."]),
        (MarkupText("One &amp; two."), ["One & two."]),
        (MarkupText("a < b and b > c", "text"), ["a < b and b > c"]),
        (MarkupText("<p>One.</p><p>Read more</p>"), ["One."]),
        (MarkupText("<style>p {}</style><p>One.</p><script>x()</script>", "html"), ["One."]),
        (MarkupText("before <iframe src='x'/> after", "html"), ["before after"]),
        (MarkupText("before <script src='x'/> after", "html"), ["before after"]),
        (
            MarkupText("<p>x<img src='data:image/png;base64," + "A" * 90_000 + "'/></p>", "html"),
            ["x"],
        ),
        (MarkupText("<ul><li>One<li>Two</ul>", "html"), ["One", "Two"]),
    ],
)
def test_a_body_becomes_paragraphs(markup, lines):
    assert body_paragraphs(markup) == lines


def test_a_long_body_is_read_completely():
    lines = [f"Paragraph {number} says something." for number in range(3_000)]
    markup = "".join(f"<div><p>{line}</p></div>" for line in lines)
    assert body_paragraphs(MarkupText(markup, "html")) == lines


def test_a_long_script_is_removed_completely():
    script = "<script>" + "var x = 1; if (a < b) {}\n" * 4_000 + "</script>"
    assert body_paragraphs(MarkupText(f"<p>One.</p>{script}<p>Two.</p>", "html")) == [
        "One.",
        "Two.",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    "markup",
    ["<div>" * 60_000, "<script>" * 60_000, "<" * 300_000, "&lt;b" * 60_000, "<b>" * 100_000]
    + ["<a " + " ".join(f"a{n}=1" for n in range(40_000)) + ">x", "<p title='" + "x" * 300_000],
    ids=["nested", "scripts", "less", "escaped", "bold", "attributes", "open"],
)
def test_hostile_markup_is_read_before_the_timeout(markup):
    body_paragraphs(MarkupText(markup, "html"))
    body_paragraphs(MarkupText(markup))
    title_line(MarkupText(markup))
