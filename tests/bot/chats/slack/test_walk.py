"""Whole conversations, by Socket Mode and by signed requests."""

import asyncio

import pytest

from bot.announcing import Announcer
from bot.errors import MisuseError
from bot.store.announcements import tell_operators
from tests.bot.conftest import brief
from tests.fakes.slack import Refused
from tests.fakes.slack_team import BOT, labels, shown
from watchers import Item
from watchers.sources.page import Page

ARTICLE = brief(
    "a",
    title="Council agrees on sanctions",
    text="The council met in the morning.\n\nIt agreed on sanctions against two banks and a port. "
    "The vote was close.\n\nThe envoy left without a word. Talks go on in May.",
)

OTHER = brief(
    "b",
    title="Trawlers that fish at night face sanctions of the coast guard",
    text="Ministers of four islands voted on quotas. Boats stay in port from Monday on.",
)


async def alerted(slack_world, channel: str, item: Item = ARTICLE) -> dict:
    """The alert about ``item`` as it stands in a channel."""
    slack = slack_world.slack
    before = len(slack.in_channel(channel))
    await slack_world.find(item)
    await slack_world.spread()
    await slack_world.until(lambda: len(slack.in_channel(channel)) > before)
    return {**slack.messages[-1].params, "ts": slack.messages[-1].ts}


async def test_a_topic_is_followed_told_to_the_channel_alerted_summed_up_and_muted(
    slack_world, ann, bob
):
    slack = slack_world.slack
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    assert "Following sanctions" in shown(ann.told[-1])
    assert ann.told[-1]["response_type"] == "ephemeral"
    assert "@ann: Following sanctions" in slack.in_channel("C1")[0]

    alert = await alerted(slack_world, "C1")
    assert "Council agrees on sanctions" in shown(alert)
    assert {"Summary", "Why", "Mute", "Unsubscribe"} <= set(labels(alert))
    assert (alert["unfurl_links"], alert["unfurl_media"]) == (False, False)
    assert "link_names" not in alert

    await bob.presses(alert, "Summary", channel="C1")
    assert "It agreed on sanctions against two banks" in shown(bob.told[-1])
    assert len(slack.in_channel("C1")) == 2  # for bob alone

    await bob.presses(alert, "Mute", channel="C1")
    question = bob.told[-1]
    assert labels(question)[:3] == ["1 hour", "1 day", "1 week"]
    await bob.presses(question, "1 day", channel="C1")
    assert bob.told[-1]["replace_original"] is True
    assert "No alerts for “sanctions” for 1 day" in shown(bob.told[-1])
    assert "@bob: No alerts for “sanctions” for 1 day." in slack.in_channel("C1")[-1]
    assert slack.details == []


async def test_commands_are_spelt_as_they_are_typed_here(slack_world, ann):
    await ann.types("/tocsin")
    assert "/tocsin subscribe TOPIC" in shown(ann.told[-1])
    await ann.types("/tocsin unsubscribe nothing")
    await ann.types("/tocsin latest many")
    await ann.types("/tocsin unsubscribe 7")
    assert " /topics" not in shown(ann.told[-1])


async def test_words_that_are_no_command_become_a_topic_after_a_tap(slack_world, ann):
    await ann.types("/tocsin north korea")
    assert labels(ann.told[-1]) == ["Yes", "No"]
    await ann.presses(ann.told[-1], "Yes")
    assert len(ann.told) == 1  # the question's place was taken
    assert "Following north korea" in shown(ann.told[-1])


async def test_a_direct_message_is_answered_and_its_question_edited_in_place(slack_world, ann):
    slack = slack_world.slack
    await ann.says("sanctions")
    question = slack.messages[-1]
    assert question.channel == ann.direct
    await ann.presses({**question.params, "ts": question.ts}, "Yes")
    assert question.text.startswith("Following sanctions")
    assert len(slack.messages) == 1


