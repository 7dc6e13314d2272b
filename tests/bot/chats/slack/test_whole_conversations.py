"""Whole conversations, by Socket Mode and by signed HTTP requests."""

import asyncio
from datetime import timedelta

import pytest

from bot.errors import UserError
from bot.jobs.fan_out import AnnouncementDispatcher
from bot.store.outbox.announcements import notify_operators
from tests.bot.conftest import make_item
from tests.fakes.slack import Refused
from tests.fakes.slack_team import BOT, button_labels, visible_text
from watchers import Item
from watchers.sources.page import Page

ARTICLE = make_item(
    "a",
    title="Council agrees on sanctions",
    text="The council met in the morning.\n\nIt agreed on sanctions against two banks and a port. "
    "The vote was close.\n\nThe envoy left without a word. Talks go on in May.",
)

OTHER = make_item(
    "b",
    title="Trawlers that fish at night face sanctions of the coast guard",
    text="Ministers of four islands voted on quotas. Boats stay in port from Monday on.",
)


async def receive_alert(slack_world, channel: str, item: Item = ARTICLE) -> dict:
    """Let a watcher find ``item`` and return the alert about it in a channel."""
    slack = slack_world.slack
    before = len(slack.in_channel(channel))
    await slack_world.ingest_items(item)
    await slack_world.run_pipeline()
    await slack_world.wait_until(lambda: len(slack.in_channel(channel)) > before)
    return {**slack.messages[-1].params, "ts": slack.messages[-1].ts}


async def test_a_topic_is_followed_announced_alerted_summarised_and_muted(slack_world, ann, bob):
    slack = slack_world.slack
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    assert await slack_world.followed("C1") == ["sanctions"]
    assert "sanctions" in visible_text(ann.replies[-1])
    assert ann.replies[-1]["response_type"] == "ephemeral"
    (announcement,) = slack.in_channel("C1")
    assert announcement.startswith("@ann: ")
    assert "sanctions" in announcement

    alert = await receive_alert(slack_world, "C1")
    assert "Council agrees on sanctions" in visible_text(alert)
    assert {"Summary", "Why", "Mute", "Unsubscribe"} <= set(button_labels(alert))
    assert (alert["unfurl_links"], alert["unfurl_media"]) == (False, False)
    assert "link_names" not in alert

    await bob.presses(alert, "Summary", channel="C1")
    assert "It agreed on sanctions against two banks" in visible_text(bob.replies[-1])
    # Only Bob sees the summary.
    assert len(slack.in_channel("C1")) == 2

    await bob.presses(alert, "Mute", channel="C1")
    question = bob.replies[-1]
    assert button_labels(question)[:3] == ["1 hour", "1 day", "1 week"]
    await bob.presses(question, "1 day", channel="C1")
    assert bob.replies[-1]["replace_original"] is True
    (subscription,) = await slack_world.subscriptions("C1")
    assert subscription.muted_until == slack_world.clock() + timedelta(days=1)
    assert "sanctions" in visible_text(bob.replies[-1])
    assert "1 day" in visible_text(bob.replies[-1])
    announcement = slack.in_channel("C1")[-1]
    assert announcement.startswith("@bob: ")
    assert "1 day" in announcement
    assert slack.details == []


async def test_help_shows_commands_as_users_type_them_on_slack(slack_world, ann):
    await ann.types("/tocsin")
    assert "/tocsin subscribe TOPIC" in visible_text(ann.replies[-1])
    await ann.types("/tocsin unsubscribe nothing")
    await ann.types("/tocsin latest many")
    await ann.types("/tocsin unsubscribe 7")
    assert " /topics" not in visible_text(ann.replies[-1])


async def test_text_without_a_command_becomes_a_topic_after_a_confirmation(slack_world, ann):
    await ann.types("/tocsin north korea")
    assert button_labels(ann.replies[-1]) == ["Yes", "No"]
    await ann.presses(ann.replies[-1], "Yes")
    # The reply replaced the question.
    assert len(ann.replies) == 1
    assert "north korea" in visible_text(ann.replies[-1])
    assert await slack_world.followed(ann.direct) == ["north korea"]


