"""Parse the tokens of a topic to a canonical tree, by recursive descent.

The grammar is documented in parser.py.
"""

from __future__ import annotations

from difflib import get_close_matches
from types import MappingProxyType
from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.topics import canonical
from watchers.topics.evaluate import count_steps
from watchers.topics.lexer import Kind, Token, TokenReader
from watchers.topics.names import (
    count_name_words,
    has_other_meaning,
    make_literal,
    make_name_leaf,
)
from watchers.topics.nodes import (
    DATA_FIELDS,
    Form,
    Leaf,
    LeafError,
    Near,
    Node,
    Not,
    Or,
    iter_leaves,
    make_data_leaf,
    make_leaf,
)

MAX_LEAVES: Final = 64
"""Words, phrases and values of a topic."""

# A step takes about 2 µs for an article of 1,500 words, so the limit bounds the time of one item. One
# NEAR takes 10 steps whatever its numbers and alternatives. Each NEAR around another takes a little
# more than twice as many: eight words joined by NEAR take 4,354 steps. ONEAR grows linearly: 60 words
# take 3,659 steps.
MAX_NEAR_STEPS: Final = 5_000
"""Set operations that all NEARs of a topic may take, as `evaluate.count_steps` counts them."""

_ATOMS: Final = (Kind.WORD, Kind.PHRASE, Kind.CASED, Kind.PREFIX)
_PAIR: Final = 2
_LOWER_CASE_OPERATORS: Final = ("and", "or", "not")

FIELD_ALIASES: Final = MappingProxyType(
    {
        "title": "title",
        # Google
        "intitle": "title",
        "headline": "title",
        "body": "body",
        # Google
        "intext": "body",
        "lang": "lang",
        "language": "lang",
        "source": "source",
        # Google, Talkwalker
        "site": "source",
        "domain": "source",
        "author": "author",
        "byline": "author",
        "country": "country",
        # Talkwalker
        "sourcecountry": "country",
        "tag": "tag",
        "category": "tag",
        # Not a field of an item: turns inflections off.
        "exact": "exact",
    }
)
"""Each name that may stand before a colon, including those of other services, to its field."""

_FIELD_HINTS: Final = MappingProxyType(
    {
        "allintitle": "Write title:(word word).",
        "inurl": "Addresses are not searched. Name the source instead: source:reuters.com.",
        # Meltwater
        "ingress": "The lead is searched with the text: body:word.",
        "lead": "The lead is searched with the text: body:word.",
        "text": "The text is searched with the lead: body:word.",
        "content": "Write body:word.",
        "location": "country:kr is the country of the source. For a place in the news, write a word.",
        "before": "Alerts are only about new items. Remove the date.",
        "after": "Alerts are only about new items. Remove the date.",
        "when": "Alerts are only about new items. Remove the date.",
        "filetype": "File types are not searched. Remove this field.",
        "related": "Name the sources themselves: source:(a OR b).",
        "cache": "Remove this field.",
        "http": 'To follow a site, write source:example.org. To find the words, write "quotes".',
        "https": 'To follow a site, write source:example.org. To find the words, write "quotes".',
    }
)

_FIELD_NAMES: Final = "title: body: lang: source: author: country: tag: exact:"


