from bot.conversation.access import Access
from bot.delivery.operators import tell_operators
from bot.errors import Gone
from bot.model import Ref
from tests.bot.delivery.test_sender import running


async def test_those_who_run_the_bot_are_told_where_they_are(world):
    access = Access(["fake:7", "slack:U1", "12345"])
    async with running(world) as sender:
        await tell_operators([sender], access, "A feed is gone.")
    assert [(ref, card.lines[0][0].text) for ref, card in world.chat.sent] == [
        (Ref("fake", "bot", "7"), "A feed is gone.")
    ]


async def test_an_operator_who_cannot_be_reached_holds_up_nobody(world):
    world.chat.fail = lambda ref, _: Gone("blocked") if ref.chat == "1" else None
    async with running(world) as sender:
        await tell_operators([sender], Access(["fake:1", "fake:2"]), "Well again.")
    assert [ref.chat for ref, _ in world.chat.sent] == ["2"]


def test_an_id_without_its_platform_goes_by_its_looks():
    access = Access(["12345", "U02AB", "telegram:7"])
    assert access.operators_on("telegram") == ("12345", "7")
    assert access.operators_on("slack") == ("U02AB",)
    assert access.operators_on("console") == ("you",)
