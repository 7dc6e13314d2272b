"""A chat's own data as a file that people can read, keep, edit and bring back: JSON, a topic a line.

    {"tocsin": "chat", "version": 1, "exported": "2026-06-01T12:00:00+00:00",
     "settings": {"open": false},
     "aliases": {"dprk": "north korea, pyongyang"},
     "topics": [
      {"topic": "dprk", "query": "north-korea OR pyongyang", "muted_until": null},
      …]}

``query`` says exactly what ``topic`` means; without it, the topic is read as if it were typed. A file from
anywhere is hostile: bounded in size and number, and what cannot be taken is told line by line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from bot.conversation.dossier_settings import read_setting
from bot.conversation.naming import MOST as MOST_ALIASES
from bot.conversation.naming import checked_name
from bot.conversation.queries import read_query
from bot.errors import MisuseError
from bot.store.dossier import CHAT_SETTINGS, TOPIC_SETTINGS, Dossier, Followed
from watchers.text.clean import clean_line, shorten
from watchers.topics.grammar import LONGEST as LONGEST_TOPIC

KIND: Final = "chat"
"""What the file says it is of."""

VERSION: Final = 1
"""Of the format; an older Tocsin does not guess at a newer one."""

LARGEST: Final = 1_000_000
"""Bytes of one chat's file."""

MOST_TOPICS: Final = 1_000
"""Topics in one chat's file."""

_MOST_PROBLEMS: Final = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a file that was not taken; ``line`` counts from 1, 0 where it is not known."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}" if self.line else self.reason


@dataclass(frozen=True, slots=True)
class Taken:
    """What a file says, and what of it could not be taken."""

    dossier: Dossier
    problems: tuple[Problem, ...] = ()


def write_dossier(dossier: Dossier, *, now: datetime) -> bytes:
    """The file of one chat."""
    head = {"tocsin": KIND, "version": VERSION, "exported": now.isoformat(timespec="seconds")}
    return (_joined(head, dossier, "\n") + "\n").encode("utf-8", "surrogatepass")


def dossier_line(dossier: Dossier, address: Mapping[str, str]) -> str:
    """The same within a larger file: one line, with the chat's address."""
    return _joined(address, dossier, "")


def read_dossier_file(data: bytes, *, now: datetime) -> Taken:
    """What a file of one chat says. Slow for a large one: for a thread.

    Raises:
        MisuseError: it is no such file, broken, too large, or of a newer version.
    """
    if len(data) > LARGEST:
        raise MisuseError(f"the file is larger than {LARGEST:,} bytes; that is too much for a chat")
    text, found = parse_json(data)
    check_head(found, KIND, VERSION)
    return taken_from(found, text, now=now)


def parse_json(data: bytes) -> tuple[str, dict[str, object]]:
    """The text of a file, and the object that it holds.

    Raises:
        MisuseError: it is no JSON; says where it breaks.
    """
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise MisuseError(f"the file is no UTF-8 text: line {line}") from error
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise MisuseError(f"the file is no whole JSON: {where}: {error.msg}") from error
    except (RecursionError, ValueError) as error:  # nested too deeply; a number without end
        raise MisuseError("the file is no JSON that /export writes") from error
    if not isinstance(found, dict):
        raise MisuseError('the file is none of ours: it does not begin with {"tocsin": …}')
    return text, found


def check_head(found: Mapping[str, object], kind: str, version: int) -> None:
    """See whether it is a file of this kind, in a version that we know.

    Raises:
        MisuseError: it is not.
    """
    if found.get("tocsin") != kind:
        other = found.get("tocsin")
        named = f"of “{shorten(other, 40)}”" if isinstance(other, str) else "of another program"
        raise MisuseError(f"this is a file {named}, and not of a {kind}")
    its = found.get("version")
    if not isinstance(its, int) or isinstance(its, bool) or not 1 <= its <= version:
        raise MisuseError(
            f"the file has version {shorten(str(its), 20)}, and this Tocsin knows {version}"
        )


def taken_from(found: Mapping[str, object], text: str, *, now: datetime) -> Taken:
    """What the parsed object says of one chat; ``text`` is where its lines are looked up."""
    reader = _Reader(text, now)
    aliases = dict(reader.aliases(found.get("aliases", {})))
    topics = tuple(reader.topics(found.get("topics", []), aliases))
    settings = reader.settings(found.get("settings", {}), CHAT_SETTINGS, 0)
    problems = reader.problems
    if len(problems) > _MOST_PROBLEMS:
        more = Problem(0, f"and {len(problems) - _MOST_PROBLEMS:,} more")
        problems = [*problems[:_MOST_PROBLEMS], more]
    return Taken(Dossier(topics, aliases, settings), tuple(problems))


