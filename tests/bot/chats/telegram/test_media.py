import json

from tests.bot.conftest import brief


async def test_a_trend_is_a_photo_with_its_words_beneath(life):
    await life.said("/subscribe sanctions")
    await life.news(brief("a"))
    await life.alerted()
    shown = await life.said("/trend sanctions 7d")
    (call,) = life.server.called("sendPhoto")
    assert call["photo"].startswith(b"\x89PNG")
    assert shown.text.startswith("sanctions: 1 item")
    assert life.server.labels(shown) == ["30 days", "90 days"]
    before = len(life.server.messages)
    life.server.tap(shown, "30 days")
    await life.server.until(lambda: len(life.server.messages) > before)
    assert len(life.server.called("sendPhoto")) == 2  # another one: a photo's words stay


async def test_a_photo_that_telegram_refuses_comes_as_words_alone(life):
    await life.said("/subscribe sanctions")
    await life.news(brief("a"))
    await life.alerted()

    async def refuse(method, params):
        from tests.fakes.telegram import Refused

        if method == "sendPhoto":
            raise Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")

    life.server.before = refuse
    shown = await life.said("/trend sanctions 7d")
    assert "photo" not in shown.params
    assert shown.text.startswith("sanctions: 1 item")


async def test_what_is_exported_comes_as_a_file_that_import_takes_back(life):
    await life.said("/subscribe sanctions")
    sent = await life.said("/export")
    (call,) = life.server.called("sendDocument")
    assert json.loads(call["document"])["topics"][0]["topic"] == "sanctions"
    assert sent.text.startswith("1 topic")
    life.server.files["mine"] = call["document"]
    document = {"file_id": "mine", "file_unique_id": "m", "file_name": "mine.json", "file_size": 9}
    before = len(life.server.messages)
    made = life.server._incoming("-", 8, 8)
    del made["text"]
    life.server.update(message=made | {"document": document, "caption": "/import"})
    await life.server.until(lambda: len(life.server.messages) > before)
    assert "1 topic added" in life.server.messages[-1].text
    assert await life.topics(8) == ["sanctions"]
