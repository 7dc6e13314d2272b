import pytest

from watchers import Item
from watchers.sources.page import Page, add_full_text, needs_full_text
from watchers.text.access_barriers import AccessBarrier


def item(**fields) -> Item:
    return Item(**{"key": "1", "title": "A title", "url": "https://example.org/1"} | fields)


def test_an_item_with_little_text_needs_the_full_text():
    assert needs_full_text(item(lead="Short."), 100)
    assert not needs_full_text(item(lead="x" * 60, text="y" * 40), 100)
    assert not needs_full_text(item(), 0)


@pytest.mark.parametrize(
    "url",
    [None, "", "mailto:a@example.org", "https://example.org/talk.MP3", "https://[bad", "https://"],
)
def test_an_item_without_a_page_needs_no_full_text(url):
    assert not needs_full_text(item(url=url), 100)


def test_the_page_fills_missing_fields_and_replaces_only_the_text():
    page = Page(item=item(key="p", title="Other", lead="Lead.", text="Body. " * 9, author="Roe"))
    result = add_full_text(item(lead="Own."), page)
    assert (result.key, result.title, result.lead, result.author) == ("1", "A title", "Own.", "Roe")
    assert result.text == page.item.text


def test_a_page_with_less_text_adds_nothing():
    assert add_full_text(item(lead="Own words."), Page(item=item(text="Less."))) == item(
        lead="Own words."
    )


def test_the_beginning_before_a_paywall_is_used_but_the_text_of_a_barrier_is_not():
    page_item = item(text="The beginning of the article, as far as it can be read.")
    assert (
        add_full_text(item(), Page(item=page_item, barrier=AccessBarrier("paywall"))).text
        == page_item.text
    )
    assert add_full_text(item(), Page(item=page_item, barrier=AccessBarrier("consent"))) == item()
