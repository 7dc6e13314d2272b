"""`kill -9` at random moments: no alert is lost, and only messages in flight are repeated."""

import random
import time
from collections import Counter

from tests.scenarios.process import Tocsin

KILLS = 20
DOCUMENTS = 200


def make_names(rng: random.Random) -> tuple[str, str, str]:
    """Return three names that no other document has."""
    first, second, third = (
        "".join(rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(4)).capitalize()
        for _ in range(3)
    )
    return first, second, third


def test_twenty_kills_while_documents_arrive_lose_no_alert(tmp_path):
    rng = random.Random(20)
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.say('/subscribe "North Korea"')
    tocsin.wait_for("Following", 2)
    # Each document is a story of its own: other people, another firm.
    names = [make_names(rng) for _ in range(DOCUMENTS)]
    titles = [f"{first} of {second} under sanctions" for first, second, _ in names]
    arrived: Counter[str] = Counter()

    def record_alerts() -> None:
        # Some items are of one story; the later ones are follow-ups of it.
        arrived.update(alert.removeprefix("New: ") for alert in tocsin.alerts)

    for kill in range(KILLS):
        for number in range(kill * 10, kill * 10 + 10):
            first, second, third = names[number]
            text = f"The firm {first} of {second} traded with North Korea, said {third} of {first}."
            tocsin.drop(f"{number}.txt", f"{titles[number]}\n\n{text}")
        # The kills are spread over start, scan, send and idle time.
        time.sleep(rng.uniform(0.0, 1.6))
        tocsin.kill()
        record_alerts()
        tocsin = Tocsin(tmp_path)
    assert tocsin.end() == 0
    record_alerts()
    assert set(arrived) == set(titles)
    assert arrived.total() - DOCUMENTS <= KILLS  # at most the one in flight, each time
    assert max(arrived.values()) <= 2
