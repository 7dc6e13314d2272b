"""The language of a short news text, found offline.

    the item's own declaration, where sane
    └── the script, where one language writes it (Hangul, Kana, Thai, Greek, …)
        └── letters that tell the languages of a script apart (Cyrillic, Arabic, …)
            └── CLD3, a small neural network (the cld3-py wheel: 1.4 MB with its model, Apache-2.0)
                checked by the text's own little words

A wrong language costs more than none: another language's stemmer mangles words, while a text of
unknown language is read by the usual rules of its script. So what is unsure gives ``None``.
benchmarks/languages.py has the figures behind the choice.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from typing import Protocol

from watchers.text.little_words import by_word
from watchers.text.scripts import ONE_LANGUAGE, is_written_in, letters_by_script

_READ = 600  # characters that are looked at: title and lead; more tells nothing new
_LETTERS = 14  # fewer letters of an alphabet are a name or a code, and a name is of no language
_SURE = 0.9
_LIKELY = 0.6
_RARE = 0.4  # taken off for a language that seldom has news
_TAG = re.compile(r"(?P<primary>[A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*\Z")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# Tags that say nothing, and tags that BCP 47 has renamed. Both written kinds of Norwegian are "no".
_SAYS_NOTHING = frozenset({"und", "mul", "zxx", "mis", "xx"})
_RENAMED = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "nb": "no", "nn": "no", "fil": "tl"}

# Letters of one language that no other language of news in that script has, unless the letters in
# the third place stand there too; the surest first.
_TELLING = {
    "Arabic": (
        ("ug", "ېۇۆۈ", "ټډړ"),
        ("ckb", "ێڵڕ", ""),
        ("ps", "ښځڅټډړږڼ", ""),
        ("sd", "ڻڏڙ", ""),
        ("ur", "ٹڈڑےں", ""),
        ("fa", "پچگژ", ""),
    ),
    "Devanagari": (("mr", "ळ", ""),),
    "Hebrew": (("yi", "ײװױ", ""),),
    "Bengali": (("as", "ৰৱ", ""),),
}
# Whole alphabets, where leaving out those that lack a letter of the text often leaves one.
_COMMON = "абвгдежзклмнопрстуфхцчш"
_ALPHABETS = {
    "be": frozenset(_COMMON + "ёійўыьэюя") - frozenset("и"),
    "bg": frozenset(_COMMON + "ийщъьюя"),
    "mk": frozenset(_COMMON + "иѓѕјљњќџѐѝ"),
    "ru": frozenset(_COMMON + "ёийщъыьэюя"),
    "sr": frozenset(_COMMON + "иђјљњћџ"),
    "uk": frozenset(_COMMON + "иґєіїйщьюя"),
}
# Characters of Japan's reform that neither Chinese script has: they tell a title without kana.
_SHINJITAI = frozenset("発働込円県気経済総対応検権戦増売駅労広悪図団圏拡挙")

# Languages that fill newspapers. CLD3 knows forty more, and on a short text a find of those is
# nearly always a mistake.
_OFTEN = frozenset(
    {"ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa"}
    | {"fi", "fr", "ga", "gl", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk"}
    | {"ko", "lt", "lv", "mk", "mr", "ms", "ne", "nl", "no", "pl", "ps", "pt", "ro", "ru", "sk"}
    | {"sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi", "zh"}
)


class _Found(Protocol):
    language: str
    probability: float


class _Detector(Protocol):
    def FindLanguage(self, text: str) -> _Found: ...  # noqa: N802 - CLD3's own name


def detect(text: str) -> str | None:
    """The language of ``text`` as a BCP 47 primary tag ("en", "zh"), or ``None`` when unsure.

    Made for a title and a lead of 40 to 400 characters. Norwegian of either kind is "no".
    """
    text = text[:_READ]
    scripts = letters_by_script(text)
    if not scripts:
        return None
    script, letters = scripts.most_common(1)[0]
    if scripts["Kana"] + scripts["Han"] >= letters:
        return _east_asian(text, scripts)
    told = _by_letters(text, script)
    if told or script in ONE_LANGUAGE:
        return told or ONE_LANGUAGE[script]
    return _by_model(text, script) if letters >= _LETTERS else None


def language_of(declared: str | None, text: str) -> str | None:
    """The language of an item: what it declares, unless that is no tag or ``text`` is in a script
    which that language is not written in; then what ``text`` itself shows.
    """
    told = primary_tag(declared)
    if told is None:
        return detect(text)
    scripts = letters_by_script(text[:_READ])
    if not scripts:
        return told
    share = sum(many for script, many in scripts.items() if is_written_in(told, script))
    return told if 2 * share >= scripts.total() else detect(text)


def primary_tag(declared: str | None) -> str | None:
    """The language of a BCP 47 tag ("pt-BR" → "pt", "iw" → "he"), ``None`` where it tells none."""
    tag = _TAG.match((declared or "").strip())
    if tag is None:
        return None
    primary = tag["primary"].lower()
    return None if primary in _SAYS_NOTHING else _RENAMED.get(primary, primary)


def _east_asian(text: str, scripts: Counter[str]) -> str:
    kana, han = scripts["Kana"], scripts["Han"]
    # One kana in a long Chinese text is a brand (の is fashionable), so a share is asked for.
    if kana * 12 >= han or not _SHINJITAI.isdisjoint(text):
        return "ja"
    return "zh"


def _by_letters(text: str, script: str) -> str | None:
    letters = set(text.lower())
    for language, telling, unless in _TELLING.get(script, ()):
        if not letters.isdisjoint(telling) and letters.isdisjoint(unless):
            return language
    if script != "Cyrillic" or len(letters) < _LETTERS:
        return None
    left = [language for language in _ALPHABETS if _can_spell(language, text)]
    return left[0] if len(left) == 1 else None


def _can_spell(language: str, text: str) -> bool:
    alphabet = _ALPHABETS.get(language)
    return alphabet is None or all(letter in alphabet for letter in _CYRILLIC.findall(text.lower()))


def _by_model(text: str, script: str) -> str | None:
    # The model reads UTF-8, which has no halves of a surrogate pair.
    found = _model().FindLanguage(text.encode("utf-8", "replace").decode())
    language = _RENAMED.get(found.language, found.language)
    sure = found.probability
    if not is_written_in(language, script) or not _can_spell(language, text):
        sure = 0.0  # "ru-Latn" is none of ours either
    elif language not in _OFTEN:
        sure -= _RARE
    votes = _votes(text)
    best = max(votes, key=lambda each: (votes[each], each == language), default=language)
    lead = votes[best] - votes[language]
    if lead >= (3 if sure >= _SURE else 2 if sure >= _LIKELY else 1):
        return best if votes[best] > 1 and is_written_in(best, script) else None
    if sure >= _SURE or (sure >= _LIKELY / 2 and votes[language] and not lead):
        return language
    return language if sure >= _LIKELY and (script != "Latin" or votes[language]) else None


def _votes(text: str) -> Counter[str]:
    """How many different little words of each language ``text`` has."""
    votes: Counter[str] = Counter()
    languages = by_word()
    for word in set(_WORD.findall(text.lower())):
        votes.update(languages.get(word, ()))
    return votes


@cache
def _model() -> _Detector:
    import gcld3  # noqa: PLC0415 - loaded with the first text that needs it

    detector: _Detector = gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=2 * _READ)
    return detector
