"""OAuth v2 and several workspaces, through Bolt's pages, over signed HTTP."""

import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from sqlalchemy import text

from bot.chats.slack.token_encryption import TokenCipher
from bot.errors import SettingsError
from tests.bot.chats.slack.conftest import SECRET, open_slack_world
from tests.bot.conftest import make_item
from tests.fakes.outbox import fill
from tests.fakes.slack_team import BOT, FakeTeam, visible_text

# Slack's SDK uses a class of aiohttp that the next version removes.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

KEY = "a long enough key"
OPTIONS: dict[str, Any] = {
    "signing_secret": SECRET,
    "client_id": "1.2",
    "client_secret": "client-secret",
    "public_url": "https://tocsin.example",
    "secret_keys": (KEY,),
}


@pytest.fixture
async def world(sqlite_url, clock):
    slack = FakeTeam({}, channel=(1000, 1.0))
    async with open_slack_world(sqlite_url, clock, slack, **OPTIONS) as slack_world:
        yield slack_world


def granted(name: str, token: str, **more) -> dict:
    return {
        "access_token": token,
        "token_type": "bot",
        "scope": "chat:write,commands",
        "bot_user_id": "U0BOT",
        "app_id": "A1",
        "team": {"id": name, "name": f"team {name}"},
        "enterprise": None,
        "authed_user": {"id": "UADMIN"},
        "is_enterprise_install": False,
    } | more


async def visit(world, path: str, **headers) -> tuple[int, str, dict]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{world.url}{path}", headers=headers, allow_redirects=False) as answer,
    ):
        return answer.status, await answer.text(), dict(answer.headers)


async def start_installation(world) -> tuple[str, str]:
    """Return the state of a new installation and the cookie of the browser."""
    status, page, headers = await visit(world, "/slack/install")
    assert status == 200
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    link = next(link for link in links if "/oauth/v2/authorize" in link).replace("&amp;", "&")
    query = parse_qs(urlsplit(link).query)
    assert query["redirect_uri"] == ["https://tocsin.example/slack/oauth_redirect"]
    return query["state"][0], cookie.split(";")[0]


async def install(world, account: str, token: str, **more) -> None:
    state, cookie = await start_installation(world)
    code = f"code-{world.slack.next_number()}"
    world.slack.codes[code] = granted(account, token, **more)
    path = f"/slack/oauth_redirect?code={code}&state={state}"
    status, _, _ = await visit(world, path, Cookie=cookie)
    assert status == 200
    await world.wait_until(lambda: world.workspace(account))


async def uninstall(world, team: str, *kinds: str, revoke: str = "") -> None:
    if revoke:
        world.slack.tokens.pop(revoke, None)
    for kind in kinds:
        event: dict[str, Any] = {"type": kind}
        if kind == "tokens_revoked":
            event["tokens"] = {"oauth": [], "bot": ["U0BOT"]}
        await world.slack.event(team, event)
        await world.settle()


def person(world, team: str, user: str, name: str):
    user_of_team = world.slack.person(team, user, name)
    user_of_team.settle = world.settle
    return user_of_team


async def test_two_workspaces_install_and_their_tokens_never_cross(world):
    slack = world.slack
    await install(world, "T1", "xoxb-one")
    await install(world, "T2", "xoxb-two")
    ann, bob = person(world, "T1", "UANN", "ann"), person(world, "T2", "UBOB", "bob")
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    await bob.types("/tocsin subscribe sanctions", channel="C2")
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    await world.wait_until(lambda: len(slack.messages) == 4)
    channels = {(message.team, message.channel) for message in slack.messages}
    assert channels == {("T1", "C1"), ("T2", "C2")}


async def test_a_workspace_at_its_rate_limit_does_not_delay_another(sqlite_url, clock):
    slack = FakeTeam({}, channel=(1000, 1.0), workspace=(1, 60.0))
    async with open_slack_world(sqlite_url, clock, slack, **OPTIONS) as world:
        await install(world, "T1", "xoxb-one")
        await install(world, "T2", "xoxb-two")
        ann, bob = person(world, "T1", "UANN", "ann"), person(world, "T2", "UBOB", "bob")
        for user in (ann, bob):
            await user.types("/tocsin subscribe sanctions")
        await world.ingest_items(make_item("a"))
        await world.run_pipeline()
        # Each workspace has used the limit of its minute.
        await world.wait_until(lambda: len(slack.messages) == 2)
        slack.limits["T2"].whole.limit = 100
        await world.ingest_items(
            make_item(
                "b", title="Trawlers that fish at night face sanctions", text="Boats stay in port."
            )
        )
        await world.run_pipeline()
        await world.wait_until(lambda: len(slack.in_channel(bob.direct)) == 2)
        assert len(slack.in_channel(ann.direct)) == 1


