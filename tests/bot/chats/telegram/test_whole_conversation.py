from bot.conversation.registry import Access
from bot.jobs.fan_out import AnnouncementDispatcher
from bot.store.outbox.announcements import notify_operators
from tests.bot.conftest import make_item
from tests.fakes.telegram_chats import ANONYMOUS

ARTICLE = make_item(
    "a",
    title="Council <agrees> on sanctions & more",
    text="The council met in the morning.\n\nIt agreed on sanctions against two banks and a port. "
    "The vote was close.\n\nThe envoy left without a word. Talks go on in May.",
)
GROUP, FORUM = -1001, -1002


async def test_start_subscribe_alert_summary_mute_and_undo(running):
    server = running.server
    hello = await running.send("/start")
    assert len(server.button_labels(hello)) == 3
    question = await running.send("sanctions")
    assert question.text.startswith("Follow sanctions?")
    assert server.button_labels(question) == ["Yes", "No"]
    answer = await running.press(question, "Yes")
    assert answer.startswith("Following sanctions")
    await running.publish(ARTICLE)
    alert = await running.next_message()
    assert alert.text.startswith("Council <agrees> on sanctions & more")
    assert server.button_labels(alert) == [
        "Summary",
        "Why",
        "Mute",
        "Less like this",
        "Unsubscribe",
    ]
    summary = await running.press(alert, "Summary")
    assert "It agreed on sanctions against two banks and a port." in summary
    assert "from the article" in summary
    assert server.button_labels(alert) == ["Less", "Why", "Mute", "Less like this", "Unsubscribe"]
    await running.press(alert, "Less")
    assert server.button_labels(alert) == [
        "Summary",
        "Why",
        "Mute",
        "Less like this",
        "Unsubscribe",
    ]
    await running.press(alert, "Mute")
    assert server.button_labels(alert) == ["1 hour", "1 day", "1 week", "Back"]
    muted = await running.press(alert, "1 day")
    assert "No alerts for “sanctions” for 1 day." in muted
    assert muted.startswith("Council <agrees>")
    assert server.button_labels(alert)[0] == "Undo"
    assert "on again" in await running.press(alert, "Undo")
    gone = await running.press(alert, "Unsubscribe")
    assert "You no longer follow sanctions." in gone
    assert "You follow" not in gone
    assert server.button_labels(alert) == ["Undo", "Summary", "Why"]
    assert await running.topics(7) == []
    await running.press(alert, "Undo")
    assert await running.topics(7) == ["sanctions"]
    assert len(server.popups) == len(server.calls_to("answerCallbackQuery"))
    assert len(server.messages) == 3


async def test_group_members_can_read_and_only_administrators_change(running):
    server = running.server
    server.set_admins(GROUP, 8)
    refused = await running.send("/subscribe sanctions", chat=GROUP, user=9)
    assert "admins of this chat" in refused.text
    assert refused.params["disable_notification"] in {True, "true"}
    assert await running.topics(GROUP) == []
    done = await running.send("/subscribe sanctions", chat=GROUP, user=8)
    assert done.text.startswith("Following")
    await running.publish(ARTICLE)
    alert = await running.next_message()
    server.press_button(alert, "Unsubscribe", user=9)
    await server.wait_until(lambda: server.popups)
    assert "admins of this chat" in server.popups[0]["text"]
    assert not alert.edits
    assert await running.topics(GROUP) == ["sanctions"]
    assert "two banks" in await running.press(alert, "Summary", user=9)
    assert "No alerts" not in await running.press(alert, "Mute", user=8)
    server.press_button(alert, "1 day", user=9)
    await server.wait_until(lambda: len(server.popups) == 4)
    assert "admin" in server.popups[3]["text"]
    assert "No alerts for" in await running.press(alert, "1 day", user=8)


async def test_administrator_can_let_all_members_change(running):
    running.server.set_admins(GROUP, 8)
    assert "admin" in (await running.send("/allow everyone", chat=GROUP, user=9)).text.lower()
    await running.send("/allow everyone", chat=GROUP, user=8)
    await running.send("/subscribe sanctions", chat=GROUP, user=9)
    assert await running.topics(GROUP) == ["sanctions"]
    await running.send("/allow admins", chat=GROUP, user=8)
    assert "admin" in (await running.send("/unsubscribe 1", chat=GROUP, user=9)).text


