import json
from pathlib import Path

import pytest

from watchers.text.language import detect_language, primary_tag, resolve_language

SENTENCES = json.loads(
    (Path(__file__).parents[3] / "benchmarks" / "languages.json").read_text("utf-8")
)
# Languages that the detector does not distinguish, or that share a tag.
ACCEPTED = {"nb": {"no"}, "hr": {"hr", "bs", "sr"}, "id": {"id", "ms"}}


@pytest.mark.parametrize("language", sorted(SENTENCES))
def test_a_title_with_a_lead_is_detected_in_fifty_languages(language):
    assert detect_language(" ".join(SENTENCES[language])) in ACCEPTED.get(language, {language})


def test_one_sentence_is_rarely_detected_as_another_language():
    results = [
        (language, detect_language(sentence))
        for language, sentences in SENTENCES.items()
        for sentence in sentences
    ]
    wrong = [
        pair for pair in results if pair[1] and pair[1] not in ACCEPTED.get(pair[0], {pair[0]})
    ]
    uncertain = [pair for pair in results if pair[1] is None]
    assert len(wrong) <= 0.02 * len(results), wrong
    assert len(uncertain) <= 0.02 * len(results), uncertain


@pytest.mark.parametrize(
    "text", ["", "   ", "2026", "BTC $45,000", "Reuters", "Kim Jong Un", "iPhone 17 Pro", "Россия"]
)
def test_names_and_numbers_have_no_language(text):
    assert detect_language(text) is None


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
def test_distinctive_scripts_and_letters_are_detected(text, language):
    assert detect_language(text) == language


def test_a_plausible_declared_language_is_used():
    assert resolve_language("de-AT", "Parliament backs new sanctions on the regime") == "de"
    assert resolve_language("pt_BR", "Kim Jong Un") == "pt"


@pytest.mark.parametrize("declared", [None, "", "und", "english please", "x-default", "12", "e"])
def test_a_declaration_without_a_language_is_ignored(declared):
    assert (
        resolve_language(declared, "Die Regierung plant neue Sanktionen gegen das Regime") == "de"
    )


def test_a_declaration_in_the_wrong_script_is_ignored():
    assert resolve_language("en-US", "Правительство вводит новые санкции после испытания") == "ru"
    assert resolve_language("ru", "Parliament backs new sanctions after the missile test") == "en"
    assert resolve_language("en", "Kim meets Xi: 김정은, 시진핑과 회담") == "en"


def test_a_language_can_have_two_scripts():
    assert resolve_language("sr", "Vlada nakon raketnog pokusa uvodi nove sankcije") == "sr"
    assert resolve_language("sr-Cyrl", "Влада после ракетне пробе уводи нове санкције") == "sr"


@pytest.mark.parametrize(
    ("declared", "tag"), [("iw", "he"), ("nb-NO", "no"), ("nn", "no"), ("zh-Hant-TW", "zh")]
)
def test_renamed_and_regional_tags_are_normalized(declared, tag):
    assert primary_tag(declared) == tag
