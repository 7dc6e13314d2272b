"""Parse the tokens of a topic to a canonical tree, by recursive descent.

The grammar is documented in parser.py.
"""

from __future__ import annotations

from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.text.inflections.written_apart import is_compound
from watchers.topics import canonical
from watchers.topics.evaluate import count_steps
from watchers.topics.fields import FIELD_ALIASES
from watchers.topics.leaf_reader import LeafReader
from watchers.topics.lexer import Kind, Token
from watchers.topics.names import make_literal
from watchers.topics.nodes import (
    DATA_FIELDS,
    Form,
    Leaf,
    Near,
    Node,
    Not,
    Or,
    iter_leaves,
    make_leaf,
)
from watchers.topics.reading_notes import note_precedence, note_words_side_by_side

_ATOMS: Final = (Kind.WORD, Kind.PHRASE, Kind.CASED, Kind.PREFIX)
_PAIR: Final = 2
_LOWER_CASE_OPERATORS: Final = ("and", "or", "not")

_FIELD_STARTS: Final = (Kind.OPEN, *_ATOMS, Kind.URL)


class GrammarParser(LeafReader):
    """A parser for one text. Use an instance only once."""

    # The topic contains AND, OR or NEAR.
    _has_binary_operators = False
    # The last alternative consists of several parts that are joined by AND.
    _is_joined = False

    def parse(self) -> Node:
        """Return the tree of the whole text.

        Raises:
            QuerySyntaxError: where the text does not follow the grammar or exceeds a limit.
        """
        if self._is_at(Kind.END):
            raise self._error(
                "the topic is empty", hint="Write the words to watch for: north korea."
            )
        self._has_binary_operators = any(
            token.kind in (Kind.AND, Kind.OR, Kind.NEAR) and token.value != "+"
            for token in self._tokens
        )
        node = self._query()
        if self._is_at(Kind.CLOSE):
            raise self._error(
                "this bracket was never opened", hint="Remove it, or add a ( before it."
            )
        return node

    # ── Operators, from loose to tight ────────────────────────────────────────────────────────────

    def _query(self) -> Node:
        """Parse alternatives. A list with commas and no other operator is a list of topics."""
        start = self._index
        parts = [self._alternative()]
        joined = [self._is_joined]
        first_comma: Token | None = None
        has_or = False
        while self._is_at(Kind.OR, Kind.COMMA):
            sign = self._advance()
            if sign.kind is Kind.COMMA:
                first_comma = first_comma or sign
            has_or = has_or or sign.kind is Kind.OR
            parts.append(self._alternative())
            joined.append(self._is_joined)
        if first_comma is not None:
            self._check_list(start, first_comma)
        if has_or and any(joined):
            self._add_note(note_precedence(parts, joined))
        self._is_joined = False
        return canonical.make_or(parts)

    def _check_list(self, start: int, comma: Token) -> None:
        """Refuse a comma beside other operators, because it could mean AND as well as OR."""
        depth = 0
        for token in self._tokens[start : self._index]:
            depth += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
            if depth == 0 and token.kind in (Kind.AND, Kind.NOT):
                raise self._error(
                    "a comma beside other operators can mean AND or OR",
                    position=comma.start,
                    hint="Write AND or OR instead of the comma, and add brackets.",
                )

    def _alternative(self) -> Node:
        """Parse plain words that stand alone, or parts joined by AND."""
        self._is_joined = False
        plain_node = self._plain_words()
        if plain_node is not None:
            return plain_node
        part_start = self._current.start
        parts = [self._near()]
        is_joined = False
        word_runs: list[tuple[int, int]] = []
        while not self._is_at(Kind.END, Kind.CLOSE, Kind.OR, Kind.COMMA):
            is_side_by_side = not self._is_at(Kind.AND)
            if is_side_by_side:
                self._refuse_lower_case_operator(self._index)
            else:
                self._advance()
            is_joined = True
            is_word_pair = is_side_by_side and self._is_word_pair()
            first = part_start
            part_start = self._current.start
            part = self._near()
            if is_word_pair and isinstance(part, Leaf) and isinstance(parts[-1], Leaf):
                if word_runs and word_runs[-1][1] > first:
                    first = word_runs.pop()[0]
                word_runs.append((first, self._tokens[self._index - 1].end))
            field = canonical.single_value_field(part)
            if is_side_by_side and field and field == canonical.single_value_field(parts[-1]):
                parts[-1] = canonical.make_or((parts[-1], part))
                self._add_note(f"{field}: twice side by side means either of the two.")
            else:
                parts.append(part)
        self._is_joined = is_joined
        for start, end in word_runs:
            self._add_note(note_words_side_by_side(self._text[start:end]))
        return canonical.make_and(self._exclude_names(parts))

    def _is_word_pair(self) -> bool:
        """Return True between two plain words of a topic with operators."""
        return (
            self._has_binary_operators
            and not self._field
            and self._is_at(Kind.WORD)
            and self._tokens[self._index - 1].kind is Kind.WORD
        )

    def _exclude_names(self, parts: list[Node]) -> list[Node]:
        """Return the parts with each excluded name of a required territory as a literal.

        ``"north korea" -DVRK`` excludes this name of North Korea, and not North Korea.
        """
        wanted = {
            leaf.text for part in parts if not isinstance(part, Not) for leaf in iter_leaves(part)
        }
        return [
            self._exclude_name(part) if isinstance(part, Not) and part.part.text in wanted else part
            for part in parts
        ]

    def _exclude_name(self, part: Not) -> Not:
        name = part.part
        if not isinstance(name, Leaf) or name.form is not Form.NAME:
            return part
        text = next((text for leaf, text in self._typed_names if leaf is name), name.text)
        typed = make_leaf(text, Form.EXACT, name.field)
        return part if typed.words == name.words else Not(make_literal(typed))

    def _near(self) -> Node:
        start = self._current
        node = self._unary()
        while self._is_at(Kind.NEAR):
            self._check_near(node, start)
            sign = self._advance()
            start = self._current
            right = self._unary()
            self._check_near(right, start)
            max_gap = int(sign.value.removeprefix("O"))
            steps_before = count_steps(node) + count_steps(right)
            node = canonical.make_near(node, right, max_gap, ordered=sign.value.startswith("O"))
            self._add_near_steps(count_steps(node) - steps_before, sign)
        return node

    def _check_near(self, node: Node, token: Token) -> None:
        """Refuse parts without a position in the text.

        NEAR accepts words, phrases, alternatives of these, and another NEAR.
        """
        match node:
            case Leaf(field=field) if field not in DATA_FIELDS:
                return
            case Near():
                return
            case Or():
                for part in node.parts:
                    self._check_near(part, token)
                return
        raise self._error(
            "NEAR accepts only words, phrases and (a OR b)",
            position=token.start,
            hint="Write AND instead of NEAR.",
        )

    def _unary(self) -> Node:
        if self._is_at(Kind.AND) and self._current.value == "+":
            # "+word" requires the word. Every word is required, so the sign changes nothing.
            self._advance()
        if not self._is_at(Kind.NOT):
            return self._atom()
        self._descend()
        self._advance()
        node = canonical.make_not(self._unary())
        self._depth -= 1
        return node

    # ── Atoms ─────────────────────────────────────────────────────────────────────────────────────

    def _atom(self) -> Node:
        match self._current.kind:
            case Kind.OPEN:
                return self._group()
            case Kind.FIELD:
                return self._fielded()
            case Kind.PHRASE:
                return self._phrase()
            case Kind.WORD | Kind.PREFIX | Kind.CASED:
                return self._word()
            case Kind.URL if self._field == "source":
                return self._leaf(self._advance(), Form.EXACT)
        raise self._atom_error()

    def _word(self) -> Leaf:
        name = self._name()
        if name is not None:
            return name
        forms = {Kind.CASED: Form.CASED, Kind.PREFIX: Form.PREFIX}
        default_form = Form.CASED if self._cased else Form.EXACT if self._exact else Form.ANY
        token = self._advance()
        return self._leaf(token, forms.get(token.kind, default_form))

    def _atom_error(self) -> QuerySyntaxError:
        kind = self._current.kind
        if kind is Kind.URL:
            return self._error(
                "a web address cannot be a topic",
                hint='To follow a site, write source:example.org. To find the words, write "quotes".',
            )
        if kind is Kind.END:
            return self._error("something is missing at the end", hint="Add a word or a phrase.")
        if kind is Kind.PROXIMITY:
            return self._error(
                "~ must follow a phrase, or brackets with words",
                hint='Write "north korea"~4. A single word needs no ~: all its forms are found.',
            )
        return self._error(
            f"a word or a phrase must stand here, not {kind.value}",
            hint=f'To search for this sign as a word, put it in quotes: "{self._current_text()}".',
        )

    def _group(self) -> Node:
        self._descend()
        opening = self._advance()
        if self._is_at(Kind.CLOSE):
            raise self._error("these brackets are empty", position=opening.start)
        is_proximity = self._is_proximity()
        leaves: list[Leaf] = []
        if is_proximity:
            while not self._is_at(Kind.CLOSE):
                leaves.append(self._text_leaf())
            node: Node = leaves[0]
        else:
            node = self._query()
        if not self._is_at(Kind.CLOSE):
            raise self._error(
                "this bracket is never closed", position=opening.start, hint="Add a ) at its end."
            )
        self._advance()
        self._depth -= 1
        if is_proximity:
            return canonical.make_proximity(tuple(leaves), int(self._advance().value))
        if self._is_at(Kind.PROXIMITY):
            raise self._error(
                "~ must follow a phrase, or brackets that contain only words side by side",
                hint="Write (north korea sanctions)~6, or NEAR between two parts.",
            )
        return node

    def _is_proximity(self) -> bool:
        """Return True if the open bracket contains only simple leaves and ``~`` follows it."""
        index = self._index
        while self._tokens[index].kind in (*_ATOMS, Kind.FIELD):
            index += 1
        return (
            self._tokens[index].kind is Kind.CLOSE
            and self._tokens[index + 1].kind is Kind.PROXIMITY
        )

    def _text_leaf(self) -> Leaf:
        """Parse a leaf that has a position in the text."""
        token = self._current
        node = self._atom()
        if isinstance(node, Leaf) and node.field not in DATA_FIELDS:
            return node
        raise self._error("only words and phrases can stand close together", position=token.start)

    def _fielded(self) -> Node:
        token = self._advance()
        field = FIELD_ALIASES[token.value]
        outer = (self._field, self._typed_field, self._exact, self._cased)
        is_scope = field in ("exact", "cased")
        if is_scope:
            self._exact, self._cased = field == "exact", field == "cased"
        elif self._field:
            raise self._error(
                f"{token.value}: stands inside {self._field}:",
                position=token.start,
                hint="Close the brackets of the first field before the second.",
            )
        else:
            self._field, self._typed_field = field, token.value
        if not self._is_at(
            *_FIELD_STARTS,
            *((Kind.FIELD,) if is_scope or self._current.value == "exact" else ()),
        ):
            raise self._error(
                f"{token.value}: needs a value",
                hint=f'Write {token.value}:word or {token.value}:"…".',
            )
        node = self._atom()
        self._field, self._typed_field, self._exact, self._cased = outer
        return node

    def _phrase(self) -> Node:
        token = self._advance()
        if "*" in token.value and self._field not in DATA_FIELDS and not self._cased:
            return self._phrase_with_prefixes(token)
        if not self._is_at(Kind.PROXIMITY):
            return self._leaf(token, Form.CASED if self._cased else Form.EXACT)
        max_other_words = int(self._advance().value)
        phrase = self._leaf(token, Form.EXACT)
        if phrase.field in DATA_FIELDS:
            raise self._error(
                "~ applies to words in the text, not to this field", position=token.start
            )
        self._add_leaves(len(phrase.words) - 1, token)
        return canonical.make_proximity(
            tuple(Leaf((word,), Form.EXACT, phrase.field) for word in phrase.words),
            max_other_words,
        )

    def _plain_words(self) -> Node | None:
        """Parse two or more plain words that are a whole topic, or a whole entry of a list."""
        end = self._index
        while self._tokens[end].kind is Kind.WORD:
            end += 1
        if end - self._index < _PAIR:
            return None
        before = self._tokens[self._index - 1].kind if self._index else Kind.END
        after = self._tokens[end].kind
        in_list = Kind.COMMA in (before, after)
        alone = before in (Kind.END, Kind.COMMA, Kind.OPEN) and after in (
            Kind.END,
            Kind.COMMA,
            Kind.CLOSE,
        )
        if not alone or (not in_list and (before, after) != (Kind.END, Kind.END)):
            return None
        first, last = self._index, end - 1
        leaves: list[Leaf] = []
        is_phrase = True
        while self._index < end:
            is_inner = first < self._index < last
            if is_inner and self._current.value == "and":
                self._advance()
                is_phrase = False
                self._add_note(
                    "The words beside “and” must stand close together. For both anywhere, write AND."
                )
                continue
            if is_inner:
                self._refuse_lower_case_operator(self._index)
            leaves.append(self._compound(end) if end - first > _PAIR else self._word())
        if any(leaf.form is Form.NAME for leaf in leaves):
            # The order of a name and another word depends on the language: élections américaines.
            return canonical.make_proximity(
                tuple(leaves), canonical.OTHER_WORDS_PER_LEAF * len(leaves)
            )
        return canonical.implicit_query(tuple(leaves), is_phrase=is_phrase)

    def _compound(self, end: int) -> Leaf:
        """Parse a compound that is typed as two words before ``end``, or one word."""
        first, second = self._tokens[self._index : self._index + _PAIR]
        is_pair = self._index + 1 < end and not self._exact and not self._cased
        if not is_pair or not is_compound(first.value.lower(), second.value.lower()):
            return self._word()
        self._advance()
        token = self._advance()
        value = f"{first.value} {second.value}"
        return self._leaf(Token(Kind.WORD, value, first.start, token.end), Form.ANY)

    def _refuse_lower_case_operator(self, index: int) -> None:
        """Refuse a lower-case "or" between parts: it is more often an operator than a word."""
        token = self._tokens[index]
        if token.kind is Kind.WORD and token.value in _LOWER_CASE_OPERATORS:
            name = token.value
            raise self._error(
                f"“{name}” can be a word or an operator here",
                hint=f'Write {name.upper()} in capitals, or "{name}" in quotes for the word.',
            )
