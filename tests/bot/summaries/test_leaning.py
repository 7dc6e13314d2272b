import pytest

from bot.summaries.dependent_sentences import DependencyDetector


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "He said the harbour would reopen."),
        ("en", "But the ferries stayed away."),
        ("en", "The latter has two decks."),
        ("en", "The captain, in turn, blamed the storm."),
        ("en", "“We will sail again.”"),
        ("en", "That is why nobody came."),
        ("de", "Diese Fähre ist alt."),
        ("fr", "Il a quitté le port."),
        ("es", "Sin embargo, el puerto sigue cerrado."),
        ("ru", "Он покинул порт."),
        ("uk", "Водночас порт закрито."),
        ("zh", "他表示港口将重新开放。"),
        ("ja", "これを受けて港は閉鎖された。"),
    ],
)
def test_a_sentence_that_leans_on_the_one_before_is_told(language, sentence):
    assert DependencyDetector(language).depends_on_previous(sentence)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "The harbour of Lumara reopened on Monday."),
        ("en", "Hemlock grows at the pier."),
        ("en", "Theirry Blanc won the race."),
        ("en", "“He will sail again,” said Ana Kos."),
        ("en", "A ferry left at noon."),
        ("de", "Die Fähre lief aus."),
        ("pt", "O porto reabriu na segunda-feira."),
        ("es", "El puerto reabrió el lunes."),
        (None, "Порт відкрито."),
        ("zh", "卢马拉港口周一重新开放。"),
    ],
)
def test_a_sentence_that_stands_alone_is_not(language, sentence):
    assert not DependencyDetector(language).depends_on_previous(sentence)
