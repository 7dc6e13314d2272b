"""What a button carries: at most 64 bytes that only we can have written, for one chat.

    Action ──► "verb item chat argument" ──► seal (8 bytes, by chat) + those words, where they fit
                                        └──► seal + "~" + a key, under which they are kept

A client can send what it likes: without the seal of its own chat, nothing is done. The seal's secret
comes from the token, so that buttons outlive a restart and not a stolen token.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

from bot.conversation.card import Action

MOST_DATA: Final = 64
"""Bytes that a button of Telegram carries."""

_SEAL: Final = 8  # bytes: 11 letters
_LETTERS: Final = 11
_KEPT: Final = "~"
_GAP: Final = "\x1f"  # no text that went through here has it
_FIELDS: Final = 4

Keep = Callable[[str], Awaitable[str]]
Kept = Callable[[str], Awaitable[str | None]]


class Buttons:
    """Seals actions, and opens what comes back."""

    def __init__(self, token: str, keep: Keep, kept: Kept) -> None:
        self._secret = blake2b(token.encode(), digest_size=32, person=b"tocsin buttons").digest()
        self._keep = keep
        self._kept = kept

    async def seal(self, chat: str, action: Action) -> str:
        """What a button in ``chat`` carries for ``action``.

        Raises:
            StoreError: it is too long, and cannot be kept.
        """
        fields = (action.verb, action.item, action.chat, action.argument)
        said = _GAP.join(field.replace(_GAP, "") for field in fields)
        if _LETTERS + len(said.encode()) > MOST_DATA or said.startswith(_KEPT):
            said = _KEPT + await self._keep(said)
        return self._sealed(chat, said) + said

    async def open(self, chat: str, data: str) -> Action | None:
        """The action that was sealed for ``chat``; ``None`` for what we did not write, or not for it.

        Raises:
            StoreError: it is kept, and the database does not answer.
        """
        seal, said = data[:_LETTERS], data[_LETTERS:]
        if not compare_digest(seal.encode(), self._sealed(chat, said).encode()):
            return None
        if said.startswith(_KEPT):
            said = await self._kept(said.removeprefix(_KEPT)) or ""
        fields = said.split(_GAP, _FIELDS - 1)
        if len(fields) != _FIELDS:
            return None
        verb, item, target, argument = fields
        return Action(verb, argument, item, target)

    def _sealed(self, chat: str, said: str) -> str:
        digest = blake2b(f"{chat}\n{said}".encode(), key=self._secret, digest_size=_SEAL).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")
