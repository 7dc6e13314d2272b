import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.text import tokens
from watchers.text.stems import Stems, stemming_rules


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("North Korea's anti-missile test", ["North", "Korea", "anti", "missile", "test"]),
        ("Russia’s S&P 500", ["Russia", "S&P", "500"]),
        ("l'Iran et d’autres", ["l", "Iran", "et", "d", "autres"]),
        ("snake_case #NorthKorea @un", ["snake", "case", "North", "Korea", "un"]),
        ("उत्तर कोरिया", ["उत्तर", "कोरिया"]),
        ("联合国 UN", ["联", "合", "国", "UN"]),
        ("ミサイル", ["ミ", "サ", "イ", "ル"]),
        ("데이터 북한의", ["데이터", "북한의"]),
        ("San\u00adctions", ["San\u00adctions"]),
        ("", []),
    ],
)
def test_words_are_runs_of_letters_or_single_clusters(text, expected):
    assert tokens.split_words(text) == expected


@given(st.text())
def test_offsets_give_the_end_of_each_word(text):
    printed = tokens.split_words(text)
    ends = tokens.word_ends(text, printed)
    words = [text[end - len(word) : end] for end, word in zip(ends, printed, strict=True)]
    assert words == printed


@given(st.text(alphabet="abc ÀéüłŞğ'’sS-.,_«»—€αβγабв12"))
def test_the_fast_splitters_agree_with_the_general_one(text):
    blanked = tokens._without_possessives(text)
    assert tokens.split_simple_words(text) == tokens._ANY_WORD.findall(blanked)


@given(st.text())
def test_folding_is_idempotent(text):
    for word in tokens.split_words(text):
        folded = tokens.strip_accents(tokens.normalize_word(word))
        assert tokens.strip_accents(tokens.normalize_word(folded)) == folded


@pytest.mark.parametrize(
    ("first", "second"),
    [("Müller", "MULLER"), ("İran", "iran"), ("Łódź", "lodz"), ("ﬁne", "fine"), ("ＵＳ", "us")]
    + [
        ("Ёлка", "елка"),
        ("Ελλάδα", "ΕΛΛΑΔΑ"),
        ("إيران", "ايران"),
        ("San\u00adctions", "sanctions"),
    ],
)
def test_case_accents_and_encodings_are_normalized(first, second):
    assert tokens.strip_accents(tokens.normalize_word(first)) == tokens.strip_accents(
        tokens.normalize_word(second)
    )


@pytest.mark.parametrize(("first", "second"), [("мой", "мои"), ("कि", "की"), ("US", "USA")])
def test_different_letters_stay_different(first, second):
    assert tokens.strip_accents(tokens.normalize_word(first)) != tokens.strip_accents(
        tokens.normalize_word(second)
    )


@pytest.mark.parametrize(
    ("language", "query_word", "text_word"),
    [
        ("en", "sanctions", "sanctioned"),
        ("de", "haus", "häuser"),
        ("ru", "северная", "северной"),
        ("ar", "عقوبات", "والعقوبات"),
        ("ko", "북한", "북한의"),
        ("he", "סנקציות", "והסנקציות"),
        (None, "санкции", "санкциями"),
        ("ru", "sanction", "sanctions"),
    ],
)
def test_a_query_word_and_its_inflection_share_a_key(language, query_word, text_word):
    stems = Stems(stemming_rules(language))
    assert stems.query_key(query_word) in stems.text_keys(text_word)


@pytest.mark.parametrize(
    ("language", "query_word", "text_word"),
    [("en", "policy", "police"), ("en", "iran", "tehran"), ("en", "isis", "crisis")],
)
def test_similar_words_share_no_key(language, query_word, text_word):
    stems = Stems(stemming_rules(language))
    assert stems.query_key(query_word) not in stems.text_keys(text_word)


def test_a_language_without_a_stemmer_is_not_stemmed_as_english():
    assert stemming_rules("sw") == "none"
    assert stemming_rules("pt-BR") == stemming_rules("PT_pt") == "portuguese"
    assert stemming_rules(None) == stemming_rules("zh") == "english"
