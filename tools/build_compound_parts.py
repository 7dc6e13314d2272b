"""Write watchers/text/compounds/LANGUAGE.txt: the stems of words that form compounds.

    python tools/build_compound_parts.py        (needs simplemma 2, MIT, and its dictionaries)

A part is the stem of a dictionary word that forms at least `MIN_COMPOUNDS` other dictionary words with
another word. The dictionaries take 50 to 370 MB of memory per language, so Tocsin does not load them.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from simplemma.strategies.dictionaries.dictionary_factory import DefaultDictionaryFactory

from watchers.text.compounds import LINKING_LETTERS, MIN_COMPOUND_LETTERS, MIN_PART_LETTERS
from watchers.text.stems import Stems, stemming_rules

MIN_COMPOUNDS = 2
FOLDER = Path(__file__).parents[1] / "watchers" / "text" / "compounds"


def main() -> None:
    """Write the files of the languages in the arguments, or of all languages."""
    for language in sys.argv[1:] or LINKING_LETTERS:
        factory = DefaultDictionaryFactory()
        lemmas = {lemma.lower() for lemma in factory.get_dictionary(language).values()}
        lemmas = {lemma for lemma in lemmas if lemma.isalpha() and len(lemma) >= MIN_PART_LETTERS}
        parts = find_parts(lemmas, language)
        FOLDER.joinpath(f"{language}.txt").write_text("\n".join(sorted(parts)) + "\n", "utf-8")
        print(language, len(parts))


def find_parts(lemmas: set[str], language: str) -> set[str]:
    """Return the stems of the parts of many words."""
    counts: Counter[str] = Counter()
    for word in lemmas:
        if len(word) < MIN_COMPOUND_LETTERS:
            continue
        for size in range(MIN_PART_LETTERS, len(word) - MIN_PART_LETTERS + 1):
            tail = word[size:]
            if tail not in lemmas:
                continue
            heads = {word[:size].removesuffix(letters) for letters in LINKING_LETTERS[language]}
            for head in heads & lemmas:
                counts[head] += 1
                counts[tail] += 1
    stems = Stems(stemming_rules(language))
    return {stems.query_key(word) for word, count in counts.items() if count >= MIN_COMPOUNDS}


if __name__ == "__main__":
    main()
