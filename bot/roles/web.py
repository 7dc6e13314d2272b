"""The web server of a process: health, metrics, the status page, and what its roles serve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.roles.role import Ground
from bot.web.counters import Counters
from bot.web.health import Check, Health
from bot.web.metrics import Metrics
from bot.web.readings import Readings
from bot.web.server import Route, WebServer
from bot.web.status import PATH as PAGE
from bot.web.status import StatusPage


def web_server(
    ground: Ground, counters: Counters, more: Iterable[Route], checks: Sequence[Check] = ()
) -> WebServer:
    """A server on the port of the settings; ``checks`` are those of /readyz."""
    settings, database, clock = ground.settings, ground.database, ground.clock
    readings = Readings(database, clock)
    health, metrics = Health(database, checks), Metrics(readings, counters)
    routes = [
        Route("GET", "/healthz", health.healthz),
        Route("GET", "/readyz", health.readyz),
        Route("GET", "/metrics", metrics.metrics),
    ]
    token = settings.web_token.get_secret_value()
    if token:
        page = StatusPage(database, readings, clock, token)
        routes += [Route("GET", PAGE, page.status), Route("POST", PAGE, page.enter)]
    return WebServer(settings.web_host, settings.web_port, [*routes, *more])
