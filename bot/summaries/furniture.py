"""What stands between the sentences of an article and is none: captions, bylines, stamps, banners.

A paragraph goes only where its form gives it away; watchers/text/trailers.py knows the rest ("Read more").
"""

from __future__ import annotations

from typing import Final

import regex

from watchers.text.trailers import is_trailer

_LONGEST: Final = 320  # characters; a longer paragraph says something of its own
_NAME: Final = (
    r"\p{Lu}[\p{L}'’.-]*(?: (?:(?:van|von|de|der|da|di|el|al|bin|la|le) )?\p{Lu}[\p{L}'’.-]*){0,3}"
)
_NAMES: Final = rf"{_NAME}(?:(?:,| and| und| et| y| e| en| och| i| und|,? &) {_NAME}){{0,5}}"
_MONTH: Final = (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|avr|juin|juil|août"
    r"|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек)\p{L}{0,9}"
)
_DATE: Final = rf"(?:\d{{1,2}}\.? {_MONTH}\.?,?(?: \d{{4}})?|{_MONTH}\.? \d{{1,2}},?(?: \d{{4}})?|\d{{1,4}}[-./]\d{{1,2}}[-./]\d{{1,4}}|\d{{4}}年\d{{1,2}}月\d{{1,2}}日)"
_TIME: Final = r"(?:,? ?(?:at |um |à |a las |-|–|·|\|)? ?\d{1,2}[:.h]\d{2}(?:[:.]\d{2})?(?: ?[ap]\.?m\.?)?(?: ?(?:uhr|gmt|utc|bst|cet|e[sd]t|p[sd]t|ist|мск))?)?"
# Whole paragraphs, whatever their case.
_ANY_CASE: Final = regex.compile(
    r"[\W_]*(?:"
    r"(?:(?:main |cover |lead |top )?(?:photo(?:graph)?|image|picture|pic|video|graphic|illustration|caption|slideshow|gallery|file (?:photo|image|picture)|photo credit|image credit|image source|image caption|foto|bild|bildquelle|grafik|imagen?|fotografía|crédito|légende|crédit(?: photo)?|immagine|zdjęcie|fot|фото|иллюстрация|写真|图片?|圖|사진|صورة)(?: by| via| courtesy(?: of)?| from)?\s*[:：/|©].{0,280})"
    r"|(?:photo(?:graph)?s?|images?|pictures?|video) (?:by|via|courtesy of)\b.{0,120}"
    r"|.{0,280}(?:\((?:ap|afp|epa|reuters|getty|file) (?:photo|images?|pic)?[^)]{0,80}\)|(?:getty images|afp photo|ap photo|epa-efe|shutterstock|istock|picture alliance|imago images|alamy)(?:[/ ][^.!?]{0,60})?)"
    r"|(?:reporting|additional reporting|writing|editing|compiled|edited|written|translated|produced|texte?|redaktion) (?:by|von|par) .{1,200}"
    rf"|(?:(?:first |last |originally )?(?:published|updated|posted|modified|created|issued|as of|stand|veröffentlicht|aktualisiert|publié|mis à jour|publicado|actualizado|pubblicato|aggiornato|gepubliceerd|bijgewerkt|opublikowano|опубликовано|обновлено|发布|更新|更新日|公開日)(?: (?:on|at|am|le|el|il|op|:))?\s*+(?::\s*+)?)?{_DATE}{_TIME}(?:\s*[|·•-]\s*.{{0,60}})?"
    r"|(?:first |last )?(?:published|updated|posted|modified)\b[^.!?]{0,60}\bago|\d{1,3} (?:seconds?|minutes?|mins?|hours?|days?|weeks?) ago"
    r"|\d{1,3}[- ]?(?:min(?:ute)?s?|minuten) (?:read|lesezeit|de lecture|de lectura)|(?:reading time|lesezeit|temps de lecture|tiempo de lectura)\b.{0,30}"
    r"|.{0,160}\b(?:cookies?|cookie[- ]?(?:policy|settings|richtlinie))\b.{0,120}\b(?:accept|consent|agree|preferences|settings|privacy|experience|browser|akzeptieren|zustimm|einstellungen|accepter|consent\w+|aceptar|accett\w+|akkoord)\b.{0,160}"
    r"|.{0,100}\b(?:accept|consent|agree|manage|use|uses|using|verwenden|utilisons|utilizamos|utilizziamo|gebruiken)\b.{0,60}\bcookies\b.{0,160}"
    r"|(?:by (?:signing|clicking|subscribing|continuing|submitting)\b.{0,80}\byou (?:agree|accept|consent|confirm)\b.{0,200})"
    r"|(?:this (?:article|story|piece|report|post) (?:was|is|has been) (?:first |originally |last )?(?:published|updated|produced|amended|corrected|edited|generated|translated)\b.{0,200})"
    # What stands where a paywall cuts an article off.
    r"|(?:subscribe|sign ?up|register|log ?in|sign ?in|become a (?:subscriber|member))\b.{0,80}\b(?:to|for)\b.{0,60}\b(?:read|reading|access|unlock|continue|full (?:article|story)|subscribers)\b.{0,160}"
    r"|already (?:a |have an? )?(?:subscriber|member|subscription|account)\b.{0,80}|(?:to )?(?:continue|keep) reading\b.{0,120}"
    r"|(?:this|the full) (?:article|story|content|page) is (?:only |exclusively )?(?:available |reserved )?(?:for|to) .{0,20}(?:subscribers|members).{0,80}"
    r"|(?:jetzt )?(?:abonnieren|weiterlesen)\b.{0,100}|(?:bereits|schon) abonnent.{0,80}|abonnez-vous\b.{0,140}|déjà abonné.{0,80}|suscr[ií]b(?:ete|ase)\b.{0,140}|¿?ya (?:eres|es) suscriptor.{0,80}"
    r"|(?:copy|permalink|copy link|share|tweet|pin|print|email|comments?|menu|close|home|skip|next|previous|listen|play|pause|loading|advertisement|anzeige|publicité|publicidad|реклама|広告|广告)"
    r")[\W_]*",
    regex.IGNORECASE,
)
# Names are told by their capitals.
_BYLINE: Final = regex.compile(
    rf"[\W_]*(?:(?:By|BY|by|Von|Par|Por|Di|Door|Av|Autor(?:in)?:|Author:|Автор:|Text:|Words:|Story by|Reported by)\s+{_NAMES}(?:\s*[,|·/–—-]\s*.{{0,80}})?"
    rf"|[–—-]\s?{_NAMES}|{_NAME} (?:reports|reported) from {_NAME}|{_NAME} in {_NAME})[\W_]*"
)
_BYLINE_LONGEST: Final = 140
# What a wire report begins with: its place, day and agency, or the place alone before a dash.
_AGENCY: Final = r"[(/（]\p{L}[\p{L}\p{N} .,/&-]{1,20}[)/）]\.?"
_DATELINE: Final = regex.compile(
    rf"^[\p{{Lu}}][\p{{L}} .'’,/-]{{1,50}}(?:,? (?i:{_DATE}),?\.?)? ?{_AGENCY}\s*(?:[-–—―:]+|(?<=/\.?\s?)(?=\p{{Lu}}))\s*"
    rf"|^\p{{Lu}}[\p{{Lu}} .'’,/-]{{2,40}}(?:,? (?i:{_DATE}),?)?\s*[–—―]+\s*"
    r"|^【[^】]{1,30}】\s*",
)
_ENDED: Final = regex.compile(r"[.!?…。！？؟।।॥։።။៕。｡:;；][\p{Pf}\p{Pe}\"'’”»）」』\s]*$")
_PHRASED: Final = regex.compile(r"[\p{Thai}\p{Lao}\p{Tibetan}]")
_LONGEST_ASIDE: Final = 160
_SHORTEST_SENTENCE: Final = 60  # characters of a title that is one