class GrammarParser(TokenReader):
    """A parser for one text. Use an instance only once."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._leaf_count = 0
        self._near_steps = 0
        self._field = ""
        self._exact = False
        # Each name with its typed text. Equal leaves are distinct objects here.
        self._typed_names: list[tuple[Leaf, str]] = []

    def parse(self) -> Node:
        """Return the tree of the whole text.

        Raises:
            QuerySyntaxError: where the text does not follow the grammar or exceeds a limit.
        """
        if self._is_at(Kind.END):
            raise self._error(
                "the topic is empty", hint="Write the words to watch for: north korea."
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
        first_comma: Token | None = None
        while self._is_at(Kind.OR, Kind.COMMA):
            sign = self._advance()
            if sign.kind is Kind.COMMA:
                first_comma = first_comma or sign
            parts.append(self._alternative())
        if first_comma is not None:
            self._check_list(start, first_comma)
        return canonical.make_or(parts)

    def _check_list(self, start: int, comma: Token) -> None:
        """Refuse a comma beside other operators, because it could mean AND as well as OR."""
        depth = 0
        for token in self._tokens[start : self._index]:
            depth += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
            if depth == 0 and token.kind in (Kind.AND, Kind.OR, Kind.NOT):
                raise self._error(
                    "a comma beside other operators can mean AND or OR",
                    position=comma.start,
                    hint="Write AND or OR instead of the comma, and add brackets.",
                )

    def _alternative(self) -> Node:
        """Parse plain words that stand alone, or parts joined by AND."""
        plain_node = self._plain_words()
        if plain_node is not None:
            return plain_node
        parts = [self._near()]
        while not self._is_at(Kind.END, Kind.CLOSE, Kind.OR, Kind.COMMA):
            if self._is_at(Kind.AND):
                self._advance()
            else:
                self._refuse_lower_case_operator(self._index)
            parts.append(self._near())
        return canonical.make_and(self._exclude_names(parts))

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

    def _add_near_steps(self, steps: int, sign: Token) -> None:
        self._near_steps += steps
        if self._near_steps > MAX_NEAR_STEPS:
            raise self._error(
                "this topic has too many NEARs inside one another",
                position=sign.start,
                hint="Write ONEAR if you know the order, write (a b c)~9 for words close together,"
                " or split it into two topics.",
            )

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
        raise self._atom_error()

    def _word(self) -> Leaf:
        name = self._name()
        if name is not None:
            return name
        forms = {Kind.CASED: Form.CASED, Kind.PREFIX: Form.PREFIX}
        default_form = Form.EXACT if self._exact else Form.ANY
        token = self._advance()
        return self._leaf(token, forms.get(token.kind, default_form))

    def _name(self) -> Leaf | None:
        """Parse the words here as the name of a territory, if they are one."""
        if self._exact or self._field in DATA_FIELDS or self._current.kind is not Kind.WORD:
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

    def _atom_error(self) -> QuerySyntaxError:
        kind = self._current.kind
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
        field = FIELD_ALIASES.get(token.value)
        if field is None:
            raise self._error(
                f"unknown field {token.value}:",
                position=token.start,
                hint=_unknown_field_hint(token.value),
            )
        outer = (self._field, self._exact)
        if field == "exact":
            self._exact = True
        elif self._field:
            raise self._error(
                f"{token.value}: stands inside {self._field}:",
                position=token.start,
                hint="Close the brackets of the first field before the second.",
            )
        else:
            self._field = field
        if self._current.kind not in (
            Kind.OPEN,
            *_ATOMS,
            *((Kind.FIELD,) if field == "exact" or self._current.value == "exact" else ()),
        ):
            raise self._error(
                f"{token.value}: needs a value",
                hint=f'Write {token.value}:word or {token.value}:"…".',
            )
        node = self._atom()
        self._field, self._exact = outer
        return node

    def _phrase(self) -> Node:
        token = self._advance()
        if not self._is_at(Kind.PROXIMITY):
            return self._leaf(token, Form.EXACT)
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
                continue
            if is_inner:
                self._refuse_lower_case_operator(self._index)
            leaves.append(self._word())
        if any(leaf.form is Form.NAME for leaf in leaves):
            # The order of a name and another word depends on the language: élections américaines.
            return canonical.make_proximity(
                tuple(leaves), canonical.OTHER_WORDS_PER_LEAF * len(leaves)
            )
        return canonical.implicit_query(tuple(leaves), is_phrase=is_phrase)

    def _leaf(self, token: Token, form: Form) -> Leaf:
        make = make_data_leaf if self._field in DATA_FIELDS else make_leaf
        try:
            leaf = make(token.value, form, self._field)
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

    def _add_leaves(self, count: int, token: Token) -> None:
        self._leaf_count += count
        if self._leaf_count > MAX_LEAVES:
            raise self._error(
                f"this topic has more than {MAX_LEAVES} words and phrases",
                position=token.start,
                hint="Split it into two topics.",
            )

    def _refuse_lower_case_operator(self, index: int) -> None:
        """Refuse a lower-case "or" between parts: it is more often an operator than a word."""
        token = self._tokens[index]
        if token.kind is Kind.WORD and token.value in _LOWER_CASE_OPERATORS:
            name = token.value
            raise self._error(
                f"“{name}” can be a word or an operator here",
                hint=f'Write {name.upper()} in capitals, or "{name}" in quotes for the word.',
            )


def _unknown_field_hint(name: str) -> str:
    """Return what to write instead of the unknown field ``name``."""
    if name in _FIELD_HINTS:
        return _FIELD_HINTS[name]
    close = get_close_matches(name, FIELD_ALIASES, n=1)
    suggestion = f"Did you mean {close[0]}:? " if close else ""
    return f"{suggestion}The fields are {_FIELD_NAMES}. To find the word itself, remove the colon."
