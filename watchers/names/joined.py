"""Find a name inside a longer word: with an article, in a compound, or before an ending without a space.

وبالصين ──► الصين     Süditalien ──► Italien     Ukrainekrieg ──► Ukraine     러시아군이 ──► 러시아
"""

from __future__ import annotations

from collections.abc import Iterator
from types import MappingProxyType
from typing import Final

from watchers.names.form import FormTable, NameForm
from watchers.names.korean import can_follow_korean_name
from watchers.text.tokens import strip_accents

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

_COMPOUND_HEADS: Final = MappingProxyType(
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

PREFIX_LANGUAGES: Final = frozenset({"ta", "te", "kn", "ml", "bn", "mr", "gu", "ne", "si", "my"})
"""Languages whose endings merge with the last sign of a name: a name is a prefix of the word."""

MIN_PREFIXED_LETTERS: Final = 5
"""Letters of a name that is a prefix of the word."""

_MAX_MERGED_ENDING: Final = 7
_MIN_KOREAN_SYLLABLES: Final = 2
_MIN_COMPOUND_LETTERS: Final = 5
_MIN_JOINT_LETTERS: Final = 3
_MIN_LETTERS_AFTER_PROCLITIC: Final = 3


class JoinedNames:
    """The names inside the words of one language."""

    def __init__(self, language: str, forms: FormTable) -> None:
        self._language = language
        self._forms = forms
        self._proclitics = _PROCLITICS.get(language, ())
        self._prefixes = _GERMANIC_PREFIXES.get(language, ())
        self._heads = [strip_accents(head) for head in _COMPOUND_HEADS.get(language, ())]

    def find(self, folded: str) -> list[NameForm]:
        """Return the forms of the names inside a folded word that is not itself a name."""
        return [
            *self._after_proclitic(folded),
            *self._after_prefix(folded),
            *self._before_head(folded),
            *self._before_ending(folded),
        ]

    def _after_proclitic(self, folded: str) -> Iterator[NameForm]:
        for proclitic in self._proclitics:
            rest = folded.removeprefix(proclitic)
            if rest != folded and len(rest) >= _MIN_LETTERS_AFTER_PROCLITIC:
                yield from self._forms.get(rest, ())
        if self._language == "ar" and folded.startswith(_ARABIC_TO_THE):
            yield from self._forms.get("ا" + folded[1:], ())
            yield from self._forms.get(folded.removeprefix(_ARABIC_TO_THE), ())

    def _after_prefix(self, folded: str) -> Iterator[NameForm]:
        for prefix in self._prefixes:
            if folded.startswith(prefix):
                for form in self._forms.get(folded[len(prefix) :], ()):
                    if form.code not in _NOT_PREFIXED:
                        yield form

    def _before_head(self, folded: str) -> Iterator[NameForm]:
        """Yield the first parts of compounds: of a noun with a name, or with a Finnish adjective."""
        if self._language == "fi":
            joint = folded.find(_FINNISH_JOINT, _MIN_JOINT_LETTERS)
            if joint > 0:
                yield from self._forms.get(folded[: joint + len(_FINNISH_JOINT)], ())
        for head in self._heads:
            cut = folded.find(head, _MIN_COMPOUND_LETTERS)
            if cut > 0:
                first = folded[:cut]
                for form in self._forms.get(first) or self._forms.get(first.rstrip("s-"), ()):
                    if not form.rest:
                        yield NameForm(form.code, needs_capital=True)

    def _before_ending(self, folded: str) -> Iterator[NameForm]:
        """Yield the longest name at the start of a word, if its ending may follow a name."""
        is_korean = self._language == "ko"
        if not is_korean and self._language not in PREFIX_LANGUAGES:
            return
        min_letters = _MIN_KOREAN_SYLLABLES if is_korean else MIN_PREFIXED_LETTERS
        for size in range(len(folded) - 1, min_letters - 1, -1):
            forms = self._forms.get(folded[:size])
            if forms:
                ending = folded[size:]
                if is_korean:
                    may_follow = can_follow_korean_name(folded[:size], ending)
                else:
                    may_follow = len(ending) <= _MAX_MERGED_ENDING
                if may_follow:
                    yield from forms
                return
