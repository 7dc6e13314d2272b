"""Each topic of form_cases.txt finds, or does not find, the text beside it."""

from pathlib import Path

import pytest

from watchers.item import Item
from watchers.topics import TopicIndex, parse_query


def _read_cases() -> dict[str, list[tuple[str, str, bool, str]]]:
    kinds: dict[str, list[tuple[str, str, bool, str]]] = {}
    kind = ""
    for row in Path(__file__).with_name("form_cases.txt").read_text("utf-8").splitlines():
        if row.startswith("## "):
            kind = row.removeprefix("## ")
        elif row and not row.startswith("#"):
            language, typed, verdict, text = row.split(" | ", 3)
            kinds.setdefault(kind, []).append((language, typed, verdict == "yes", text))
    return kinds


CASES = _read_cases()


@pytest.mark.parametrize("kind", CASES)
def test_a_topic_finds_exactly_the_forms_of_its_words(kind):
    wrong = []
    for language, typed, is_expected, text in CASES[kind]:
        query = parse_query(typed)
        item = Item(key="k", title=text, language=language)
        index = TopicIndex()
        index.add(1, query)
        found = query.match(item) is not None, bool(index.match(item).topic_ids)
        if found != (is_expected, is_expected):
            wrong.append((language, typed, text, found))
    assert not wrong


def test_there_are_cases_of_each_kind():
    assert len(CASES) == 9
    assert sum(map(len, CASES.values())) > 750
