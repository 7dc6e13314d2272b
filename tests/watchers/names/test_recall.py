"""The names of countries are found in sentences of 37 languages, inflected as the language requires."""

import pytest

from watchers.names import context
from watchers.names.recogniser import find_names
from watchers.names.table import name_table
from watchers.text.tokens import split_words

# Real inflections, written by hand: the code of the country follows each sentence.
SENTENCES = {
    "en": ["North Koreans protest: KP", "talks with the U.S. ended: US", "Britain's allies: GB"]
    + [
        "the Democratic Republic of the Congo: CD",
        "Ivorian cocoa: CI",
        "The Hellenic Republic: GR",
    ],
    "es": [
        "los norcoreanos protestan: KP",
        "los Estados Unidos votan: US",
        "las empresas brasileñas: BR",
    ]
    + ["la República de Corea: KR", "una estadounidense: US", "ciudadanos alemanes: DE"],
    "fr": ["la politique américaine: US", "les troupes russes: RU", "l'Iran répond: IR"]
    + [
        "la République populaire démocratique de Corée: KP",
        "les Ukrainiennes: UA",
        "aux États-Unis: US",
    ],
    "de": ["Nordkoreas Rakete: KP", "in den Vereinigten Staaten: US", "nordkoreanische Raketen: KP"]
    + ["der Ukrainekrieg: UA", "mit deutschen Firmen: DE", "Brasilianerinnen: BR"],
    "pt": ["empresas brasileiras: BR", "os norte-americanos: US", "na Coreia do Norte: KP"]
    + ["alemães votam: DE", "tropas francesas: FR"],
    "it": ["le aziende tedesche: DE", "gli americani: US", "in Corea del Nord: KP", "turchi e: TR"],
    "nl": ["Duitse bedrijven: DE", "de Verenigde Staten: US", "Noord-Koreaanse raketten: KP"],
    "sv": ["Rysslands president: RU", "de ryska trupperna: RU", "Förenta staterna: US"],
    "da": ["Tysklands regering: DE", "russiske tropper: RU", "i Nordkorea: KP"],
    "no": ["Ukrainas hær: UA", "russiske soldater: RU", "i Nord-Korea: KP"],
    "fi": [
        "Venäjällä: RU",
        "Suomessa äänestetään: FI",
        "Ukrainaan: UA",
        "Yhdysvalloissa: US",
        "Ruotsin: SE",
    ]
    + ["Ruotsin: SE", "Turkin presidentti: TR", "Pohjois-Koreassa: KP"],
    "hu": ["Oroszországgal szemben: RU", "a német kormány: DE", "az Egyesült Államokban: US"]
    + ["Észak-Koreának: KP", "Ukrajnából: UA"],
    "tr": [
        "Rusya'nın kararı: RU",
        "Ukrayna’da: UA",
        "Kuzey Kore'ye: KP",
        "Almanlar: DE",
        "ABD'nin: US",
    ],
    "ru": ["санкции против Северной Кореи: KP", "в Германии: DE", "российских войск: RU", "США: US"]
    + [
        "бразильцами: BR",
        "северокорейская ракета: KP",
        "Соединённых Штатов Америки: US",
        "в Беларуси: BY",
    ]
    + ["Объединённых Арабских Эмиратах: AE", "Нидерландов: NL", "Французской Республики: FR"],
    "uk": ["в Україні: UA", "російськими військами: RU", "Сполучених Штатів: US", "у Польщі: PL"]
    + ["Північної Кореї: KP", "німецький уряд: DE", "у Франції: FR", "в Америці: US"],
    "pl": ["w Polsce: PL", "na Ukrainie: UA", "rosyjskich wojsk: RU", "w Niemczech: DE"]
    + ["Stanów Zjednoczonych: US", "Koreą Północną: KP", "we Francji: FR", "w Egipcie: EG"],
    "cs": ["v Rusku: RU", "na Ukrajině: UA", "německá vláda: DE", "Severní Koreje: KP"]
    + ["ve Spojených státech: US", "ruští vojáci: RU", "ve Francii: FR"],
    "sk": ["v Nemecku: DE", "na Ukrajine: UA", "ruských vojsk: RU", "Slovenskej republiky: SK"],
    "sl": ["v Sloveniji: SI", "v Nemčiji: DE", "z Rusijo: RU"],
    "sr": ["u Srbiji: RS", "у Немачкој: DE", "Rusijom: RU", "u Hrvatskoj: HR", "Србије: RS"],
    "bg": ["в България: BG", "Русия и: RU", "Северна Корея: KP"],
    "lt": ["Lietuvoje: LT", "Rusijos: RU", "Jungtinių Valstijų: US", "Vokietiją: DE"],
    "lv": ["Latvijā: LV", "Krievijas: RU", "Vācijai: DE", "ar Ukrainu: UA"],
    "et": ["Venemaal: RU", "Eestis: EE", "Saksamaale: DE", "Ukrainast: UA"],
    "el": ["της Γερμανίας: DE", "στην Ελλάδα: GR", "των Ηνωμένων Πολιτειών: US", "η ρωσική: RU"]
    + ["του Ιράν: IR", "της Κύπρου: CY"],
    "ro": ["României: RO", "Statelor Unite: US", "Germaniei: DE", "trupele rusești: RU"],
    "ar": [
        "لكوريا الشمالية: KP",
        "بمصر: EG",
        "والسعودية: SA",
        "للعراق: IQ",
        "الروسية: RU",
        "أميركا: US",
    ]
    + ["الأمريكيين: US", "وبالصين: CN"],
    "he": ["באיראן: IR", "ארצות הברית: US", "לרוסיה: RU", "שבגרמניה: DE"],
    "fa": ["ایران و: IR", "کره شمالی: KP", "آمریکا: US"],
    "ur": ["پاکستان میں: PK", "امریکہ: US", "شمالی کوریا: KP"],
    "hi": ["भारत में: IN", "उत्तर कोरिया: KP", "रूसी सेना: RU", "अमेरिका: US"],
    "bn": ["ভারতের: IN", "বাংলাদেশে: BD", "রাশিয়ার: RU"],
    "ta": ["இலங்கையில்: LK", "இந்தியாவின்: IN", "சீனாவில்: CN"],
    "te": ["భారతదేశం: IN", "చైనాలో: CN", "రష్యాతో: RU"],
    "ja": ["北朝鮮が発射: KP", "アメリカの: US", "ロシア軍: RU", "米国は: US", "韓国人: KR"],
    "zh": ["朝鲜发射导弹: KP", "美國國會: US", "俄罗斯军队: RU", "中国人: CN", "韩国总统: KR"],
    "ko": ["북한이 발사: KP", "미국은: US", "러시아군: RU", "중국의: CN", "일본인: JP"],
    "th": ["เกาหลีเหนือยิง: KP", "รัสเซีย: RU", "สหรัฐอเมริกา: US"],
    "vi": ["Bắc Triều Tiên: KP", "tại Hoa Kỳ: US", "nước Pháp: FR", "ở Đức: DE"],
    "id": ["di Korea Utara: KP", "Amerika Serikat: US", "warga Jerman: DE"],
}

