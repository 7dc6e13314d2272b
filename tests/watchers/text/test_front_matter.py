from datetime import UTC, datetime

import pytest

from watchers.text.front_matter import read_plain, split_front_matter

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BODY = "The pact was signed on Wednesday."


def read(text):
    return read_plain(text, now=NOW)


def test_labelled_lines_are_read_and_leave_the_body():
    draft = read(
        "The heading\nDate: 2024-06-20\nBy: Jane Doe\nSource: The Example Post\n"
        f"Tags: pact, arms; north\nURL: https://example.org/1\nLanguage: en-GB\n\n{BODY}"
    )
    assert draft.paragraphs == ("The heading", BODY)
    assert draft.published == datetime(2024, 6, 20, 12, tzinfo=UTC)
    assert draft.author == "Jane Doe"
    assert draft.source == "The Example Post"
    assert draft.url == "https://example.org/1"
    assert draft.language == "en-GB"
    assert draft.tags == ("pact", "arms", "north")


@pytest.mark.parametrize(
    "line",
    [
        "By Jane Doe",
        "By Jane Doe and John Roe",
        "By Jane Doe, John Roe and Ann O'Neil",
        "By Łukasz Żak",
        "By Kim Jong-min, Seoul",
    ],
)
def test_a_byline_leaves_the_body(line):
    draft = read(f"The heading\n\n{line}\n\n{BODY}")
    assert draft.paragraphs == ("The heading", BODY)
    assert draft.author == line.removeprefix("By ")


@pytest.mark.parametrize(
    "line",
    [
        "June 20, 2024",
        "Thursday, 20 June 2024",
        "Published: June 20, 2024",
        "Updated at: 20.06.2024",
    ],
)
def test_a_date_line_is_the_publication_date(line):
    draft = read(f"The heading\n\n{line}\n\n{BODY}")
    assert draft.paragraphs == ("The heading", BODY)
    assert draft.published == datetime(2024, 6, 20, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "line",
    [
        "Source: a man who was in the room said that no deal was near.",
        "By: the time the envoys arrived the hall had been empty for hours.",
        "Published: some day, perhaps",
        "Date: to be announced",
        "By noon the hall was full.",
        "By Monday nobody believed it.",
        "2024",
        "June 2024",
        "Dates: none",
        "Link: arms for oil",
    ],
)
def test_a_sentence_is_not_a_label(line):
    assert read(f"The heading\n\n{line}\n\n{BODY}").paragraphs == ("The heading", line, BODY)


def test_a_label_in_the_middle_of_the_text_is_kept():
    story = [f"Paragraph {number} of the story." for number in range(4)]
    text = "\n\n".join([*story, "Date: 2024-06-20", "The end."])
    assert read(text).paragraphs == (*story, "Date: 2024-06-20", "The end.")


def test_the_first_date_is_used():
    draft = read(f"Heading\nDate: 2024-06-20\nUpdated: 2024-06-22\n\n{BODY}")
    assert draft.published == datetime(2024, 6, 20, 12, tzinfo=UTC)
    assert draft.paragraphs == ("Heading", BODY)


def test_front_matter_is_read():
    draft = read(
        '---\ntitle: "A pact: what it says"\ndate: 2024-06-20T08:00:00Z\ntags: [pact, "arms"]\n'
        f"layout: post\nlist:\n  - one\n  - two\n---\n\n{BODY}\n"
    )
    assert draft.title == "A pact: what it says"
    assert draft.published == datetime(2024, 6, 20, 8, tzinfo=UTC)
    assert draft.tags == ("pact", "arms")
    assert draft.paragraphs == (BODY,)


def test_quotes_within_a_title_are_kept():
    assert read(f'Title: Kim says "no"\n\n{BODY}').title == 'Kim says "no"'
    assert read(f'Title: "Yes" and "no"\n\n{BODY}').title == '"Yes" and "no"'
    assert read(f"Title: 'Quoted'\n\n{BODY}").title == "Quoted"


def test_text_between_two_rules_is_not_front_matter():
    text = f"---\n{BODY}\n---\nAnd then some."
    assert split_front_matter(text) == ([], text)
    assert BODY in read(text).paragraphs


def test_front_matter_without_an_end_is_text():
    text = "---\ntitle: A\n" + "line: b\n" * 60
    assert split_front_matter(text) == ([], text)


def test_a_long_line_is_never_a_label():
    line = "Title: " + "word " * 100
    assert read(f"{line}\n\n{BODY}").title is None