async def test_a_mention_is_answered_in_its_thread(slack_world, ann):
    slack = slack_world.slack
    await ann.says("topics", channel="C1")
    (answer,) = slack.messages
    assert answer.params["thread_ts"]
    await ann.says("topics", channel="C1", thread_ts="123.000001")
    assert slack.messages[-1].params["thread_ts"] == "123.000001"


async def test_a_follow_up_in_an_alerts_thread_is_about_that_alert(slack_world, ann):
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    alert = await alerted(slack_world, "C1")
    await alerted(slack_world, "C1", OTHER)
    await ann.says("summary", channel="C1", thread_ts=alert["ts"])
    answer = slack_world.slack.messages[-1]
    assert answer.params["thread_ts"] == alert["ts"]
    assert "two banks and a port" in answer.text


async def test_a_page_is_summed_up_by_its_address(slack_world, ann):
    class Pages:
        async def page(self, url: str) -> Page:
            assert url == "https://example.org/a?b=1&c=2"
            return Page(item=ARTICLE)

    slack_world.conversation._can.summarising._pages = Pages()
    await ann.says("summarize <https://example.org/a?b=1&amp;c=2|example.org>", channel="C1")
    assert "two banks and a port" in slack_world.slack.messages[-1].text


async def test_the_shortcut_of_a_message_sums_it_up_for_one_person(slack_world, ann):
    message = {"ts": "1.000002", "text": f"<@UX> says &lt;hi&gt;. {ARTICLE.text}", "blocks": []}
    await ann.takes_shortcut("summarise_message", message)
    assert "sanctions against two banks" in shown(ann.told[-1])
    assert slack_world.slack.messages == []


async def test_a_shortcut_of_a_message_without_words_says_so(slack_world, ann):
    await ann.takes_shortcut("summarise_message", {"ts": "1.0", "text": ""})
    assert "no text" in shown(ann.told[-1])


async def test_app_home_lists_topics_and_its_buttons_work_there(slack_world, ann):
    slack = slack_world.slack
    await ann.opens_home()
    assert "You follow no topic yet" in shown(ann.home)
    await ann.types("/tocsin subscribe sanctions")
    await ann.opens_home()
    assert "You follow 1 topic" in shown(ann.home)
    await ann.presses_at_home("Mute 1 day")
    assert "No alerts for “sanctions” for 1 day" in shown(ann.home)
    assert "muted for 24 hours" in shown(ann.home) or "muted for 1 day" in shown(ann.home)
    await ann.presses_at_home("Unmute")
    assert "are on again" in shown(ann.home)
    await ann.presses_at_home("Remove")
    assert "You follow no topic yet" in shown(ann.home)
    await ann.presses_at_home("Undo")
    assert "You follow 1 topic" in shown(ann.home)
    assert slack.details == []


async def test_app_home_says_when_a_topic_comes_by_the_persons_own_clock(slack_world, ann):
    slack = slack_world.slack
    slack.zones[ann.user] = "Europe/Kyiv"
    await ann.types("/tocsin subscribe sanctions")
    await ann.opens_home()
    assert "at once, never quiet" in shown(ann.home)
    await ann.presses_at_home("When")
    assert "sanctions" in shown(ann.modal)
    await ann.sets(
        rhythm="In a digest every day", at="07:30", quiet="Keep it all until they are over"
    )
    assert "sanctions comes in a digest every day at 07:30" in shown(ann.home)
    assert "sanctions: quiet from 22:00 to 07:00" in shown(ann.home)
    assert "daily 07:30 · quiet 22:00-07:00 hold" in shown(ann.home)
    assert "Europe/Kyiv" in shown(ann.home)
    await ann.presses_at_home("Undo")  # the first of them: how often
    assert "1 alert" not in shown(ann.home)
    assert "daily 07:30" not in shown(ann.home)
    assert slack.details == []