# More inflections, short names and adjectives that news uses every day.
MORE_SENTENCES = {
    "de": ["im Vereinigten Königreich: GB", "in den Niederlanden: NL", "aus Süditalien: IT"]
    + ["in Hong Kong: HK", "nach dem Spanienurlaub: ES"],
    "es": ["los EUA responden: US", "el ejército ruso: RU"],
    "it": ["gli Usa rispondono: US", "un vertice Ue: EU", "la Nord Corea: KP"],
    "sv": ["amerikanerna röstar: US", "i Hong Kongs hamn: HK", "kineser reser: CN"],
    "fi": ["yhdysvaltalainen yritys: US", "eteläkorealaiset autot: KR", "Hong Kongin satama: HK"]
    + ["Yhdistyneessä kuningaskunnassa: GB", "kiinalaisyritys ostaa: CN"]
    + ["Papua-Uudessa-Guineassa: PG"],
    "tr": ["Maldivlerdir: MV", "Hint ordusu: IN"],
    "ru": ["между Египтом и нами: EG", "в ЮАР: ZA", "лидеры Евросоюза: EU", "украинец победил: UA"]
    + ["японка выиграла: JP"],
    "uk": ["у Великобританії: GB", "до Єгипту: EG", "у ПАР: ZA", "кожен українець: UA"]
    + ["китаєць приїхав: CN", "на росії: RU"],
    "pl": ["w Wielkiej Brytanii: GB", "w Indiach: IN", "rząd RPA: ZA", "holenderscy studenci: NL"]
    + ["czescy strażnicy: CZ", "tajskie plaże: TH"],
    "cs": ["ve Velké Británii: GB", "v Íránu: IR", "Číňané protestují: CN", "do Číny: CN"]
    + ["řekl Američan: US", "vláda Nového Zélandu: NZ"],
    "sr": ["američki predsjednik: US", "руски председник: RU", "kineskih građana: CN"]
    + ["Južnoj Koreji: KR"],
    "bg": ["американските войски: US", "руският президент: RU"],
    "ar": ["للمكسيكيين رأي: MX"],
    "he": ["הצבא האמריקני: US", "הנשיא הרוסי: RU"],
    "fa": ["نیروهای آمریکایی: US", "وزیر فرانسوی: FR"],
    "hi": ["अमेरिकी सेना: US", "ब्रिटेन में: GB", "दक्षिण अफ्रीका की टीम: ZA", "आस्ट्रेलिया ने: AU"]
    + ["फिनलैंड में: FI", "जर्मन कंपनी: DE"],
    "ja": ["英国の首相: GB", "米軍が発表: US", "仏大統領は: FR"],
    "zh": ["澳大利亞總理: AU", "馬爾代夫政府: MV", "美军发言人: US", "肯尼亞: KE"],
    "ko": ["호주가 이겼다: AU", "터키 대통령: TR", "미 대통령이 말했다: US", "중국인들의: CN"]
    + ["미국환경보호국이: US", "일본군에: JP"],
    "th": ["กองทัพอังกฤษ: GB", "บริษัทอเมริกัน: US", "ชาวเยอรมัน: DE"],
    "vi": ["Mỹ áp thuế mới: US", "Nga phản ứng: RU", "tại Mỹ: US"],
    "id": ["pemerintah AS: US", "presiden A.S.: US", "di Hongaria: HU", "perusahaan Tiongkok: CN"],
}