async def test_the_answer_to_a_question_in_a_direct_message_replaces_it(slack_world, ann):
    slack = slack_world.slack
    await ann.says("sanctions")
    question = slack.messages[-1]
    assert question.channel == ann.direct
    await ann.presses({**question.params, "ts": question.ts}, "Yes")
    assert await slack_world.followed(ann.direct) == ["sanctions"]
    assert len(slack.messages) == 1
    assert question.edits == [question.text]
    assert "sanctions" in question.text


async def test_a_mention_gets_its_reply_in_the_thread(slack_world, ann):
    slack = slack_world.slack
    await ann.says("topics", channel="C1")
    (answer,) = slack.messages
    assert answer.params["thread_ts"]
    await ann.says("topics", channel="C1", thread_ts="123.000001")
    assert slack.messages[-1].params["thread_ts"] == "123.000001"


async def test_a_command_in_the_thread_of_an_alert_is_about_that_alert(slack_world, ann):
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    alert = await receive_alert(slack_world, "C1")
    await receive_alert(slack_world, "C1", OTHER)
    await ann.says("summary", channel="C1", thread_ts=alert["ts"])
    answer = slack_world.slack.messages[-1]
    assert answer.params["thread_ts"] == alert["ts"]
    assert "two banks and a port" in answer.text


async def test_a_page_is_summarised_by_its_url(slack_world, ann):
    class Pages:
        async def page(self, url: str, *, owner: str = "") -> Page:
            assert url == "https://example.org/a?b=1&c=2"
            return Page(item=ARTICLE)

    slack_world.conversation._command_set.summary._pages = Pages()
    await ann.says("summarize <https://example.org/a?b=1&amp;c=2|example.org>", channel="C1")
    assert "two banks and a port" in slack_world.slack.messages[-1].text


async def test_the_shortcut_summarises_a_message_for_one_user(slack_world, ann):
    message = {"ts": "1.000002", "text": f"<@UX> says &lt;hi&gt;. {ARTICLE.text}", "blocks": []}
    await ann.uses_shortcut("summarise_message", message)
    assert "sanctions against two banks" in visible_text(ann.replies[-1])
    assert slack_world.slack.messages == []


async def test_the_shortcut_on_a_message_without_text_gets_an_error(slack_world, ann):
    await ann.uses_shortcut("summarise_message", {"ts": "1.0", "text": ""})
    assert "no text" in visible_text(ann.replies[-1])


async def test_app_home_lists_topics_with_working_buttons(slack_world, ann):
    slack = slack_world.slack
    await ann.opens_home()
    assert "You follow no topics" in visible_text(ann.home)
    await ann.types("/tocsin subscribe sanctions")
    await ann.opens_home()
    assert "You follow 1 topic" in visible_text(ann.home)
    await ann.presses_at_home("Mute 1 day")
    (subscription,) = await slack_world.subscriptions(ann.direct)
    assert subscription.muted_until == slack_world.clock() + timedelta(days=1)
    assert "muted for 24 hours" in visible_text(ann.home) or "muted for 1 day" in visible_text(
        ann.home
    )
    await ann.presses_at_home("Unmute")
    (subscription,) = await slack_world.subscriptions(ann.direct)
    assert subscription.muted_until is None
    assert "muted for" not in visible_text(ann.home)
    await ann.presses_at_home("Remove")
    assert "You follow no topics" in visible_text(ann.home)
    await ann.presses_at_home("Undo")
    assert "You follow 1 topic" in visible_text(ann.home)
    assert slack.details == []


async def test_app_home_changes_the_schedule_of_a_topic_in_the_users_time_zone(slack_world, ann):
    slack = slack_world.slack
    slack.timezones[ann.user] = "Europe/Kyiv"
    await ann.types("/tocsin subscribe sanctions")
    await ann.opens_home()
    await ann.presses_at_home("When")
    assert "sanctions" in visible_text(ann.modal)
    await ann.submits_schedule(mode="daily", time="07:30", quiet="hold")
    schedule = await slack_world.topic_schedule(ann.direct)
    assert str(schedule.mode) == "daily 07:30"
    assert str(schedule.quiet) == "22:00-07:00 hold"
    assert "daily 07:30 · quiet 22:00-07:00 hold" in visible_text(ann.home)
    assert "Europe/Kyiv" in visible_text(ann.home)
    # The first Undo button belongs to the delivery mode.
    await ann.presses_at_home("Undo")
    schedule = await slack_world.topic_schedule(ann.direct)
    assert schedule.mode is None
    assert str(schedule.quiet) == "22:00-07:00 hold"
    assert "1 alert" not in visible_text(ann.home)
    assert "daily 07:30" not in visible_text(ann.home)
    assert slack.details == []


