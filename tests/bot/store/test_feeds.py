import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from bot.store.feed_looks import MOST_NAMES, move_feed, record_failure, record_look
from bot.store.feed_queue import (
    DUE_FEEDS,
    LEASE,
    claim_feeds,
    claim_host,
    forget_hosts,
    free_every_host,
    free_host,
    is_any_due,
)
from bot.store.feeds import (
    NewFeed,
    add_feed,
    ask_now,
    count_feeds,
    feed_names,
    find_feed,
    list_feeds,
    one_feed,
    pause_feed,
    remove_feed,
    resume_feed,
    some_feeds,
)
from bot.store.sources import mark_told
from watchers import Polled
from watchers.fetching.addresses import host_of
from watchers.sources.source import About

PAUSE = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class Store:
    """The store of feeds, a call a transaction."""

    def __init__(self, database, clock) -> None:
        self.database = database
        self.clock = clock

    async def do(self, function, *arguments, **more):
        async with self.database.writing() as connection:
            return await function(connection, *arguments, **more)

    async def add(self, *addresses: str):
        """Each is due a moment after the one before; the last one now."""
        ages = range(len(addresses), 0, -1)
        due = [self.clock() - timedelta(milliseconds=age - 1) for age in ages]
        return [
            (await self.do(add_feed, NewFeed(one, host_of(one)), now=self.clock(), due=at))[0]
            for one, at in zip(addresses, due, strict=True)
        ]

    async def claim(self, owner: str = "me", most: int = 10) -> list[str]:
        found = await self.do(claim_feeds, owner=owner, most=most, now=self.clock())
        return [one.address for one in found]

    async def looked(self, feed, *, due=None, **about) -> None:
        polled = Polled(due=due or self.clock() + HOUR, about=About(**about) if about else None)
        await self.do(record_look, feed.id, polled, now=self.clock(), brought=0)
        await self.do(free_host, feed.host, owner="me", at=self.clock() + PAUSE)

    async def failed(self, feed, *, state: str = "active", due=None, problem: str = "404") -> None:
        how = {"problem": problem, "state": state, "due": due}
        await self.do(record_failure, feed, now=self.clock(), **how)

    async def row(self, feed):
        return await self.do(one_feed, feed.id)


@pytest.fixture
def store(database, clock) -> Store:
    return Store(database, clock)


async def test_one_feed_of_each_host_is_claimed_the_longest_due_first(store):
    await store.add("https://a/2")
    store.clock.turn(seconds=-5)
    await store.add("https://b/1", "https://a/1")
    store.clock.turn(seconds=5)
    assert await store.claim() == ["https://b/1", "https://a/1"]
    assert await store.claim() == []


async def test_no_more_than_wanted_are_claimed(store):
    await store.add(*(f"https://h{n}/" for n in range(5)))
    assert len(await store.claim(most=2)) == 2
    assert len(await store.claim(most=9)) == 3


async def test_a_host_with_many_due_feeds_holds_up_no_other(store):
    await store.add(*(f"https://busy/{n}" for n in range(60)))
    store.clock.turn(seconds=1)
    await store.add("https://quiet/")
    assert await store.claim(most=10) == ["https://busy/0"]
    assert await store.claim(most=10) == ["https://quiet/"]


async def test_a_host_is_asked_again_after_its_pause(store):
    first, _ = await store.add("https://a/1", "https://a/2")
    await store.claim()
    await store.looked(first)
    assert await store.claim() == []
    store.clock.turn(seconds=1)
    assert await store.claim() == ["https://a/2"]


async def test_no_host_is_claimed_by_two_at_the_same_moment(store):
    await store.add(*(f"https://h{n % 20}/{n}" for n in range(100)))
    hosts = []
    for _ in range(4):
        claims = await asyncio.gather(*(store.claim(owner, most=8) for owner in "abcdef"))
        hosts += [host_of(one) for claim in claims for one in claim]
    assert sorted(hosts) == sorted(f"h{n}" for n in range(20))


async def test_a_host_that_another_holds_is_freed_by_nobody_else(store):
    await store.add("https://a/1", "https://a/2")
    await store.claim("me")
    await store.do(free_host, "a", owner="other", at=store.clock())
    assert await store.claim("other") == []


async def test_what_a_process_that_died_had_claimed_comes_due_again(store):
    await store.add("https://a/1")
    assert await store.claim("died") == ["https://a/1"]
    store.clock.turn(seconds=LEASE.total_seconds() - 1)
    assert await store.claim("me") == []
    store.clock.turn(seconds=1)
    assert await store.claim("me") == ["https://a/1"]


