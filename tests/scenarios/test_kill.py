"""`kill -9` at random moments: nothing is missing, and at most what was in flight repeats."""

import random
import time
from collections import Counter

from tests.scenarios.process import Tocsin

KILLS = 20
DOCUMENTS = 200


def test_killed_twenty_times_while_documents_come_in_it_loses_nothing(tmp_path):
    chance = random.Random(20)
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.say('/subscribe "North Korea"')
    tocsin.wait_for("Following", 2)
    titles = [f"Sanctions on North Korea number {n}" for n in range(DOCUMENTS)]
    arrived: Counter[str] = Counter()

    def note() -> None:
        # Some of the first become one story, of which the later ones are told as what is new in it.
        arrived.update(alert.removeprefix("New: ") for alert in tocsin.alerts)

    for kill in range(KILLS):
        for place in range(kill * 10, kill * 10 + 10):
            tocsin.drop(f"{place}.txt", f"{titles[place]}\n\nText of document {place}.")
        # The moments to die at are spread over start, reading, telling and being idle.
        time.sleep(chance.uniform(0.0, 1.6))
        tocsin.kill()
        note()
        tocsin = Tocsin(tmp_path)
    assert tocsin.end() == 0
    note()
    assert set(arrived) == set(titles)
    assert arrived.total() - DOCUMENTS <= KILLS  # at most the one in flight, each time
    assert max(arrived.values()) <= 2
