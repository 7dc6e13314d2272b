"""Capitals as names of their states: "Moscow" and «Париж» are places like "Russia" and «Франция»."""

from __future__ import annotations

from functools import cache
from typing import Final

from watchers.text import tokens as words

# Only capitals that are not also a common word or another well-known city.
_CAPITALS: Final = """
AE Abudhabi|AF Kabul Kaboul|AR Buenosaires|AT Vienna Wien Vienne Viena Wenen Вена|AU Canberra
AZ Baku Bakou|BA Sarajevo|BD Dhaka Dacca|BE Brussels Brüssel Bruxelles Bruselas Bruxelas Брюссель
BG Sofia София|BR Brasilia|BY Minsk Минск|CA Ottawa|CD Kinshasa|CH Bern Berne Berna|CL Santiago
CN Beijing Peking Pékin Pequim Pechino Пекин 北京|CO Bogotá Bogota|CU Havana Havanna
CZ Prague Prag Praga Praha Прага|DE Berlin Berlijn Berlim Berlino Берлин
DK Copenhagen Kopenhagen København Köpenhamn Копенгаген|DZ Algiers Algier|EE Tallinn
EG Cairo Kairo Caire Каир|ES Madrid Мадрид|ET Addis|FI Helsinki|FR Paris Parigi París Париж Παρίσι
GB London Londres Londra Londen Лондон Λονδίνο|GE Tbilisi Tiflis
GR Athens Athen Athènes Atenas Atene Ateny Αθήνα|HR Zagreb|HU Budapest|ID Jakarta|IE Dublin
IL Jerusalem|IN Delhi Дели|IQ Baghdad Bagdad|IR Tehran Teheran Téhéran Тегеран
IT Rome Rom Roma Rzym Рим|JP Tokyo Tokio Токио 東京|KE Nairobi|KP Pyongyang Pjöngjang Пхеньян 平壌
KR Seoul Séoul Seul Сеул 서울|LB Beirut Beyrouth|LT Vilnius|LV Riga|LY Tripoli|MA Rabat|MD Chisinau
MM Naypyidaw|MX Ciudaddemexico|MY Kualalumpur|NL Amsterdam|NO Oslo|NP Kathmandu|PE Lima|PH Manila
PK Islamabad|PL Warsaw Warschau Varsovie Varsovia Varsavia Warszawa Варшава|PS Ramallah
PT Lisbon Lissabon Lisbonne Lisboa|QA Doha|RO Bucharest Bukarest
RS Belgrade Belgrad Belgrado Белград
RU Moscow Moskau Moscou Moscú Mosca Moskou Moskva Moskwa Москва Μόσχα|SA Riyadh Riad|SD Khartoum
SE Stockholm Стокгольм|SK Bratislava|SN Dakar|SY Damascus Damaskus Damas|TH Bangkok|TN Tunis
TR Ankara Анкара|TW Taipei Taipeh|UA Kyiv Kiev Kiew Kijów Київ Киев Κίεβο
US Washington Вашингтон Waszyngton|UZ Tashkent|VE Caracas|VN Hanoi|YE Sanaa|ZA Pretoria|ZM Lusaka
ZW Harare
"""


def capital_code(word: str) -> str | None:
    """Return the code of the state whose capital is ``word``, or None."""
    return _codes().get(words.strip_accents(words.normalize_word(word)))


@cache
def _codes() -> dict[str, str]:
    codes = {}
    for entry in _CAPITALS.replace("\n", "|").split("|"):
        if entry:
            code, *names = entry.split()
            codes.update({words.strip_accents(words.normalize_word(name)): code for name in names})
    return codes
