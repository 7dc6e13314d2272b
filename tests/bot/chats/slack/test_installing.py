"""OAuth v2 and many workspaces, through Bolt's own pages, over signed HTTP."""

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from sqlalchemy import text

from bot.chats.slack.sealing import Seal
from bot.errors import SettingsError
from tests.bot.chats.slack.conftest import SECRET, opened
from tests.bot.conftest import brief
from tests.fakes.outbox import fill
from tests.fakes.slack_team import BOT, FakeTeam, shown

# The SDK of Slack names itself to Slack in a way that the next aiohttp will not know.
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")

KEY = "a long enough key"
OPTIONS = {
    "signing_secret": SECRET,
    "client_id": "1.2",
    "client_secret": "client-hush",
    "public_url": "https://tocsin.example",
    "secret_keys": (KEY,),
}


@pytest.fixture
async def world(tmp_path, clock):
    slack = FakeTeam({}, channel=(1000, 1.0))
    async with opened(tmp_path, clock, slack, **OPTIONS) as made:
        yield made


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


async def begin(world) -> tuple[str, str]:
    """The state of a new installation, and the browser's cookie."""
    status, page, headers = await visit(world, "/slack/install")
    assert status == 200
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    link = next(one for one in links if "/oauth/v2/authorize" in one).replace("&amp;", "&")
    asked = parse_qs(urlsplit(link).query)
    assert asked["redirect_uri"] == ["https://tocsin.example/slack/oauth_redirect"]
    return asked["state"][0], cookie.split(";")[0]


async def install(world, account: str, token: str, **more) -> None:
    state, cookie = await begin(world)
    code = f"code-{world.slack.number()}"
    world.slack.codes[code] = granted(account, token, **more)
    path = f"/slack/oauth_redirect?code={code}&state={state}"
    status, _, _ = await visit(world, path, Cookie=cookie)
    assert status == 200
    await world.until(lambda: world.workspace(account))


async def uninstall(world, team: str, *kinds: str, revoke: str = "") -> None:
    if revoke:
        world.slack.tokens.pop(revoke, None)
    for kind in kinds:
        event = {"type": kind}
        if kind == "tokens_revoked":
            event["tokens"] = {"oauth": [], "bot": ["U0BOT"]}
        await world.slack.event(team, event)
        await world.settle()


def person(world, team: str, user: str, name: str):
    made = world.slack.person(team, user, name)
    made.settle = world.settle
    return made


async def test_two_workspaces_install_and_their_tokens_never_cross(world):
    slack = world.slack
    await install(world, "T1", "xoxb-one")
    await install(world, "T2", "xoxb-two")
    ann, bob = person(world, "T1", "UANN", "ann"), person(world, "T2", "UBOB", "bob")
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    await bob.types("/tocsin subscribe sanctions", channel="C2")
    await world.find(brief("a"))
    await world.spread()
    await world.until(lambda: len(slack.messages) == 4)
    assert {(one.team, one.channel) for one in slack.messages} == {("T1", "C1"), ("T2", "C2")}


async def test_a_workspace_at_its_limit_does_not_slow_the_other(tmp_path, clock):
    slack = FakeTeam({}, channel=(1000, 1.0), workspace=(1, 60.0))
    async with opened(tmp_path, clock, slack, **OPTIONS) as world:
        await install(world, "T1", "xoxb-one")
        await install(world, "T2", "xoxb-two")
        ann, bob = person(world, "T1", "UANN", "ann"), person(world, "T2", "UBOB", "bob")
        for one in (ann, bob):
            await one.types("/tocsin subscribe sanctions")
        await world.find(brief("a"))
        await world.spread()
        await world.until(lambda: len(slack.messages) == 2)  # each has used up its minute
        slack.limits["T2"].whole.most = 100
        await world.find(
            brief(
                "b", title="Trawlers that fish at night face sanctions", text="Boats stay in port."
            )
        )
        await world.spread()
        await world.until(lambda: len(slack.in_channel(bob.direct)) == 2)
        assert len(slack.in_channel(ann.direct)) == 1


