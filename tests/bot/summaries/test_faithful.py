import pytest

from bot.summaries.verification.verify import SourceText

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
    assert SourceText(ARTICLE, "en").find_unsupported(sentence) is None


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
    assert SourceText(ARTICLE, "en").find_unsupported(sentence) == problem


def test_a_date_needs_its_own_month():
    evidence = SourceText("It rained on 5 May. Floods came on 3 June.", "en")
    assert evidence.find_unsupported("It rained on 5 June.") == "date"


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("На Лумарі втратили світло 1,2 мільйона людей, каже Анна Ковач.", None),
        ("На Лумарі втратили світло 9 мільйонів людей.", "number"),
        ("На Лумарі втратили світло люди, каже Петро Бондаренко.", "name"),
    ],
)
def test_a_translation_is_held_against_the_article_by_number_and_sound(sentence, problem):
    assert SourceText(ARTICLE, "en").find_unsupported(sentence, "uk") == problem


def test_where_names_have_no_capitals_every_word_has_to_be_the_articles():
    evidence = SourceText("卢马拉港口周一重新开放。", "zh")
    assert evidence.find_unsupported("卢马拉港口周一重新开放。") is None
    assert evidence.find_unsupported("王伟说港口周一重新开放。") == "name"
    assert SourceText(ARTICLE, "en").find_unsupported("卢马拉停电。", "zh") == "name"


LONG = """Governor Anna Kovač of Lumara said on 5 May 2026 that 1.2 million people lost power in the storm.
“We will repair every line before winter,” she told reporters in the town of Brell.
Unemployment rose by 3 percentage points to 9 per cent in the first quarter.
Three dams on the Orla river held, and the oldest, 40 metres high, did not break.
Parliament did not approve the budget of $40 million, and Prime Minister Ivo Lind denied the report.
The company Northwind Energy, led by Peter Hask, sold its plant to Tessel AG for 250 million euros.
Exports fell from 80 to 60 tonnes; about half of the schools stayed closed until 12 June.
The ceasefire begins at 6 a.m. on Friday and lasts two weeks.
Damage is put at 2 to 3 million euros. A farmer, aged 51, lost three cows.
"""


@pytest.mark.parametrize(
    "sentence",
    [
        "A storm left 1.2m people without power, Kovač said.",
        "Unemployment rose to 9% in the first quarter.",
        "Unemployment is up three points.",
        "The oldest dam, 40 m high, did not break.",
        "Three dams held and the oldest did not break.",
        "Parliament rejected the budget of 40 million dollars.",
        "Northwind Energy sold its plant to Tessel AG for €250 million.",
        "Governor Kovač promised to “repair every line before winter”.",
        "Exports fell to 60 tonnes from 80.",
        "The two-week ceasefire begins at 6 a.m.",
        "The damage of two million to three million euros is known.",
        "A 51-year-old farmer lost three cows.",
        "Lumara Governor Anna Kovač said the dams held.",
    ],
)
def test_what_the_article_says_stays_in_other_words(sentence):
    assert SourceText(LONG, "en").find_unsupported(sentence) is None


@pytest.mark.parametrize(
    ("sentence", "problem"),
    [
        ("The oldest dam is 40 feet high.", "number"),
        ("The budget is €40 million.", "number"),
        ("Unemployment rose by 3 per cent.", "number"),
        ("The ceasefire begins at 6 p.m. on Friday.", "number"),
        ("The ceasefire lasts two months.", "number"),
        ("The ceasefire lasts 12 weeks.", "number"),
        ("5 dams on the Orla river held.", "number"),
        ("A dozen schools stayed closed.", "number"),
        ("Half a million people lost power.", "number"),
        ("Twenty-five people lost power.", "number"),
        ("About twice as many people lost power as in the last storm.", "number"),
        ("About thousands of people lost power.", "number"),
        ("A third of the schools stayed closed until 12 June.", "number"),
        ("Exports fell from 60 to 80 tonnes.", "number"),
        ("The budget is ½ million.", "number"),
        ("The budget is ٤١ million.", "number"),
        ("Parliament approved the budget of $40 million.", "sense"),
        ("Prime Minister Ivo Lind confirmed the report.", "sense"),
        ("Unemployment fell to 9 per cent.", "sense"),
        ("Kovač resigned after the storm.", "sense"),
        ("Two people died in the storm.", "sense"),
        ("Anna Lind said the dams held.", "name"),
        ("Peter Lind denied the report.", "name"),
        ("Tessel Energy sold its plant.", "name"),
        ("Governor \u0410nna Kovač said the dams held.", "name"),
        ("Kovač said “we will repair every line before summer”.", "quotation"),
        ("Kovač said ‹we will break every line›.", "quotation"),
        ("Kovač said ''we will break every line''.", "quotation"),
        ("Lind said “we will repair every line before winter”.", "quotation"),
        ("anna smith denied the report.", "form"),
    ],
)
def test_what_is_made_of_the_articles_own_parts_is_held_against_the_whole(sentence, problem):
    assert SourceText(LONG, "en").find_unsupported(sentence) == problem


@pytest.mark.parametrize(
    ("article", "sentence"),
    [
        ("Der Umsatz stieg auf 40 Millionen Euro.", "Der Umsatz fiel auf 40 Millionen Euro."),
        ("Le chiffre des ventes au port a augmenté.", "Le chiffre des ventes au port a baissé."),
        ("Der Rat hat das Gesetz nicht gebilligt.", "Der Rat hat das Gesetz gebilligt."),
        ("Рада не ухвалила бюджет міста.", "Рада ухвалила бюджет міста."),
    ],
)
def test_what_turns_the_article_around_is_found_in_other_languages(article, sentence):
    language = "uk" if "Рада" in article else "fr" if "chiffre" in article else "de"
    assert SourceText(article, language).find_unsupported(sentence) == "sense"


def test_an_article_bears_its_own_sentences_out():
    evidence = SourceText(LONG, "en")
    assert [evidence.find_unsupported(line) for line in LONG.strip().split("\n")] == [None] * 9


@pytest.mark.parametrize(
    ("language", "article", "sentence"),
    [
        (
            "en",
            "Ethiopia filled the reservoir on Saturday despite protests from Sudan, state television said.",
            "Sudan filled the reservoir on Saturday.",
        ),
        (
            "de",
            "Der Verkehr auf der Brücke nahm um 8 Prozent zu.",
            "Der Verkehr auf der Brücke nahm um 8 Prozent ab.",
        ),
    ],
)
def test_a_claim_with_another_subject_or_direction_is_rejected(language, article, sentence):
    assert SourceText(article, language).find_unsupported(sentence) == "sense"
    assert SourceText(article, language).find_unsupported(article) is None
