"""Stories in several languages, with the real encoder of the extra."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from watchers import Item
from watchers.stories import StoryIndex, load_encoder
from watchers.stories.headline import make_headline
from watchers.stories.translations import TranslationIndex

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def encoder():
    return load_encoder()


def report(language: str, title: str, text: str) -> Item:
    return Item(key=title, title=title, lead=text, language=language, source=f"paper-{language}")


QUAKE_OAXACA = [
    report(
        "en",
        "Earthquake of magnitude 6.8 kills 14 in Oaxaca",
        "A strong earthquake shook the Mexican state of Oaxaca and killed 14 people.",
    ),
    report(
        "es",
        "Un terremoto de magnitud 6,8 deja 14 muertos en Oaxaca",
        "Un fuerte sismo sacudió el estado mexicano de Oaxaca; hay 14 muertos.",
    ),
    report(
        "de",
        "Erdbeben der Stärke 6,8 in Oaxaca: 14 Tote",
        "Ein starkes Erdbeben hat den mexikanischen Bundesstaat Oaxaca erschüttert.",
    ),
    report(
        "ru",
        "Землетрясение магнитудой 6,8 в Оахаке унесло жизни 14 человек",
        "Сильное землетрясение произошло в мексиканском штате Оахака.",
    ),
]
QUAKE_HATAY = [
    report(
        "en",
        "Earthquake of magnitude 5.9 injures dozens in Hatay",
        "A strong earthquake shook the Turkish province of Hatay and injured 40 people.",
    ),
    report(
        "es",
        "Un terremoto de magnitud 5,9 deja decenas de heridos en Hatay",
        "Un fuerte sismo sacudió la provincia turca de Hatay; hay 40 heridos.",
    ),
    report(
        "de",
        "Erdbeben der Stärke 5,9 in Hatay: Dutzende Verletzte",
        "Ein starkes Erdbeben hat die türkische Provinz Hatay erschüttert.",
    ),
]


def assign_stories(encoder, items: list[Item]) -> list[int]:
    index = StoryIndex(encoder=encoder)
    return [
        index.assign(item, received_at=NOON + timedelta(minutes=10 * number))
        for number, item in enumerate(items)
    ]


def test_reports_of_one_event_in_four_languages_are_one_story(encoder):
    assert assign_stories(encoder, QUAKE_OAXACA) == [1, 1, 1, 1]


def test_without_an_encoder_each_language_has_its_own_story():
    assert len(set(assign_stories(None, QUAKE_OAXACA[1:]))) == 3


def test_two_earthquakes_on_one_day_are_two_stories(encoder):
    mixed = [*QUAKE_OAXACA, *QUAKE_HATAY]
    mixed.sort(key=lambda item: item.language or "")
    stories = assign_stories(encoder, mixed)
    oaxaca = {story for item, story in zip(mixed, stories, strict=True) if item in QUAKE_OAXACA}
    hatay = {story for item, story in zip(mixed, stories, strict=True) if item in QUAKE_HATAY}
    assert len(oaxaca) == len(hatay) == 1
    assert oaxaca != hatay


def test_a_later_event_with_the_same_people_is_another_story(encoder):
    first = report(
        "fr", "La ministre Odile Varenne reçoit son homologue à Paris", "Un accord a été signé."
    )
    second = report(
        "it", "La ministra Odile Varenne a Roma dal collega", "Si è parlato di difesa aerea."
    )
    index = StoryIndex(encoder=encoder)
    assert index.assign(first, received_at=NOON) != index.assign(
        second, received_at=NOON + timedelta(hours=48)
    )


def test_a_restart_does_not_change_later_stories(encoder):
    items = [*QUAKE_OAXACA, *QUAKE_HATAY]
    expected = assign_stories(encoder, items)
    moments = [NOON + timedelta(minutes=10 * number) for number in range(len(items))]
    for stop in range(1, len(items)):
        index = StoryIndex(encoder=encoder)
        index.load(zip(items[:stop], expected[:stop], moments[:stop], strict=True))
        index.prepare()
        stories = [
            index.assign(item, received_at=moment)
            for item, moment in zip(items[stop:], moments[stop:], strict=True)
        ]
        assert stories == expected[stop:]


class CountingEncoder:
    """An encoder that counts the encoded texts."""

    def __init__(self, encoder) -> None:
        self._encoder = encoder
        self.count = 0

    def encode(self, texts):
        self.count += len(texts)
        return self._encoder.encode(texts)


def test_items_in_one_language_are_not_encoded(encoder):
    counting = CountingEncoder(encoder)
    assign_stories(counting, [QUAKE_OAXACA[0], QUAKE_HATAY[0]])
    assert counting.count == 0


def test_further_copies_in_one_language_are_not_encoded(encoder):
    counting = CountingEncoder(encoder)
    index = TranslationIndex(counting)
    headline = make_headline(QUAKE_OAXACA[0])
    for _ in range(10):
        index.add(headline, 1, NOON)
    index.find(make_headline(QUAKE_OAXACA[1]), NOON)
    assert counting.count == 3


def test_the_number_of_headlines_is_bounded(encoder):
    index = TranslationIndex(CountingEncoder(encoder), max_headlines=3)
    for number, item in enumerate([*QUAKE_OAXACA, *QUAKE_HATAY]):
        index.add(make_headline(item), number, NOON)
        index.find(make_headline(QUAKE_HATAY[1]), NOON)
    story, _ = index.find(make_headline(QUAKE_OAXACA[2]), NOON)
    # The items of this event were dropped.
    assert story in {0, 4, 5, 6}
    index.drop_before(NOON + timedelta(hours=1))
    assert index.find(make_headline(QUAKE_OAXACA[2]), NOON) == (0, 0.0)


@pytest.mark.parametrize(
    ("language", "title", "numbers", "places"),
    [
        ("en", "Turkey loses 2-0; 4,000 watch in Paris", {"2-0", "4000"}, {"TR", "FR"}),
        ("de", "4.000 Menschen in Moskau, 1,75 Prozent", {"4000", "1.75"}, {"RU"}),
        ("fr", "Séisme au Mexique : 12 400 sinistrés", {"12400"}, {"MX"}),
    ],
)
def test_numbers_and_places_are_read_in_the_notation_of_the_language(
    language, title, numbers, places
):
    headline = make_headline(Item(key="1", title=title, language=language, source=""))
    assert headline.numbers == numbers
    assert headline.places == places
