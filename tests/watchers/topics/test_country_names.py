import json
from importlib.resources import files

import pytest

from watchers.text.tokens import normalize_word, split_words, strip_accents
from watchers.topics.country import Aliases, find_aliases, gazetteer

# Fourteen countries as they are named in the news, collected by hand.
ALIASES = {
    "KP": ["North Korea", "DPRK", "Democratic People's Republic of Korea", "Corea del Norte"]
    + ["Corée du Nord", "КНДР", "Северная Корея", "북한", "北朝鮮", "朝鲜", "N. Korea"],
    "KR": [
        "South Korea",
        "ROK",
        "Republic of Korea",
        "Südkorea",
        "Южная Корея",
        "한국",
        "대한민국",
    ],
    "US": ["United States", "US", "U.S.", "USA", "United States of America", "Estados Unidos"]
    + ["États-Unis", "США", "美国", "アメリカ", "EE.UU.", "America"],
    "GB": ["United Kingdom", "UK", "U.K.", "Britain", "Great Britain", "Royaume-Uni"]
    + ["Großbritannien", "Великобритания", "英国"],
    "AE": ["UAE", "United Arab Emirates", "Emirates", "Emiratos Árabes Unidos", "ОАЭ", "الإمارات"],
    "CN": ["China", "PRC", "People's Republic of China", "中国", "中國", "Китай", "الصين"],
    "TW": ["Taiwan", "Republic of China", "Chinese Taipei", "台灣", "台湾", "Тайвань", "ROC"],
    "RU": ["Russia", "Russian Federation", "Россия", "РФ", "Russland", "Rusia", "俄罗斯"],
    "IR": ["Iran", "Islamic Republic of Iran", "Иран", "ایران", "Irán", "伊朗"],
    "TR": ["Turkey", "Türkiye", "Turkiye", "Turquía", "Türkei", "Турция"],
    "MM": ["Myanmar", "Burma", "Birmanie", "Мьянма", "ミャンマー", "缅甸"],
    "CD": ["DRC", "DR Congo", "Democratic Republic of the Congo", "Congo-Kinshasa", "Zaire"]
    + ["République démocratique du Congo", "ДР Конго"],
    "CI": ["Ivory Coast", "Côte d'Ivoire", "Cote d'Ivoire", "Elfenbeinküste", "Costa de Marfil"]
    + ["Кот-д'Ивуар"],
    "PS": ["Palestine", "State of Palestine", "Palestinian territories", "Palestina", "فلسطين"]
    + ["Палестина", "Palästina"],
}


def territory_of(name):
    aliases = find_aliases(name)
    return aliases.territory if aliases else None


def all_aliases():
    return [find_aliases(row["name"]) for row in table().values()]


def table():
    return json.loads(files("watchers.topics").joinpath("names.json").read_text("utf-8"))


def test_at_least_94_of_104_names_of_fourteen_countries_are_found():
    expected = [(code, name) for code, names in ALIASES.items() for name in names]
    missed = [(code, name) for code, name in expected if territory_of(name) != code]
    assert len(expected) == 104
    assert len(missed) <= 10, missed


def test_one_name_leads_to_all_the_others():
    north_korea = find_aliases("North Korea")
    assert {"Corea del Norte", "КНДР", "북한", "北朝鮮", "Северная Корея"} <= {*north_korea.names}
    assert north_korea.display == "North Korea"
    assert "DPRK" in north_korea.acronyms
    assert "North Korean" in north_korea.demonyms
    assert "Pyongyang" in north_korea.governments
    assert (
        find_aliases("КНДР")
        == find_aliases("dprk")
        == find_aliases("  NORTH   korea ")
        == north_korea
    )


@pytest.mark.parametrize(
    "text",
    ["", " ", "northkorea", "North Korea sanctions", "Korea", "Congo", "us", "car", "roc", "island"]
    + ["reunion", "Pyongyang", "the Kremlin", "North Korean", "IS", "and", "the", "Virgin Islands"],
)
def test_words_and_ambiguous_names_have_no_aliases(text):
    assert find_aliases(text) is None


def test_an_acronym_that_is_also_a_word_must_be_in_capitals_or_dotted():
    assert [territory_of(name) for name in ("us", "US", "u.s.", "uk", "uae")] == [
        None, "US", "US", "GB", "AE",
    ]  # fmt: skip


def test_accents_dots_hyphens_and_the_article_are_ignored():
    assert territory_of("cote divoire") == territory_of("Côte d’Ivoire") == "CI"
    assert territory_of("The Netherlands") == territory_of("netherlands") == "NL"
    assert territory_of("Guinea Bissau") == territory_of("Guinea-Bissau") == "GW"


@pytest.mark.parametrize("name", ["Turkey", "Chad", "Jordan", "Mali", "Georgia", "China", "Togo"])
def test_a_name_that_is_also_a_word_is_matched_case_sensitively(name):
    aliases = find_aliases(name.lower())
    assert name in aliases.cased
    assert name.upper() in aliases.cased
    assert strip_accents(normalize_word(name)) not in {
        strip_accents(normalize_word(other)) for other in aliases.names
    }


@pytest.mark.parametrize(
    ("word", "language"),
    [("island", "a German's Iceland"), ("gana", "Spanish: wins"), ("reunion", "a meeting")]
    + [("sad", "a Slavic Chad"), ("мали", "Macedonian: small"), ("того", "Russian: of that")]
    + [("us", "a pronoun"), ("fas", "Turkish Morocco"), ("palau", "Catalan: a palace")],
)
def test_no_case_insensitive_name_is_a_common_word(word, language):
    territories = [
        aliases.territory
        for aliases in all_aliases()
        if word in map(strip_accents, map(normalize_word, aliases.names))
    ]
    assert territories == [], language


def test_no_two_territories_share_a_name():
    owners = {}
    for aliases in all_aliases():
        for name in (*aliases.names, *aliases.cased):
            words = tuple(strip_accents(normalize_word(word)) for word in split_words(name))
            assert owners.setdefault(words, aliases.territory) == aliases.territory, name


def test_no_name_contains_another_of_the_same_territory():
    for aliases in all_aliases():
        phrases = [
            f" {' '.join(map(strip_accents, map(normalize_word, split_words(name))))} "
            for name in aliases.names
        ]
        for phrase in phrases:
            assert [other for other in phrases if other in phrase] == [phrase], aliases.territory


def test_every_territory_is_found_by_its_display_name():
    for code, row in table().items():
        aliases = find_aliases(row["name"])
        assert isinstance(aliases, Aliases)
        assert aliases.territory == code


def test_the_table_is_read_once():
    assert gazetteer() is gazetteer()
