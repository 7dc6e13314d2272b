from bot.announcing import Announcer
from bot.conversation.access import Access
from bot.store.announcements import tell_operators
from tests.bot.conftest import brief

ARTICLE = brief(
    "a",
    title="Council <agrees> on sanctions & more",
    text="The council met in the morning.\n\nIt agreed on sanctions against two banks and a port. "
    "The vote was close.\n\nThe envoy left without a word. Talks go on in May.",
)
GROUP, FORUM = -1001, -1002


async def test_from_start_to_an_alert_that_is_summed_up_and_muted_in_its_place(life):
    server = life.server
    hello = await life.said("/start")
    assert len(server.labels(hello)) == 3
    question = await life.said("sanctions")
    assert question.text.startswith("Follow sanctions?")
    assert server.labels(question) == ["Yes", "No"]
    said = await life.edited(question, "Yes")
    assert said.startswith("Following sanctions")
    await life.news(ARTICLE)
    alert = await life.alerted()
    assert alert.text.startswith("Council <agrees> on sanctions & more")
    assert server.labels(alert) == ["Summary", "Why", "Mute", "Less like this", "Unsubscribe"]
    summed_up = await life.edited(alert, "Summary")
    assert "It agreed on sanctions against two banks and a port." in summed_up
    assert "in the article's own words" in summed_up
    assert server.labels(alert) == ["Less", "Why", "Mute", "Less like this", "Unsubscribe"]
    await life.edited(alert, "Less")
    assert server.labels(alert) == ["Summary", "Why", "Mute", "Less like this", "Unsubscribe"]
    await life.edited(alert, "Mute")
    assert server.labels(alert) == ["1 hour", "1 day", "1 week", "Back"]
    muted = await life.edited(alert, "1 day")
    assert "No alerts for “sanctions” for 1 day." in muted
    assert muted.startswith("Council <agrees>")
    assert server.labels(alert)[0] == "Undo"
    assert "on again" in await life.edited(alert, "Undo")
    gone = await life.edited(alert, "Unsubscribe")
    assert "You no longer follow sanctions." in gone
    assert "You follow" not in gone
    assert server.labels(alert) == ["Undo", "Summary", "Why"]
    assert await life.topics(7) == []
    await life.edited(alert, "Undo")
    assert await life.topics(7) == ["sanctions"]
    assert len(server.popups) == len(server.called("answerCallbackQuery"))
    assert len(server.messages) == 3


async def test_in_a_group_only_admins_change_things_and_everybody_may_look(life):
    server = life.server
    server.make_admins(GROUP, 8)
    refused = await life.said("/subscribe sanctions", chat=GROUP, by=9)
    assert refused.text == "Only admins of this chat change what it follows."
    assert refused.params["disable_notification"] in {True, "true"}
    assert await life.topics(GROUP) == []
    done = await life.said("/subscribe sanctions", chat=GROUP, by=8)
    assert done.text.startswith("Following")
    await life.news(ARTICLE)
    alert = await life.alerted()
    server.tap(alert, "Unsubscribe", by=9)
    await server.until(lambda: server.popups)
    assert server.popups[0]["text"] == "Only admins of this chat change what it follows."
    assert not alert.edits
    assert await life.topics(GROUP) == ["sanctions"]
    assert "two banks" in await life.edited(alert, "Summary", by=9)
    assert "No alerts" not in await life.edited(alert, "Mute", by=8)
    server.tap(alert, "1 day", by=9)
    await server.until(lambda: len(server.popups) == 4)
    assert "Only admins" in server.popups[3]["text"]
    assert "No alerts for" in await life.edited(alert, "1 day", by=8)


async def test_an_admin_may_open_a_group_to_everybody(life):
    life.server.make_admins(GROUP, 8)
    assert "only an admin" in (await life.said("/allow everyone", chat=GROUP, by=9)).text.lower()
    await life.said("/allow everyone", chat=GROUP, by=8)
    await life.said("/subscribe sanctions", chat=GROUP, by=9)
    assert await life.topics(GROUP) == ["sanctions"]
    await life.said("/allow admins", chat=GROUP, by=8)
    assert "Only admins" in (await life.said("/unsubscribe 1", chat=GROUP, by=9)).text


