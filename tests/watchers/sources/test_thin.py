import pytest

from watchers import Item
from watchers.sources.page import Page
from watchers.sources.thin import enriched, is_thin
from watchers.text.walls import Wall


def item(**more) -> Item:
    return Item(**{"key": "1", "title": "A title", "url": "https://example.org/1"} | more)


def test_an_item_that_says_little_beside_its_title_is_thin():
    assert is_thin(item(lead="Short."), 100)
    assert not is_thin(item(lead="x" * 60, text="y" * 40), 100)
    assert not is_thin(item(), 0)


@pytest.mark.parametrize(
    "url",
    [None, "", "mailto:a@example.org", "https://example.org/talk.MP3", "https://[bad", "https://"],
)
def test_without_a_page_to_read_no_item_is_thin(url):
    assert not is_thin(item(url=url), 100)


def test_the_page_adds_what_the_feed_left_out_and_changes_nothing_else():
    page = Page(item=item(key="p", title="Other", lead="Lead.", text="Body. " * 9, author="Roe"))
    got = enriched(item(lead="Own."), page)
    assert (got.key, got.title, got.lead, got.author) == ("1", "A title", "Own.", "Roe")
    assert got.text == page.item.text


def test_a_page_that_says_less_adds_nothing():
    assert enriched(item(lead="Own words."), Page(item=item(text="Less."))) == item(
        lead="Own words."
    )


def test_the_beginning_before_a_paywall_is_taken_and_a_walls_own_words_are_not():
    said = item(text="The beginning of the article, as far as it can be read.")
    assert enriched(item(), Page(item=said, wall=Wall("paywall"))).text == said.text
    assert enriched(item(), Page(item=said, wall=Wall("consent"))) == item()
