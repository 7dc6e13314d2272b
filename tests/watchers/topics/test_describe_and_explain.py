import pytest

from watchers import Item, parse_query


@pytest.mark.parametrize(
    ("typed", "description"),
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
def test_a_topic_is_described_in_words(typed, description):
    assert parse_query(typed).describe() == description


def test_an_explanation_reports_every_leaf():
    item = Item(key="k", title="Missiles at sea", text="A boycot is likely. Football later.")
    explanation = parse_query("missile AND boycott -football").explain_match(item)
    assert not explanation.matches
    assert explanation.spans == ()
    boycott, missile, football = explanation.leaves
    assert (boycott.text, boycott.wanted, boycott.found) == ("boycott", True, False)
    assert (boycott.nearest, boycott.nearest_field) == ("boycot", "text")
    assert (missile.text, missile.wanted, missile.found) == ("missile", True, True)
    assert [(span.field, span.start, span.end) for span in missile.spans] == [("title", 0, 8)]
    assert (football.text, football.wanted, football.found) == ("football", False, True)
    assert [span.field for span in football.spans] == ["text"]
    head, *lines = str(explanation).splitlines()
    assert "not match" in head
    assert [line.partition(":")[0] for line in lines] == [
        f"- {report.description}" for report in explanation.leaves
    ]
    assert "“boycot” in the text" in lines[0]
    assert "found in the title" in lines[1]
    assert "found in the text" in lines[2]
    assert "excluded" in lines[2]


def test_the_explanation_of_a_match_has_its_spans():
    item = Item(key="k", title="Missiles at sea", text="")
    query = parse_query("missile -football")
    explanation = query.explain_match(item)
    assert explanation.matches
    assert explanation.spans == query.match(item)
    football = explanation.leaves[1]
    assert (football.text, football.wanted, football.found) == ("football", False, False)
    assert "not found" in str(football)
    assert football.nearest == ""


@pytest.mark.parametrize(
    ("topic", "matches", "distances"),
    [
        ("oil NEAR/2 price", False, [(5, 2)]),
        ("oil NEAR/5 price", True, [(5, 5)]),
        ("price ONEAR/9 oil", False, [(None, 9)]),
        ("oil NEAR/9 headline", False, [(None, 9)]),
        ("(oil high price)~2", False, [(4, 2)]),
        ("(oil high price)~4", True, [(4, 4)]),
        ("oil NEAR/2 (price OR demand)", True, [(1, 2)]),
        ("oil AND price", True, []),
        ("oil NEAR/2 uranium", False, []),
        ("headline -(oil NEAR/5 price)", False, [(5, 5)]),
    ],
)
def test_an_explanation_has_the_smallest_distance_of_the_words(topic, matches, distances):
    item = Item(key="k", title="A headline", text="Demand for oil from abroad set a high price.")
    explanation = parse_query(topic).explain_match(item)
    assert explanation.matches == matches
    assert [(report.found, report.maximum) for report in explanation.distances] == distances


def test_the_words_of_an_excluded_distance_are_not_excluded_on_their_own():
    item = Item(key="k", title="Oil and gas", text="")
    explanation = parse_query("oil -(oil NEAR/3 gas)").explain_match(item)
    assert [str(report) for report in explanation.leaves if "excluded" in str(report)] == []
    assert "found with 1 other word between, but excluded" in explanation.lines[-1]
