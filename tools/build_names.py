"""Build watchers/names/names.json: the names of territories in many languages.

    pip install babel countrynames countryinfo wordfreq pystemmer regex opencc-python-reimplemented
    python tools/build_names.py

Sources:
    - territory names in 80 languages: Unicode CLDR through Babel (Unicode licence v3)
    - official and older names: countrynames (MIT). It recognises names in forms that were filled in by
      hand, so it also has cities and misspellings. A name is used only if it consists of a CLDR name
      and words of state ("Islamic Republic")
    - demonyms in English: countryinfo (MIT)
    - ambiguous names, and names that no source has: curated_names.py
    - Chinese names in both scripts: OpenCC (Apache-2.0)
    - the frequency of names as words in 35 languages: wordfreq (Apache-2.0); no data is copied

A name of one word is another word in a language if it is ten times as common there as the name of the
country: Gana is Ghana in Portuguese, and "he wins" in Spanish. In its own language such a name needs its
capital ("Turkey"); watchers/names/common_words.py has those in scripts without capitals. In other
languages a name does not match if it is a common word there.
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
from blocked_names import BLOCKED
from countrynames.data import DATA
from curated_names import (
    ACRONYM_LANGUAGES,
    ACRONYMS,
    CASED,
    DEMONYM_OWNERS,
    DEMONYMS,
    DISPLAY_NAMES,
    GOVERNMENTS,
    KEPT_NAMES,
    LANGUAGE_NAMES,
    NAMES,
)
from opencc import OpenCC
from short_names import read_short_names
from wordfreq import zipf_frequency

# Run from a checkout without an installation.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from watchers.text.tokens import normalize_word, split_words, strip_accents

SHORT_NAMES = read_short_names()
to_traditional = OpenCC("s2t")

TARGET = Path(__file__).resolve().parents[1] / "watchers" / "names" / "names.json"

# Languages with much news come first. The names of a territory have the same order.
LOCALES = (
    "en", "es", "zh", "ar", "fr", "ru", "pt", "de", "ja", "ko", "hi", "id", "tr", "fa", "it",
    "vi", "pl", "uk", "nl", "he", "bn", "ur", "th", "ro", "el", "cs", "hu", "sv", "pt_PT",
    "zh_Hant", "da", "fi", "nb", "sr", "bg", "hr", "sk", "ca", "ms", "fil", "ta", "te", "mr",
    "gu", "pa", "kn", "ml", "si", "ne", "my", "km", "lo", "lt", "lv", "et", "sl", "sq", "mk",
    "bs", "sr_Latn", "be", "is", "ga", "ka", "hy", "az", "kk", "uz", "ky", "tg", "mn", "ps", "sw", "am",
    "ha", "so", "af", "eu", "gl", "cy", "ku", "sd", "or", "as", "tk",
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

MAX_ACRONYM_LETTERS = 5
ACRONYMS_IN_LOWER_CASE = frozenset({"Usa", "Ue"})

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


def read_demonyms() -> dict[str, dict[str, list[str]]]:
    """Return the entries of demonyms.txt by territory and language."""
    demonyms: dict[str, dict[str, list[str]]] = {}
    for line in Path(__file__).with_name("demonyms.txt").read_text("utf-8").splitlines():
        if line.startswith("#"):
            continue
        code, *cells = line.split("|")
        pairs = zip(DEMONYM_LANGUAGES, cells, strict=True)
        demonyms[code] = {language: cell.split(",") for language, cell in pairs if cell}
    for file_name, columns in MORE_DEMONYM_LANGUAGES.items():
        for line in Path(__file__).with_name(file_name).read_text("utf-8").splitlines():
            if line.startswith("#"):
                continue
            code, *cells = line.split("|")
            for languages, cell in zip(columns, cells, strict=True):
                for language in languages:
                    entries = [entry for entry in cell.split(",") if entry]
                    if language == "sr":
                        entries += [to_cyrillic(entry) for entry in entries]
                    demonyms.setdefault(code, {})[language] = entries
    return demonyms


def to_cyrillic(latin: str) -> str:
    """Return a Serbian word in Cyrillic letters."""
    for digraph, letter in (("nj", "њ"), ("lj", "љ"), ("dž", "џ"), ("Nj", "Њ"), ("Lj", "Љ")):
        latin = latin.replace(digraph, letter)
    return latin.translate(_CYRILLIC)


_CYRILLIC = str.maketrans(
    "abvgdđežzijklmnoprstćufhcčšABVGDĐEŽZIJKLMNOPRSTĆUFHCČŠ",
    "абвгдђежзијклмнопрстћуфхцчшАБВГДЂЕЖЗИЈКЛМНОПРСТЋУФХЦЧШ",
)


class NameTable:
    """The rows of all territories.

    Attributes:
        dropped: a reason, to the names that were left out for it.
    """

    def __init__(self) -> None:
        self._cldr_names = load_cldr_names()
        self._english = {code: names["en"] for code, names in self._cldr_names.items()}
        self._names = {code: self._collect(code) for code in sorted(self._cldr_names)}
        self._claims: dict[Words, set[str]] = defaultdict(set)
        for code, names in self._names.items():
            for name in names:
                self._claims[comparable(name)].add(code)
        self._owners = {comparable(name): code for code, name in self._english.items()}
        self._owners |= {comparable(name): code for code in NAMES for name in NAMES[code]}
        self._demonyms = load_demonyms()
        self._other_demonyms = read_demonyms()
        self.dropped: dict[str, list[str]] = defaultdict(list)
        self.codes = [*self._names]

    def _collect(self, code: str) -> dict[str, set[str]]:
        """Return the names of all sources, each with its languages."""
        names: dict[str, set[str]] = defaultdict(set)
        for locale, name in self._cldr_names[code].items():
            language = LANGUAGE_OF.get(locale, locale)
            for variant in (name, *make_variants(name, language)):
                names[variant].add(language)
        for locale, name in find_names_in_brackets(code).items():
            names[name].add(LANGUAGE_OF.get(locale, locale))
        for languages, more_names in LANGUAGE_NAMES.get(code, {}).items():
            for name in more_names:
                names[name] |= {*languages.split()}
        add_short_names(code, names)
        for name in NAMES.get(code, ()):
            names[name] |= guess_languages(name, self._cldr_names[code])
        add_other_han(names)
        for name in find_official_names(code, {comparable(name) for name in names}):
            names[name] |= guess_languages(name, self._cldr_names[code])
        return {name: languages for name, languages in names.items() if comparable(name)}

    def make_row(self, code: str) -> dict[str, object]:
        """Return the row of a territory for names.json."""
        names: dict[str, str] = {}
        cased: list[str] = []
        foreign: dict[str, str] = {}
        trusted_names = {self._english[code], *NAMES.get(code, ())}
        trusted = {comparable(name) for name in trusted_names}
        always_cased = {comparable(name) for name in CASED}
        for name, languages in self._names[code].items():
            words = comparable(name)
            if words not in trusted and (reason := self._reject_reason(code, words)):
                self.dropped[reason].append(f"{code} {name}")
                continue
            own_languages = set(languages)
            if len(words) == 1:
                other = self._other_word_languages(code, name, own_languages)
                if words in always_cased or (other and words[0] not in KEPT_NAMES):
                    cased.append(name)
                common = find_common_languages(name, own_languages)
                if common:
                    foreign[name] = " ".join(sorted(common))
            names[name] = " ".join(sorted(own_languages))
        english = self._english[code]
        demonyms = {
            "en": [name for name in dict.fromkeys(self._demonyms[code]) if name != english]
        } | self._other_demonyms.get(code, {})
        row: dict[str, object] = {
            "name": DISPLAY_NAMES.get(code, english),
            "names": names,
            "cased": cased,
            "foreign": foreign,
            "acronyms": find_acronyms(code),
            "demonyms": {language: entries for language, entries in demonyms.items() if entries},
            "governments": GOVERNMENTS.get(code, []),
        }
        return {key: value for key, value in row.items() if value}

    def _reject_reason(self, code: str, words: Words) -> str:
        text = " ".join(words)
        is_claimed_by_another = len(self._claims[words]) > 1 or (
            self._owners.get(words, code) != code
        )
        if text in AMBIGUOUS_NAMES or is_claimed_by_another:
            return "ambiguous"
        return ""

    def _other_word_languages(self, code: str, name: str, languages: set[str]) -> set[str]:
        """Return the own languages in which ``name`` is mostly another word."""
        home_languages = get_official_languages(code, de_facto=True, regional=True)
        own_names = self._cldr_names[code]
        usual_frequency = median(
            zipf_frequency(own_names[locale], language)
            for language in WORDFREQ_LANGUAGES
            if (locale := LOCALE_OF.get(language, language)) in own_names
        )
        limit = max(MIN_COMMON_ZIPF, usual_frequency + OTHER_WORD_DECADES)
        return {
            LANGUAGE_OF.get(language, language)
            for language in WORDFREQ_LANGUAGES
            if LANGUAGE_OF.get(language, language) in languages
            and language not in home_languages
            and zipf_frequency(name, language) > limit
        }


def add_short_names(code: str, names: dict[str, set[str]]) -> None:
    """Add the curated short names of a territory, without its acronyms."""
    for languages, more_names in SHORT_NAMES.get(code, {}).items():
        for name in more_names:
            if not is_acronym(name):
                names[name] |= {*languages.split()}


def add_other_han(names: dict[str, set[str]]) -> None:
    """Add each Chinese name in traditional characters.

    Names of Taiwan are not converted: in simplified characters they are parts of other names.
    """
    for name in [name for name, languages in names.items() if "zh" in languages]:
        names[to_traditional.convert(name)].add("zh")


def is_acronym(name: str) -> bool:
    """Return True for a name of at most four capitals, or of so few letters ("Usa")."""
    letters = name.replace(".", "")
    return (
        " " not in name
        and len(letters) <= MAX_ACRONYM_LETTERS
        and (letters.isupper() or name in ACRONYMS_IN_LOWER_CASE)
    )


def find_acronyms(code: str) -> dict[str, str]:
    """Return the acronyms of a territory with their languages; "" is all languages."""
    found = {name: ACRONYM_LANGUAGES.get(name, "") for name in ACRONYMS.get(code, ())}
    for languages, names in SHORT_NAMES.get(code, {}).items():
        for name in names:
            if is_acronym(name) and found.get(name, " ") != "":
                known = {*found.get(name, "").split(), *languages.split()}
                found[name] = " ".join(sorted(known))
    return found


def find_common_languages(name: str, languages: set[str]) -> set[str]:
    """Return the languages, other than its own, in which ``name`` is a common word."""
    return {
        LANGUAGE_OF.get(language, language)
        for language in WORDFREQ_LANGUAGES
        if LANGUAGE_OF.get(language, language) not in languages
        and zipf_frequency(name, language) >= MIN_COMMON_ZIPF
    }


def make_variants(name: str, language: str) -> list[str]:
    """Return ``name`` with its abbreviations written out: "&" and "St."."""
    variants = [name.replace("ʼ", "'")] if "ʼ" in name else []
    if language == "ru" and "О-ва" in name.replace("о-ва", "О-ва"):
        variants.append(re.sub("[Оо]-ва", "острова", name))
    if language == "ru" and re.search(r"[Оо]-в\b", name):
        variants.append(re.sub(r"[Оо]-в\b", "остров", name))
    if " & " in name or "St." in name:
        for conjunction in CONJUNCTIONS.get(language, "").split():
            full = name.replace(" & ", f" {conjunction} ")
            variants.append(full)
            if "St." in full:
                variants += [
                    full.replace("St.", saint) for saint in SAINTS.get(language, ("Saint",))
                ]
    return variants


def find_names_in_brackets(code: str) -> dict[str, str]:
    """Return the other name that CLDR adds in brackets in each locale: "Myanmar (Burma)"."""
    if code not in CODES_WITH_OTHER_NAMES:
        return {}
    found = {}
    for locale in LOCALES:
        match = re.search(r"[(（](.+?)[)）]", Locale.parse(locale).territories.get(code, ""))
        if match:
            found[locale] = clean_name(match[1])
    return found


CODES_WITH_OTHER_NAMES = frozenset({"MM", "CV", "TL", "FK", "SZ", "CZ"})
CONJUNCTIONS = {
    "en": "and", "es": "y", "fr": "et", "de": "und", "pt": "e", "it": "e", "nl": "en", "sv": "och",
    "da": "og", "no": "og", "fi": "ja", "pl": "i oraz", "cs": "a", "sk": "a", "ru": "и", "uk": "і та й",
    "hu": "és", "ro": "și", "tr": "ve", "ca": "i", "sr": "i и", "sl": "in", "bg": "и", "el": "και",
    "et": "ja", "lt": "ir", "lv": "un", "id": "dan", "ms": "dan", "vi": "và",
}  # fmt: skip
SAINTS = {
    "de": ("Saint", "Sankt"), "sv": ("Saint", "Sankt"), "da": ("Saint", "Sankt"),
    "no": ("Saint", "Sankt"), "nl": ("Saint", "Sint"), "fi": ("Saint",),
}  # fmt: skip


def guess_languages(name: str, cldr_names: dict[str, str]) -> set[str]:
    """Return the languages whose CLDR name is part of ``name``, or those of its script."""
    words = f" {' '.join(comparable(name))} "
    first = name[0]
    for low, high, language in SCRIPTS:
        if low <= first <= high:
            return {language}
    if name.isascii() and STATE_WORDS_ENGLISH & {*words.split()}:
        return {"en"}
    found = {
        LANGUAGE_OF.get(locale, locale)
        for locale, local_name in cldr_names.items()
        if f" {' '.join(comparable(local_name))} " in words
    }
    if len(found) == 1:
        return found
    frequencies = {language: zipf_frequency(name, language) for language in COMMON_LANGUAGES}
    language = max(frequencies, key=lambda each: frequencies[each])
    return {language} if frequencies[language] >= 1 else set()


SCRIPTS = (
    ("\u0400", "\u04ff", "ru"),
    ("\u0590", "\u05ff", "he"),
    ("\u0600", "\u06ff", "ar"),
    ("\u3041", "\u30ff", "ja"),
    ("\u3400", "\u9fff", "zh"),
    ("\uac00", "\ud7af", "ko"),
)
COMMON_LANGUAGES = ("en", "es", "fr", "de", "pt", "it", "nl", "pl", "tr")
STATE_WORDS_ENGLISH = frozenset(
    {"the", "of", "and", "republic", "kingdom", "state", "islamic", "united"}
)
DEMONYM_LANGUAGES = ("de", "fr", "es", "pt", "it", "nl", "ru", "uk", "pl", "tr", "ar")
MORE_DEMONYM_LANGUAGES = {
    "demonyms_more.txt": (("cs", "sk"), ("hu",), ("sv",), ("da", "no"), ("ro",), ("el",)),
    "demonyms_further.txt": (("fi",), ("hi",), ("th",), ("he",), ("fa",)),
    "demonyms_south_slavic.txt": (("sr",), ("bg",)),
}
# Locales of CLDR and languages of wordfreq, to the language of items.
LANGUAGE_OF = {
    "pt_PT": "pt", "zh_Hant": "zh", "nb": "no", "fil": "tl", "hr": "sr", "bs": "sr", "sh": "sr",
    "sr_Latn": "sr", "bs_Cyrl": "sr",
}  # fmt: skip
# Names that several territories or regions share. They identify none of them.
AMBIGUOUS_NAMES = frozenset(
    ["korea", "congo", "kongo", "virgin islands", "samoa americana", "guyane", "corea", "coree"]
    + ["saudi", "корея", "конго", "韩", "朝"]
)


def main() -> None:
    """Write the table, and print the names that were left out."""
    table = NameTable()
    rows_by_code: dict[str, dict[str, object]] = {
        code: table.make_row(code) for code in table.codes
    }
    rows_by_code[""] = {"names": BLOCKED}
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
