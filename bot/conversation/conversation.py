"""The conversation: a message or a pressed button in, cards out. The same on every platform.

Message "/sub x" ──► command ──► use case ──► cards
Message "x"      ──► "Follow x?" [Yes] [No]
Press            ──► action  ──► use case ──► cards
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import structlog

from bot.clock import Clock
from bot.conversation.card import Card, code, line, say, strong
from bot.conversation.commands import Answer, Command, Commands
from bot.conversation.finder import Finder
from bot.conversation.following import Following
from bot.conversation.muting import Muting
from bot.conversation.naming import Naming
from bot.conversation.reading import Reading
from bot.conversation.request import Message, Press, Request
from bot.conversation.searching import Searching
from bot.conversation.status import Status
from bot.errors import MisuseError, StoreError
from bot.store import Database
from watchers.text.clean import clean_line

_LONGEST_MESSAGE: Final = 4_096  # characters; more is no command and no topic

log = structlog.get_logger(__name__)


class Conversation:
    """Answers people. Holds no state of its own: everything is in the store."""

    def __init__(self, database: Database, clock: Clock) -> None:
        finder = Finder(database, clock)
        following = Following(database, finder, clock)
        muting = Muting(database, clock)
        searching = Searching(database, finder, clock)
        reading = Reading(database, clock)
        naming = Naming(database, clock)
        status = Status(database, clock)
        self._confirm = following.confirm
        self.commands = Commands(
            (
                Command(
                    "subscribe", following.subscribe, "follow a topic", "TOPIC", ("sub", "add")
                ),
                Command(
                    "unsubscribe",
                    following.unsubscribe,
                    "follow it no more",
                    "TOPIC|N",
                    ("unsub", "remove"),
                ),
                Command("topics", following.topics, "what you follow", "", ("list", "subs")),
                Command("edit", following.edit, "change a topic in its place", "N TOPIC"),
                Command("mute", muting.mute, "no alerts for a while", "TOPIC [2h|1d|1w]"),
                Command("unmute", muting.unmute, "alerts on again", "[TOPIC]"),
                Command(
                    "preview", searching.preview, "what a topic would bring", "TOPIC", ("test",)
                ),
                Command("search", searching.search, "what is known", "TOPIC [since 7d]", ("find",)),
                Command("latest", reading.latest, "the newest items for you", "[N]", ("news",)),
                Command("summary", reading.summary, "what an item says", "[N]", ("sum",)),
                Command("why", reading.why, "why an item came, or not", "[N [TOPIC]]"),
                Command("alias", naming.alias, "a word of your own", "NAME = TOPIC"),
                Command("status", status.status, "what is watched and what waits"),
                Command("help", self._help, "this list", "", ("commands",)),
                Command("start", self._start, "a short welcome"),
            )
        )
        self._actions: Mapping[str, Answer] = {
            "subscribe": following.subscribe,
            "exact": following.exact,
            "unsubscribe": following.unsubscribe_from_alert,
            "unsubscribe_topic": following.unsubscribe_topic,
            "mute": muting.ask,
            "mute_topics": muting.mute_topics,
            "unmute_topics": muting.unmute_topics,
            "search": searching.search,
            "summary": reading.summary,
            "why": reading.why,
            "dismiss": self._dismiss,
        }

    async def hear(self, message: Message) -> list[Card]:
        """Answer what a person wrote. Never raises for what they did: it tells them."""
        text = clean_line(message.text)
        if len(text) > _LONGEST_MESSAGE:
            return [say(f"That is longer than {_LONGEST_MESSAGE:,} characters; make it shorter.")]
        if not text:
            return []
        name, argument = _split_command(text)
        request = Request(message.ref, argument, message.by, message.attachments)
        if name is None:
            return await _safely(self._confirm, request)
        try:
            command = self.commands.find(name)
        except MisuseError as error:
            return [_complaint(error)]
        return await _safely(command.answer, request)

    async def press(self, press: Press) -> list[Card]:
        """Answer a button. Never raises for what a person did: it tells them."""
        answer = self._actions.get(press.action.verb)
        if answer is None:
            return [say("This button is from another version; /help lists what there is.")]
        return await _safely(answer, Request(press.ref, press.action.argument, press.by))

    async def _help(self, _request: Request) -> list[Card]:
        return [self.commands.help()]

    async def _start(self, _request: Request) -> list[Card]:
        return [
            say(
                line(strong("Tocsin"), " tells you when your topics are in the news."),
                line("Type a topic, such as ", code("sanctions"), ", or"),
                line(code('/subscribe "North Korea" AND missile -football')),
                line(code("/help"), " lists all commands."),
            )
        ]

    async def _dismiss(self, _request: Request) -> list[Card]:
        return [say("As you wish.")]


def _split_command(text: str) -> tuple[str | None, str]:
    """The command's name and what follows it; no name where it is plain text."""
    if not text.startswith("/"):
        return None, text
    head, _, argument = text[1:].partition(" ")
    # In groups, Telegram names the bot that is meant: /topics@tocsin_bot.
    return head.partition("@")[0], argument.strip()


async def _safely(answer: Answer, request: Request) -> list[Card]:
    try:
        return await answer(request)
    except MisuseError as error:
        return [_complaint(error)]
    except StoreError as error:
        log.error("cannot answer", problem=str(error))
        return [
            say(f"That could not be done: {error.what}. Nothing was changed; please try again.")
        ]
    except Exception:
        # A fault of ours ends one answer, never the conversation.
        log.exception("an answer broke", argument=request.argument)
        return [say("Something broke in Tocsin while answering; it is in the log.")]


def _complaint(error: MisuseError) -> Card:
    text = str(error)
    return say(f"{text[:1].upper()}{text[1:]}".rstrip(".") + ".")
