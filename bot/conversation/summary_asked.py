"""What stands behind `/summary`: addresses, a number, how long, about what.

/summary https://a.example/x https://b.example/y short about oil price
└── urls ─────────────────────────────┘ └length┘    └ about ─┘
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import regex

from bot.conversation.request import Request
from bot.summaries.telling import Length

_ADDRESS: Final = regex.compile(r"https?://[^\s<>\"]{3,2000}", regex.IGNORECASE)
_LENGTHS: Final = {"long": Length.LONG, "short": Length.SHORT}


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants summed up, and how.

    Attributes:
        argument: what is left of the text when the rest is read: a number, or words.
    """

    argument: str
    urls: tuple[str, ...]
    length: Length
    about: str

    def is_of_many(self, request: Request) -> bool:
        """Whether it names a topic and no article."""
        names_one = self.argument or self.urls or request.item or request.attachments
        return bool(self.about and not names_one)


def asked_for(request: Request) -> Asked:
    """What ``request`` asks for, its links and those of the message it answers included."""
    rest, _, about = f" {request.argument} ".partition(" about ")
    about = "" if request.attachments else about  # a file's name, or what somebody wrote beside it
    urls = _ADDRESS.findall(rest)
    words = _ADDRESS.sub(" ", rest).split()
    length = next(
        (_LENGTHS[word.lower()] for word in words if word.lower() in _LENGTHS), Length.USUAL
    )
    named = " ".join(word for word in words if word.lower() not in _LENGTHS)
    if not urls and not named:
        urls = list(request.links)
    if not urls and not named and not request.item:
        urls = list(request.quoted_links)
    return Asked(named, tuple(dict.fromkeys(urls)), length, about.strip())
