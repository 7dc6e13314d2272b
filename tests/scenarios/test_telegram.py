"""Tocsin on Telegram, as a process of its own: the strict fake server and a folder around it."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.fakes.telegram import TOKEN
from tests.fakes.telegram_chats import StrictTelegram

ROOT = Path(__file__).parents[2]
SECRET = TOKEN.partition(":")[2]


async def begin(
    home: Path, server: StrictTelegram, *arguments: str, **settings: str
) -> asyncio.subprocess.Process:
    (home / "seeds").mkdir(exist_ok=True)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")}
    environment |= {
        "PYTHONPATH": str(ROOT),
        "TOCSIN_TELEGRAM_TOKEN": TOKEN,
        "TOCSIN_TELEGRAM_BASE_URL": f"http://127.0.0.1:{server.port}",
        **settings,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=home,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_a_document_that_is_dropped_becomes_an_alert_and_is_summed_up_in_its_place(tmp_path):
    async with StrictTelegram(chat=(1, 1.0), group=(20, 60.0), per_second=30) as server:
        tocsin = await begin(tmp_path, server, "run", "--verbose")
        server.write("/start")
        await server.wait_until(lambda: server.messages, seconds=60)
        server.write("sanctions")
        await server.wait_until(lambda: len(server.messages) == 2)
        question = server.messages[1]
        server.press_button(question, "Yes")
        await server.wait_until(lambda: question.edits)
        (tmp_path / "seeds" / "a.txt").write_text(
            "Council agrees on sanctions\n\nThe council met. It named two banks. Talks go on."
        )
        await server.wait_until(lambda: len(server.messages) == 3, seconds=40)
        alert = server.messages[2]
        assert alert.text.startswith("Council agrees on sanctions")
        server.press_button(alert, "Summary")
        await server.wait_until(lambda: alert.edits)
        assert "It named two banks." in alert.text
        tocsin.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(tocsin.communicate(), 60)
        assert tocsin.returncode == 0, err.decode()
        assert SECRET not in (out + err).decode()
        assert len(server.messages) == 3
        assert server.refused == 0


async def test_a_check_asks_telegram_and_tells_the_name_or_what_is_wrong_never_the_token(tmp_path):
    async with StrictTelegram() as server:
        said = []
        insecure = {"TOCSIN_PUBLIC_URL": "http://news.example", "TOCSIN_WEB_PORT": "8080"}
        for works, settings in ((True, {}), (False, {}), (True, insecure)):
            server.token_works = works
            tocsin = await begin(tmp_path, server, "check", **settings)
            out, err = await asyncio.wait_for(tocsin.communicate(), 60)
            said.append((tocsin.returncode, (out + err).decode()))
        assert said[0][0] == 0
        assert "on    telegram      @tocsin_bot, long polling" in said[0][1]
        assert said[1][0] == 2
        assert "wrong telegram      TOCSIN_TELEGRAM_TOKEN: " in said[1][1]
        assert "Unauthorized" in said[1][1]
        assert "/token" in said[1][1]
        assert "@BotFather" in said[1][1]
        assert said[2][0] == 2
        assert "TOCSIN_PUBLIC_URL: Telegram requires https://" in said[2][1]
        assert all(SECRET not in text for _, text in said)