async def test_app_home_says_when_all_of_it_comes_and_changes_what_was_changed_alone(
    slack_world, ann
):
    await ann.types("/tocsin subscribe sanctions")
    await ann.opens_home()
    await ann.presses_at_home("When it comes")
    await ann.sets()
    assert "Everything here" not in shown(ann.home)  # nothing was changed
    await ann.presses_at_home("When it comes")
    refused = await ann.sets(quiet="Keep it all until they are over", to="22:00")
    assert "to" in refused["errors"]
    await ann.sets(rhythm="In a digest a week, on Fri", at="18:00")
    assert "Everything here comes in a digest every Friday at 18:00" in shown(ann.home)
    assert "All of it: weekly Fri 18:00" in shown(ann.home)
    await ann.presses_at_home("When")
    assert "As all of it" in str(ann.modal)
    await ann.sets(rhythm="At once")
    assert "sanctions comes at once" in shown(ann.home)
    assert slack_world.slack.details == []


async def test_a_topic_that_is_gone_meanwhile_is_not_asked_about(slack_world, ann):
    await ann.types("/tocsin subscribe sanctions")
    await ann.opens_home()
    await ann.types("/tocsin unsubscribe sanctions")
    await ann.presses_at_home("When")
    assert "no longer follow this topic" in shown(ann.home)


async def test_quiet_hours_go_by_the_clock_of_who_asks_and_none_are_without_a_sound(
    slack_world, ann
):
    slack_world.slack.zones[ann.user] = "Asia/Tokyo"
    await ann.types("/tocsin quiet 22:00-07:00 hold")
    assert "Asia/Tokyo" in shown(ann.told[-1])
    await ann.types("/tocsin quiet 22:00-07:00 silent")
    assert "no messages without a sound" in shown(ann.told[-1])
    await ann.types("/tocsin quiet")
    assert "quiet 22:00-07:00 hold" in shown(ann.told[-1])
    assert not any("Silent" in label for label in labels(ann.told[-1]))


async def test_app_home_turns_pages_and_stays_within_a_views_blocks(slack_world, ann):
    for number in range(40):
        await ann.types(f"/tocsin subscribe topic{number}")
    await ann.opens_home()
    assert "1. topic0" in shown(ann.home)
    assert len(ann.home["blocks"]) <= 100
    await ann.presses_at_home("Next page")
    assert "1. topic0" not in shown(ann.home)
    await ann.presses_at_home("Next page")
    assert "40. topic39" in shown(ann.home)
    await ann.presses_at_home("Remove")
    assert "31. topic" in shown(ann.home)  # still on that page
    assert slack_world.slack.details == []


async def test_the_modal_shows_what_a_topic_would_bring_and_follows_it(slack_world, ann):
    await slack_world.find(ARTICLE)
    await ann.opens_home()
    await ann.presses_at_home("Add a topic")
    await ann.types_into_modal("sanctions")
    assert "1 of 1 item in the last 7 days matches" in shown(ann.modal)
    await ann.types_into_modal("(sanctions")
    assert "cannot read" in shown(ann.modal)
    refused = await ann.hands_in("(sanctions")
    assert refused["response_action"] == "errors"
    assert "topic" in refused["errors"]
    assert not await ann.hands_in("sanctions")
    assert "Following sanctions" in shown(ann.home)
    assert slack_world.slack.details == []


async def test_only_the_last_of_many_letters_is_looked_up_and_a_refusal_breaks_nothing(
    slack_world, ann
):
    slack = slack_world.slack
    await slack_world.find(ARTICLE)
    await ann.takes_shortcut("new_topic")
    settle, ann.settle = ann.settle, None
    for number in range(1, 10):
        await ann.types_into_modal("sanctions"[:number])
    await settle()
    updates = [view for how, view in slack.views if how == "update"]
    assert "1 of 1 item" in shown(updates[-1]["view"])
    assert len(updates) <= 9

    async def refuse(_team, _params):
        raise Refused("ratelimited", status=429, retry_after=7)

    slack.call_views_update = refuse
    await ann.types_into_modal("banks")
    await settle()
    del slack.call_views_update
    await ann.types_into_modal("sanctions")
    await settle()
    assert "1 of 1 item" in shown(ann.modal)


