"""Short and usual names of territories in the news of one language, which CLDR does not have.

Each row has the languages, and names by territory.
"""

# ruff: noqa: E501 - rows of names are laid out for readability

from __future__ import annotations

from typing import Final

_ROWS: Final = """
en|BA: Bosnia
es|BA: Bosnia; US: E.E.U.U., EUA; EU: UE; MK: Macedonia; PG: Papúa; AE: Emiratos; SA: Arabia Saudí, Arabia Saudita
fr|BA: Bosnie; MK: Macédoine; AE: Émirats; NL: Hollande; SC: Seychelles
pt|BA: Bósnia; MK: Macedónia, Macedônia; AQ: Antártica; NL: Holanda; IR: Irã, Irão; VN: Vietname, Vietnam; PL: Polónia, Polônia
it|BA: Bosnia; US: Usa; EU: Ue; MK: Macedonia; AE: Emirati; NL: Olanda; KP: Nord Corea; KR: Sud Corea; CZ: Cechia
de|BA: Bosnien; HK: Hong Kong; MK: Mazedonien; NL: Holland; AE: Emirate; GB: Großbritannien; CI: Elfenbeinküste
nl|BA: Bosnië; HK: Hong Kong; MK: Macedonië; NL: Holland; KR: Zuid-Korea; KP: Noord-Korea; AE: Emiraten
sv|BA: Bosnien; HK: Hong Kong; MX: Mexico; MK: Makedonien; US: Amerikas förenta stater; NL: Holland; SH: Sankta Helena; AE: Emiraten
da no|BA: Bosnien, Bosnia; HK: Hong Kong; MK: Makedonien, Makedonia; NL: Holland; AE: Emiratene, Emiraterne
fi|BA: Bosnia; HK: Hong Kong; GB: Britannia, Yhdistyneen kuningaskunnan, Yhdistyneessä kuningaskunnassa, Yhdistyneestä kuningaskunnasta, Yhdistyneeseen kuningaskuntaan, Yhdistynyttä kuningaskuntaa; MK: Makedonia; NL: Hollanti; PG: Papua-Uuden-Guinean, Papua-Uudessa-Guineassa, Papua-Uudesta-Guineasta, Papua-Uuteen-Guineaan; US: Yhdysvallat, Yhdysvaltain, Yhdysvaltojen; AE: Emiraatit; SA: Saudi-Arabia; NZ: Uuden-Seelannin, Uudessa-Seelannissa, Uudesta-Seelannista, Uuteen-Seelantiin
pl|BA: Bośnia; MK: Macedonia; ZA: RPA; AE: ZEA; NL: Holandia; KP: KRLD; CN: ChRL; HK: Hong Kong; CD: DRK
cs|GB: Británie; NZ: Nového Zélandu, Novému Zélandu, Novém Zélandu, Novým Zélandem; BA: Bosna; MK: Makedonie; AE: SAE; KP: KLDR; HK: Hong Kong; CZ: ČR
sk|GB: Británia; NZ: Nového Zélandu, Novom Zélande, Novým Zélandom; BA: Bosna; MK: Macedónsko; AE: SAE; KP: KĽDR; CZ: ČR
hu|BA: Bosznia; MK: Macedónia; HK: Hong Kong; US: Egyesült Államok; KP: KNDK
ro|BA: Bosnia; MK: Macedonia; US: Statele Unite, America
ca|BA: Bòsnia; MK: Macedònia
el|BA: Βοσνία; MK: Σκόπια; US: Αμερική, ΗΠΑ; EU: Ευρωπαϊκή Ένωση; NL: Ολλανδία; CZ: Τσεχία; CI: Ακτή Ελεφαντοστού
ru|BA: Босния; ZA: ЮАР; DE: ФРГ; EU: Евросоюз, Европейский союз; MK: Македония; SC: Сейшелы; MV: Мальдивы; AE: Эмираты; KR: Республика Корея; NL: Голландия; US: Штаты; CD: ДРК; CF: ЦАР; CN: Поднебесная; TR: Турецкая Республика
uk|GB: Великобританія; BA: Боснія; ZA: ПАР; DE: ФРН; EU: Євросоюз, Європейський Союз; MK: Македонія; AE: ОАЕ, Емірати; KR: Республіка Корея; CN: КНР; KP: КНДР; NL: Голландія; US: Штати, Сполучені Штати; SC: Сейшели; IR: Іран; CF: ЦАР; CD: ДРК
is|US: Bandaríkjanna, Bandaríkjunum, Bandaríki; GB: Bretland; RU: Rússlandi; NL: Holland; MK: Makedónía
bg|BA: Босна; MK: Македония; ZA: ЮАР; AE: ОАЕ; NL: Холандия; EU: Евросъюз, Европейски съюз; US: Америка; KP: КНДР
sr|BA: Босна, Bosna; NL: Холандија, Holandija, Nizozemska; US: Amerika, Америка; EU: Европска унија, Europska unija, Evropska unija; AE: UAE, Емирати, Emirati
sl|BA: Bosna; EU: Evropska unija; US: Amerika
tr|BA: Bosna; MK: Makedonya; KP: KDHC; KR: Kore Cumhuriyeti; MV: Maldivler; CZ: Çekya, Çek Cumhuriyeti; NL: Hollanda; US: Amerika; CN: ÇHC; EU: Avrupa Birliği; AE: Emirlikler
id|US: AS, A.S., Amerika, Paman Sam; CN: Cina, China, Tiongkok, Tionghoa, RRT, RRC; EU: UE, Uni Eropa; HU: Hongaria, Hungaria; MK: Makedonia; KR: Korsel; KP: Korut; AE: UEA, Uni Emirat Arab; BA: Bosnia; AQ: Antartika; GB: Britania; NL: Belanda; SA: Saudi; ZA: Afsel; NZ: Selandia Baru; CD: RD Kongo
ms|US: AS, Amerika; CN: China; KR: Korea Selatan; KP: Korea Utara; AE: UAE, Emiriah; EU: EU; GB: Britain, UK; NL: Belanda; SA: Saudi
vi|US: Mỹ, Hoa Kỳ; RU: Nga; GB: Anh, Vương quốc Anh; KP: Triều Tiên, Bắc Hàn; KR: Hàn Quốc, Nam Hàn; EU: Liên minh châu Âu, Liên hiệp châu Âu; SA: Ả Rập Xê Út, Ả Rập Saudi; AE: Các Tiểu vương quốc Ả Rập Thống nhất; AU: Úc, Australia; KH: Campuchia; DE: Đức; FR: Pháp; CN: Trung Quốc; MM: Myanmar, Miến Điện; MY: Malaysia; PH: Philippines; NL: Hà Lan; CZ: Séc; MK: Macedonia
zh|US: 美军, 美方, 美总统, 美國總統, 美军方, 美媒, 美国务院, 美财政部, 美股, 美元区; CN: 中方, 中共, 中国大陆; RU: 俄军, 俄方, 俄总统, 俄外长, 俄国防部, 俄外交部, 俄媒; GB: 英军, 英方, 英首相, 英媒; FR: 法方, 法军, 法总统; DE: 德方, 德总理; JP: 日方, 日本, 日媒, 日相; KR: 韩方, 韩军, 韩媒, 韩总统; KP: 朝方, 朝中社, 北韓, 北韩; IL: 以军, 以方, 以总理; IR: 伊方, 伊朗; UA: 乌方, 乌军, 乌总统; SA: 沙特; IN: 印军, 印方, 印媒; EU: 欧盟, 歐盟; MK: 马其顿; NZ: 新西兰, 紐西蘭; AU: 澳洲, 澳大利亚; LA: 老挝, 寮國; KH: 柬埔寨; TW: 台湾, 台方; HK: 港府; AE: 阿联酋; TR: 土方, 土军; ID: 印尼; YE: 也门, 葉門; KE: 肯尼亚, 肯亞
ja|KE: ケニヤ; US: 米軍, 米大統領, 米政府, 米議会, 米国務, 米国防, 米財務, 米連邦, 米海軍, 米空軍, 米陸軍, 米当局, 米高官, 米司法, 米通商, 米企業, 米経済, 米兵, 米紙, 米上院, 米下院, 米最高裁, 米株, 米誌, 在日米, 対米, 訪米, 反米, 親米, 渡米; GB: 英国, 英首相, 英政府, 英議会, 英紙, 英外相, 英軍, 英当局, 対英, 訪英; FR: 仏大統領, 仏政府, 仏紙, 仏軍, 仏首相, 仏外相; DE: 独首相, 独政府, 独紙, 独外相, 独軍; RU: 露軍, 露大統領, 露政府, 露外相, 対露, 訪露, 対ロ, 訪ロ, ロ軍; CN: 中国, 対中, 訪中, 中共, 中国共産党; KR: 韓国, 対韓, 訪韓, 韓国軍, 韓大統領; KP: 北朝鮮, 対北朝鮮, 朝鮮民主主義人民共和国; AU: 豪州, 豪首相, 豪政府, 豪軍; IN: 印首相, 印政府; EU: 欧州連合; JP: 訪日, 対日, 在日米軍; MK: マケドニア; TR: トルコ; NL: オランダ; GE: グルジア; VN: ベトナム, ヴェトナム; CH: スイス; BR: ブラジル, 伯大統領; IL: イスラエル軍; AE: UAE
ko|SD: 수단 정부, 수단 군부, 수단 내전, 수단 반군; AU: 호주; TR: 터키; US: 미군, 미 대통령, 미 국무부, 미 국방부, 미 재무부, 미 의회, 미 상원, 미 하원, 미 법원, 미 대선, 미 정부, 미 행정부, 미 연준, 미 해군, 미 공군, 미 육군, 대미, 방미, 아메리카합중국; MK: 마케도니아; KP: 북한, 북측, 대북; CN: 대중국, 방중; JP: 대일, 방일; RU: 대러, 방러; ZA: 남아공; EU: 유럽연합, 유럽 연합; AE: 아랍에미리트, UAE; SA: 사우디; VN: 베트남, 월남; GE: 조지아, 그루지야; HK: 홍콩; TW: 대만, 타이완; CZ: 체코; NZ: 뉴질랜드; BY: 벨라루스; CD: 민주콩고, DR콩고; KH: 캄보디아; SH: 세인트 헬레나, 세인트헬레나
th|GB: อังกฤษ, บริเตน, บริเตนใหญ่; US: สหรัฐ, สหรัฐฯ, อเมริกา; KP: เกาหลีเหนือ; KR: เกาหลีใต้; MK: มาซิโดเนีย, มาซิโดเนียเหนือ; SK: สโลวาเกีย; DZ: แอลจีเรีย, อัลจีเรีย; MA: โมร็อกโก, โมร็อคโค; SC: เซเชลส์, เซย์เชลส์; NL: ฮอลแลนด์, เนเธอร์แลนด์; EU: อียู, สหภาพยุโรป; CZ: เช็ก, เช็กเกีย, สาธารณรัฐเช็ก; BY: เบลารุส; SA: ซาอุดีอาระเบีย, ซาอุฯ; MM: พม่า, เมียนมา, เมียนมาร์; AE: ยูเออี; TR: ตุรกี, ตุรเคีย; UA: ยูเครน; RU: รัสเซีย; CH: สวิส; JP: ญี่ปุ่น; MX: เม็กซิโก
hi|GB: ब्रिटेन, यूके, इंग्लैंड; AU: आस्ट्रेलिया; ZA: दक्षिण अफ्रीका, साउथ अफ्रीका; NL: नीदरलैंड, नीदरलैंड्स, हॉलैंड; CH: स्विट्जरलैंड, स्विटजरलैंड; US: यूएस, अमरीका, अमेरिका; KR: साउथ कोरिया; KP: नॉर्थ कोरिया; PH: फिलीपींस, फिलिपींस; MK: मकदूनिया, मेसिडोनिया; EU: ईयू, यूरोपियन यूनियन, यूरोपीय यूनियन; AT: आस्ट्रिया; SC: सेशल्स; PR: प्यूर्टो रिको; AE: यूएई; SA: सऊदी; TR: तुर्की, तुर्किये; CN: चीन; BD: बांग्लादेश; PK: पाकिस्तान, पाक; LK: श्रीलंका; AF: अफगानिस्तान; MM: म्यांमार, बर्मा; IT: इटली; DE: जर्मनी; TZ: तंजानिया; MA: मोरक्को; MC: मोनाको; CZ: चेक गणराज्य; NZ: न्यूजीलैंड
bn|US: আমেরিকা, মার্কিন যুক্তরাষ্ট্র, যুক্তরাষ্ট্র, মার্কিন; GB: ব্রিটেন, যুক্তরাজ্য; EU: ইউরোপীয় ইউনিয়ন, ইইউ; SA: সৌদি; AE: আমিরাত; PK: পাকিস্তান; AU: অস্ট্রেলিয়া; MM: মিয়ানমার
ur|US: امریکا, امریکہ; GB: برطانیہ; SA: سعودی عرب; EU: یورپی یونین; AE: متحدہ عرب امارات, یو اے ای; AU: آسٹریلیا; IN: بھارت, انڈیا; TR: ترکی, ترکیہ; CN: چین; NZ: نیوزی لینڈ
fa|GB: بریتانیا, انگلیس; EU: اتحادیه اروپا; AE: امارات; SA: عربستان, عربستان سعودی; US: آمریکا, امریکا, ایالات متحده; BA: بوسنی; NL: هلند; KR: کره جنوبی; CZ: چک; MK: مقدونیه; PL: لهستان
ar|US: أمريكا, أميركا, اميركا, الولايات المتحدة; GB: بريطانيا; EU: الاتحاد الأوروبي, الاتحاد الأوربي; AE: الإمارات; BA: البوسنة; MK: مقدونيا; AQ: القارة القطبية الجنوبية, أنتاركتيكا; SA: السعودية; HK: هونغ كونغ, هونغ كونع; ZA: جنوب إفريقيا, جنوب أفريقيا; GR: الإغريق; TR: تركيا
he|GB: בריטניה, אנגליה; EU: האיחוד האירופי; AE: האמירויות, איחוד האמירויות; US: אמריקה; KP: צפון קוריאה, קוריאה הצפונית; KR: דרום קוריאה, קוריאה הדרומית; BA: בוסניה; SA: סעודיה, ערב הסעודית; ZA: דרום אפריקה; MK: מקדוניה; CZ: צ'כיה
"""


def read_short_names() -> dict[str, dict[str, list[str]]]:
    """Return the names by territory and by the languages that use them."""
    names: dict[str, dict[str, list[str]]] = {}
    for row in _ROWS.strip().splitlines():
        languages, cells = row.split("|")
        for cell in cells.split("; "):
            code, _, listed = cell.partition(": ")
            names.setdefault(code, {})[languages] = listed.split(", ")
    return names
