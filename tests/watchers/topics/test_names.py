import random

import pytest

from watchers import Item, TopicIndex, parse_query
from watchers.names.ambiguities import ambiguity_of
from watchers.names.table import name_table
from watchers.topics.candidates import IndexTermMaker, Term, make_candidate_formula
from watchers.topics.names import territory_code


def _finds(topic: str, title: str, language: str | None = None) -> bool:
    item = Item(key="k", title=title, language=language)
    query = parse_query(topic)
    index = TopicIndex()
    index.add(1, query)
    assert bool(index.match(item)) == (query.match(item) is not None)
    return query.match(item) is not None


@pytest.mark.parametrize(
    ("title", "language"),
    [
        ("DPRK tests a missile", "en"),
        ("The Democratic People's Republic of Korea replies", "en"),
        ("A North Korean envoy arrives", "en"),
        ("Sanciones contra Corea del Norte", "es"),
        ("Глава КНДР прибыл", "ru"),
        ("Власти Северной Кореи заявили", "ru"),
        ("Визит в Северную Корею", "ru"),
        ("북한의 미사일", "ko"),
        ("朝鲜领导人", "zh"),
    ],
)
def test_a_country_is_found_by_all_of_its_names(title, language):
    assert _finds('"North Korea"', title, language)
    assert not _finds('exact:"North Korea"', title, language)


@pytest.mark.parametrize(
    "title", ["South Korea wins", "A north wind over Korea", "Pyongyang speaks"]
)
def test_similar_words_do_not_name_the_country(title):
    assert not _finds('"North Korea"', title)


def test_acronyms_match_in_capitals_only():
    assert _finds("United States", "US sends an envoy")
    assert not _finds("United States", "They told us so")
    assert _finds("US", "The U.S. sends an envoy")


@pytest.mark.parametrize("typed", ['"North Korea"', "north korea", "DPRK", "КНДР", "North-Korea"])
def test_all_names_of_a_country_are_one_topic(typed):
    assert str(parse_query(typed)) == '"north korea"'


def test_the_description_mentions_the_other_names():
    description = parse_query("north korea").describe()
    assert description.startswith("North Korea by any of its names (")
    assert "DPRK" in description


@pytest.mark.parametrize("typed", ['exact:"North Korea"', 'title:exact:"iran"', '="US"', "us"])
def test_exact_words_and_capitals_are_not_expanded(typed):
    assert not parse_query(typed).is_country
    assert "any of its names" not in parse_query(typed).describe()
    assert parse_query(str(parse_query(typed))) == parse_query(typed)


@pytest.mark.parametrize(
    ("typed", "title", "language"),
    [
        ('"North Korea" AND missile', "DPRK launches a missile", "en"),
        ("iran, north korea", "Северокорейская ракета", "ru"),
        ("US élections", "Les élections américaines", "fr"),
        ("US election", "The U.S. presidential election", "en"),
        ("north korea sanctions", "Sanctions against the DPRK", "en"),
        ('title:"north korea"', "북한이 발사", "ko"),
        ("(russia OR belarus) AND drones", "Беларуси drones", "ru"),
        ('"north korea" NEAR/3 missile', "A North Korean ballistic missile", "en"),
        ("(north korea missile)~4", "North Korean missile", "en"),
    ],
)
def test_a_name_is_expanded_in_any_part_of_a_topic(typed, title, language):
    assert _finds(typed, title, language)


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("US election", "united states election"),
        ("NORTH KOREA sanctions", "north korea sanctions"),
        ("dprk AND missile", '"north korea" AND missile'),
        ('"north korea" -DVRK', '"north korea" -exact:"DVRK"'),
        ("iran -DVRK", '"iran" -"north korea"'),
        ("new jersey", "new jersey"),
        ("michael jordan", "michael jordan"),
        ("guinea pigs", "guinea pigs"),
        ("contact us", "contact us"),
    ],
)
def test_the_canonical_form_parses_back(typed, canonical):
    query = parse_query(typed)
    assert str(query) == canonical
    assert parse_query(canonical) == query


