"""Write and read the settings of a chat as a JSON file with one topic per line.

    {"tocsin": "chat", "version": 1, "exported": "2026-06-01T12:00:00+00:00",
     "settings": {"open": false},
     "aliases": {"dprk": "north korea, pyongyang"},
     "topics": [
      {"topic": "dprk", "query": "north-korea OR pyongyang", "muted_until": null},
      …]}

``query`` is the exact meaning of ``topic``; without it, the topic is parsed as if typed. Files are
untrusted input: size and counts are bounded, and invalid entries are skipped and reported by line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pydantic import Field

from bot.conversation.commands.alias import MAX_ALIASES, normalise_alias_name
from bot.conversation.commands.exported_settings import (
    ChatSettings,
    ModelT,
    StrictModel,
    TopicSettings,
    validate_partially,
)
from bot.conversation.topics import read_query
from bot.errors import UserError
from bot.store.admin.chat_data import ChatExport, ExportedTopic
from watchers.text.clean import clean_line, truncate
from watchers.topics.parser import MAX_TOPIC_CHARS

KIND: Final = "chat"
"""The value of "tocsin" in the file."""

VERSION: Final = 1
"""The version of the format. Newer versions are rejected."""

LARGEST: Final = 1_000_000
"""Bytes of the file of one chat."""

# Far above what people follow; a larger file is an attack or an error.
MAX_TOPICS: Final = 1_000
_MAX_PROBLEMS: Final = 100
_MAX_SHOWN_LENGTH: Final = 40
_MAX_SHOWN_LABEL_LENGTH: Final = 60


class _ChatFile(StrictModel):
    # Any keys: pydantic rejects strings with lone surrogates, which JSON can contain.
    settings: dict[object, object] = Field(default={})
    aliases: dict[object, object] = Field(default={})
    topics: list[object] = Field(default=[])


# ── writing ─────────────────────────────────────────────────────────────────────────────────────────


def write_chat_export(dossier: ChatExport, *, now: datetime) -> bytes:
    """Return the file of one chat."""
    head = {"tocsin": KIND, "version": VERSION, "exported": now.isoformat(timespec="seconds")}
    # A topic may contain a lone surrogate, which strict UTF-8 refuses.
    return (_join_parts(head, dossier, "\n") + "\n").encode("utf-8", "surrogatepass")


def chat_export_line(dossier: ChatExport, address: Mapping[str, str]) -> str:
    """Return the export of a chat as one line of a larger file, with the address of the chat."""
    return _join_parts(address, dossier, "")


def _join_parts(head: Mapping[str, object], dossier: ChatExport, newline: str) -> str:
    separator = f",{newline} "
    topics = f",{newline or ' '}".join(
        _to_json({"topic": topic.label, "query": str(topic.query or topic.text), **topic.settings})
        for topic in dossier.topics
    )
    parts = (
        _to_json(head)[1:-1],
        f'"settings": {_to_json(dossier.settings)}',
        f'"aliases": {_to_json(dossier.aliases)}',
        f'"topics": [{newline}{topics}]',
    )
    return f"{{{separator.join(parts)}}}"


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_moment_to_json)


def _moment_to_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"not a value of a setting: {value!r}")


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """An entry that was skipped; ``line`` counts from 1, 0 if it is not known."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True, slots=True)
class ParsedExport:
    """The valid content of a file, and the entries that were skipped."""

    dossier: ChatExport
    problems: tuple[ImportProblem, ...] = ()


def read_chat_export(data: bytes, *, now: datetime) -> ParsedExport:
    """Read the file of one chat. Slow for large files: run it in a thread.

    Raises:
        UserError: the file is of another kind, broken, too large, or of a newer version.
    """
    if len(data) > LARGEST:
        raise UserError(f"the file is larger than {LARGEST:,} bytes, the maximum for one chat")
    text, content = parse_json(data)
    check_head(content, KIND, VERSION)
    return parse_chat_export(content, text, now=now)


