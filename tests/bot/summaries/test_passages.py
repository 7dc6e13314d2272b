import pytest

from bot.summaries.passages import passages

STORY = "The harbour of Lumara reopened on Monday after a storm that lasted for nine days."


def texts(text: str, title: str = "", language: str | None = "en") -> list[str]:
    return [passage.text for passage in passages(text, title, language)]


@pytest.mark.parametrize(
    "line",
    [
        "Photo: Ana Kos / Harbour Press",
        "Image credit: Getty Images",
        "Waves at the pier. (AP Photo/Jo Lin)",
        "A boat leaves the harbour. REUTERS/Jo Lin / Getty Images",
        "Foto: Jan Maler",
        "写真：港の様子",
        "By Ana Kos",
        "By Ana Kos and Jo Lin, Harbour Press",
        "Von Jan Maler",
        "Reporting by Ana Kos; Editing by Jo Lin",
        "Published 19 June 2024",
        "Last updated: 19.06.2024 10:30",
        "June 19, 2024",
        "3 hours ago",
        "5 min read",
        "We use cookies to give you the best experience. Accept all cookies or manage your settings.",
        "Read more: The storm in pictures",
        "Share this article",
        "Subscribe to read the full article. Already a subscriber? Log in.",
        "Already a subscriber? Sign in",
        "This story is available to subscribers only.",
        "To continue reading, choose a plan.",
        "Abonnez-vous pour lire la suite",
        "Advertisement",
        "* * *",
        "This article was originally published by Harbour Press.",
    ],
)
def test_what_belongs_to_the_page_is_no_sentence_of_the_story(line):
    assert texts(f"{line}\n{STORY}") == [STORY]


@pytest.mark.parametrize(
    "line",
    [
        "By Monday evening, all ferries had left the port.",
        "Photo archives of the town were lost in the flood.",
        "Subscribers of the paper got a calendar.",
        "Already, a member of the council has left.",
        "The baker sold cookies to the sailors and kept the rest.",
        "Published in 1911, the atlas shows the old harbour.",
        "May 2024 was the wettest month since records began, the service said.",
        "Von der Leyen reiste am Montag nach Lumara.",
        "Share prices of the shipping line fell by a tenth.",
    ],
)
def test_a_sentence_that_looks_a_little_like_it_stays(line):
    assert texts(f"{line}\n{STORY}") == [line, STORY]


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        (f"LUMARA, June 19 (Reuters) - {STORY}", STORY),
        (f"Lumara (dpa) – {STORY}", STORY),
        (f"ЛУМАРА, 5 мая. /ТАСС/. {STORY}", STORY),
        (f"LUMARA — {STORY}", STORY),
    ],
)
def test_a_dateline_is_left_out_of_its_sentence(line, kept):
    assert texts(line) == [kept]


@pytest.mark.parametrize(
    ("text", "language", "many"),
    [
        ("“It is over. We lost. We go,” said the captain. The ship left.", "en", 2),
        ("He met Dr. Lin of the U.S. Navy at 3.30 p.m. on Jan. 5. It rained.", "en", 2),
        ("M. Dupont est arrivé lundi. Il pleuvait.", "fr", 2),
        ("Am 5. Juni folgt die Wahl. Danach ist Ruhe.", "de", 2),
        ("12 січ. 2024 р. вийшов указ. Його підписали.", "uk", 2),
        ("船長は「これは終わりだ。負けた。」と述べた。船は出た。", "ja", 2),
        ("总统说：“这是结束。我们走。”他离开了。", "zh", 2),
    ],
)
def test_quotations_and_abbreviations_stay_whole(text, language, many):
    assert len(texts(text, language=language)) == many


def test_the_title_is_not_told_again():
    assert texts(f"Harbour reopens\n{STORY}", "Harbour reopens") == [STORY]


def test_a_title_that_is_the_articles_first_sentence_stays_in_it():
    assert texts(f"{STORY}\nFerries sail again.", STORY) == [STORY, "Ferries sail again."]


def test_a_heading_is_marked_as_one():
    found = passages(f"What happens next\n{STORY}", "", "en")
    assert [passage.aside for passage in found] == [True, False]


def test_a_passage_without_end_is_cut():
    found = texts("harbour " * 2_000)
    assert max(map(len, found)) <= 700
    assert len(found) > 10
