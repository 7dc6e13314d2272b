"""Watch and chat processes on one PostgreSQL, which a test kills and restarts."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Self

from bot.store import Database
from tests.fakes.telegram import TOKEN

ROOT = Path(__file__).parents[2]


class Cluster:
    """Processes by name, such as watch-1 or chat-2."""

    def __init__(
        self,
        home: Path,
        database: Database,
        telegram_port: int,
        *,
        account_lease: float = 12.0,
        host_lease: float = 24.0,
        script: Path | None = None,
        **settings: str,
    ) -> None:
        self._home = home
        self._script = str(script or Path(__file__).with_name("role.py"))
        self._leases = [str(account_lease), str(host_lease)]
        (home / "seeds").mkdir(parents=True, exist_ok=True)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")}
        self._environment = {k: v for k, v in inherited.items() if "proxy" not in k.lower()} | {
            "PYTHONPATH": str(ROOT),
            "TOCSIN_DATABASE_URL": database.url.render_as_string(hide_password=False),
            "TOCSIN_ALLOW_NETWORKS": "127.0.0.0/8",
            "TOCSIN_FEED_MIN_INTERVAL": "1m",
            "TOCSIN_FEED_THIN": "0",  # the generated entries have no pages
            "TOCSIN_TELEGRAM_TOKEN": TOKEN,
            "TOCSIN_TELEGRAM_BASE_URL": f"http://127.0.0.1:{telegram_port}",
            **settings,
        }
        self.running: dict[str, asyncio.subprocess.Process] = {}
        self.kills: Counter[str] = Counter()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.running.values():  # after a failed test
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    def seed(self, name: str, text: str) -> None:
        """Add a document to the watched folder."""
        (self._home / "seeds" / name).write_text(text)

    async def start(self, name: str) -> None:
        """Start a process of the role in its name."""
        with (self._home / f"{name}.log").open("ab") as log:
            self.running[name] = await asyncio.create_subprocess_exec(
                sys.executable,
                self._script,
                name.partition("-")[0],
                *self._leases,
                cwd=self._home,
                env=self._environment | {"TOCSIN_CONTACT": name},
                stdout=log,
                stderr=log,
            )

    async def kill(self, name: str) -> None:
        """End a process as a power cut would."""
        process = self.running.pop(name)
        assert process.returncode is None, self.log(name)
        process.kill()
        await process.wait()
        self.kills[name.partition("-")[0]] += 1

    async def stop(self) -> None:
        """Stop all processes; each must exit cleanly."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for name, process in self.running.items():
            code = await asyncio.wait_for(process.wait(), 60)
            # A process that was still loading had nothing to finish.
            assert code in {0, -signal.SIGTERM}, self.log(name)
        self.running.clear()

    def log(self, name: str) -> str:
        """Return the last log lines of a process."""
        return (self._home / f"{name}.log").read_text()[-4_000:]

    def complaints(self) -> Counter[str]:
        """Count the errors and warnings in all logs."""
        counts: Counter[str] = Counter()
        for path in self._home.glob("*.log"):
            for line in path.read_text().splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:
                    counts[f"{path.stem}: {line[:200]}"] += 1
                    continue
                detail = entry.get("error") or entry.get("problem") or entry.get("exception", "")
                if entry.get("level") not in {"info", "debug"}:
                    counts[f"{entry['event']}: {detail}"] += 1
        return counts
