"""Write watchers/text/inflections/parts/LANGUAGE.txt: the parts of compounds.

    python tools/build_compound_parts.py        (needs simplemma 2, MIT, and wordfreq 3)

A part is a dictionary word that forms at least `MIN_COMPOUNDS` other dictionary words with another word.
A head may lose the ending of its word ("Schule" in "Schulbuch", "warnen" in "Warnstreik"). The dictionaries
take 50 to 370 MB of memory per language, so Tocsin does not load them.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory
from wordfreq import zipf_frequency

from watchers.text.inflections.compounds import (
    LINKING_LETTERS,
    MARK,
    MIN_HEAD_LETTERS,
    MIN_TAIL_LETTERS,
)
from watchers.text.stems import Stems, stemming_rules

MIN_COMPOUNDS = 2
# A head of three letters is often a prefix or a chance: it must form more words.
MIN_COMPOUNDS_OF_SHORT_HEAD = 12
USUAL_LETTERS = 4
# Decimal logarithms of the occurrences in a billion words.
MIN_FREQUENCY_OF_TAIL = 2.5
MIN_FREQUENCY_OF_HEAD = 1.0
MIN_FREQUENCY_OF_LONG_TAIL = 3.3
LONG_LETTERS = 6
# Words that are mostly the ending of another one.
SUFFIXES_TEXT = (
    "schaft lunge lung keit haft heiten ster ahm nahm bare bar ungen mut loos lijk heid baar ling"
    " skap else ning het are inen lainen uus"
)
SUFFIXES = frozenset(SUFFIXES_TEXT.split())
FOLDER = Path(__file__).parents[1] / "watchers" / "text" / "inflections" / "parts"

# Endings that a word loses at the start of a compound.
LOST_ENDINGS = {"de": ("en", "e", "n"), "nl": ("en", "e"), "sv": ("a",), "da": ("e",), "nb": ("e",)}


def main() -> None:
    """Write the files of the languages in the arguments, or of all languages."""
    for language in sys.argv[1:] or LINKING_LETTERS:
        dictionary = DefaultDictionaryFactory().get_dictionary(language)
        lemmas = {lemma.lower() for lemma in dictionary.values()}
        lemmas = {lemma for lemma in lemmas if lemma.isalpha() and len(lemma) >= MIN_HEAD_LETTERS}
        parts = find_parts(lemmas, language)
        FOLDER.joinpath(f"{language}.txt").write_text("\n".join(sorted(parts)) + "\n", "utf-8")
        print(language, len(parts))


def find_parts(lemmas: set[str], language: str) -> set[str]:
    """Return the lines of a file."""
    shortened = {
        lemma.removesuffix(ending)
        for lemma in lemmas
        for ending in LOST_ENDINGS.get(language, ())
        if lemma.endswith(ending) and len(lemma) - len(ending) >= USUAL_LETTERS
    }
    if language == "fi":
        # "pakolainen" in "pakolaiskriisi".
        shortened |= {f"{lemma[:-3]}s" for lemma in lemmas if lemma.endswith("nen")}
    heads: Counter[str] = Counter()
    tails: Counter[str] = Counter()
    for word in lemmas:
        for size in range(MIN_HEAD_LETTERS, len(word) - MIN_TAIL_LETTERS + 1):
            tail = word[size:]
            if tail not in lemmas:
                continue
            for letters in LINKING_LETTERS[language]:
                head = word[:size].removesuffix(letters)
                if word[:size].endswith(letters) and (
                    head in lemmas or (head in shortened and not letters)
                ):
                    heads[head] += 1
                    tails[tail] += 1
    stem = Stems(stemming_rules(language)).query_key
    used = {
        word
        for word in lemmas - SUFFIXES
        if stem(word) not in SUFFIXES
        and (
            (
                heads[word] + tails[word] >= MIN_COMPOUNDS
                and tails[word]
                and zipf_frequency(word, language) >= MIN_FREQUENCY_OF_TAIL
            )
            or (
                # A frequent long word forms compounds, even if the dictionary has none.
                len(word) >= LONG_LETTERS
                and zipf_frequency(word, language) >= MIN_FREQUENCY_OF_LONG_TAIL
            )
        )
    }
    used_heads = {
        head
        for head, count in heads.items()
        if zipf_frequency(head, language) >= MIN_FREQUENCY_OF_HEAD
        and count >= (MIN_COMPOUNDS if len(head) >= USUAL_LETTERS else MIN_COMPOUNDS_OF_SHORT_HEAD)
    }
    long_enough = {word for word in used if len(word) >= USUAL_LETTERS}
    return {
        *(f"{head}{MARK}" for head in used_heads | long_enough),
        *(f"{MARK}{stem(word)}" for word in used),
    }


if __name__ == "__main__":
    main()
