"""What dashboards and alert rules name is what /metrics prints."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import regex

from bot.store.figures import Figures, Queue, Reached
from bot.web.counters import Counters
from bot.web.metrics import Metrics
from bot.web.readings import Reading

DOCS = Path(__file__).parent.parent / "docs" / "monitoring"
NAME = regex.compile(r"\b(?:tocsin|process)_\w+")
LABELS = regex.compile(r"(\w+)=~?\"([^\"]*)\"")


class Once:
    """A store that has one of everything."""

    async def newest(self):
        now = datetime(2026, 6, 1, tzinfo=UTC)
        figures = Figures(
            sources={("feed", state): 1 for state in ("active", "failing", "dead")},
            overdue=(1, now),
            items=1,
            topics=1,
            fanouts=1,
            queues={"telegram": Queue(1, now)},
            follow_ups=1,
            chats={"telegram": Reached(2, 1)},
            accounts={"telegram/1": now},
            latencies=(),
        )
        return Reading(figures, now)


@pytest.fixture
async def printed() -> str:
    counters = Counters()
    counters.fetched("news")
    counters.ingested("feed", items=1, matches=1)
    for state in ("sent", "failed"):
        counters.settled("telegram", state, 1.0)
    counters.refused("telegram", "retry_later")
    for outcome in ("answered", "failed"):
        counters.asked_model(outcome, 7)
    return (await Metrics(Once(), counters).metrics(None)).body.decode()


def expressions(name: str) -> list[str]:
    if name == "grafana.json":
        board = json.loads((DOCS / name).read_text())
        return [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    yaml = pytest.importorskip("yaml", reason="PyYAML reads the alert rules")
    groups = yaml.safe_load((DOCS / name).read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yml"])
async def test_every_metric_and_label_that_is_named_is_printed(name, printed):
    found = expressions(name)
    assert len(found) >= 10
    for expression in found:
        for metric in NAME.findall(expression):
            assert regex.search(rf"^{metric}(?:\{{| )", printed, regex.MULTILINE), metric
        for label, values in LABELS.findall(expression):
            for value in values.split("|"):
                known = f'{label}="{value}"' in printed or label == "job"
                assert known, (expression, label, value)


async def test_every_metric_of_ours_is_on_the_dashboard(printed):
    shown = " ".join(expressions("grafana.json"))
    for metric in regex.findall(
        r"^# TYPE (tocsin_\w+) (?:counter|gauge|histogram)$", printed, regex.M
    ):
        if not metric.endswith("_created"):
            assert metric.removesuffix("_total") in shown


def test_no_two_panels_lie_upon_each_other():
    panels = json.loads((DOCS / "grafana.json").read_text())["panels"]
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken
        assert all(x < 24 for x, _ in cells)
        taken |= cells
