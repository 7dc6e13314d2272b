"""Creates the components of a process from the settings.

Only this module and bot/app/options.py read single settings. Each SDK of a chat platform takes half
a second to import, so it is imported only if the platform is configured.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import structlog

from bot.app.context import AppContext, Role
from bot.app.options import http_options, slack_options
from bot.chats.adapter import ChatAdapter
from bot.chats.console import ConsoleChat
from bot.chats.console.adapter import Screen
from bot.chats.console.pipe import PipeScreen
from bot.chats.console.terminal import TerminalScreen
from bot.conversation.cards.overview import Overview
from bot.conversation.conversation import Conversation
from bot.conversation.limits import TOPIC_CHARACTERS, ChatLimits
from bot.conversation.registry import Access
from bot.delivery.sender import Sender
from bot.delivery.sender_pool import SenderPool
from bot.ingest.feed_poll import FeedPoll, FeedPollContext
from bot.ingest.pipeline import IngestPipeline, Matcher
from bot.jobs.retention import Retention
from bot.models import ChatRef
from bot.runtime.metrics import Counters
from bot.runtime.tracing import OtelTracer, make_tracer
from bot.settings import Settings
from bot.store.chats.chats import find_chat
from bot.store.chats.subscriptions import list_subscriptions
from bot.store.pg_notify import NotificationTopic
from bot.summaries.service import Budget, SummaryService
from watchers import TopicIndex
from watchers.fetching.lazy_client import LazyHttpClient
from watchers.process_pool import SandboxPool
from watchers.stories import load_encoder

if TYPE_CHECKING:
    from bot.chats.slack import Slack
    from bot.chats.telegram import TelegramAdapter
    from bot.ingest.websub import WebSub, WebSubContext
    from bot.summaries.llm.client import OpenAIClient
    from bot.web.server import Check, WebServer

log = structlog.get_logger(__name__)


# ── feeds ─────────────────────────────────────────────────────────────────────────────────────────


def make_http_client(context: AppContext) -> LazyHttpClient:
    """Return the HTTP client for feeds, pages and hubs."""
    return LazyHttpClient(http_options(context.settings))


def make_ingest_pipeline(context: AppContext) -> IngestPipeline:
    """Return the pipeline that stores and matches items."""
    return IngestPipeline(
        context.database,
        Matcher(TopicIndex()),
        context.clock,
        context.telemetry,
        min_text_chars=context.settings.feed_thin,
        news_max_age=context.settings.news_max_age,
        load_encoder=load_encoder if context.settings.story_languages else None,
    )


def fetches_full_text(context: AppContext) -> bool:
    """Return True if the article pages of items with little text are fetched."""
    return context.settings.feed_thin > 0


def make_feed_poll_context(
    context: AppContext, client: LazyHttpClient, process_pool: SandboxPool
) -> FeedPollContext:
    """Return what a poll of a feed needs."""
    return FeedPollContext(
        client,
        process_pool,
        lease=context.leases.host,
        telemetry=context.telemetry,
    )


def make_feed_poll(
    context: AppContext,
    poll_context: FeedPollContext,
    ingest: IngestPipeline,
    websub: WebSub | None,
) -> FeedPoll:
    """Return what polls one feed, within the limits of the poll interval."""
    return FeedPoll(
        context.database,
        ingest,
        poll_context,
        context.clock,
        limits=context.settings.feed_limits,
        on_news=context.notifier.announcer(NotificationTopic.NEWS),
        websub=websub,
    )


def make_websub_context(
    context: AppContext, client: LazyHttpClient, process_pool: SandboxPool
) -> WebSubContext | None:
    """Return what WebSub needs, or None if hubs cannot reach the web server."""
    settings = context.settings
    if not settings.public_url or not settings.web_port:
        return None
    from bot.ingest.websub import WebSubContext  # noqa: PLC0415 - only with a web server

    return WebSubContext(
        client.post_form, client, process_pool, settings.public_url, settings.feed_limits
    )


def make_retention(context: AppContext) -> Retention:
    """Return the job that deletes old rows."""
    settings = context.settings
    return Retention(
        context.database, context.clock, items=settings.keep_items, alerts=settings.keep_alerts
    )


# ── language model ────────────────────────────────────────────────────────────────────────────────


def make_summary_service(context: AppContext, client: OpenAIClient | None) -> SummaryService:
    """Return the service that summarises articles, with the language model if there is one."""
    settings, counts = context.settings, context.telemetry.metrics
    writer = None
    if client is not None:
        from bot.summaries.llm.client import InstrumentedModel  # noqa: PLC0415 - only with a model
        from bot.summaries.llm.writer import Writer  # noqa: PLC0415

        writer = Writer(InstrumentedModel(client, counts))
    budget = Budget(settings.llm_chat_daily, settings.llm_daily)
    return SummaryService(context.database, context.clock, writer, budget)


# ── chats ─────────────────────────────────────────────────────────────────────────────────────────


def make_access(settings: Settings) -> Access:
    """Return the operators, and the people and chats that may use the bot."""
    return Access(settings.admins, settings.allowed)


def make_chat_limits(settings: Settings) -> ChatLimits:
    """Return the limits of each chat. A setting of 0 means no limit."""
    return ChatLimits(
        topics=settings.chat_topics or None,
        topic_characters=settings.chat_topics * TOPIC_CHARACTERS or None,
        feeds=settings.chat_feeds or None,
        commands_per_minute=settings.chat_commands or None,
        pages_per_hour=settings.chat_pages or None,
        files_per_hour=settings.chat_files or None,
    )


def make_sender(context: AppContext, access: Access, adapter: ChatAdapter) -> Sender:
    """Return the sender of the account of an adapter."""
    return Sender(
        context.database,
        adapter,
        context.clock,
        max_age=context.settings.alert_max_age,
        lease_seconds=context.leases.account,
        telemetry=context.telemetry,
        on_chat_move=access.chat_moved,
    )


def make_console(context: AppContext, conversation: Conversation) -> ConsoleChat:
    """Return the chat on this terminal, or on standard input and output."""
    data_dir = context.settings.data_dir

    async def list_topics(ref: ChatRef) -> Sequence[str]:
        async with context.database.reading() as connection:
            chat_id = await find_chat(connection, ref)
            subscriptions = await list_subscriptions(connection, chat_id) if chat_id else []
        return [subscription.label for subscription in subscriptions]

    screen: Screen
    if sys.stdin.isatty() and sys.stdout.isatty():
        history = data_dir / "console_history"
        history.parent.mkdir(parents=True, exist_ok=True)
        screen = TerminalScreen(conversation.commands, history)
    else:
        screen = PipeScreen(sys.stdin.fileno(), sys.stdout)
    return ConsoleChat(conversation, screen, list_topics, data_dir / "console_files")


def make_telegram(context: AppContext, conversation: Conversation) -> TelegramAdapter | None:
    """Return the adapter of the Telegram bot, or None if no token is set."""
    settings = context.settings
    token = settings.telegram_token.get_secret_value()
    if not token:
        return None
    webhook_url = settings.public_url if settings.web_port else ""
    if settings.public_url and not webhook_url:
        log.warning("telegram_webhook_disabled", reason="TOCSIN_PUBLIC_URL needs TOCSIN_WEB_PORT")
    from bot.chats.telegram import TelegramAdapter, connect  # noqa: PLC0415 - see above

    bot = connect(token, settings.telegram_base_url)
    return TelegramAdapter(bot, conversation, public_url=webhook_url)


def make_slack(
    context: AppContext, conversation: Conversation, senders: SenderPool
) -> Slack | None:
    """Return the Slack service, or None if Slack is not configured.

    Raises:
        SettingsError: a setting is missing or wrong.
    """
    options = slack_options(context.settings)
    if options is None:
        return None
    from bot.chats.slack import Slack  # noqa: PLC0415 - see above

    overview = Overview(context.database, context.clock)
    return Slack(options, context.database, conversation, overview, senders, context.clock)


# ── process ───────────────────────────────────────────────────────────────────────────────────────


def make_configured_tracer(settings: Settings) -> OtelTracer | None:
    """Return the tracer, or None if no collector is configured.

    Raises:
        SettingsError: the URL is not valid, or the extra is not installed.
    """
    return make_tracer(settings.traces_url) if settings.traces_url else None


def make_web_server(
    context: AppContext,
    counters: Counters,
    roles: Iterable[Role],
    readiness_checks: Sequence[Check] = (),
) -> WebServer | None:
    """Return the web server of a process, or None if no port is configured.

    It serves health, metrics, the status page and the routes of the roles.
    """
    settings, database, clock = context.settings, context.database, context.clock
    if not settings.web_port:
        return None
    # aiohttp's server is imported only if it serves.
    from bot.web.metrics import MetricsEndpoint, SnapshotCache  # noqa: PLC0415
    from bot.web.server import Health, Route, WebServer  # noqa: PLC0415
    from bot.web.status_auth import PATH, StatusPage  # noqa: PLC0415

    snapshots = SnapshotCache(database, clock)
    health = Health(database, readiness_checks)
    metrics = MetricsEndpoint(snapshots, counters)
    routes = [
        Route("GET", "/healthz", health.healthz),
        Route("GET", "/readyz", health.readyz),
        Route("GET", "/metrics", metrics.metrics),
    ]
    token = settings.web_token.get_secret_value()
    if token:
        page = StatusPage(database, snapshots, clock, token)
        routes += [
            Route("GET", PATH, page.status),
            Route("POST", PATH, page.login),
        ]
    for role in roles:
        routes += role.routes()
    return WebServer(settings.web_host, settings.web_port, routes)
