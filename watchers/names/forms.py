"""The written forms of all names, as they start with a printed word, for items in one language.

A name belongs to its languages. In an item of such a language each inflection of the name is a form, and
accents are optional. In all other items only the name itself is a form, letter for letter.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Final, TypeAlias

from watchers.names.common_words import rejected_forms, words_at_start
from watchers.names.form import Forms, NameForm
from watchers.names.inflection import demonym_forms, noun_forms
from watchers.names.joined import MIN_PREFIXED_LETTERS, PREFIX_LANGUAGES, JoinedNames
from watchers.names.korean import with_particles
from watchers.names.table import NameTable, Territory, name_table
from watchers.text import tokens as words
from watchers.text.language import LANGUAGE_BY_SCRIPT, count_by_script, is_written_in

MAX_CACHED_WORDS: Final = 50_000
"""Printed words in the cache of one language. A full cache is cleared."""

_USUAL_LANGUAGES: Final = MappingProxyType(
    {
        "Cyrillic": "ru",
        "Arabic": "ar",
        "Hebrew": "he",
        "Devanagari": "hi",
        "Han": "zh",
        "Kana": "ja",
    }
)
"""The language of words in a script that the language of their item does not use."""

_LANGUAGE_OF_TONES: Final = "vi"

_MIN_FOREIGN_LETTERS: Final = 4
_MANY_LANGUAGES: Final = 3
# A German item with "Georgia" means the state of the USA: the country is "Georgien".
_PERSONAL_NAMES: Final = frozenset({"Georgia", "Jordan", "Chad"})
_MAX_DOTTED_LETTERS: Final = 4

# Writers of Hindi often leave it out.
_NUKTA: Final = "\u093c"
_VOWEL_SIGNS_FIRST, _VOWEL_SIGNS_LAST = "\u0900", "\u0dff"

LANGUAGE_GROUPS: Final = MappingProxyType(
    {
        "nb": "no",
        "nn": "no",
        "fil": "tl",
        "hr": "sr",
        "bs": "sr",
        "sh": "sr",
        "iw": "he",
        "in": "id",
    }
)
"""Languages that share their names with another one."""

_Table: TypeAlias = dict[str, list[NameForm]]


class NameForms(dict[str, Forms]):
    """A cache from printed words to the forms that start with them, filled on demand."""

    def __init__(self, language: str) -> None:
        # The empty word separates fields.
        super().__init__({"": ()})
        self.language = language
        self.folded = FoldedWords(language)
        self.words_at_start = words_at_start(language)
        self._rejected = rejected_forms(language)
        self._own = _own_forms(name_table(), language)
        self._exact = _exact_forms()
        self._foreign = _foreign_words(language)
        self._joined = JoinedNames(language, self._own)

    def __missing__(self, printed: str) -> Forms:
        if len(self) >= MAX_CACHED_WORDS:
            self.clear()
            self[""] = ()
        # A word in another script belongs to another language: 북한의 in an English item.
        other_language = self._other_language(printed)
        if other_language:
            found = self[printed] = name_forms(other_language)[printed]
            return found
        folded = self.folded[printed]
        has_capital = printed[0] != printed[0].lower() or not _has_case(printed)
        own = self._own.get(folded) or self._joined.find(folded)
        forms = [form for form in own if has_capital or not form.needs_capital]
        exact = self._exact.get(words.to_nfkc(printed), ())
        forms += [form for form in exact if form.rest or printed not in self._foreign]
        if folded in self._rejected:
            forms = [form for form in forms if form.rest]
        found = self[printed] = tuple(sorted({*forms}, key=_order, reverse=True))
        return found

    def _other_language(self, printed: str) -> str:
        """Return a language of the script of a word, or "" if the language of the item uses it."""
        if printed.isascii():
            return ""
        script = next(iter(count_by_script(printed[:1])), "")
        if not script or is_written_in(self.language, script):
            return ""
        return LANGUAGE_BY_SCRIPT.get(script, "") or _USUAL_LANGUAGES.get(script, "")


class FoldedWords(dict[str, str]):
    """A cache from printed words to folded ones."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, printed: str) -> str:
        if len(self) >= MAX_CACHED_WORDS:
            self.clear()
        folded = self[printed] = fold(printed, self._language)
        return folded


def fold(word: str, language: str) -> str:
    """Return a printed word in one case and without accents, which Vietnamese words need."""
    normal = words.normalize_word(word).replace(_NUKTA, "")
    return normal if language == _LANGUAGE_OF_TONES else words.strip_accents(normal)


@cache
def name_forms(language: str | None) -> NameForms:
    """Return the forms for items in ``language`` (a BCP 47 tag). Unknown: those of English."""
    primary = (language or "en").replace("_", "-").split("-")[0].lower()
    group = LANGUAGE_GROUPS.get(primary, primary)
    return _name_forms_of_group(group)


@cache
def _name_forms_of_group(language: str) -> NameForms:
    return NameForms(language)