def parse_json(data: bytes) -> tuple[str, dict[str, object]]:
    """Return the text of a file and the JSON object in it.

    Raises:
        UserError: the file is not a JSON object; names the position of the error.
    """
    try:
        # Editors on Windows add a byte order mark.
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"the file is not UTF-8 text: line {line}") from error
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        position = f"line {error.lineno}, column {error.colno}"
        raise UserError(f"the file is not complete JSON: {position}: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        # Nested too deeply, or a number with too many digits.
        raise UserError("the file is not JSON as /export writes it") from error
    if not isinstance(content, dict):
        raise UserError('the file is not an export of Tocsin: it must begin with {"tocsin": …}')
    return text, content


def check_head(content: Mapping[str, object], kind: str, version: int) -> None:
    """Check the kind and the version of a file.

    Raises:
        UserError: the file is of another kind or of a newer version.
    """
    file_kind, file_version = content.get("tocsin"), content.get("version")
    if file_kind != kind:
        if not isinstance(file_kind, str):
            raise UserError(f"the file is an export of another program, not of “{kind}”")
        raise UserError(f"the file is an export of “{truncate(file_kind, 40)}”, not of “{kind}”")
    # A boolean is an integer in Python.
    if type(file_version) is not int or not 1 <= file_version <= version:
        shown = truncate(str(file_version), 20)
        raise UserError(f"the file has version {shown}; this Tocsin reads version {version}")


def parse_chat_export(content: Mapping[str, object], text: str, *, now: datetime) -> ParsedExport:
    """Return the export in a parsed JSON object; ``text`` is its source, for line numbers."""
    reader = _Reader(text, now)
    file = reader.validate(_ChatFile, content)
    aliases = dict(reader.aliases(file.aliases))
    topics = tuple(reader.topics(file.topics, aliases))
    settings = reader.settings(ChatSettings, file.settings)
    problems = reader.problems
    if len(problems) > _MAX_PROBLEMS:
        more = ImportProblem(0, f"and {len(problems) - _MAX_PROBLEMS:,} more")
        problems = [*problems[:_MAX_PROBLEMS], more]
    return ParsedExport(ChatExport(topics, aliases, settings), tuple(problems))


@dataclass(slots=True)
class _Reader:
    """Validates the parts of a file and collects the problems."""

    text: str
    now: datetime
    problems: list[ImportProblem] = field(default_factory=list)
    # Topics are in the order of the file, so a search starts at the previous one.
    _position: int = 0

    def aliases(self, entries: Mapping[object, object]) -> Iterator[tuple[str, str]]:
        for index, (name, meaning) in enumerate(entries.items()):
            if index >= MAX_ALIASES:
                self._add_problem(0, f"only the first {MAX_ALIASES} aliases were imported")
                return
            try:
                key, topic = normalise_alias_name(clean_line(str(name))), clean_line(str(meaning))
                read_query(topic)
            except UserError as error:
                shown = truncate(str(name), _MAX_SHOWN_LENGTH)
                self._add_problem(self._line_of(str(name), 0), f"alias “{shown}”: {error}")
                continue
            yield key, topic

    def topics(self, entries: list[object], aliases: Mapping[str, str]) -> Iterator[ExportedTopic]:
        for number, entry in enumerate(entries, start=1):
            if number > MAX_TOPICS:
                self._add_problem(0, f"only the first {MAX_TOPICS:,} topics were imported")
                return
            fields = dict(entry) if isinstance(entry, dict) else {"topic": entry}
            label, canonical = fields.pop("topic", None), fields.pop("query", None)
            if not isinstance(label, str) or not label.strip():
                self._add_problem(0, f"topic {number} is empty")
                continue
            line = self._line_of(label, self._position)
            label = clean_line(label)
            try:
                if isinstance(canonical, str):
                    query = read_query(clean_line(canonical))
                else:
                    query = read_query(label, aliases)
            except UserError as error:
                shown = truncate(label, _MAX_SHOWN_LABEL_LENGTH)
                self._add_problem(line, f"topic {number} (“{shown}”): {error}")
                continue
            settings = self.settings(TopicSettings, fields, line)
            yield ExportedTopic(truncate(label, MAX_TOPIC_CHARS), query, settings)

    def settings(
        self, model: type[StrictModel], values: Mapping[object, object], line: int = 0
    ) -> dict[str, object]:
        known = {str(name): value for name, value in values.items() if name in model.model_fields}
        for name in values:
            if name not in known:
                shown = truncate(clean_line(str(name)), _MAX_SHOWN_LENGTH)
                self._add_problem(line, f"unknown setting “{shown}”")
        return self.validate(model, known, line).model_dump(exclude_unset=True)

    def validate(self, model: type[ModelT], values: Mapping[str, object], line: int = 0) -> ModelT:
        """Return the model of the valid values, and report the others."""
        instance, reasons = validate_partially(model, values, now=self.now)
        for name, reason in reasons.items():
            shown = truncate(clean_line(str(values[name])), _MAX_SHOWN_LENGTH)
            self._add_problem(line, f"{name}: “{shown}” {reason}")
        return instance

    def _line_of(self, text: str, start: int) -> int:
        """Return the line of a JSON string, or 0 if it cannot be found."""
        # Other programs may have escaped the text.
        for ascii_only in (False, True):
            # Searched as text, because the JSON parser of Python reports no positions of values.
            position = self.text.find(json.dumps(text, ensure_ascii=ascii_only), start)
            if position >= 0:
                self._position = position
                return self.text.count("\n", 0, position) + 1
        return 0

    def _add_problem(self, line: int, reason: str) -> None:
        # Collected instead of raised: a file with one wrong line is still imported.
        self.problems.append(ImportProblem(line, reason))
