from datetime import UTC, datetime

from watchers.sources.document import read_markdown

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def read(text):
    return read_markdown(text, now=NOW)


def test_the_heading_is_the_title_and_markup_is_removed():
    draft = read(
        "# The *pact*\n\nIt was **signed** in [Pyongyang](https://example.org).\n\n- one\n- two\n"
    )
    assert draft.title == "The pact"
    assert draft.paragraphs == ("It was signed in Pyongyang.", "one", "two")


def test_an_underlined_heading_is_a_heading():
    assert read("The pact\n========\n\nSigned.").title == "The pact"


def test_wrapped_lines_are_one_paragraph():
    assert (
        read("A heading\n---------\n\nSigned in\nPyongyang.").paragraphs[-1]
        == "Signed in Pyongyang."
    )


def test_front_matter_and_labels_are_read():
    draft = read("---\ntitle: The pact\ntags: [a, b]\n---\nDate: 2024-06-20\n\nSigned.")
    assert draft.title == "The pact"
    assert draft.tags == ("a", "b")
    assert draft.published == datetime(2024, 6, 20, 12, tzinfo=UTC)
    assert draft.paragraphs == ("Signed.",)


def test_a_date_below_the_heading_is_the_date():
    draft = read("# The pact\n\nDate: 2024-06-20\n\nSigned.")
    assert draft.published == datetime(2024, 6, 20, 12, tzinfo=UTC)
    assert draft.paragraphs == ("Signed.",)


def test_text_between_two_rules_is_kept():
    assert "Signed at last." in read("---\nSigned at last.\n\n---\n\nMore.").paragraphs


def test_embedded_html_is_read_as_html():
    assert read("Seen <script>alert(1)</script><b>too</b>").paragraphs == ("Seen too",)
