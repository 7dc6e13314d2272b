import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from bot.store.feeds.feed_queue import (
    HOST_LEASE,
    SELECT_DUE_FEEDS,
    claim_feeds,
    claim_host,
    is_any_due,
    prune_hosts,
    release_all_hosts,
    release_host,
)
from bot.store.feeds.feeds import (
    NewFeed,
    add_feed,
    count_feeds,
    find_feed,
    get_feed,
    list_feed_names,
    list_feeds,
    list_feeds_by_health,
    pause_feed,
    remove_feed,
    resume_feed,
    schedule_now,
)
from bot.store.feeds.poll_results import (
    MAX_FEED_NAMES,
    move_feed,
    record_failure,
    record_poll_success,
)
from bot.store.feeds.sources import mark_operators_notified
from watchers import PollResult
from watchers.fetching.addresses import url_host
from watchers.sources.source import FeedInfo

PAUSE = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class Store:
    """The feeds in the store; each call is one transaction."""

    def __init__(self, database, clock) -> None:
        self.database = database
        self.clock = clock

    async def do(self, function, *arguments, **more):
        async with self.database.writing() as connection:
            return await function(connection, *arguments, **more)

    async def add(self, *addresses: str):
        """Add feeds; each is due 1 ms after the one before, and the last one now."""
        ages = range(len(addresses), 0, -1)
        due = [self.clock() - timedelta(milliseconds=age - 1) for age in ages]
        return [
            (
                await self.do(
                    add_feed, NewFeed(address, url_host(address)), now=self.clock(), due=due_at
                )
            )[0]
            for address, due_at in zip(addresses, due, strict=True)
        ]

    async def claim(self, owner: str = "me", most: int = 10) -> list[str]:
        feeds = await self.do(claim_feeds, owner=owner, limit=most, now=self.clock())
        return [feed.address for feed in feeds]

    async def succeed(self, feed, *, due=None, **about) -> None:
        polled = PollResult(
            due_at=due or self.clock() + HOUR, feed_info=FeedInfo(**about) if about else None
        )
        await self.do(record_poll_success, feed.id, polled, now=self.clock(), item_count=0)
        await self.do(release_host, feed.host, owner="me", available_at=self.clock() + PAUSE)

    async def fail(self, feed, *, state: str = "active", due=None, problem: str = "404") -> None:
        failure = {"problem": problem, "state": state, "due": due}
        await self.do(record_failure, feed, now=self.clock(), **failure)

    async def row(self, feed):
        return await self.do(get_feed, feed.id)


@pytest.fixture
def store(database, clock) -> Store:
    return Store(database, clock)


async def test_one_feed_per_host_is_claimed_longest_due_first(store):
    await store.add("https://a/2")
    store.clock.advance(seconds=-5)
    await store.add("https://b/1", "https://a/1")
    store.clock.advance(seconds=5)
    assert await store.claim() == ["https://b/1", "https://a/1"]
    assert await store.claim() == []


async def test_no_more_than_the_limit_are_claimed(store):
    await store.add(*(f"https://h{n}/" for n in range(5)))
    assert len(await store.claim(most=2)) == 2
    assert len(await store.claim(most=9)) == 3


async def test_a_host_with_many_due_feeds_does_not_delay_other_hosts(store):
    await store.add(*(f"https://busy/{n}" for n in range(60)))
    store.clock.advance(seconds=1)
    await store.add("https://quiet/")
    assert await store.claim(most=10) == ["https://busy/0"]
    assert await store.claim(most=10) == ["https://quiet/"]


async def test_a_host_is_polled_again_after_its_delay(store):
    first, _ = await store.add("https://a/1", "https://a/2")
    await store.claim()
    await store.succeed(first)
    assert await store.claim() == []
    store.clock.advance(seconds=1)
    assert await store.claim() == ["https://a/2"]


async def test_concurrent_claims_never_share_a_host(store):
    await store.add(*(f"https://h{n % 20}/{n}" for n in range(100)))
    hosts = []
    for _ in range(4):
        claims = await asyncio.gather(*(store.claim(owner, most=8) for owner in "abcdef"))
        hosts += [url_host(address) for claim in claims for address in claim]
    assert sorted(hosts) == sorted(f"h{n}" for n in range(20))


async def test_only_the_owner_releases_a_host(store):
    await store.add("https://a/1", "https://a/2")
    await store.claim("me")
    await store.do(release_host, "a", owner="other", available_at=store.clock())
    assert await store.claim("other") == []


async def test_the_claims_of_a_dead_process_expire(store):
    await store.add("https://a/1")
    assert await store.claim("died") == ["https://a/1"]
    store.clock.advance(seconds=HOST_LEASE.total_seconds() - 1)
    assert await store.claim("me") == []
    store.clock.advance(seconds=1)
    assert await store.claim("me") == ["https://a/1"]


