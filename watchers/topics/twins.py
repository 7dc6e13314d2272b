"""Topics that an item may match twice: who has several alternatives, and which leaves tell.

An item that meets two alternatives of a topic would report it twice. To look through all that it
reports for what is there twice would cost a tenth of a match, and in three items of four nothing is.
So leaves are filed that are in the item whenever two alternatives are met, two of them for each two
alternatives: *twins*. Only where twins are found together are the reports looked through.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, combinations
from typing import Final

from watchers.topics.normal import Condition

_MOST: Final = 8  # alternatives that are taken two by two


def twins_of(alternatives: Sequence[Condition]) -> Iterator[tuple[int, int]]:
    """Leaves, two by two; of those that meet two ``alternatives`` at once, any item holds some two.

    A leaf may stand beside itself: then it tells alone. Each is given as the one to file it under,
    and the other: later numbers are mostly rarer leaves, so there the item looks less often.
    """
    if len(alternatives) > _MOST:
        for leaf in sorted({*chain.from_iterable(one.wanted for one in alternatives)}):
            yield leaf, leaf
        return
    for one, other in combinations(alternatives, 2):
        mine = max(one.wanted - other.wanted or one.wanted)
        yours = max(other.wanted - one.wanted or other.wanted)
        yield max(mine, yours), min(mine, yours)
