"""Secrets at rest: sealed with a key that the database does not know.

The key is any long text; a new one goes before the old one, comma-separated, until all is sealed anew.
Sealing is Fernet (AES-128-CBC with HMAC-SHA256), the key is stretched to its length by HKDF.
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

SHORTEST: Final = 16
"""Characters of a key."""

_VARIABLE: Final = "TOCSIN_SECRET_KEY"
_LENGTH: Final = 32  # bytes, as Fernet takes them


class Seal:
    """Seals texts, and opens what it or one of its older keys has sealed."""

    def __init__(self, keys: Sequence[str]) -> None:
        """Seal with the first key.

        Raises:
            SettingsError: there is none, or one is too short to be one.
        """
        if not keys:
            raise SettingsError(_VARIABLE, "tokens of other workspaces are kept sealed; set a key")
        if any(len(key) < SHORTEST for key in keys):
            raise SettingsError(_VARIABLE, f"a key has at least {SHORTEST} characters")
        self._fernet = MultiFernet([Fernet(_stretched(key)) for key in keys])

    def __repr__(self) -> str:
        return "Seal(…)"

    def close(self, text: str, *, now: float | None = None) -> str:
        """``text``, sealed; ``now`` in seconds since 1970 is sealed in with it."""
        data = text.encode()
        if now is None:
            return self._fernet.encrypt(data).decode()
        return self._fernet.encrypt_at_time(data, int(now)).decode()

    def open(
        self, sealed: str, *, now: float | None = None, within: timedelta | None = None
    ) -> str | None:
        """What was sealed; ``None`` if not by us, or longer ago than ``within``."""
        try:
            if now is not None and within is not None:
                seconds = int(within.total_seconds())
                return self._fernet.decrypt_at_time(sealed, seconds, int(now)).decode()
            return self._fernet.decrypt(sealed).decode()
        except (InvalidToken, ValueError):
            return None


def _stretched(key: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=_LENGTH, salt=None, info=b"tocsin: tokens at rest")
    return base64.urlsafe_b64encode(made.derive(key.encode()))
