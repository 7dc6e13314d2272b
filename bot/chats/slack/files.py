"""Transfer files: upload images and exports of a reply, download files that users share.

files.getUploadURLExternal ──► POST the bytes to the returned URL ──► files.completeUploadExternal
                                   (not rate limited)                     (a send slot of the chat)

Slack cannot show a file in a channel to one user only. The caller sends such a file to the user's
direct messages.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import structlog

from bot.chats.adapter import ReplyChannel
from bot.chats.slack.adapter import SlackAdapter
from bot.chats.slack.errors import SDK_ERRORS, delivery_error_from
from bot.chats.slack.payloads import SlackFile, parse_file
from bot.chats.slack.workspace import Clients
from bot.conversation.cards.card import Card, File, Image, code, line, make_card
from bot.conversation.request import Attachment
from bot.errors import (
    ChatUnreachable,
    DeliveryError,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
    TransientDeliveryError,
)
from bot.models import ChatRef
from watchers.sources.document import MAX_DOCUMENT_BYTES
from watchers.text.clean import truncate

UPLOAD_SCOPE: Final = "files:write"
"""The permission that an upload needs."""

_MAX_SHARE_ATTEMPTS: Final = 3
_MAX_RETRY_WAIT_SECONDS: Final = 60.0
_MAX_ALT_CHARS: Final = 1_000
_OK: Final = 200
_SERVER_ERROR: Final = 500

_SLACK_HOST_SUFFIXES: Final = (".slack.com", ".slack-files.com", ".slack-edge.com")
_CHUNK_BYTES: Final = 65_536
_TOO_LARGE: Final = f"it is larger than {MAX_DOCUMENT_BYTES // 1_000_000} MB"

log = structlog.get_logger(__name__)


# ── uploads ──────────────────────────────────────────────────────────────────────────────────────


class Uploads:
    """Shares files in the chats of one workspace."""

    def __init__(
        self, adapter: SlackAdapter, reply_channel: ReplyChannel, clients: Clients
    ) -> None:
        self._adapter = adapter
        self._reply_channel = reply_channel
        self._clients = clients

    async def share_or_report(
        self,
        media: Image | File,
        to: ChatRef,
        thread: str,
        report_failure: Callable[[Card], Awaitable[None]],
    ) -> bool:
        """Share a file. Return True if it was shared; otherwise report the failure to the user."""
        try:
            await self.share(to, media, thread=thread)
        except DeliveryError as error:
            log.warning("file_upload_failed", file=media.name, problem=error.reason)
            await report_failure(upload_failed_card(media, error))
            return False
        return True

    async def share(self, to: ChatRef, media: Image | File, *, thread: str = "") -> None:
        """Upload a file and share it in a chat, or in a thread of the chat.

        Raises:
            DeliveryError: the file is not shared.
        """
        if self._adapter.workspace.missing_scopes([UPLOAD_SCOPE]):
            raise ChatUnreachable(f"missing_scope: (it needs {UPLOAD_SCOPE})")
        alt_text = truncate(media.alt, _MAX_ALT_CHARS) if isinstance(media, Image) else None
        upload = await self._adapter.call(
            self._adapter.client.files_getUploadURLExternal(
                filename=media.name, length=len(media.data), alt_txt=alt_text
            )
        )
        await self._post_bytes(str(upload.get("upload_url") or ""), media.data)
        await self._complete(to, str(upload.get("file_id") or ""), media.name, thread)

    async def _post_bytes(self, url: str, data: bytes) -> None:
        """Send the bytes to the upload URL. The URL is the permission; no token is sent."""
        if not is_slack_url(url, self._adapter.client.base_url):
            raise MessageRejected("Slack returned an upload URL on a foreign host")
        try:
            async with self._clients.session.post(
                url, data=data, allow_redirects=False
            ) as response:
                status = response.status
        except SDK_ERRORS as error:
            raise delivery_error_from(error) from None
        if status != _OK:
            error_type = TransientDeliveryError if status >= _SERVER_ERROR else DeliveryUnknown
            raise error_type(f"Slack responds to an upload with status {status}")

    async def _complete(self, to: ChatRef, file_id: str, title: str, thread: str) -> None:
        """Share the uploaded file. Slack counts this call as a message, so it needs a send slot."""
        for attempt in range(1, _MAX_SHARE_ATTEMPTS + 1):
            try:
                async with self._reply_channel.rate_limit_slot(to):
                    await self._adapter.call(
                        self._adapter.client.files_completeUploadExternal(
                            files=[{"id": file_id, "title": title}],
                            channel_id=to.chat,
                            thread_ts=thread or to.thread or None,
                        )
                    )
            except RateLimited as error:
                # The next send slot opens after the time that Slack requests.
                if attempt == _MAX_SHARE_ATTEMPTS or error.seconds > _MAX_RETRY_WAIT_SECONDS:
                    raise
            else:
                return


def upload_failed_card(media: Image | File, error: DeliveryError) -> Card:
    """Return a card with the reason and the remedy, and with the text form of an image."""
    name = "The image" if isinstance(media, Image) else f"The file {media.name}"
    if UPLOAD_SCOPE in error.reason or error.reason.startswith("missing_scope"):
        message = (
            f"{name} cannot be shown: Tocsin lacks the permission {UPLOAD_SCOPE}. Ask the operator"
            " to add it under OAuth & Permissions and to install the app again."
        )
    else:
        message = f"{name} cannot be shown: {error.reason}."
    text_form = media.text_fallback if isinstance(media, Image) else ""
    return make_card(*([line(code(text_form))] if text_form else []), message)


# ── downloads ────────────────────────────────────────────────────────────────────────────────────


class Files:
    """Downloads files for one workspace, from Slack's hosts only and up to the size limit."""

    def __init__(self, adapter: SlackAdapter, clients: Clients) -> None:
        self._adapter = adapter
        self._clients = clients

    async def fetch(
        self, files: Sequence[SlackFile]
    ) -> tuple[tuple[Attachment, ...], tuple[Card, ...]]:
        """Return the downloaded files, and an error card for each of the others."""
        attachments: list[Attachment] = []
        problems: list[Card] = []
        for listed_file in files:
            file = await self._with_url(listed_file)
            content = await self._download(file)
            if isinstance(content, str):
                problems.append(make_card(f"{file.name} cannot be downloaded: {content}."))
            else:
                attachments.append(Attachment(file.name, content))
        return tuple(attachments), tuple(problems)

    async def _with_url(self, file: SlackFile) -> SlackFile:
        """Return the file with its URL, which Slack omits in channels shared between workspaces."""
        if file.url or not file.id:
            return file
        try:
            response = await self._adapter.call(self._adapter.client.files_info(file=file.id))
        except DeliveryError as error:
            log.info("file_info_denied", problem=error.reason)
            return file
        return parse_file(response.get("file") or {})

    async def _download(self, file: SlackFile) -> bytes | str:
        """Return the content of the file, or the reason why it is not available."""
        if not file.url:
            return "Slack does not provide its URL"
        if file.size > MAX_DOCUMENT_BYTES:
            return _TOO_LARGE
        # The request carries the token, so it must not go to another host.
        if not is_slack_url(file.url, self._adapter.client.base_url):
            return "it is not stored on Slack"
        headers = {"Authorization": f"Bearer {self._adapter.workspace.token}"}
        try:
            async with self._clients.session.get(
                file.url, headers=headers, allow_redirects=False
            ) as response:
                # Without the permission, Slack returns its sign-in page.
                if response.status != _OK or response.content_type == "text/html":
                    return (
                        "Slack denies access; the app needs the permission files:read and must be"
                        " a member of the channel (/invite @Tocsin)"
                    )
                return await _read_limited(response)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("file_download_failed", problem=type(error).__name__)
            return "the connection to Slack broke"


async def _read_limited(response: aiohttp.ClientResponse) -> bytes | str:
    """Return the body, or an error text if it is larger than the limit."""
    data = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        data += chunk
        if len(data) > MAX_DOCUMENT_BYTES:
            return _TOO_LARGE
    return bytes(data)


def is_slack_url(url: str, base_url: str) -> bool:
    """Return True if the URL is on one of Slack's hosts, or on the configured API server."""
    try:
        parts, base = urlsplit(url), urlsplit(base_url)
    except ValueError:
        return False
    if parts.netloc == base.netloc and parts.scheme == base.scheme:
        return True
    host = parts.hostname or ""
    return parts.scheme == "https" and host.endswith(_SLACK_HOST_SUFFIXES)
