"""Each regular expression of the code takes linear time for texts built against it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hostile.attacks import attacks
from tests.hostile.growth import superlinear
from tests.hostile.patterns import ANCHORED, AppliedPattern, patterns

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning"),
    pytest.mark.filterwarnings("ignore:Possible set:FutureWarning"),
]


@pytest.mark.slow
@pytest.mark.parametrize("applied", patterns(), ids=lambda applied: applied.place)
def test_a_pattern_is_linear(applied: AppliedPattern) -> None:
    for prefix, pump, tail in attacks(applied.pattern):
        for method, apply in _methods(applied):
            growth = superlinear(_run_on(applied, apply, prefix, pump, tail))
            assert not growth, f"{method} on {prefix!r} + {pump!r}… + {tail!r}: {growth}"


@pytest.mark.slow
def test_quadratic_work_is_detected() -> None:
    assert superlinear(lambda size: [None for _ in range(size) for _ in range(size)])
    assert not superlinear(lambda size: [None for _ in range(100 * size)])


def test_patterns_are_collected() -> None:
    places = [applied.place for applied in patterns()]
    assert "watchers.sources.canonical_url._SESSION_ID" in places
    # Patterns in a table have the name of the table.
    assert "watchers.sources.canonical_url._TRACKING_ON_HOST" in places
    # A pattern that is compiled on first use is collected like the others.
    assert "watchers.text.access_barriers._PAYWALL" in places
    for module in ("bot.conversation.commands.search", "watchers.topics.lexer"):
        assert any(place.startswith(f"{module}.") for place in places), module


def _methods(applied: AppliedPattern) -> list[tuple[str, Callable[[str | bytes], object]]]:
    pattern = applied.pattern
    methods: list[tuple[str, Callable[[str | bytes], object]]] = []
    if "match" in applied.methods:
        methods.append(("match", pattern.match))
    if "fullmatch" in applied.methods:
        methods.append(("fullmatch", pattern.fullmatch))
    if not applied.methods or applied.methods - ANCHORED:
        methods.append(("finditer", lambda text: sum(1 for _ in pattern.finditer(text))))
    return methods


def _run_on(
    applied: AppliedPattern,
    apply: Callable[[str | bytes], object],
    prefix: str,
    pump: str,
    tail: str,
) -> Callable[[int], object]:
    is_bytes = isinstance(applied.pattern.pattern, bytes)

    def run(size: int) -> object:
        text = prefix + (pump * (size // len(pump) + 1))[:size] + tail
        return apply(text.encode("utf-8", "replace") if is_bytes else text)

    return run
