"""The errors that the bot raises on purpose.

    BotError
    ├── SettingsError                a setting is invalid: .variable
    ├── AlreadyRunningError          another instance uses this database: .path
    ├── StoreError                   the database refused; nothing was changed
    │   ├── DiskFullError            no disk space is left
    │   ├── StoreReadOnlyError       the database is not writable
    │   ├── StoreBusyError           another process holds the database
    │   ├── StoreUnavailableError    the database does not answer
    │   └── TransferError            a database transfer, backup or restore failed
    ├── LeaseLostError               another process holds the lease: .name
    ├── UserError                    a request cannot be carried out; the message is for its sender
    ├── ModelError                   the language model returned no usable answer: .reason
    └── DeliveryError                an attempt to send a message failed
        ├── RateLimited              the platform requires a delay: .seconds .scope
        ├── ChatUnreachable          the chat or the account cannot be reached: .reason .scope
        ├── ChatMigrated             the chat has a new ID: .chat .thread
        ├── MessageRejected          the platform refuses this message: .reason
        ├── DeliveryUnknown          the message may have been sent: .reason
        └── TransientDeliveryError   the message was not sent, a retry may succeed: .reason

The message of an error states what happened, to which object, and what to do. The attributes carry
the same facts for code.
"""

from __future__ import annotations

from enum import Enum


class BotError(Exception):
    """The base class of all errors that the bot raises on purpose."""


class SettingsError(BotError):
    """An invalid value of the setting ``variable``."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable
        self.problem = problem


class AlreadyRunningError(BotError):
    """Another instance of Tocsin uses the same SQLite file."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"another Tocsin is running on {path}; stop it first, or set TOCSIN_DATABASE_URL to another"
            " database for this one"
        )
        self.path = path


class StoreError(BotError):
    """A refusal of the database; the transaction was rolled back and nothing was changed."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(f"{what} ({detail})" if detail else what)
        self.message = what
        self.detail = detail


class DiskFullError(StoreError):
    """No disk space is left."""


class StoreReadOnlyError(StoreError):
    """The database is not writable."""


class StoreBusyError(StoreError):
    """Another process has held the database for too long."""


class StoreUnavailableError(StoreError):
    """The database does not answer."""


class TransferError(StoreError):
    """A failed transfer, backup or restore of a whole database."""


class LeaseLostError(BotError):
    """A write under a lease that another process holds by now; nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"another process holds the lease {name}; that process continues from the stored state"
        )
        self.name = name


class UserError(BotError):
    """A request that cannot be carried out; the message is shown to the person who sent it."""


class ModelError(BotError):
    """The language model returned no usable answer."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"language model unavailable: {reason}")
        self.reason = reason


class DeliveryError(BotError):
    """The failure of one attempt to send a message."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ErrorScope(Enum):
    """The extent of a delivery error: a thread, a chat, or everything that the account sends."""

    THREAD = "thread"
    CHAT = "chat"
    ACCOUNT = "account"


class RateLimited(DeliveryError):
    """The platform requires a delay of ``seconds``; for the account only if the platform states so."""

    def __init__(self, seconds: float, scope: ErrorScope = ErrorScope.CHAT) -> None:
        super().__init__(f"the platform requires a delay of {seconds:g} s")
        self.seconds = seconds
        self.scope = scope


class ChatUnreachable(DeliveryError):
    """The chat cannot be reached.

    With the scope ACCOUNT, the platform rejects the token; with THREAD, other threads are reachable.
    """

    def __init__(self, reason: str, scope: ErrorScope = ErrorScope.CHAT) -> None:
        super().__init__(reason)
        self.scope = scope


class ChatMigrated(DeliveryError):
    """The chat has the new ID ``chat``; a ``thread`` replaces the thread of this one address."""

    def __init__(self, chat: str, thread: str | None = None) -> None:
        super().__init__(f"the chat has moved to {chat}")
        self.chat = chat
        self.thread = thread


class MessageRejected(DeliveryError):
    """The platform refuses this message; it may accept the next one."""


class DeliveryUnknown(DeliveryError):
    """The platform did not confirm the message, which may have been sent."""


class TransientDeliveryError(DeliveryError):
    """The message was not sent; a retry may succeed."""
