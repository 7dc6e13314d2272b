"""Whether what a model wrote is in the article: a sentence that says more is left out.

every number with its unit ─┐
every date and quotation ───┤
every name, as a whole ─────┼─ in the article? ──► the sentence stays, or the first thing that is not there
no "not" too many or few ───┤
no address, no markup ──────┘

This rejects and never certifies: a sentence made of the article's own names and numbers can still be
wrong ("praised" where nobody did). Where names have no capitals (Chinese, Arabic, Hindi …) they cannot
be told from words, so there every word has to be the article's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import regex

from bot.summaries.figures import Figures
from bot.summaries.grave import grave_kinds
from bot.summaries.names import UNCASED, Companions, names
from bot.summaries.numbers import dates
from bot.summaries.polarity import Sense
from bot.summaries.romanised import skeletons, sounds_like_one_of
from bot.summaries.terms import Terms
from watchers.text.sentences import sentences as split_sentences
from watchers.text.words import fold, normal, split

Problem = Literal["number", "date", "quotation", "name", "sense", "address", "subject", "form"]
"""What a sentence has that the article has not.

"sense": it turns around what the article says, or claims a death, a crime or a resignation that is not in it;
"subject": it speaks of something else.
"""

_LONGEST: Final = 600  # characters of a sentence
_SHARED: Final = 0.6  # of a sentence's terms that are the article's own
_QUOTED: Final = regex.compile(
    r"[“❝]([^”❞]{1,600})[”❞]?|„([^“”]{1,600})[“”]?|«([^»]{1,600})»?|»([^«]{1,600})«|[‹]([^›]{1,600})›?|「([^」]{1,600})」?|『([^』]{1,600})』?"
    r"|[\"＂]([^\"＂]{1,600})[\"＂]?|(?:``|'')(.{1,600}?)''|(?<![\p{L}\p{N}])['‘‚]([^'‘’]{1,600})['’‘](?![\p{L}\p{N}])"
)
_SPEAKER_BEFORE: Final = 400  # characters before a quotation within which who says it is named
_SPEAKER_BEHIND: Final = 150
_ADDRESS: Final = regex.compile(
    r"://|www\.|\S@\S|(?<!\S)[@/]\w|\b[\p{L}\p{N}-]{2,63}\.(?:com|org|net|io|ru|cn|de|uk|info|biz|xyz|top|me|ly|gg|app|dev|ai|onion)\b",
    regex.IGNORECASE,
)
_MARKUP: Final = regex.compile(r"[<>{}`|\\]|\]\(|\*\*|^#|__")


@dataclass(frozen=True)
class Evidence:
    """What may be said: the article with its title, in its ``language``.

    ``barred``: parts of it that may not: a sentence with a word that only stands there is refused.
    """

    text: str
    language: str | None = None
    barred: str = ""

    @cached_property
    def _sentences(self) -> list[str]:
        return split_sentences(self.text, self.language)

    @cached_property
    def _figures(self) -> Figures:
        return Figures(self.text)

    @cached_property
    def _grave(self) -> frozenset[str]:
        return grave_kinds(self.text)

    @cached_property
    def _companions(self) -> Companions:
        return Companions(self._sentences)

    @cached_property
    def _sense(self) -> Sense:
        return Sense(self._sentences, self._reader)

    @cached_property
    def _dates(self) -> frozenset[tuple[int, int]]:
        return dates(self.text)

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(fold(normal(word)) for word in split(self.text))

    @cached_property
    def _reader(self) -> Terms:
        return Terms(self.language)

    @cached_property
    def _terms(self) -> frozenset[str]:
        return frozenset(self._reader.of(self.text))

    @cached_property
    def _only_barred(self) -> frozenset[str]:
        return frozenset(self._reader.of(self.barred)) - self._terms

    @cached_property
    def _bare(self) -> str:
        return _bare(self.text)

    @cached_property
    def _skeletons(self) -> frozenset[str]:
        return skeletons(self.text)

    def problem(self, sentence: str, language: str | None = None) -> Problem | None:
        """What ``sentence`` has that the article has not; ``None``: nothing that can be told.

        ``language``: of the sentence, where it is not the article's: names are then held against the
        article's by how they sound.
        """
        if len(sentence) > _LONGEST or _MARKUP.search(sentence) or not _begins(sentence):
            return "form"
        if _ADDRESS.search(sentence):
            return "address"
        if not self._figures.bear_out(sentence, abroad=language is not None):
            return "number"
        if not dates(sentence) <= self._dates:
            return "date"
        if any(not self._has_quoted(quoted, sentence) for quoted in _quotations(sentence)):
            return "quotation"
        return self._abroad(sentence, language) if language else self._at_home(sentence)

    def _has_quoted(self, quoted: str, sentence: str) -> bool:
        """Whether it was said, and near one of those whom the sentence names."""
        bare = _bare(quoted)
        people = [_bare(name) for name in names(sentence.replace(quoted, " "), self.language)]
        at = self._bare.find(bare)
        while at >= 0:
            near = self._bare[max(0, at - _SPEAKER_BEFORE) : at + len(bare) + _SPEAKER_BEHIND]
            if not people or any(one in near for one in people):
                return True
            at = self._bare.find(bare, at + 1)
        return False

    def _at_home(self, sentence: str) -> Problem | None:
        # Words with digits were numbers above.
        terms = [one for one in self._reader.of(sentence) if not any(map(str.isdecimal, one))]
        if not self._only_barred.isdisjoint(terms):
            return "subject"
        known = sum(term in self._terms for term in terms)
        if (UNCASED.search(sentence) and known < len(terms)) or not self._names_whom_it_may(
            sentence
        ):
            return "name"
        if known < _SHARED * len(terms):
            return "subject"
        grave = grave_kinds(sentence) - self._grave
        return "sense" if grave or self._sense.is_turned(sentence) else None

    def _names_whom_it_may(self, sentence: str) -> bool:
        known = all(self._knows(name) for name in names(sentence, self.language))
        return known and not self._companions.mixes(sentence)

    def _abroad(self, sentence: str, language: str) -> Problem | None:
        if UNCASED.search(sentence):
            return "name"
        for name in names(sentence, language):
            if not self._knows(name) and not sounds_like_one_of(name, self._skeletons):
                return "name"
        return None

    def _knows(self, name: str) -> bool:
        return fold(normal(name)) in self._words or bool(set(self._reader.of(name)) & self._terms)


def _begins(sentence: str) -> bool:
    """Whether it has words, and the first one no small letter where a capital belongs."""
    first = next(iter(split(sentence)), "")
    return first != "" and not first.islower()


def _quotations(sentence: str) -> Iterator[str]:
    for match in _QUOTED.finditer(sentence):
        yield next(group for group in match.groups() if group is not None)


def _bare(text: str) -> str:
    """``text`` as its words, so that a comma before a closing quotation mark does not matter."""
    return f" {' '.join(fold(normal(word)) for word in split(text))} "
