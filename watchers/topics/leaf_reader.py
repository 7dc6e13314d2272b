"""Make the leaves of a topic from its tokens, within the limits of a topic."""

from __future__ import annotations

import re
from typing import Final

from watchers.names.table import find_territory
from watchers.topics import canonical
from watchers.topics.evaluate import count_steps
from watchers.topics.fields import ADDRESS_FIELDS
from watchers.topics.lexer import Kind, Token, TokenReader
from watchers.topics.names import count_name_words, has_other_meaning, make_literal, make_name_leaf
from watchers.topics.nodes import (
    DATA_FIELDS,
    Form,
    Leaf,
    LeafError,
    Near,
    Node,
    make_data_leaf,
    make_leaf,
)
from watchers.topics.services.translation import translate

MAX_LEAVES: Final = 64
"""Words, phrases and values of a topic."""

# A step takes about 2 µs for an article of 1,500 words, so the limit bounds the time of one item. One
# NEAR takes 10 steps whatever its numbers and alternatives. Each NEAR around another takes a little
# more than twice as many: eight words joined by NEAR take 4,354 steps. ONEAR grows linearly: 60 words
# take 3,659 steps.
MAX_NEAR_STEPS: Final = 5_000
"""Set operations that all NEARs of a topic may take, as `evaluate.count_steps` counts them."""

MAX_WILDCARD_WORDS: Final = 3
"""Other words that a * between the words of a phrase stands for."""

_CODE_LETTERS: Final = 2

_HOST: Final = re.compile(
    r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)(?::\d+)?(/.*)?", re.IGNORECASE
)


class LeafReader(TokenReader):
    """The base of the parser: its tokens, its leaves and the limits on them.

    Attributes:
        notes: sentences about input that was read in another way than typed.
    """

    def __init__(self, text: str) -> None:
        tokens, self.notes = translate(text)
        super().__init__(text, tokens)
        self._leaf_count = 0
        self._near_steps = 0
        self._field = ""
        self._typed_field = ""
        self._exact = False
        self._cased = False
        # Each name with its typed text. Equal leaves are distinct objects here.
        self._typed_names: list[tuple[Leaf, str]] = []

    def _add_note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)

    def _add_near_steps(self, steps: int, sign: Token) -> None:
        self._near_steps += steps
        if self._near_steps > MAX_NEAR_STEPS:
            raise self._error(
                "this topic has too many NEARs inside one another",
                position=sign.start,
                hint="Write ONEAR if you know the order, write (a b c)~9 for words close together,"
                " or split it into two topics.",
            )

    def _phrase_with_prefixes(self, token: Token) -> Node:
        """Parse "apple orchard*" and "to * or": parts that follow one another."""
        node: Node | None = None
        max_gap = 0
        for word in token.value.split():
            if word.strip("*") == "":
                max_gap += MAX_WILDCARD_WORDS
                continue
            is_prefix = word.endswith("*")
            leaf = self._leaf(token._replace(value=word), Form.PREFIX if is_prefix else Form.EXACT)
            node = leaf if node is None else canonical.make_near(node, leaf, max_gap, ordered=True)
            max_gap = 0
        if node is None:
            raise self._error("this contains no word", position=token.start)
        if self._is_at(Kind.PROXIMITY):
            raise self._error(
                "~ cannot follow a phrase with *", hint="Write NEAR between the words."
            )
        if isinstance(node, Near):
            self._add_near_steps(count_steps(node), token)
            self._add_note(f"“{token.value}” is read as {node.text}.")
        return node

    def _name(self) -> Leaf | None:
        """Parse the words here as the name of a territory, if they are one."""
        if (
            self._exact
            or self._cased
            or self._field in DATA_FIELDS
            or self._current.kind is not Kind.WORD
        ):
            return None
        first = self._index
        while first and self._tokens[first - 1].kind is Kind.WORD:
            first -= 1
        end = self._index
        while self._tokens[end].kind is Kind.WORD:
            end += 1
        typed = [token.value for token in self._tokens[first:end]]
        position = self._index - first
        count = count_name_words(typed[position:])
        if not count or has_other_meaning(typed, position, count):
            return None
        leaf = make_name_leaf(" ".join(typed[position : position + count]), self._field)
        if leaf is None:
            return None
        self._add_leaves(1, self._current)
        for _ in range(count):
            self._advance()
        return self._remember_name(leaf, " ".join(typed[position : position + count]))

    def _remember_name(self, leaf: Leaf, typed: str) -> Leaf:
        """Return a leaf of its own for a name, and keep its typed text."""
        own_leaf = Leaf(leaf.words, leaf.form, leaf.field)
        self._typed_names.append((own_leaf, typed))
        return own_leaf

    def _leaf(self, token: Token, form: Form) -> Leaf:
        make = make_data_leaf if self._field in DATA_FIELDS else make_leaf
        try:
            leaf = make(self._value(token), form, self._field)
        except LeafError as error:
            raise self._error(error.problem, position=token.start, hint=error.hint) from None
        self._add_leaves(1, token)
        if form is not Form.EXACT or self._field in DATA_FIELDS:
            return leaf
        if self._exact:
            return make_literal(leaf)
        name = make_name_leaf(token.value, self._field)
        if name is None:
            return leaf
        return self._remember_name(name, token.value)

    def _value(self, token: Token) -> str:
        """Return the value of a token: the host of an address, and the code of a country."""
        value = token.value
        if self._field == "country" and len(value.strip()) > _CODE_LETTERS:
            territory = find_territory(value)
            if territory is not None:
                code = territory.code.lower()
                self._add_note(f"“{value}” is read as country:{code}, the country of the source.")
                return code
        if self._field != "source":
            return value
        match = _HOST.fullmatch(value.strip())
        if match is None and self._typed_field in ADDRESS_FIELDS:
            raise self._error(
                f"{self._typed_field}: is not supported, because addresses are not searched",
                position=token.start,
                hint="Name the source instead: source:reuters.com.",
            )
        if match is None:
            return value
        host, path = match[1], match[2] or ""
        if path.strip("/*"):
            if self._typed_field not in ADDRESS_FIELDS and "://" in value:
                # A feed without a title of its own is named by its complete address.
                return value
            raise self._error(
                f"the part “{path}” of the address cannot be compared",
                position=token.start,
                hint=f"Write source:{host} for all items of this site.",
            )
        if host != value or self._typed_field in ADDRESS_FIELDS:
            self._add_note(f"“{value}” is read as the source {host}.")
        return host

    def _add_leaves(self, count: int, token: Token) -> None:
        self._leaf_count += count
        if self._leaf_count > MAX_LEAVES:
            raise self._error(
                f"this topic has more than {MAX_LEAVES} words and phrases",
                position=token.start,
                hint="Split it into two topics.",
            )