async def test_a_backlog_at_the_rate_limit_does_not_delay_another_workspace(sqlite_url):
    slack = FakeTeam({}, everybody_is_in=False)
    now = lambda: datetime.now(UTC)  # noqa: E731 - the fake limits real seconds
    async with open_slack_world(sqlite_url, now, slack, rate_limited=True, **OPTIONS) as world:
        await install(world, "T1", "xoxb-one")
        await install(world, "T2", "xoxb-two")
        channels = [f"C{number}" for number in range(20)]
        for team in ("T1", "T2"):
            slack.join(team, *channels)
        # Five messages per minute.
        slack.limits["T1"].whole.limit = 5
        for team in ("T1", "T2"):
            await fill(world.database, "slack", team, [(name, 2) for name in channels])
        started_at = time.monotonic()
        world.accounts.wake()
        await world.wait_until(
            lambda: sum(message.team == "T2" for message in slack.messages) == 40
        )
        seconds = time.monotonic() - started_at
        sent_at_limit = sum(message.team == "T1" for message in slack.messages)
        print(  # noqa: T201 - for `pytest -s`
            f"workspace at its limit: {sent_at_limit} of 40 alerts, {slack.refused} rejections;"
            f" other workspace: 40 alerts to 20 channels in {seconds:.1f} s"
        )
        assert sent_at_limit == 5
        # Messages in flight may be rejected, but no later ones.
        assert slack.refused <= 32


async def test_in_a_shared_channel_each_workspace_serves_its_own_subscriptions(sqlite_url, clock):
    """Slack Connect: one channel id, two installations, two tokens."""
    slack = FakeTeam({}, channel=(1000, 1.0))
    async with open_slack_world(sqlite_url, clock, slack, **OPTIONS) as world:
        await install(world, "T1", "xoxb-one")
        await install(world, "T2", "xoxb-two")
        ann, bob = person(world, "T1", "UANN", "ann"), person(world, "T2", "UBOB", "bob")
        await ann.types("/tocsin subscribe sanctions", channel="CSHARED")
        await bob.types("/tocsin subscribe banks", channel="CSHARED")
        await ann.types("/tocsin topics", channel="CSHARED")
        assert "sanctions" in visible_text(ann.replies[-1])
        assert "banks" not in visible_text(ann.replies[-1])
        # Slack sends a message of T1 to both installations, each with its own authorization.
        event = {"type": "app_mention", "channel": "CSHARED", "user": "UANN", "ts": "1.000001"}
        event |= {"text": f"<@{BOT}> topics", "user_team": "T1", "source_team": "T1"}
        authorizations = [{"team_id": "T2", "enterprise_id": None, "user_id": BOT, "is_bot": True}]
        await slack.event("T1", event, is_ext_shared_channel=True, authorizations=authorizations)
        await world.settle()
        assert slack.messages[-1].team == "T2"
        assert "banks" in slack.messages[-1].text


async def test_the_database_contains_no_readable_token(world):
    await install(world, "T1", "xoxb-one", refresh_token="xoxe-refresh", expires_in=43_200)
    async with world.database.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM installations"))).all()
    assert "xox" not in str(rows)
    assert "T1" in str(rows)


async def test_a_state_is_valid_once_for_ten_minutes_and_for_one_browser(world):
    slack = world.slack
    state, cookie = await start_installation(world)
    slack.codes["c1"] = granted("T1", "xoxb-one")
    path = f"/slack/oauth_redirect?code=c1&state={state}"
    # Another browser.
    assert (await visit(world, path))[0] == 400
    assert (await visit(world, path, Cookie="slack-app-oauth-state=other"))[0] == 400
    assert (await visit(world, path, Cookie=cookie))[0] == 200
    slack.codes["c1"] = granted("T1", "xoxb-other")
    # The same state a second time.
    assert (await visit(world, path, Cookie=cookie))[0] == 401
    forged = "slack-app-oauth-state=forged"
    path = "/slack/oauth_redirect?code=c1&state=forged"
    assert (await visit(world, path, Cookie=forged))[0] == 401
    state, cookie = await start_installation(world)
    world.clock.advance(minutes=11)
    path = f"/slack/oauth_redirect?code=c1&state={state}"
    assert (await visit(world, path, Cookie=cookie))[0] == 401
    assert (await visit(world, "/slack/oauth_redirect?error=access_denied"))[0] == 200
    state, cookie = await start_installation(world)
    path = f"/slack/oauth_redirect?code=wrong&state={state}"
    assert (await visit(world, path, Cookie=cookie))[0] == 401


async def test_an_error_page_does_not_contain_a_script_from_the_url(world):
    error = "%3Cscript%3Ealert(1)%3C/script%3E"
    status, page, _ = await visit(world, f"/slack/oauth_redirect?error={error}")
    assert status == 200
    assert "<script>" not in page