async def test_all_host_leases_can_be_released_at_once(store):
    await store.add("https://a/1", "https://a/2")
    await store.claim("died")
    await store.do(release_all_hosts)
    assert await store.claim("me") == ["https://a/2"]


async def test_a_host_can_be_claimed_by_its_name(store):
    assert await store.do(claim_host, "a", owner="me", now=store.clock())
    assert not await store.do(claim_host, "a", owner="other", now=store.clock())
    await store.add("https://a/1")
    assert await store.claim("other") == []


async def test_released_hosts_are_pruned(store):
    await store.add("https://a/1", "https://b/1")
    await store.claim()
    await store.do(release_host, "a", owner="me", available_at=store.clock())
    await store.do(prune_hosts, now=store.clock())
    async with store.database.reading() as connection:
        assert (await connection.execute(text("SELECT name FROM hosts"))).scalars().all() == ["b"]


async def test_a_feed_of_a_claimed_host_is_not_due(store):
    assert not await store.do(is_any_due, now=store.clock())
    await store.add("https://a/1", "https://a/2")
    assert await store.do(is_any_due, now=store.clock())
    await store.claim()
    assert not await store.do(is_any_due, now=store.clock())


async def test_a_successful_poll_is_recorded(store):
    (feed,) = await store.add("https://a/1")
    await store.fail(feed, due=store.clock())
    await store.do(mark_operators_notified, feed.id, is_dead=True)
    await store.succeed(await store.row(feed), title="The Example", site="https://a/")
    row = await store.row(feed)
    assert (row.title, row.site, row.interval) == ("The Example", "https://a/", 3600)
    assert (row.problem, row.failures, row.failing_since) == (None, 0, None)
    assert row.are_operators_notified  # until the notice of the recovery is queued
    assert (row.state, row.due_at) == ("active", store.clock() + HOUR)


async def test_failures_are_counted_since_the_first_one(store):
    (feed,) = await store.add("https://a/1")
    began = store.clock()
    for _ in range(3):
        await store.fail(await store.row(feed), due=store.clock())
        store.clock.advance(hours=1)
    row = await store.row(feed)
    assert (row.failures, row.failing_since, row.problem) == (3, began, "404")


@pytest.mark.parametrize("change", [pause_feed, remove_feed])
async def test_a_feed_that_was_paused_or_removed_during_its_poll_stays_so(store, change):
    (feed,) = await store.add("https://a/1")
    await store.claim()
    await store.do(change, feed.id)
    await store.succeed(feed)
    await store.fail(feed, due=store.clock())
    store.clock.advance(days=2)
    assert await store.claim() == []


async def test_an_equivalent_address_does_not_add_a_second_feed(store):
    (feed,) = await store.add("https://a/1")
    new = NewFeed("http://a/1/", "a", equivalent_addresses=("https://a/1", "http://a/1"))
    assert await store.do(add_feed, new, now=store.clock()) == (feed, False)


async def test_a_removed_feed_that_is_added_again_is_reset(store):
    (feed,) = await store.add("https://a/1")
    await store.fail(feed, state="dead", due=store.clock())
    await store.do(remove_feed, feed.id)
    assert await store.row(feed) is None
    new = NewFeed("https://a/1", "a")
    assert await store.do(add_feed, new, now=store.clock(), restore_removed=False) != (feed, True)
    assert await store.claim() == []
    again, is_new = await store.do(add_feed, new, now=store.clock())
    assert (again.id, is_new) == (feed.id, True)
    assert (again.is_baselined, again.problem, again.failures) == (False, None, 0)
    assert await store.claim() == ["https://a/1"]


async def test_a_feed_moves_to_a_new_address(store):
    (feed,) = await store.add("https://a/1")
    where = {"address": "https://b/1", "host": "b", "now": store.clock()}
    assert await store.do(move_feed, feed.id, **where)
    assert await store.do(move_feed, feed.id, **where)
    assert await store.claim() == ["https://b/1"]


@pytest.mark.parametrize(
    ("other_is", "then"),
    [("active", "active"), ("paused", "paused"), ("removed", "active"), ("ended", "active")],
)
async def test_a_feed_that_moves_to_the_address_of_another_feed_is_merged_into_it(
    store, other_is, then
):
    feed, other = await store.add("https://a/1", "https://b/1")
    match other_is:
        case "paused":
            await store.do(pause_feed, other.id)
        case "removed":
            await store.do(remove_feed, other.id)
        case "ended":
            await store.fail(other, state="ended")
    assert not await store.do(
        move_feed, feed.id, address="https://b/1", host="b", now=store.clock()
    )
    assert [(row.id, row.state) for row in await store.do(list_feeds, limit=9)] == [
        (other.id, then)
    ]


