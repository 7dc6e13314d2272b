import json

from tests.bot.conftest import make_item
from tests.fakes.telegram import Refused


async def test_trend_is_photo_with_caption(running):
    await running.send("/subscribe sanctions")
    await running.publish(make_item("a"))
    await running.next_message()
    trend = await running.send("/trend sanctions 7d")
    (call,) = running.server.calls_to("sendPhoto")
    assert call["photo"].startswith(b"\x89PNG")
    assert trend.text.startswith("sanctions: 1 item")
    assert running.server.button_labels(trend) == ["30 days", "90 days"]
    before = len(running.server.messages)
    running.server.press_button(trend, "30 days")
    await running.server.wait_until(lambda: len(running.server.messages) > before)
    assert len(running.server.calls_to("sendPhoto")) == 2  # a photo cannot be replaced by an edit


async def test_refused_photo_is_sent_as_text(running):
    await running.send("/subscribe sanctions")
    await running.publish(make_item("a"))
    await running.next_message()

    async def refuse(method, params):
        if method == "sendPhoto":
            raise Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")

    running.server.before = refuse
    trend = await running.send("/trend sanctions 7d")
    assert "photo" not in trend.params
    assert trend.text.startswith("sanctions: 1 item")


async def test_exported_file_can_be_imported(running):
    await running.send("/subscribe sanctions")
    sent = await running.send("/export")
    (call,) = running.server.calls_to("sendDocument")
    assert json.loads(call["document"])["topics"][0]["topic"] == "sanctions"
    assert "1 topic" in sent.text
    running.server.files["mine"] = call["document"]
    document = {"file_id": "mine", "file_unique_id": "m", "file_name": "mine.json", "file_size": 9}
    before = len(running.server.messages)
    message = running.server.make_incoming("-", 8, 8)
    del message["text"]
    running.server.update(message=message | {"document": document, "caption": "/import"})
    await running.server.wait_until(lambda: len(running.server.messages) > before)
    assert "1 topic added" in running.server.messages[-1].text
    assert await running.topics(8) == ["sanctions"]
