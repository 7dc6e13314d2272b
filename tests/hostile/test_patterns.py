"""Each pattern of the tree takes time in proportion to the text, for texts made against it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.hostile.attacks import attacks
from tests.hostile.growth import superlinear
from tests.hostile.patterns import ANCHORED, Found, patterns

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore:Possible nested set:FutureWarning"),
    pytest.mark.filterwarnings("ignore:Possible set:FutureWarning"),
]


@pytest.mark.parametrize("found", patterns(), ids=lambda found: found.where)
def test_a_pattern_is_linear(found: Found) -> None:
    for prefix, pump, tail in attacks(found.pattern):
        for name, apply in _ways(found):
            growth = superlinear(_on(found, apply, prefix, pump, tail))
            assert not growth, f"{name} on {prefix!r} + {pump!r}… + {tail!r}: {growth}"


def test_the_measure_finds_quadratic_work() -> None:
    assert superlinear(lambda size: [None for _ in range(size) for _ in range(size)])
    assert not superlinear(lambda size: [None for _ in range(100 * size)])


def test_patterns_are_collected() -> None:
    places = " ".join(found.where for found in patterns())
    for name in (
        "canonical_url._SESSION",
        "tracking._ON_HOST",
        "searching._OPTIONS",
        "lexer._SCANNER",
    ):
        assert name in places


def _ways(found: Found) -> list[tuple[str, Callable[[str | bytes], object]]]:
    pattern = found.pattern
    ways: list[tuple[str, Callable[[str | bytes], object]]] = []
    if "match" in found.methods:
        ways.append(("match", pattern.match))
    if "fullmatch" in found.methods:
        ways.append(("fullmatch", pattern.fullmatch))
    if not found.methods or found.methods - ANCHORED:
        ways.append(("finditer", lambda text: sum(1 for _ in pattern.finditer(text))))
    return ways


def _on(
    found: Found, apply: Callable[[str | bytes], object], prefix: str, pump: str, tail: str
) -> Callable[[int], object]:
    is_bytes = isinstance(found.pattern.pattern, bytes)

    def run(size: int) -> object:
        text = prefix + (pump * (size // len(pump) + 1))[:size] + tail
        return apply(text.encode("utf-8", "replace") if is_bytes else text)

    return run
