"""The leaves that topics ask for, numbered, and which of them a printed word answers.

A *term* is a leaf of one word: ``missile``, ``"missile"``, ``="US"``, ``sanct*``, ``title:missile``,
``lang:"en"``. A phrase is its beginning and one more term, so one flat dictionary is the whole trie.
Numbers instead of texts keep what matching touches small and close together: fetching scattered
objects from memory is what costs there.

Topics are not tied to a language, items are. So everything about topics is kept once, and only two
small tables are kept for each set of stemming rules that has occurred: from a stem to the terms with
that stem (about 130 bytes for each distinct word of the topics, made when the first item of such a
language comes: 0.3 s for 170,000 words) and a memo from printed words to terms. A new term takes
those printed words out of the memo that it may concern.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from typing import Final, TypeAlias

from watchers.text import words
from watchers.text.stems import Stems
from watchers.topics.nodes import Form, Leaf, leaf_text

MOST_REMEMBERED: Final = 100_000
"""Printed words in one memo; it starts anew beyond. A year of news in one language has fewer."""

MAX_USUAL_TERMS: Final = 5
"""Terms that a printed word usually answers at most: in one form, in any form, with a beginning."""

NOBODY: Final = 0
"""The number that no leaf has."""

SPREAD: Final = 1_073_741_789
"""A phrase's beginning times this, plus its next term, is its key. A prime above every number, so
that keys differ and spread: shifted ones would collide wherever phrases end alike."""

Terms: TypeAlias = tuple[int, ...]
"""The numbers of the terms that a printed word answers."""


class Vocabulary:
    """The live leaves.

    Attributes:
        numbers: a leaf's text to its number.
        phrases: a beginning and a next term (see ``SPREAD``) to the longer phrase.
        fields: how many live terms ask for a field.
        is_crowded: True if a printed word has answered more than `MAX_USUAL_TERMS`.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.phrases: dict[int, int] = {}
        self.fields: dict[str, int] = defaultdict(int)
        self.is_crowded = False
        self._uses = array("I", [1])  # of NOBODY
        self._free: list[int] = []
        self._accented: dict[str, tuple[str, ...]] = {}
        self._prefix_sizes: dict[int, int] = defaultdict(int)
        self._inflected = 0  # live terms in any form: without one there is nothing to stem
        self._tables: dict[str, _Table] = {}

    # ── What topics ask for ───────────────────────────────────────────────────────────────────────

    @property
    def size(self) -> int:
        """All numbers are below this."""
        return len(self._uses)

    def commonness(self, number: int) -> int:
        """How many topics and phrases use a leaf: small for what is probably rare in items, too."""
        return self._uses[number]

    def use(self, leaf: Leaf, text: str) -> int:
        """Count one more use of ``leaf``, whose text is ``text``; returns its number."""
        return self._use(leaf.words, leaf.form, leaf.field, text)

    def _use(self, asked: tuple[str, ...], form: Form, field: str, text: str) -> int:
        number = self.numbers.get(text)
        if number is not None:
            self._uses[number] += 1
            return number
        if self._free:
            number = self._free.pop()
            self._uses[number] = 1
        else:
            number = len(self._uses)
            self._uses.append(1)
        self.numbers[text] = number
        if len(asked) == 1:
            self._learn(asked[0], form, field, text)
        else:
            begun, last = asked[:-1], asked[-1:]
            first = self._use(begun, form, field, leaf_text(begun, form, field))
            second = self._use(last, form, field, leaf_text(last, form, field))
            self.phrases[first * SPREAD + second] = number
        return number

    def release(self, leaf: Leaf, text: str) -> None:
        """Count one use less; forget the leaf with its last."""
        number = self.numbers[text]
        self._uses[number] -= 1
        if self._uses[number]:
            return
        if len(leaf.words) == 1:
            self._unlearn(leaf, text)
        else:
            begun, last = _parts(leaf)
            first = self.numbers[begun.text]
            del self.phrases[first * SPREAD + self.numbers[last.text]]
            self.release(begun, begun.text)
            self.release(last, last.text)
        del self.numbers[text]
        self._free.append(number)

    def _learn(self, word: str, form: Form, field: str, text: str) -> None:
        if field:
            self.fields[field] += 1
        if form is Form.PREFIX:
            self._prefix_sizes[len(word)] += 1
        elif form is Form.ANY:
            if not self._inflected:
                self._forget()
            self._inflected += 1
            folded = words.fold(word)
            if folded != word:
                self._accented[folded] = (*self._accented.get(folded, ()), text)
            for table in self._tables.values():
                table.learn(text, word)
        self._concerns(word, form)

    def _unlearn(self, leaf: Leaf, text: str) -> None:
        word = leaf.words[0]
        if leaf.field:
            self.fields[leaf.field] -= 1
        if leaf.form is Form.PREFIX:
            self._prefix_sizes[len(word)] -= 1
            if not self._prefix_sizes[len(word)]:
                del self._prefix_sizes[len(word)]
        if leaf.form is Form.ANY:
            self._inflected -= 1
            folded = words.fold(word)
            if folded != word:
                left = tuple(other for other in self._accented[folded] if other != text)
                self._accented[folded] = left
                if not left:
                    del self._accented[folded]
            for table in self._tables.values():
                table.unlearn(text, word)
        self._concerns(word, leaf.form)  # its number will be another leaf's

    def _concerns(self, word: str, form: Form) -> None:
        """Take the printed words out of the memos that a term may concern."""
        if form is Form.PREFIX:
            self._forget()
            return
        folded = word if form is Form.EXACT else words.fold(words.normal(word))
        for table in self._tables.values():
            table.forget_key(folded)
            if form is Form.ANY:
                table.forget_key(_stem_key(table.stems.asks(word)))

    def _forget(self) -> None:
        for table in self._tables.values():
            table.forget()

    # ── What printed words answer ─────────────────────────────────────────────────────────────────

    def lexicon(self, rules: str, scope: str) -> Lexicon:
        """The memo for words of items under ``rules`` in ``scope`` ("title", "body", or "")."""
        table = self._tables.get(rules)
        if table is None:
            table = self._tables[rules] = _Table(self, rules)
        return table.lexicon(scope)

    def terms(self, printed: str, scope: str, table: _Table) -> Terms:
        """The live terms that a printed word in ``scope`` answers."""
        normal = words.normal(printed)
        folded = words.fold(normal)
        stems = table.stems.answers(normal) if self._inflected else ()
        table.remember(folded, stems, printed)
        texts = [f'"{folded}"', f'="{words.encoded(printed)}"', folded]
        texts += [f"{folded[:size]}*" for size in self._prefix_sizes if size <= len(folded)]
        if scope:
            texts += [f"{scope}:{text}" for text in texts]
        if self._inflected:
            inflected = [*self._accented.get(folded, ())]
            for stem in stems:
                inflected += table.terms_with(stem)
            texts += [text for text in inflected if _is_in(text, scope)]
        found = {self.numbers[text] for text in texts if text in self.numbers}
        if len(found) > MAX_USUAL_TERMS:
            self.is_crowded = True
        # The array makes new integers, which lie beside the tuple in memory.
        return tuple(array("I", sorted(found)))


