"""Verify that the dashboard and the alert rules use existing metrics and labels."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
import regex

from bot.runtime.metrics import Counters
from bot.store.admin.metrics_snapshot import ChatStats, QueueStats, StoreSnapshot
from bot.web.metrics import CachedSnapshot, MetricsEndpoint, SnapshotCache

DOCS = Path(__file__).parent.parent / "docs" / "monitoring"
NAME = regex.compile(r"\b(?:tocsin|process)_\w+")
LABELS = regex.compile(r"(\w+)=~?\"([^\"]*)\"")


class SampleSnapshots:
    """A snapshot source with one value for each gauge."""

    async def newest(self):
        now = datetime(2026, 6, 1, tzinfo=UTC)
        figures = StoreSnapshot(
            sources={("feed", state): 1 for state in ("active", "failing", "dead")},
            overdue=(1, now),
            items=1,
            topics=1,
            fanout_jobs=1,
            queues={"telegram": QueueStats(1, now)},
            follow_ups=1,
            chats={"telegram": ChatStats(2, 1)},
            accounts={"telegram/1": now},
            latencies=(),
        )
        return CachedSnapshot(figures, now)


@pytest.fixture
async def printed() -> str:
    counters = Counters()
    counters.record_poll("news")
    counters.record_ingest("feed", items=1, matches=1)
    for state in ("sent", "failed"):
        counters.record_delivery("telegram", state, 1.0)
    counters.record_refusal("telegram", "rate_limited")
    for outcome in ("answered", "failed"):
        counters.record_model_request(outcome, 7)
    body, _content_type = await MetricsEndpoint(
        cast("SnapshotCache", SampleSnapshots()), counters
    ).render()
    return body.decode()


def expressions(name: str) -> list[str]:
    if name == "grafana.json":
        board = json.loads((DOCS / name).read_text())
        return [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    yaml = pytest.importorskip("yaml", reason="PyYAML reads the alert rules")
    groups = yaml.safe_load((DOCS / name).read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


@pytest.mark.parametrize("name", ["grafana.json", "alerts.yml"])
async def test_named_metrics_and_labels_are_printed(name, printed):
    named = expressions(name)
    assert len(named) >= 10
    for expression in named:
        for metric in NAME.findall(expression):
            assert regex.search(rf"^{metric}(?:\{{| )", printed, regex.MULTILINE), metric
        for label, values in LABELS.findall(expression):
            for value in values.split("|"):
                is_printed = f'{label}="{value}"' in printed or label == "job"
                assert is_printed, (expression, label, value)


async def test_every_metric_of_tocsin_is_on_the_dashboard(printed):
    dashboard = " ".join(expressions("grafana.json"))
    for metric in regex.findall(
        r"^# TYPE (tocsin_\w+) (?:counter|gauge|histogram)$", printed, regex.M
    ):
        if not metric.endswith("_created"):
            assert metric.removesuffix("_total") in dashboard


def test_dashboard_panels_do_not_overlap():
    panels = json.loads((DOCS / "grafana.json").read_text())["panels"]
    occupied: set[tuple[int, int]] = set()
    for panel in panels:
        position = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(position["x"], position["x"] + position["w"])
            for y in range(position["y"], position["y"] + position["h"])
        }
        assert not cells & occupied
        assert all(x < 24 for x, _ in cells)
        occupied |= cells
