"""Documents of each format: text, title, author, date, and what is left out."""

from datetime import UTC, datetime

import pytest

from tests.watchers.documents.made_documents import (
    make_docx,
    make_eml,
    make_epub,
    make_odt,
    make_rtf,
    word_paragraph,
)
from watchers.sources.document import read_document, read_draft
from watchers.sources.document_process import read_in_subprocess

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TITLE = "Port of Rotterdam closes two terminals"
# One sentence each in many scripts: no format may lose or change a letter.
SENTENCES = {
    "en": "The harbour master closed both terminals on Monday – “for safety”.",
    "de": "Die Häfen schließen für drei Tage; größere Schäden gab es nicht.",
    "fr": "L’accord a été signé à Genève, où l’on attendait déjà les délégués.",
    "es": "El año pasado la región sufrió más de cien incendios.",
    "pt": "As eleições não serão adiadas, disse a comissão.",
    "it": "Il governo non ha più una maggioranza, perché tre ministri si sono dimessi.",
    "pl": "Żołnierze wrócili do bazy późnym wieczorem.",
    "cs": "Vláda schválila příští rozpočet.",
    "ro": "Președintele a semnat legea în aceeași zi.",
    "tr": "Başbakan görüşmelerin İstanbul’da süreceğini açıkladı.",
    "vi": "Chính phủ công bố kế hoạch mới vào thứ Hai.",
    "ru": "Правительство утвердило новый бюджет на год.",
    "uk": "Уряд ухвалив рішення про допомогу регіонам.",
    "el": "Η κυβέρνηση ανακοίνωσε νέα μέτρα.",
    "ar": "أعلنت الحكومة عن خطة جديدة اليوم.",
    "he": "הממשלה הודיעה על תוכנית חדשה.",
    "hi": "सरकार ने नई योजना की घोषणा की।",
    "bn": "সরকার নতুন পরিকল্পনা ঘোষণা করেছে।",
    "th": "รัฐบาลประกาศแผนใหม่ในวันจันทร์",
    "zh": "政府周一宣布了新的计划。",
    "ja": "政府は月曜日に新しい計画を発表した。",
    "ko": "정부는 월요일에 새로운 계획을 발표했다.",
    "emoji": "The flag 🇰🇵 and a 😀 are two characters of one line.",
}


def build(suffix, paragraphs):
    if suffix == ".docx":
        return make_docx(paragraphs)
    if suffix == ".odt":
        return make_odt(paragraphs)
    if suffix == ".rtf":
        return make_rtf(paragraphs)
    if suffix == ".epub":
        html = "".join(f"<p>{text}</p>" for text in paragraphs[1:])
        return make_epub([html], metadata=f"<dc:title>{paragraphs[0]}</dc:title>")
    return make_eml(paragraphs[1:], subject=paragraphs[0])


SUFFIXES = [".docx", ".odt", ".rtf", ".eml", ".epub"]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("language", SENTENCES)
def test_every_letter_of_every_script_is_kept(suffix, language):
    sentence = SENTENCES[language]
    item = read_document(
        build(suffix, [TITLE, sentence, "A second paragraph."]), f"a{suffix}", now=NOW
    )
    assert item.title == TITLE
    assert item.text == f"{sentence}\n\nA second paragraph."


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_subprocess_returns_the_same_draft(suffix):
    data = build(suffix, [TITLE, *SENTENCES.values()])
    name = f"A{suffix.upper()}"
    assert read_in_subprocess(data, name, now=NOW) == read_draft(data, name, now=NOW)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_paragraphs_keep_their_order_and_number(suffix):
    paragraphs = [f"Paragraph number {number} states one fact." for number in range(300)]
    draft = read_draft(build(suffix, [TITLE, *paragraphs]), f"a{suffix}", now=NOW)
    assert [text for text in draft.paragraphs if text != TITLE] == paragraphs


def test_word_properties_name_author_and_date():
    draft = read_draft(
        make_docx(
            ["Text of the report."],
            properties="<dc:title>The report</dc:title><dc:creator>Ann Lee</dc:creator>"
            "<dcterms:created>2026-05-04T08:00:00Z</dcterms:created>",
        ),
        "a.docx",
        now=NOW,
    )
    assert draft.title == "The report"
    assert draft.author == "Ann Lee"
    assert draft.published == datetime(2026, 5, 4, 8, tzinfo=UTC)


def test_a_word_title_style_comes_before_the_properties():
    data = make_docx(
        [],
        body=word_paragraph("The style", "Title") + word_paragraph("Text."),
        properties="<dc:title>Word Document</dc:title>",
    )
    draft = read_draft(data, "a.docx", now=NOW)
    assert draft.title == "The style"
    assert draft.paragraphs == ("Text.",)


def test_word_tables_are_read_and_deleted_text_is_not():
    cell = "<w:tc>{}</w:tc>"
    table = (
        "<w:tbl><w:tr>"
        + cell.format(word_paragraph("Crude"))
        + cell.format(word_paragraph("81.20"))
        + "</w:tr></w:tbl>"
    )
    deleted = '<w:p><w:del w:id="1"><w:r><w:delText>withdrawn</w:delText></w:r></w:del></w:p>'
    draft = read_draft(make_docx(["Prices"], body=table + deleted), "a.docx", now=NOW)
    assert draft.paragraphs == ("Prices", "Crude", "81.20")


