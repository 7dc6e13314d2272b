"""Pictures and files on Slack: uploaded in three steps, each where those may see it who should."""

import json

import pytest

from bot.charts.draw import can_draw
from tests.bot.chats.slack.conftest import APP_TOKEN, TOKEN, opened
from tests.bot.conftest import brief
from tests.fakes.slack_team import FakeTeam, shown

NO_WRITING = "chat:write,commands,files:read"


@pytest.fixture
async def world(tmp_path, clock):
    slack = FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN, channel=(1000, 1.0))
    async with opened(tmp_path, clock, slack, bot_token=TOKEN, app_token=APP_TOKEN) as made:
        await made.until(lambda: made.workspace("T1"))
        yield made


@pytest.fixture
def ann(world):
    person = world.slack.person("T1", "UANN", "ann")
    person.settle = world.settle
    return person


@pytest.mark.skipif(not can_draw(), reason="matplotlib is an extra")
async def test_the_picture_of_a_trend_stands_below_its_words(world, ann):
    slack = world.slack
    await ann.says("subscribe sanctions", channel="C1")
    await world.find(brief("a"))
    await ann.says("trend sanctions", channel="C1", thread_ts="1.000001")
    (picture,) = slack.shared
    assert (picture.channel, picture.thread) == ("C1", "1.000001")
    assert picture.data.startswith(b"\x89PNG")
    assert picture.name.startswith("trend-sanctions")
    assert "sanctions" in picture.alt
    assert "sanctions: 1 item" in slack.messages[-1].text


@pytest.mark.skipif(not can_draw(), reason="matplotlib is an extra")
async def test_a_picture_for_one_person_of_a_channel_goes_to_their_own_messages(world, ann):
    slack = world.slack
    await ann.types("/tocsin subscribe sanctions")
    await world.find(brief("a"))
    await ann.types("/tocsin trend sanctions", channel="C1")
    (picture,) = slack.shared
    assert picture.channel == ann.direct
    assert "The picture is in your messages with Tocsin" in shown(ann.told[-1])
    await ann.presses(ann.told[-2], "7 days", channel="C1")
    assert [one.channel for one in slack.shared] == [ann.direct] * 2


async def test_an_export_is_a_file_in_the_persons_own_messages(world, ann):
    slack = world.slack
    await ann.types("/tocsin subscribe sanctions")
    await ann.types("/tocsin export")
    (file,) = slack.shared
    assert file.channel == ann.direct
    assert "sanctions" in json.dumps(json.loads(file.data))
    await ann.says("export")
    assert len(slack.shared) == 2


@pytest.mark.parametrize("known", [True, False])
async def test_without_the_permission_it_is_said_what_to_do(world, ann, known):
    slack = world.slack
    if known:  # Slack told it with the token; else it tells it with its refusal
        chat = world.workspace("T1").chat
        object.__setattr__(chat.workspace, "scopes", frozenset(NO_WRITING.split(",")))
    slack.scopes = NO_WRITING
    await ann.types("/tocsin subscribe sanctions")
    await ann.types("/tocsin export")
    assert "lacks the permission files:write" in shown(ann.told[-1])
    assert "OAuth & Permissions" in shown(ann.told[-1])
    assert slack.shared == []
    asked = [method for method, _ in slack.calls if method == "files.getUploadURLExternal"]
    assert len(asked) == (0 if known else 1)
    await ann.types("/tocsin topics")  # the workspace goes on
    await world.find(brief("a"))
    await world.spread()
    await world.until(lambda: slack.in_channel(ann.direct))


@pytest.mark.skipif(not can_draw(), reason="matplotlib is an extra")
async def test_a_picture_that_cannot_be_shown_is_told_in_signs(world, ann):
    world.slack.scopes = NO_WRITING
    await ann.types("/tocsin subscribe sanctions")
    await world.find(brief("a"))
    await ann.types("/tocsin trend sanctions")
    assert "▁" in shown(ann.told[-1])
    assert "files:write" in shown(ann.told[-1])


async def test_where_slack_refuses_a_file_the_person_hears_why(world, ann):
    slack = world.slack
    await ann.types("/tocsin subscribe sanctions")
    slack.errors[ann.direct] = "is_archived"
    await ann.types("/tocsin export")
    assert "cannot be shown: is_archived" in shown(ann.told[-1])


async def test_an_upload_goes_to_slack_alone_and_without_the_token(world, ann):
    slack = world.slack
    given = slack.call_files_getuploadurlexternal

    async def elsewhere(team, params):
        return await given(team, params) | {"upload_url": "http://evil.example/upload"}

    slack.call_files_getuploadurlexternal = elsewhere
    await ann.types("/tocsin export")
    assert "no address of its own" in shown(ann.told[-1])


async def test_a_channel_at_its_limit_gets_the_file_a_little_later(world, ann):
    slack = world.slack
    slack.channel_limit.most = 1
    slack.channel_limit.seconds = 0.05
    await ann.says("export")  # the words, and the file right behind them
    assert len(slack.shared) == 1
    assert slack.refused <= 1


async def test_an_export_at_home_goes_to_the_persons_messages(world, ann):
    await ann.types("/tocsin subscribe sanctions")
    await ann.types("/tocsin forget")
    await ann.presses(ann.told[-1], "Export first")
    assert [one.channel for one in world.slack.shared] == [ann.direct]
