"""Recognise words without a slash that are not topics: help, hello, stop, thanks, yes and no.

The words are those of English, German, Spanish, French, Portuguese and Russian.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Final

from bot.conversation.durations import is_duration

MAX_PLAIN_LENGTH: Final = 40
"""Characters of the longest text that can be one of these words."""


class PlainWord(Enum):
    """The meaning of a text without a slash."""

    HELP = "help"
    GREETING = "greeting"
    STOP = "stop"
    THANKS = "thanks"
    NEWS = "news"
    YES = "yes"
    NO = "no"
    NUMBER = "number"


_WORDS: Final = MappingProxyType(
    {
        PlainWord.HELP: (
            "help|help me|commands|menu|info|how does this work|what can you do|hilfe|befehle|ayuda|"
            "ayúdame|aide|aidez-moi|ajuda|помощь|помоги|справка|команды"
        ),
        PlainWord.GREETING: (
            "start|hello|hi|hey|hello there|good morning|good evening|hallo|guten tag|guten morgen|moin|"
            "servus|hola|buenos días|buenas|bonjour|salut|bonsoir|olá|oi|bom dia|привет|здравствуйте|"
            "добрый день|старт"
        ),
        PlainWord.STOP: (
            "stop|stop it|halt|be quiet|shut up|leave me alone|stopp|aufhören|ruhe|para|basta|detente|"
            "arrête|arrêtez|arrêter|pare|parar|chega|стоп|хватит|отстань"
        ),
        PlainWord.THANKS: (
            "thanks|thank you|thx|ty|great|cool|nice|danke|vielen dank|gracias|muchas gracias|merci|"
            "obrigado|obrigada|спасибо|👍|🙏|❤️"
        ),
        PlainWord.NEWS: (
            "what is new|what's new|whats new|news|latest|latest news|any news|anything new|show news|"
            "neues|was gibt es neues|was gibt's neues|nachrichten|novedades|qué hay de nuevo|noticias|"
            "quoi de neuf|nouvelles|actualités|novidades|o que há de novo|notícias|что нового|новости"
        ),
        PlainWord.YES: (
            "yes|y|yeah|yep|yup|sure|ok|okay|of course|please do|ja|jawohl|klar|sí|si|claro|vale|oui|"
            "d'accord|sim|да|ага|конечно"
        ),
        PlainWord.NO: (
            "no|n|nope|nah|no thanks|no thank you|never mind|cancel|nein|nee|abbrechen|no gracias|"
            "cancelar|non|annuler|não|нет|не надо|отмена"
        ),
    }
)
_REPLY_COMMANDS: Final = MappingProxyType(
    {
        "why": "why",
        "summary": "summary",
        "mute": "mute",
        "stop": "unsubscribe",
        "unsubscribe": "unsubscribe",
    }
)
_SIGNS: Final = " .,!?¡¿…"


def read_plain_word(text: str) -> PlainWord | None:
    """Return the meaning of a text without a slash, or ``None`` if it can be a topic."""
    if len(text) > MAX_PLAIN_LENGTH:
        return None
    words = " ".join(text.casefold().replace("’", "'").split()).strip(_SIGNS)
    if not words:
        # "?" asks for help; "!" and "…" have no meaning.
        return PlainWord.HELP if "?" in text else None
    if words.isdecimal():
        return PlainWord.NUMBER
    return next((word for word, texts in _WORDS.items() if words in texts.split("|")), None)


def read_reply_command(text: str) -> str:
    """Return the command of a plain reply to an alert: "mute 2h" is "/mute 2h"; "" for other texts."""
    if len(text) > MAX_PLAIN_LENGTH:
        return ""
    word, _, argument = text.strip().partition(" ")
    name = _REPLY_COMMANDS.get(word.casefold().strip(_SIGNS))
    argument = argument.strip()
    if name is None or (argument and not (name == "mute" and is_duration(argument))):
        return ""
    return f"/{name} {argument}".strip()
