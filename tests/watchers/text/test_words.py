import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchers.text import words
from watchers.text.stems import Stems, rules_for


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("North Korea's anti-missile test", ["North", "Korea", "anti", "missile", "test"]),
        ("Russia’s S&P 500", ["Russia", "S", "P", "500"]),
        ("l'Iran et d’autres", ["l", "Iran", "et", "d", "autres"]),
        ("snake_case #NorthKorea @un", ["snake", "case", "NorthKorea", "un"]),
        ("उत्तर कोरिया", ["उत्तर", "कोरिया"]),
        ("联合国 UN", ["联", "合", "国", "UN"]),
        ("ミサイル", ["ミ", "サ", "イ", "ル"]),
        ("데이터 북한의", ["데이터", "북한의"]),
        ("San\u00adctions", ["San\u00adctions"]),
        ("", []),
    ],
)
def test_words_are_runs_of_letters_and_single_clusters(text, found):
    assert words.split(text) == found


@given(st.text())
def test_offsets_say_where_each_word_stands(text):
    printed = words.split(text)
    ends = words.ends(text, printed)
    assert [text[at - len(word) : at] for at, word in zip(ends, printed, strict=True)] == printed


@given(st.text(alphabet="abc ÀéüłŞğ'’sS-.,_«»—€αβγабв12"))
def test_the_fast_splitters_agree_with_the_one_for_every_script(text):
    blanked = words._without_possessives(text)
    assert words.split(text) == words._ANY_WORD.findall(blanked)


@given(st.text())
def test_folding_twice_changes_nothing_more(text):
    for word in words.split(text):
        folded = words.fold(words.normal(word))
        assert words.fold(words.normal(folded)) == folded


@pytest.mark.parametrize(
    ("one", "other"),
    [("Müller", "MULLER"), ("İran", "iran"), ("Łódź", "lodz"), ("ﬁne", "fine"), ("ＵＳ", "us")]
    + [
        ("Ёлка", "елка"),
        ("Ελλάδα", "ΕΛΛΑΔΑ"),
        ("إيران", "ايران"),
        ("San\u00adctions", "sanctions"),
    ],
)
def test_case_accents_and_encodings_do_not_matter(one, other):
    assert words.fold(words.normal(one)) == words.fold(words.normal(other))


@pytest.mark.parametrize(("one", "other"), [("мой", "мои"), ("कि", "की"), ("US", "USA")])
def test_other_letters_do_matter(one, other):
    assert words.fold(words.normal(one)) != words.fold(words.normal(other))


@pytest.mark.parametrize(
    ("language", "asked", "printed"),
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
def test_a_query_word_and_its_inflection_share_a_key(language, asked, printed):
    stems = Stems(rules_for(language))
    assert stems.asks(asked) in stems.answers(printed)


@pytest.mark.parametrize(
    ("language", "asked", "printed"),
    [("en", "policy", "police"), ("en", "iran", "tehran"), ("en", "isis", "crisis")],
)
def test_near_words_share_none(language, asked, printed):
    stems = Stems(rules_for(language))
    assert stems.asks(asked) not in stems.answers(printed)


def test_a_language_without_a_stemmer_is_not_stemmed_as_english():
    assert rules_for("sw") == "none"
    assert rules_for("pt-BR") == rules_for("PT_pt") == "portuguese"
    assert rules_for(None) == rules_for("zh") == "english"