async def test_where_no_other_can_be_alive_hosts_are_taken_back_at_once(store):
    await store.add("https://a/1", "https://a/2")
    await store.claim("died")
    await store.do(free_every_host)
    assert await store.claim("me") == ["https://a/2"]


async def test_a_host_can_be_claimed_by_its_name(store):
    assert await store.do(claim_host, "a", owner="me", now=store.clock())
    assert not await store.do(claim_host, "a", owner="other", now=store.clock())
    await store.add("https://a/1")
    assert await store.claim("other") == []


async def test_hosts_that_nobody_holds_are_forgotten(store):
    await store.add("https://a/1", "https://b/1")
    await store.claim()
    await store.do(free_host, "a", owner="me", at=store.clock())
    await store.do(forget_hosts, now=store.clock())
    async with store.database.reading() as connection:
        assert (await connection.execute(text("SELECT name FROM hosts"))).scalars().all() == ["b"]


async def test_whether_anything_can_be_asked_now(store):
    assert not await store.do(is_any_due, now=store.clock())
    await store.add("https://a/1", "https://a/2")
    assert await store.do(is_any_due, now=store.clock())
    await store.claim()
    assert not await store.do(is_any_due, now=store.clock())


async def test_a_look_is_written_down(store):
    (feed,) = await store.add("https://a/1")
    await store.failed(feed, due=store.clock())
    await store.do(mark_told, feed.id, dead=True)
    await store.looked(await store.row(feed), title="The Example", site="https://a/")
    row = await store.row(feed)
    assert (row.title, row.site, row.interval) == ("The Example", "https://a/", 3600)
    assert (row.problem, row.failures, row.failing_since) == (None, 0, None)
    assert row.told_dead  # until its return is told, in one transaction
    assert (row.state, row.due_at) == ("active", store.clock() + HOUR)


async def test_failures_are_counted_from_the_first(store):
    (feed,) = await store.add("https://a/1")
    began = store.clock()
    for _ in range(3):
        await store.failed(await store.row(feed), due=store.clock())
        store.clock.turn(hours=1)
    row = await store.row(feed)
    assert (row.failures, row.failing_since, row.problem) == (3, began, "404")


@pytest.mark.parametrize("change", [pause_feed, remove_feed])
async def test_what_was_paused_or_removed_while_it_was_asked_stays_so(store, change):
    (feed,) = await store.add("https://a/1")
    await store.claim()
    await store.do(change, feed.id)
    await store.looked(feed)
    await store.failed(feed, due=store.clock())
    store.clock.turn(days=2)
    assert await store.claim() == []


async def test_a_feed_that_is_known_is_not_added_again_under_another_spelling(store):
    (feed,) = await store.add("https://a/1")
    new = NewFeed("http://a/1/", "a", twins=("https://a/1", "http://a/1"))
    assert await store.do(add_feed, new, now=store.clock()) == (feed, False)


async def test_a_removed_feed_that_is_added_again_starts_anew(store):
    (feed,) = await store.add("https://a/1")
    await store.failed(feed, state="dead", due=store.clock())
    await store.do(remove_feed, feed.id)
    assert await store.row(feed) is None
    new = NewFeed("https://a/1", "a")
    assert await store.do(add_feed, new, now=store.clock(), again=False) != (feed, True)
    assert await store.claim() == []
    again, is_new = await store.do(add_feed, new, now=store.clock())
    assert (again.id, is_new) == (feed.id, True)
    assert (again.is_baselined, again.problem, again.failures) == (False, None, 0)
    assert await store.claim() == ["https://a/1"]


async def test_a_feed_moves(store):
    (feed,) = await store.add("https://a/1")
    where = {"address": "https://b/1", "host": "b", "now": store.clock()}
    assert await store.do(move_feed, feed.id, **where)
    assert await store.do(move_feed, feed.id, **where)
    assert await store.claim() == ["https://b/1"]


@pytest.mark.parametrize(
    ("other_is", "then"),
    [("active", "active"), ("paused", "paused"), ("removed", "active"), ("ended", "active")],
)
async def test_a_feed_that_moves_to_where_another_is_becomes_that_one(store, other_is, then):
    feed, other = await store.add("https://a/1", "https://b/1")
    match other_is:
        case "paused":
            await store.do(pause_feed, other.id)
        case "removed":
            await store.do(remove_feed, other.id)
        case "ended":
            await store.failed(other, state="ended")
    assert not await store.do(
        move_feed, feed.id, address="https://b/1", host="b", now=store.clock()
    )
    assert [(one.id, one.state) for one in await store.do(list_feeds, most=9)] == [(other.id, then)]