async def test_anonymous_administrator_is_accepted_and_foreign_channel_is_not(
    running,
):
    anonymous = {
        "from": ANONYMOUS,
        "sender_chat": {"id": GROUP, "type": "supergroup", "title": "G"},
    }
    answer = await running.send("/subscribe sanctions", chat=GROUP, **anonymous)
    assert answer.text.startswith("Following")
    other = {"from": ANONYMOUS, "sender_chat": {"id": -5, "type": "channel", "title": "C"}}
    assert "admin" in (await running.send("/unsubscribe 1", chat=GROUP, **other)).text


async def test_administrator_change_applies_at_once(running):
    server = running.server
    server.set_admins(GROUP, 8)
    await running.send("/subscribe sanctions", chat=GROUP, user=8)
    server.set_admins(GROUP, 9)
    server.update(
        chat_member={
            "chat": {"id": GROUP, "type": "supergroup", "title": "G"},
            "from": {"id": 1, "is_bot": False, "first_name": "A"},
            "date": 1,
            "old_chat_member": {
                "status": "member",
                "user": {"id": 9, "is_bot": False, "first_name": "B"},
            },
            "new_chat_member": {
                "status": "left",
                "user": {"id": 9, "is_bot": False, "first_name": "B"},
            },
        }
    )
    assert "admin" in (await running.send("/unsubscribe 1", chat=GROUP, user=8)).text
    assert "no longer" in (await running.send("/unsubscribe 1", chat=GROUP, user=9)).text


async def test_alert_is_sent_to_thread_of_subscription(running):
    server = running.server
    server.set_admins(FORUM, 8)
    server.topics[FORUM] = {"5", "6"}
    for thread, topic in ((5, "sanctions"), (6, "council")):
        await running.send(f"/subscribe {topic}", chat=FORUM, user=8, thread=thread)
    await running.publish(ARTICLE)
    await running.next_message(2)
    for thread in (5, 6):
        assert server.messages_in_thread(FORUM, thread)[-1].text.startswith("Council")
    alert = server.messages_in_thread(FORUM, 6)[-1]
    assert "“council”" in await running.press(alert, "Mute", user=8)


async def test_deleted_thread_falls_back_to_general_topic_with_notice(running):
    server = running.server
    server.set_admins(FORUM, 8)
    server.topics[FORUM] = {"5", "6"}
    for thread in (5, 6):
        await running.send("/subscribe sanctions", chat=FORUM, user=8, thread=thread)
    server.topics[FORUM] = {"6"}
    await running.publish(ARTICLE)
    await running.next_message(3)
    notice, alert = server.messages_in_thread(FORUM, None)
    assert "forum topic" in notice.text
    assert alert.text.startswith("Council")
    assert server.messages_in_thread(FORUM, 6)[-1].text.startswith("Council")
    assert await running.topics(FORUM, "") == ["sanctions"]
    assert await running.topics(FORUM, "6") == ["sanctions"]


async def test_supergroup_migration_moves_subscriptions(running):
    server = running.server
    server.set_admins(-55, 8)
    await running.send("/subscribe sanctions", chat=-55, user=8, kind="group")
    server.write("", chat=-55, migrate_to_chat_id=-10055)
    server.write("", chat=-10055, migrate_from_chat_id=-55)
    server.set_admins(-10055, 8)
    await running.send("/topics", chat=-10055, user=9)
    assert await running.topics(-10055) == ["sanctions"]
    assert await running.topics(-55) == []


async def test_migration_detected_by_send_is_applied(running):
    server = running.server
    server.set_admins(-55, 8)
    await running.send("/subscribe sanctions", chat=-55, user=8)
    server.moved[-55] = -10055
    await running.publish(ARTICLE)
    alert = await running.next_message()
    assert alert.chat == -10055
    assert await running.topics(-10055) == ["sanctions"]


async def test_blocked_bot_suspends_chat_until_unblocked(running):
    server = running.server
    await running.send("/subscribe sanctions")
    server.change_membership("kicked", before="member", chat=7, kind="private")
    assert await running.chat_events.get() == "chat_unreachable"
    assert await running.suspension_reason(7) == "bot was blocked by the user"
    server.change_membership("member", before="kicked", chat=7, kind="private")
    assert await running.chat_events.get() == "chat_restored"
    assert await running.suspension_reason(7) is None
    assert await running.topics(7) == ["sanctions"]
    await running.publish(ARTICLE)
    assert (await running.next_message()).text.startswith("Council")


