"""Pictures and files that an answer comes with: uploaded to Slack, then shared in a chat.

files.getUploadURLExternal ──► the bytes, to the address it names ──► files.completeUploadExternal
                                    (in nobody's turn)                     (in the chat's turn)

Slack shows no file to one person of a channel alone: what is for one goes to their own messages.
"""

from __future__ import annotations

from typing import Final

from bot.chats.adapter import Outlet
from bot.chats.slack.chat import SlackChat
from bot.chats.slack.files import is_slacks
from bot.chats.slack.refusals import TROUBLE, refusal
from bot.chats.slack.workspace import Clients
from bot.conversation.card import Card, File, Image, code, line, say
from bot.errors import DeliveryError, Gone, InDoubt, Rejected, RetryLater, Transient
from bot.model import Ref
from watchers.text.clean import shorten

SCOPE: Final = "files:write"
"""The permission that it takes."""

_TRIES: Final = 3  # to share; the turn waits as long as Slack asks for
_PATIENCE: Final = 60.0  # seconds that it is worth waiting for
_ALT: Final = 1_000  # characters of what a picture shows, in words
_OK: Final = 200
_SERVER: Final = 500


class Uploads:
    """Shares files in the chats of one workspace."""

    def __init__(self, chat: SlackChat, outlet: Outlet, clients: Clients) -> None:
        self._chat = chat
        self._outlet = outlet
        self._clients = clients

    async def share(self, to: Ref, media: Image | File, *, thread: str = "") -> None:
        """Have a picture or a file stand in a chat, or in a thread of it.

        Raises:
            DeliveryError: it does not, and why.
        """
        if self._chat.workspace.lacks([SCOPE]):
            raise Gone(f"missing_scope: (it needs {SCOPE})")
        client = self._chat.client
        alt = shorten(media.alt, _ALT) if isinstance(media, Image) else None
        given = await self._chat.once(
            client.files_getUploadURLExternal(
                filename=media.name, length=len(media.data), alt_txt=alt
            )
        )
        await self._put(str(given.get("upload_url") or ""), media.data)
        file_id, tries = str(given.get("file_id") or ""), 0
        while True:
            tries += 1
            try:
                async with self._outlet.turn(to):
                    await self._chat.once(
                        client.files_completeUploadExternal(
                            files=[{"id": file_id, "title": media.name}],
                            channel_id=to.chat,
                            thread_ts=thread or to.thread or None,
                        )
                    )
            except RetryLater as error:
                if tries >= _TRIES or error.seconds > _PATIENCE:
                    raise
                continue
            return

    async def _put(self, url: str, data: bytes) -> None:
        """The bytes to where Slack wants them. No token goes along: the address is the permission."""
        if not is_slacks(url, self._chat.client.base_url):
            raise Rejected("Slack named no address of its own to upload to")
        try:
            async with self._clients.session.post(url, data=data, allow_redirects=False) as answer:
                status = answer.status
        except TROUBLE as error:
            raise refusal(error) from None
        if status != _OK:
            kind = Transient if status >= _SERVER else InDoubt
            raise kind(f"Slack answers an upload with {status}")


def not_shared(media: Image | File, error: DeliveryError) -> Card:
    """A picture or a file could not be shown: why, what to do, and the picture as a line of signs."""
    what = "The picture" if isinstance(media, Image) else f"The file {media.name}"
    if SCOPE in error.reason or error.reason.startswith("missing_scope"):
        why = (
            f"{what} cannot be shown: Tocsin lacks the permission {SCOPE}. Whoever runs it adds that"
            " under OAuth & Permissions, and installs the app again."
        )
    else:
        why = f"{what} cannot be shown: {error.reason}."
    sketch = media.sketch if isinstance(media, Image) else ""
    return say(*([line(code(sketch))] if sketch else []), why)
