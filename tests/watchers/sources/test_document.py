from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watchers.errors import (
    BinaryDocument,
    DocumentError,
    EmptyDocument,
    OversizedDocument,
    UnreadableDocument,
)
from watchers.sources.document import (
    MAX_DOCUMENT_BYTES,
    document_key,
    initial_digest,
    read_document,
    with_key,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
BODY = "The pact was signed on Wednesday in a hall that had been repainted. Nobody saw the text."


def read(text, name="brief.txt", **options):
    data = text if isinstance(text, bytes) else text.encode()
    return read_document(data, name, now=NOW, **options)


def test_the_heading_is_the_title_and_the_other_paragraphs_are_the_text():
    item = read(f"A pact in Pyongyang\n\n{BODY}\n\nThe end came late.")
    assert item.title == "A pact in Pyongyang"
    assert item.text == f"{BODY}\n\nThe end came late."


def test_without_a_heading_the_first_sentence_is_the_title():
    item = read(f"{BODY}\nA second paragraph, as it stands.")
    assert item.title == "The pact was signed on Wednesday in a hall that had been repainted."
    assert item.text == "Nobody saw the text.\n\nA second paragraph, as it stands."


def test_a_very_long_first_sentence_is_shortened_for_the_title_and_kept_in_the_text():
    sentence = "The pact " + "and the annex " * 40 + "were signed."
    item = read(f"{sentence} Then they left.")
    assert item.title.endswith("…")
    assert len(item.title) <= 240
    assert item.text == f"{sentence} Then they left."


def test_a_very_long_word_gives_a_bounded_title():
    assert len(read("w" * 100_000).title) <= 240


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", f"The pact\n\n{BODY}"),
        ("a.TXT", f"The pact\n{BODY}"),
        ("a.text", f"Title: The pact\n\n{BODY}"),
        ("a.txt", f"The pact\n========\n\n{BODY}"),
        ("a.txt", f"---\ntitle: The pact\n---\n\n{BODY}"),
        ("a.md", f"# The pact\n\n{BODY}"),
        ("a.markdown", f"The pact\n===\n\n{BODY}"),
        ("a.md", f"---\ntitle: The pact\n---\n\n# The pact\n\n{BODY}"),
        ("a.html", f"<h1>The pact</h1><p>{BODY}</p>"),
        ("a.htm", f"<title>The pact</title><p>{BODY}</p>"),
        ("a.xhtml", f"<meta property='og:title' content='The pact'><h1>The pact</h1><p>{BODY}</p>"),
    ],
)
def test_every_kind_of_document_has_a_title_and_a_text(name, text):
    item = read(text, name)
    assert (item.title, item.text) == ("The pact", BODY)


def test_line_wrapping_does_not_change_the_item():
    paragraph = " ".join(["The envoys met again and left without a word to anybody."] * 6)
    words = paragraph.split()
    wrapped = "\n".join(" ".join(words[start : start + 12]) for start in range(0, len(words), 12))
    unwrapped = read(f"The heading\n\n{paragraph}\n\n{BODY}\n")
    assert read(f"The heading\n\n{paragraph}\n{BODY}\n").key == unwrapped.key
    assert read(f"The heading\r\n\r\n{paragraph}\r\n\r\n{BODY}").key == unwrapped.key
    assert read(f"The heading\n\n{wrapped}\n\n{BODY}").text == unwrapped.text


def test_the_encoding_does_not_change_the_key():
    text = f"The café pact\n\n{BODY} Déjà vu, they said."
    keys = {
        read(text.encode(code)).key
        for code in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1")
    }
    assert len(keys) == 1


def test_boilerplate_changes_neither_the_text_nor_the_key():
    with_boilerplate = read(
        f"The pact\n\n{BODY}\n\nRead more: Sanctions on cheese\nSubscribe to our newsletter"
    )
    assert "Sanctions" not in with_boilerplate.text
    assert with_boilerplate.key == read(f"The pact\n\n{BODY}").key
    page = read(f"<h1>The pact</h1><p>{BODY}<p>Related: Sanctions on cheese", "a.html")
    assert page.text == BODY


def test_the_stated_date_comes_before_the_fallback_date():
    fallback = datetime(2025, 1, 1, tzinfo=UTC)
    stated = datetime(2024, 6, 20, 12, tzinfo=UTC)
    assert read(f"The pact\nDate: 2024-06-20\n\n{BODY}", fallback_date=fallback).published == stated
    assert read(f"The pact\n\n{BODY}", fallback_date=fallback).published == fallback
    assert (
        read(f"The pact\nDate: 2124-06-20\n\n{BODY}", fallback_date=fallback).published == fallback
    )
    assert read(f"The pact\n\n{BODY}").published is None


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("pt_BR", "pt-BR"),
        ("zh-Hant-TW", "en"),
        ("English", "en"),
        ("", "en"),
        ("../../etc", "en"),
    ],
)
def test_a_plausible_declared_language_is_used(tag, language):
    assert read(f'<html lang="{tag}"><p>{BODY}</p>', "a.html").language == language


def test_a_document_without_a_source_has_its_name_as_source():
    assert read(BODY, "seeds/brief.txt").source == "seeds/brief.txt"
    assert read(f"Source: The Post\n\n{BODY}").source == "The Post"


@pytest.mark.parametrize(
    "data",
    [b"", b" \n\t\r\n", b"\xef\xbb\xbf", b"\xff\xfe", "\u200b\u00a0\n".encode(), b"---\n***\n"],
)
def test_a_document_without_words_is_empty(data):
    with pytest.raises(EmptyDocument):
        read(data)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.html", "<html><script>x()</script></html>"),
        ("a.md", "<!-- nothing -->"),
        ("a.txt", "Advertisement\n\nShare this"),
    ],
)
def test_a_page_without_text_is_empty(name, text):
    with pytest.raises(EmptyDocument):
        read(text, name)


def test_a_document_over_the_limit_is_refused_with_both_sizes():
    assert read(b"word " * (MAX_DOCUMENT_BYTES // 5)).title
    with pytest.raises(OversizedDocument, match="10,000,000") as caught:
        read(b"a" * (MAX_DOCUMENT_BYTES + 1))
    assert (caught.value.size, caught.value.limit) == (MAX_DOCUMENT_BYTES + 1, MAX_DOCUMENT_BYTES)


@pytest.mark.parametrize("name", ["a.xlsx", "a.jpg", "README", "a.txt.gz"])
def test_an_unsupported_format_is_refused_with_the_supported_ones(name):
    with pytest.raises(UnreadableDocument, match=r"\.html.*\.md.*\.pdf.*\.txt"):
        read(BODY, name)


def test_a_picture_named_as_text_is_binary():
    with pytest.raises(BinaryDocument):
        read(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(32)))


def test_the_key_is_made_of_the_words():
    item = read(f"The pact\n\n{BODY}")
    assert item.key == document_key(item.digest)
    assert initial_digest(item.key) == item.digest
    assert with_key(item, "other").key == "other"
    assert with_key(item, item.key) is item


@settings(max_examples=150)
@given(
    st.binary(max_size=300) | st.text("aB. \n-:#<>*_é2024", max_size=300).map(str.encode),
    st.sampled_from(["a.txt", "a.md", "a.html"]),
)
def test_any_bytes_give_an_item_or_a_document_error(data, name):
    try:
        item = read_document(data, name, now=NOW)
    except DocumentError:
        return
    assert item.title
    assert "\n" not in item.title
    assert len(item.title) <= 240 or len(item.title) <= len(data)
    f"{item.title}{item.text}".encode()
