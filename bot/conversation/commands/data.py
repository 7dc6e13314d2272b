"""Export, import and erase the data of a chat.

/export         ──► a file: topics with labels and settings, aliases
/export feeds   ──► the feeds, which all chats share, as OPML
/import + file  ──► the content is added; invalid entries are reported by line
/forget         ──► "Erase everything?" [Erase] [Export first] [No] ──► all data of the chat is deleted
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.conversation.cards.card import (
    Action,
    Button,
    Card,
    File,
    Line,
    code,
    dim,
    line,
    make_card,
    strong,
)
from bot.conversation.commands.alias import MAX_ALIASES
from bot.conversation.commands.chat_export import ImportProblem, read_chat_export, write_chat_export
from bot.conversation.durations import pluralise
from bot.conversation.limits import ChatLimits, Workload
from bot.conversation.registry import Access, Command, Handler
from bot.conversation.request import CommandRequest
from bot.errors import UserError
from bot.ingest.feed_service import FeedService
from bot.runtime.clock import Clock
from bot.store import Database
from bot.store.admin.chat_data import (
    ChatDataCounts,
    ChatExport,
    ExportedTopic,
    count_chat_data,
    erase_chat,
    export_chat,
    import_chat,
)
from bot.store.chats.chats import find_chat, get_or_create_chat, set_anyone_may_edit
from bot.store.chats.subscriptions import measure_subscriptions
from bot.store.chats.topics import count_aliases
from bot.store.outbox.chat_return import resume_chat
from watchers.text.clean import truncate

_CHAT_FILE_NAME: Final = "tocsin-chat-{:%Y-%m-%d-%H%M}.json"
_FEEDS_FILE_NAME: Final = "tocsin-feeds.opml"
_MAX_REPORTED_PROBLEMS: Final = 10
# Topics of one transaction.
_IMPORT_BATCH_SIZE: Final = 100
_MAX_SHOWN_LENGTH: Final = 60
# An older confirmation of /forget asks again.
_CONFIRMATION_TTL: Final = timedelta(minutes=15)


class DataCommands:
    """The commands about the data of a chat."""

    def __init__(
        self,
        database: Database,
        access: Access,
        clock: Clock,
        feeds: FeedService | None = None,
        *,
        workload: Workload,
    ) -> None:
        self._database = database
        self._access = access
        self._clock = clock
        self._workload = workload
        self._feeds = feeds

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return the commands."""
        return (
            Command("export", self.export, "your topics and aliases as a file", "[feeds]"),
            Command("import", self.import_, "add an exported file", "+ FILE", requires_admin=True),
            Command("forget", self.forget, "erase all data of this chat", requires_admin=True),
        )

    @property
    def changes(self) -> Mapping[str, Handler]:
        """Return the buttons that require the permission to change settings."""
        return {"erase": self.erase, "export": self.export}

    async def export(self, request: CommandRequest) -> list[Card]:
        """Return the topics, aliases and settings of the chat as a file, or the list of feeds."""
        match request.argument.lower():
            case "":
                return [await self._chat_file_card(request)]
            case "feeds" if self._feeds is not None:
                is_operator = self._access.is_operator(request.ref, request.user_id)
                data = await self._feeds.export_opml(with_secrets=is_operator)
                file = File(_FEEDS_FILE_NAME, data)
                text = "All feeds as OPML, for any feed reader."
                return [replace(make_card(text, as_new_message=True), file=file)]
            case argument:
                raise UserError(f"/export takes no argument, or feeds; not “{argument}”")

    async def import_(self, request: CommandRequest) -> list[Card]:
        """Add the content of files, or of a pasted text."""
        files = [(attachment.name, attachment.data) for attachment in request.attachments]
        if request.argument.startswith(("{", "<")):
            # Lone surrogates are invalid UTF-8; the reader reports them with their line.
            files.append(("the text", request.argument.encode("utf-8", "surrogatepass")))
        if not files and request.argument:
            name = truncate(request.argument, _MAX_SHOWN_LENGTH)
            raise UserError(f"the file “{name}” does not exist")
        if not files:
            return [
                make_card(
                    _import_source_line(request.ref.platform),
                    "Its topics and aliases are added to yours.",
                )
            ]
        self._workload.take_files(request.ref, request.user_id, len(files))
        return [
            await (self._import_feeds if _is_opml(data) else self._import_chat)(request, name, data)
            for name, data in files
        ]

    async def forget(self, request: CommandRequest) -> list[Card]:
        """Ask whether to erase all data of this chat."""
        self._require_admin(request)
        async with self._database.reading() as connection:
            counts = await count_chat_data(connection, request.ref)
        if not counts.threads:
            return [make_card("This chat has no data to erase.")]
        # The time makes an old or copied button ask again instead of erasing.
        asked_at = str(int(self._clock().timestamp()))
        return [
            make_card(
                line(strong("Erase all data of this chat?")),
                line(f"That is {_describe_counts(counts)}."),
                "You cannot undo this. A file from /export restores the topics and aliases.",
                buttons=(
                    Button("Erase everything", Action("erase", asked_at)),
                    Button("Export first", Action("export")),
                    Button("No", Action("dismiss")),
                ),
                is_question=True,
            )
        ]

    async def erase(self, request: CommandRequest) -> list[Card]:
        """Erase all data of the chat after the confirmation of a button."""
        self._require_admin(request)
        asked_at = int(request.argument) if request.argument.isdecimal() else 0
        age_seconds = self._clock().timestamp() - asked_at
        if not 0 <= age_seconds <= _CONFIRMATION_TTL.total_seconds():
            return await self.forget(replace(request, argument=""))
        async with self._database.writing() as connection:
            counts = await erase_chat(connection, request.ref)
        return [
            make_card(
                line(strong("Erased: "), f"{_describe_counts(counts)}."),
                "All data of this chat was erased. You can delete the messages here yourself.",
                announce_to_chat=True,
            )
        ]

    # ── internal ────────────────────────────────────────────────────────────────────────────────────

    def _require_admin(self, request: CommandRequest) -> None:
        # Also where everyone may change settings: erased data cannot be restored.
        if not request.is_admin:
            raise UserError("only an admin of this chat can erase its data")

    async def _chat_file_card(self, request: CommandRequest) -> Card:
        async with self._database.reading() as connection:
            chat_id = await find_chat(connection, request.ref)
            export = await export_chat(connection, chat_id) if chat_id else ChatExport()
        now = self._clock()
        # A thousand topics take too long for the event loop.
        data = await asyncio.to_thread(write_chat_export, export, now=now)
        topics = pluralise(len(export.topics), "topic")
        aliases = _pluralise_aliases(len(export.aliases))
        card = make_card(
            line(f"Your {topics} and {aliases}, with settings."),
            line(dim("/import adds the file to this or another chat.")),
            as_new_message=True,
        )
        return replace(card, file=File(_CHAT_FILE_NAME.format(now), data))

    async def _import_chat(self, request: CommandRequest, name: str, data: bytes) -> Card:
        now = self._clock()
        parsed = await asyncio.to_thread(read_chat_export, data, now=now)
        export, problems = parsed.dossier, list(parsed.problems)
        settings = dict(export.settings)
        # "open" decides who may change settings, so it needs more permission than the others.
        is_open = settings.pop("open", None)
        if is_open is not None and not request.is_admin:
            text = "only an admin can decide who may change settings"
            problems.append(ImportProblem(0, text))
            is_open = None
        async with self._database.writing() as connection:
            chat_id = await get_or_create_chat(connection, request.ref, now=now)
            await resume_chat(connection, chat_id, now=self._clock())
            room = max(0, MAX_ALIASES - await count_aliases(connection, chat_id))
            aliases = dict(list(export.aliases.items())[:room])
            if len(aliases) < len(export.aliases):
                problems.append(ImportProblem(0, f"a chat has at most {MAX_ALIASES} aliases"))
            count, characters = await measure_subscriptions(connection, chat_id)
            topics = _fitting_topics(
                export.topics,
                self._workload.limits_of(request.ref, request.user_id),
                count,
                characters,
            )
            if len(topics) < len(export.topics):
                excluded = pluralise(len(export.topics) - len(topics), "topic")
                text = f"{excluded}: the chat has too many topics"
                problems.append(ImportProblem(0, text))
            first = replace(
                export, aliases=aliases, settings=settings, topics=topics[:_IMPORT_BATCH_SIZE]
            )
            result = await import_chat(connection, chat_id, first, user_id=request.user_id, now=now)
            if isinstance(is_open, bool):
                await set_anyone_may_edit(connection, request.ref, is_open=is_open)
        added, existing = result.added, result.existing
        # Each batch is a transaction, so that other chats and the ingest can write in between.
        for start in range(_IMPORT_BATCH_SIZE, len(topics), _IMPORT_BATCH_SIZE):
            batch = ChatExport(topics=topics[start : start + _IMPORT_BATCH_SIZE])
            async with self._database.writing() as connection:
                next_result = await import_chat(
                    connection, chat_id, batch, user_id=request.user_id, now=now
                )
            added, existing = added + next_result.added, existing + next_result.existing
        parts = [f"{pluralise(added, 'topic')} added"]
        parts += [f"{existing:,} already followed"] if existing else []
        parts += [_pluralise_aliases(result.aliases)] if result.aliases else []
        return make_card(
            line(strong(name), f": {', '.join(parts)}."),
            *_problem_lines(problems),
            line(code("/topics"), " lists them."),
            announce_to_chat=bool(added),
        )

    async def _import_feeds(self, request: CommandRequest, name: str, data: bytes) -> Card:
        if self._feeds is None or not self._access.is_operator(request.ref, request.user_id):
            raise UserError("only operators of Tocsin can import a list of feeds")
        result = await self._feeds.import_opml(data)
        counts = f"{pluralise(result.added, 'feed')} added, {result.existing:,} added before."
        problems = [ImportProblem(0, reason) for reason in result.problems]
        return make_card(line(strong(name), f": {counts}"), *_problem_lines(problems))


