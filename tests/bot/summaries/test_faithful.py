import pytest

from bot.summaries.faithful import Evidence

ARTICLE = """Minister Anna Kovač said on 5 May that 1.2 million people in Lumara lost power.
“We will repair every line,” she told reporters. Three dams on the Orla river held.
The cost is put at $40 million, officials said."""


@pytest.mark.parametrize(
    "sentence",
    [
        "1,200,000 people in Lumara lost power.",
        "Kovač said “we will repair every line”.",
        "3 dams on the river Orla held.",
        "Officials put the cost at $40 million.",
        "On 5 May, people in Lumara lost power.",
        "The cost is $40 million.",
    ],
)
def test_what_the_article_says_stays(sentence):
    assert Evidence(ARTICLE, "en").problem(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("Two dams on the Orla held.", "number"),
        ("The cost is put at $40 billion.", "number"),
        ("The cost is put at 41 million.", "number"),
        ("The G20 put the cost at $40 million.", "number"),
        ("Power was lost in Lumara on May 6.", "number"),
        ("Three dams on the Orla held on 3 May.", "date"),
        ("Kovač said “we will leave Lumara”.", "quotation"),
        ("Kovač spoke of a 'power war' in Lumara.", "quotation"),
        ("Peter Blom said the dams held.", "name"),
        ("Smith said the dams held.", "name"),
        ("Officials in Berlin put the cost at $40 million.", "name"),
        ("The dams held, see orla-news.com for more.", "address"),
        ("The dams held, wrote @orla.", "address"),
        ("<b>The dams held.</b>", "form"),
        ("The share market fell sharply again while traders worried.", "subject"),
    ],
)
def test_what_the_article_does_not_say_is_named(sentence, problem):
    assert Evidence(ARTICLE, "en").problem(sentence) == problem


def test_a_date_needs_its_own_month():
    evidence = Evidence("It rained on 5 May. Floods came on 3 June.", "en")
    assert evidence.problem("It rained on 5 June.") == "date"


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("На Лумарі втратили світло 1,2 мільйона людей, каже Анна Ковач.", None),
        ("На Лумарі втратили світло 9 мільйонів людей.", "number"),
        ("На Лумарі втратили світло люди, каже Петро Бондаренко.", "name"),
    ],
)
def test_a_translation_is_held_against_the_article_by_number_and_sound(sentence, problem):
    assert Evidence(ARTICLE, "en").problem(sentence, "uk") == problem


def test_where_names_have_no_capitals_every_word_has_to_be_the_articles():
    evidence = Evidence("卢马拉港口周一重新开放。", "zh")
    assert evidence.problem("卢马拉港口周一重新开放。") is None
    assert evidence.problem("王伟说港口周一重新开放。") == "name"
    assert Evidence(ARTICLE, "en").problem("卢马拉停电。", "zh") == "name"