def test_word_macros_and_images_are_ignored():
    parts = {"word/vbaProject.bin": b"\xd0\xcf" * 500, "word/media/image1.png": b"\x89PNG" * 500}
    draft = read_draft(make_docx(["Only text."], parts=parts), "a.docx", now=NOW)
    assert draft.paragraphs == ("Only text.",)


def test_open_document_fields_notes_and_changes():
    body = (
        "<text:tracked-changes><text:p>withdrawn</text:p></text:tracked-changes>"
        "<text:h>Results</text:h>"
        "<text:p>Sales<text:s/>rose<text:tab/>by <text:span>4 %</text:span><text:line-break/>in May"
        "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Adjusted."
        "</text:p></text:note-body></text:note>.<office:annotation><text:p>check</text:p>"
        "</office:annotation></text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>North</text:p></table:table-cell>"
        "<table:table-cell><text:p>7</text:p></table:table-cell></table:table-row></table:table>"
    )
    meta = (
        "<dc:title>Quarter</dc:title><meta:initial-creator>Bo Diaz</meta:initial-creator>"
        "<meta:creation-date>2026-05-04T08:00:00</meta:creation-date><dc:language>en</dc:language>"
    )
    draft = read_draft(make_odt([], body=body, meta=meta), "a.odt", now=NOW)
    assert draft.paragraphs == (
        "Results",
        "Sales rose by 4 % in May (Adjusted.).",
        "North",
        "7",
    )
    assert (draft.title, draft.author, draft.language) == ("Quarter", "Bo Diaz", "en")
    assert draft.published == datetime(2026, 5, 4, 8, tzinfo=UTC)


def test_rich_text_properties_and_escapes():
    info = "{\\info{\\title Caf\\'e9 closes}{\\author Ann Lee}}"
    draft = read_draft(make_rtf(["A {brace} and a \\ sign."], info=info), "a.rtf", now=NOW)
    assert draft.title == "Café closes"
    assert draft.author == "Ann Lee"
    assert draft.paragraphs == ("A {brace} and a \\ sign.",)


def test_a_mail_is_read_with_its_attachments():
    attachments = {
        "minutes.docx": make_docx(["Minutes", "The board agreed."]),
        "notes.txt": "Ноты протеста.".encode(),
        "table.xlsx": b"PK\x03\x04",
        "scan.pdf": b"%PDF-1.4 broken",
        "old.eml": make_eml(["Inner text."], subject="Inner subject"),
    }
    data = make_eml(["Please read."], subject="Board méeting", attachments=attachments)
    draft = read_draft(data, "a.eml", now=NOW)
    assert draft.title == "Board méeting"
    assert draft.author == "Ann Lee"
    assert draft.published == datetime(2026, 2, 2, 10, tzinfo=UTC)
    assert draft.paragraphs[:4] == (
        "Please read.",
        "Attachment: minutes.docx",
        "Minutes",
        "The board agreed.",
    )
    assert draft.paragraphs[4:6] == ("Attachment: notes.txt", "Ноты протеста.")
    assert draft.paragraphs[6].startswith("Attachment: table.xlsx (the format “.xlsx” is not")
    assert draft.paragraphs[7].startswith("Attachment: scan.pdf (the PDF is broken")
    assert draft.paragraphs[8:] == ("Attachment: old.eml", "Inner subject", "Inner text.")


def test_the_plain_text_of_a_mail_comes_before_its_html():
    data = make_eml(["Plain words."], subject="S", rich="<p>Rich words.</p>")
    assert read_draft(data, "a.eml", now=NOW).paragraphs == ("Plain words.",)
    only_rich = (
        b"From: a@example.org\nSubject: S\nContent-Type: text/html; charset=windows-1251\n\n"
        + "<p>Слова.</p><p>Ещё.</p>".encode("cp1251")
    )
    assert read_draft(only_rich, "a.eml", now=NOW).paragraphs == ("Слова.", "Ещё.")


def test_a_forwarded_mail_contributes_its_text():
    data = (
        b"From: a@example.org\nSubject: Fwd\nMIME-Version: 1.0\n"
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nSee below.\n"
        b"--b\nContent-Type: message/rfc822\n\nFrom: c@example.org\nSubject: Old\n\nOld text.\n--b--\n"
    )
    assert read_draft(data, "a.eml", now=NOW).paragraphs == ("See below.", "Old text.")


def test_a_book_is_read_in_the_order_of_its_spine():
    data = make_epub(
        ["<h1>One</h1><p>First.</p>", "<h1>Two</h1><p>Second.</p>"],
        metadata="<dc:title>The book</dc:title><dc:creator>Ann Lee</dc:creator>"
        "<dc:language>pt-BR</dc:language><dc:date>2026-01-02</dc:date>",
    )
    draft = read_draft(data, "a.epub", now=NOW)
    assert draft.paragraphs == ("One", "First.", "Two", "Second.")
    assert (draft.title, draft.author, draft.language) == ("The book", "Ann Lee", "pt-BR")
    assert draft.published == datetime(2026, 1, 2, 12, tzinfo=UTC)
