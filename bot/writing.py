"""What the settings say about the language model: which one, and how much it may be asked."""

from __future__ import annotations

from urllib.parse import urlsplit

from bot.errors import SettingsError
from bot.settings import PREFIX, Settings
from bot.summaries.endpoint import Endpoint
from bot.summaries.telling import Budget


def endpoint_of(settings: Settings) -> Endpoint | None:
    """The model that writes summaries; ``None``: there is none, and none is needed.

    Raises:
        SettingsError: an address without a model, a model without an address, or no address at all.
    """
    url, model = settings.llm_base_url, settings.llm_model
    if not url and not model:
        return None
    if not url:
        raise SettingsError(f"{PREFIX}LLM_BASE_URL", f"{PREFIX}LLM_MODEL needs it, too")
    if not model:
        raise SettingsError(f"{PREFIX}LLM_MODEL", f"{PREFIX}LLM_BASE_URL needs it, too")
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise SettingsError(f"{PREFIX}LLM_BASE_URL", "it is no address such as http://host:8080/v1")
    return Endpoint(url, model, settings.llm_api_key)


def budget_of(settings: Settings) -> Budget:
    """How many articles it may be asked about in a day."""
    return Budget(settings.llm_chat_daily, settings.llm_daily)
