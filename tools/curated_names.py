"""Curated names of territories that the sources of build_names.py lack.

Territory codes are those of ISO 3166-1 and CLDR ("XK" is Kosovo, "EU" the European Union).
"""

# ruff: noqa: E501 - rows of words are laid out for readability

from __future__ import annotations

from typing import Final

DISPLAY_NAMES: Final = {
    "CD": "DR Congo",
    "CG": "Republic of the Congo",
    "CI": "Ivory Coast",
    "PS": "Palestine",
    "TR": "Turkey",
    "XK": "Kosovo",
}
"""English names for descriptions of topics, if the CLDR name is not the usual one."""

NAMES: Final = {
    "AE": ["Emirates", "Emirados Árabes", "Emiratos Árabes", "ОАЭ", "БАЕ", "الإمارات"],
    "BA": ["Bosnia", "Bosnia and Herzegovina", "Bosnie", "Bosnien", "Босния"],
    "BY": ["Belorussia", "Byelorussia", "Белоруссия", "Weißrussland", "Weissrussland", "Biélorussie"],
    "CD": ["DR Congo", "Congo-Kinshasa", "Democratic Republic of Congo", "Democratic Republic of the Congo",
           "République démocratique du Congo", "RD Congo", "ДР Конго", "Zaire"],
    "CG": ["Congo-Brazzaville", "Republic of the Congo", "Republic of Congo", "République du Congo"],
    "CI": ["Elfenbeinküste", "Costa de Marfil", "Costa do Marfim", "Costa d'Avorio", "Ivory Coast", "Cote d'Ivoire", "Cote dIvoire"],
    "CN": ["Çin", "People's Republic of China", "Mainland China", "Red China", "中国大陆", "中國大陸",
           "中华人民共和国", "中華人民共和國", "КНР", "République populaire de Chine",
           "República Popular China", "Volksrepublik China"],
    "CV": ["Cape Verde"],
    "CZ": ["Czech Republic", "République tchèque", "República Checa", "Tschechische Republik"],
    "EU": ["European Union"],
    "FK": ["Falklands", "Falkland Islands", "Malvinas", "Islas Malvinas"],
    "GB": ["Britain", "Great Britain", "United Kingdom of Great Britain and Northern Ireland",
           "Großbritannien", "Grande-Bretagne", "Gran Bretaña", "Gran Bretagna", "Grã-Bretanha",
           "Groot-Brittannië", "Великобритания", "Велика Британія", "Wielka Brytania", "英国", "英國",
           "イギリス", "بريطانيا", "בריטניה", "İngiltere"],
    "IR": ["Irã", "Islamic Republic of Iran", "ИРИ"],
    "KG": ["Kyrgyz Republic", "Kirghizia", "Киргизия"],
    "KP": ["DPR Korea", "Democratic People's Republic of Korea", "N. Korea", "N Korea", "NKorea",
           "Korea DPR", "조선민주주의인민공화국", "КНДР", "Северная Корея", "北朝鮮", "北韓", "朝鲜",
           "Korea Utara", "Демократическая Народная Республика Корея",
           "Корейская Народно-Демократическая Республика",
           "República Popular Democrática de Corea", "Corea Democrática",
           "République populaire démocratique de Corée"],
    "KR": ["Republic of Korea", "S. Korea", "S Korea", "SKorea", "대한민국", "한국", "남한", "韓國",
           "韩国", "南韓", "南朝鲜", "Республика Корея", "Южная Корея"],
    "LA": ["Lao PDR", "Lao People's Democratic Republic"],
    "MD": ["Republic of Moldova", "Молдавия"],
    "MK": ["Macedonia", "Republic of Macedonia", "FYR Macedonia"],
    "MM": ["Burma", "Birmanie", "Birmania", "Birma", "緬甸"],
    "NL": ["Holland", "Голландия", "Hollande", "Holanda"],
    "PS": ["Palestine", "State of Palestine", "Palestinian Authority", "Palästina", "Palestina",
           "Палестина", "فلسطين", "פלסטין"],
    "RU": ["Russian Federation", "РФ", "Российская Федерация", "Russische Föderation",
           "Fédération de Russie", "Federación de Rusia", "Federação Russa", "俄国", "俄國"],
    "SA": ["Kingdom of Saudi Arabia"],
    "SY": ["Syrian Arab Republic"],
    "SZ": ["Swaziland"],
    "TL": ["East Timor", "Timor Leste"],
    "TR": ["Turkey", "Republic of Turkey", "Republic of Türkiye", "Turkiye"],
    "TW": ["Chinese Taipei", "Formosa", "中華民國", "中华民国", "臺灣"],
    "US": ["United States", "United States of America", "America", "Estados Unidos", "Estados Unidos de América", "EE. UU.", "EEUU", "EE.UU.",
           "États-Unis", "Etats-Unis d'Amérique", "Stati Uniti", "Stati Uniti d'America",
           "Vereinigte Staaten", "Vereinigte Staaten von Amerika", "США", "Соединённые Штаты",
           "Соединенные Штаты Америки", "美国", "美國", "美利坚合众国", "アメリカ", "米国", "미국", "الولايات المتحدة",
           "الولايات المتحدة الأمريكية", "أمريكا", "ארצות הברית", "ארה״ב", "Amerika Birleşik Devletleri", "Birleşik Devletler", "Ηνωμένες Πολιτείες", "Соединённые Штаты Америки", "Сполучені Штати"],
    "VA": ["Vatican", "Holy See"],
    "VE": ["Bolivarian Republic of Venezuela"],
    "VN": ["Viet Nam", "Socialist Republic of Vietnam"],
}  # fmt: skip
"""Additional names. They are matched in any case."""