def _joined(head: Mapping[str, object], dossier: Dossier, end: str) -> str:
    parts = [
        _dumped(head)[1:-1],
        f'"settings": {_dumped(dossier.settings)}',
        f'"aliases": {_dumped(dossier.aliases)}',
    ]
    rows = [
        _dumped({"topic": one.label, "query": str(one.query or one.text), **one.settings})
        for one in dossier.topics
    ]
    listed = f",{end or ' '}".join(rows)
    between = f",{end} " if end else ", "
    return f'{{{between.join(parts)}{between}"topics": [{end}{listed}]}}'


def _dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=_moment)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"no value of a dossier: {value!r}")


@dataclass(slots=True)
class _Reader:
    """Reads the parts, and notes what is wrong with them."""

    text: str
    now: datetime
    problems: list[Problem] = field(default_factory=list)
    _at: int = 0  # topics come in the order of the file

    def aliases(self, found: object) -> Iterator[tuple[str, str]]:
        if not isinstance(found, dict):
            self._wrong(0, "“aliases” is no object of words and topics")
            return
        for number, (name, meaning) in enumerate(found.items()):
            if number >= MOST_ALIASES:
                self._wrong(0, f"only the first {MOST_ALIASES} words were taken")
                return
            try:
                key, words = checked_name(clean_line(name)), clean_line(str(meaning))
                read_query(words)
            except MisuseError as error:
                self._wrong(self._line(name, 0), f"the word “{shorten(name, 40)}”: {error}")
                continue
            yield key, words

    def topics(self, found: object, aliases: Mapping[str, str]) -> Iterator[Followed]:
        if not isinstance(found, list):
            self._wrong(0, "“topics” is no list")
            return
        for number, entry in enumerate(found, start=1):
            if number > MOST_TOPICS:
                self._wrong(0, f"only the first {MOST_TOPICS:,} topics were taken")
                return
            taken = self._topic(entry, number, aliases)
            if taken is not None:
                yield taken

    def _topic(self, entry: object, number: int, aliases: Mapping[str, str]) -> Followed | None:
        fields = {"topic": entry} if isinstance(entry, str) else entry
        label = fields.get("topic") if isinstance(fields, dict) else None
        if not isinstance(fields, dict) or not isinstance(label, str) or not label.strip():
            self._wrong(0, f"topic {number} has no words")
            return None
        line = self._line(label, self._at)
        exact = fields.get("query")
        try:
            words = clean_line(label)
            query = (
                read_query(clean_line(exact))
                if isinstance(exact, str)
                else read_query(words, aliases)
            )
        except MisuseError as error:
            self._wrong(line, f"topic {number} (“{shorten(clean_line(label), 60)}”): {error}")
            return None
        given = {name: value for name, value in fields.items() if name not in {"topic", "query"}}
        return Followed(
            shorten(words, LONGEST_TOPIC), query, self.settings(given, TOPIC_SETTINGS, line)
        )

    def settings(self, found: object, known: Sequence[str], line: int) -> dict[str, object]:
        if not isinstance(found, dict):
            self._wrong(line, "“settings” is no object")
            return {}
        taken: dict[str, object] = {}
        for name, value in found.items():
            if name not in known:
                self._wrong(line, f"there is no setting “{shorten(clean_line(name), 40)}”")
                continue
            try:
                taken[name] = read_setting(
                    name, value, of_topic=known is TOPIC_SETTINGS, now=self.now
                )
            except ValueError as error:
                shown = shorten(clean_line(str(value)), 40)
                self._wrong(line, f"{name}: “{shown}” {error}")
        return taken

    def _line(self, words: str, start: int) -> int:
        """The line on which ``words`` stand, as JSON would have them; 0 if they cannot be found."""
        for ascii_only in (False, True):
            at = self.text.find(json.dumps(words, ensure_ascii=ascii_only), start)
            if at >= 0:
                self._at = at
                return self.text.count("\n", 0, at) + 1
        return 0

    def _wrong(self, line: int, reason: str) -> None:
        self.problems.append(Problem(line, reason))
