"""The words that topics ask for, and which of them a printed word answers.

A *term* is the text of a leaf of one word: ``missile``, ``"missile"``, ``="US"``, ``sanct*``,
``title:missile``, ``lang:"en"``. Topics are not tied to a language, items are: so everything about
topics is keyed by terms and kept once, and only two small tables are kept for each set of stemming
rules that has occurred: from a stem to the terms with that stem (about 150 bytes for each distinct
word of the topics, made when the first item of such a language comes) and a memo from printed words
to their terms. A new term takes exactly those printed words out of the memo that it may concern.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Final, TypeAlias

from watchers.text import words
from watchers.text.stems import Stems
from watchers.topics.nodes import Form, Leaf

MOST_REMEMBERED: Final = 100_000
"""Printed words in one memo; it starts anew beyond. A year of news in one language has fewer."""

Nodes: TypeAlias = "dict[str, str | Nodes]"
"""A step in a trie of phrases: the next term to a phrase's text, or to the step after it.

Where a phrase ends and a longer one goes on, the phrase stands under ""."""


def term(word: str, form: Form, field: str) -> str:
    """The term for one word of a leaf."""
    scope = f"{field}:" if field else ""
    match form:
        case Form.ANY:
            return scope + word
        case Form.EXACT:
            return f'{scope}"{word}"'
        case Form.CASED:
            return f'{scope}="{word}"'
        case Form.PREFIX:
            return f"{scope}{word}*"


def terms_of(leaf: Leaf) -> list[str]:
    """The terms that a leaf is made of."""
    return [term(word, leaf.form, leaf.field) for word in leaf.words]


class Vocabulary:
    """The live terms, the phrases they begin, and the memo of printed words."""

    def __init__(self) -> None:
        self.uses: dict[str, int] = {}
        self.heads: dict[str, Nodes] = {}
        self.fields: dict[str, int] = defaultdict(int)
        self._accented: dict[str, tuple[str, ...]] = {}
        self._tables: dict[str, _Table] = {}
        self._prefix_sizes: dict[int, int] = defaultdict(int)

    # ── What topics ask for ───────────────────────────────────────────────────────────────────────

    def use(self, leaf: Leaf, text: str) -> None:
        """Count one more use of ``leaf``, whose text is ``text``."""
        uses = self.uses.get(text, 0)
        self.uses[text] = uses + 1
        if uses:
            return
        if len(leaf.words) == 1:
            self._learn(text, leaf, leaf.words[0])
        else:
            self._learn_phrase(leaf, text)

    def release(self, leaf: Leaf, text: str) -> None:
        """Count one use less; forget the leaf with its last."""
        uses = self.uses[text] - 1
        if uses:
            self.uses[text] = uses
            return
        del self.uses[text]
        if len(leaf.words) == 1:
            self._unlearn(text, leaf, leaf.words[0])
        else:
            self._unlearn_phrase(leaf)

    def _learn_phrase(self, leaf: Leaf, text: str) -> None:
        terms = terms_of(leaf)
        for one, word in zip(terms, leaf.words, strict=True):
            uses = self.uses.get(one, 0)
            self.uses[one] = uses + 1
            if not uses:
                self._learn(one, leaf, word)
        if terms[0] not in self.heads:
            self.heads[terms[0]] = {}
            self._concerns(leaf.words[0], leaf.form)
        step = self.heads[terms[0]]
        for one in terms[1:-1]:
            following = step.get(one)
            if not isinstance(following, dict):
                following = {} if following is None else {"": following}
                step[one] = following
            step = following
        last = step.get(terms[-1])
        if isinstance(last, dict):
            last[""] = text
        else:
            step[terms[-1]] = text

    def _unlearn_phrase(self, leaf: Leaf) -> None:
        terms = terms_of(leaf)
        path = [self.heads[terms[0]]]
        for one in terms[1:-1]:
            following = path[-1][one]
            assert isinstance(following, dict)  # noqa: S101 - _learn_phrase made it
            path.append(following)
        last = path[-1][terms[-1]]
        if isinstance(last, dict):
            del last[""]
        else:
            del path[-1][terms[-1]]
        for step, one in zip(reversed(path[:-1]), reversed(terms[1:-1]), strict=True):
            if not step[one]:
                del step[one]
        if not path[0]:
            del self.heads[terms[0]]
            self._concerns(leaf.words[0], leaf.form)
        for one, word in zip(terms, leaf.words, strict=True):
            if self.uses[one] > 1:
                self.uses[one] -= 1
            else:
                del self.uses[one]
                self._unlearn(one, leaf, word)

    def _learn(self, one: str, leaf: Leaf, word: str) -> None:
        form = leaf.form
        if leaf.field:
            self.fields[leaf.field] += 1
        if form is Form.ANY:
            folded = words.fold(word)
            if folded != word:
                self._accented[folded] = (*self._accented.get(folded, ()), one)
            for table in self._tables.values():
                table.learn(one, word)
        elif form is Form.PREFIX:
            self._prefix_sizes[len(word)] += 1
        self._concerns(word, form)

    def _unlearn(self, one: str, leaf: Leaf, word: str) -> None:
        """Printed words may go on answering a dead term: nothing is filed under it any more."""
        form = leaf.form
        if leaf.field:
            self.fields[leaf.field] -= 1
        if form is Form.ANY:
            folded = words.fold(word)
            if folded != word:
                left = tuple(other for other in self._accented[folded] if other != one)
                if left:
                    self._accented[folded] = left
                else:
                    del self._accented[folded]
            for table in self._tables.values():
                table.unlearn(one, word)
        elif form is Form.PREFIX:
            self._prefix_sizes[len(word)] -= 1
            if not self._prefix_sizes[len(word)]:
                del self._prefix_sizes[len(word)]

    def _concerns(self, word: str, form: Form) -> None:
        """Take the printed words out of the memos that a term for ``word`` may concern."""
        for table in self._tables.values():
            if form is Form.PREFIX:
                table.forget()
            elif form is Form.ANY:
                table.forget_key(words.fold(word), table.stems.asks(word))
            else:
                table.forget_key(words.fold(words.normal(word)), "")

    # ── What printed words answer ─────────────────────────────────────────────────────────────────

    def lexicon(self, rules: str, scope: str) -> Lexicon:
        """The memo for words of items under ``rules`` in ``scope`` ("title", "body", or "")."""
        table = self._tables.get(rules)
        if table is None:
            table = self._tables[rules] = _Table(self, rules)
        return table.lexicon(scope)

    def answers(self, printed: str, scope: str, table: _Table) -> tuple[str, ...]:
        """The live terms that a printed word in ``scope`` answers."""
        normal = words.normal(printed)
        folded = words.fold(normal)
        stems = table.stems.answers(normal)
        table.remember(folded, stems, printed)
        plain = [f'"{folded}"', f'="{words.encoded(printed)}"', folded]
        plain += [f"{folded[:size]}*" for size in self._prefix_sizes if size <= len(folded)]
        found = dict.fromkeys(one for one in plain if one in self.uses)
        found.update(dict.fromkeys(self._plural(folded, stems, table, "")))
        if scope:
            scoped = (f"{scope}:{one}" for one in plain)
            found.update(dict.fromkeys(one for one in scoped if one in self.uses))
            found.update(dict.fromkeys(self._plural(folded, stems, table, scope)))
        return tuple(found)

    def _plural(self, folded: str, stems: tuple[str, ...], table: _Table, scope: str) -> list[str]:
        """Terms that share the folded word or a stem."""
        every = [*self._accented.get(folded, ())]
        for stem in stems:
            every += table.by_stem.get(stem, ())
        if not scope:
            return [one for one in every if ":" not in one]
        return [one for one in every if one.startswith(f"{scope}:")]


class Lexicon(dict[str, tuple[str, ...]]):
    """Printed word to the live terms it answers; ``heads`` has the phrases that may begin there."""

    __slots__ = ("_scope", "_table", "_vocabulary", "heads")

    def __init__(self, vocabulary: Vocabulary, table: _Table, scope: str) -> None:
        super().__init__()
        self._vocabulary = vocabulary
        self._table = table
        self._scope = scope
        self.heads: dict[str, tuple[Nodes, ...]] = {}
        self.clear()

    def __missing__(self, printed: str) -> tuple[str, ...]:
        if len(self) >= MOST_REMEMBERED:
            self._table.forget()
        terms = self._vocabulary.answers(printed, self._scope, self._table)
        heads = self._vocabulary.heads
        steps = tuple(heads[one] for one in terms if one in heads)
        if steps:
            self.heads[printed] = steps
        self[printed] = terms
        return terms

    def clear(self) -> None:
        """Forget every word; the empty one, which parts fields, answers nothing."""
        super().clear()
        self.heads.clear()
        self[""] = ()

    def forget(self, printed: str) -> None:
        """Forget one word."""
        self.pop(printed, None)
        self.heads.pop(printed, None)


class _Table:
    """What is kept for one set of stemming rules."""

    def __init__(self, vocabulary: Vocabulary, rules: str) -> None:
        self.stems = Stems(rules)
        self.by_stem: dict[str, tuple[str, ...]] = {}
        self._vocabulary = vocabulary
        self._lexicons: dict[str, Lexicon] = {}
        self._printed: dict[str, tuple[str, ...]] = {}
        for one in vocabulary.uses:
            word = one.rpartition(":")[2]
            if word[-1] not in '"*' and "-" not in word:
                self.learn(one, word)

    def lexicon(self, scope: str) -> Lexicon:
        lexicon = self._lexicons.get(scope)
        if lexicon is None:
            lexicon = self._lexicons[scope] = Lexicon(self._vocabulary, self, scope)
        return lexicon

    def learn(self, one: str, word: str) -> None:
        stem = self.stems.asks(word)
        self.by_stem[stem] = (*self.by_stem.get(stem, ()), one)

    def unlearn(self, one: str, word: str) -> None:
        stem = self.stems.asks(word)
        left = tuple(other for other in self.by_stem[stem] if other != one)
        if left:
            self.by_stem[stem] = left
        else:
            del self.by_stem[stem]

    def remember(self, folded: str, stems: tuple[str, ...], printed: str) -> None:
        """Note under which keys ``printed`` must be forgotten."""
        for key in {folded, *(f"~{stem}" for stem in stems)}:
            known = self._printed.get(key, ())
            if printed not in known:
                self._printed[key] = (*known, printed)

    def forget_key(self, folded: str, stem: str) -> None:
        for key in (folded, f"~{stem}"):
            for printed in self._printed.pop(key, ()):
                for lexicon in self._lexicons.values():
                    lexicon.forget(printed)

    def forget(self) -> None:
        self._printed.clear()
        for lexicon in self._lexicons.values():
            lexicon.clear()