async def test_a_workspace_with_a_backlog_at_its_limit_does_not_hold_up_another(tmp_path):
    slack = FakeTeam({}, everybody_is_in=False)
    now = lambda: datetime.now(UTC)  # noqa: E731 - Slack's pace is one of real seconds
    async with opened(tmp_path, now, slack, hurried=False, **OPTIONS) as world:
        await install(world, "T1", "xoxb-one")
        await install(world, "T2", "xoxb-two")
        channels = [f"C{number}" for number in range(20)]  # of the same names in both
        for team in ("T1", "T2"):
            slack.join(team, *channels)
        slack.limits["T1"].whole.most = 5  # a minute
        for team in ("T1", "T2"):
            await fill(world.database, "slack", team, [(name, 2) for name in channels])
        begun = time.monotonic()
        world.accounts.wake()
        await world.until(lambda: sum(one.team == "T2" for one in slack.messages) == 40)
        seconds = time.monotonic() - begun
        stuck = sum(one.team == "T1" for one in slack.messages)
        print(  # noqa: T201 - for `pytest -s`
            f"the one at its limit: {stuck} of 40 alerts, {slack.refused} refusals;"
            f" the other: 40 alerts to 20 channels in {seconds:.1f} s"
        )
        assert stuck == 5
        assert slack.refused <= 32  # what was under way; nobody goes on knocking


async def test_a_channel_that_two_workspaces_share_is_told_by_each_what_its_own_follow(
    tmp_path, clock
):
    """Slack Connect: one channel id, two installations, two tokens."""
    slack = FakeTeam({}, channel=(1000, 1.0))
    async with opened(tmp_path, clock, slack, **OPTIONS) as world:
        await install(world, "T1", "xoxb-one")
        await install(world, "T2", "xoxb-two")
        ann, bob = person(world, "T1", "UANN", "ann"), person(world, "T2", "UBOB", "bob")
        await ann.types("/tocsin subscribe sanctions", channel="CSHARED")
        await bob.types("/tocsin subscribe banks", channel="CSHARED")
        await ann.types("/tocsin topics", channel="CSHARED")
        assert "sanctions" in shown(ann.told[-1])
        assert "banks" not in shown(ann.told[-1])
        # What a person of T1 says is told to both installations, each by its own authorization.
        event = {"type": "app_mention", "channel": "CSHARED", "user": "UANN", "ts": "1.000001"}
        event |= {"text": f"<@{BOT}> topics", "user_team": "T1", "source_team": "T1"}
        authorized = [{"team_id": "T2", "enterprise_id": None, "user_id": BOT, "is_bot": True}]
        await slack.event("T1", event, is_ext_shared_channel=True, authorizations=authorized)
        await world.settle()
        assert slack.messages[-1].team == "T2"
        assert "banks" in slack.messages[-1].text


async def test_the_database_holds_no_token_that_can_be_read(world):
    await install(world, "T1", "xoxb-one", refresh_token="xoxe-refresh", expires_in=43_200)
    async with world.database.reading() as connection:
        rows = (await connection.execute(text("SELECT * FROM installations"))).all()
    assert "xox" not in str(rows)
    assert "T1" in str(rows)


async def test_a_state_is_good_once_for_ten_minutes_and_for_one_browser(world):
    slack = world.slack
    state, cookie = await begin(world)
    slack.codes["c1"] = granted("T1", "xoxb-one")
    path = f"/slack/oauth_redirect?code=c1&state={state}"
    assert (await visit(world, path))[0] == 400  # another browser
    assert (await visit(world, path, Cookie="slack-app-oauth-state=other"))[0] == 400
    assert (await visit(world, path, Cookie=cookie))[0] == 200
    slack.codes["c1"] = granted("T1", "xoxb-other")
    assert (await visit(world, path, Cookie=cookie))[0] == 401  # replayed
    forged = "slack-app-oauth-state=forged"
    path = "/slack/oauth_redirect?code=c1&state=forged"
    assert (await visit(world, path, Cookie=forged))[0] == 401
    state, cookie = await begin(world)
    world.clock.turn(minutes=11)
    path = f"/slack/oauth_redirect?code=c1&state={state}"
    assert (await visit(world, path, Cookie=cookie))[0] == 401
    assert (await visit(world, "/slack/oauth_redirect?error=access_denied"))[0] == 200
    state, cookie = await begin(world)
    path = f"/slack/oauth_redirect?code=wrong&state={state}"
    assert (await visit(world, path, Cookie=cookie))[0] == 401


async def test_a_page_about_a_failure_repeats_nothing_that_a_browser_would_run(world):
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
async def test_a_removal_ends_the_workspace_in_whatever_order_it_is_told(world, order):
    await install(world, "T1", "xoxb-one")
    await install(world, "T2", "xoxb-two")
    await uninstall(world, "T1", *order, revoke="xoxb-one")
    await world.until(lambda: world.workspace("T1") is None)
    assert world.workspace("T2") is not None
    async with world.database.reading() as connection:
        sealed = "SELECT sealed FROM installations WHERE account = 'T1'"
        assert (await connection.execute(text(sealed))).scalar_one() is None


