"""Files that people hand us, or ask about: fetched from Slack alone, and only as far as we read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import aiohttp
import structlog

from bot.chats.slack.chat import SlackChat
from bot.chats.slack.incoming import File, file_of
from bot.chats.slack.workspace import Clients
from bot.conversation.card import Card, say
from bot.conversation.request import Attachment
from bot.errors import DeliveryError
from watchers.sources.document import MAX_BYTES

_SLACK: Final = (".slack.com", ".slack-files.com", ".slack-edge.com")
_CHUNK: Final = 65_536
_OK: Final = 200

log = structlog.get_logger(__name__)


class Files:
    """Fetches files for one workspace."""

    def __init__(self, chat: SlackChat, clients: Clients) -> None:
        self._chat = chat
        self._clients = clients

    async def fetch(self, files: Sequence[File]) -> tuple[tuple[Attachment, ...], tuple[Card, ...]]:
        """The files that could be had, and a word about each of the others."""
        found: list[Attachment] = []
        problems: list[Card] = []
        for given in files:
            file = await self._found(given)
            data = await self._bytes(file)
            if isinstance(data, str):
                problems.append(say(f"{file.name} cannot be had: {data}."))
            else:
                found.append(Attachment(file.name, data))
        return tuple(found), tuple(problems)

    async def _bytes(self, file: File) -> bytes | str:
        """Its bytes, or what is wrong."""
        if not file.url:
            return "Slack does not say where it is"
        if file.size > MAX_BYTES:
            return f"it is larger than {MAX_BYTES // 1_000_000} MB"
        if not is_slacks(file.url, self._chat.client.base_url):  # the token goes along
            return "it is not kept by Slack"
        headers = {"Authorization": f"Bearer {self._chat.workspace.token}"}
        try:
            async with self._clients.session.get(
                file.url, headers=headers, allow_redirects=False
            ) as answer:
                if answer.status != _OK or answer.content_type == "text/html":
                    # Without the permission, Slack shows its sign-in page.
                    return (
                        "Slack does not hand it out; the app needs the permission files:read, and to"
                        " be in the channel (/invite @Tocsin)"
                    )
                return await _at_most(answer, MAX_BYTES)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            log.warning("a file cannot be fetched", problem=type(error).__name__)
            return "the connection to Slack broke"

    async def _found(self, file: File) -> File:
        """The file with what Slack leaves out in a channel that is shared with another workspace."""
        if file.url or not file.id:
            return file
        try:
            answer = await self._chat.once(self._chat.client.files_info(file=file.id))
        except DeliveryError as error:
            log.info("a file is not shown to us", problem=error.reason)
            return file
        return file_of(answer.get("file") or {})


def is_slacks(url: str, base_url: str) -> bool:
    """Whether an address is one of Slack's own, or of the server that stands for it."""
    try:
        parts, ours = urlsplit(url), urlsplit(base_url)
    except ValueError:
        return False
    if parts.netloc == ours.netloc and parts.scheme == ours.scheme:
        return True
    host = parts.hostname or ""
    return parts.scheme == "https" and host.endswith(_SLACK)


async def _at_most(answer: aiohttp.ClientResponse, most: int) -> bytes | str:
    data = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        data += chunk
        if len(data) > most:
            return f"it is larger than {most // 1_000_000} MB"
    return bytes(data)
