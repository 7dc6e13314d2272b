"""Listening: updates are fetched, or brought to the webhook, and handled in their chats' order.

    getUpdates ──┐
                 ├──► queue of the Application ──► ByChat (turns.py) ──► Incoming (incoming.py)
    webhook ─────┘

It goes on through whatever breaks: no network, another program with the same token, a token that is
refused. Each is logged when it begins.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final

import structlog
from telegram import Update
from telegram.error import (
    Conflict,
    EndPointNotFound,
    InvalidToken,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.ext import Application, ApplicationBuilder, ExtBot, TypeHandler

from bot.chats.adapter import Outlet
from bot.chats.telegram.buttons import Buttons
from bot.chats.telegram.incoming import Incoming
from bot.chats.telegram.menus import set_menus
from bot.chats.telegram.refusals import words
from bot.chats.telegram.rights import Rights
from bot.chats.telegram.turns import MOST_WAITING, ByChat
from bot.chats.telegram.webhook import Webhook
from bot.conversation.conversation import Conversation

ASKED_FOR: Final = (
    Update.MESSAGE,
    Update.CHANNEL_POST,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
    Update.CHAT_MEMBER,
)
"""The kinds of updates that are handled; Telegram keeps the others to itself."""

_POLL: Final = 30  # seconds that a fetch waits for news
_LATE: Final = 10  # more, that its answer may take
_BATCH: Final = 100
# Names of methods may be written as one likes; as the library writes it, it insists on reading the
# answer itself, and loses all of it for one update that it cannot read.
_GET_UPDATES: Final = "getupdates"
_PAUSES: Final = (1.0, 2.0, 5.0, 15.0, 30.0)  # seconds after a fetch that failed
_REFUSED: Final = 300.0  # seconds after a token was refused

log = structlog.get_logger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]


class Listening:
    """Hears what people say to one bot."""

    def __init__(
        self,
        bot: ExtBot[None],
        conversation: Conversation,
        buttons: Buttons,
        rights: Rights,
        *,
        webhook: Webhook | None,
        public_url: str,
    ) -> None:
        self._bot = bot
        self._conversation = conversation
        self._buttons = buttons
        self._rights = rights
        self._webhook = webhook
        self._public_url = public_url
        self.username = ""

    async def run(self, outlet: Outlet, stop: asyncio.Event) -> None:
        """Listen until ``stop``."""
        failures = 0
        while not stop.is_set():
            try:
                me = await self._bot.get_me()
            except TelegramError as error:
                await self._pause(error, failures, stop)
                failures += 1
                continue
            self.username = me.username or ""
            await self._listen(outlet, stop)
            return

    async def _listen(self, outlet: Outlet, stop: asyncio.Event) -> None:
        incoming = Incoming(
            self._bot, self.username, outlet, self._conversation, self._buttons, self._rights
        )
        app: App = (
            ApplicationBuilder()
            .bot(self._bot)
            .updater(None)
            .job_queue(None)
            .concurrent_updates(ByChat(incoming.chat_of))
            .build()
        )
        app.add_handler(TypeHandler(object, incoming.handle))
        await app.initialize()
        await app.start()
        menus = asyncio.ensure_future(set_menus(self._bot, self._conversation.commands))
        log.info("listening", platform="telegram", bot=f"@{self.username}")
        try:
            await (self._be_brought(app, stop) if self._webhook else self._fetch(app, stop))
        finally:
            menus.cancel()
            with suppress(asyncio.CancelledError):
                await menus
            await app.stop()

    async def _fetch(self, app: App, stop: asyncio.Event) -> None:
        """Fetch updates: what was handed on is confirmed by the next fetch."""
        offset: int | None = None
        failures, stopping = 0, asyncio.ensure_future(stop.wait())
        with_hook = True
        try:
            while not stop.is_set():
                fetching = asyncio.ensure_future(self._batch(offset, drop_hook=with_hook))
                await asyncio.wait({fetching, stopping}, return_when=asyncio.FIRST_COMPLETED)
                if not fetching.done():
                    fetching.cancel()
                    with suppress(asyncio.CancelledError, TelegramError):
                        await fetching
                    return
                try:
                    updates = fetching.result()
                except TelegramError as error:
                    await self._pause(error, failures, stop)
                    failures += not isinstance(error, TimedOut)
                    continue
                if failures:
                    log.info("Telegram answers again")
                failures, with_hook = 0, False
                for given in updates:
                    offset = int(given["update_id"]) + 1
                    self._hand_on(app, given)
                await _until_room(app, stop)
        finally:
            stopping.cancel()

    async def _batch(self, offset: int | None, *, drop_hook: bool) -> list[dict[str, Any]]:
        """Updates as they came: one that the library cannot read must not hide the others."""
        if drop_hook:  # an earlier run may have set one, and nothing can be fetched beside it
            await self._bot.delete_webhook()
        asked = {"limit": _BATCH, "timeout": _POLL, "allowed_updates": ASKED_FOR}
        if offset is not None:
            asked["offset"] = offset
        found: list[dict[str, Any]] = await self._bot.do_api_request(
            _GET_UPDATES, api_kwargs=asked, read_timeout=_POLL + _LATE
        )
        return found

    def _hand_on(self, app: App, given: dict[str, Any]) -> None:
        try:
            update = Update.de_json(given, self._bot)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            problem = f"{type(error).__name__}: {error}"
            log.warning("an unreadable update", update=given.get("update_id"), problem=problem)
            return
        app.update_queue.put_nowait(update)

    async def _be_brought(self, app: App, stop: asyncio.Event) -> None:
        """Let Telegram bring updates to the webhook."""
        hook = self._webhook
        if hook is None:
            return

        def take(given: dict[str, Any]) -> bool:
            if stop.is_set() or app.update_queue.qsize() >= MOST_WAITING:
                return False
            self._hand_on(app, given)
            return True

        hook.listen(take)
        failures = 0
        try:
            while not stop.is_set():
                try:
                    await self._bot.set_webhook(
                        self._public_url + hook.path,
                        secret_token=hook.secret,
                        allowed_updates=ASKED_FOR,
                        max_connections=40,
                    )
                except TelegramError as error:
                    await self._pause(error, failures, stop)
                    failures += 1
                else:
                    log.info("Telegram brings updates", to=self._public_url + hook.path)
                    await stop.wait()
        finally:
            hook.listen(None)

    async def _pause(self, error: TelegramError, failures: int, stop: asyncio.Event) -> None:
        """Wait before another try; say what is wrong when it begins."""
        said = words(error, self._bot.token)
        pause = _PAUSES[min(failures, len(_PAUSES) - 1)]
        if isinstance(error, RetryAfter):
            after = error.retry_after
            pause = after if isinstance(after, int | float) else after.total_seconds()
        elif isinstance(error, InvalidToken | EndPointNotFound):
            pause = _REFUSED
            log.error("Telegram refuses the token: TOCSIN_TELEGRAM_TOKEN", problem=said)
        elif isinstance(error, Conflict):
            log.error("another program uses the same Telegram token", problem=said)
        elif not failures:
            log.warning("cannot hear Telegram", problem=said)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _until_room(app: App, stop: asyncio.Event) -> None:
    """Fetch no more while too many updates wait: Telegram keeps them for a day."""
    processor = app.update_processor
    while processor.current_concurrent_updates >= MOST_WAITING // 2 and not stop.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), 0.1)
