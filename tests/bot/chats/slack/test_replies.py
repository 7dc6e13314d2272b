"""The progress notice, and the way a reply takes if Slack rejects parts of it."""

import asyncio

import pytest

from bot.chats.adapter import DEFAULT_OPTIONS, SendOptions, SentMessage
from bot.chats.slack.payloads import MessageRequest
from bot.chats.slack.replies import PROGRESS_NOTICE, Responder
from bot.conversation.cards.card import make_card
from bot.errors import ChatUnreachable, TransientDeliveryError
from bot.models import ChatRef

DM = ChatRef("slack", "T1", "D1")
CHANNEL = ChatRef("slack", "T1", "C1")
ANSWER = make_card("The answer.")


class FakeReplyChannel:
    """A reply channel that records messages and edits."""

    def __init__(self) -> None:
        self.sent: list = []
        self.edited: list = []
        self.error = None
        self.sending = asyncio.Event()
        self.may_send = asyncio.Event()
        self.may_send.set()

    async def reply(self, to, card, options=DEFAULT_OPTIONS):
        self.sending.set()
        await self.may_send.wait()
        if self.error is not None:
            raise self.error
        self.sent.append((to, card, options))
        return SentMessage(to, str(len(self.sent)))

    async def edit(self, message, card) -> None:
        self.edited.append((message.message_id, card))


class FakeResponseUrls:
    """A response URL that records replies, or fails."""

    def __init__(self) -> None:
        self.cards: list = []
        self.error = None

    async def reply(self, url, card, *, replace=False) -> None:
        if self.error is not None:
            raise self.error
        self.cards.append(card)


@pytest.fixture
def channel() -> FakeReplyChannel:
    return FakeReplyChannel()


@pytest.fixture
def urls() -> FakeResponseUrls:
    return FakeResponseUrls()


def responder(channel, urls, *, notice_after_seconds: float) -> Responder:
    return Responder(channel, urls, None, None, notice_after_seconds=notice_after_seconds)


def command(chat: ChatRef) -> MessageRequest:
    return MessageRequest("1", chat.chat, "UANN", "ann", "topics", reply_url="https://slack/reply")


async def test_a_fast_answer_sends_no_notice(channel, urls):
    replies = responder(channel, urls, notice_after_seconds=60.0)
    async with replies.notice_for_command(command(DM), DM) as notice:
        cards = [ANSWER]
    await replies.reply_to_command(command(DM), DM, cards, notice)
    assert channel.sent == []
    assert urls.cards == [ANSWER]


async def test_an_answer_waits_for_the_notice_that_it_replaces(channel, urls):
    replies = responder(channel, urls, notice_after_seconds=0.0)
    channel.may_send.clear()
    async with replies.notice_for_command(command(DM), DM) as notice:
        await channel.sending.wait()
        asyncio.get_running_loop().call_soon(channel.may_send.set)
    await replies.reply_to_command(command(DM), DM, [ANSWER], notice)
    assert [card for _, card, _ in channel.sent] == [PROGRESS_NOTICE]
    assert channel.edited == [("1", ANSWER)]
    assert urls.cards == []


async def test_a_failed_notice_does_not_prevent_the_answer(channel, urls):
    replies = responder(channel, urls, notice_after_seconds=0.0)
    channel.error = TransientDeliveryError("down")
    async with replies.notice_for_message(CHANNEL, thread="7") as notice:
        await channel.sending.wait()
    assert notice.is_due
    channel.error = None
    await replies.reply_to_message(command(CHANNEL), CHANNEL, [ANSWER], notice, thread="7")
    assert channel.sent[-1] == (CHANNEL, ANSWER, SendOptions(reply_to="7"))


async def test_a_failed_request_sends_no_notice_later(channel, urls):
    replies = responder(channel, urls, notice_after_seconds=0.0)
    with pytest.raises(ValueError, match="broken"):
        async with replies.notice_for_command(command(DM), DM):
            raise ValueError("broken")
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not channel.sending.is_set()


async def test_an_expired_response_url_is_replaced_by_an_ephemeral_message(channel, urls):
    replies = responder(channel, urls, notice_after_seconds=60.0)
    urls.error = ChatUnreachable("expired_url")
    async with replies.notice_for_command(command(CHANNEL), CHANNEL) as notice:
        cards = [ANSWER]
    await replies.reply_to_command(command(CHANNEL), CHANNEL, cards, notice)
    assert channel.sent == [(CHANNEL, ANSWER, SendOptions(ephemeral_for="UANN"))]


async def test_private_cards_of_a_mention_are_ephemeral(channel, urls):
    error_card = make_card("No such item.", private=True)
    replies = responder(channel, urls, notice_after_seconds=60.0)
    async with replies.notice_for_message(CHANNEL, thread="7") as notice:
        cards = [error_card, ANSWER]
    await replies.reply_to_message(command(CHANNEL), CHANNEL, cards, notice, thread="7")
    assert channel.sent == [
        (CHANNEL, error_card, SendOptions(ephemeral_for="UANN")),
        (CHANNEL, ANSWER, SendOptions(reply_to="7")),
    ]


async def test_a_private_card_of_a_mention_replaces_the_notice(channel, urls):
    error_card = make_card("No such item.", private=True)
    replies = responder(channel, urls, notice_after_seconds=0.0)
    async with replies.notice_for_message(CHANNEL, thread="7") as notice:
        await channel.sending.wait()
    await replies.reply_to_message(command(CHANNEL), CHANNEL, [error_card], notice, thread="7")
    assert channel.sent == [(CHANNEL, PROGRESS_NOTICE, SendOptions(reply_to="7"))]
    assert channel.edited == [("1", error_card)]