ACRONYMS: Final = {
    "AE": ["UAE", "EAU", "VAE"],
    "BA": ["BiH"],
    "CD": ["DRC", "RDC"],
    "CF": ["CAR"],
    "CN": ["PRC", "RPC"],
    "DE": ["BRD", "FRG"],
    "EU": ["EU", "UE", "ЕС", "ЄС"],
    "GB": ["UK", "GB", "GBR", "VK"],
    "KP": ["DPRK", "RPDC", "DVRK"],
    "KR": ["ROK"],
    "MK": ["FYROM"],
    "PG": ["PNG"],
    "SA": ["KSA"],
    "TW": ["ROC"],
    "US": ["US", "USA", "EUA", "VS", "ABD", "EEUU"],
    "ZA": ["RSA"],
}
"""Short names, matched in capitals only, because "us" and "car" are also words.

Deliberately excluded: PS, IR, NZ and other ISO codes (they are also ticker symbols, states and
units), "RF" (radio), "RK", "SK", "AB" and "EAU" in lower case.
"""

ACRONYM_LANGUAGES: Final = {
    "ABD": "tr", "EAU": "es pt fr it", "EEUU": "es", "EUA": "pt ca", "RDC": "fr es pt it", "RPC": "fr es pt it",
    "RPDC": "fr es pt it", "BRD": "de", "UE": "fr es pt it pl ro ca", "VAE": "de nl", "VK": "nl", "VS": "nl",
    "DVRK": "de", "GB": "en", "BiH": "sr", "RFA": "fr", "KSA": "en", "PNG": "en de fr", "CAR": "en",
}  # fmt: skip
"""Short names that are used only in these languages."""

DEMONYMS: Final = {
    "AE": ["Emirati", "Emiratis"],
    "AF": ["Afghan", "Afghans"],
    "AU": ["Australians"],
    "BD": ["Bangladeshis"],
    "BR": ["Brazilians"],
    "CA": ["Canadians"],
    "CD": ["Congolese"],
    "CI": ["Ivorians"],
    "DE": ["Germans"],
    "EG": ["Egyptians"],
    "ES": ["Spanish", "Spaniard", "Spaniards"],
    "FR": ["Frenchman", "Frenchmen"],
    "GB": ["British", "Britons", "Briton"],
    "ID": ["Indonesians"],
    "IE": ["Irish"],
    "IL": ["Israelis"],
    "IN": ["Indians"],
    "IQ": ["Iraqis"],
    "IR": ["Iranians"],
    "IT": ["Italians"],
    "KP": ["North Koreans"],
    "KR": ["South Koreans"],
    "LB": ["Lebanese"],
    "MX": ["Mexicans"],
    "NL": ["Dutch"],
    "PH": ["Filipino", "Filipinos", "Philippine"],
    "PK": ["Pakistanis"],
    "PL": ["Polish", "Poles"],
    "PS": ["Palestinian", "Palestinians"],
    "RU": ["Russians"],
    "SA": ["Saudis", "Saudi Arabian"],
    "SY": ["Syrians"],
    "TH": ["Thai", "Thais"],
    "TR": ["Turkish", "Turks"],
    "TW": ["Taiwanese"],
    "UA": ["Ukrainians"],
    "US": ["Americans"],
    "VE": ["Venezuelans"],
    "XK": ["Kosovar", "Kosovars"],
    "YE": ["Yemenis"],
}
"""Demonyms in addition to those of countryinfo, which has one per country."""

