"""Build watchers/topics/names.json: the names of territories in many languages.

    pip install babel countrynames countryinfo wordfreq pystemmer regex
    python tools/build_names.py

Sources:
    - territory names in 80 languages: Unicode CLDR through Babel (Unicode licence v3)
    - official and older names: countrynames (MIT). It recognises names in forms that were filled in by
      hand, so it also has cities and misspellings. A name is used only if it consists of a CLDR name
      and words of state ("Islamic Republic")
    - demonyms in English: countryinfo (MIT)
    - ambiguous names, and names that no source has: curated_names.py
    - the frequency of names as words in 35 languages: wordfreq (Apache-2.0); no data is copied

A name of one word is another word in a language if it is ten times as common there as the name of the
country: Gana is Ghana in Portuguese, and "he wins" in Spanish. Then the English name is matched
case-sensitively ("Turkey"), and a foreign name is left out.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from pathlib import Path
from statistics import median
from unicodedata import category

import countryinfo
from babel import Locale
from babel.languages import get_official_languages
from countrynames.data import DATA
from curated_names import (
    ACRONYMS,
    CASED,
    DEMONYM_OWNERS,
    DEMONYMS,
    DISPLAY_NAMES,
    GOVERNMENTS,
    KEPT_NAMES,
    NAMES,
    REJECTED_NAMES,
)
from wordfreq import zipf_frequency

# Run from a checkout without an installation.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from watchers.text.tokens import normalize_word, split_words, strip_accents

TARGET = Path(__file__).resolve().parents[1] / "watchers" / "topics" / "names.json"

# Languages with much news come first. The names of a territory have the same order.
LOCALES = (
    "en", "es", "zh", "ar", "fr", "ru", "pt", "de", "ja", "ko", "hi", "id", "tr", "fa", "it",
    "vi", "pl", "uk", "nl", "he", "bn", "ur", "th", "ro", "el", "cs", "hu", "sv", "pt_PT",
    "zh_Hant", "da", "fi", "nb", "sr", "bg", "hr", "sk", "ca", "ms", "fil", "ta", "te", "mr",
    "gu", "pa", "kn", "ml", "si", "ne", "my", "km", "lo", "lt", "lv", "et", "sl", "sq", "mk",
    "bs", "be", "is", "ga", "ka", "hy", "az", "kk", "uz", "ky", "tg", "mn", "ps", "sw", "am",
    "ha", "so", "zu", "af", "eu", "gl", "cy", "ku", "sd", "or", "as", "tk",
)  # fmt: skip
# Codes of CLDR that are not countries or territories.
EXCLUDED_CODES = frozenset(
    {"EZ", "UN", "QO", "XA", "XB", "ZZ", "CP", "DG", "EA", "IC", "AC", "TA", "CQ"}
)
STATE_WORDS = frozenset({
    "the", "of", "and", "republic", "democratic", "people", "s", "peoples", "islamic", "federal",
    "federation", "federative", "kingdom", "socialist", "state", "states", "union",
    "commonwealth", "grand", "duchy", "principality", "sultanate", "emirate", "arab", "united",
    "republique", "democratique", "populaire", "islamique", "federale", "royaume", "de", "la",
    "du", "des", "d", "l", "et", "etat", "republica", "democratica", "popular", "islamica",
    "reino", "del", "estado", "y", "e", "da", "do", "republik", "demokratische", "volksrepublik",
    "konigreich", "bundesrepublik", "staat", "und", "repubblica", "regno", "stato", "della",
    "республика", "народная", "демократическая", "исламская", "федеративная", "федерация",
    "королевство", "государство", "республіка", "народна", "демократична", "ісламська",
    "королівство", "rzeczpospolita", "republika", "krolestwo", "cumhuriyeti", "kralligi",
    "جمهورية", "الجمهورية", "مملكة", "المملكة", "دولة", "共和国", "共和國", "王国", "王國",
    "공화국",
})  # fmt: skip
WORDFREQ_LANGUAGES = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fil", "fr", "he",
    "hi", "hu", "id", "is", "it", "lt", "lv", "mk", "ms", "nb", "nl", "pl", "pt", "ro", "ru",
    "sh", "sk", "sl", "sv", "ta", "tr", "uk", "ur", "vi",
)  # fmt: skip
# A language of wordfreq, to the locale of CLDR.
LOCALE_OF = {"sh": "hr"}
COMBINING_MARKS = "".join(
    chr(code) for code in range(0x300, 0x1F00) if category(chr(code)).startswith("M")
)

# A word is another word if its frequency exceeds that of the country's name in the language by so many
# powers of ten.
OTHER_WORD_DECADES = 1.0
# The same if the word is the country's name in the language: neighbours are often in the news.
OWN_NAME_DECADES = 2.0
# Zipf frequency (1 per million words). Rarer words are not called common.
MIN_COMMON_ZIPF = 3.0

# Shorter foreign names are words in some language.
MIN_FOREIGN_LETTERS = 4

INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200D])
Words = tuple[str, ...]


def comparable(name: str) -> Words:
    """Return the folded words of a name. Two names with equal words are the same name."""
    words = (normalize_word(word).lstrip(COMBINING_MARKS) for word in split_words(name))
    return tuple(strip_accents(word) for word in words if word)


def clean_name(name: str) -> str:
    """Return ``name`` without brackets and legal status, with ASCII punctuation."""
    name = re.sub(r"\s*[\(（].*?[\)）]", "", name.translate(INVISIBLE).replace("’", "'"))
    name = re.sub(r"\s+[-–]\s+", "-", name)
    name = re.sub(r"\bSAR\b.*", "", name)
    return " ".join(name.split()).strip(" -–,")


def load_cldr_names() -> dict[str, dict[str, str]]:
    """Return the name of each territory code in each locale."""
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for locale in LOCALES:
        for code, name in Locale.parse(locale).territories.items():
            if re.fullmatch("[A-Z]{2}", code) and code not in EXCLUDED_CODES and clean_name(name):
                names[code][locale] = clean_name(name)
    return names


def find_official_names(code: str, known: set[Words]) -> list[str]:
    """Return the names in countrynames that are a known name with words of state around it."""
    official_names = []
    for raw in DATA.get(code, ()):
        name = clean_name(str(raw))
        words = comparable(name)
        for first in range(len(words)):
            for last in range(first + 1, len(words) + 1):
                around = words[:first] + words[last:]
                if words[first:last] in known and around and STATE_WORDS.issuperset(around):
                    official_names.append(name)
    return list(dict.fromkeys(official_names))


def find_other_word(name: str, own_names: dict[str, str], code: str) -> str:
    """Return a language in which ``name`` is mostly another word, or "".

    The limit is higher if ``name`` is the country's name in the language, because neighbours are
    often in the news. The official languages of the country are skipped, because there the country
    itself is in the news most often.
    """
    home_languages = get_official_languages(code, de_facto=True, regional=True)
    usual_frequency = median(
        zipf_frequency(own_names[locale], language)
        for language in WORDFREQ_LANGUAGES
        if (locale := LOCALE_OF.get(language, language)) in own_names
    )
    for language in WORDFREQ_LANGUAGES:
        locale = LOCALE_OF.get(language, language)
        frequency = zipf_frequency(name, language)
        local_name = own_names.get(locale, "")
        if locale in home_languages:
            continue
        if comparable(local_name) == comparable(name):
            expected = usual_frequency + OWN_NAME_DECADES
        else:
            local_frequency = zipf_frequency(local_name, language)
            expected = max(usual_frequency, local_frequency) + OTHER_WORD_DECADES
        if frequency > max(MIN_COMMON_ZIPF, expected):
            return f"{language} {frequency - usual_frequency:+.1f}"
    return ""


def load_demonyms() -> dict[str, list[str]]:
    """Return the English words for the people and the things of each territory code."""
    owners: dict[str, list[str]] = defaultdict(list)
    folder = Path(countryinfo.__file__).parent / "data"
    for path in sorted(folder.glob("*.json")):
        country = json.loads(path.read_text("utf-8"))
        code = country.get("ISO", {}).get("alpha2", "")
        for demonym in str(country.get("demonym") or "").split(","):
            if demonym.strip():
                owners[demonym.strip()].append(code)
    demonyms: dict[str, list[str]] = defaultdict(list)
    for demonym, codes in owners.items():
        owner = DEMONYM_OWNERS.get(demonym) or (codes[0] if len(codes) == 1 else "")
        if owner:
            demonyms[owner].append(demonym)
    for code, additional in DEMONYMS.items():
        demonyms[code] += additional
    return demonyms


class NameTable:
    """The rows of all territories.

    Attributes:
        names_by_code: the collected names of each territory.
        dropped: a reason, to the names that were left out for it.
    """

    def __init__(self) -> None:
        self._cldr_names = load_cldr_names()
        self._english = {code: names["en"] for code, names in self._cldr_names.items()}
        self.names_by_code = {code: self._collect(code) for code in sorted(self._cldr_names)}
        self._claims: dict[Words, set[str]] = defaultdict(set)
        for code, names in self.names_by_code.items():
            for name in names:
                self._claims[comparable(name)].add(code)
        self._owners = {comparable(name): code for code, name in self._english.items()}
        self._owners |= {comparable(name): code for code in NAMES for name in NAMES[code]}
        self._demonyms = load_demonyms()
        self.dropped: dict[str, list[str]] = defaultdict(list)

    def _collect(self, code: str) -> list[str]:
        """Return the names of all sources without duplicates, the most useful first."""
        names = [self._english[code], *NAMES.get(code, ()), *self._cldr_names[code].values()]
        names += find_official_names(code, {comparable(name) for name in names})
        return [name for name in dict.fromkeys(names) if comparable(name)]

    def make_row(self, code: str) -> dict[str, object]:
        """Return the row of a territory for names.json."""
        names: dict[Words, str] = {}
        cased: list[str] = []
        trusted_names = {self._english[code], *NAMES.get(code, ())}
        trusted = {comparable(name) for name in trusted_names}
        always_cased = {comparable(name) for name in CASED} & trusted
        for name in self.names_by_code[code]:
            words = comparable(name)
            if words in names:
                continue
            if words not in trusted and (reason := self._reject_reason(code, words)):
                self.dropped[reason].append(f"{code} {name}")
            elif words in always_cased:
                cased.append(name)
            elif not (language := self._other_word(code, name, words)):
                names[words] = name
            elif words in trusted and (name in trusted_names or not name.isascii()):
                cased.append(name)
                self.dropped["case-sensitive only"].append(f"{code} {name} ({language})")
            else:
                self.dropped["another word"].append(f"{code} {name} ({language})")
        longer = [name for words, name in names.items() if contains_another(words, names)]
        english = self._english[code]
        row: dict[str, object] = {
            "name": DISPLAY_NAMES.get(code, english),
            "names": [name for name in names.values() if name not in longer],
            "longer": longer,
            "cased": cased,
            "acronyms": ACRONYMS.get(code, []),
            "demonyms": [
                demonym for demonym in dict.fromkeys(self._demonyms[code]) if demonym != english
            ],
            "governments": GOVERNMENTS.get(code, []),
        }
        return {key: value for key, value in row.items() if value}

    def _reject_reason(self, code: str, words: Words) -> str:
        text = " ".join(words)
        is_claimed_by_another = len(self._claims[words]) > 1 or (
            self._owners.get(words, code) != code
        )
        if text in REJECTED_NAMES or is_claimed_by_another:
            return "ambiguous"
        return "short" if text.isascii() and len(text) < MIN_FOREIGN_LETTERS else ""

    def _other_word(self, code: str, name: str, words: Words) -> str:
        if len(words) > 1 or words[0] in KEPT_NAMES:
            return ""
        return find_other_word(name, self._cldr_names[code], code)


def contains_another(words: Words, names: dict[Words, str]) -> bool:
    """Return True if a name contains another name of its territory, which finds both."""
    size = len(words)
    parts = (
        words[start:end]
        for start in range(size)
        for end in range(start + 1, size + 1)
        if end - start < size
    )
    return any(part in names for part in parts)


def main() -> None:
    """Write the table, and print the names that were left out."""
    table = NameTable()
    rows_by_code = {code: table.make_row(code) for code in table.names_by_code}
    for reason, names in table.dropped.items():
        print(f"{reason}: {len(names)}: {', '.join(names)}")
    rows = ",\n".join(
        f"{json.dumps(code)}:{json.dumps(row, ensure_ascii=False, separators=(',', ':'))}"
        for code, row in rows_by_code.items()
    )
    TARGET.write_text(f"{{\n{rows}\n}}\n", "utf-8")
    print(f"{TARGET}: {len(rows_by_code)} territories, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