class Lexicon(dict[str, Terms]):
    """Printed word to the live terms it answers, looked up when it is first met."""

    __slots__ = ("_scope", "_table", "_vocabulary")

    def __init__(self, vocabulary: Vocabulary, table: _Table, scope: str) -> None:
        super().__init__({"": ()})  # the empty word, which parts fields, answers nothing
        self._vocabulary = vocabulary
        self._table = table
        self._scope = scope

    def __missing__(self, printed: str) -> Terms:
        if len(self) >= MOST_REMEMBERED:
            self._table.forget()
        terms = self[printed] = self._vocabulary.terms(printed, self._scope, self._table)
        return terms


class _Table:
    """What is kept for one set of stemming rules."""

    def __init__(self, vocabulary: Vocabulary, rules: str) -> None:
        self.stems = Stems(rules)
        self._by_stem: dict[str, str | tuple[str, ...]] = {}
        self._vocabulary = vocabulary
        self._lexicons: dict[str, Lexicon] = {}
        self._printed: dict[str, str | tuple[str, ...]] = {}
        for text in vocabulary.numbers:
            word = text.rpartition(":")[2]
            if word[-1] not in '"*' and "-" not in word:  # of one word, in any form
                self.learn(text, word)

    def lexicon(self, scope: str) -> Lexicon:
        lexicon = self._lexicons.get(scope)
        if lexicon is None:
            lexicon = self._lexicons[scope] = Lexicon(self._vocabulary, self, scope)
        return lexicon

    def terms_with(self, stem: str) -> tuple[str, ...]:
        """The live terms with this stem."""
        known = self._by_stem.get(stem, ())
        return (known,) if isinstance(known, str) else known

    def learn(self, text: str, word: str) -> None:
        stem = self.stems.asks(word)
        others = self.terms_with(stem)
        if others:
            self._by_stem[stem] = (*others, text)
        else:
            self._by_stem[text if stem == text else stem] = text  # one string where they are equal

    def unlearn(self, text: str, word: str) -> None:
        stem = self.stems.asks(word)
        left = tuple(other for other in self.terms_with(stem) if other != text)
        if left:
            self._by_stem[stem] = left
        else:
            self._by_stem.pop(stem, None)

    def remember(self, folded: str, stems: tuple[str, ...], printed: str) -> None:
        """Note under which keys ``printed`` must be forgotten."""
        for key in (folded, *map(_stem_key, stems)):
            known = self._printed.get(key)
            if known is None:
                self._printed[key] = printed
            elif isinstance(known, str):
                if known != printed:
                    self._printed[key] = (known, printed)
            elif printed not in known:
                self._printed[key] = (*known, printed)

    def forget_key(self, key: str) -> None:
        known = self._printed.pop(key, None)
        if known is None:
            return
        for printed in (known,) if isinstance(known, str) else known:
            for lexicon in self._lexicons.values():
                lexicon.pop(printed, None)

    def forget(self) -> None:
        """Forget every printed word."""
        self._printed.clear()
        for lexicon in self._lexicons.values():
            lexicon.clear()
            lexicon[""] = ()


def _stem_key(stem: str) -> str:
    """Under which :class:`_Table` notes printed words with this stem; no word begins so."""
    return f"~{stem}"


def _parts(phrase: Leaf) -> tuple[Leaf, Leaf]:
    """A phrase without its last word, and that word."""
    *begun, last = phrase.words
    return Leaf(tuple(begun), phrase.form, phrase.field), Leaf((last,), phrase.form, phrase.field)


def _is_in(text: str, scope: str) -> bool:
    """Whether a term's text asks for running text in ``scope``, or anywhere."""
    return ":" not in text or (bool(scope) and text.startswith(f"{scope}:"))
