"""Build watchers/topics/names.json: territories by every name they go by.

    pip install babel countrynames countryinfo wordfreq pystemmer regex
    python tools/build_names.py

Sources:
    - territory names in 80 languages: Unicode CLDR through Babel (Unicode licence v3)
    - official and older names: countrynames (MIT); it is a net for forms filled in by hand, full of
      cities and slips of the pen, so a name is taken only where it is a CLDR name with nothing but
      words of state around it ("Islamic Republic")
    - demonyms in English: countryinfo (MIT)
    - what is ambiguous, and what no source has: curated_names.py
    - how common a name is as a word, in 35 languages: wordfreq (Apache-2.0); no part is copied

A name of one word that is ten times more common in some language than the country it stands for is
another word there: Gana is Ghana to Portuguese, and "he wins" to Spanish readers. The English name
is then matched as printed ("Turkey"); a foreign one is left out.
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
    DISPLAY,
    GOVERNMENTS,
    KEPT,
    NAMES,
    NEVER,
)
from wordfreq import zipf_frequency

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
from watchers.text.words import fold, normal, split  # noqa: E402 - needs the path above

TARGET = ROOT / "watchers" / "topics" / "names.json"

# By how much news is written in them: names come in this order, so that a reader may take a part.
LOCALES = (
    "en", "es", "zh", "ar", "fr", "ru", "pt", "de", "ja", "ko", "hi", "id", "tr", "fa", "it",
    "vi", "pl", "uk", "nl", "he", "bn", "ur", "th", "ro", "el", "cs", "hu", "sv", "pt_PT",
    "zh_Hant", "da", "fi", "nb", "sr", "bg", "hr", "sk", "ca", "ms", "fil", "ta", "te", "mr",
    "gu", "pa", "kn", "ml", "si", "ne", "my", "km", "lo", "lt", "lv", "et", "sl", "sq", "mk",
    "bs", "be", "is", "ga", "ka", "hy", "az", "kk", "uz", "ky", "tg", "mn", "ps", "sw", "am",
    "ha", "so", "zu", "af", "eu", "gl", "cy", "ku", "sd", "or", "as", "tk",
)  # fmt: skip
NO_TERRITORY = frozenset(
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
WORDFREQ = (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fil", "fr", "he",
    "hi", "hu", "id", "is", "it", "lt", "lv", "mk", "ms", "nb", "nl", "pl", "pt", "ro", "ru",
    "sh", "sk", "sl", "sv", "ta", "tr", "uk", "ur", "vi",
)  # fmt: skip
LOCALE_OF = {"sh": "hr"}
MARKS = "".join(chr(code) for code in range(0x300, 0x1F00) if category(chr(code)).startswith("M"))
OTHER_WORD = 1.0  # decades by which it must be more common than the country's own name there
AT_HOME = 2.0  # the same where it is that name
RARE = 3.0  # zipf frequency (1 per million words) under which nothing is called common


INVISIBLE = dict.fromkeys([0xAD, 0x200B, 0x200D])
Words = tuple[str, ...]
SHORTEST = 4  # Latin letters of a foreign name; shorter ones are words somewhere


def comparable(name: str) -> Words:
    """The folded words by which two names are the same name."""
    words = (normal(word).lstrip(MARKS) for word in split(name))
    return tuple(fold(word) for word in words if word)


def tidy(name: str) -> str:
    """``name`` without brackets and legal status, in plain signs."""
    name = re.sub(r"\s*[\(（].*?[\)）]", "", name.translate(INVISIBLE).replace("’", "'"))
    name = re.sub(r"\s+[-–]\s+", "-", name)
    name = re.sub(r"\bSAR\b.*", "", name)
    return " ".join(name.split()).strip(" -–,")


def cldr() -> dict[str, dict[str, str]]:
    """Territory code → locale → name."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for locale in LOCALES:
        for code, name in Locale.parse(locale).territories.items():
            if re.fullmatch("[A-Z]{2}", code) and code not in NO_TERRITORY and tidy(name):
                found[code][locale] = tidy(name)
    return found


def official(code: str, known: set[Words]) -> list[str]:
    """The names in countrynames that are a known name with words of state around it."""
    found = []
    for raw in DATA.get(code, ()):
        name = tidy(str(raw))
        words = comparable(name)
        for first in range(len(words)):
            for last in range(first + 1, len(words) + 1):
                rest = words[:first] + words[last:]
                if words[first:last] in known and rest and STATE_WORDS.issuperset(rest):
                    found.append(name)
    return list(dict.fromkeys(found))


def other_word_in(name: str, own: dict[str, str], code: str) -> str:
    """A language where ``name`` is mostly another word; "" where there is none.

    Where the country itself goes by ``name`` more is asked for, because people write of their
    neighbours; and at home, where they write of little else, nothing is.
    """
    home = get_official_languages(code, de_facto=True, regional=True)
    usual = median(
        zipf_frequency(own[at], language)
        for language in WORDFREQ
        if (at := LOCALE_OF.get(language, language)) in own
    )
    for language in WORDFREQ:
        how_common = zipf_frequency(name, language)
        here = own.get(LOCALE_OF.get(language, language), "")
        if LOCALE_OF.get(language, language) in home:
            continue
        if comparable(here) == comparable(name):
            expected = usual + AT_HOME
        else:
            expected = max(usual, zipf_frequency(here, language)) + OTHER_WORD
        if how_common > max(RARE, expected):
            return f"{language} {how_common - usual:+.1f}"
    return ""


