"""Tokens to a canonical tree, by recursive descent. The grammar itself stands in grammar.py."""

from __future__ import annotations

from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.topics import canonical
from watchers.topics.evaluate import steps
from watchers.topics.fields import FIELDS, advice
from watchers.topics.leaf import LeafError, data_leaf, make_leaf, plain_topic
from watchers.topics.lexer import Kind, Token
from watchers.topics.nodes import DATA, Form, Leaf, Near, Node, Or
from watchers.topics.token_reader import TokenReader

MOST_LEAVES: Final = 64
"""Words, phrases and values of a topic."""

MAX_STEPS: Final = 5_000
"""Operations on sets of positions that all NEARs of a topic may take, as `evaluate.steps` counts them.

The number is a bound on the time of one item, about 2 µs a step for an article of 1,500 words. One NEAR
takes 10 steps whatever its numbers and alternatives, and each further NEAR around it a little more than
twice as many: eight words joined by NEAR take 4,354. An ONEAR only adds: 60 words take 3,659.
"""

_ATOMS: Final = (Kind.WORD, Kind.PHRASE, Kind.CASED, Kind.PREFIX)
_A_PAIR: Final = 2
_LOWER_OPERATORS: Final = ("and", "or", "not")


class Parser(TokenReader):
    """One text on its way to a tree; use it once."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._leaves = 0
        self._steps = 0
        self._field = ""
        self._exact = False

    def whole(self) -> Node:
        """The tree of the whole text.

        Raises:
            QuerySyntaxError: where the text leaves the grammar or its limits.
        """
        if self._is_at(Kind.END):
            raise self._error(
                "there is no topic", hint="Write the words to watch for: north korea."
            )
        node = self._query()
        if self._is_at(Kind.CLOSE):
            raise self._error(
                "this bracket closes nothing", hint="Leave it out, or open one before."
            )
        return node

    # ── Operators, from loose to tight ────────────────────────────────────────────────────────────

    def _query(self) -> Node:
        """Alternatives. A list with commas alone is a list of plain topics."""
        start = self._at
        parts = [self._alternative()]
        comma: Token | None = None
        while self._is_at(Kind.OR, Kind.COMMA):
            sign = self._take()
            if sign.kind is Kind.COMMA:
                comma = comma or sign
            parts.append(self._alternative())
        if comma is not None:
            self._check_list(start, comma)
        return canonical.any_of(parts)

    def _check_list(self, start: int, comma: Token) -> None:
        """Refuse a comma beside other operators: it could mean AND as well as OR."""
        depth = 0
        for token in self._tokens[start : self._at]:
            depth += (token.kind is Kind.OPEN) - (token.kind is Kind.CLOSE)
            if depth == 0 and token.kind in (Kind.AND, Kind.OR, Kind.NOT):
                raise self._error(
                    "a comma beside other operators can mean AND or OR",
                    at=comma.start,
                    hint="Write the one you mean instead of the comma, with brackets.",
                )

    def _alternative(self) -> Node:
        """Plain words as a person means them where they stand alone, else parts joined by AND."""
        plain = self._plain_words()
        if plain is not None:
            return plain
        parts = [self._near()]
        while not self._is_at(Kind.END, Kind.CLOSE, Kind.OR, Kind.COMMA):
            if self._is_at(Kind.AND):
                self._take()
            else:
                self._refuse_lower_operator(self._at)
            parts.append(self._near())
        return canonical.all_of(parts)

    def _near(self) -> Node:
        start = self._now
        node = self._unary()
        while self._is_at(Kind.NEAR):
            self._check_near(node, start)
            sign = self._take()
            start = self._now
            right = self._unary()
            self._check_near(right, start)
            between = int(sign.value.removeprefix("O"))
            counted = steps(node) + steps(right)
            node = canonical.near(node, right, between, ordered=sign.value.startswith("O"))
            self._count_steps(steps(node) - counted, sign)
        return node

    def _count_steps(self, count: int, sign: Token) -> None:
        self._steps += count
        if self._steps > MAX_STEPS:
            raise self._error(
                "this has too many NEARs inside one another to be matched in time",
                at=sign.start,
                hint="Write ONEAR where you know the order, (a b c)~9 for words close together,"
                " or make two topics of it.",
            )

    def _check_near(self, node: Node, token: Token) -> None:
        """NEAR is about places in the text: words, phrases, alternatives of them, another NEAR."""
        match node:
            case Leaf(field=field) if field not in DATA:
                return
            case Near():
                return
            case Or():
                for part in node.parts:
                    self._check_near(part, token)
                return
        raise self._error(
            "NEAR stands between words, phrases and (a OR b)",
            at=token.start,
            hint="Write AND for everything else.",
        )

    def _unary(self) -> Node:
        if self._is_at(Kind.AND) and self._now.value == "+":
            self._take()  # "+word": wanted, as every word is
        if not self._is_at(Kind.NOT):
            return self._atom()
        self._descend()
        self._take()
        node = canonical.none_of(self._unary())
        self._depth -= 1
        return node

    # ── Atoms ─────────────────────────────────────────────────────────────────────────────────────

    def _atom(self) -> Node:
        match self._now.kind:
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
        forms = {Kind.CASED: Form.CASED, Kind.PREFIX: Form.PREFIX}
        plain = Form.EXACT if self._exact else Form.ANY
        token = self._take()
        return self._leaf(token, forms.get(token.kind, plain))

    def _atom_error(self) -> QuerySyntaxError:
        kind = self._now.kind
        if kind is Kind.END:
            return self._error("something is missing at the end", hint="Add a word or a phrase.")
        if kind is Kind.WITHIN:
            return self._error(
                "~ follows a phrase, or brackets with words",
                hint='Write "north korea"~4; a single word needs none, all its forms are found.',
            )
        return self._error(
            f"a word or a phrase is expected here, not {kind.value}",
            hint=f'A sign that is meant as a word goes in quotes: "{self._written()}".',
        )

    def _group(self) -> Node:
        self._descend()
        opened = self._take()
        if self._is_at(Kind.CLOSE):
            raise self._error("there is nothing between these brackets", at=opened.start)
        stretch = self._is_stretch()
        found: list[Leaf] = []
        if stretch:
            while not self._is_at(Kind.CLOSE):
                found.append(self._place())
            node: Node = found[0]
        else:
            node = self._query()
        if not self._is_at(Kind.CLOSE):
            raise self._error(
                "this bracket is never closed", at=opened.start, hint="Add a ) at its end."
            )
        self._take()
        self._depth -= 1
        if stretch:
            return canonical.within(tuple(found), int(self._take().value))
        if self._is_at(Kind.WITHIN):
            raise self._error(
                "~ follows a phrase, or brackets with nothing but words side by side",
                hint="Write (north korea sanctions)~6, or NEAR between two parts.",
            )
        return node

    def _is_stretch(self) -> bool:
        """Whether the bracket just opened is closed after simple leaves and followed by ``~``."""
        at = self._at
        while self._tokens[at].kind in (*_ATOMS, Kind.FIELD):
            at += 1
        return self._tokens[at].kind is Kind.CLOSE and self._tokens[at + 1].kind is Kind.WITHIN

    def _place(self) -> Leaf:
        """A leaf with a place in the text."""
        token = self._now
        node = self._atom()
        if isinstance(node, Leaf) and node.field not in DATA:
            return node
        raise self._error("only words and phrases can stand close together", at=token.start)

    def _fielded(self) -> Node:
        token = self._take()
        field = FIELDS.get(token.value)
        if field is None:
            raise self._error(
                f"there is no field {token.value}:", at=token.start, hint=advice(token.value)
            )
        outer = (self._field, self._exact)
        if field == "exact":
            self._exact = True
        elif self._field:
            raise self._error(
                f"{token.value}: stands inside {self._field}:",
                at=token.start,
                hint="Close the brackets of the first field before the second.",
            )
        else:
            self._field = field
        if self._now.kind not in (Kind.OPEN, *_ATOMS, *((Kind.FIELD,) if field == "exact" else ())):
            raise self._error(
                f"{token.value}: needs a value",
                hint=f'Write {token.value}:word or {token.value}:"…".',
            )
        node = self._atom()
        self._field, self._exact = outer
        return node

    def _phrase(self) -> Node:
        token = self._take()
        if not self._is_at(Kind.WITHIN):
            return self._leaf(token, Form.EXACT)
        others = int(self._take().value)
        together = self._leaf(token, Form.EXACT)
        if together.field in DATA:
            raise self._error("~ is about words in the text, not about fields", at=token.start)
        self._count(len(together.words) - 1, token)
        return canonical.within(
            tuple(Leaf((word,), Form.EXACT, together.field) for word in together.words), others
        )

    def _plain_words(self) -> Node | None:
        """Two plain words or more with nothing beside them: a whole topic, or an entry of a list."""
        end = self._at
        while self._tokens[end].kind is Kind.WORD:
            end += 1
        if end - self._at < _A_PAIR:
            return None
        before = self._tokens[self._at - 1].kind if self._at else Kind.END
        after = self._tokens[end].kind
        in_list = Kind.COMMA in (before, after)
        alone = before in (Kind.END, Kind.COMMA, Kind.OPEN) and after in (
            Kind.END,
            Kind.COMMA,
            Kind.CLOSE,
        )
        if not alone or (not in_list and (before, after) != (Kind.END, Kind.END)):
            return None
        first, last = self._at, end - 1
        kept: list[Leaf] = []
        joined = True
        while self._at < end:
            inner = first < self._at < last
            if inner and self._now.value == "and":
                self._take()
                joined = False
                continue
            if inner:
                self._refuse_lower_operator(self._at)
            kept.append(self._word())
        return plain_topic(tuple(kept), joined=joined)

    def _leaf(self, token: Token, form: Form) -> Leaf:
        make = data_leaf if self._field in DATA else make_leaf
        try:
            leaf = make(token.value, form, self._field)
        except LeafError as error:
            raise self._error(error.problem, at=token.start, hint=error.hint) from None
        self._count(1, token)
        return leaf

    def _count(self, leaves: int, token: Token) -> None:
        self._leaves += leaves
        if self._leaves > MOST_LEAVES:
            raise self._error(
                f"this is more than {MOST_LEAVES} words and phrases",
                at=token.start,
                hint="Make two topics of it.",
            )

    def _refuse_lower_operator(self, at: int) -> None:
        """Between other parts a small "or" is meant as an operator more often than as a word."""
        token = self._tokens[at]
        if token.kind is Kind.WORD and token.value in _LOWER_OPERATORS:
            name = token.value
            raise self._error(
                f"“{name}” can be a word or an operator here",
                hint=f'Write {name.upper()} in capitals, or "{name}" in quotes for the word.',
            )
