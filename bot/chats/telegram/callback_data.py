"""The data of a button: at most 64 bytes, signed for one chat.

    Action ──► "verb item chat argument" ──► signature + these fields, if they fit
                                        └──► signature + "~" + the key of a stored callback text

A client can send any callback data, so data without a valid signature is rejected. The signing key is
derived from the bot token: buttons stay valid after a restart and become invalid with the token.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from hashlib import blake2b
from hmac import compare_digest
from typing import Final

from bot.conversation.cards.card import Action

MAX_CALLBACK_DATA_BYTES: Final = 64
"""Telegram's limit for the data of one button."""

_SIGNATURE_BYTES: Final = 8
# Eight bytes as base64 without padding.
_SIGNATURE_CHARS: Final = 11
_STORED_PREFIX: Final = "~"
# The unit separator of ASCII. `sign` removes it from the fields.
_SEPARATOR: Final = "\x1f"
_FIELD_COUNT: Final = 4

SaveText = Callable[[str], Awaitable[str]]
LoadText = Callable[[str], Awaitable[str | None]]


class CallbackSigner:
    """Signer and verifier of button actions."""

    def __init__(self, token: str, save_text: SaveText, load_text: LoadText) -> None:
        self._key = blake2b(token.encode(), digest_size=32, person=b"tocsin buttons").digest()
        self._save_text = save_text
        self._load_text = load_text

    async def sign(self, chat: str, action: Action) -> str:
        """Return the callback data for ``action`` in ``chat``.

        Raises:
            StoreError: the data is too long for a button and cannot be stored.
        """
        fields = (action.verb, action.item, action.chat, action.argument)
        payload = _SEPARATOR.join(field.replace(_SEPARATOR, "") for field in fields)
        is_too_long = _SIGNATURE_CHARS + len(payload.encode()) > MAX_CALLBACK_DATA_BYTES
        if is_too_long or payload.startswith(_STORED_PREFIX):
            payload = _STORED_PREFIX + await self._save_text(payload)
        return self._signature(chat, payload) + payload

    async def verify(self, chat: str, data: str) -> Action | None:
        """Return the action that was signed for ``chat``; ``None`` if the signature is not valid.

        Raises:
            StoreError: the action is a stored text, and the database does not answer.
        """
        signature, payload = data[:_SIGNATURE_CHARS], data[_SIGNATURE_CHARS:]
        # Constant time: the duration must not reveal how many characters of a guess are correct.
        if not compare_digest(signature.encode(), self._signature(chat, payload).encode()):
            return None
        if payload.startswith(_STORED_PREFIX):
            payload = await self._load_text(payload.removeprefix(_STORED_PREFIX)) or ""
        fields = payload.split(_SEPARATOR, _FIELD_COUNT - 1)
        if len(fields) != _FIELD_COUNT:
            return None
        verb, item, target_chat, argument = fields
        return Action(verb, argument, item, target_chat)

    def _signature(self, chat: str, payload: str) -> str:
        # The chat is part of the signed text: a button of one chat is not valid in another.
        digest = blake2b(
            f"{chat}\n{payload}".encode(), key=self._key, digest_size=_SIGNATURE_BYTES
        ).digest()
        return urlsafe_b64encode(digest).decode().rstrip("=")