def test_one_name_of_a_country_can_be_excluded():
    assert _finds('"north korea" -DVRK', "Nordkorea testet eine Rakete", "de")
    assert not _finds('"north korea" -DVRK', "DVRK testet eine Rakete", "de")


def test_a_name_inside_an_exact_phrase_is_not_the_country():
    index = TopicIndex()
    index.add(1, parse_query('"iran deal"'))
    index.add(2, parse_query("iran"))
    index.add(3, parse_query("exact:iran"))
    assert {match.topic_id for match in index.match(Item(key="k", title="An iran deal"))} == {
        1,
        3,
        2,
    }
    assert {match.topic_id for match in index.match(Item(key="k", title="Iranian deal"))} == {2}
    index.discard(2)
    assert {match.topic_id for match in index.match(Item(key="k", title="Iran deal"))} == {1, 3}
    index.discard(1)
    index.discard(3)
    assert not index.match(Item(key="k", title="Iran deal"))


def test_an_item_has_the_search_term_of_each_country():
    item = Item(key="k", title="Kim Jong-un reist nach China", text="Nordkoreas", language="de")
    assert IndexTermMaker().make(item).others == {"nKP", "nCN"}
    assert make_candidate_formula(parse_query("DPRK")) == Term("nKP")


def test_the_confirmation_names_other_names_and_other_meanings():
    notes = parse_query("georgia AND protest").name_notes
    assert "also finds its other names (" in notes[0]
    assert 'write exact:"georgia"' in notes[0]
    assert notes[1] == (
        "“Georgia” is also a state of the USA. To narrow the topic, add words:"
        ' "georgia" AND (Tbilisi OR Caucasus), or exclude some: "georgia" -Atlanta.'
    )


def test_the_suggested_topics_are_understood():
    count = 0
    for code, territory in name_table().territories.items():
        ambiguity = ambiguity_of(code)
        if ambiguity is None:
            continue
        count += 1
        topic = f'"{territory.display}"'
        assert parse_query(f"{topic} AND ({' OR '.join(ambiguity.narrowing)})")
        assert not ambiguity.excluded or parse_query(f"{topic} -{ambiguity.excluded}")
        assert ambiguity.name in parse_query(topic).name_notes[1]
    assert count == 21


@pytest.mark.parametrize(
    "typed",
    ["United Arab Emirates", "Antigua & Barbuda", "bosnia and herzegovina", "سری‌لانکا", "צ׳ילה"],
)
def test_names_with_several_words_or_special_signs_are_recognised(typed):
    assert parse_query(typed).is_country


def test_every_english_name_parses_back_to_the_same_topic():
    for code, row in name_table().territories.items():
        for typed in (f'"{row.display}"', str(row.display)):
            query = parse_query(typed)
            assert parse_query(str(query)) == query, code
            assert territory_code(query.node) == code


def test_an_excluded_word_is_not_part_of_a_name():
    query = parse_query("ʼ -iran")
    assert not query.is_country
    assert parse_query(str(query)) == query


def test_search_terms_and_live_matching_agree_on_names():
    chance = random.Random(17)
    territories = [*name_table().territories.values()]
    found = 0
    for _ in range(400):
        territory = chance.choice(territories)
        name, languages = chance.choice([*territory.names.items()])
        other = chance.choice([*chance.choice(territories).names])
        item = Item(
            key="k",
            title=chance.choice([name, name.upper(), name.lower(), other]),
            text=f"{other}. {name}s {chance.choice(['', 'x'])}",
            language=chance.choice([*languages, "en", "de", None]),
        )
        query = parse_query(f'"{territory.display}"')
        index = TopicIndex()
        index.add(1, query)
        matches = query.match(item)
        assert ([*index.match(item)] == []) == (matches is None)
        if matches is not None:
            assert index.match(item)[0].spans == matches
        assert (f"n{territory.code}" in IndexTermMaker().make(item).others) == (matches is not None)
        found += matches is not None
    assert found > 200
