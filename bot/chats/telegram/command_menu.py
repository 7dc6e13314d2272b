"""Command menus: the commands that Telegram clients offer per kind of chat, in several languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import structlog
from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllChatAdministrators,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
)
from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.chats.telegram.errors import error_message
from bot.conversation.registry import Command, CommandRegistry

_PRIVATE_ONLY: Final = frozenset({"start"})
_GROUPS_ONLY: Final = frozenset({"allow"})
_MAX_DESCRIPTION_CHARS: Final = 256

# Keys are Telegram's language codes. English descriptions are those of the commands themselves.
COMMAND_DESCRIPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "de": {
        "subscribe": "einem Thema folgen",
        "unsubscribe": "ihm nicht mehr folgen",
        "topics": "wem du folgst",
        "edit": "ein Thema ändern",
        "mute": "eine Weile keine Meldungen",
        "unmute": "wieder Meldungen",
        "preview": "was ein Thema brächte",
        "search": "was bekannt ist",
        "latest": "das Neueste für dich",
        "summary": "was ein Artikel sagt",
        "why": "warum er kam, oder nicht",
        "alias": "ein eigenes Wort",
        "share": "ein Thema weitergeben",
        "allow": "wer hier etwas ändern darf",
        "story": "alles zu einer Geschichte",
        "followups": "wie Neues zu ihr kommt",
        "language": "Sprache der Zusammenfassungen",
        "less": "typische Wörter eines Artikels ausschließen",
        "trend": "wie viel Neues, Tag für Tag",
        "digest": "wie oft gemeldet wird",
        "quiet": "Ruhezeiten",
        "timezone": "deine Uhr",
        "limit": "höchstens so viele am Tag",
        "atleast": "nur große Geschichten",
        "breaking": "nur, was gerade losbricht",
        "pause": "eine Weile gar keine Meldungen",
        "resume": "wieder Meldungen nach einer Pause",
        "briefing": "was zuletzt kam",
        "spike": "melden, wenn es ungewöhnlich viel wird",
        "export": "deine Themen als Datei",
        "import": "eine solche Datei zurückholen",
        "forget": "alles über diesen Chat löschen",
        "feeds": "die Quellen",
        "status": "was beobachtet wird und was wartet",
        "help": "alle Befehle",
        "start": "ein kurzer Gruß",
    },
    "es": {
        "subscribe": "seguir un tema",
        "unsubscribe": "dejar de seguirlo",
        "topics": "lo que sigues",
        "edit": "cambiar un tema",
        "mute": "sin avisos por un tiempo",
        "unmute": "avisos de nuevo",
        "preview": "lo que traería un tema",
        "search": "lo que se sabe",
        "latest": "lo más nuevo para ti",
        "summary": "lo que dice un artículo",
        "why": "por qué llegó, o no",
        "alias": "una palabra propia",
        "share": "compartir un tema",
        "allow": "quién puede cambiar cosas aquí",
        "story": "todo sobre una historia",
        "followups": "cómo llega lo nuevo de ella",
        "language": "idioma de los resúmenes",
        "less": "excluir palabras típicas de un artículo",
        "trend": "cuántas noticias, día a día",
        "digest": "cada cuánto se avisa",
        "quiet": "horas de silencio",
        "timezone": "tu reloj",
        "limit": "avisos por día, como mucho",
        "atleast": "solo las grandes historias",
        "breaking": "solo lo que estalla",
        "pause": "ningún aviso por un tiempo",
        "resume": "avisos otra vez tras una pausa",
        "briefing": "lo que llegó últimamente",
        "spike": "avisar cuando hay mucho más de lo normal",
        "export": "tus temas en un archivo",
        "import": "recuperar un archivo así",
        "forget": "borrar todo lo de este chat",
        "feeds": "las fuentes",
        "status": "lo que se vigila y lo que espera",
        "help": "todos los comandos",
        "start": "un breve saludo",
    },
    "fr": {
        "subscribe": "suivre un sujet",
        "unsubscribe": "ne plus le suivre",
        "topics": "ce que tu suis",
        "edit": "modifier un sujet",
        "mute": "pas d’alertes pendant un moment",
        "unmute": "alertes de nouveau",
        "preview": "ce qu’un sujet apporterait",
        "search": "ce qui est connu",
        "latest": "le plus récent pour toi",
        "summary": "ce que dit un article",
        "why": "pourquoi il est venu, ou non",
        "alias": "un mot à toi",
        "share": "partager un sujet",
        "allow": "qui peut changer quelque chose ici",
        "story": "tout sur une affaire",
        "followups": "comment viennent ses suites",
        "language": "langue des résumés",
        "less": "exclure les mots typiques d’un article",
        "trend": "combien de nouvelles, jour par jour",
        "digest": "à quel rythme prévenir",
        "quiet": "heures calmes",
        "timezone": "ton heure",
        "limit": "alertes par jour, au plus",
        "atleast": "seulement les grandes affaires",
        "breaking": "seulement ce qui éclate",
        "pause": "plus aucune alerte pendant un moment",
        "resume": "alertes de nouveau après une pause",
        "briefing": "ce qui est venu dernièrement",
        "spike": "prévenir quand il y en a bien plus que d’habitude",
        "export": "tes sujets dans un fichier",
        "import": "reprendre un tel fichier",
        "forget": "effacer tout de ce chat",
        "feeds": "les sources",
        "status": "ce qui est surveillé et ce qui attend",
        "help": "toutes les commandes",
        "start": "un bref accueil",
    },
    "pt": {
        "subscribe": "seguir um tema",
        "unsubscribe": "deixar de segui-lo",
        "topics": "o que segues",
        "edit": "mudar um tema",
        "mute": "sem avisos por um tempo",
        "unmute": "avisos de novo",
        "preview": "o que um tema traria",
        "search": "o que se sabe",
        "latest": "o mais novo para ti",
        "summary": "o que diz um artigo",
        "why": "por que veio, ou não",
        "alias": "uma palavra tua",
        "share": "partilhar um tema",
        "allow": "quem pode mudar algo aqui",
        "story": "tudo sobre uma história",
        "followups": "como chegam as novidades dela",
        "language": "língua dos resumos",
        "less": "excluir palavras típicas de um artigo",
        "trend": "quantas notícias, dia a dia",
        "digest": "com que frequência se avisa",
        "quiet": "horas de silêncio",
        "timezone": "o teu relógio",
        "limit": "avisos por dia, no máximo",
        "atleast": "só as grandes histórias",
        "breaking": "só o que rebenta",
        "pause": "nenhum aviso por um tempo",
        "resume": "avisos de novo depois de uma pausa",
        "briefing": "o que chegou ultimamente",
        "spike": "avisar quando há muito mais do que o normal",
        "export": "os teus temas num ficheiro",
        "import": "trazer de volta um ficheiro assim",
        "forget": "apagar tudo deste chat",
        "feeds": "as fontes",
        "status": "o que se observa e o que espera",
        "help": "todos os comandos",
        "start": "uma breve saudação",
    },
    "ru": {
        "subscribe": "следить за темой",
        "unsubscribe": "больше не следить",
        "topics": "за чем вы следите",
        "edit": "изменить тему",
        "mute": "без уведомлений на время",
        "unmute": "снова уведомлять",
        "preview": "что принесла бы тема",
        "search": "что известно",
        "latest": "самое новое для вас",
        "summary": "о чём статья",
        "why": "почему она пришла или нет",
        "alias": "своё слово",
        "share": "поделиться темой",
        "allow": "кто может здесь что-то менять",
        "story": "всё об одной истории",
        "followups": "как приходит новое о ней",
        "language": "язык кратких изложений",
        "less": "исключить слова, типичные для статьи",
        "trend": "сколько новостей по дням",
        "digest": "как часто сообщать",
        "quiet": "тихие часы",
        "timezone": "ваши часы",
        "limit": "не больше стольких в день",
        "atleast": "только большие истории",
        "breaking": "только срочное",
        "pause": "пока никаких уведомлений",
        "resume": "снова уведомлять после паузы",
        "briefing": "что пришло за последнее время",
        "spike": "сообщать, когда новостей намного больше обычного",
        "export": "ваши темы в файле",
        "import": "вернуть такой файл",
        "forget": "стереть всё об этом чате",
        "feeds": "источники",
        "status": "что под наблюдением и что ждёт",
        "help": "все команды",
        "start": "короткое приветствие",
    },
}

log = structlog.get_logger(__name__)


def build_menus(
    commands: CommandRegistry,
) -> list[tuple[BotCommandScope, tuple[Command, ...]]]:
    """Return the commands per scope. Members of a group get only the commands that they may use."""
    offered = [command for command in commands.all if not command.for_operators]
    private = tuple(command for command in offered if command.name not in _GROUPS_ONLY)
    groups = tuple(command for command in offered if command.name not in _PRIVATE_ONLY)
    members = tuple(
        command
        for command in groups
        if (not command.requires_admin or command.read_only_without_argument)
        and command.name not in _GROUPS_ONLY
    )
    return [
        (BotCommandScopeAllPrivateChats(), private),
        (BotCommandScopeAllGroupChats(), members),
        (BotCommandScopeAllChatAdministrators(), groups),
    ]


async def set_menus(bot: ExtBot[None], commands: CommandRegistry) -> None:
    """Send the menus to Telegram. A failure is only logged: the commands work without a menu."""
    try:
        for language in ("", *COMMAND_DESCRIPTIONS):
            for scope, offered in build_menus(commands):
                await bot.set_my_commands(
                    _translate(offered, language), scope=scope, language_code=language or None
                )
    except TelegramError as error:
        log.warning("telegram_menus_not_set", error=error_message(error, bot.token))


def _translate(commands: Sequence[Command], language: str) -> list[BotCommand]:
    descriptions = COMMAND_DESCRIPTIONS.get(language, {})
    return [
        BotCommand(
            command.name,
            descriptions.get(command.name, command.description)[:_MAX_DESCRIPTION_CHARS],
        )
        for command in commands
    ]
