"""A topic that is the name of a country: it stands for every name that country goes by.

``"North Korea"``, ``north korea``, ``DPRK`` and ``КНДР`` are one topic, and find Corea del Norte and
북한 too. Only a whole topic that is exactly such a name is widened, the echo says so, and
``exact:"North Korea"`` means the words as they stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from watchers.topics.leaf import LeafError, make_leaf, plain_text
from watchers.topics.names import Aliases, aliases_of
from watchers.topics.nodes import And, Form, Leaf, Node, Not, Or, Within

EXACT: Final = "exact:"
"""Before a name: the words as they stand, and no other names."""


@dataclass(frozen=True, slots=True)
class Named(Or):
    """Any name of a territory. To the engine it is an OR of its names.

    Attributes:
        name: what the territory is called in English.
    """

    name: str

    @property
    def text(self) -> str:
        """As typed: ``"north korea"``."""
        return f'"{self.name.casefold()}"'


def widened(node: Node, typed: str) -> Node:
    """``node``, or every name of the country that it is exactly one name of.

    ``typed`` is the whole topic as a person wrote it: only there the capitals of "US" are seen.
    """
    if _is_exact(typed):
        return node
    # Longer names are typed with signs that mean something here: "Antigua & Barbuda".
    aliases = _named_by(node) or (None if _excludes(node) else _aliases(typed))
    return node if aliases is None else Named(_leaves(aliases), aliases.display)


def unwidened_text(node: Node) -> str | None:
    """What must be typed for a lone name that is to stay itself; ``None`` for all other topics."""
    return f"{EXACT}{node.text}" if _named_by(node) is not None else None


def _named_by(node: Node) -> Aliases | None:
    """The country that ``node`` names, however its words were typed."""
    match node:
        case Leaf(field="", form=Form.ANY | Form.EXACT):
            return _aliases(node.text)
        case Within():
            plain = plain_text(node)
            return _aliases(plain) if plain else None
        case _:
            return None


def _excludes(node: Node) -> bool:
    """Whether something is not wanted: a minus is no hyphen of a name."""
    return isinstance(node, And) and any(isinstance(part, Not) for part in node.parts)


def _is_exact(typed: str) -> bool:
    return typed.lstrip(" (").casefold().startswith(EXACT)


def _aliases(text: str) -> Aliases | None:
    return aliases_of(text.strip(" \"'“”„«»()"))


def _leaves(aliases: Aliases) -> tuple[Node, ...]:
    """The names as leaves: inflected where they are plain, in these very letters where they are not.

    Names across languages come in the nominative; as plain words they are found in every form that
    the item's language knows.
    """
    cased = (*aliases.cased, *aliases.acronyms, *aliases.demonyms)
    forms = [(name, Form.ANY) for name in aliases.names] + [(name, Form.CASED) for name in cased]
    leaves: dict[str, Node] = {}
    for name, form in forms:
        try:
            leaf = make_leaf(name, form, "")
        except LeafError:  # a name of signs only
            continue
        leaves[leaf.text] = leaf
    return tuple(leaves[text] for text in sorted(leaves))
