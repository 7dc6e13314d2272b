"""Check the manifest against Slack's schema (lengths, required fields, no others) and the code.

With SLACK_MANIFEST_SCHEMA=manifest.schema.2.0.0.json, the manifest is also validated by Slack's own
file from the repository slackapi/manifest-schema, with the package jsonschema.
"""

import copy
import json
import os
import re
from pathlib import Path

import pytest

from bot.chats.slack.channel_events import CHANNEL_EVENTS
from bot.chats.slack.oauth import SCOPES
from bot.chats.slack.render import COMMAND
from bot.chats.slack.request_kinds import SUMMARISE
from bot.chats.slack.views import NEW_TOPIC

ROOT = Path(__file__).parents[4]
MANIFEST = json.loads((ROOT / "docs/slack-manifest.json").read_text())


SCHEMA = os.environ.get("SLACK_MANIFEST_SCHEMA", "")


@pytest.mark.skipif(not SCHEMA, reason="SLACK_MANIFEST_SCHEMA is not set")
def test_the_schema_of_slack_accepts_the_manifest_and_rejects_a_broken_copy():
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft7Validator(json.loads(Path(SCHEMA).read_text()))
    assert [error.message for error in validator.iter_errors(MANIFEST)] == []
    broken = copy.deepcopy(MANIFEST)
    del broken["display_information"]["name"]
    broken["features"]["shortcuts"][0]["name"] = "x" * 25
    broken["settings"]["event_subscriptions"]["bot_events"] = "all of them"
    assert len(list(validator.iter_errors(broken))) == 3


def test_it_has_the_required_sections_and_no_others():
    assert set(MANIFEST) <= {
        "_metadata",
        "display_information",
        "features",
        "oauth_config",
        "settings",
    }
    info = MANIFEST["display_information"]
    assert set(info) <= {"name", "description", "background_color", "long_description"}
    assert 1 <= len(info["name"]) <= 35
    assert 1 <= len(info["description"]) <= 140
    assert re.fullmatch("#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?", info["background_color"])
    assert set(MANIFEST["_metadata"]) <= {"major_version", "minor_version"}
    assert set(MANIFEST["features"]) <= {"app_home", "bot_user", "shortcuts", "slash_commands"}
    assert set(MANIFEST["settings"]) <= {
        "event_subscriptions",
        "interactivity",
        "org_deploy_enabled",
        "socket_mode_enabled",
        "token_rotation_enabled",
    }
    assert set(MANIFEST["settings"]["event_subscriptions"]) == {"bot_events"}
    assert MANIFEST["settings"]["interactivity"] == {"is_enabled": True}
    assert set(MANIFEST["features"]["app_home"]) == {
        "home_tab_enabled",
        "messages_tab_enabled",
        "messages_tab_read_only_enabled",
    }
    assert set(MANIFEST["features"]["bot_user"]) == {"display_name", "always_online"}
    assert 1 <= len(MANIFEST["features"]["bot_user"]["display_name"]) <= 80


def test_its_command_and_shortcuts_are_handled():
    (command,) = MANIFEST["features"]["slash_commands"]
    assert command["command"] == COMMAND
    assert 2 <= len(COMMAND) <= 32
    assert set(command) == {"command", "description", "usage_hint", "should_escape"}
    assert 1 <= len(command["description"]) <= 2_000
    assert 1 <= len(command["usage_hint"]) <= 1_000
    shortcuts = {
        shortcut["callback_id"]: shortcut for shortcut in MANIFEST["features"]["shortcuts"]
    }
    assert {name: shortcut["type"] for name, shortcut in shortcuts.items()} == {
        NEW_TOPIC: "global",
        SUMMARISE: "message",
    }
    for shortcut in shortcuts.values():
        assert set(shortcut) == {"name", "type", "callback_id", "description"}
        assert 1 <= len(shortcut["name"]) <= 24
        assert 1 <= len(shortcut["description"]) <= 150


def test_its_permissions_are_those_of_the_installation_page():
    assert MANIFEST["oauth_config"] == {"scopes": {"bot": sorted(SCOPES)}}
    assert all(len(scope) <= 50 for scope in SCOPES)


def test_every_event_has_a_listener_and_is_listed_once():
    events = MANIFEST["settings"]["event_subscriptions"]["bot_events"]
    assert len(events) == len(set(events)) <= 100
    assert all(len(event) <= 50 for event in events)
    assert events == sorted(events)
    other_events = {
        "app_home_opened",
        "app_mention",
        "app_uninstalled",
        "message.im",
        "tokens_revoked",
    }
    assert all(event in other_events or CHANNEL_EVENTS.match(event) for event in events)