async def test_app_home_changes_only_the_settings_of_the_chat_that_differ(slack_world, ann):
    await ann.types("/tocsin subscribe sanctions")
    await ann.opens_home()
    unchanged = visible_text(ann.home)
    await ann.presses_at_home("Schedule")
    await ann.submits_schedule()
    # Nothing was changed, so the page shows no result.
    assert visible_text(ann.home) == unchanged
    await ann.presses_at_home("Schedule")
    rejected = await ann.submits_schedule(quiet="hold", to="22:00")
    assert set(rejected["errors"]) == {"to"}
    await ann.submits_schedule(mode="weekly Fri", time="18:00")
    assert "weekly Fri 18:00" in visible_text(ann.home)
    assert "quiet 2" not in visible_text(ann.home)
    # Only a topic can use the schedule of its chat.
    assert "-" not in schedule_modes(ann.modal)
    await ann.presses_at_home("When")
    assert "-" in schedule_modes(ann.modal)
    await ann.submits_schedule(mode="instant")
    schedule = await slack_world.topic_schedule(ann.direct)
    assert str(schedule.mode) == "instant"
    assert schedule.quiet is None
    assert slack_world.slack.details == []


def schedule_modes(modal: dict) -> list[str]:
    """Return the delivery modes that the schedule modal offers."""
    (block,) = [block for block in modal["blocks"] if block.get("block_id") == "mode"]
    return [option["value"] for option in block["element"]["options"]]


async def test_the_schedule_of_a_removed_topic_cannot_be_opened(slack_world, ann):
    await ann.types("/tocsin subscribe sanctions")
    await ann.opens_home()
    await ann.types("/tocsin unsubscribe sanctions")
    await ann.presses_at_home("When")
    assert "no longer follow" in visible_text(ann.home)
    assert "open" not in [method for method, _ in slack_world.slack.views]


async def test_quiet_hours_use_the_users_time_zone_and_are_never_silent(slack_world, ann):
    slack_world.slack.timezones[ann.user] = "Asia/Tokyo"
    await ann.types("/tocsin quiet 22:00-07:00 hold")
    assert "Asia/Tokyo" in visible_text(ann.replies[-1])
    await ann.types("/tocsin quiet 22:00-07:00 silent")
    assert "22:00-07:00 breaking" in visible_text(ann.replies[-1])
    await ann.types("/tocsin quiet")
    assert "quiet 22:00-07:00 hold" in visible_text(ann.replies[-1])
    assert not any("Silent" in label for label in button_labels(ann.replies[-1]))


async def test_app_home_has_pages_and_stays_within_the_block_limit(slack_world, ann):
    await ann.types("/tocsin subscribe topic0")
    await slack_world.follow(ann.direct, *(f"topic{number}" for number in range(1, 40)))
    await ann.opens_home()
    assert "1. topic0" in visible_text(ann.home)
    assert len(ann.home["blocks"]) <= 100
    await ann.presses_at_home("Next page")
    assert "1. topic0" not in visible_text(ann.home)
    await ann.presses_at_home("Next page")
    assert "40. topic39" in visible_text(ann.home)
    await ann.presses_at_home("Remove")
    # The page stays the same after a topic is removed.
    assert "31. topic" in visible_text(ann.home)
    assert slack_world.slack.details == []


async def test_the_modal_shows_a_preview_and_follows_the_topic(slack_world, ann):
    await slack_world.ingest_items(ARTICLE)
    await ann.opens_home()
    await ann.presses_at_home("Add a topic")
    await ann.types_into_modal("sanctions")
    assert "1 of 1 item" in visible_text(ann.modal)
    await ann.types_into_modal("(sanctions")
    assert "column 1" in visible_text(ann.modal)
    assert "1 of 1 item" not in visible_text(ann.modal)
    rejected = await ann.submits_topic("(sanctions")
    assert rejected["response_action"] == "errors"
    assert set(rejected["errors"]) == {"topic"}
    assert await slack_world.followed(ann.direct) == []
    assert not await ann.submits_topic("sanctions")
    assert await slack_world.followed(ann.direct) == ["sanctions"]
    assert "You follow 1 topic" in visible_text(ann.home)
    assert slack_world.slack.details == []