async def test_the_global_shortcut_follows_a_topic_in_a_channel(slack_world, ann):
    await ann.takes_shortcut("new_topic")
    await ann.hands_in("sanctions", channel="C7")
    slack = slack_world.slack
    assert "@ann: Following sanctions" in slack.in_channel("C7")[0]
    assert "Following sanctions" in slack.in_channel(ann.direct)[0]
    await alerted(slack_world, "C7")


async def test_a_file_that_is_dropped_is_summed_up(slack_world, ann):
    slack = slack_world.slack
    slack.files["brief.txt"] = ARTICLE.text.encode()
    file = {"name": "brief.txt", "url_private": f"{slack.origin}/files/brief.txt", "size": 99}
    await ann.says("", subtype="file_share", files=[file])
    assert "sanctions against two banks" in slack.messages[-1].text


async def test_a_file_in_a_channel_is_summed_up_where_we_are_mentioned_or_by_its_shortcut(
    slack_world, ann
):
    slack = slack_world.slack
    slack.files["brief.txt"] = ARTICLE.text.encode()
    file = {"name": "brief.txt", "url_private": f"{slack.origin}/files/brief.txt", "size": 99}
    await ann.says("summary", channel="C1", files=[file])
    assert "sanctions against two banks" in slack.messages[-1].text
    message = {"ts": "1.000002", "text": "", "files": [file]}
    await ann.takes_shortcut("summarise_message", message)
    assert "sanctions against two banks" in shown(ann.told[-1])


async def test_a_file_from_another_workspace_is_asked_for_by_its_id(slack_world, ann):
    slack = slack_world.slack
    slack.files["brief.txt"] = ARTICLE.text.encode()
    url = f"{slack.origin}/files/brief.txt"
    slack.file_ids["F1"] = {"id": "F1", "name": "brief.txt", "url_private": url, "size": 9}
    file = {"id": "F1", "mode": "file_access", "file_access": "check_file_info"}
    await ann.says("", subtype="file_share", files=[file])
    assert "sanctions against two banks" in slack.messages[-1].text
    await ann.says("", subtype="file_share", files=[file | {"id": "F2"}])
    assert "cannot be had" in slack.messages[-1].text


async def test_what_an_app_posted_is_summed_up_by_the_address_it_attached(slack_world, ann):
    class Pages:
        async def page(self, url: str) -> Page:
            assert url == "https://example.org/a"
            return Page(item=ARTICLE)

    slack_world.conversation._can.summarising._pages = Pages()
    attached = [{"title": "Council agrees", "title_link": "https://example.org/a"}, 7]
    await ann.takes_shortcut(
        "summarise_message", {"ts": "1.0", "text": "", "attachments": attached}
    )
    assert "two banks and a port" in shown(ann.told[-1])


@pytest.mark.parametrize(
    ("url", "size", "says"),
    [
        ("https://evil.example/files/brief.txt", 9, "not kept by Slack"),
        ("https://slack.com.evil.example/brief.txt", 9, "not kept by Slack"),
        ("file:///etc/passwd", 9, "not kept by Slack"),
        ("", 99_000_000, "larger than 10 MB"),
    ],
)
async def test_the_token_goes_to_slack_alone(slack_world, ann, url, size, says):
    slack = slack_world.slack
    url = url or f"{slack.origin}/files/x"
    await ann.says(
        "", subtype="file_share", files=[{"name": "x", "url_private": url, "size": size}]
    )
    assert says in slack.messages[0].text


async def test_where_we_are_not_the_person_can_let_us_in(slack_world, ann):
    slack = slack_world.slack
    slack.everybody_is_in = False
    slack.join("T1", ann.direct)
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    assert "Alerts cannot be posted there yet" in shown(ann.told[-1])
    assert "/invite @Tocsin" in shown(ann.told[-1])
    await ann.presses(ann.told[-1], "Add Tocsin to the channel", channel="C1")
    assert "I am in" in shown(ann.told[-1])
    await alerted(slack_world, "C1")


