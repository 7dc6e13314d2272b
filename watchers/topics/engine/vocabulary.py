"""The numbered leaves of all topics, and the leaves that a printed word matches.

A *term* is a leaf of one word: ``missile``, ``"missile"``, ``="US"``, ``sanct*``, ``title:missile``,
``lang:"en"``. A phrase is its prefix and one more term, so one flat dictionary is the whole trie.
Numbers instead of texts keep the data of a match small and close together: a match spends its time on
fetching scattered objects from memory.

Topics have no language, but items do. So everything about topics is kept once, and only two small
tables are kept for each set of stemming rules that has occurred: from a stem to the terms with that
stem (about 130 bytes for each distinct word of the topics, built in 0.3 s for 170,000 words when the
first item of such a language arrives), and a cache from printed words to terms. A new term removes the
printed words that it may concern from the cache.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from watchers.text import tokens as words
from watchers.text.stems import Stems
from watchers.topics.names import territory_code
from watchers.topics.nodes import Form, Leaf, leaf_text
from watchers.topics.word_forms import capital_name, is_in_capitals, joined_word

# A year of news in one language has fewer words.
MAX_CACHED_WORDS: Final = 100_000
"""Printed words in one cache. A full cache is cleared."""

# One in exactly this form, one in any form, and a few prefixes.
MAX_USUAL_TERMS: Final = 5
"""Terms that a printed word usually matches at most."""

_PAIR: Final = 2

NO_LEAF: Final = 0
"""The number that no leaf has."""

# A prime above every leaf number: keys are distinct and spread over the hash table. Keys made by
# shifting would collide if many phrases have the same last word.
PHRASE_KEY_MULTIPLIER: Final = 1_073_741_789
"""The key of a phrase is the number of its prefix times this, plus its last term."""

Terms: TypeAlias = tuple[int, ...]
"""The numbers of the terms that a printed word matches."""


class Vocabulary:
    """The leaves in use.

    Attributes:
        numbers: the text of a leaf to its number (see :func:`leaf_key`).
        names: the code of a territory to the numbers of its leaves by field.
        phrases: the key of a prefix and a term (see ``PHRASE_KEY_MULTIPLIER``) to the phrase.
        fields: how many terms in use have a field.
        is_crowded: True if a printed word has matched more than `MAX_USUAL_TERMS`.
    """

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.names: dict[str, dict[str, int]] = {}
        self.phrases: dict[int, int] = {}
        self.fields: dict[str, int] = defaultdict(int)
        self.is_crowded = False
        # The first entry is that of NO_LEAF.
        self._use_counts = array("I", [1])
        self._free_numbers: list[int] = []
        self._accented: dict[str, tuple[str, ...]] = {}
        self._prefix_sizes: dict[int, int] = defaultdict(int)
        # Terms in any form. Without one, no word needs stemming.
        self._inflected_count = 0
        self._tables: dict[str, _Table] = {}

    # ── Leaves of topics ──────────────────────────────────────────────────────────────────────────

    @property
    def size(self) -> int:
        """All numbers are below this."""
        return len(self._use_counts)

    def usage_count(self, number: int) -> int:
        """Return how many topics and phrases use a leaf. Few uses suggest a word rare in items."""
        return self._use_counts[number]

    def acquire(self, leaf: Leaf, text: str) -> int:
        """Count one more use of ``leaf``, whose text is ``text``, and return its number."""
        if leaf.form is not Form.NAME:
            return self._acquire(leaf.words, leaf.form, leaf.field, text)
        key = leaf_key(leaf)
        if key in self.numbers:
            self._use_counts[self.numbers[key]] += 1
        else:
            number = self.numbers[key] = self._new_number()
            self.names.setdefault(territory_code(leaf), {})[leaf.field] = number
        return self.numbers[key]

    def number_of(self, leaf: Leaf) -> int:
        """Return the number of a leaf in use."""
        return self.numbers[leaf_key(leaf)]

    def _acquire(self, leaf_words: tuple[str, ...], form: Form, field: str, text: str) -> int:
        number = self.numbers.get(text)
        if number is not None:
            self._use_counts[number] += 1
            return number
        number = self.numbers[text] = self._new_number()
        if len(leaf_words) == 1:
            self._add_term(leaf_words[0], form, field, text)
        else:
            prefix, last = leaf_words[:-1], leaf_words[-1:]
            prefix_number = self._acquire(prefix, form, field, leaf_text(prefix, form, field))
            last_number = self._acquire(last, form, field, leaf_text(last, form, field))
            self.phrases[prefix_number * PHRASE_KEY_MULTIPLIER + last_number] = number
            self._change_joined_word(leaf_words, form, text, _Table.add_term)
        return number

    def _change_joined_word(
        self,
        leaf_words: tuple[str, ...],
        form: Form,
        text: str,
        change: Callable[[_Table, str, str], None],
    ) -> None:
        """Add or remove the one word that a phrase may be written as."""
        is_pair = len(leaf_words) == _PAIR and form in (Form.ANY, Form.EXACT)
        joined = joined_word(leaf_words) if is_pair else ""
        if joined:
            if form is Form.ANY:
                for table in self._tables.values():
                    change(table, text, joined)
            self._invalidate(joined, form)

    def _new_number(self) -> int:
        """Return a number for a leaf with one use."""
        if self._free_numbers:
            number = self._free_numbers.pop()
            self._use_counts[number] = 1
        else:
            number = len(self._use_counts)
            self._use_counts.append(1)
        return number

    def release(self, leaf: Leaf, text: str) -> None:
        """Count one use less, and remove the leaf after its last use."""
        if leaf.form is Form.NAME:
            text = leaf_key(leaf)
        number = self.numbers[text]
        self._use_counts[number] -= 1
        if self._use_counts[number]:
            return
        if leaf.form is Form.NAME:
            code = territory_code(leaf)
            del self.names[code][leaf.field]
            if not self.names[code]:
                del self.names[code]
        elif len(leaf.words) == 1:
            self._remove_term(leaf, text)
        else:
            prefix, last = _split_phrase(leaf)
            prefix_number = self.numbers[prefix.text]
            del self.phrases[prefix_number * PHRASE_KEY_MULTIPLIER + self.numbers[last.text]]
            self._change_joined_word(leaf.words, leaf.form, text, _Table.remove_term)
            self.release(prefix, prefix.text)
            self.release(last, last.text)
        del self.numbers[text]
        self._free_numbers.append(number)

    def _add_term(self, word: str, form: Form, field: str, text: str) -> None:
        if field:
            self.fields[field] += 1
        if form is Form.PREFIX:
            self._prefix_sizes[len(word)] += 1
        elif form is Form.ANY and not is_in_capitals(word):
            if not self._inflected_count:
                # The cached words were looked up without stemming.
                self._clear_caches()
            self._inflected_count += 1
            folded = words.strip_accents(word)
            if folded != word:
                self._accented[folded] = (*self._accented.get(folded, ()), text)
            for table in self._tables.values():
                table.add_term(text, word)
        self._invalidate(word, form)

    def _remove_term(self, leaf: Leaf, text: str) -> None:
        word = leaf.words[0]
        if leaf.field:
            self.fields[leaf.field] -= 1
        if leaf.form is Form.PREFIX:
            self._prefix_sizes[len(word)] -= 1
            if not self._prefix_sizes[len(word)]:
                del self._prefix_sizes[len(word)]
        if leaf.form is Form.ANY and not is_in_capitals(word):
            self._inflected_count -= 1
            folded = words.strip_accents(word)
            if folded != word:
                remaining = tuple(other for other in self._accented[folded] if other != text)
                self._accented[folded] = remaining
                if not remaining:
                    del self._accented[folded]
            for table in self._tables.values():
                table.remove_term(text, word)
        # Another leaf will get the number of this one.
        self._invalidate(word, leaf.form)

    def _invalidate(self, word: str, form: Form) -> None:
        """Remove the printed words from the caches that may match a term."""
        if form is Form.PREFIX:
            self._clear_caches()
            return
        folded = (
            word
            if form in (Form.EXACT, Form.LITERAL)
            else words.strip_accents(words.normalize_word(word))
        )
        for table in self._tables.values():
            table.invalidate(folded)
            if form is Form.ANY:
                table.invalidate(_stem_key(table.stems.query_key(word)))

    def _clear_caches(self) -> None:
        for table in self._tables.values():
            table.clear_cache()

    # ── Printed words of items ────────────────────────────────────────────────────────────────────

    def lexicon(self, rules: str, scope: str) -> Lexicon:
        """Return the cache for words of items in ``scope`` ("title", "body", or "")."""
        table = self._tables.get(rules)
        if table is None:
            table = self._tables[rules] = _Table(self, rules)
        return table.lexicon(scope)

    def find_terms(self, printed: str, scope: str, table: _Table) -> Terms:
        """Return the terms that a printed word in ``scope`` matches."""
        texts: list[str] = []
        for form in words.lookup_forms(printed):
            texts += self._texts_of(form, printed, scope, table)
        terms = {self.numbers[text] for text in texts if text in self.numbers}
        if len(terms) > MAX_USUAL_TERMS:
            self.is_crowded = True
        # The array creates new integers, which lie beside the tuple in memory.
        return tuple(array("I", sorted(terms)))

    def _texts_of(self, form: str, printed: str, scope: str, table: _Table) -> list[str]:
        """Return the texts of terms that ``form`` matches, a word that ``printed`` stands for."""
        normal = words.normalize_word(form)
        folded = words.strip_accents(normal)
        stems = table.stems.text_keys(normal) if self._inflected_count else ()
        table.add_printed(folded, stems, printed)
        texts = [f'"{folded}"', f'="{words.to_nfkc(form)}"', folded, f'exact:"{folded}"']
        texts += [f"{folded[:size]}*" for size in self._prefix_sizes if size <= len(folded)]
        name = capital_name(form)
        if name:
            texts += [name, f'"{name}"', f'exact:"{name}"']
            table.add_printed(words.strip_accents(words.normalize_word(name)), (), printed)
        if scope:
            texts += [f"{scope}:{text}" for text in texts]
        texts += self._joined_phrases(folded, scope)
        if self._inflected_count:
            inflected = [*self._accented.get(folded, ())]
            for stem in stems:
                inflected += table.terms_with(stem)
            texts += [text for text in inflected if _is_in_scope(text, scope)]
        return texts

    def _joined_phrases(self, folded: str, scope: str) -> Iterator[str]:
        """Yield the texts of the exact phrases in use of two words that ``folded`` may stand for."""
        prefixes = ("", f"{scope}:") if scope else ("",)
        for size in range(1, len(folded)):
            pair = folded[:size], folded[size:]
            for prefix in prefixes:
                text = f'{prefix}"{pair[0]} {pair[1]}"'
                if text in self.numbers and joined_word(pair):
                    yield text


class Lexicon(dict[str, Terms]):
    """A cache from printed words to the terms that they match, filled on demand."""

    __slots__ = ("_scope", "_table", "_vocabulary")

    def __init__(self, vocabulary: Vocabulary, table: _Table, scope: str) -> None:
        # The empty word, which separates fields, matches nothing.
        super().__init__({"": ()})
        self._vocabulary = vocabulary
        self._table = table
        self._scope = scope

    def __missing__(self, printed: str) -> Terms:
        if len(self) >= MAX_CACHED_WORDS:
            self._table.clear_cache()
        terms = self[printed] = self._vocabulary.find_terms(printed, self._scope, self._table)
        return terms


class _Table:
    """The tables of one set of stemming rules."""

    def __init__(self, vocabulary: Vocabulary, rules: str) -> None:
        self.stems = Stems(rules)
        # A lone value is kept as a string, to save the memory of a tuple per key.
        self._terms_by_stem: dict[str, str | tuple[str, ...]] = {}
        self._vocabulary = vocabulary
        self._lexicons: dict[str, Lexicon] = {}
        self._printed_by_key: dict[str, str | tuple[str, ...]] = {}
        for text in vocabulary.numbers:
            word = text.rpartition(":")[2]
            # Terms in any form only: no exact or prefix term.
            if word[-1] in '"*' or is_in_capitals(word):
                continue
            parts = tuple(word.split("-"))
            joined = word if len(parts) == 1 else joined_word(parts) if len(parts) == _PAIR else ""
            if joined:
                self.add_term(text, joined)

    def lexicon(self, scope: str) -> Lexicon:
        lexicon = self._lexicons.get(scope)
        if lexicon is None:
            lexicon = self._lexicons[scope] = Lexicon(self._vocabulary, self, scope)
        return lexicon

    def terms_with(self, stem: str) -> tuple[str, ...]:
        """Return the texts of the terms with this stem."""
        terms = self._terms_by_stem.get(stem, ())
        return (terms,) if isinstance(terms, str) else terms

    def add_term(self, text: str, word: str) -> None:
        stem = self.stems.query_key(word)
        other_terms = self.terms_with(stem)
        if other_terms:
            self._terms_by_stem[stem] = (*other_terms, text)
        else:
            # Key and value share one string object if they are equal.
            self._terms_by_stem[text if stem == text else stem] = text

    def remove_term(self, text: str, word: str) -> None:
        stem = self.stems.query_key(word)
        remaining = tuple(other for other in self.terms_with(stem) if other != text)
        if remaining:
            self._terms_by_stem[stem] = remaining
        else:
            self._terms_by_stem.pop(stem, None)

    def add_printed(self, folded: str, stems: tuple[str, ...], printed: str) -> None:
        """Record the keys under which ``printed`` must be invalidated."""
        for key in (folded, *map(_stem_key, stems)):
            recorded = self._printed_by_key.get(key)
            if recorded is None:
                self._printed_by_key[key] = printed
            elif isinstance(recorded, str):
                if recorded != printed:
                    self._printed_by_key[key] = (recorded, printed)
            elif printed not in recorded:
                self._printed_by_key[key] = (*recorded, printed)

    def invalidate(self, key: str) -> None:
        """Remove the printed words with this key from the caches."""
        recorded = self._printed_by_key.pop(key, None)
        if recorded is None:
            return
        for printed in (recorded,) if isinstance(recorded, str) else recorded:
            for lexicon in self._lexicons.values():
                lexicon.pop(printed, None)

    def clear_cache(self) -> None:
        self._printed_by_key.clear()
        for lexicon in self._lexicons.values():
            lexicon.clear()
            lexicon[""] = ()


def leaf_key(leaf: Leaf) -> str:
    """Return the key of a leaf in :attr:`Vocabulary.numbers`: its text.

    The name "iran" has another key than the word "iran" as a part of an exact phrase.
    """
    return f"@{leaf.text}" if leaf.form is Form.NAME else leaf.text


def _stem_key(stem: str) -> str:
    """Return the key of a stem for :meth:`_Table.invalidate`. No word starts with this sign."""
    return f"~{stem}"


def _split_phrase(phrase: Leaf) -> tuple[Leaf, Leaf]:
    """Return a phrase without its last word, and that word."""
    *prefix, last = phrase.words
    return Leaf(tuple(prefix), phrase.form, phrase.field), Leaf((last,), phrase.form, phrase.field)


def _is_in_scope(text: str, scope: str) -> bool:
    """Return True if the text of a term applies to running text in ``scope`` or anywhere."""
    return ":" not in text or (bool(scope) and text.startswith(f"{scope}:"))
