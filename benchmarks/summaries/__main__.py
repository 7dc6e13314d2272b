"""Compare summaries with references: ROUGE-1/2/L and milliseconds.

    python -m benchmarks.summaries [FILE.jsonl …] [--sentences 3] [--words N]

A line of a file is {"article": …, "reference": …}, optionally with "title" and "language" ("text",
"document", "summary" and "highlights" are understood as well; a list is joined). Without a file, use the
small data set beside this script: it was written for it, so it detects regressions and measures no quality.
With --words, every method takes sentences until it has N words, and is cut there. Without it, methods that
prefer long sentences have an advantage where references are long.
The ± is half of the 95 % interval of the gain over the first sentences, by paired bootstrap.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.summaries.methods import Method, clean_lead, lead, ours, peers
from benchmarks.summaries.rouge import Rouge, rouge
from watchers.text.tokens import split_words

_MOST_SENTENCES = 40
SMALL = Path(__file__).with_name("small.jsonl")
_NAMES = {
    "article": ("article", "text", "document", "body"),
    "reference": ("reference", "summary", "highlights", "abstract"),
}


@dataclass(frozen=True)
class Case:
    article: str
    reference: str
    title: str
    language: str | None


@dataclass(frozen=True)
class Measured:
    scores: list[Rouge]
    milliseconds: list[float]
    words: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--sentences", type=int, default=3)
    parser.add_argument("--words", type=int, help="as many sentences as make N words, cut there")
    options = parser.parse_args()
    for file in options.files or [SMALL]:
        cases = list(read(file))
        if not cases:
            print(f"{file}: no article with a reference in it", file=sys.stderr)
            return 2
        table(file.name, cases, options.sentences, options.words)
    return 0


def read(file: Path) -> Iterator[Case]:
    for row in map(json.loads, filter(str.strip, file.read_text("utf-8").splitlines())):
        article, reference = (_text(row, _NAMES[name]) for name in ("article", "reference"))
        if article and reference:
            yield Case(article, reference, row.get("title") or "", row.get("language"))


def _text(row: dict, names: tuple[str, ...]) -> str:
    value = next((row[name] for name in names if row.get(name)), "")
    return "\n".join(value) if isinstance(value, list) else str(value)


def table(name: str, cases: list[Case], sentences: int, words: int | None) -> None:
    print(
        f"{name}: {len(cases)} articles, {sentences} sentences{f', {words} words' if words else ''}"
    )
    print(
        f"{'':24}{'R-1':>6}{'R-2':>6}{'R-L':>6}{'words':>7}{'R-2 over lead':>19}{'ms':>7}{'p95':>7}"
    )
    methods: dict[str, Method] = {
        "lead": lead,
        "lead, cleaned": clean_lead,
        **peers(),
        "ours": ours,
    }
    base: list[Rouge] = []
    for label, method in methods.items():
        measured = measure(method, cases, sentences, words)
        base = base or measured.scores
        gain, half = gained(measured.scores, base)
        times = sorted(measured.milliseconds)
        print(
            f"{label:24}"
            + "".join(
                f"{100 * mean(measured.scores, kind):6.1f}" for kind in ("one", "two", "longest")
            )
            + f"{measured.words:7.0f}{100 * gain:+11.2f} ± {100 * half:4.2f} "
            + f"{statistics.mean(times):7.2f}{times[int(0.95 * (len(times) - 1))]:7.2f}"
        )
    print()


def measure(method: Method, cases: list[Case], sentences: int, words: int | None) -> Measured:
    scores, times, lengths = [], [], []
    method(cases[0].article, cases[0].title, cases[0].language, sentences)  # loads what it needs
    for case in cases:
        began = time.perf_counter()
        made = method(case.article, case.title, case.language, sentences)
        times.append(1000 * (time.perf_counter() - began))
        said = filled(method, case, words) if words else split_words(" ".join(made))
        lengths.append(len(said))
        scores.append(rouge(" ".join(said), case.reference))
    return Measured(scores, times, statistics.mean(lengths))


def filled(method: Method, case: Case, words: int) -> list[str]:
    """The words of as many sentences as make ``words``, cut there."""
    said: list[str] = []
    for most in range(1, _MOST_SENTENCES):
        before = said
        said = split_words(" ".join(method(case.article, case.title, case.language, most)))
        if len(said) >= words or said == before:
            break
    return said[:words]


def mean(scores: list[Rouge], kind: str) -> float:
    return statistics.mean(getattr(score, kind) for score in scores)


def gained(scores: list[Rouge], base: list[Rouge]) -> tuple[float, float]:
    """The mean gain in ROUGE-2, and half of its 95 % interval."""
    gains = [one.two - other.two for one, other in zip(scores, base, strict=True)]
    dice = random.Random(7)
    means = sorted(statistics.mean(dice.choices(gains, k=len(gains))) for _ in range(1_000))
    return statistics.mean(gains), (means[974] - means[25]) / 2


if __name__ == "__main__":
    sys.exit(main())