async def test_a_channel_that_is_chosen_in_the_modal_and_where_we_are_not_can_let_us_in(
    slack_world, ann
):
    slack = slack_world.slack
    slack.everybody_is_in = False
    slack.join("T1", ann.direct)
    await ann.takes_shortcut("new_topic")
    await ann.hands_in("sanctions", channel="C7")
    said = slack.messages[-1]
    assert said.channel == ann.direct
    assert "/invite @Tocsin" in said.text
    await ann.presses({**said.params, "ts": said.ts}, "Add Tocsin to the channel")
    assert "I am in" in shown(ann.told[-1])
    await alerted(slack_world, "C7")


async def test_an_archived_channel_is_not_offered_an_invitation(slack_world, ann):
    slack_world.slack.errors["C1"] = "is_archived"
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    assert "unarchive it" in shown(ann.told[-1])
    assert labels(ann.told[-1]) == []


async def test_what_went_wrong_with_a_mention_is_told_to_the_person_alone(slack_world, ann):
    slack = slack_world.slack
    await ann.says("summary 99", channel="C1")
    assert slack.messages == []
    assert "no item yet" in ann.told[-1]["text"]
    assert "thread_ts" not in ann.told[-1]  # nobody has answered there: Slack would not show it
    await ann.says("summary 99", channel="C1", thread_ts="1.000001")
    assert ann.told[-1]["thread_ts"] == "1.000001"


async def test_where_we_cannot_join_we_say_how_to_invite_us(slack_world, ann):
    slack_world.slack.everybody_is_in = False
    await ann.types("/tocsin subscribe sanctions", channel="G1")
    await ann.presses(ann.told[-1], "Add Tocsin to the channel", channel="G1")
    assert "/invite @Tocsin" in shown(ann.told[-1])
    await slack_world.slack.event(
        "T1", {"type": "member_joined_channel", "user": BOT, "channel": "G1"}
    )
    slack_world.slack.join("T1", "G1")
    await slack_world.settle()
    await alerted(slack_world, "G1")


async def test_in_somebody_elses_direct_messages_a_command_is_about_ones_own(slack_world, ann):
    await ann.types("/tocsin subscribe sanctions", channel="DOTHER")
    await alerted(slack_world, ann.direct)
    assert slack_world.slack.in_channel("DOTHER") == []


async def test_a_channel_that_is_archived_waits_and_one_that_moves_is_followed(slack_world, ann):
    slack = slack_world.slack
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    await slack.event("T1", {"type": "channel_archive", "channel": "C1", "user": "UANN"})
    await slack_world.settle()
    assert "1 chat cannot be reached" in await slack_world.say("/status")
    await slack.event("T1", {"type": "channel_unarchive", "channel": "C1", "user": "UANN"})
    await slack_world.settle()
    await alerted(slack_world, "C1")
    moved = {"type": "channel_id_changed", "old_channel_id": "C1", "new_channel_id": "C2"}
    await slack.event("T1", moved)
    await slack_world.settle()
    await alerted(slack_world, "C2", OTHER)


@pytest.fixture
def slow(slack_world, ann, monkeypatch):
    """A page that is read once this is set; whatever takes any time says so."""
    go_on = asyncio.Event()

    class Slow:
        async def page(self, url: str) -> Page:
            await go_on.wait()
            return Page(item=ARTICLE)

    slack_world.conversation._can.summarising._pages = Slow()
    monkeypatch.setattr(slack_world.workspace("T1").desk.replying, "_patience", 0.0)
    ann.settle = None  # whatever she does returns when Slack has its acknowledgement
    return go_on


