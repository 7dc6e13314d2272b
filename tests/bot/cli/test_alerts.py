import json

import pytest
from sqlalchemy.engine import make_url

from bot.cli.alerts import alerts
from bot.errors import MessageRejected
from bot.settings import Settings
from tests.bot.delivery.test_outcomes import fail_with, queue_alerts

pytestmark = pytest.mark.process


def _settings(world) -> Settings:
    plain = make_url(world.database.url)
    kind = "sqlite" if world.database.is_sqlite else "postgresql"
    address = plain.set(drivername=kind).render_as_string(hide_password=False)
    return Settings(database_url=address)


async def test_what_did_not_arrive_is_listed_with_its_reason(world, capsys):
    await queue_alerts(world, 3)
    world.chat.fail = fail_with(
        MessageRejected("can't parse"), MessageRejected("message is too long")
    )
    await world.deliver()
    capsys.readouterr()  # the log
    assert await alerts(_settings(world), failed=True, most=10, as_json=False) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("failed")
    assert "fake/you  Sanctions 0: message is too long" in line
    assert await alerts(_settings(world), failed=False, most=10, as_json=True) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(row["title"], row["state"]) for row in rows] == [
        ("Sanctions 2", "sent"),
        ("Sanctions 1", "sent"),
        ("Sanctions 0", "failed"),
    ]
    assert "1 failed" in await world.send_command("/status")


async def test_where_everything_arrived_there_is_nothing_to_list(world, capsys):
    await queue_alerts(world, 1)
    await world.deliver()
    capsys.readouterr()  # the log
    assert await alerts(_settings(world), failed=True, most=10, as_json=False) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "tocsin: no alert failed" in printed.err
