"""Commands for another chat, said in private: ``/subscribe @channel sanctions``. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import regex

# A public name as Telegram allows them, or the number of a channel or group.
_ELSEWHERE: Final = regex.compile(
    r"\s*(/\w{1,32})(?:@\w+)?\s+(@[A-Za-z]\w{3,31}|-\d{6,15})(?:\s+(.*))?", regex.DOTALL
)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A command, and the chat it is for."""

    text: str
    chat: str


def elsewhere(text: str) -> Elsewhere | None:
    """The command in ``text`` and the chat that it names, if it names one."""
    found = _ELSEWHERE.fullmatch(text)
    if found is None:
        return None
    return Elsewhere(f"{found[1]} {found[3] or ''}".strip(), found[2])
