import encodings.aliases
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from watchers.errors import BinaryDocument
from watchers.text.decode import decode

RUSSIAN = (
    "Договор подписали в среду в зале, который красили всю ночь. "
    "Никто из послов не сказал, сколько он стоит, и журналисты ушли ни с чем."
)
UKRAINIAN = (
    "Угоду підписали в середу, її текст ніхто не бачив. А санкції чинні, кажуть її експерти."
)
FRENCH = "Le traité a été signé mercredi à Genève. « C'est déjà ça », dit un délégué; où va-t-on?"
GERMAN = "Über die Maßnahmen wurde lange gestritten. Später hieß es, die Verträge würden geprüft."
SPANISH = (
    "El acuerdo se firmó el miércoles. Según los delegados, las sanciones seguirán un año más."
)
PORTUGUESE = "O acordo foi assinado na quarta-feira. As sanções não mudarão, dizem três delegados."
SWEDISH = (
    "Avtalet undertecknades på onsdagen. Delegaterna säger att läget är oförändrat på området."
)
POLISH = (
    "Umowę podpisano w środę. Sankcje zostają, mówią delegaci, a żaden z nich nie zna jej treści."
)
TURKISH = (
    "Anlaşma çarşamba günü imzalandı. Yaptırımların süreceği, değişen bir şey olmadığı söylendi."
)
GREEK = "Η συμφωνία υπογράφηκε την Τετάρτη. Οι κυρώσεις παραμένουν, λένε οι αντιπρόσωποι."
HEBREW = "ההסכם נחתם ביום רביעי באולם שנצבע כל הלילה. הסנקציות נשארות בתוקף, אמרו המומחים ועזבו את המקום."
ARABIC = "وقعت الاتفاقية يوم الأربعاء في قاعة أعيد طلاؤها. وتبقى العقوبات كما هي."
JAPANESE = (
    "条約は水曜日に署名された。代表たちは何も語らずに会場を後にした。制裁はそのまま続くという。"
)
CHINESE = "条约于星期三签署。代表们一言不发地离开了会场。制裁措施继续有效，专家们说。"
KOREAN = "조약은 수요일에 서명되었다. 대표들은 아무 말 없이 회의장을 떠났다. 제재는 계속된다."

ENCODED_TEXTS = [
    *(
        (text, code)
        for text in (RUSSIAN, FRENCH, JAPANESE)
        for code in ("utf-8", "utf-8-sig", "utf-16", "utf-32")
    ),
    *(
        (text, f"utf-16-{end}")
        for text in (FRENCH, GERMAN, RUSSIAN, GREEK, HEBREW)
        for end in ("le", "be")
    ),
    *((RUSSIAN, code) for code in ("cp1251", "koi8-r", "cp866", "iso8859-5")),
    *((UKRAINIAN, code) for code in ("cp1251", "koi8-u")),
    *((text, "latin-1") for text in (FRENCH, GERMAN, SPANISH, PORTUGUESE, SWEDISH)),
    *((POLISH, code) for code in ("cp1250", "iso8859-2")),
    (TURKISH, "cp1254"),
    (GREEK, "cp1253"),
    (HEBREW, "cp1255"),
    (ARABIC, "cp1256"),
    *((JAPANESE, code) for code in ("shift-jis", "euc-jp", "iso2022-jp")),
    (CHINESE, "gb18030"),
    (KOREAN, "cp949"),
]


@pytest.mark.parametrize(("text", "encoding"), ENCODED_TEXTS)
def test_a_text_is_decoded_with_its_encoding(text, encoding):
    for variant in (text, f"{text}\n\n" * 30, f"A heading in plain ASCII\n\n{text}"):
        assert decode(variant.encode(encoding)) == variant


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "utf-8", "utf-16-le"])
def test_a_short_headline_is_enough(encoding):
    headline = "Послы ушли ни с чем, договор не подписан"
    assert decode(headline.encode(encoding)) == headline


def test_windows_typographic_marks_are_decoded():
    text = "The “pact” – Europe’s first – cost €5 at the café"
    assert decode(text.encode("cp1252")) == text


def test_one_accented_word_in_latin_text_is_not_chinese():
    for word in ("cooperação", "Maßnahmen über", "São Tomé", "naïve"):
        text = f"The paper printed the word {word} and nothing else of the kind on that day"
        assert decode(text.encode("latin-1")) == text


