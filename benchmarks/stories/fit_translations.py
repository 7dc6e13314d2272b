"""Fit the weights of `watchers.stories.translations`: python -m benchmarks.stories.fit_translations PATH…

Logistic regression on pairs of items in different languages of the labelled streams at PATH. Needs the
extra `languages`. Prints the weights to copy.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.stories.fit import fit
from benchmarks.stories.streams import find_streams
from tests.watchers.stories.story_stream import Labelled
from watchers.stories import Encoder, load_encoder
from watchers.stories.headline import make_headline
from watchers.stories.index import STORY_WINDOW
from watchers.stories.translations import MIN_COSINE, TranslationEvidence, TranslationIndex


def pairs(encoder: Encoder, labelled: list[Labelled]) -> tuple[np.ndarray, np.ndarray]:
    """Return the evidence of all pairs with similar headlines, and whether they are one story."""
    index = TranslationIndex(encoder)
    headlines = [make_headline(report.item) for report in labelled]
    vectors = [encoder.encode([headline.text])[0] for headline in headlines]
    rows, labels = [], []
    for number, (report, headline) in enumerate(zip(labelled, headlines, strict=True)):
        for earlier in range(number):
            age = report.received_at - labelled[earlier].received_at
            cosine = float(vectors[number] @ vectors[earlier])
            is_translation = headlines[earlier].language != headline.language
            if is_translation and age <= STORY_WINDOW and cosine >= MIN_COSINE:
                rows.append(index.evidence(headline, headlines[earlier], cosine, age))
                labels.append(labelled[earlier].story == report.story)
        index.add(headline, number + 1, report.received_at)
    return np.array(rows), np.array(labels, dtype=float)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    encoder = load_encoder()
    if encoder is None:
        parser.error("the extra `languages` is not installed")
    streams = find_streams(parser.parse_args().paths)
    xs, ys = zip(*(pairs(encoder, labelled) for labelled in streams.values()), strict=True)
    y = np.concatenate(ys)
    result = fit(np.concatenate(xs), y, np.ones(len(y)))
    for name, value in zip((*TranslationEvidence._fields, "bias"), result, strict=True):
        print(f"{name} = {value:.2f}")


if __name__ == "__main__":
    main()