CASES = [
    (language, *case.rsplit(": ", 1))
    for sentences in (SENTENCES, MORE_SENTENCES)
    for language, cases in sentences.items()
    for case in cases
]

# A sentence for a name in the nominative, at its end.
TEMPLATES = {"ja": "今日は{}", "zh": "今天在{}", "th": "วันนี้ {}", "ko": "오늘 {}", "ar": "اليوم {}"}


def codes(text, language):
    return {name.code for name in find_names([*split_words(text), ""], language)}


def test_the_words_of_an_item_are_read_once_per_name(monkeypatch):
    calls = []
    monkeypatch.setattr(
        context, "_applies_to_item", lambda *arguments: bool(calls.append(arguments))
    )
    assert codes("Indian and Georgia " * 500, "en") == {"IN", "GE"}
    assert len(calls) == 2


def test_inflected_names_are_found_in_sentences():
    missed = [case for case in CASES if codes(case[1], case[0]) != {case[2]}]
    assert len(CASES) > 150
    assert len(missed) <= 0.03 * len(CASES), missed


def test_the_names_of_every_country_are_found_in_each_of_its_languages():
    total, missed = 0, []
    for code, territory in name_table().territories.items():
        for name, languages in territory.names.items():
            for language in languages:
                if language not in SENTENCES:
                    continue
                total += 1
                text = TEMPLATES.get(language, "1 {}").format(name)
                if codes(text, language) != {code}:
                    missed.append(f"{language} {name} ({code})")
    assert total > 9_000
    assert len(missed) <= 0.03 * total, missed


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Equatorial Guinea and Papua New Guinea", "en", {"GQ", "PG"}),
        ("Guinea-Bissau", "en", {"GW"}),
        ("South Sudan", "en", {"SS"}),
        ("Northern Ireland", "en", set()),
        ("Irlande du Nord", "fr", set()),
        ("в Северной Ирландии", "ru", set()),
        ("New Jersey and New Mexico", "en", set()),
        ("the Niger Delta in Nigeria", "en", {"NG"}),
        ("the Dominican Republic", "en", {"DO"}),
        ("American Samoa", "en", {"AS"}),
        ("Michael Jordan scored", "en", set()),
        ("King Abdullah of Jordan", "en", {"JO"}),
        ("the Georgia Senate runoff in Atlanta", "en", set()),
        ("Georgia and Armenia", "en", {"GE", "AM"}),
        ("fine china plates", "en", set()),
        ("the District of Columbia", "en", set()),
        ("Corea del Sur", "es", {"KR"}),
        ("Latin American leaders", "en", set()),
        ("内蒙古", "zh", set()),
        ("印度尼西亚", "zh", {"ID"}),
        ("a 20 GB hard disk", "en", set()),
        ("Siri", "zh", set()),
        ("Chad Wolf said on Monday", "en", set()),
        ("Chad says its army won", "en", {"TD"}),
        ("Chad President Idriss Deby said", "en", {"TD"}),
        ("Danish Siddiqui took photos", "en", set()),
        ("USA Today reported", "en", set()),
        ("Jim Jordan spoke and Jordan left", "en", set()),
        ("Heidi Jordan wrote a book", "en", set()),
        ("Georgia counts ballots as Biden leads", "en", set()),
        ("Georgia, Arizona and Michigan", "en", set()),
        ("Georgia's parliament in Tbilisi debates the law of Trump", "en", {"GE"}),
        ("Die Behörden in Georgia", "de", set()),
        ("the Cherokee and other Indians", "en", set()),
        ("Indian voters in Delhi", "en", {"IN"}),
        ("auf Padre Island", "de", set()),
        ("nach Island", "de", {"IS"}),
        ("최후의 수단으로", "ko", set()),
        ("수단 정부는", "ko", {"SD"}),
        ("马里兰州和蒙哥马利", "zh", set()),
        ("上海地铁", "zh", set()),
        ("Dana Nováková", "cs", set()),
        ("Punta del Este", "de", set()),
        ("Nordirland und Südamerika", "de", set()),
        ("the Indian Ocean", "en", set()),
        ("在印度洋和地中海地区", "zh", set()),
        ("理查德", "zh", set()),
        ("採訪中", "zh", set()),
        ("den danska armén", "sv", {"DK"}),
        ("alrededor del ecuador", "es", set()),
        ("อินเดียนา", "th", set()),
        ("그리스도", "ko", set()),
        ("كان بروس هنا", "ar", set()),
        ("les montagnes russes", "fr", set()),
        ("CONTACT US TODAY", "en", set()),
        ("the US said", "en", {"US"}),
        ("TURKEY EARTHQUAKE", "en", {"TR"}),
    ],
)
def test_the_longer_name_wins(text, language, expected):
    assert codes(text, language) == expected
