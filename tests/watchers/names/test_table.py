import pytest

from watchers.names.table import find_territory, name_table

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
    territory = find_territory(name)
    return territory.code if territory else None


def test_at_least_94_of_104_names_of_fourteen_countries_are_found():
    expected = [(code, name) for code, names in ALIASES.items() for name in names]
    missed = [(code, name) for code, name in expected if territory_of(name) != code]
    assert len(expected) == 104
    assert len(missed) <= 10, missed


def test_one_name_leads_to_all_the_others():
    north_korea = find_territory("North Korea")
    assert {"Corea del Norte", "КНДР", "북한", "北朝鮮", "Северная Корея"} <= {*north_korea.names}
    assert north_korea.display == "North Korea"
    assert "DPRK" in north_korea.acronyms
    assert "North Korean" in north_korea.demonyms["en"]
    assert "Pyongyang" in north_korea.governments
    assert north_korea.names["Corea del Norte"] == ("es",)
    assert find_territory("КНДР") is find_territory("dprk") is find_territory("  NORTH   korea ")


@pytest.mark.parametrize(
    ("text", "code"), [("the US", "US"), ("The U.S.", "US"), ("the Netherlands", "NL")]
)
def test_the_article_is_ignored(text, code):
    assert territory_of(text) == code
    assert territory_of("the us") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "northkorea",
        "North Korea sanctions",
        "Korea",
        "Congo",
        "us",
        "car",
        "roc",
        "reunion",
    ]
    + ["Pyongyang", "the Kremlin", "North Korean", "IS", "and", "the", "Virgin Islands"],
)
def test_words_and_ambiguous_names_are_not_territories(text):
    assert find_territory(text) is None


def test_an_acronym_that_is_also_a_word_must_be_in_capitals_or_dotted():
    assert [territory_of(name) for name in ("us", "US", "u.s.", "uk", "uae")] == [
        None, "US", "US", "GB", "AE",
    ]  # fmt: skip


def test_accents_dots_hyphens_and_the_article_are_ignored():
    assert territory_of("cote divoire") == territory_of("Côte d’Ivoire") == "CI"
    assert territory_of("The Netherlands") == territory_of("netherlands") == "NL"
    assert territory_of("Guinea Bissau") == territory_of("Guinea-Bissau") == "GW"


def test_every_territory_is_found_by_its_display_name():
    for code, territory in name_table().territories.items():
        assert territory_of(territory.display) == code


def test_the_table_is_read_once():
    assert name_table() is name_table()
