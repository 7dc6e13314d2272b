"""What the settings say about Slack, and whether Slack agrees."""

from __future__ import annotations

from typing import Final

from bot.chats.slack import SlackOptions
from bot.chats.slack.desk import Rules
from bot.chats.slack.installing import SCOPES
from bot.chats.slack.sealing import Seal
from bot.chats.slack.workspace import Clients, identify, may_connect
from bot.errors import DeliveryError, SettingsError
from bot.settings import PREFIX, Settings

_BOT, _APP = f"{PREFIX}SLACK_BOT_TOKEN", f"{PREFIX}SLACK_APP_TOKEN"
_SECRET: Final = f"{PREFIX}SLACK_SIGNING_SECRET"

_KINDS: Final = {
    "xoxp-": "that is a user's token (xoxp-)",
    "xapp-": "that is the app-level token (xapp-)",
    "xoxb-": "that is the bot token (xoxb-)",
    "xoxe.": "that token expires in twelve hours; switch token rotation off, and install again",
    "xoxe-": "that is a refresh token (xoxe-)",
}
"""How tokens begin, and what each is."""


def slack_options(settings: Settings) -> SlackOptions | None:
    """How Slack is to be served; ``None``: not at all.

    Raises:
        SettingsError: something is missing beside what is set, or is no token of its kind.
    """
    bot = settings.slack_bot_token.get_secret_value().strip()
    app = settings.slack_app_token.get_secret_value().strip()
    secret = settings.slack_signing_secret.get_secret_value().strip()
    client_secret = settings.slack_client_secret.get_secret_value().strip()
    if not bot and not app and not settings.slack_client_id:
        return None
    if bot and not bot.startswith("xoxb-"):
        wanted = "the Bot User OAuth Token begins with xoxb-, under Install App"
        raise SettingsError(_BOT, f"{_kind(bot)}; {wanted}")
    if app and not app.startswith("xapp-"):
        wanted = "the app-level token begins with xapp-, under Basic Information"
        raise SettingsError(_APP, f"{_kind(app)}; {wanted}")
    if app and not bot:
        raise SettingsError(_BOT, f"{_APP} is of no use without it; it begins with xoxb-")
    if bot and not app and not secret:
        raise SettingsError(
            _APP,
            "it lets people in without a public address; it begins with xapp-, under Basic"
            f" Information. Or set {_SECRET} and {PREFIX}WEB_PORT",
        )
    options = SlackOptions(
        bot_token=bot,
        app_token=app,
        signing_secret=secret,
        client_id=settings.slack_client_id,
        client_secret=client_secret,
        base_url=settings.slack_base_url,
        public_url=settings.public_url,
        secret_keys=_keys(settings),
        rules=Rules(anyone_changes=settings.slack_changes == "anyone"),
    )
    if settings.slack_client_id:
        _check_installing(settings, options)
    if secret and not app and not settings.web_port:
        raise SettingsError(f"{PREFIX}WEB_PORT", f"{_SECRET} needs a web server: set its port")
    return options


async def who_is_slack(options: SlackOptions) -> str:
    """The workspace of the bot token, how people reach us there, and what we lack. Nothing is connected.

    Raises:
        SettingsError: Slack does not take a token, or cannot be reached.
    """
    clients = Clients(options.base_url)
    setting = _BOT
    try:
        workspace = await identify(clients.make(options.bot_token))
        if options.app_token:
            setting = _APP
            await may_connect(clients.make(), options.app_token)
    except DeliveryError as error:
        raise SettingsError(setting, error.reason) from None
    finally:
        await clients.close()
    who = f"{workspace.name or workspace.account} ({workspace.account}), by {ways_in(options)}"
    lacking = ", ".join(workspace.lacks(SCOPES))
    if not lacking:
        return who
    return f"{who}; it lacks {lacking}: paste docs/slack-manifest.json anew, and install again"


def ways_in(options: SlackOptions) -> str:
    """How people reach the bot, in words."""
    ways = [
        "Socket Mode" if options.app_token else "",
        "signed requests" if options.signing_secret else "",
        "installed by others" if options.is_installed_by_others else "",
    ]
    return ", ".join(way for way in ways if way)


def _kind(token: str) -> str:
    """What somebody set in the place of another token."""
    for begin, what in _KINDS.items():
        if token.startswith(begin):
            return what
    return "that is no token of Slack's"


def _check_installing(settings: Settings, options: SlackOptions) -> None:
    needed = {
        "SLACK_CLIENT_SECRET": options.client_secret,
        "SLACK_SIGNING_SECRET": options.signing_secret,
        "PUBLIC_URL": options.public_url,
        "WEB_PORT": settings.web_port,
    }
    for name, given in needed.items():
        if not given:
            raise SettingsError(f"{PREFIX}{name}", f"{PREFIX}SLACK_CLIENT_ID needs it; set it")
    Seal(options.secret_keys)  # says at once what is wrong with the key


def _keys(settings: Settings) -> tuple[str, ...]:
    given = settings.secret_key.get_secret_value().split(",")
    return tuple(key.strip() for key in given if key.strip())