def test_non_ascii_text_late_in_the_data_is_decoded():
    text = "plain words " * 8000 + "\n" + RUSSIAN
    assert decode(text.encode("cp1251")) == text


def test_a_very_long_word_does_not_hide_the_non_ascii_text():
    text = "x" * 100_000 + RUSSIAN
    assert decode(text.encode("cp1251")) == text


def test_the_sample_is_not_cut_inside_a_character():
    text = "x" + f"{JAPANESE}\n" * 1000
    assert decode(text.encode("shift-jis")) == text


def test_damaged_utf8_is_decoded_as_utf8():
    data = (RUSSIAN * 3).encode()
    assert decode(data[:101] + b"\xff" + data[101:]).count("\ufffd") <= 3
    assert decode(data[:-1]).startswith(RUSSIAN)


@pytest.mark.parametrize(
    "head",
    ['<meta charset="{}">', "<meta charset={}>", '<META http-equiv=x content="text/html; CHARSET={}">',
     '<?xml version="1.0" encoding="{}"?>'],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["koi8-r", "windows-1251", "iso-8859-5"])
def test_the_declared_encoding_of_a_page_is_used(head, encoding):
    # The text is too short for a guess.
    page = f"{head.format(encoding)}<p>Мир</p>"
    assert decode(page.encode(encoding)) == page


def test_the_declared_argument_comes_before_the_page():
    assert decode("<meta charset=cp1251>Мир".encode("koi8-r"), declared="koi8-r").endswith("Мир")


def test_text_declared_as_latin_1_is_decoded_as_cp1252():
    assert (
        decode("“Non”, a-t-il dit".encode("cp1252"), declared="iso-8859-1") == "“Non”, a-t-il dit"
    )


def test_a_wrong_declaration_is_ignored():
    for name in (
        "utf-16",
        "no-such",
        "rot13",
        "hex",
        "punycode",
        "idna",
        "unicode_escape",
        "utf-7",
        "\0",
        "",
    ):
        assert decode("traité à Genève".encode("latin-1"), declared=name) == "traité à Genève"
        assert decode("<meta charset=rot13>déjà".encode(), declared=name).endswith("déjà")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\1\0\x08\x06\0\0\0",
        b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\0>\0\x01\0\0\0",
        b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0" + bytes(range(256)),
        bytes(range(256)) * 4,
        bytes(1000),
        b"\x01\x02\x03\x04" * 100,
        b"one name\0another name\0",
    ],
)
def test_binary_data_is_refused(data):
    with pytest.raises(BinaryDocument):
        decode(data)


def test_one_zero_byte_does_not_make_a_page_binary():
    page = "<p>Réunion à Genève</p>".encode() + b"\0" + b"<p>plain text</p>" * 50
    assert decode(page).startswith("<p>Réunion à Genève</p>")


@pytest.mark.parametrize(
    "declaration", ["<meta charset=utf-8>", "<?xml version='1.0' encoding='UTF-8'?>"]
)
def test_declared_utf8_with_a_truncated_character_stays_utf8(declaration):
    text = f"{declaration} The minister\u2019s talks \u2013 \u201cover\u201d"
    assert decode(text.encode() + "…".encode()[:2] + b" and more").startswith(text)


def test_text_in_a_code_page_that_is_declared_as_utf8_is_not_utf8():
    text = "Le traité a été signé à Genève, où les négociateurs étaient réunis."
    assert decode(text.encode("cp1252"), declared="utf-8") == text


@settings(max_examples=200)
@given(st.binary(max_size=400))
@example(b"\xff\xfe")
@example(b"\xff\xfe\x00\xd8")
@example(b"\x00\xd8\x00\xd8")
@example(b"+2AA-\xff")
def test_any_bytes_give_text_or_binary_document(data):
    try:
        text = decode(data)
    except BinaryDocument:
        return
    text.encode("utf-8")


ENCODINGS = sorted(
    {*encodings.aliases.aliases, *encodings.aliases.aliases.values(), "x" * 50, "\ud800"}
)


@given(st.binary(max_size=40), st.sampled_from(ENCODINGS))
def test_no_declared_encoding_raises_another_error(data, declared):
    with suppress(BinaryDocument):
        decode(data, declared=declared).encode("utf-8")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t")))
def test_utf8_is_always_decoded_exactly(text):
    assert decode(text.encode("utf-8-sig")) == text
    if not text.startswith("\ufeff"):
        assert decode(text.encode()) == text