def _own_forms(table: NameTable, language: str) -> _Table:
    """Return the folded first words of all forms in ``language``."""
    forms: _Table = {}
    for territory in (*table.territories.values(), table.blocked):
        for name, languages in territory.names.items():
            if language in languages:
                _add_inflected(forms, territory, name, language)
        for entry in territory.demonyms.get(language, ()):
            _add_demonym(forms, territory.code, entry, language)
    return forms


def _add_inflected(forms: _Table, territory: Territory, name: str, language: str) -> None:
    printed = words.split_words(name)
    folded = [fold(word, language) for word in printed]
    alternatives = [noun_forms(word, language) for word in folded]
    rest = tuple(alternatives[1:])
    if language == "ko" and rest:
        rest = (*rest[:-1], with_particles(folded[-1]))
    # A lower-case word of several words is not a common word of another meaning.
    is_safe = len(folded) > 1 or (name not in territory.cased and language != _LANGUAGE_OF_TONES)
    for first in alternatives[0]:
        needs_capital = not (is_safe and first == folded[0]) and not rest
        forms.setdefault(first, []).append(
            NameForm(territory.code, rest, needs_capital=needs_capital)
        )
    if language in PREFIX_LANGUAGES and not rest and _ends_in_vowel_sign(folded[0]):
        stem = folded[0][:-1]
        if len(stem) >= MIN_PREFIXED_LETTERS:
            forms.setdefault(stem, []).append(NameForm(territory.code))


def _ends_in_vowel_sign(word: str) -> bool:
    last = word[-1]
    return _VOWEL_SIGNS_FIRST <= last <= _VOWEL_SIGNS_LAST and not last.isalpha()


def _add_demonym(forms: _Table, code: str, entry: str, language: str) -> None:
    parts = words.split_words(entry.rstrip("-~"))
    needs_capital = parts[0][0].isupper()
    marker = entry[-1] if entry[-1] in "-~" else ""
    last_forms = demonym_forms(fold(parts[-1], language) + marker, language)
    if len(parts) == 1:
        for first in last_forms:
            forms.setdefault(first, []).append(NameForm(code, needs_capital=needs_capital))
        return
    rest = (*(frozenset({fold(part, language)}) for part in parts[1:-1]), last_forms)
    forms.setdefault(fold(parts[0], language), []).append(NameForm(code, rest))


@cache
def _exact_forms() -> _Table:
    """Return the first words of all names as printed, for items in any language."""
    table = name_table()
    forms: _Table = {}
    for territory in (*table.territories.values(), table.blocked):
        for name in territory.names:
            if _is_short_word(name) or _is_common_abroad(territory, name):
                continue
            for variant in dict.fromkeys((name, name.upper())):
                _add_exact(forms, territory.code, variant)
        for acronym in territory.acronyms:
            _add_exact(forms, territory.code, acronym, is_acronym=True)
            if acronym.isascii() and len(acronym) <= _MAX_DOTTED_LETTERS:
                _add_exact(forms, territory.code, " ".join(acronym))
        for entry in territory.demonyms.get("en", ()):
            for variant in dict.fromkeys((entry, entry.upper())):
                _add_exact(forms, territory.code, variant)
    return forms


def _is_short_word(name: str) -> bool:
    """Return True for so few letters or signs that they are also a word of another language."""
    is_han = "\u3400" <= name[0] <= "\u9fff"
    return len(name) < _MIN_FOREIGN_LETTERS and (is_han or _has_case(name))


def _is_common_abroad(territory: Territory, name: str) -> bool:
    """Return True for a name that is a word or a personal name in other languages: Siri, Jordan."""
    return name in _PERSONAL_NAMES or (
        len(territory.foreign.get(name, ())) >= _MANY_LANGUAGES
        and "en" not in territory.names[name]
    )


def _add_exact(forms: _Table, code: str, name: str, *, is_acronym: bool = False) -> None:
    first, *rest = [words.to_nfkc(word) for word in words.split_words(name)] or [""]
    further = tuple(frozenset({word}) for word in rest)
    forms.setdefault(first, []).append(
        NameForm(code, further, is_exact=True, is_acronym=is_acronym)
    )


def _foreign_words(language: str) -> frozenset[str]:
    """Return the names that do not stand for a territory in ``language``, as printed."""
    table = name_table()
    found: set[str] = set()
    for territory in table.territories.values():
        for name, languages in chain(territory.foreign.items(), territory.acronyms.items()):
            is_acronym = name in territory.acronyms
            if (
                (bool(languages) and language not in languages)
                if is_acronym
                else (language in languages)
            ):
                found |= {name} if is_acronym else {name, name.upper()}
    return frozenset(found)


def _order(form: NameForm) -> tuple[int, bool]:
    """Return the sort key: longer names, then places that are not territories."""
    return len(form.rest), not form.code


def _has_case(word: str) -> bool:
    return word.lower() != word.upper()
