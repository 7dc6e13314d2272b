"""What can go wrong in the bot.

    BotError
    ├── SettingsError            a setting that cannot be used: .variable
    ├── AlreadyRunning           another Tocsin holds this database: .path
    ├── StoreError               the database refused: nothing was changed
    │   ├── StoreFull            no space is left
    │   ├── StoreReadOnly        it may not be written
    │   ├── StoreBusy            another process holds it for too long
    │   ├── StoreUnreachable     it does not answer
    │   └── TransferError        it cannot be moved, kept or put back as a whole
    ├── LeaseLost                another process does this by now: .name
    ├── MisuseError              what a person typed cannot be done; the message goes to them
    ├── ModelError               the language model gives no answer that can be used: .reason
    └── DeliveryError            one try to send, and how it ended
        ├── RetryLater           the platform says when: .seconds .scope
        ├── Gone                 the chat, or the account, cannot be reached: .reason .scope
        ├── Moved                the chat has another address: .chat .thread
        ├── Rejected             the platform refuses this one message: .reason
        ├── InDoubt              it may have been sent: .reason
        └── Transient            it was not sent; try again: .reason

Every error carries data, and its message tells a person what happened, to what, and what to do.
"""

from __future__ import annotations

from enum import Enum


class BotError(Exception):
    """The root of every error the bot raises on purpose."""


class SettingsError(BotError):
    """The setting ``variable`` cannot be used."""

    def __init__(self, variable: str, problem: str) -> None:
        super().__init__(f"{variable}: {problem}")
        self.variable = variable
        self.problem = problem


class AlreadyRunning(BotError):
    """Another Tocsin works on the same SQLite file."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"another Tocsin is running on {path}; stop it first, or give this one a database of"
            " its own with TOCSIN_DATABASE_URL"
        )
        self.path = path


class StoreError(BotError):
    """The database refused; the transaction was rolled back and nothing was changed."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(f"{what} ({detail})" if detail else what)
        self.what = what
        self.detail = detail


class StoreFull(StoreError):
    """No space is left."""


class StoreReadOnly(StoreError):
    """The database may not be written."""


class StoreBusy(StoreError):
    """Another process holds the database for too long."""


class StoreUnreachable(StoreError):
    """The database does not answer."""


class TransferError(StoreError):
    """A whole database cannot be moved, kept in a file, or put back."""


class LeaseLost(BotError):
    """What was about to be written is another process's affair by now; nothing was written."""

    def __init__(self, name: str) -> None:
        super().__init__(f"another process has taken over {name}; it goes on from what is stored")
        self.name = name


class MisuseError(BotError):
    """What a person typed cannot be done; the message is for them."""


class ModelError(BotError):
    """The language model gives no answer that can be used."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the language model is of no use now: {reason}")
        self.reason = reason


class DeliveryError(BotError):
    """One try to send a message, and how it ended."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Scope(Enum):
    """What an error is about: the one chat, or all that the account sends."""

    CHAT = "chat"
    ACCOUNT = "account"


class RetryLater(DeliveryError):
    """The platform asks to wait ``seconds``. Scope: the account only where the platform says so."""

    def __init__(self, seconds: float, scope: Scope = Scope.CHAT) -> None:
        super().__init__(f"the platform asks to wait {seconds:g} s")
        self.seconds = seconds
        self.scope = scope


class Gone(DeliveryError):
    """The chat cannot be reached any more; scope account: the token is not taken any more."""

    def __init__(self, reason: str, scope: Scope = Scope.CHAT) -> None:
        super().__init__(reason)
        self.scope = scope


class Moved(DeliveryError):
    """The chat's id is ``chat`` now; a ``thread`` puts this one address into another thread."""

    def __init__(self, chat: str, thread: str | None = None) -> None:
        super().__init__(f"the chat has moved to {chat}")
        self.chat = chat
        self.thread = thread


class Rejected(DeliveryError):
    """The platform refuses this one message; the next one may pass."""


class InDoubt(DeliveryError):
    """The message may have been sent, and may not."""


class Transient(DeliveryError):
    """The message was not sent; trying again makes sense."""
