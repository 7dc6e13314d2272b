import pytest

from watchers import Item
from watchers.stories.copies import find_originals, independent_sources

WIRE = (
    "A ferry with 54 people on board sank off the island of Naxos on Friday. The coast guard saved 51 "
    "passengers and is searching for three others, a spokeswoman said."
)


def report(source: str, text: str) -> Item:
    return Item(key=source + text[:9], title="Ferry sinks off Naxos", lead=text, source=source)


def test_edited_copies_of_one_text_are_one_source():
    items = [
        report("Post", WIRE),
        report("Courier", WIRE.replace("on Friday", "early on Friday")),
        report(
            "Herald", "Residents of Naxos heard a bang before the ship disappeared in the waves."
        ),
    ]
    assert find_originals(items) == [0, 0, 2]
    assert independent_sources(items) == ["Post", "Herald"]


@pytest.mark.parametrize(
    "dateline", ["(NWA) – ", "NAXOS, May 3 (NWA) - ", "Athens (NWA) — ", "NAXOS/NWA - "]
)
def test_texts_that_name_one_agency_are_one_source(dateline):
    items = [
        report("Post", "(NWA) – A ferry sank off Naxos; three people are missing."),
        report(
            "Herald", dateline + "Rescuers looked for survivors of the accident all night long."
        ),
    ]
    assert independent_sources(items) == ["Post"]


def test_a_source_with_a_copy_and_a_report_of_its_own_is_independent():
    items = [
        report("Post", WIRE),
        report("Courier", WIRE),
        report("Courier", "Our reporter spoke with the captain of the ferry in the port hospital."),
    ]
    assert independent_sources(items) == ["Post", "Courier"]


def test_short_texts_are_not_compared():
    assert find_originals([report("A", "Ferry sinks."), report("B", "Ferry sinks.")]) == [0, 1]
