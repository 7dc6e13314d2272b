"""The command line.

Exit codes: 0 done, 1 nothing found or matched (as grep), 2 misuse or a bad input, with one clear line.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from io import TextIOWrapper

from bot.cli.match import match
from bot.errors import BotError
from bot.logs import configure_logs
from bot.settings import load_settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows a "?"
    options = _parser().parse_args(arguments)
    try:
        return _dispatch(options)
    except BotError as error:
        print(f"tocsin: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # `tocsin match … | head` has seen enough; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        print(f"tocsin: {error.filename or 'the output'}: {error.strerror}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _dispatch(options: argparse.Namespace) -> int:
    match options.command:
        case "match":
            return match_(options)
        case "summarize":
            from bot.cli.summarize import summarize  # noqa: PLC0415 - each command pays for itself

            return summarize(
                options.files,
                sentences=options.sentences,
                topic=options.topic,
                as_json=options.json,
            )
        case "check":
            from bot.cli.check import check  # noqa: PLC0415

            return asyncio.run(check(load_settings(), as_json=options.json))
        case "alerts":
            from bot.cli.alerts import alerts  # noqa: PLC0415

            return asyncio.run(
                alerts(
                    load_settings(),
                    failed=options.failed,
                    most=options.most,
                    as_json=options.json,
                )
            )
        case "feeds":
            from bot.cli.feeds import Told, feeds  # noqa: PLC0415

            configure_logs(level=logging.WARNING)
            told = Told(
                options.verb,
                tuple(getattr(options, "names", ())),
                as_json=getattr(options, "json", False),
                add=getattr(options, "add", False),
            )
            return asyncio.run(feeds(load_settings(), told))
        case "export" | "import":
            from bot.cli.everything import export_everything, import_everything  # noqa: PLC0415

            configure_logs(level=logging.WARNING)
            move = export_everything if options.command == "export" else import_everything
            return asyncio.run(move(load_settings(), options.file))
        case "backup" | "restore" | "migrate":
            return _keep(options)
        case _:
            return _run(options)


def match_(options: argparse.Namespace) -> int:
    """`match` is a word of the language, too."""
    return match(options.query, options.files, as_json=options.json)


def _run(options: argparse.Namespace) -> int:
    from bot.app import run  # noqa: PLC0415 - the other commands start without all this

    # In a chat on this terminal, what goes well needs no log line.
    quiet = options.console and not options.verbose
    configure_logs(level=logging.WARNING if quiet else logging.INFO)
    asyncio.run(run(load_settings(), console=options.console, role=options.role))
    return 0


def _keep(options: argparse.Namespace) -> int:
    from bot.cli.keeping import backup, restore  # noqa: PLC0415
    from bot.cli.moving import move as move_all  # noqa: PLC0415

    settings = load_settings()
    if options.command == "backup":
        return backup(settings, options.file)
    if options.command == "restore":
        return restore(settings, options.file, overwrite=options.overwrite)
    if options.origin or options.goal:
        return asyncio.run(move_all(settings, options.origin, options.goal))
    return asyncio.run(_migrate())


async def _migrate() -> int:
    from bot.single import only_process  # noqa: PLC0415
    from bot.store import Database, migrate  # noqa: PLC0415

    settings = load_settings()
    with only_process(settings.sqlite_file):
        database = Database(settings.database)
        try:
            done = await migrate(database)
        finally:
            await database.close()
    print(f"brought up to date: {', '.join(done)}" if done else "up to date already")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="tocsin", description="Tells you when your topics are in the news."
    )
    parser.add_argument("--version", action="version", version=f"tocsin {_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="watch, match, tell")
    run.add_argument("--console", action="store_true", help="chat right here, on this terminal")
    run.add_argument(
        "--role", choices=("all", "watch", "chat"), default="all", help="what this process does"
    )
    run.add_argument("--verbose", action="store_true", help="log what goes well, too")

    match = commands.add_parser("match", help="which documents match a topic")
    match.add_argument("query", metavar="QUERY")
    match.add_argument("files", metavar="FILE", nargs="*", help="default: standard input")
    match.add_argument("--json", action="store_true", help="one JSON object a line")

    summarize = commands.add_parser("summarize", help="the sentences that say most of an article")
    summarize.add_argument("files", metavar="FILE|URL", nargs="+", help="- is standard input")
    summarize.add_argument("--sentences", metavar="N", type=_positive, default=3)
    summarize.add_argument("--topic", metavar="QUERY", help="prefer sentences about this")
    summarize.add_argument("--json", action="store_true", help="one JSON object a line")

    check = commands.add_parser("check", help="what is on, what is off and why, and what is wrong")
    check.add_argument("--json", action="store_true")

    alerts = commands.add_parser("alerts", help="the newest alerts, and what became of each")
    alerts.add_argument("--failed", action="store_true", help="only what did not arrive, and why")
    alerts.add_argument("--most", metavar="N", type=_positive, default=50)
    alerts.add_argument("--json", action="store_true", help="one JSON object a line")

    _add_feeds(commands.add_parser("feeds", help="what is read: add, list, import …"))
    for verb, about in (
        ("export", "all chats and feeds as a file; .opml: the feeds alone; - is standard output"),
        ("import", "add what such a file says; - is standard input"),
    ):
        commands.add_parser(verb, help=about).add_argument("file", metavar="FILE")
    backup = commands.add_parser("backup", help="all that the database holds as one file")
    backup.add_argument("file", metavar="FILE")
    restore = commands.add_parser("restore", help="make the database what such a file is")
    restore.add_argument("file", metavar="FILE")
    restore.add_argument(
        "--overwrite", action="store_true", help="what is in the database now is lost"
    )
    migrate = commands.add_parser(
        "migrate", help="bring the database to this version's schema, or move all to another one"
    )
    migrate.add_argument("--from", dest="origin", metavar="URL", help="default: the configured one")
    migrate.add_argument("--to", dest="goal", metavar="URL", help="default: the configured one")
    return parser


def _add_feeds(feeds: argparse.ArgumentParser) -> None:
    verbs = feeds.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="every feed, and how it fares")
    listing.add_argument("--json", action="store_true", help="one JSON object a line")
    for verb, name, about in (
        ("add", "ADDRESS", "follow a feed, a site, a channel, a profile"),
        ("discover", "ADDRESS", "which feeds a site has; nothing is added"),
        ("check", "FEED", "ask a feed now: its number, address or title"),
        ("pause", "FEED", "ask it no more for now"),
        ("resume", "FEED", "ask it again"),
        ("remove", "FEED", "follow it no more; what it brought stays known"),
        ("import", "FILE", "follow every feed of an OPML file; - is standard input"),
    ):
        one = verbs.add_parser(verb, help=about)
        one.add_argument("names", metavar=name, nargs="+")
        if verb == "discover":
            one.add_argument("--json", action="store_true", help="one JSON object a line")
    export = verbs.add_parser("export", help="all feeds as OPML")
    export.add_argument("names", metavar="FILE", nargs="*", help="default: standard output")
    starter = verbs.add_parser("starter", help="a list of good sources to begin with")
    starter.add_argument("--add", action="store_true", help="follow them all")


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no number") from None
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def _version() -> str:
    try:
        return version("tocsin")
    except PackageNotFoundError:
        return "(not installed)"


if __name__ == "__main__":
    sys.exit(main())