async def test_the_preview_shows_the_last_input_and_survives_a_rate_limit(slack_world, ann):
    slack = slack_world.slack
    await slack_world.ingest_items(ARTICLE)
    await ann.uses_shortcut("new_topic")
    settle, ann.settle = ann.settle, None
    for number in range(1, 10):
        await ann.types_into_modal("sanctions"[:number])
    await settle()
    updates = [view for method, view in slack.views if method == "update"]
    assert "1 of 1 item" in visible_text(updates[-1]["view"])
    assert len(updates) <= 9

    async def refuse(_team, _params):
        raise Refused("ratelimited", status=429, retry_after=7)

    slack.call_views_update = refuse
    await ann.types_into_modal("banks")
    await settle()
    del slack.call_views_update
    await ann.types_into_modal("sanctions")
    await settle()
    assert "1 of 1 item" in visible_text(ann.modal)


async def test_the_global_shortcut_follows_a_topic_in_a_channel(slack_world, ann):
    await ann.uses_shortcut("new_topic")
    await ann.submits_topic("sanctions", channel="C7")
    slack = slack_world.slack
    assert await slack_world.followed("C7") == ["sanctions"]
    assert slack.in_channel("C7")[0].startswith("@ann: ")
    assert "sanctions" in slack.in_channel(ann.direct)[0]
    await receive_alert(slack_world, "C7")


async def test_a_file_in_a_direct_message_is_summarised(slack_world, ann):
    slack = slack_world.slack
    slack.files["brief.txt"] = ARTICLE.text.encode()
    file = {"name": "brief.txt", "url_private": f"{slack.origin}/files/brief.txt", "size": 99}
    await ann.says("", subtype="file_share", files=[file])
    assert "sanctions against two banks" in slack.messages[-1].text


async def test_a_file_in_a_channel_is_summarised_by_a_mention_or_by_the_shortcut(slack_world, ann):
    slack = slack_world.slack
    slack.files["brief.txt"] = ARTICLE.text.encode()
    file = {"name": "brief.txt", "url_private": f"{slack.origin}/files/brief.txt", "size": 99}
    await ann.says("summary", channel="C1", files=[file])
    assert "sanctions against two banks" in slack.messages[-1].text
    message = {"ts": "1.000002", "text": "", "files": [file]}
    await ann.uses_shortcut("summarise_message", message)
    assert "sanctions against two banks" in visible_text(ann.replies[-1])


async def test_a_file_from_another_workspace_is_requested_by_its_id(slack_world, ann):
    slack = slack_world.slack
    slack.files["brief.txt"] = ARTICLE.text.encode()
    url = f"{slack.origin}/files/brief.txt"
    slack.file_ids["F1"] = {"id": "F1", "name": "brief.txt", "url_private": url, "size": 9}
    file = {"id": "F1", "mode": "file_access", "file_access": "check_file_info"}
    await ann.says("", subtype="file_share", files=[file])
    assert "sanctions against two banks" in slack.messages[-1].text
    await ann.says("", subtype="file_share", files=[file | {"id": "F2"}])
    assert slack.messages[-1].text.startswith("file cannot be downloaded: ")


async def test_a_post_of_an_app_is_summarised_by_its_attached_url(slack_world, ann):
    class Pages:
        async def page(self, url: str, *, owner: str = "") -> Page:
            assert url == "https://example.org/a"
            return Page(item=ARTICLE)

    slack_world.conversation._command_set.summary._pages = Pages()
    attached = [{"title": "Council agrees", "title_link": "https://example.org/a"}, 7]
    await ann.uses_shortcut("summarise_message", {"ts": "1.0", "text": "", "attachments": attached})
    assert "two banks and a port" in visible_text(ann.replies[-1])


@pytest.mark.parametrize(
    ("url", "size", "reason"),
    [
        ("https://evil.example/files/brief.txt", 9, "not stored on Slack"),
        ("https://slack.com.evil.example/brief.txt", 9, "not stored on Slack"),
        ("file:///etc/passwd", 9, "not stored on Slack"),
        ("", 99_000_000, "larger than 10 MB"),
    ],
)
async def test_the_token_is_sent_to_slack_only(slack_world, ann, url, size, reason):
    slack = slack_world.slack
    url = url or f"{slack.origin}/files/x"
    await ann.says(
        "", subtype="file_share", files=[{"name": "x", "url_private": url, "size": size}]
    )
    assert reason in slack.messages[0].text


