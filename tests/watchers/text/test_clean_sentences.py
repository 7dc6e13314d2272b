from watchers.text.clean import split_sentences


def test_a_long_paragraph_is_split_like_a_short_one():
    sentence = "The harbour of Lumara reopened on Monday."
    assert split_sentences(" ".join([sentence] * 500), "en") == [sentence] * 500


def test_unclosed_quotations_are_split_in_linear_time():
    assert "".join(split_sentences("“a “b “c " * 25_000, "en")).count("“") == 75_000