async def test_asking_now_leaves_alone_what_was_just_asked_or_is_not_asked_at_all(store):
    feeds = await store.add("https://a/1", "https://b/1", "https://c/1", "https://d/1")
    for one in feeds:
        await store.looked(one, due=store.clock() + HOUR)
    await store.do(pause_feed, feeds[1].id)
    await store.failed(feeds[2], state="ended")
    store.clock.turn(minutes=2)
    await store.looked(feeds[3])
    since = store.clock() - timedelta(minutes=1)
    assert await store.do(ask_now, None, now=store.clock(), not_since=since) == 1
    assert await store.claim() == ["https://a/1"]
    ids = [one.id for one in feeds]
    store.clock.turn(minutes=2)
    since = store.clock() - timedelta(minutes=1)
    assert await store.do(ask_now, ids, now=store.clock(), not_since=since) == 2


async def test_a_paused_feed_is_asked_again_when_it_is_resumed(store):
    (feed,) = await store.add("https://a/1")
    assert await store.do(pause_feed, feed.id)
    assert not await store.do(pause_feed, feed.id)
    assert await store.claim() == []
    assert await store.do(resume_feed, feed.id, now=store.clock())
    assert await store.claim() == ["https://a/1"]


async def test_lists_show_what_fails_first_and_go_page_by_page(store):
    feeds = await store.add(*(f"https://h{n}/" for n in range(4)))
    await store.failed(feeds[2], state="dead")
    assert [one.id for one in await store.do(some_feeds, most=2)] == [feeds[2].id, feeds[0].id]
    page = await store.do(list_feeds, most=2, after=feeds[0].id)
    assert [one.id for one in page] == [feeds[1].id, feeds[2].id]
    assert await store.do(count_feeds) == {"active": 3, "dead": 1}
    assert (await store.do(feed_names))[0] == (feeds[0].id, "", "https://h0/")
    assert (await store.do(find_feed, ["x", "https://h3/"])).id == feeds[3].id


async def test_what_is_due_is_found_by_its_index(store):
    await store.add(*(f"https://h{n}/" for n in range(5)))
    is_sqlite = store.database.is_sqlite
    ran = []
    async with store.database.writing() as connection:
        if not is_sqlite:
            for setting in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
                await connection.execute(text(f"SET LOCAL {setting} = off"))
        event.listen(
            connection.sync_connection,
            "before_cursor_execute",
            lambda *about: ran.append((about[2], about[3])),
        )
        await connection.execute(DUE_FEEDS, {"now": store.clock(), "most": 9})
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        rows = (await connection.exec_driver_sql(explain + ran[0][0], ran[0][1])).all()
    plan = "\n".join(str(row) for row in rows)
    assert "ix_sources_due_at" in plan, plan
    assert "B-TREE" not in plan, plan  # nothing is sorted
    assert "Sort" not in plan, plan


async def test_a_feed_keeps_every_name_it_had_within_bounds(store):
    (feed,) = await store.add("https://a.example/feed")
    for number in range(2 * MOST_NAMES):
        polled = Polled(due=store.clock() + HOUR, about=About(title=f"Name {number}"))
        await store.do(record_look, feed.id, polled, now=store.clock(), brought=0)
    names = (await store.do(one_feed, feed.id)).names
    assert len(names) == MOST_NAMES
    assert names[:2] == ("https://a.example/feed", "Name 0")
    assert names[-1] == f"Name {2 * MOST_NAMES - 1}"


async def test_a_feed_that_moves_to_one_that_is_followed_gives_it_its_names(store):
    one, other = await store.add("https://a.example/feed", "https://b.example/feed")
    moved = {"address": other.address, "host": other.host, "now": store.clock()}
    assert not await store.do(move_feed, one.id, **moved)
    assert set((await store.do(one_feed, other.id)).names) == {one.address, other.address}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_all_are_made_due_without_waiting_for_those_that_others_hold(store):
    await store.add("https://a.org/feed", "https://b.org/feed", "https://c.org/feed")
    async with store.database.writing() as other:
        held = await claim_feeds(other, owner="other", most=2, now=store.clock())
        assert len(held) == 2
        later = store.clock() + timedelta(minutes=5)
        async with asyncio.timeout(10):
            assert await store.do(ask_now, None, now=later, not_since=later) == 1
            await store.do(forget_hosts, now=later + HOUR)


async def test_who_waits_for_its_turn_keeps_its_place_when_all_are_made_due(store):
    first, second = await store.add("https://a.org/feed", "https://b.org/feed")
    store.clock.turn(seconds=30)
    third = (await store.add("https://c.org/feed"))[0]
    await store.do(ask_now, None, now=store.clock(), not_since=store.clock())
    due = [(await store.row(feed)).due_at for feed in (first, second, third)]
    assert due == sorted(due)
    assert due[0] < due[2]