def is_furniture(paragraph: str) -> bool:
    """Whether this paragraph belongs to the page and not to the story."""
    bare = paragraph.strip()
    if not any(map(str.isalnum, bare)):
        return True
    if len(bare) > _LONGEST:
        return False
    if len(bare) <= _BYLINE_LONGEST and not _ENDED.search(bare) and _BYLINE.fullmatch(bare):
        return True
    return is_trailer(bare) or _ANY_CASE.fullmatch(bare) is not None


def is_aside(paragraph: str) -> bool:
    """Whether it is a heading, a list's item or a label: short, and nothing ends it."""
    bare = paragraph.strip()
    if len(bare) > _LONGEST_ASIDE or _PHRASED.search(bare):
        return False
    return _ENDED.search(bare) is None


def is_first_sentence(title: str) -> bool:
    """Whether a document's title is its first sentence: headlines are shorter, or have no full stop."""
    bare = title.rstrip("”\"'’»）)」』 ")
    return len(bare) >= _SHORTEST_SENTENCE and bare.endswith((".", "。", "।", "።", "։"))


def without_dateline(paragraph: str) -> str:
    """The paragraph without the place, day and agency that a wire report begins with."""
    found = _DATELINE.match(paragraph)
    if found is None or len(paragraph) - found.end() < 20:  # noqa: PLR2004 - characters: a heading, then
        return paragraph
    return paragraph[found.end() :]
