from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.text.html import read_html

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ARTICLE = "The pact was signed on Wednesday in a hall that had been repainted for the day. " * 3


def read(markup):
    return read_html(markup, now=NOW)


def test_a_page_is_reduced_to_its_article():
    draft = read(
        "<html lang=en><head><title>Pact | The Post</title><style>p{}</style></head><body>"
        "<nav>Home News</nav><header>The Post</header>"
        f"<article><h1>Pact</h1><p>{ARTICLE}</p><p>Second.</p><figcaption>A hall</figcaption></article>"
        "<aside>Most read</aside><form>Search</form><footer>Imprint</footer>"
        "<script>alert('sanctions')</script></body></html>"
    )
    assert draft.title == "Pact"
    assert draft.language == "en"
    assert draft.paragraphs == (ARTICLE.strip(), "Second.")


def test_the_title_is_that_of_the_metadata_then_the_heading_then_the_page():
    title = "<title>Page</title>"
    social = '<meta property="og:title" content="Social">'
    assert read(f"{title}{social}<h1>Heading</h1>").title == "Social"
    assert read(f"{title}<h1>Heading</h1>").title == "Heading"
    assert read(f"{title}<h1>One</h1><h1>Two</h1>").title == "Page"
    assert read("<p>No title at all").title is None
    assert read("<title> </title><p>Text").title is None


@pytest.mark.parametrize(
    "markup",
    [
        '<meta property="article:published_time" content="2024-06-20T10:00:00Z">',
        '<meta name="date" content="2024-06-20 10:00">',
        '<meta itemprop="datePublished" content="Thu, 20 Jun 2024 12:00:00 +0200">',
        '<time datetime="2024-06-20T10:00:00Z">long ago</time>',
        '<meta name="date" content="soon"><time datetime="2024-06-20T10:00:00Z">',
    ],
)
def test_the_date_is_read_from_all_usual_places(markup):
    assert read(f"{markup}<p>Text").published == datetime(2024, 6, 20, 10, tzinfo=UTC)


def test_author_site_and_address_are_read():
    draft = read(
        '<meta name="author" content=" Jane  Doe "><meta property="og:site_name" content="The Post">'
        '<link rel="canonical" href="https://example.org/pact"><p>Text'
    )
    assert (draft.author, draft.source, draft.url) == (
        "Jane Doe",
        "The Post",
        "https://example.org/pact",
    )


def test_a_canonical_link_that_is_not_a_web_address_is_none():
    for address in ("javascript:alert(1)", "/pact", "", "file:///etc/passwd"):
        assert read(f'<link rel="canonical" href="{address}"><p>Text').url is None


def test_line_breaks_in_the_source_are_spaces_and_blocks_are_paragraphs():
    draft = read("<p>North\nKorea</p><ul><li>one<li>two</ul>a<br>b<table><tr><td>c<td>d</table>")
    assert draft.paragraphs == ("North Korea", "one", "two", "a", "b", "c", "d")


def test_inline_elements_do_not_split_words():
    assert read("<p>sanc<b>tion</b>s &amp; <i>arms</i></p>").paragraphs == ("sanctions & arms",)


def test_hidden_elements_are_excluded():
    hidden = "<p hidden>one</p><p aria-hidden=true>two</p><template>three</template><!-- four -->"
    assert read(f"<p>seen</p>{hidden}").paragraphs == ("seen",)


def test_nested_articles_are_read_once():
    draft = read(
        f"<article><p>{ARTICLE}</p><article><p>Inner.</p></article></article><article>Other.</article>"
    )
    assert draft.paragraphs == (ARTICLE.strip(), "Inner.", "Other.")


def test_a_short_article_element_does_not_replace_the_page():
    assert read(f"<article>Short.</article><p>{ARTICLE}</p>").paragraphs == (
        "Short.",
        ARTICLE.strip(),
    )


@given(
    st.text(st.characters(codec=None), max_size=200) | st.text("<>/p!-=\"' &;\0aé", max_size=200)
)
def test_any_text_is_accepted_as_a_page(markup):
    draft = read(markup)
    assert all(line and "\n" not in line for line in draft.paragraphs)
