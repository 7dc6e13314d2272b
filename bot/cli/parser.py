"""Parse the command line and run one command.

Each command imports its own modules, so that the help and a command on one file start at once.

Exit codes: 0 success, 1 nothing found or matched (as grep), 2 misuse or bad input with one clear line.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from bot.errors import BotError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A terminal whose encoding lacks a character shows "?" instead of raising an error.
            stream.reconfigure(errors="replace")
    options = make_parser().parse_args(arguments)
    try:
        return _dispatch(options)
    except BotError as error:
        print(f"tocsin: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader of the pipe has closed it (`tocsin match … | head`). Python flushes standard
        # output at exit; without this redirection that flush would raise again.
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
            from bot.cli.match import match

            return match(options.query, options.files, as_json=options.json)
        case "summarize":
            from bot.cli.summarize import summarize

            return summarize(
                options.files,
                sentences=options.sentences,
                topic=options.topic,
                as_json=options.json,
            )
        case "backup" | "restore" | "migrate":
            return _run_database_command(options)
        case "run":
            return _run_service(options)
        case _:
            import asyncio

            return asyncio.run(_run_async_command(options))


async def _run_async_command(options: argparse.Namespace) -> int:
    import logging

    from bot.runtime.log_setup import configure_logging
    from bot.settings import load_settings

    settings = load_settings()
    match options.command:
        case "check":
            from bot.cli.check import check

            return await check(settings, as_json=options.json)
        case "alerts":
            from bot.cli.alerts import alerts

            return await alerts(
                settings, failed=options.failed, most=options.most, as_json=options.json
            )
        case "feeds":
            from bot.cli.feeds import FeedsCommand, feeds

            configure_logging(level=logging.WARNING)
            command = FeedsCommand(
                options.verb,
                tuple(getattr(options, "names", ())),
                as_json=getattr(options, "json", False),
                add=getattr(options, "add", False),
            )
            return await feeds(settings, command)
        case _:
            from bot.cli.export_import import export_data, import_data

            configure_logging(level=logging.WARNING)
            transfer = export_data if options.command == "export" else import_data
            return await transfer(settings, options.file)


def _run_service(options: argparse.Namespace) -> int:
    import asyncio
    import gc
    import logging

    # Modules are not garbage, so collections during the imports only delay the start, by about 15 %.
    gc.disable()
    from bot.app.app import run
    from bot.runtime.file_permissions import PRIVATE_UMASK
    from bot.runtime.log_setup import configure_logging
    from bot.runtime.log_stream import LogStream
    from bot.settings import load_settings

    gc.enable()
    # Log lines of level INFO would disturb a chat on the same terminal.
    quiet = options.console and not options.verbose
    # Only a terminal shows lines at once. A pipe that is not read must not stop the process.
    stream = None if sys.stderr.isatty() else LogStream(sys.stderr.fileno())
    configure_logging(level=logging.WARNING if quiet else logging.INFO, stream=stream)
    os.umask(PRIVATE_UMASK)
    settings = load_settings()

    def report_copied(count: int) -> None:
        # Otherwise the log contains the event.
        if quiet:
            folder = settings.seeds_dir[0].absolute()
            print(f"tocsin: copied {count} example documents to {folder}", file=sys.stderr)

    service = run(
        settings, console=options.console, role=options.role, on_documents_copied=report_copied
    )
    try:
        asyncio.run(service)
    finally:
        if stream is not None:
            stream.close()
    return 0


def _run_database_command(options: argparse.Namespace) -> int:
    import asyncio

    from bot.cli.backup import backup, restore
    from bot.cli.migrate import migrate_database, migrate_schema
    from bot.settings import load_settings

    settings = load_settings()
    if options.command == "backup":
        return backup(settings, options.file)
    if options.command == "restore":
        return restore(settings, options.file, overwrite=options.overwrite)
    if options.origin or options.goal:
        return asyncio.run(migrate_database(settings, options.origin, options.goal))
    return asyncio.run(migrate_schema(settings))


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="tocsin", description="Send alerts when your topics are in the news."
    )
    parser.add_argument(
        "--version", action=_PrintVersion, nargs=0, help="print the version and exit"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run the service")
    run.add_argument("--console", action="store_true", help="chat on this terminal")
    run.add_argument(
        "--role",
        choices=("all", "watch", "chat"),
        default="all",
        help="part of the service that this process runs",
    )
    run.add_argument("--verbose", action="store_true", help="log at level INFO with --console, too")

    match = commands.add_parser("match", help="print the documents that match a topic")
    match.add_argument("query", metavar="QUERY")
    match.add_argument("files", metavar="FILE", nargs="*", help="default: standard input")
    match.add_argument("--json", action="store_true", help="print one JSON object per line")

    summarize = commands.add_parser("summarize", help="print the key sentences of an article")
    summarize.add_argument("files", metavar="FILE|URL", nargs="+", help="- reads standard input")
    summarize.add_argument("--sentences", metavar="N", type=_positive, default=3)
    summarize.add_argument("--topic", metavar="QUERY", help="prefer sentences about this topic")
    summarize.add_argument("--json", action="store_true", help="print one JSON object per line")

    check = commands.add_parser(
        "check", help="validate the configuration and show which components are enabled"
    )
    check.add_argument("--json", action="store_true")

    alerts = commands.add_parser("alerts", help="print the newest alerts and their delivery state")
    alerts.add_argument(
        "--failed", action="store_true", help="only alerts that were not delivered, with the reason"
    )
    alerts.add_argument("--most", metavar="N", type=_positive, default=50)
    alerts.add_argument("--json", action="store_true", help="print one JSON object per line")

    _add_feeds(commands.add_parser("feeds", help="manage feeds: add, list, import …"))
    for verb, about in (
        ("export", "export all chats and feeds to a file (.opml: only feeds; -: standard output)"),
        ("import", "import chats and feeds from a file (-: standard input)"),
    ):
        commands.add_parser(verb, help=about).add_argument("file", metavar="FILE")
    backup = commands.add_parser("backup", help="copy the database to one file")
    backup.add_argument("file", metavar="FILE")
    restore = commands.add_parser("restore", help="replace the database with a backup")
    restore.add_argument("file", metavar="FILE")
    restore.add_argument(
        "--overwrite", action="store_true", help="delete the current content of the database"
    )
    migrate = commands.add_parser(
        "migrate", help="upgrade the schema of the database, or copy all data to another database"
    )
    migrate.add_argument("--from", dest="origin", metavar="URL", help="default: the configured one")
    migrate.add_argument("--to", dest="goal", metavar="URL", help="default: the configured one")
    return parser


def _add_feeds(feeds: argparse.ArgumentParser) -> None:
    verbs = feeds.add_subparsers(dest="verb", required=True, metavar="VERB")
    listing = verbs.add_parser("list", help="list all feeds and their state")
    listing.add_argument("--json", action="store_true", help="print one JSON object per line")
    for verb, name, about in (
        ("add", "ADDRESS", "add a feed, or the feed of a site, channel or profile"),
        ("discover", "ADDRESS", "list the feeds of a site without adding them"),
        ("check", "FEED", "poll a feed now (number, address or title)"),
        ("pause", "FEED", "stop polling a feed"),
        ("resume", "FEED", "poll a paused feed again"),
        ("remove", "FEED", "remove a feed and keep its items"),
        ("import", "FILE", "add all feeds of an OPML file (-: standard input)"),
    ):
        verb_parser = verbs.add_parser(verb, help=about)
        verb_parser.add_argument("names", metavar=name, nargs="+")
        if verb == "discover":
            verb_parser.add_argument(
                "--json", action="store_true", help="print one JSON object per line"
            )
    export = verbs.add_parser("export", help="export all feeds as OPML")
    export.add_argument("names", metavar="FILE", nargs="*", help="default: standard output")
    starter = verbs.add_parser("starter", help="list recommended feeds")
    starter.add_argument("--add", action="store_true", help="add all of them")


def _positive(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is not a number") from None
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


class _PrintVersion(argparse.Action):
    """Read the version only when it is asked for: the package metadata takes long to load."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            print(f"tocsin {version('tocsin')}")
        except PackageNotFoundError:
            print("tocsin (not installed)")
        parser.exit()
