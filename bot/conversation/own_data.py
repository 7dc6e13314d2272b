"""What is a chat's own: taken along by /export, brought back by /import, erased by /forget.

/export         ──► a file: topics with their labels and settings, words
/export feeds   ──► the list of feeds as OPML, which is everybody's
/import + file  ──► what it says is followed; what cannot be taken is told line by line
/forget         ──► "Erase everything?" [Erase] [Export first] [No] ──► nothing is left
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.conversation.access import Access
from bot.conversation.card import Action, Button, Card, File, Line, code, dim, line, say, strong
from bot.conversation.commands import Answer, Command
from bot.conversation.dossier_file import Problem, read_dossier_file, write_dossier
from bot.conversation.feeding import Feeds
from bot.conversation.naming import MOST as MOST_ALIASES
from bot.conversation.request import Request
from bot.conversation.times import plural
from bot.errors import MisuseError
from bot.store import Database
from bot.store.aliases import count_aliases
from bot.store.chats import ensure_chat, find_chat, open_chat, resume_chat
from bot.store.dossier import (
    Dossier,
    Holdings,
    erase_chat,
    holdings,
    read_dossier,
    restore_dossier,
)
from watchers.text.clean import shorten

_NAME: Final = "tocsin-chat-{:%Y-%m-%d-%H%M}.json"
_FEEDS: Final = "tocsin-feeds.opml"
_PROBLEMS_TOLD: Final = 10
_ASKED_FOR: Final = timedelta(minutes=15)  # how long the question of /forget stands


class OwnData:
    """The use cases around what a chat may take along and have erased."""

    def __init__(
        self, database: Database, access: Access, clock: Clock, feeds: Feeds | None = None
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._feeds = feeds

    @property
    def commands(self) -> tuple[Command, ...]:
        """How people ask for them."""
        return (
            Command("export", self.export, "your topics and words as a file", "[feeds]"),
            Command("import", self.import_, "bring such a file back", "+ FILE", changes=True),
            Command("forget", self.forget, "erase all of this chat", changes=True),
        )

    @property
    def changes(self) -> Mapping[str, Answer]:
        """What their buttons do; only those who may change things press these."""
        return {"erase": self.erase, "export": self.export}

    async def export(self, request: Request) -> list[Card]:
        """The chat's topics, words and settings as one file; or the list of feeds."""
        match request.argument.lower():
            case "":
                return [await self._own_file(request)]
            case "feeds" if self._feeds is not None:
                data = await self._feeds.as_opml()
                about = "All feeds that are read here, as OPML: any feed reader takes it."
                return [replace(say(about, apart=True), file=File(_FEEDS, data))]
            case other:
                raise MisuseError(f"/export takes nothing, or feeds; not “{other}”")

    async def import_(self, request: Request) -> list[Card]:
        """Take what a file says, or a text that was pasted."""
        texts = [(one.name, one.data) for one in request.attachments]
        if request.argument.startswith(("{", "<")):
            texts.append(("the text", request.argument.encode("utf-8", "surrogatepass")))
        if not texts and request.argument:
            raise MisuseError(f"there is no file “{shorten(request.argument, 60)}” to import")
        if not texts:
            return [
                say(
                    line(
                        "Send a file from ", code("/export"), " along with ", code("/import"), ":"
                    ),
                    "its topics and words are added to those you have.",
                )
            ]
        return [
            await (self._take_feeds if _is_opml(data) else self._take)(request, name, data)
            for name, data in texts
        ]

    async def forget(self, request: Request) -> list[Card]:
        """Ask whether to erase everything of this chat."""
        self._for_admins(request)
        async with self._database.reading() as connection:
            known = await holdings(connection, request.ref)
        if not known.threads:
            return [say("Nothing is known of this chat; there is nothing to erase.")]
        asked = str(int(self._clock().timestamp()))
        return [
            say(
                line(strong("Erase everything that is known of this chat?")),
                line(f"That is {_told(known)}."),
                "It cannot be undone; a file from /export brings the topics and words back.",
                buttons=(
                    Button("Erase everything", Action("erase", asked)),
                    Button("Export first", Action("export")),
                    Button("No", Action("dismiss")),
                ),
                asks=True,
            )
        ]

    async def erase(self, request: Request) -> list[Card]:
        """The answer to "Erase everything?"."""
        self._for_admins(request)
        asked = int(request.argument) if request.argument.isdecimal() else 0
        if not 0 <= self._clock().timestamp() - asked <= _ASKED_FOR.total_seconds():
            return await self.forget(replace(request, argument=""))
        async with self._database.writing() as connection:
            was = await erase_chat(connection, request.ref)
        return [
            say(
                line(strong("Erased: "), f"{_told(was)}."),
                "Nothing is known of this chat any more. What I said here, you may delete yourself.",
                changed=True,
            )
        ]

    def _for_admins(self, request: Request) -> None:
        # Also where everybody may change things: what is erased does not come back.
        if not request.may_change:
            raise MisuseError("only an admin of this chat may have it erased")

    async def _own_file(self, request: Request) -> Card:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            dossier = await read_dossier(connection, chat_id) if chat_id else Dossier()
        data = await asyncio.to_thread(write_dossier, dossier, now=self._clock())
        many = plural(len(dossier.topics), "topic")
        said = line(f"{many} and {plural(len(dossier.aliases), 'word')} of yours, with settings.")
        back = line(dim("/import takes the file back, here or in another chat."))
        return replace(say(said, back, apart=True), file=File(_NAME.format(self._clock()), data))

    async def _take(self, request: Request, name: str, data: bytes) -> Card:
        now = self._clock()
        taken = await asyncio.to_thread(read_dossier_file, data, now=now)
        dossier, problems = taken.dossier, list(taken.problems)
        settings = dict(dossier.settings)
        is_open = settings.pop("open", None)
        if is_open is not None and not request.may_change:
            problems.append(Problem(0, "who may change things is for an admin to decide"))
            is_open = None
        async with self._database.writing() as connection:
            chat_id = await ensure_chat(connection, request.ref, now=now)
            await resume_chat(connection, chat_id)
            room = MOST_ALIASES - await count_aliases(connection, chat_id)
            words = dict(list(dossier.aliases.items())[: max(0, room)])
            if len(words) < len(dossier.aliases):
                problems.append(Problem(0, f"a chat has at most {MOST_ALIASES} words of its own"))
            done = await restore_dossier(
                connection,
                chat_id,
                replace(dossier, aliases=words, settings=settings),
                by=request.by,
                now=now,
            )
            if isinstance(is_open, bool):
                await open_chat(connection, request.ref, is_open=is_open)
        said = [f"{plural(done.added, 'topic')} added"]
        said += [f"{done.known:,} followed already"] if done.known else []
        said += [plural(done.aliases, "word")] if done.aliases else []
        lines = [line(strong(name), f": {', '.join(said)}."), *_problem_lines(problems)]
        return say(*lines, line(code("/topics"), " lists them."), changed=bool(done.added))

    async def _take_feeds(self, request: Request, name: str, data: bytes) -> Card:
        if self._feeds is None or not self._access.is_operator(request.ref, request.by):
            raise MisuseError("a list of feeds is taken from those who run Tocsin only")
        done = await self._feeds.take_opml(data)
        added = f"{plural(done.added, 'feed')} added, {done.known:,} followed already."
        problems = [Problem(0, one) for one in done.problems]
        return say(line(strong(name), f": {added}"), *_problem_lines(problems))


def _told(known: Holdings) -> str:
    parts = [
        plural(known.topics, "topic"),
        plural(known.aliases, "word") if known.aliases else "",
        f"{plural(known.alerts, 'alert')} and the numbers of {plural(known.shown, 'item')}",
        f"in {known.threads:,} threads" if known.threads > 1 else "",
    ]
    return ", ".join(filter(None, parts))


def _problem_lines(problems: Sequence[Problem]) -> list[Line]:
    lines = [line(f"• {one}") for one in problems[:_PROBLEMS_TOLD]]
    more = len(problems) - _PROBLEMS_TOLD
    if more > 0:
        lines.append(line(dim(f"and {more:,} more")))
    return [line("Not taken:"), *lines] if lines else []


def _is_opml(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe", b"\xfe\xff"))