async def test_slow_work_is_acknowledged_at_once_and_says_that_it_is_under_way(
    slack_world, ann, slow
):
    await ann.types("/tocsin summarize https://example.org/slow", channel="C1")
    await slack_world.until(lambda: ann.told)
    assert "Working on it" in shown(ann.told[-1])
    slow.set()
    await slack_world.settle()
    # What comes with a command cannot be replaced: the answer stands below.
    assert len(ann.told) == 2
    assert "two banks and a port" in shown(ann.told[-1])


async def test_slow_work_for_a_command_in_ones_own_messages_is_answered_in_the_words_place(
    slack_world, ann, slow
):
    slack = slack_world.slack
    await ann.types("/tocsin summarize https://example.org/slow")
    await slack_world.until(lambda: slack.messages)
    assert slack.messages[0].text == "Working on it …"
    slow.set()
    await slack_world.settle()
    assert "two banks and a port" in slack.messages[0].text
    assert (len(slack.messages), ann.told) == (1, [])


async def test_slow_work_of_a_button_leaves_the_alert_as_it_is(slack_world, ann, monkeypatch):
    slack = slack_world.slack
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    alert = await alerted(slack_world, "C1")
    monkeypatch.setattr(slack_world.workspace("T1").desk.replying, "_patience", 0.0)
    await ann.presses(alert, "Summary", channel="C1")
    assert "Working on it" in shown(ann.steps[-2])
    assert ann.steps[-2]["replace_original"] is False
    assert "two banks and a port" in shown(ann.told[-1])
    assert slack.messages[-1].edits == []


async def test_slow_work_in_a_direct_message_is_answered_in_the_words_place(
    slack_world, ann, monkeypatch
):
    slack = slack_world.slack
    go_on = asyncio.Event()

    class Slow:
        async def page(self, url: str) -> Page:
            await go_on.wait()
            raise MisuseError("the page cannot be had")

    slack_world.conversation._can.summarising._pages = Slow()
    monkeypatch.setattr(slack_world.workspace("T1").desk.replying, "_patience", 0.0)
    ann.settle = None
    await ann.says("summary https://example.org/slow")
    await slack_world.until(lambda: slack.messages)
    assert slack.messages[0].text == "Working on it …"
    go_on.set()
    await slack_world.settle()
    assert [one.text for one in slack.messages] == ["The page cannot be had."]


async def test_who_runs_the_bot_announces_something_to_every_channel(slack_world, ann, bob):
    slack = slack_world.slack
    access = slack_world.conversation._access
    access._operators = frozenset({"UANN"})
    await bob.types("/tocsin subscribe sanctions", channel="C1")
    before = len(slack.in_channel("C1"))
    await bob.types("/tocsin announce Hello.", channel="C1")
    assert "for those who run this bot" in shown(bob.told[-1])
    await ann.types(f"/tocsin announce Back at <!channel> & {'later ' * 300}")
    assert "Announce this to 1 chat?" in shown(ann.told[-1])
    await ann.presses(ann.told[-1], "Announce it")
    assert "It goes to 1 chat now" in shown(ann.told[-1])
    announcer = Announcer(
        slack_world.database, access, slack_world.clock, on_queued=slack_world.accounts.wake
    )
    assert await announcer.step()
    await slack_world.until(lambda: len(slack.in_channel("C1")) > before)
    said = slack.in_channel("C1")[-1]
    assert said.startswith("From those who run Tocsin")
    assert "Back at @channel &amp; later" in said  # as words: nobody is rung up
    for command in ("sources", "failed", "stats"):
        await ann.types(f"/tocsin {command}")
        assert "for those who run" not in shown(ann.told[-1])
    await tell(slack_world, "A feed is gone.")
    await announcer.step()
    await slack_world.until(lambda: slack.in_channel("UANN"))
    assert "A feed is gone." in slack.in_channel("UANN")[-1]


async def tell(slack_world, text: str) -> None:
    async with slack_world.database.writing() as connection:
        await tell_operators(connection, text, now=slack_world.clock())
