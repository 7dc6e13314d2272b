"""The written forms of all names, as they start with a printed word, for items in one language.

A name belongs to its languages. In an item of such a language each inflection of the name is a form, and
accents are optional. In all other items only the name itself is a form, letter for letter.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from watchers.names.common_words import rejected_forms, words_at_start
from watchers.names.inflection import demonym_forms, noun_forms
from watchers.names.korean import can_follow_korean_name, with_particles
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

_MIN_PREFIXED_LETTERS: Final = 5
_MIN_FOREIGN_LETTERS: Final = 4
_MANY_LANGUAGES: Final = 3
_MIN_COMPOUND_LETTERS: Final = 5
_MIN_LETTERS_AFTER_PROCLITIC: Final = 3
_MAX_DOTTED_LETTERS: Final = 4

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

_PROCLITICS: Final = MappingProxyType(
    {
        "ar": ("وبال", "وال", "بال", "فال", "كال", "ولل", "ال", "وب", "ول", "وك", "فب", "فل")
        + ("و", "ف", "ب", "ل", "ك"),
        "he": ("וב", "ול", "ומ", "וה", "וש", "שב", "של", "שמ", "שה", "כש", "מה", "לכש", "ב", "ל")
        + ("מ", "ש", "ה", "ו", "כ"),
    }
)
"""Words that are joined to the front of a name."""

_ARABIC_TO_THE: Final = "لل"

_GERMANIC_PREFIXES: Final = MappingProxyType(
    {
        "de": ("nordost", "nordwest", "sudost", "sudwest", "nord", "sud", "ost", "west", "zentral", "mittel")
        + ("nachkriegs", "vorkriegs", "gesamt"),
        "sv": ("nordost", "nordvast", "sydost", "sydvast", "nord", "syd", "ost", "vast", "central"),
        "da": ("nordost", "nordvest", "sydost", "sydvest", "nord", "syd", "ost", "vest", "central"),
        "no": ("nordost", "nordvest", "sorost", "sorvest", "nord", "sor", "ost", "vest", "sentral"),
    }
)  # fmt: skip
"""Parts of a territory: Süditalien. They are not used where they make another name (Nordirland)."""

_NOT_PREFIXED: Final = frozenset({"US", "IE", "IN", "CN", "GN", "GE", "KR", "PG"})

_GERMANIC_COMPOUNDS: Final = MappingProxyType(
    {
        "de": ("krieg politik konflikt krise reise urlaub grenz tourist export import botschaft besuch experte hilfe geschäft handel sanktion"
            " abkommen deal frage beauftragt gipfel wahl kenner reform bild strategie kurs feldzug"
            " einsatz debatte chef korrespondent invasion front flücht").split(),
        "nl": ("oorlog beleid conflict crisis reis bezoek expert kenner top deal kwestie").split(),
        "sv": ("krig politik konflikt kris resa besök expert fråg avtal stöd").split(),
        "da": ("krig politik konflikt kris rejse besøg ekspert aftale støtte").split(),
        "no": ("krig politikk konflikt kris reise besøk ekspert avtale støtte").split(),
        "fi": ("sota politiik kriis suht matka asiantunt neuvottel").split(),
    }
)  # fmt: skip
"""Beginnings of nouns that form a compound with a name: Ukrainekrieg."""

_FINNISH_JOINT: Final = "lais"
"""The end of a demonym before another noun: kiinalaisyritys."""

_PREFIX_LANGUAGES: Final = frozenset({"ta", "te", "kn", "ml", "bn", "mr", "gu", "ne", "si", "my"})
"""Languages whose endings merge with the last sign of a name: a name is a prefix of the word."""

_MAX_MERGED_ENDING: Final = 7
# Writers of Hindi often leave it out.
_NUKTA: Final = "\u093c"
_VOWEL_SIGNS_FIRST, _VOWEL_SIGNS_LAST = "\u0900", "\u0dff"


class Form(NamedTuple):
    """A written form of a name after its first word.

    Attributes:
        code: the territory; "" for a longer name that is not a territory.
        rest: the folded alternatives of each further word, or the exact word.
        is_exact: True if the further words must be equal letter for letter.
        needs_capital: True if the first word must be printed with a capital.
        is_acronym: True for a short name in capitals.
    """

    code: str
    rest: tuple[frozenset[str], ...] = ()
    is_exact: bool = False
    needs_capital: bool = False
    is_acronym: bool = False


Forms: TypeAlias = tuple[Form, ...]
_Table: TypeAlias = dict[str, list[Form]]


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
        self._proclitics = _PROCLITICS.get(language, ())
        self._prefixes = _GERMANIC_PREFIXES.get(language, ())
        self._compounds = _GERMANIC_COMPOUNDS.get(language, ())

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
        own = () if folded in self._rejected else self._find_own(folded)
        forms = [form for form in own if has_capital or not form.needs_capital]
        exact = () if folded in self._rejected else self._exact.get(words.to_nfkc(printed), ())
        forms += [form for form in exact if form.rest or printed not in self._foreign]
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

    def _find_own(self, folded: str) -> list[Form]:
        forms = [*self._own.get(folded, ())]
        if forms:
            return forms
        for proclitic in self._proclitics:
            if folded.startswith(proclitic) and (
                len(folded) - len(proclitic) >= _MIN_LETTERS_AFTER_PROCLITIC
            ):
                forms += self._own.get(folded[len(proclitic) :], ())
        for prefix in self._prefixes:
            if folded.startswith(prefix):
                own = self._own.get(folded[len(prefix) :], ())
                forms += [form for form in own if form.code not in _NOT_PREFIXED]
        if self.language == "ar" and folded.startswith(_ARABIC_TO_THE):
            forms += self._own.get("ا" + folded[1:], ())
        if self.language == "ko":
            forms += self._find_longest_start(folded, 2)
        elif self.language in _PREFIX_LANGUAGES:
            forms += self._find_longest_start(folded, _MIN_PREFIXED_LETTERS)
        if self.language == "fi":
            forms += self._own.get(
                folded[: folded.find(_FINNISH_JOINT, 3) + len(_FINNISH_JOINT)], ()
            )
        for head in self._compounds:
            cut = folded.find(words.strip_accents(head), _MIN_COMPOUND_LETTERS)
            if cut > 0:
                first = folded[:cut]
                own = self._own.get(first, ()) or self._own.get(first.rstrip("s-"), ())
                forms += [Form(form.code, needs_capital=True) for form in own if not form.rest]
        return forms

    def _find_longest_start(self, folded: str, min_letters: int) -> list[Form]:
        for size in range(len(folded) - 1, min_letters - 1, -1):
            own = self._own.get(folded[:size])
            if own:
                ending = folded[size:]
                if self.language == "ko":
                    return own if can_follow_korean_name(folded[:size], ending) else []
                return own if len(ending) <= _MAX_MERGED_ENDING else []
        return []


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
        forms.setdefault(first, []).append(Form(territory.code, rest, needs_capital=needs_capital))
    if language in _PREFIX_LANGUAGES and not rest and _ends_in_vowel_sign(folded[0]):
        stem = folded[0][:-1]
        if len(stem) >= _MIN_PREFIXED_LETTERS:
            forms.setdefault(stem, []).append(Form(territory.code))


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
            forms.setdefault(first, []).append(Form(code, needs_capital=needs_capital))
        return
    rest = (*(frozenset({fold(part, language)}) for part in parts[1:-1]), last_forms)
    forms.setdefault(fold(parts[0], language), []).append(Form(code, rest))


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
    """Return True for a name that is a common word of several languages: Siri, Este."""
    return (
        len(territory.foreign.get(name, ())) >= _MANY_LANGUAGES
        and "en" not in territory.names[name]
    )


def _add_exact(forms: _Table, code: str, name: str, *, is_acronym: bool = False) -> None:
    first, *rest = [words.to_nfkc(word) for word in words.split_words(name)] or [""]
    further = tuple(frozenset({word}) for word in rest)
    forms.setdefault(first, []).append(Form(code, further, is_exact=True, is_acronym=is_acronym))


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


def _order(form: Form) -> tuple[int, bool]:
    """Return the sort key: longer names, then places that are not territories."""
    return len(form.rest), not form.code


def _has_case(word: str) -> bool:
    return word.lower() != word.upper()