async def test_bot_sends_one_welcome_when_added_to_group(running):
    running.server.change_membership("member", before="left", chat=GROUP, kind="supergroup")
    assert "/subscribe sanctions" in (await running.next_message()).text
    running.server.change_membership(
        "administrator", before="member", chat=GROUP, kind="supergroup"
    )
    assert (await running.send("/topics", chat=GROUP, user=3)).text.startswith(
        "You follow no topic"
    )


async def test_sent_file_is_summarised(running):
    running.server.files["f1"] = b"Headline here\n\nOne is first. Two is next. Three is last."
    document = {"file_id": "f1", "file_unique_id": "f1", "file_name": "a.txt", "file_size": 60}
    answer = await running.send("", document=document)
    assert "Headline here" in answer.text
    assert "Two is next." in answer.text


async def test_administrators_control_channel_from_private_chat(running):
    server = running.server
    server.channels["@thenews"] = -100777
    server.set_admins(-100777, 7)
    answer = await running.send("/subscribe @thenews sanctions")
    assert answer.text.startswith("In @⁠thenews:\nFollowing sanctions".replace("⁠", "\u2060"))
    assert await running.topics(-100777) == ["sanctions"]
    assert await running.topics(7) == []
    await running.publish(ARTICLE)
    alert = await running.next_message()
    assert alert.chat == -100777
    gone = await running.send("/unsubscribe @thenews 1")
    await running.press(gone, "Undo")
    assert await running.topics(-100777) == ["sanctions"]
    stranger = await running.send("/subscribe @thenews football", chat=8)
    assert "not an administrator" in stranger.text
    assert "cannot access" in (await running.send("/subscribe @nowhere football")).text


async def test_channel_reader_gets_popup_and_changes_nothing(running):
    server = running.server
    server.channels["@thenews"] = -100777
    server.set_admins(-100777, 7)
    await running.send("/subscribe @thenews sanctions")
    await running.publish(ARTICLE)
    alert = await running.next_message()
    server.press_button(alert, "Summary", user=99)
    await server.wait_until(lambda: server.popups)
    assert "two banks" in server.popups[0]["text"]
    server.press_button(alert, "Unsubscribe", user=99)
    await server.wait_until(lambda: len(server.popups) == 2)
    assert "admin" in server.popups[1]["text"]
    assert not alert.edits
    assert "two banks" in await running.press(alert, "Summary", user=7)


async def test_command_posted_in_channel_is_executed(running):
    running.server.channels["@thenews"] = -100777
    running.server.post("/subscribe sanctions", channel=-100777)
    await running.next_message()
    assert await running.topics(-100777) == ["sanctions"]


async def test_operator_can_announce_to_all_chats(running):
    server = running.server
    server.set_admins(GROUP, 8)
    await running.send("/subscribe sanctions", chat=GROUP, user=8)
    refused = await running.send("/announce Hello.", chat=9, user=9)
    assert "TOCSIN_ADMINS" in refused.text
    question = await running.send(f"/announce Back at <five> & {'later ' * 300}", user=7)
    assert question.text.startswith("Announce this to 1 chat?\nBack at <five> & later")
    assert server.button_labels(question) == ["Announce it", "Not now"]
    assert "1 chat" in await running.press(question, "Announce it", user=7)
    announcer = AnnouncementDispatcher(
        running.world.database, Access(["7"]), running.world.clock, on_queued=running.sender.wake
    )
    assert await announcer.step()
    message = await running.next_message()
    assert message.params["chat_id"] in {GROUP, str(GROUP)}
    heading, _, body = message.text.partition("\n")
    assert "operators" in heading
    assert body.startswith("Back at <five> & later")
    assert message.params["disable_notification"] in {True, "true"}


async def test_notice_to_operators_is_sent_to_their_chat(running):
    async with running.world.database.writing() as connection:
        await notify_operators(connection, "A feed is gone.", now=running.world.clock())
    announcer = AnnouncementDispatcher(
        running.world.database,
        Access(["7", "slack:U1"]),
        running.world.clock,
        on_queued=running.sender.wake,
    )
    assert await announcer.step()
    message = await running.next_message()
    assert message.params["chat_id"] in {7, "7"}
    heading, _, body = message.text.partition("\n")
    assert "operators" in heading
    assert body == "A feed is gone."