async def test_an_admin_who_stays_unnamed_decides_and_a_stranger_in_a_channels_name_does_not(life):
    from tests.fakes.telegram_chats import ANONYMOUS

    unnamed = {"from": ANONYMOUS, "sender_chat": {"id": GROUP, "type": "supergroup", "title": "G"}}
    said = await life.said("/subscribe sanctions", chat=GROUP, **unnamed)
    assert said.text.startswith("Following")
    other = {"from": ANONYMOUS, "sender_chat": {"id": -5, "type": "channel", "title": "C"}}
    assert "Only admins" in (await life.said("/unsubscribe 1", chat=GROUP, **other)).text


async def test_who_was_just_made_an_admin_is_heard_of_and_who_is_none_any_more_too(life):
    server = life.server
    server.make_admins(GROUP, 8)
    await life.said("/subscribe sanctions", chat=GROUP, by=8)
    server.make_admins(GROUP, 9)
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
    assert "Only admins" in (await life.said("/unsubscribe 1", chat=GROUP, by=8)).text
    assert "no longer" in (await life.said("/unsubscribe 1", chat=GROUP, by=9)).text


async def test_an_alert_goes_to_the_thread_where_its_topic_was_followed(life):
    server = life.server
    server.make_admins(FORUM, 8)
    server.topics[FORUM] = {"5", "6"}
    for thread, topic in ((5, "sanctions"), (6, "council")):
        await life.said(f"/subscribe {topic}", chat=FORUM, by=8, thread=thread)
    await life.news(ARTICLE)
    await life.alerted(2)
    for thread in (5, 6):
        assert server.in_thread(FORUM, thread)[-1].text.startswith("Council")
    alert = server.in_thread(FORUM, 6)[-1]
    assert "“council”" in await life.edited(alert, "Mute", by=8)


async def test_a_deleted_thread_falls_back_to_the_general_one_with_a_word_about_it(life):
    server = life.server
    server.make_admins(FORUM, 8)
    server.topics[FORUM] = {"5", "6"}
    for thread in (5, 6):
        await life.said("/subscribe sanctions", chat=FORUM, by=8, thread=thread)
    server.topics[FORUM] = {"6"}
    await life.news(ARTICLE)
    await life.alerted(3)
    word, alert = server.in_thread(FORUM, None)
    assert word.text == "The topic that this went to is gone or closed; it comes here from now on."
    assert alert.text.startswith("Council")
    assert server.in_thread(FORUM, 6)[-1].text.startswith("Council")
    assert await life.topics(FORUM, "") == ["sanctions"]
    assert await life.topics(FORUM, "6") == ["sanctions"]


async def test_a_group_that_becomes_a_supergroup_takes_everything_along(life):
    server = life.server
    server.make_admins(-55, 8)
    await life.said("/subscribe sanctions", chat=-55, by=8, kind="group")
    server.write("", chat=-55, migrate_to_chat_id=-10055)
    server.write("", chat=-10055, migrate_from_chat_id=-55)
    server.make_admins(-10055, 8)
    await life.said("/topics", chat=-10055, by=9)
    assert await life.topics(-10055) == ["sanctions"]
    assert await life.topics(-55) == []


async def test_a_migration_that_is_only_noticed_when_an_alert_is_sent_is_followed(life):
    server = life.server
    server.make_admins(-55, 8)
    await life.said("/subscribe sanctions", chat=-55, by=8)
    server.moved[-55] = -10055
    await life.news(ARTICLE)
    alert = await life.alerted()
    assert alert.chat == -10055
    assert await life.topics(-10055) == ["sanctions"]


async def test_who_blocks_the_bot_is_left_alone_and_gets_everything_on_coming_back(life):
    server = life.server
    await life.said("/subscribe sanctions")
    server.stand("kicked", before="member", chat=7, kind="private")
    assert await life.happened.get() == "gone"
    assert await life.suspended(7) == "bot was blocked by the user"
    server.stand("member", before="kicked", chat=7, kind="private")
    assert await life.happened.get() == "back"
    assert await life.suspended(7) is None
    assert await life.topics(7) == ["sanctions"]
    await life.news(ARTICLE)
    assert (await life.alerted()).text.startswith("Council")