async def test_a_user_can_add_the_bot_to_a_channel(slack_world, ann):
    slack = slack_world.slack
    slack.everybody_is_in = False
    slack.join("T1", ann.direct)
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    assert "/invite @Tocsin" in visible_text(ann.replies[-1])
    await ann.presses(ann.replies[-1], "Add Tocsin to the channel", channel="C1")
    assert "has joined" in visible_text(ann.replies[-1])
    await receive_alert(slack_world, "C1")


async def test_a_channel_selected_in_the_modal_offers_to_add_the_bot(slack_world, ann):
    slack = slack_world.slack
    slack.everybody_is_in = False
    slack.join("T1", ann.direct)
    await ann.uses_shortcut("new_topic")
    await ann.submits_topic("sanctions", channel="C7")
    message = slack.messages[-1]
    assert message.channel == ann.direct
    assert "/invite @Tocsin" in message.text
    await ann.presses({**message.params, "ts": message.ts}, "Add Tocsin to the channel")
    assert "has joined" in visible_text(ann.replies[-1])
    await receive_alert(slack_world, "C7")


async def test_an_archived_channel_does_not_offer_to_add_the_bot(slack_world, ann):
    slack_world.slack.errors["C1"] = "is_archived"
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    assert "unarchive it" in visible_text(ann.replies[-1])
    assert button_labels(ann.replies[-1]) == []


async def test_an_error_of_a_mention_is_shown_to_the_user_only(slack_world, ann):
    slack = slack_world.slack
    await ann.says("summary 99", channel="C1")
    assert slack.messages == []
    assert len(ann.replies) == 1
    # Slack would hide the reply in a thread without messages.
    assert "thread_ts" not in ann.replies[-1]
    await ann.says("summary 99", channel="C1", thread_ts="1.000001")
    assert ann.replies[-1]["thread_ts"] == "1.000001"


async def test_the_reply_explains_the_invitation_if_the_bot_cannot_join(slack_world, ann):
    slack_world.slack.everybody_is_in = False
    await ann.types("/tocsin subscribe sanctions", channel="G1")
    await ann.presses(ann.replies[-1], "Add Tocsin to the channel", channel="G1")
    assert "/invite @Tocsin" in visible_text(ann.replies[-1])
    await slack_world.slack.event(
        "T1", {"type": "member_joined_channel", "user": BOT, "channel": "G1"}
    )
    slack_world.slack.join("T1", "G1")
    await slack_world.settle()
    await receive_alert(slack_world, "G1")


async def test_a_command_in_foreign_direct_messages_applies_to_the_users_own(slack_world, ann):
    await ann.types("/tocsin subscribe sanctions", channel="DOTHER")
    await receive_alert(slack_world, ann.direct)
    assert slack_world.slack.in_channel("DOTHER") == []


async def test_an_archived_channel_waits_and_a_new_channel_id_is_adopted(slack_world, ann):
    slack = slack_world.slack
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    status = await slack_world.send_command("/status")
    await slack.event("T1", {"type": "channel_archive", "channel": "C1", "user": "UANN"})
    await slack_world.settle()
    assert "1 chat" not in status
    assert "1 chat" in await slack_world.send_command("/status")
    await slack.event("T1", {"type": "channel_unarchive", "channel": "C1", "user": "UANN"})
    await slack_world.settle()
    assert await slack_world.send_command("/status") == status
    await receive_alert(slack_world, "C1")
    moved = {"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"}
    await slack.event("T1", moved)
    await slack_world.settle()
    await receive_alert(slack_world, "C2", OTHER)


@pytest.fixture
def slow(slack_world, ann, monkeypatch):
    """An event that lets a page load; until then, every request sends its progress notice."""
    page_ready = asyncio.Event()

    class SlowPages:
        async def page(self, url: str, *, owner: str = "") -> Page:
            await page_ready.wait()
            return Page(item=ARTICLE)

    slack_world.conversation._command_set.summary._pages = SlowPages()
    monkeypatch.setattr(
        slack_world.workspace("T1").requests.responder, "_notice_after_seconds", 0.0
    )
    # Requests return after the acknowledgement.
    ann.settle = None
    return page_ready


