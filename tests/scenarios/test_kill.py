"""`kill -9` at random moments: no alert is lost, and only messages in flight are repeated."""

import random
import time
from collections import Counter

from tests.scenarios.process import Tocsin

KILLS = 20
DOCUMENTS = 200


def test_twenty_kills_while_documents_arrive_lose_no_alert(tmp_path):
    rng = random.Random(20)
    tocsin = Tocsin(tmp_path)
    tocsin.say("/subscribe sanctions")
    tocsin.say('/subscribe "North Korea"')
    tocsin.wait_for("Following", 2)
    titles = [f"Sanctions on North Korea number {n}" for n in range(DOCUMENTS)]
    arrived: Counter[str] = Counter()

    def record_alerts() -> None:
        # Some items are of one story; the later ones are follow-ups of it.
        arrived.update(alert.removeprefix("New: ") for alert in tocsin.alerts)

    for kill in range(KILLS):
        for number in range(kill * 10, kill * 10 + 10):
            tocsin.drop(f"{number}.txt", f"{titles[number]}\n\nText of document {number}.")
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