def demonyms() -> dict[str, list[str]]:
    """Territory code → what its people and things are called in English."""
    owners: dict[str, list[str]] = defaultdict(list)
    folder = Path(countryinfo.__file__).parent / "data"
    for path in sorted(folder.glob("*.json")):
        country = json.loads(path.read_text("utf-8"))
        code = country.get("ISO", {}).get("alpha2", "")
        for demonym in str(country.get("demonym") or "").split(","):
            if demonym.strip():
                owners[demonym.strip()].append(code)
    found: dict[str, list[str]] = defaultdict(list)
    for demonym, codes in owners.items():
        owner = DEMONYM_OWNERS.get(demonym) or (codes[0] if len(codes) == 1 else "")
        if owner:
            found[owner].append(demonym)
    for code, more in DEMONYMS.items():
        found[code] += more
    return found


class Table:
    """All rows, and why names were left out (``dropped``: reason → names)."""

    def __init__(self) -> None:
        self.own = cldr()
        self.english = {code: names["en"] for code, names in self.own.items()}
        self.gathered = {code: self._gather(code) for code in sorted(self.own)}
        self.claims: dict[Words, set[str]] = defaultdict(set)
        for code, listed in self.gathered.items():
            for name in listed:
                self.claims[comparable(name)].add(code)
        self.owners = {comparable(name): code for code, name in self.english.items()}
        self.owners |= {comparable(name): code for code in NAMES for name in NAMES[code]}
        self.people = demonyms()
        self.dropped: dict[str, list[str]] = defaultdict(list)

    def _gather(self, code: str) -> list[str]:
        """Every name that a source has, without repeats, the most useful first."""
        listed = [self.english[code], *NAMES.get(code, ()), *self.own[code].values()]
        listed += official(code, {comparable(name) for name in listed})
        return [name for name in dict.fromkeys(listed) if comparable(name)]

    def row(self, code: str) -> dict[str, object]:
        """What names.json has for a territory."""
        names: dict[Words, str] = {}
        cased: list[str] = []
        spelt = {self.english[code], *NAMES.get(code, ())}
        trusted = {comparable(name) for name in spelt}
        as_printed = {comparable(name) for name in CASED} & trusted
        for name in self.gathered[code]:
            words = comparable(name)
            if words in names:
                continue
            if words not in trusted and (why := self._doubt(code, words)):
                self.dropped[why].append(f"{code} {name}")
            elif words in as_printed:
                cased.append(name)
            elif not (language := self._other_word(code, name, words)):
                names[words] = name
            elif words in trusted and (name in spelt or not name.isascii()):
                cased.append(name)
                self.dropped["as printed"].append(f"{code} {name} ({language})")
            else:
                self.dropped["another word"].append(f"{code} {name} ({language})")
        longer = [name for words, name in names.items() if holds_another(words, names)]
        shown = self.english[code]
        row: dict[str, object] = {
            "name": DISPLAY.get(code, shown),
            "names": [name for name in names.values() if name not in longer],
            "longer": longer,
            "cased": cased,
            "acronyms": ACRONYMS.get(code, []),
            "demonyms": [each for each in dict.fromkeys(self.people[code]) if each != shown],
            "governments": GOVERNMENTS.get(code, []),
        }
        return {key: value for key, value in row.items() if value}

    def _doubt(self, code: str, words: Words) -> str:
        text = " ".join(words)
        if text in NEVER or len(self.claims[words]) > 1 or self.owners.get(words, code) != code:
            return "ambiguous"
        return "short" if text.isascii() and len(text) < SHORTEST else ""

    def _other_word(self, code: str, name: str, words: Words) -> str:
        if len(words) > 1 or words[0] in KEPT:
            return ""
        return other_word_in(name, self.own[code], code)


def holds_another(words: Words, names: dict[Words, str]) -> bool:
    """Whether a shorter name of the same territory stands inside: the shorter one finds both."""
    size = len(words)
    parts = (words[a:b] for a in range(size) for b in range(a + 1, size + 1) if b - a < size)
    return any(part in names for part in parts)


def main() -> None:
    """Write the table, and say what was left out."""
    built = Table()
    table = {code: built.row(code) for code in built.gathered}
    for why, which in built.dropped.items():
        print(f"{why}: {len(which)}: {', '.join(which)}")
    rows = ",\n".join(
        f"{json.dumps(code)}:{json.dumps(row, ensure_ascii=False, separators=(',', ':'))}"
        for code, row in table.items()
    )
    TARGET.write_text(f"{{\n{rows}\n}}\n", "utf-8")
    print(f"{TARGET}: {len(table)} territories, {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