def _import_source_line(platform: str) -> Line:
    """Return how a file from /export reaches the bot on a platform."""
    match platform:
        case "console":
            example = code("/import ~/tocsin-chat.json")
            return line("Name a file from ", code("/export"), " on this computer: ", example)
        case "slack":
            return line(
                "Send a file from ",
                code("/export"),
                " to this bot as a direct message, with the text ",
                code("import"),
                ".",
            )
        case _:
            return line(
                "Send a file from ", code("/export"), " with the caption ", code("/import"), "."
            )


def _fitting_topics(
    topics: tuple[ExportedTopic, ...], limits: ChatLimits, count: int, characters: int
) -> tuple[ExportedTopic, ...]:
    """Return the first topics that a chat with ``count`` topics of ``characters`` may add."""
    for number, topic in enumerate(topics):
        characters += len(str(topic.query or ""))
        try:
            limits.require_topics(count + number + 1, characters)
        except UserError:
            return topics[:number]
    return topics


def _describe_counts(counts: ChatDataCounts) -> str:
    alerts = pluralise(counts.alerts, "alert")
    items = pluralise(counts.item_numbers, "item")
    parts = [
        pluralise(counts.topics, "topic"),
        _pluralise_aliases(counts.aliases) if counts.aliases else "",
        f"{alerts} and the numbers of {items}",
        f"in {counts.threads:,} threads" if counts.threads > 1 else "",
    ]
    return ", ".join(filter(None, parts))


def _pluralise_aliases(count: int) -> str:
    return f"{count:,} {'alias' if count == 1 else 'aliases'}"


def _problem_lines(problems: Sequence[ImportProblem]) -> list[Line]:
    if not problems:
        return []
    lines = [line("Not imported:")]
    lines += [line(f"• {problem}") for problem in problems[:_MAX_REPORTED_PROBLEMS]]
    unreported = len(problems) - _MAX_REPORTED_PROBLEMS
    if unreported > 0:
        lines.append(line(dim(f"and {unreported:,} more")))
    return lines


def _is_opml(data: bytes) -> bool:
    # XML, after an optional UTF-8 or UTF-16 byte order mark.
    return data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"\xff\xfe", b"\xfe\xff"))
