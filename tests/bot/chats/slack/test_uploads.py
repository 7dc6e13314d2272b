"""Images and files on Slack: uploaded in three steps, and visible only to those who may see them."""

import json

import pytest

from bot.charts.render import can_draw
from tests.bot.chats.slack.conftest import APP_TOKEN, TOKEN, open_slack_world
from tests.bot.conftest import make_item
from tests.fakes.slack_team import FakeTeam, visible_text

SCOPES_WITHOUT_UPLOADS = "chat:write,commands,files:read"


@pytest.fixture
async def world(sqlite_url, clock):
    slack = FakeTeam({TOKEN: "T1"}, app_token=APP_TOKEN, channel=(1000, 1.0))
    async with open_slack_world(
        sqlite_url, clock, slack, bot_token=TOKEN, app_token=APP_TOKEN
    ) as slack_world:
        await slack_world.wait_until(lambda: slack_world.workspace("T1"))
        yield slack_world


@pytest.fixture
def ann(world):
    person = world.slack.person("T1", "UANN", "ann")
    person.settle = world.settle
    return person


@pytest.mark.skipif(not can_draw(), reason="matplotlib is an extra")
async def test_the_image_of_a_trend_follows_its_text(world, ann):
    slack = world.slack
    await ann.says("subscribe sanctions", channel="C1")
    await world.ingest_items(make_item("a"))
    await ann.says("trend sanctions", channel="C1", thread_ts="1.000001")
    (image,) = slack.shared
    assert (image.channel, image.thread) == ("C1", "1.000001")
    assert image.data.startswith(b"\x89PNG")
    assert image.name.startswith("trend-sanctions")
    assert "sanctions" in image.alt
    assert "sanctions: 1 item" in slack.messages[-1].text


@pytest.mark.skipif(not can_draw(), reason="matplotlib is an extra")
async def test_an_image_for_one_user_goes_to_their_direct_messages(world, ann):
    slack = world.slack
    await ann.types("/tocsin subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await ann.types("/tocsin trend sanctions", channel="C1")
    (image,) = slack.shared
    assert image.channel == ann.direct
    assert "image is in your messages" in visible_text(ann.replies[-1])
    await ann.presses(ann.replies[-2], "7 days", channel="C1")
    assert [file.channel for file in slack.shared] == [ann.direct] * 2


async def test_an_export_is_a_file_in_the_users_direct_messages(world, ann):
    slack = world.slack
    await ann.types("/tocsin subscribe sanctions")
    await ann.types("/tocsin export")
    (file,) = slack.shared
    assert file.channel == ann.direct
    assert "sanctions" in json.dumps(json.loads(file.data))
    await ann.says("export")
    assert len(slack.shared) == 2


@pytest.mark.parametrize("is_known", [True, False])
async def test_a_missing_permission_is_reported_with_a_remedy(world, ann, is_known):
    slack = world.slack
    # Slack lists the permissions with the token; otherwise the first upload fails.
    if is_known:
        adapter = world.workspace("T1").adapter
        object.__setattr__(
            adapter.workspace, "scopes", frozenset(SCOPES_WITHOUT_UPLOADS.split(","))
        )
    slack.scopes = SCOPES_WITHOUT_UPLOADS
    await ann.types("/tocsin subscribe sanctions")
    await ann.types("/tocsin export")
    assert "files:write" in visible_text(ann.replies[-1])
    assert "OAuth & Permissions" in visible_text(ann.replies[-1])
    assert slack.shared == []
    upload_calls = [method for method, _ in slack.calls if method == "files.getUploadURLExternal"]
    assert len(upload_calls) == (0 if is_known else 1)
    # The workspace still receives alerts.
    await ann.types("/tocsin topics")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    await world.wait_until(lambda: slack.in_channel(ann.direct))


@pytest.mark.skipif(not can_draw(), reason="matplotlib is an extra")
async def test_an_image_that_cannot_be_shown_is_replaced_by_its_text_form(world, ann):
    world.slack.scopes = SCOPES_WITHOUT_UPLOADS
    await ann.types("/tocsin subscribe sanctions")
    await world.ingest_items(make_item("a"))
    await ann.types("/tocsin trend sanctions")
    assert "▁" in visible_text(ann.replies[-1])
    assert "files:write" in visible_text(ann.replies[-1])


async def test_a_rejected_file_is_reported_with_the_reason(world, ann):
    slack = world.slack
    await ann.types("/tocsin subscribe sanctions")
    slack.errors[ann.direct] = "is_archived"
    await ann.types("/tocsin export")
    assert "is_archived" in visible_text(ann.replies[-1])


async def test_an_upload_is_sent_to_slack_only_and_without_the_token(world, ann):
    slack = world.slack
    original = slack.call_files_getuploadurlexternal

    async def with_foreign_url(team, params):
        return await original(team, params) | {"upload_url": "http://evil.example/upload"}

    slack.call_files_getuploadurlexternal = with_foreign_url
    await ann.types("/tocsin export")
    assert "foreign host" in visible_text(ann.replies[-1])
    assert slack.shared == []


async def test_a_channel_at_its_rate_limit_gets_the_file_later(world, ann):
    slack = world.slack
    slack.channel_limit.most = 1
    slack.channel_limit.seconds = 0.05
    # The file follows directly after the text.
    await ann.says("export")
    assert len(slack.shared) == 1
    assert slack.refused <= 1


async def test_an_export_by_a_button_goes_to_the_users_direct_messages(world, ann):
    await ann.types("/tocsin subscribe sanctions")
    await ann.types("/tocsin forget")
    await ann.presses(ann.replies[-1], "Export first")
    assert [file.channel for file in world.slack.shared] == [ann.direct]