@pytest.mark.parametrize(
    "order",
    [
        ("app_uninstalled", "tokens_revoked"),
        ("tokens_revoked", "app_uninstalled"),
        ("tokens_revoked",),
        ("app_uninstalled", "app_uninstalled"),
    ],
)
async def test_a_removal_ends_the_workspace_in_any_order_of_events(world, order):
    await install(world, "T1", "xoxb-one")
    await install(world, "T2", "xoxb-two")
    await uninstall(world, "T1", *order, revoke="xoxb-one")
    await world.wait_until(lambda: world.workspace("T1") is None)
    assert world.workspace("T2") is not None
    async with world.database.reading() as connection:
        sealed = "SELECT sealed FROM installations WHERE account = 'T1'"
        assert (await connection.execute(text(sealed))).scalar_one() is None


async def test_a_new_installation_resumes_the_subscriptions(world):
    slack = world.slack
    await install(world, "T1", "xoxb-one")
    ann = person(world, "T1", "UANN", "ann")
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    await uninstall(world, "T1", "app_uninstalled", revoke="xoxb-one")
    await world.wait_until(lambda: world.workspace("T1") is None)
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    await install(world, "T1", "xoxb-new")
    await world.wait_until(lambda: len(slack.in_channel("C1")) == 2)


async def test_a_removal_event_after_the_next_installation_changes_nothing(world):
    await install(world, "T1", "xoxb-one")
    await install(world, "T1", "xoxb-new")
    await uninstall(world, "T1", "tokens_revoked", "app_uninstalled")
    assert world.workspace("T1") is not None
    user_tokens_only = {"type": "tokens_revoked", "tokens": {"oauth": ["UANN"]}}
    await world.slack.event("T1", user_tokens_only)
    await world.settle()
    assert world.workspace("T1") is not None


async def test_a_token_is_renewed_before_it_expires(world):
    slack = world.slack
    await install(world, "T1", "xoxb-one", refresh_token="xoxe-1", expires_in=3_600)
    # Slack sends expiry times in real time, and the clock of the test is in the past.
    world.clock.now = world.clock.now.fromtimestamp(time.time(), world.clock.now.tzinfo)
    slack.refreshes["xoxe-1"] = {
        "access_token": "xoxb-two",
        "refresh_token": "xoxe-2",
        "expires_in": 43_200,
        "token_type": "bot",
    }
    await world.service._sync_installations()
    assert world.workspace("T1").adapter.client.token == "xoxb-two"
    assert slack.refreshes == {}
    # A second pass must not use the new refresh token.
    await world.service._sync_installations()
    assert world.workspace("T1").adapter.client.token == "xoxb-two"
    world.clock.advance(hours=11)
    slack.refreshes["xoxe-2"] = {"access_token": "xoxb-3", "expires_in": 43_200}
    await world.service._sync_installations()
    assert world.workspace("T1").adapter.client.token == "xoxb-3"


async def test_a_failed_renewal_keeps_the_token(world):
    await install(world, "T1", "xoxb-one", refresh_token="xoxe-1", expires_in=3_600)
    world.clock.now = world.clock.now.fromtimestamp(time.time(), world.clock.now.tzinfo)
    await world.service._sync_installations()
    assert world.workspace("T1").adapter.client.token == "xoxb-one"


async def test_a_whole_organisation_is_one_account_for_all_its_workspaces(world):
    slack = world.slack
    organisation = {
        "team": None,
        "enterprise": {"id": "E1", "name": "org"},
        "is_enterprise_install": True,
    }
    await install(world, "E1", "xoxb-org", **organisation)
    ann = person(world, "T7", "UANN", "ann")
    enterprise = {"enterprise_id": "E1", "is_enterprise_install": "true"}
    await ann.types("/tocsin subscribe sanctions", channel="C1", **enterprise)
    assert await world.followed("C1", "E1") == ["sanctions"]
    await world.ingest_items(make_item("a"))
    await world.run_pipeline()
    await world.wait_until(lambda: len(slack.in_channel("C1")) == 2)


async def test_a_replaced_key_still_decrypts():
    old, new = (
        TokenCipher(["the old long key"]),
        TokenCipher(["the new long key", "the old long key"]),
    )
    assert new.decrypt(old.encrypt("secret")) == "secret"
    assert TokenCipher(["the new long key"]).decrypt(old.encrypt("secret")) is None
    assert old.decrypt(new.encrypt("secret")) is None
    assert "secret" not in old.encrypt("secret")
    assert old.decrypt("nonsense") is None


async def test_an_expired_text_is_not_decrypted():
    cipher = TokenCipher([KEY])
    encrypted = cipher.encrypt("x", now=1_000)
    assert cipher.decrypt(encrypted, now=1_500, within=timedelta(minutes=10)) == "x"
    assert cipher.decrypt(encrypted, now=1_700, within=timedelta(minutes=10)) is None


@pytest.mark.parametrize("keys", [(), ("short",)])
async def test_a_missing_or_short_key_is_rejected(keys):
    with pytest.raises(SettingsError, match="TOCSIN_SECRET_KEY"):
        TokenCipher(keys)
