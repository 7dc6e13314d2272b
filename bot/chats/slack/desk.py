"""The desk of one workspace: what people do, on its way to the conversation.

/tocsin …, shortcut ─┐
mention, message    ─┼─► as the conversation takes it, who may ─► Conversation ─► Replying
button              ─┘

Everything here runs after Slack has its acknowledgement.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from bot.chats.adapter import Outlet
from bot.chats.slack.chat import SlackChat
from bot.chats.slack.files import Files
from bot.chats.slack.incoming import Asked, Pressed
from bot.chats.slack.replying import Replying
from bot.chats.slack.wording import (
    SUMMARY,
    as_message,
    has_no_sound,
    in_slack,
    page_to_sum_up,
    sets_a_clock,
)
from bot.conversation.card import Action, Card, code, line, say
from bot.conversation.conversation import Conversation
from bot.conversation.request import Message, Press
from bot.conversation.rhythms import VERB as WISH
from bot.errors import DeliveryError
from bot.model import Ref

_EVERYBODY: Final = say(
    "Everybody in a channel may change what it follows; TOCSIN_SLACK_CHANGES=admins, set by whoever"
    " runs this bot, leaves it to admins."
)
_NO_SOUND: Final = say(
    line(
        "Slack knows no messages without a sound. ",
        code("/quiet 22:00-07:00 hold"),
        " keeps alerts until the morning, ",
        code("/quiet 22:00-07:00 breaking"),
        " lets through what many sources tell.",
    ),
    private=True,
)
_MORE_THAN_LINKS: Final = 280  # characters beside its links that make a message worth a summary

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Rules:
    """Who may change what a channel follows: anyone in it, or admins alone."""

    anyone_changes: bool = True


class Desk:
    """Answers the people of one workspace."""

    def __init__(
        self,
        chat: SlackChat,
        outlet: Outlet,
        conversation: Conversation,
        replying: Replying,
        files: Files,
        rules: Rules,
    ) -> None:
        self.chat = chat
        self.outlet = outlet
        self.people = replying.people
        self.replying = replying
        self._conversation = conversation
        self._files = files
        self._rules = rules

    # ── what people do ────────────────────────────────────────────────────────────────────────────

    async def command(self, asked: Asked) -> None:
        """`/tocsin …`: the answer is for the person alone, a change is told to the channel."""
        if not await self.is_new(asked.id):
            return
        ref = await self.people.where(asked.channel, asked.user)
        await self.replying.alone(asked, ref, self._hear(asked, ref))

    async def mention(self, asked: Asked) -> None:
        """`@Tocsin …` in a channel: answered in its thread, for all who read along."""
        if not await self.is_new(asked.id):
            return
        ref, thread = self.people.channel(asked.channel), asked.thread or asked.ts
        await self.replying.openly(asked, ref, self._hear(asked, ref), thread=thread)

    async def message(self, asked: Asked) -> None:
        """A direct message, with its files."""
        if not await self.is_new(asked.id):
            return
        self.people.writes_in(asked.user, asked.channel)
        ref = self.people.channel(asked.channel)
        await self.replying.openly(asked, ref, self._hear(asked, ref), thread=asked.thread)

    async def summarise(self, asked: Asked) -> None:
        """The shortcut of a message: its text, its document or the page that it links to, summed up."""
        if not await self.is_new(asked.id):
            return
        ref = await self.people.where(asked.channel, asked.user)
        await self.replying.alone(asked, ref, self._sum_up(asked, ref))

    async def press(self, pressed: Pressed) -> None:
        """A button in a message."""
        if not await self.is_new(pressed.id):
            return
        ref = await self.people.where(pressed.channel, pressed.user)
        await self.replying.press(pressed, ref, self.do(pressed, ref))

    async def invite(self, pressed: Pressed) -> None:
        """The button that brings us into a channel that everybody may join."""
        channel = pressed.action.argument or pressed.channel
        try:
            await self.chat.once(self.chat.client.conversations_join(channel=channel))
        except DeliveryError as error:
            log.info("cannot join", channel=channel, problem=error.reason)
            invite = code("/invite @Tocsin")
            card = say(line("I cannot join by myself; write ", invite, " in the channel."))
        else:
            await self.outlet.back(self.people.channel(channel))
            card = say("I am in: the channel gets its alerts from now on.")
        await self.replying.instead(pressed, card)

    async def is_new(self, id_: str) -> bool:
        """Whether something is to be answered: Slack sends the same one again, and so may others."""
        return not id_ or await self.outlet.first_time(id_)

    # ── the conversation ──────────────────────────────────────────────────────────────────────────

    async def do(self, pressed: Pressed, ref: Ref) -> list[Card]:
        """What a button does."""
        return await self.act(ref, pressed.action, pressed.user)

    async def act(self, ref: Ref, action: Action, user: str) -> list[Card]:
        """What an action does, for a person."""
        press = Press(ref, action, user)
        if self._conversation.is_change(action):
            may = await self.may_change(press.target, user)
            zone = await self.people.zone(user) if action.verb == WISH else ""
            press = replace(press, may_change=may, zone=zone)
        return self._said(await self._conversation.press(press))

    async def hear(self, ref: Ref, text: str, user: str) -> list[Card]:
        """The answer to a command, as the conversation knows it."""
        return await self._heard(Message(ref, text, user))

    async def may_change(self, ref: Ref, user: str) -> bool:
        """Whether a person decides for a chat. Who cannot be asked about does not."""
        if self._rules.anyone_changes or ref.chat.startswith("D"):
            return True
        try:
            return await self.chat.is_admin(ref, user)
        except DeliveryError as error:
            log.warning("cannot see who is an admin", problem=error.reason)
            return False

    async def _hear(self, asked: Asked, ref: Ref) -> list[Card]:
        attachments, problems = await self._files.fetch(asked.files)
        if problems and not attachments and asked.text.strip() in {"", SUMMARY}:
            return self._said(problems)
        text = as_message(asked.text, self._conversation.commands, has_files=bool(attachments))
        page = page_to_sum_up(text)
        if page:
            return self._said(await self._read(ref, page, asked.user))
        message = Message(
            ref, text, asked.user, attachments, reply_to=asked.thread, links=asked.links
        )
        return [*self._said(problems), *await self._heard(message)]

    async def _heard(self, message: Message) -> list[Card]:
        if self._conversation.asks_for_change(message.text):
            if self._rules.anyone_changes and message.text.partition(" ")[0] == "/allow":
                return [_EVERYBODY]
            if has_no_sound(message.text):
                return self._said([_NO_SOUND])
            may = await self.may_change(message.ref, message.by)
            zone = await self.people.zone(message.by) if sets_a_clock(message.text) else ""
            message = replace(message, may_change=may, zone=zone)
        return self._said(await self._conversation.hear(message))

    async def _read(self, ref: Ref, url: str, user: str) -> list[Card]:
        return await self._conversation.press(Press(ref, Action("read", url), user))

    async def _sum_up(self, asked: Asked, ref: Ref) -> list[Card]:
        if asked.files:
            return await self._hear(replace(asked, text=""), ref)
        words = asked.text
        for link in asked.links:
            words = words.replace(link, "")
        if asked.links and len(words.strip()) < _MORE_THAN_LINKS:
            return self._said(await self._read(ref, asked.links[0], asked.user))
        if not words.strip():
            return [say("There is no text in that message to sum up.")]
        press = Press(ref, Action("sum_up", asked.text), asked.user)
        return self._said(await self._conversation.press(press))

    def _said(self, cards: Sequence[Card]) -> list[Card]:
        return [in_slack(card, self._conversation.commands) for card in cards]