async def test_a_slow_command_is_acknowledged_and_sends_a_progress_notice(slack_world, ann, slow):
    await ann.types("/tocsin summarize https://example.org/slow", channel="C1")
    await slack_world.wait_until(lambda: ann.replies)
    assert "Working on it" in visible_text(ann.replies[-1])
    slow.set()
    await slack_world.settle()
    # A reply to a command cannot replace the notice.
    assert len(ann.replies) == 2
    assert "two banks and a port" in visible_text(ann.replies[-1])


async def test_the_reply_to_a_slow_command_in_direct_messages_replaces_the_notice(
    slack_world, ann, slow
):
    slack = slack_world.slack
    await ann.types("/tocsin summarize https://example.org/slow")
    await slack_world.wait_until(lambda: slack.messages)
    assert slack.messages[0].text == "Working on it …"
    slow.set()
    await slack_world.settle()
    assert "two banks and a port" in slack.messages[0].text
    assert (len(slack.messages), ann.replies) == (1, [])


async def test_a_slow_button_leaves_the_alert_unchanged(slack_world, ann, monkeypatch):
    slack = slack_world.slack
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    alert = await receive_alert(slack_world, "C1")
    monkeypatch.setattr(
        slack_world.workspace("T1").requests.responder, "_notice_after_seconds", 0.0
    )
    await ann.presses(alert, "Summary", channel="C1")
    assert "Working on it" in visible_text(ann.all_replies[-2])
    assert ann.all_replies[-2]["replace_original"] is False
    assert "two banks and a port" in visible_text(ann.replies[-1])
    assert slack.messages[-1].edits == []


async def test_an_error_reply_to_a_slow_direct_message_replaces_the_notice(
    slack_world, ann, monkeypatch
):
    slack = slack_world.slack
    page_ready = asyncio.Event()

    class SlowPages:
        async def page(self, url: str, *, owner: str = "") -> Page:
            await page_ready.wait()
            raise UserError("the page is down")

    slack_world.conversation._command_set.summary._pages = SlowPages()
    monkeypatch.setattr(
        slack_world.workspace("T1").requests.responder, "_notice_after_seconds", 0.0
    )
    ann.settle = None
    await ann.says("summary https://example.org/slow")
    await slack_world.wait_until(lambda: slack.messages)
    assert slack.messages[0].text == "Working on it …"
    page_ready.set()
    await slack_world.settle()
    assert [message.text for message in slack.messages] == ["The page is down."]


async def test_an_operator_announces_a_text_to_every_channel(slack_world, ann, bob):
    slack = slack_world.slack
    access = slack_world.conversation._access
    access._operators = frozenset({"UANN"})
    await bob.types("/tocsin subscribe sanctions", channel="C1")
    before = len(slack.in_channel("C1"))
    await bob.types("/tocsin announce Hello.", channel="C1")
    assert button_labels(bob.replies[-1]) == []
    assert len(slack.in_channel("C1")) == before
    refusal = visible_text(bob.replies[-1])
    await ann.types(f"/tocsin announce Back at <!channel> & {'later ' * 300}")
    assert "1 chat" in visible_text(ann.replies[-1])
    await ann.presses(ann.replies[-1], "Announce it")
    announcer = AnnouncementDispatcher(
        slack_world.database, access, slack_world.clock, on_queued=slack_world.accounts.wake
    )
    assert await announcer.step()
    await slack_world.wait_until(lambda: len(slack.in_channel("C1")) > before)
    # The mention is plain text and notifies no user.
    assert "Back at @channel &amp; later" in slack.in_channel("C1")[-1]
    for command in ("sources", "failed", "stats"):
        await ann.types(f"/tocsin {command}")
        assert visible_text(ann.replies[-1]) != refusal
    await queue_operator_notice(slack_world, "A feed is gone.")
    await announcer.step()
    await slack_world.wait_until(lambda: slack.in_channel("UANN"))
    assert "A feed is gone." in slack.in_channel("UANN")[-1]


async def queue_operator_notice(slack_world, text: str) -> None:
    async with slack_world.database.writing() as connection:
        await notify_operators(connection, text, now=slack_world.clock())
