"""Encrypt tokens at rest with keys that are not stored in the database.

A key is any long text. To rotate it, put the new key before the old one, separated by a comma, until
all tokens are encrypted with the new key. Encryption is Fernet (AES-128-CBC with HMAC-SHA256); HKDF
derives the Fernet key from the text.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from bot.errors import SettingsError

MIN_KEY_CHARS: Final = 16

_SETTING: Final = "TOCSIN_SECRET_KEY"
# The key length that Fernet requires.
_FERNET_KEY_BYTES: Final = 32


class TokenCipher:
    """A cipher that encrypts with its first key and decrypts with any of its keys."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Derive the encryption keys.

        Raises:
            SettingsError: ``keys`` is empty, or a key is too short.
        """
        if not keys:
            raise SettingsError(_SETTING, "tokens of other workspaces are encrypted; set a key")
        if any(len(key) < MIN_KEY_CHARS for key in keys):
            raise SettingsError(_SETTING, f"a key must have at least {MIN_KEY_CHARS} characters")
        self._fernet = MultiFernet([Fernet(_derive_key(key)) for key in keys])

    def __repr__(self) -> str:
        # The default representation must not show keys in logs.
        return "TokenCipher(…)"

    def encrypt(self, text: str, *, now: float | None = None) -> str:
        """Return ``text`` encrypted, with the timestamp ``now`` (seconds since 1970) if given."""
        data = text.encode()
        if now is None:
            return self._fernet.encrypt(data).decode()
        return self._fernet.encrypt_at_time(data, int(now)).decode()

    def decrypt(
        self, sealed: str, *, now: float | None = None, within: timedelta | None = None
    ) -> str | None:
        """Return the decrypted text.

        Return None if no key matches, or if the text was encrypted longer ago than ``within``.
        """
        try:
            if now is not None and within is not None:
                max_age_seconds = int(within.total_seconds())
                return self._fernet.decrypt_at_time(sealed, max_age_seconds, int(now)).decode()
            return self._fernet.decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            return None


def _derive_key(key: str) -> bytes:
    # Changing ``info`` would make all stored tokens unreadable.
    hkdf = HKDF(
        algorithm=SHA256(), length=_FERNET_KEY_BYTES, salt=None, info=b"tocsin: tokens at rest"
    )
    return base64.urlsafe_b64encode(hkdf.derive(key.encode()))
