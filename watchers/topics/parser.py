"""Parse the text of a topic to a `Query`: `parse_query`.

    text ──lexer.py──► tokens ──grammar.py──► canonical tree ──► Query

The topic language::

    query   := and ((OR | "|" | ",") and)*
    and     := near ((AND | "&")? near)*              side by side means AND
    near    := unary ((NEAR | ONEAR)("/"n)? unary)*   at most n words between, 4 by default
    unary   := (NOT | "-" | "!") unary | atom
    atom    := "(" query ")" ("~"n)? | FIELD ":" atom
             | "phrase" ("~"n)? | ="Phrase" | word | word*
    FIELD   := title body lang source(=site) author country tag exact

Operators are written in capitals. ``missile`` finds every inflection in the language of the item,
``"missile"`` only this form, ``="US"`` only these letters in this case, ``sanct*`` every word with
this prefix. Everywhere else case and accents are ignored. ``(a b c)~6`` finds the three words close
together with at most six other words among them, ``"a b"~6`` the same without inflections.

Plain words without an operator
    ``north korea`` typed alone is a topic, not a formula. Two words are a phrase, in any form: an AND
    would match every long article that has "white" in one place and "house" in another. Three or more
    words must all stand close together in any order, with at most two other words per word among
    them: "sanctions on North Korea" matches ``north korea sanctions``. A comma makes a list of such
    topics: ``iran, north korea``. With an operator, bracket, quote or field, side by side means AND.
    The description of a query shows which of the two applies.

The name of a country
    stands for all of its names in every language, with its demonyms, wherever it is a whole word or
    phrase of the topic: ``"North Korea" AND missile``, ``US election``. ``exact:"North Korea"`` finds
    only these words, and ``"North Korea" -DVRK`` excludes one of the names.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.topics import canonical
from watchers.topics.grammar import GrammarParser
from watchers.topics.names import make_name_leaf
from watchers.topics.nodes import And, Form, Leaf, Node, Not, Or
from watchers.topics.query import Query

# A minus before a word excludes it; a hyphen stands between two letters.
_NEGATION: Final = re.compile(r"(?:^|\s)[-!]")

MAX_TOPIC_CHARS: Final = 2_000
"""Characters of a topic."""

# The commonest words of languages with much news that are not also content words of another one.
_FUNCTION_WORDS: Final = (
    "a an the of and or not in to for on with at from by as is are was were be been has have had "
    "will would can could it its he she they we you i his her their this that these those but "
    "if than then there what which who when where why how "
    "der das und ist nicht ein eine einer mit von für auf dem des sich "
    "le la les des du un une et est dans pour sur avec que qui ne pas "
    "el los las y en por con para del se su lo os um uma do da dos das não com "
    "il gli di che è per een het van op te och att det som av og på "
    "и в на с не по что из за для от к о у та що"
)


def parse_query(text: str) -> Query:
    """Parse a topic as users type it.

    Every query that is returned parses back: ``parse_query(str(query)) == query``. The store keeps
    only ``str(query)``, so a topic that does not parse back could never be matched again.

    Raises:
        QuerySyntaxError: with ``.position`` and a ``.hint``.
    """
    node, notes = _parse(text)
    query = Query(node, notes)
    # A canonical text is its own canonical form, so stored topics are parsed only once.
    if query.text != text:
        _check_parses_back(query, text)
    return query


def parse_node(text: str) -> Node:
    """Return the canonical tree of ``text``.

    Raises:
        QuerySyntaxError: with the position of the problem and a hint what to write instead.
    """
    return _parse(text)[0]


def _parse(text: str) -> tuple[Node, tuple[str, ...]]:
    """Return the canonical tree of ``text`` and the notes about it."""
    if len(text) > MAX_TOPIC_CHARS:
        raise QuerySyntaxError(
            f"the topic has {len(text):,} characters, and the maximum is {MAX_TOPIC_CHARS:,}",
            text=text,
            position=MAX_TOPIC_CHARS,
            hint="Split it into two topics.",
        )
    name = _parse_whole_name(text)
    if name is not None:
        return name, ()
    parser = GrammarParser(text)
    node = parser.parse()
    if canonical.contradicts_itself(node):
        raise QuerySyntaxError(
            "the topic both requires and excludes the same words",
            text=text,
            position=0,
            hint="No item can match. Remove one of the two.",
        )
    if not canonical.is_anchored(node):
        raise QuerySyntaxError(
            "the topic only excludes words, so nearly every item would match",
            text=text,
            position=0,
            hint="Add something to find, at least a language or a source: lang:en -football.",
        )
    _check_content_word(node, text)
    return node, tuple(parser.notes)


def _check_content_word(node: Node, text: str) -> None:
    """Refuse a topic that a function word alone satisfies, which nearly every item contains.

    Raises:
        QuerySyntaxError: with the word.
    """
    word = _find_function_word(node)
    # A single letter in a longer topic is more often a placeholder or a name: vitamin A.
    if not word or (len(word) == 1 and word != text.strip().casefold()):
        return
    raise QuerySyntaxError(
        f"“{word}” occurs in nearly every item",
        text=text,
        position=0,
        hint="Write the words that the news is about: north korea."
        f" For a name in capitals, write {word.upper()}.",
    )


def _find_function_word(node: Node) -> str:
    """Return a function word that satisfies the node, or ""."""
    match node:
        case Leaf(words=(word,), form=Form.ANY | Form.EXACT, field="" | "body"):
            return word if word in _function_words() else ""
        case Or():
            return next(filter(None, map(_find_function_word, node.parts)), "")
        case And():
            found = [_find_function_word(part) for part in node.parts if not isinstance(part, Not)]
            return found[0] if found and all(found) else ""
        case _:
            return ""


@cache
def _function_words() -> frozenset[str]:
    return frozenset(_FUNCTION_WORDS.split())


def _parse_whole_name(text: str) -> Leaf | None:
    """Return the leaf of a name with an operator in it, such as "Antigua & Barbuda"."""
    typed = text.strip()
    has_operator = any(sign in typed for sign in "&.") and not _NEGATION.search(typed)
    return make_name_leaf(typed, "") if has_operator else None


def _check_parses_back(query: Query, typed: str) -> None:
    """Refuse a query whose canonical text exceeds a limit or has another meaning.

    Raises:
        QuerySyntaxError: about ``typed``.
    """
    if len(query.text) > MAX_TOPIC_CHARS:
        raise QuerySyntaxError(
            f"the topic has {len(query.text):,} characters with every operator written out, and"
            f" the maximum is {MAX_TOPIC_CHARS:,}",
            text=typed,
            position=0,
            hint="Split it into two topics.",
        )
    try:
        node = parse_node(query.text)
    except QuerySyntaxError as error:
        raise QuerySyntaxError(
            f"with every operator written out, {error.problem}",
            text=typed,
            position=0,
            hint=error.hint or "Split it into two topics.",
        ) from error
    if node != query.node:
        raise QuerySyntaxError(
            "the topic has another meaning with every operator written out",
            text=typed,
            position=0,
            hint="Put brackets around its parts, or split it into two topics.",
        )
