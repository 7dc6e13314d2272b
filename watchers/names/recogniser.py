"""Find the territories that the words of an item name. The longest name wins.

… Equatorial Guinea …  ──► GQ, and not GN
… New Jersey …         ──► nothing: a longer name that is not a territory
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import compress, count
from typing import Final, NamedTuple

from watchers.names.context import OtherMeanings
from watchers.names.form import NameForm
from watchers.names.forms import NameForms, name_forms

# Written in capitals, these acronyms are also words.
_ACRONYMS_LIKE_WORDS: Final = frozenset({"US", "CAR", "VS", "UE", "VK", "ROC", "EAU"})


class Occurrence(NamedTuple):
    """A territory, and the positions of the first and the last word of its name."""

    code: str
    first: int
    last: int


def find_names(
    words: Sequence[str],
    language: str | None,
    gap_before: Callable[[int], str] = lambda _: " ",
) -> list[Occurrence]:
    """Return the names in ``words`` (empty words separate fields), in order, without overlaps.

    ``gap_before`` returns the text between a word and the previous one of its field: only some names
    depend on it.
    """
    forms = name_forms(language)
    starts = compress(count(), map(forms.__getitem__, words))
    return [*_find_longest(words, starts, forms, gap_before)]


def _find_longest(
    words: Sequence[str],
    starts: Iterator[int],
    forms: NameForms,
    gap_before: Callable[[int], str],
) -> Iterator[Occurrence]:
    end = 0
    other_meanings = OtherMeanings(words)
    for first in starts:
        if first < end:
            continue
        for form in forms[words[first]]:
            last = _match(form, words, first, forms)
            if last >= 0 and _is_possible(words, first, last, forms, gap_before):
                end = last + 1
                if form.code and not other_meanings.applies(form.code, first, last):
                    yield Occurrence(form.code, first, last)
                break


def _match(form: NameForm, words: Sequence[str], first: int, forms: NameForms) -> int:
    """Return the position of the last word, or -1 if the words do not match."""
    last = first + len(form.rest)
    if last >= len(words):
        return -1
    if form.rest:
        # Most names fail at their second word.
        second = words[first + 1]
        if (second if form.is_exact else forms.folded[second]) not in form.rest[0]:
            return -1
    if form.is_acronym and words[first] in _ACRONYMS_LIKE_WORDS and _is_shouted(words, first):
        return -1
    if form.is_acronym and first and words[first - 1].isdecimal():
        # A unit: 20 GB.
        return -1
    if not form.rest:
        return first
    further = words[first + 1 : last + 1]
    if form.is_exact:
        matches = all(word in exact for word, exact in zip(further, form.rest, strict=True))
    else:
        folded = map(forms.folded.__getitem__, further)
        matches = all(word in others for word, others in zip(folded, form.rest, strict=True))
    return last if matches else -1


def _is_shouted(words: Sequence[str], position: int) -> bool:
    """Return True if the words beside this one are in capitals too, as in some headlines."""
    neighbours = [*words[max(position - 1, 0) : position], *words[position + 1 : position + 2]]
    letters = [word for word in neighbours if word.isalpha() and len(word) > 1]
    return bool(letters) and all(word.isupper() for word in letters)


def _is_possible(
    words: Sequence[str],
    first: int,
    last: int,
    forms: NameForms,
    gap_before: Callable[[int], str],
) -> bool:
    """Return True if neither the neighbours nor the start of a sentence speak against a name."""
    if not _is_whole(words, first, last, gap_before):
        return False
    if first != last or forms.folded[words[first]] not in forms.words_at_start:
        return True
    starts_sentence = not (first and words[first - 1]) or not _SENTENCE_SIGNS.isdisjoint(
        gap_before(first)
    )
    return not starts_sentence


_SENTENCE_SIGNS: Final = frozenset('.!?…:«»“„"\n')


def _is_whole(
    words: Sequence[str], first: int, last: int, gap_before: Callable[[int], str]
) -> bool:
    """Return False for katakana inside a longer run of katakana: タイ (Thailand) in タイトル."""
    if not (_is_katakana(words[first]) and _is_katakana(words[last])):
        return True
    begins_run = not (first and _is_katakana(words[first - 1]) and not gap_before(first))
    after = words[last + 1] if last + 1 < len(words) else ""
    return begins_run and not (_is_katakana(after) and not gap_before(last + 1))


def _is_katakana(word: str) -> bool:
    return "\u30a1" <= word[:1] <= "\u30fe" and word != "・"
