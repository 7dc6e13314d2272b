"""Slack refuses a view: the user is informed, or the view is published a little later."""

from tests.fakes.slack import Refused


async def test_an_expired_trigger_is_reported_to_the_user(slack_world, ann):
    await ann.opens_home()

    async def refuse(method, _):
        if method == "views.open":
            raise Refused("expired_trigger_id")

    slack_world.slack.before = refuse
    await ann.presses_at_home("Add a topic")
    (text,) = slack_world.slack.in_channel(ann.direct)
    assert text.startswith("Slack did not open the form in time.")


async def test_app_home_is_published_again_after_a_rate_limit(slack_world, ann):
    remaining = [1]

    async def limit(method, _):
        if method == "views.publish" and remaining:
            remaining.pop()
            raise Refused("ratelimited", status=429, retry_after=1)

    slack_world.slack.before = limit
    await ann.opens_home()
    published = [view for method, view in slack_world.slack.views if method == "publish"]
    assert len(published) == 1
