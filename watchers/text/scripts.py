"""Which writing system a text is in, and what language that alone tells. Pure, no data files.

The ranges are those of the Unicode blocks that hold a script's everyday letters.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter

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
_STARTS = tuple(first for first, _, _ in _BLOCKS)

ONE_LANGUAGE = {
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
"""Scripts that news in one language use almost alone. Kana and Han are read by the caller."""

_OF_LANGUAGE = {language: {script} for script, language in ONE_LANGUAGE.items()} | {
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


def letters_by_script(text: str) -> Counter[str]:
    """How many letters and marks of each script ``text`` has; digits and signs count for none."""
    found: Counter[str] = Counter()
    for character, times in Counter(text).items():
        if character.isascii() and not character.isalpha():
            continue
        code = ord(character)
        first, last, script = _BLOCKS[max(0, bisect_right(_STARTS, code) - 1)]
        if first <= code <= last:
            found[script] += times
    return found


def is_written_in(language: str, script: str) -> bool:
    """Whether news in ``language`` (a primary tag) can be in ``script``; unknown ones: Latin."""
    return script in _OF_LANGUAGE.get(language, _LATIN)