async def test_who_installs_again_goes_on_with_what_was_followed(world):
    slack = world.slack
    await install(world, "T1", "xoxb-one")
    ann = person(world, "T1", "UANN", "ann")
    await ann.types("/tocsin subscribe sanctions", channel="C1")
    await uninstall(world, "T1", "app_uninstalled", revoke="xoxb-one")
    await world.until(lambda: world.workspace("T1") is None)
    await world.find(brief("a"))
    await world.spread()
    await install(world, "T1", "xoxb-new")
    await world.until(lambda: len(slack.in_channel("C1")) == 2)


async def test_a_removal_that_is_told_after_the_next_installation_changes_nothing(world):
    await install(world, "T1", "xoxb-one")
    await install(world, "T1", "xoxb-new")
    await uninstall(world, "T1", "tokens_revoked", "app_uninstalled")
    assert world.workspace("T1") is not None
    person_only = {"type": "tokens_revoked", "tokens": {"oauth": ["UANN"]}}
    await world.slack.event("T1", person_only)
    await world.settle()
    assert world.workspace("T1") is not None


async def test_a_token_is_renewed_before_it_expires(world):
    slack = world.slack
    await install(world, "T1", "xoxb-one", refresh_token="xoxe-1", expires_in=3_600)
    # Real seconds are in what Slack tells; the clock of the test stands in the past.
    world.clock.now = world.clock.now.fromtimestamp(time.time(), world.clock.now.tzinfo)
    slack.refreshes["xoxe-1"] = {
        "access_token": "xoxb-two",
        "refresh_token": "xoxe-2",
        "expires_in": 43_200,
        "token_type": "bot",
    }
    await world.service._follow_installations()
    assert world.workspace("T1").chat.client.token == "xoxb-two"
    assert slack.refreshes == {}
    await world.service._follow_installations()  # not again
    world.clock.turn(hours=11)
    slack.refreshes["xoxe-2"] = {"access_token": "xoxb-3", "expires_in": 43_200}
    await world.service._follow_installations()
    assert world.workspace("T1").chat.client.token == "xoxb-3"


async def test_a_renewal_that_fails_keeps_what_there_is(world):
    await install(world, "T1", "xoxb-one", refresh_token="xoxe-1", expires_in=3_600)
    world.clock.now = world.clock.now.fromtimestamp(time.time(), world.clock.now.tzinfo)
    await world.service._follow_installations()
    assert world.workspace("T1").chat.client.token == "xoxb-one"


async def test_a_whole_organisation_is_one_account_for_all_its_workspaces(world):
    slack = world.slack
    whole = {
        "team": None,
        "enterprise": {"id": "E1", "name": "org"},
        "is_enterprise_install": True,
    }
    await install(world, "E1", "xoxb-org", **whole)
    ann = person(world, "T7", "UANN", "ann")
    more = {"enterprise_id": "E1", "is_enterprise_install": "true"}
    await ann.types("/tocsin subscribe sanctions", channel="C1", **more)
    assert "Following" in shown(ann.told[-1])
    await world.find(brief("a"))
    await world.spread()
    await world.until(lambda: len(slack.in_channel("C1")) == 2)


async def test_a_key_that_was_replaced_still_opens_what_it_sealed():
    old, new = Seal(["the old long key"]), Seal(["the new long key", "the old long key"])
    assert new.open(old.close("hush")) == "hush"
    assert Seal(["the new long key"]).open(old.close("hush")) is None
    assert old.open(new.close("hush")) is None
    assert "hush" not in old.close("hush")
    assert old.open("nonsense") is None


async def test_a_seal_that_is_too_old_does_not_open():
    seal = Seal([KEY])
    sealed = seal.close("x", now=1_000)
    assert seal.open(sealed, now=1_500, within=timedelta(minutes=10)) == "x"
    assert seal.open(sealed, now=1_700, within=timedelta(minutes=10)) is None


@pytest.mark.parametrize("keys", [(), ("short",)])
async def test_without_a_key_nothing_is_sealed(keys):
    with pytest.raises(SettingsError, match="TOCSIN_SECRET_KEY"):
        Seal(keys)
