"""No everyday word is the name of a country, except the names of the country in its own language."""

import pytest

from watchers.names.forms import name_forms
from watchers.names.inflection import demonym_forms, noun_forms
from watchers.names.recogniser import find_names
from watchers.names.table import name_table
from watchers.text.tokens import normalize_word, split_words, strip_accents

wordfreq = pytest.importorskip("wordfreq")

# A language of wordfreq, to the language of items.
LANGUAGES = {
    "ar": "ar", "bg": "bg", "bn": "bn", "ca": "ca", "cs": "cs", "da": "da", "de": "de", "el": "el",
    "en": "en", "es": "es", "fa": "fa", "fi": "fi", "fr": "fr", "he": "he", "hi": "hi", "hu": "hu",
    "id": "id", "it": "it", "nb": "no", "nl": "nl", "pl": "pl", "pt": "pt", "ro": "ro", "ru": "ru",
    "sv": "sv", "tr": "tr", "uk": "uk", "vi": "vi", "lt": "lt", "lv": "lv", "sk": "sk", "sl": "sl",
    "is": "is", "ta": "ta", "ur": "ur", "mk": "mk", "ms": "ms",
}  # fmt: skip

COMMONEST = 5_000


def own_words(code, language):
    """Return the first words of all names and demonyms of a territory in one language."""
    territory = name_table().territories[code]
    found = set()
    for name, languages in territory.names.items():
        if language in languages:
            found |= {folded(word) for word in split_words(name)[:1]}
    for entry in territory.demonyms.get(language, ()):
        found |= {folded(word) for word in split_words(entry.rstrip("-~"))[:1]}
    # A short name in capitals is the same in every language.
    return found | {folded(acronym) for acronym in territory.acronyms}


def folded(word):
    return strip_accents(normalize_word(word))


def is_own_name(word, code, language):
    """Return True if ``word`` starts like a name of the territory and is one of its inflections."""
    text = folded(split_words(word)[0])
    return any(
        text.find(own[: max(3, len(own) - 3)]) in range(4) or text == own
        for own in own_words(code, language)
    )


@pytest.mark.slow
@pytest.mark.parametrize(("wordfreq_language", "language"), LANGUAGES.items())
def test_no_common_word_is_the_name_of_a_country(wordfreq_language, language):
    wrong = []
    for word in wordfreq.top_n_list(wordfreq_language, COMMONEST):
        row = [*split_words(word), ""]
        wrong += [
            f"{word} ({occurrence.code})"
            for occurrence in find_names(row, language)
            if not is_own_name(row[occurrence.first], occurrence.code, language)
        ]
    assert wrong == []


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("island", "en"),
        ("grenade", "en"),
        ("sued", "en"),
        ("pole", "en"),
        ("mas", "pt"),
        ("mês", "pt"),
    ]
    + [("cada", "pt"), ("saúde", "pt"), ("mis", "fr"), ("libération", "fr"), ("indem", "de")]
    + [("либо", "ru"), ("данные", "ru"), ("islam", "tr"), ("البحر", "ar"), ("того", "ru")]
    + [("Того", "ru"), ("Mali", "sk"), ("Reunião", "pt"), ("كيوان", "ar"), ("כיוון", "he")]
    + [
        ("chad", "en"),
        ("jersey", "en"),
        ("turkey", "en"),
        ("china", "en"),
        ("us", "en"),
        ("bị", "vi"),
    ]
    + [("đúc", "vi"), ("মালিক", "bn"), ("그리스도", "ko"), ("fines", "es"), ("мало", "uk")]
    + [("Maurice", "fr"), ("Let", "nl"), ("мали", "mk"), ("sad", "sr"), ("es", "lt"), ("ab", "tr")],
)
def test_words_that_look_like_a_name(word, language):
    assert find_names([word, ""], language) == []


def test_a_foreign_name_matches_only_letter_for_letter():
    def codes(text, language):
        return [name.code for name in find_names([*split_words(text), ""], language)]

    assert codes("Nordkorea", "de") == codes("Nordkoreas", "de") == ["KP"]
    assert codes("Nordkorea", "en") == ["KP"]
    assert codes("Nordkoreas", "en") == codes("nordkorea", "en") == []
    assert codes("Indien", "de") == ["IN"]
    assert codes("Indien", "nl") == codes("indien", "nl") == []


def test_forms_include_the_name_itself():
    assert "россии" in noun_forms("россия", "ru")
    assert "российских" in demonym_forms("российск-", "ru")
    assert "росіянами" in demonym_forms("росіян~", "uk")
    assert "américaines".replace("é", "e") in demonym_forms("americain", "fr")
    assert all("iran" in noun_forms("iran", language) for language in LANGUAGES.values())


def test_the_forms_of_a_language_are_built_once():
    assert name_forms("de") is name_forms("de-AT")
    assert name_forms("nb") is name_forms("no")
