import json
from pathlib import Path

import pytest

from watchers.text.language import detect, language_of, primary_tag

SENTENCES = json.loads(
    (Path(__file__).parents[3] / "benchmarks" / "languages.json").read_text("utf-8")
)
# One language to a reader, or (Norwegian) one tag of ours.
KIN = {"nb": {"no"}, "hr": {"hr", "bs", "sr"}, "id": {"id", "ms"}}


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_a_title_with_its_lead_is_told_in_fifty_languages(language):
    assert detect(" ".join(SENTENCES[language])) in KIN.get(language, {language})


def test_one_sentence_is_seldom_taken_for_another_language():
    answers = [
        (language, detect(sentence))
        for language, sentences in SENTENCES.items()
        for sentence in sentences
    ]
    wrong = [pair for pair in answers if pair[1] and pair[1] not in KIN.get(pair[0], {pair[0]})]
    unsure = [pair for pair in answers if pair[1] is None]
    assert len(wrong) <= 0.02 * len(answers), wrong
    assert len(unsure) <= 0.02 * len(answers), unsure


@pytest.mark.parametrize(
    "text", ["", "   ", "2026", "BTC $45,000", "Reuters", "Kim Jong Un", "iPhone 17 Pro", "Россия"]
)
def test_names_and_numbers_are_of_no_language(text):
    assert detect(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("北韓發射飛彈", "zh"),
        ("全球の品牌在北京的上海路开设第一家大型旗舰商店", "zh"),
        ("核実験を強行", "ja"),
        ("対北朝鮮制裁強化", "ja"),
        ("북한 제재", "ko"),
        ("Санкції проти Росії посилюють", "uk"),
        ("روس پر نئی پابندیاں لگا دی گئیں", "ur"),
    ],
)
def test_some_scripts_and_letters_tell_at_once(text, language):
    assert detect(text) == language


def test_what_an_item_declares_wins():
    assert language_of("de-AT", "Parliament backs new sanctions on the regime") == "de"
    assert language_of("pt_BR", "Kim Jong Un") == "pt"


@pytest.mark.parametrize("declared", [None, "", "und", "english please", "x-default", "12", "e"])
def test_a_declaration_that_says_nothing_is_passed_over(declared):
    assert language_of(declared, "Die Regierung plant neue Sanktionen gegen das Regime") == "de"


def test_a_declaration_that_the_script_belies_is_passed_over():
    assert language_of("en-US", "Правительство вводит новые санкции после испытания") == "ru"
    assert language_of("ru", "Parliament backs new sanctions after the missile test") == "en"
    assert language_of("en", "Kim meets Xi: 김정은, 시진핑과 회담") == "en"


def test_a_language_may_have_two_scripts():
    assert language_of("sr", "Vlada nakon raketnog pokusa uvodi nove sankcije") == "sr"
    assert language_of("sr-Cyrl", "Влада после ракетне пробе уводи нове санкције") == "sr"


@pytest.mark.parametrize(
    ("declared", "tag"), [("iw", "he"), ("nb-NO", "no"), ("nn", "no"), ("zh-Hant-TW", "zh")]
)
def test_old_and_narrow_tags_get_one_name(declared, tag):
    assert primary_tag(declared) == tag