async def test_a_bot_that_is_brought_into_a_group_says_a_word_and_nothing_more(life):
    life.server.stand("member", before="left", chat=GROUP, kind="supergroup")
    assert "/subscribe sanctions" in (await life.alerted()).text
    life.server.stand("administrator", before="member", chat=GROUP, kind="supergroup")
    assert (await life.said("/topics", chat=GROUP, by=3)).text.startswith("You follow no topic")


async def test_a_file_that_is_sent_is_summed_up(life):
    life.server.files["f1"] = b"Headline here\n\nOne is first. Two is next. Three is last."
    document = {"file_id": "f1", "file_unique_id": "f1", "file_name": "a.txt", "file_size": 60}
    answer = await life.said("", document=document)
    assert "Headline here" in answer.text
    assert "Two is next." in answer.text


async def test_a_channel_is_cared_for_in_private_by_those_who_are_its_admins(life):
    server = life.server
    server.channels["@thenews"] = -100777
    server.make_admins(-100777, 7)
    said = await life.said("/subscribe @thenews sanctions")
    assert said.text.startswith("In @⁠thenews:\nFollowing sanctions".replace("⁠", "\u2060"))
    assert await life.topics(-100777) == ["sanctions"]
    assert await life.topics(7) == []
    await life.news(ARTICLE)
    alert = await life.alerted()
    assert alert.chat == -100777
    gone = await life.said("/unsubscribe @thenews 1")
    await life.edited(gone, "Undo")
    assert await life.topics(-100777) == ["sanctions"]
    stranger = await life.said("/subscribe @thenews football", chat=8)
    assert "You are no admin" in stranger.text
    assert "cannot see" in (await life.said("/subscribe @nowhere football")).text


async def test_a_reader_of_a_channel_sees_an_answer_alone_and_changes_nothing(life):
    server = life.server
    server.channels["@thenews"] = -100777
    server.make_admins(-100777, 7)
    await life.said("/subscribe @thenews sanctions")
    await life.news(ARTICLE)
    alert = await life.alerted()
    server.tap(alert, "Summary", by=99)
    await server.until(lambda: server.popups)
    assert "two banks" in server.popups[0]["text"]
    server.tap(alert, "Unsubscribe", by=99)
    await server.until(lambda: len(server.popups) == 2)
    assert "Only admins" in server.popups[1]["text"]
    assert not alert.edits
    assert "two banks" in await life.edited(alert, "Summary", by=7)


async def test_a_post_in_a_channel_is_an_order_of_its_admins(life):
    life.server.channels["@thenews"] = -100777
    life.server.post("/subscribe sanctions", channel=-100777)
    await life.alerted()
    assert await life.topics(-100777) == ["sanctions"]


async def test_who_runs_the_bot_announces_something_to_every_chat(life):
    server = life.server
    server.make_admins(GROUP, 8)
    await life.said("/subscribe sanctions", chat=GROUP, by=8)
    refused = await life.said("/announce Hello.", chat=9, by=9)
    assert "for those who run this bot" in refused.text
    question = await life.said(f"/announce Back at <five> & {'later ' * 300}", by=7)
    assert question.text.startswith("Announce this to 1 chat?\nBack at <five> & later")
    assert server.labels(question) == ["Announce it", "Not now"]
    assert "It goes to 1 chat now" in await life.edited(question, "Announce it", by=7)
    announcer = Announcer(
        life.world.database, Access(["7"]), life.world.clock, on_queued=life.sender.wake
    )
    assert await announcer.step()
    told = await life.alerted()
    assert told.params["chat_id"] in {GROUP, str(GROUP)}
    assert told.text.startswith("From those who run Tocsin\nBack at <five> & later")
    assert told.params["disable_notification"] in {True, "true"}


async def test_what_concerns_those_who_run_it_comes_to_their_own_chat(life):
    async with life.world.database.writing() as connection:
        await tell_operators(connection, "A feed is gone.", now=life.world.clock())
    announcer = Announcer(
        life.world.database, Access(["7", "slack:U1"]), life.world.clock, on_queued=life.sender.wake
    )
    assert await announcer.step()
    told = await life.alerted()
    assert told.params["chat_id"] in {7, "7"}
    assert told.text == "For those who run Tocsin\nA feed is gone."
