"""Turns the settings into options of components, and reports contradictions between settings.

The command line uses these options without the components of bot/app/factories.py, so this module
imports little. The SDK of Slack takes half a second to import: it is imported only if Slack is
configured.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ipaddress import ip_network
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from bot.errors import BotError, DeliveryError, SettingsError
from bot.runtime.tracing import check_traces_url
from bot.settings import PREFIX, Settings
from watchers.fetching.addresses import IPNetwork
from watchers.fetching.lazy_client import HttpOptions
from watchers.sources.opml import ListedFeed

if TYPE_CHECKING:
    from bot.chats.slack import SlackOptions
    from bot.summaries.llm.client import OpenAIClient

_BOT_TOKEN, _APP_TOKEN = f"{PREFIX}SLACK_BOT_TOKEN", f"{PREFIX}SLACK_APP_TOKEN"
_SIGNING_SECRET: Final = f"{PREFIX}SLACK_SIGNING_SECRET"

_SLACK_TOKEN_KINDS: Final = {
    "xoxp-": "that is a user's token (xoxp-)",
    "xapp-": "that is the app-level token (xapp-)",
    "xoxb-": "that is the bot token (xoxb-)",
    "xoxe.": "that token expires in twelve hours; switch token rotation off, and install again",
    "xoxe-": "that is a refresh token (xoxe-)",
}
"""The prefixes of Slack tokens, and how an error names each kind."""


class InvalidConfigurationError(BotError):
    """Several settings are wrong or contradict each other."""

    def __init__(self, errors: Sequence[SettingsError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = tuple(errors)


def check_settings(settings: Settings) -> None:
    """Check all settings that depend on each other.

    Raises:
        SettingsError: one setting is wrong.
        InvalidConfigurationError: several settings are wrong.
    """
    checks: list[Callable[[Settings], object]] = [
        http_options,
        lambda checked: checked.feed_limits,
        configured_feeds,
        check_folders,
        make_llm_client,
        slack_options,
        lambda checked: check_traces_url(checked.traces_url),
    ]
    errors = []
    for check in checks:
        try:
            check(settings)
        except SettingsError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise InvalidConfigurationError(errors)


def check_folders(settings: Settings) -> None:
    """Check that no watched folder contains another one: its documents would be read twice.

    Raises:
        SettingsError: no folder is set, or two folders are the same, or one is inside another.
    """
    if not settings.seeds_dir:
        raise SettingsError(f"{PREFIX}SEEDS_DIR", "no folder is set; name at least one")
    folders = [folder.resolve() for folder in settings.seeds_dir]
    for number, folder in enumerate(folders):
        for other in folders[number + 1 :]:
            if folder.is_relative_to(other) or other.is_relative_to(folder):
                problem = f"{other} and {folder} contain the same documents; name only one of them"
                raise SettingsError(f"{PREFIX}SEEDS_DIR", problem)


def http_options(settings: Settings) -> HttpOptions:
    """Return the options of the HTTP client.

    Raises:
        SettingsError: ALLOW_NETWORKS contains a text that is not a network.
    """
    networks = tuple(map(_parse_network, settings.allow_networks))
    contact = settings.contact or settings.public_url or None
    return HttpOptions(contact=contact, allow_networks=networks)


def configured_feeds(settings: Settings) -> list[ListedFeed]:
    """Return the feeds that are added at the start.

    Raises:
        SettingsError: one of them is not a web address.
    """
    for address in settings.feeds:
        if not address.lower().startswith(("http://", "https://")):
            raise SettingsError(
                f"{PREFIX}FEEDS",
                f"“{address}” does not start with http:// or https://;"
                f" `tocsin feeds add {address}` finds the feed of a site",
            )
    return [ListedFeed(url=address, title="", tags=()) for address in settings.feeds]


def make_llm_client(settings: Settings) -> OpenAIClient | None:
    """Return the client of the language model, or None if there is none. Tocsin works without one.

    Raises:
        SettingsError: the URL or the model is missing, or the URL is not valid.
    """
    url, model = settings.llm_base_url, settings.llm_model
    if not url and not model:
        return None
    if not url:
        raise SettingsError(f"{PREFIX}LLM_BASE_URL", f"set it, because {PREFIX}LLM_MODEL is set")
    if not model:
        raise SettingsError(f"{PREFIX}LLM_MODEL", f"set it, because {PREFIX}LLM_BASE_URL is set")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(
            f"{PREFIX}LLM_BASE_URL", "the value is not a URL such as http://host:8080/v1"
        )
    from bot.summaries.llm.client import OpenAIClient  # noqa: PLC0415 - only with a model

    return OpenAIClient(url, model, settings.llm_api_key)


def slack_options(settings: Settings) -> SlackOptions | None:
    """Return the options of Slack, or None if Slack is not configured.

    Raises:
        SettingsError: a setting is missing, or is not a token of its kind.
    """
    bot_token = settings.slack_bot_token.get_secret_value().strip()
    app_token = settings.slack_app_token.get_secret_value().strip()
    signing_secret = settings.slack_signing_secret.get_secret_value().strip()
    client_secret = settings.slack_client_secret.get_secret_value().strip()
    if not bot_token and not app_token and not settings.slack_client_id:
        return None
    _check_slack_tokens(bot_token, app_token, signing_secret)
    from bot.chats.slack import SlackOptions  # noqa: PLC0415 - see above
    from bot.chats.slack.requests import ChannelPermissions  # noqa: PLC0415

    options = SlackOptions(
        bot_token=bot_token,
        app_token=app_token,
        signing_secret=signing_secret,
        client_id=settings.slack_client_id,
        client_secret=client_secret,
        base_url=settings.slack_base_url,
        public_url=settings.public_url,
        secret_keys=_secret_keys(settings),
        rules=ChannelPermissions(anyone_changes=settings.slack_changes == "anyone"),
    )
    if settings.slack_client_id:
        _check_slack_installation(settings, options)
    if signing_secret and not app_token and not settings.web_port:
        raise SettingsError(
            f"{PREFIX}WEB_PORT", f"set a port, because {_SIGNING_SECRET} needs the web server"
        )
    return options


async def slack_identity(options: SlackOptions) -> str:
    """Return the workspace of the bot token, the transports, and missing scopes.

    Raises:
        SettingsError: Slack refuses a token, or cannot be reached.
    """
    from bot.chats.slack.oauth import SCOPES  # noqa: PLC0415 - see above
    from bot.chats.slack.workspace import Clients, check_socket_mode, identify  # noqa: PLC0415

    clients = Clients(options.base_url)
    setting = _BOT_TOKEN
    try:
        workspace = await identify(clients.make(options.bot_token))
        if options.app_token:
            setting = _APP_TOKEN
            await check_socket_mode(clients.make(), options.app_token)
    except DeliveryError as error:
        raise SettingsError(setting, error.reason) from None
    finally:
        await clients.close()
    name = workspace.name or workspace.account
    identity = f"{name} ({workspace.account}), by {slack_transports(options)}"
    missing_scopes = ", ".join(workspace.missing_scopes(SCOPES))
    if not missing_scopes:
        return identity
    return (
        f"{identity}; it lacks {missing_scopes}: paste docs/slack-manifest.json again,"
        " and reinstall the app"
    )


def slack_transports(options: SlackOptions) -> str:
    """Return how requests of Slack reach the bot, in words."""
    transports = [
        "Socket Mode" if options.app_token else "",
        "signed requests" if options.signing_secret else "",
        "installed by others" if options.allows_installation else "",
    ]
    return ", ".join(transport for transport in transports if transport)


def _check_slack_tokens(bot_token: str, app_token: str, signing_secret: str) -> None:
    if bot_token and not bot_token.startswith("xoxb-"):
        hint = "the Bot User OAuth Token starts with xoxb-; find it under Install App"
        raise SettingsError(_BOT_TOKEN, f"{_slack_token_kind(bot_token)}; {hint}")
    if app_token and not app_token.startswith("xapp-"):
        hint = "the app-level token starts with xapp-; find it under Basic Information"
        raise SettingsError(_APP_TOKEN, f"{_slack_token_kind(app_token)}; {hint}")
    if app_token and not bot_token:
        raise SettingsError(
            _BOT_TOKEN, f"set it, because {_APP_TOKEN} is set; it starts with xoxb-"
        )
    if bot_token and not app_token and not signing_secret:
        raise SettingsError(
            _APP_TOKEN,
            "set it to receive messages without a public URL; it starts with xapp-, under Basic"
            f" Information. Or set {_SIGNING_SECRET} and {PREFIX}WEB_PORT",
        )


def _slack_token_kind(token: str) -> str:
    """Return the kind of a token that was set in place of another one."""
    for prefix, kind in _SLACK_TOKEN_KINDS.items():
        if token.startswith(prefix):
            return kind
    return "that is not a Slack token"


def _check_slack_installation(settings: Settings, options: SlackOptions) -> None:
    """Check what is needed so that other workspaces can install the app."""
    from bot.chats.slack.token_encryption import TokenCipher  # noqa: PLC0415 - see above

    required = {
        "SLACK_CLIENT_SECRET": options.client_secret,
        "SLACK_SIGNING_SECRET": options.signing_secret,
        "PUBLIC_URL": options.public_url,
        "WEB_PORT": settings.web_port,
    }
    for name, value in required.items():
        if not value:
            raise SettingsError(
                f"{PREFIX}{name}", f"set it, because {PREFIX}SLACK_CLIENT_ID needs it"
            )
    # Raises an error if the key is not valid.
    TokenCipher(options.secret_keys)


def _secret_keys(settings: Settings) -> tuple[str, ...]:
    keys = settings.secret_key.get_secret_value().split(",")
    return tuple(key.strip() for key in keys if key.strip())


def _parse_network(text: str) -> IPNetwork:
    try:
        return ip_network(text, strict=False)
    except ValueError as error:
        raise SettingsError(
            f"{PREFIX}ALLOW_NETWORKS", f"“{text}” is not a network such as 10.0.0.0/8"
        ) from error
