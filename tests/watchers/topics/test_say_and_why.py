import pytest

from watchers import Item, parse_query


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("missile", "“missile” in any form"),
        ('"missile"', "“missile” exactly"),
        ("white house", "the phrase “white house” in any form"),
        (
            '"north sea" AND (sanctions OR missile) -football',
            (
                "the phrase “north sea”, and “missile” or “sanctions” in any form,"
                " but not “football” in any form"
            ),
        ),
        ("sanct* lang:en", "items in the language “en”, and words that begin with “sanct”"),
        ("title:missile", "“missile” in any form in the title"),
        ("=WHO", "“WHO” in exactly these letters"),
        (
            "oil NEAR/3 gas",
            "“gas” in any form near “oil” in any form (at most 3 other words between)",
        ),
        (
            "oil gas price",
            (
                "“oil”, “gas” and “price” in any form, close together"
                " (in any order, with at most 6 other words among them)"
            ),
        ),
        (
            "(oil gas) OR coal",
            "“coal” in any form or (“gas” in any form, and “oil” in any form)",
        ),
    ],
)
def test_a_topic_is_said_back_in_words(typed, said):
    assert parse_query(typed).explain() == said


def test_why_reports_every_leaf():
    item = Item(key="k", title="Missiles at sea", text="A boycot is likely. Football later.")
    why = parse_query("missile AND boycott -football").why(item)
    assert not why.matches
    assert str(why).splitlines() == [
        "It does not match.",
        "- “boycott” in any form: not found; nearest: “boycot” in the text",
        "- “missile” in any form: found in the title",
        "- “football” in any form: found in the text, but not wanted",
    ]


def test_why_of_a_match_has_its_spans():
    item = Item(key="k", title="Missiles at sea", text="")
    query = parse_query("missile -football")
    why = query.why(item)
    assert why.matches
    assert why.spans == query.match(item)
    assert str(why.leaves[1]) == "“football” in any form: not found, as wanted"
