"""Fit the weights of `watchers.stories.similarity`: python -m benchmarks.stories.fit PATH…

Logistic regression on pairs of items of the labelled streams at PATH and of four generated ones. Each
stream has the same total weight, and about half of the stories of a file are used. Prints the weights to copy.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from benchmarks.stories.streams import find_streams, shuffled
from tests.watchers.stories.story_stream import Labelled, stream
from watchers.stories import StoryIndex
from watchers.stories.similarity import Evidence, QueryVector

MAX_STREAM_ITEMS = 2_000


def pairs(labelled: list[Labelled]) -> tuple[np.ndarray, np.ndarray]:
    """Return the evidence of all pairs with words in common, and whether they are one story."""
    index = StoryIndex()
    numbers = {
        story: number for number, story in enumerate(dict.fromkeys(r.story for r in labelled))
    }
    earlier, rows, labels = [], [], []
    for report in labelled:
        signature = index.make_signature(report.item)
        weighted = index._weigh(signature)
        query = QueryVector(weighted)
        for other, story in earlier:
            evidence = query.evidence(other)
            if evidence is not None:
                rows.append(evidence)
                labels.append(story == report.story)
        earlier.append((weighted, report.story))
        index._advance_window(report.received_at)
        index._add(signature, weighted, numbers[report.story])
    return np.array(rows), np.array(labels, dtype=float)


def fit(x: np.ndarray, y: np.ndarray, weights: np.ndarray, penalty: float = 1.0) -> np.ndarray:
    """Return the coefficients and the constant of a logistic regression, by Newton's method."""
    mean, deviation = x.mean(0), x.std(0) + 1e-9
    z = np.hstack([(x - mean) / deviation, np.ones((len(x), 1))])
    ridge = penalty * np.eye(z.shape[1])
    ridge[-1, -1] = 0
    beta = np.zeros(z.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-np.clip(z @ beta, -30, 30)))
        gradient = z.T @ (weights * (p - y)) + ridge @ beta
        hessian = (z * (weights * p * (1 - p))[:, None]).T @ z + ridge
        step = np.linalg.solve(hessian, gradient)
        beta -= step
        if np.abs(step).max() < 1e-6:
            break
    coefficients = beta[:-1] / deviation
    return np.append(coefficients, beta[-1] - coefficients @ mean)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    streams = {
        name: [report for report in labelled if sum(report.story.encode()) % 2 == 0]
        for name, labelled in find_streams(parser.parse_args().paths).items()
    }
    streams |= {f"synthetic {seed}": stream(seed) for seed in range(101, 103)}
    xs, ys, ws = [], [], []
    for name, labelled in streams.items():
        for start in range(0, len(labelled), MAX_STREAM_ITEMS):
            part = labelled[start : start + MAX_STREAM_ITEMS]
            x, y = pairs(shuffled(part))
            print(f"{name}: {len(part)} items, {len(y)} pairs, {y.sum():.0f} of one story")
            xs.append(x)
            ys.append(y)
            ws.append(np.full(len(y), 500 / max(1, y.sum())))
    result = fit(np.concatenate(xs), np.concatenate(ys), np.concatenate(ws))
    for name, value in zip((*Evidence._fields, "bias"), result, strict=True):
        print(f"{name} = {value:.2f}")


if __name__ == "__main__":
    main()