GOVERNMENTS: Final = {
    "AE": ["Abu Dhabi"],
    "AF": ["Kabul"],
    "AT": ["Ballhausplatz"],
    "AU": ["Canberra"],
    "BR": ["Brasília", "Planalto"],
    "BY": ["Minsk"],
    "CA": ["Ottawa"],
    "CN": ["Beijing", "Peking", "Zhongnanhai", "北京", "Пекин"],
    "CU": ["Havana", "La Habana"],
    "DE": ["Berlin", "Kanzleramt"],
    "EG": ["Cairo"],
    "ES": ["Madrid", "Moncloa"],
    "EU": ["Brussels", "European Commission"],
    "FR": ["Paris", "Élysée", "Quai d'Orsay", "Matignon"],
    "GB": ["London", "Downing Street", "Whitehall", "Westminster"],
    "GR": ["Athens"],
    "HU": ["Budapest"],
    "ID": ["Jakarta"],
    "IL": ["Jerusalem", "Knesset"],
    "IN": ["New Delhi", "Delhi"],
    "IQ": ["Baghdad"],
    "IR": ["Tehran", "Teheran", "Тегеран", "تهران", "طهران"],
    "IT": ["Rome", "Palazzo Chigi", "Quirinale"],
    "JP": ["Tokyo", "Kantei"],
    "KP": ["Pyongyang", "Pjöngjang", "Пхеньян", "평양", "平壤", "平壌"],
    "KR": ["Seoul", "Blue House", "Cheong Wa Dae", "청와대", "서울"],
    "LB": ["Beirut"],
    "MX": ["Mexico City", "Los Pinos"],
    "NL": ["The Hague", "Binnenhof"],
    "PK": ["Islamabad"],
    "PL": ["Warsaw"],
    "PS": ["Ramallah"],
    "RS": ["Belgrade"],
    "RU": ["Moscow", "the Kremlin", "Kremlin", "Кремль", "Кремля", "Кремле", "Москва"],
    "SA": ["Riyadh"],
    "SY": ["Damascus"],
    "TR": ["Ankara", "Beştepe"],
    "TW": ["Taipei"],
    "UA": ["Kyiv", "Kiev", "Київ", "Киев", "Bankova"],
    "US": [
        "White House",
        "Washington",
        "Capitol Hill",
        "State Department",
        "Pentagon",
        "Белый дом",
    ],
    "VA": ["Vatican City"],
    "VE": ["Caracas", "Miraflores"],
    "VN": ["Hanoi"],
}
"""Capitals and buildings that stand for a government in headlines. Topics do not include them."""

CASED: Final = frozenset(
    ["Chad", "China", "Georgia", "Guinea", "Jersey", "Jordan", "Mali", "Niger", "Turkey", "Togo"]
    + ["Oman", "Peru", "Cuba", "Chile", "Dominica", "Panama", "America", "Emirates"]
    + ["Ireland", "Holland", "Vatican", "Grenada", "Macedonia", "Formosa", "Çin", "Irã"]
)
"""Names that are also words, brands or goods: matched with these letters, or all in capitals."""

KEPT_NAMES: Final = frozenset(
    ["katar", "kina", "cina", "chine", "сша", "macau", "slovensko", "mauritanie", "gambie"]
)
"""Folded names that are used although a language (Polish, Filipino) has an equal word."""

DEMONYM_OWNERS: Final = {
    "American": "US",
    "Chinese": "CN",
    "French": "FR",
    "Indian": "IN",
    "Norwegian": "NO",
}
"""The territory of a demonym that countryinfo also has for overseas territories."""