async def test_scheduling_now_skips_recently_polled_and_inactive_feeds(store):
    feeds = await store.add("https://a/1", "https://b/1", "https://c/1", "https://d/1")
    for feed in feeds:
        await store.succeed(feed, due=store.clock() + HOUR)
    await store.do(pause_feed, feeds[1].id)
    await store.fail(feeds[2], state="ended")
    store.clock.advance(minutes=2)
    await store.succeed(feeds[3])
    since = store.clock() - timedelta(minutes=1)
    assert await store.do(schedule_now, None, now=store.clock(), not_polled_since=since) == 1
    assert await store.claim() == ["https://a/1"]
    ids = [feed.id for feed in feeds]
    store.clock.advance(minutes=2)
    since = store.clock() - timedelta(minutes=1)
    assert await store.do(schedule_now, ids, now=store.clock(), not_polled_since=since) == 2


async def test_a_resumed_feed_is_due(store):
    (feed,) = await store.add("https://a/1")
    assert await store.do(pause_feed, feed.id)
    assert not await store.do(pause_feed, feed.id)
    assert await store.claim() == []
    assert await store.do(resume_feed, feed.id, now=store.clock())
    assert await store.claim() == ["https://a/1"]


async def test_feeds_are_listed_in_pages_and_by_health(store):
    feeds = await store.add(*(f"https://h{n}/" for n in range(4)))
    await store.fail(feeds[2], state="dead")
    assert [row.id for row in await store.do(list_feeds_by_health, limit=2)] == [
        feeds[2].id,
        feeds[0].id,
    ]
    page = await store.do(list_feeds, limit=2, after=feeds[0].id)
    assert [row.id for row in page] == [feeds[1].id, feeds[2].id]
    assert await store.do(count_feeds) == {"active": 3, "dead": 1}
    assert (await store.do(list_feed_names))[0] == (feeds[0].id, "", "https://h0/")
    assert (await store.do(find_feed, ["x", "https://h3/"])).id == feeds[3].id


async def test_due_feeds_are_read_from_their_index(store):
    await store.add(*(f"https://h{n}/" for n in range(5)))
    is_sqlite = store.database.is_sqlite
    executed = []
    async with store.database.writing() as connection:
        if not is_sqlite:
            for setting in ("enable_seqscan", "enable_bitmapscan", "enable_sort"):
                await connection.execute(text(f"SET LOCAL {setting} = off"))
        event.listen(
            connection.sync_connection,
            "before_cursor_execute",
            lambda *event: executed.append((event[2], event[3])),
        )
        await connection.execute(SELECT_DUE_FEEDS, {"now": store.clock(), "limit": 9})
        explain = "EXPLAIN QUERY PLAN " if is_sqlite else "EXPLAIN "
        rows = (await connection.exec_driver_sql(explain + executed[0][0], executed[0][1])).all()
    plan = "\n".join(str(row) for row in rows)
    assert "ix_sources_due_at" in plan, plan
    assert "B-TREE" not in plan, plan  # nothing is sorted
    assert "Sort" not in plan, plan


async def test_a_feed_keeps_its_former_names_up_to_a_limit(store):
    (feed,) = await store.add("https://a.example/feed")
    for number in range(2 * MAX_FEED_NAMES):
        polled = PollResult(due_at=store.clock() + HOUR, feed_info=FeedInfo(title=f"Name {number}"))
        await store.do(record_poll_success, feed.id, polled, now=store.clock(), item_count=0)
    names = (await store.do(get_feed, feed.id)).names
    assert len(names) == MAX_FEED_NAMES
    assert names[:2] == ("https://a.example/feed", "Name 0")
    assert names[-1] == f"Name {2 * MAX_FEED_NAMES - 1}"


async def test_a_merged_feed_passes_on_its_names(store):
    feed, other = await store.add("https://a.example/feed", "https://b.example/feed")
    moved = {"address": other.address, "host": other.host, "now": store.clock()}
    assert not await store.do(move_feed, feed.id, **moved)
    assert set((await store.do(get_feed, other.id)).names) == {feed.address, other.address}


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_scheduling_all_feeds_does_not_wait_for_locked_rows(store):
    await store.add("https://a.org/feed", "https://b.org/feed", "https://c.org/feed")
    async with store.database.writing() as other:
        claimed = await claim_feeds(other, owner="other", limit=2, now=store.clock())
        assert len(claimed) == 2
        later = store.clock() + timedelta(minutes=5)
        async with asyncio.timeout(60):
            assert await store.do(schedule_now, None, now=later, not_polled_since=later) == 1
            await store.do(prune_hosts, now=later + HOUR)


async def test_scheduling_all_feeds_keeps_the_order_of_due_feeds(store):
    first, second = await store.add("https://a.org/feed", "https://b.org/feed")
    store.clock.advance(seconds=30)
    third = (await store.add("https://c.org/feed"))[0]
    await store.do(schedule_now, None, now=store.clock(), not_polled_since=store.clock())
    due = [(await store.row(feed)).due_at for feed in (first, second, third)]
    assert due == sorted(due)
    assert due[0] < due[2]
