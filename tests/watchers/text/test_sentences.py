from watchers.text.sentences import sentences


def test_a_long_paragraph_is_split_where_a_short_one_would_be():
    one = "The harbour of Lumara reopened on Monday."
    assert sentences(" ".join([one] * 500), "en") == [one] * 500


def test_quotations_that_never_close_take_no_long_time():
    assert "".join(sentences("“a “b “c " * 25_000, "en")).count("“") == 75_000
