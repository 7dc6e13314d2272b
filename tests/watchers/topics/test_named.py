import pytest

from watchers import Item, TopicIndex, parse_query
from watchers.topics.names import gazetteer


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
def test_a_country_is_found_by_every_name_it_goes_by(title, language):
    assert _finds('"North Korea"', title, language)
    assert not _finds('exact:"North Korea"', title, language)


@pytest.mark.parametrize(
    "title", ["South Korea wins", "A north wind over Korea", "Pyongyang speaks"]
)
def test_other_names_are_not_its_names(title):
    assert not _finds('"North Korea"', title)


def test_short_capital_names_match_in_capitals_only():
    assert _finds("United States", "US sends an envoy")
    assert not _finds("United States", "They told us so")
    assert not _finds("us", "US sends an envoy of ours".replace("US", "UN"))


@pytest.mark.parametrize("typed", ['"North Korea"', "north korea", "DPRK", "КНДР", "North-Korea"])
def test_all_names_of_a_country_are_one_topic(typed):
    assert str(parse_query(typed)) == '"north korea"'


def test_the_echo_says_that_other_names_are_found_too():
    said = parse_query("north korea").explain()
    assert said.startswith("North Korea by any of its names (")
    assert "DPRK" in said


@pytest.mark.parametrize("typed", ['exact:"North Korea"', '"North Korea" AND missile', '="US"'])
def test_only_a_whole_topic_that_is_such_a_name_is_widened(typed):
    assert "any of its names" not in parse_query(typed).explain()


@pytest.mark.parametrize(
    "typed",
    ["United Arab Emirates", "Antigua & Barbuda", "bosnia and herzegovina", "سری‌لانکا", "צ׳ילה"],
)
def test_names_of_several_words_and_with_signs_of_their_own_are_names(typed):
    assert parse_query(typed).is_widened


def test_every_english_name_reads_back_as_the_same_topic():
    for code, row in gazetteer()._rows.items():
        for typed in (f'"{row["name"]}"', str(row["name"])):
            query = parse_query(typed)
            assert parse_query(str(query)) == query, code


def test_what_is_excluded_is_no_part_of_a_name():
    query = parse_query("ʼ -iran")
    assert not query.is_widened
    assert parse_query(str(query)) == query
