"""The parts of `tocsin check` about documents, feeds, operators and languages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from bot.app.options import configured_feeds, http_options
from bot.conversation.durations import pluralise
from bot.errors import BotError, SettingsError
from bot.settings import Settings
from bot.store import Database
from bot.store.feeds.feeds import FeedRow, count_feeds, list_feeds_by_health
from bot.store.feeds.sources import SourceHealth, list_sources
from bot.store.migrate import current_revision, known_revisions
from watchers.text.language import detect_language
from watchers.text.stems import ALL_RULES

_MAX_LISTED_FEEDS: Final = 20

# A user or a group of Telegram has a number, a user of Slack a code.
_TELEGRAM_ID: Final = regex.compile(r"-?\d{3,20}")
_SLACK_ID: Final = regex.compile(r"[UW][A-Z0-9]{2,30}")

_SAMPLE: Final = ("The council of the city agreed on new rules for the harbour today.", "en")


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the report. ``state`` is "on", "off", "wrong" for a setting, or "bad" for a document."""

    component: str
    state: str
    why: str


async def check_stored_sources(settings: Settings) -> list[CheckResult]:
    """Return one line per document and feed that cannot be read.

    Without a database, nothing was read; a database that cannot be read has a line of its own.
    """
    file = settings.sqlite_file
    if file is not None and not file.exists():
        return []
    try:
        database = Database(settings.database)
        try:
            if await current_revision(database) != known_revisions()[-1]:
                return []
            async with database.reading() as connection:
                folders = await list_sources(connection)
                counts = await count_feeds(connection)
                feeds = await list_feeds_by_health(connection, limit=_MAX_LISTED_FEEDS)
        finally:
            await database.close()
    except (BotError, ImportError):
        return []
    return [*_unreadable_documents(settings, folders), *_feeds(feeds, sum(counts.values()))]


def _unreadable_documents(
    settings: Settings, folders: Sequence[SourceHealth]
) -> Iterator[CheckResult]:
    watched = {str(folder.absolute()) for folder in settings.seeds_dir}
    for folder in folders:
        if folder.source.address not in watched:
            # The folder was removed from the settings.
            continue
        for problem in folder.unreadable:
            yield CheckResult("document", "bad", f"{problem.name}: {problem.reason}")
        unlisted = folder.unreadable_count - len(folder.unreadable)
        if unlisted > 0:
            verb = "cannot be read"
            yield CheckResult("document", "bad", f"{pluralise(unlisted, 'more document')} {verb}")


def _feeds(feeds: Sequence[FeedRow], total: int) -> Iterator[CheckResult]:
    if not total:
        yield CheckResult("feeds", "off", "none; `tocsin feeds add ADDRESS` adds one")
        return
    failing = [feed for feed in feeds if feed.problem]
    verb = "can be read" if not failing else "are stored"
    yield CheckResult("feeds", "on", f"{pluralise(total, 'feed')} {verb}")
    for feed in failing:
        yield CheckResult("feed", "bad", f"{feed.id} {feed.title or feed.host}: {feed.problem}")


def check_configured_feeds(settings: Settings) -> Iterator[CheckResult]:
    """Return a line about an address of TOCSIN_FEEDS that is not one."""
    try:
        configured_feeds(settings)
    except SettingsError as error:
        yield CheckResult("feeds", "wrong", str(error))


def check_admins(settings: Settings) -> Iterator[CheckResult]:
    """Return the operators, and a line per ID that no platform can have."""
    if not settings.admins:
        hint = "set TOCSIN_ADMINS to the IDs of the operators; the console needs none"
        yield CheckResult("operators", "off", hint)
        return
    is_on = {
        "telegram": bool(settings.telegram_token.get_secret_value()),
        "slack": bool(settings.slack_bot_token.get_secret_value() or settings.slack_client_id),
    }
    problems = list(filter(None, map(_admin_problem, settings.admins)))
    for problem in problems:
        yield CheckResult("operators", "wrong", f"TOCSIN_ADMINS: {problem}")
    if not problems:
        unused = {_platform_of(name) for name in settings.admins if not is_on[_platform_of(name)]}
        remark = (
            f"; {' and '.join(sorted(unused))} {'is' if len(unused) == 1 else 'are'} off"
            if unused
            else ""
        )
        count = pluralise(len(settings.admins), "operator")
        yield CheckResult("operators", "on", f"{count}{remark}")


def _platform_of(name: str) -> str:
    """Return the platform of an operator: a number without a name is an ID of Telegram."""
    platform, _, user_id = name.rpartition(":")
    return platform or ("telegram" if user_id.lstrip("-").isdecimal() else "slack")


def _admin_problem(name: str) -> str:
    """Return why an ID of an operator is wrong, or ""."""
    platform, user_id = _platform_of(name), name.rpartition(":")[2]
    form = {"telegram": _TELEGRAM_ID, "slack": _SLACK_ID}.get(platform)
    if form is None:
        return f"“{name}” names no platform; use telegram:12345 or slack:U02AB"
    if not form.fullmatch(user_id):
        example = "a number such as 12345" if platform == "telegram" else "a code such as U02AB"
        return f"“{name}” is not an ID of {platform.title()}, which is {example}, not a name"
    return ""


def check_addresses(settings: Settings) -> Iterator[CheckResult]:
    """Return a line per wrong network or public address."""
    try:
        http_options(settings)
    except SettingsError as error:
        yield CheckResult("network", "wrong", str(error))
    url = settings.public_url
    if url and not url.startswith(("http://", "https://")):
        problem = f"TOCSIN_PUBLIC_URL: “{url}” does not start with http:// or https://"
        yield CheckResult("web server", "wrong", problem)


def check_languages() -> CheckResult:
    """Return whether the detection of languages works."""
    text, expected = _SAMPLE
    try:
        found = detect_language(text)
    except (ImportError, OSError) as error:
        return CheckResult("languages", "wrong", f"the detection of languages fails: {error}")
    if found != expected:
        return CheckResult("languages", "wrong", "the detection of languages has no model")
    rules = len(ALL_RULES) - 1
    return CheckResult("languages", "on", f"detected per item; {rules} sets of inflection rules")
