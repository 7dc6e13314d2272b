"""Detect the language of a short news text, offline.

    the declared language of the item, if plausible
    └── the script, if one language uses it (Hangul, Kana, Thai, Greek, …)
        └── letters that distinguish the languages of a script (Cyrillic, Arabic, …)
            └── CLD3, a small neural network (the cld3-py wheel: 1.4 MB with its model, Apache-2.0),
                checked with the function words of the text

A wrong language costs more than an unknown one: the stemmer of another language mangles words, while a
text of unknown language is stemmed by the rules of its script. So an uncertain result is ``None``.
benchmarks/languages.py has the measurements behind this choice.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from functools import cache
from typing import Protocol

from watchers.text.function_words import languages_by_word

# ── Scripts ───────────────────────────────────────────────────────────────────────────────────────

# The Unicode blocks with the common letters of each script, in ascending order.

_BLOCKS: tuple[tuple[int, int, str], ...] = (
    (0x0041, 0x024F, "Latin"),
    (0x0370, 0x03FF, "Greek"),
    (0x0400, 0x052F, "Cyrillic"),
    (0x0531, 0x058F, "Armenian"),
    (0x0591, 0x05FF, "Hebrew"),
    (0x0600, 0x06FF, "Arabic"),
    (0x0750, 0x077F, "Arabic"),
    (0x0780, 0x07BF, "Thaana"),
    (0x0900, 0x097F, "Devanagari"),
    (0x0980, 0x09FF, "Bengali"),
    (0x0A00, 0x0A7F, "Gurmukhi"),
    (0x0A80, 0x0AFF, "Gujarati"),
    (0x0B00, 0x0B7F, "Oriya"),
    (0x0B80, 0x0BFF, "Tamil"),
    (0x0C00, 0x0C7F, "Telugu"),
    (0x0C80, 0x0CFF, "Kannada"),
    (0x0D00, 0x0D7F, "Malayalam"),
    (0x0D80, 0x0DFF, "Sinhala"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x0E80, 0x0EFF, "Lao"),
    (0x0F00, 0x0FFF, "Tibetan"),
    (0x1000, 0x109F, "Myanmar"),
    (0x10A0, 0x10FF, "Georgian"),
    (0x1100, 0x11FF, "Hangul"),
    (0x1200, 0x139F, "Ethiopic"),
    (0x1780, 0x17FF, "Khmer"),
    (0x1C90, 0x1CBF, "Georgian"),
    (0x1E00, 0x1EFF, "Latin"),
    (0x1F00, 0x1FFF, "Greek"),
    (0x3041, 0x30FF, "Kana"),
    (0x3130, 0x318F, "Hangul"),
    (0x3400, 0x4DBF, "Han"),
    (0x4E00, 0x9FFF, "Han"),
    (0xAC00, 0xD7AF, "Hangul"),
    (0xF900, 0xFAFF, "Han"),
    (0xFB1D, 0xFB4F, "Hebrew"),
    (0xFB50, 0xFDFF, "Arabic"),
    (0xFE70, 0xFEFC, "Arabic"),
    (0xFF66, 0xFF9D, "Kana"),
    (0x20000, 0x3FFFF, "Han"),
)
_BLOCK_STARTS = tuple(first for first, _, _ in _BLOCKS)

LANGUAGE_BY_SCRIPT = {
    "Armenian": "hy",
    "Bengali": "bn",
    "Ethiopic": "am",
    "Georgian": "ka",
    "Greek": "el",
    "Gujarati": "gu",
    "Gurmukhi": "pa",
    "Hangul": "ko",
    "Hebrew": "he",
    "Kannada": "kn",
    "Khmer": "km",
    "Lao": "lo",
    "Malayalam": "ml",
    "Myanmar": "my",
    "Oriya": "or",
    "Sinhala": "si",
    "Tamil": "ta",
    "Telugu": "te",
    "Thaana": "dv",
    "Thai": "th",
    "Tibetan": "bo",
}
"""Scripts that only one language of news uses. Kana and Han need more context."""

_SCRIPTS_BY_LANGUAGE = {language: {script} for script, language in LANGUAGE_BY_SCRIPT.items()} | {
    "ja": {"Kana", "Han"},
    "zh": {"Han"},
    "yue": {"Han"},
    "ko": {"Hangul", "Han"},
    "yi": {"Hebrew"},
    "ti": {"Ethiopic"},
    "as": {"Bengali"},
    "sr": {"Cyrillic", "Latin"},
    "bs": {"Cyrillic", "Latin"},
    "uz": {"Cyrillic", "Latin"},
    "kk": {"Cyrillic", "Latin", "Arabic"},
    "az": {"Cyrillic", "Latin", "Arabic"},
    "ku": {"Latin", "Arabic"},
    "pa": {"Gurmukhi", "Arabic"},
    **{tag: {"Cyrillic"} for tag in ("be", "bg", "ky", "mk", "mn", "ru", "tg", "tt", "uk")},
    **{tag: {"Arabic"} for tag in ("ar", "ckb", "fa", "ps", "sd", "ug", "ur")},
    **{tag: {"Devanagari"} for tag in ("hi", "mr", "ne", "sa", "mai", "bho")},
}
_LATIN = {"Latin"}


def count_by_script(text: str) -> Counter[str]:
    """Return the number of letters and marks of each script; digits and signs do not count."""
    counts: Counter[str] = Counter()
    for character, count in Counter(text).items():
        if character.isascii() and not character.isalpha():
            continue
        code = ord(character)
        first, last, script = _BLOCKS[max(0, bisect_right(_BLOCK_STARTS, code) - 1)]
        if first <= code <= last:
            counts[script] += count
    return counts


def is_written_in(language: str, script: str) -> bool:
    """Return True if news in ``language`` (a primary tag) can use ``script``; unknown ones: Latin."""
    return script in _SCRIPTS_BY_LANGUAGE.get(language, _LATIN)


# ── Detection ─────────────────────────────────────────────────────────────────────────────────────

# A title and a lead. More text does not improve the result.
_SAMPLE_CHARS = 600
# A shorter text is a name or a code, which does not belong to a language.
_MIN_LETTERS = 14
_SURE_PROBABILITY = 0.9
_LIKELY_PROBABILITY = 0.6
# Subtracted for a language that rarely has news.
_RARE_LANGUAGE_PENALTY = 0.4
# Japanese text has at most this many Han characters per kana.
_MAX_HAN_PER_KANA = 12
_TAG = re.compile(r"(?P<primary>[A-Za-z]{2,3})(?:[-_][A-Za-z0-9]{1,8})*\Z")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")

# Tags without a language, and tags that BCP 47 has renamed. Both written forms of Norwegian are "no".
_EMPTY_TAGS = frozenset({"und", "mul", "zxx", "mis", "xx"})
_RENAMED_TAGS = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "mo": "ro",
    "nb": "no",
    "nn": "no",
    "fil": "tl",
}

# By script: a language, the letters that only this language of news has, and letters that exclude it.
# The most reliable language comes first.
_DISTINCTIVE_LETTERS = {
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
# Complete alphabets. Excluding those that lack a letter of the text often leaves one.
_COMMON_CYRILLIC = "абвгдежзклмнопрстуфхцчш"
_ALPHABETS = {
    "be": frozenset(_COMMON_CYRILLIC + "ёійўыьэюя") - frozenset("и"),
    "bg": frozenset(_COMMON_CYRILLIC + "ийщъьюя"),
    "mk": frozenset(_COMMON_CYRILLIC + "иѓѕјљњќџѐѝ"),
    "ru": frozenset(_COMMON_CYRILLIC + "ёийщъыьэюя"),
    "sr": frozenset(_COMMON_CYRILLIC + "иђјљњћџ"),
    "uk": frozenset(_COMMON_CYRILLIC + "иґєіїйщьюя"),
}
# Simplified characters that only Japanese uses: they identify a title without kana.
_SHINJITAI = frozenset("発働込円県気経済総対応検権戦増売駅労広悪図団圏拡挙")

# Languages with many news sources. CLD3 supports forty more, which are nearly always wrong for a short
# text.
_NEWS_LANGUAGES = frozenset(
    {"ar", "az", "be", "bg", "bn", "bs", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa"}
    | {"fi", "fr", "ga", "gl", "he", "hi", "hr", "hu", "hy", "id", "is", "it", "ja", "ka", "kk"}
    | {"ko", "lt", "lv", "mk", "mr", "ms", "ne", "nl", "no", "pl", "ps", "pt", "ro", "ru", "sk"}
    | {"sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tl", "tr", "uk", "ur", "uz", "vi", "zh"}
)


class _Detection(Protocol):
    language: str
    probability: float


class _Detector(Protocol):
    def FindLanguage(self, text: str) -> _Detection: ...  # noqa: N802 - the name in CLD3


def detect_language(text: str) -> str | None:
    """Return the language of ``text`` as a BCP 47 primary tag ("en", "zh"), or None if uncertain.

    The rules are tuned for a title and a lead of 40 to 400 characters. Both forms of Norwegian are "no".
    """
    text = text[:_SAMPLE_CHARS]
    counts = count_by_script(text)
    if not counts:
        return None
    script, letter_count = counts.most_common(1)[0]
    if counts["Kana"] + counts["Han"] >= letter_count:
        return _chinese_or_japanese(text, counts)
    language = _detect_by_letters(text, script)
    if language or script in LANGUAGE_BY_SCRIPT:
        return language or LANGUAGE_BY_SCRIPT[script]
    return _detect_by_model(text, script) if letter_count >= _MIN_LETTERS else None


def resolve_language(declared: str | None, text: str) -> str | None:
    """Return the language of an item: the declared one if it is plausible, else the detected one.

    A declaration is not plausible if it is not a tag, or if ``text`` is mostly in a script that the
    language does not use.
    """
    declared_language = primary_tag(declared)
    if declared_language is None:
        return detect_language(text)
    counts = count_by_script(text[:_SAMPLE_CHARS])
    if not counts:
        return declared_language
    fitting_count = sum(
        count for script, count in counts.items() if is_written_in(declared_language, script)
    )
    return declared_language if 2 * fitting_count >= counts.total() else detect_language(text)


def primary_tag(declared: str | None) -> str | None:
    """Return the language of a BCP 47 tag ("pt-BR" → "pt", "iw" → "he"), or None without one."""
    tag = _TAG.match((declared or "").strip())
    if tag is None:
        return None
    primary = tag["primary"].lower()
    return None if primary in _EMPTY_TAGS else _RENAMED_TAGS.get(primary, primary)


def _chinese_or_japanese(text: str, counts: Counter[str]) -> str:
    # Chinese brand names sometimes contain a kana such as の, so a share of them is required.
    if counts["Kana"] * _MAX_HAN_PER_KANA >= counts["Han"] or not _SHINJITAI.isdisjoint(text):
        return "ja"
    return "zh"


def _detect_by_letters(text: str, script: str) -> str | None:
    letters = set(text.lower())
    for language, distinctive, excluding in _DISTINCTIVE_LETTERS.get(script, ()):
        if not letters.isdisjoint(distinctive) and letters.isdisjoint(excluding):
            return language
    if script != "Cyrillic" or len(letters) < _MIN_LETTERS:
        return None
    candidates = [language for language in _ALPHABETS if _can_spell(language, text)]
    return candidates[0] if len(candidates) == 1 else None


def _can_spell(language: str, text: str) -> bool:
    alphabet = _ALPHABETS.get(language)
    return alphabet is None or all(letter in alphabet for letter in _CYRILLIC.findall(text.lower()))


def _detect_by_model(text: str, script: str) -> str | None:
    # The model reads UTF-8, which cannot encode half of a surrogate pair.
    detection = _model().FindLanguage(text.encode("utf-8", "replace").decode())
    language = _RENAMED_TAGS.get(detection.language, detection.language)
    probability = detection.probability
    if not is_written_in(language, script) or not _can_spell(language, text):
        # CLD3 also returns tags such as "ru-Latn", which no news uses.
        probability = 0.0
    elif language not in _NEWS_LANGUAGES:
        probability -= _RARE_LANGUAGE_PENALTY
    votes = _function_word_votes(text)
    winner = max(
        votes, key=lambda candidate: (votes[candidate], candidate == language), default=language
    )
    margin = votes[winner] - votes[language]
    if margin >= _votes_to_overrule(probability):
        # One function word is not enough evidence for a language.
        return winner if votes[winner] > 1 and is_written_in(winner, script) else None
    if probability >= _SURE_PROBABILITY:
        return language
    if probability >= _LIKELY_PROBABILITY / 2 and votes[language] and not margin:
        return language
    is_confirmed = script != "Latin" or votes[language]
    return language if probability >= _LIKELY_PROBABILITY and is_confirmed else None


def _votes_to_overrule(probability: float) -> int:
    """Return the lead in function words with which another language replaces that of the model."""
    if probability >= _SURE_PROBABILITY:
        return 3
    return 2 if probability >= _LIKELY_PROBABILITY else 1


def _function_word_votes(text: str) -> Counter[str]:
    """Return the number of different function words of each language in ``text``."""
    votes: Counter[str] = Counter()
    languages = languages_by_word()
    for word in set(_WORD.findall(text.lower())):
        votes.update(languages.get(word, ()))
    return votes


@cache
def _model() -> _Detector:
    # The model is loaded for the first text that needs it.
    import gcld3  # noqa: PLC0415

    detector: _Detector = gcld3.NNetLanguageIdentifier(
        min_num_bytes=0, max_num_bytes=2 * _SAMPLE_CHARS
    )
    return detector
