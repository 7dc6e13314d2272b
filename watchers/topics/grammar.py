"""The topic language: what people type, as a canonical tree.

    query   := and ((OR | "|" | ",") and)*
    and     := near ((AND | "&")? near)*              side by side means AND
    near    := unary ((NEAR | ONEAR)("/"n)? unary)*   at most n words between, 4 by default
    unary   := (NOT | "-" | "!") unary | atom
    atom    := "(" query ")" ("~"n)? | FIELD ":" atom
             | "phrase" ("~"n)? | ="Phrase" | word | word*
    FIELD   := title body lang source(=site) author country tag exact

Operators are written in capitals. ``missile`` finds every inflection in the item's language,
``"missile"`` only that form, ``="US"`` only these letters in this case, ``sanct*`` every word that
begins so; case and accents matter nowhere else. ``(a b c)~6`` finds the three in one stretch of
text with at most six other words, ``"a b"~6`` the same without inflections.

Plain words without any sign
    ``north korea`` typed alone is what a person calls a topic, not a formula. Two words stand for
    the phrase, inflected: an AND would ring for every long article that holds "white" somewhere and
    "house" elsewhere. Three words and more stand for all of them close together in any order, with
    at most two other words a word among them: "sanctions on North Korea" for ``north korea
    sanctions``. A comma makes a list of such topics: ``iran, north korea``. As soon as an operator,
    bracket, quote or field is there, side by side means AND; and the echo of
    :meth:`Query.explain` says which it was.

A country's name
    typed alone stands for all of its names, in every language; ``exact:"North Korea"`` does not.
"""

from __future__ import annotations

from typing import Final

from watchers.errors import QuerySyntaxError
from watchers.topics import canonical
from watchers.topics.named import widened
from watchers.topics.nodes import Node
from watchers.topics.parser import Parser

LONGEST: Final = 2_000
"""Characters of a topic."""


def parse(text: str) -> Node:
    """The canonical tree of ``text``.

    Raises:
        QuerySyntaxError: with the position, what is wrong there and what to write instead.
    """
    if len(text) > LONGEST:
        raise QuerySyntaxError(
            f"the topic has {len(text):,} characters, and the most is {LONGEST:,}",
            text=text,
            position=LONGEST,
            hint="Make two topics of it.",
        )
    node = Parser(text).whole()
    if canonical.contradicts_itself(node):
        raise QuerySyntaxError(
            "this wants a thing and leaves it out",
            text=text,
            position=0,
            hint="Nothing can match it; drop one of the two.",
        )
    if not canonical.is_anchored(node):
        raise QuerySyntaxError(
            "this says only what to leave out, so nearly every item would match",
            text=text,
            position=0,
            hint="Add what you want, at least a language or a source: lang:en -football.",
        )
    return widened(node, text)
