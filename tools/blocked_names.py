"""Names that contain the name of a territory and stand for something else, with their languages."""

# ruff: noqa: E501 - rows of names are laid out for readability

from __future__ import annotations

from typing import Final

BLOCKED: Final = {
    # Parts of states, and regions.
    "Northern Ireland": "en", "Irlanda del Norte": "es", "Irlande du Nord": "fr", "Irlanda do Norte": "pt",
    "Irlanda del Nord": "it ca", "Noord-Ierland": "nl", "Северная Ирландия": "ru", "Північна Ірландія": "uk",
    "Irlandia Północna": "pl", "Severní Irsko": "cs", "Kuzey İrlanda": "tr", "أيرلندا الشمالية": "ar",
    "إيرلندا الشمالية": "ar", "Βόρεια Ιρλανδία": "el", "Irlanda de Nord": "ro", "北アイルランド": "ja",
    "北爱尔兰": "zh", "北愛爾蘭": "zh", "Severna Irska": "sl", "Sjeverna Irska": "sr", "Irlandia Utara": "id",
    "Severné Írsko": "sk", "Северна Ирландия": "bg", "Pohjois-Irlanti": "fi", "Bắc Ireland": "vi",
    "New Jersey": "en de fr es pt it nl pl sv da no fi tr id ro cs", "Nueva Jersey": "es", "Nova Jersey": "pt",
    "Észak-Írország": "hu", "Šiaurės Airija": "lt",
    "Северна Ирска": "sr", "Põhja-Iirimaa": "et", "Ziemeļīrija": "lv", "אירלנד הצפונית": "he", "צפון אירלנד": "he",
    "ایرلند شمالی": "fa", "북아일랜드": "ko", "ไอร์แลนด์เหนือ": "th", "उत्तरी आयरलैंड": "hi", "উত্তর আয়ারল্যান্ড": "bn",
    "Jersey City": "en", "Jersey Shore": "en", "Jersey Boys": "en", "South Jersey": "en", "North Jersey": "en",
    "New Mexico": "en de it nl sv da no id", "Nuevo México": "es", "Nouveau-Mexique": "fr", "Novo México": "pt",
    "Nuovo Messico": "it", "Nowy Meksyk": "pl", "Нью-Мексико": "ru uk bg", "Gulf of Mexico": "en",
    "Golfe du Mexique": "fr", "Golfo de México": "es", "Golfo do México": "pt", "Golf von Mexiko": "de",
    "Мексиканский залив": "ru", "Golfo del Messico": "it",
    "Niger Delta": "en", "Delta du Niger": "fr", "Delta del Níger": "es", "Delta do Níger": "pt",
    "Niger River": "en", "River Niger": "en", "Nigerdelta": "de", "Niger State": "en",
    "Gulf of Guinea": "en", "Golfe de Guinée": "fr", "Golfo de Guinea": "es", "Golf von Guinea": "de",
    "New Guinea": "en", "Nueva Guinea": "es", "Nouvelle-Guinée": "fr", "Nova Guiné": "pt", "Новая Гвинея": "ru",
    "Guinea pig": "en", "Guinea pigs": "en", "Guinea fowl": "en", "Guinea worm": "en",
    "Gulf of Oman": "en", "Golfe d'Oman": "fr", "Golfo de Omán": "es", "Golf von Oman": "de", "Sea of Oman": "en",
    "South China Sea": "en", "East China Sea": "en", "South China Morning Post": "en", "Sea of Japan": "en",
    "Mer de Chine méridionale": "fr", "Mar de China Meridional": "es", "Mar da China Meridional": "pt",
    "Mar del Giappone": "it", "Mar de Japón": "es", "Mer du Japon": "fr", "Mar do Japão": "pt",
    "Південно-Китайське море": "uk", "Южно-Китайское море": "ru", "Японское море": "ru", "Fine China": "en",
    "Bone China": "en", "China Grove": "en", "China Town": "en",
    "Lake Chad": "en", "Lac Tchad": "fr", "Lago Chad": "es", "Tschadsee": "de", "Lago Chade": "pt",
    "Jordan River": "en", "River Jordan": "en", "Jordan Valley": "en", "Jordan brand": "en",
    "South Georgia": "en", "North Georgia": "en", "Georgia Tech": "en", "Georgia State": "en",
    "University of Georgia": "en", "State of Georgia": "en", "Georgia Senate": "en", "Georgia Power": "en",
    "Atlanta, Georgia": "en", "Savannah, Georgia": "en", "Georgia Bulldogs": "en", "Georgia Supreme Court": "en",
    "Panama hat": "en", "Panama hats": "en", "Panama City Beach": "en", "Panama Papers": "en fr es pt de it",
    "Lebanon County": "en", "Peru, Indiana": "en", "Cuba Gooding": "en", "Holland America": "en",
    "Brazil nut": "en", "Brazil nuts": "en", "Turkey sandwich": "en", "Turkey day": "en", "Turkey trot": "en",
    # America is also a continent.
    "Latin America": "en", "South America": "en", "Central America": "en", "North America": "en",
    "Latin American": "en", "South American": "en", "Central American": "en", "North American": "en",
    "Native American": "en", "Native Americans": "en", "American Indian": "en", "American Indians": "en",
    "Latin Americans": "en", "South Americans": "en", "North Americans": "en", "Latin-American": "en",
    "America Latina": "it", "America del Sud": "it", "Ameryka Łacińska": "pl",
    "Ameryka Południowa": "pl", "Ameryka Północna": "pl", "Латинская Америка": "ru", "Южная Америка": "ru",
    "Северная Америка": "ru", "Центральная Америка": "ru", "Латинська Америка": "uk", "Південна Америка": "uk",
    "Північна Америка": "uk", "أمريكا اللاتينية": "ar", "أمريكا الجنوبية": "ar", "أمريكا الشمالية": "ar",
    "أميركا اللاتينية": "ar", "أميركا الجنوبية": "ar", "南アメリカ": "ja", "ラテンアメリカ": "ja", "北アメリカ": "ja",
    "América Latina": "es pt", "América del Sur": "es", "América do Sul": "pt", "América del Norte": "es",
    "América do Norte": "pt", "América Central": "es pt", "Latin Amerika": "tr", "Güney Amerika": "tr",
    "Kuzey Amerika": "tr", "Amerika Latin": "id", "Amerika Selatan": "id", "Amerika Utara": "id",
    # Demonyms in other names.
    "British Columbia": "en fr de es it nl pt", "British Columbian": "en", "Indian Ocean": "en",
    "West Indian": "en", "West Indians": "en", "Indian Wells": "en", "Indian summer": "en",
    "French fries": "en", "French Open": "en", "French toast": "en", "Dutch oven": "en", "Polish remover": "en",
    "Brussels sprouts": "en", "Turkish delight": "en", "Cuban sandwich": "en",
    "Georgian architecture": "en", "Georgian house": "en", "Indischer Ozean": "de", "Indischen Ozean": "de",
    "océan Indien": "fr", "océano Índico": "es",
    # Vietnamese names are also common syllables.
    "Pháp luật": "vi", "Pháp lý": "vi", "Pháp lệnh": "vi", "Pháp y": "vi", "Anh ấy": "vi", "Anh em": "vi",
    "Anh ta": "vi", "Anh trai": "vi", "Anh chị": "vi", "Anh hùng": "vi", "Ý kiến": "vi", "Ý nghĩa": "vi",
    "Ý tưởng": "vi", "Ý thức": "vi", "Mỹ phẩm": "vi", "Mỹ thuật": "vi", "Đức tin": "vi", "Áo dài": "vi",
    "Áo khoác": "vi", "Mỹ Linh": "vi", "Mỹ Tâm": "vi", "Mỹ Đình": "vi",
    "Biển Đông": "vi",
    "Monaco di Baviera": "it", "内蒙古": "zh", "內蒙古": "zh", "그리스도": "ko", "그리스도교": "ko",
    # Words that begin like a name in scripts without spaces.
    "中国地方": "ja", "日本海": "ja",
}  # fmt: skip
"""A longer name, to its languages. Inside such a name the shorter one does not match."""
