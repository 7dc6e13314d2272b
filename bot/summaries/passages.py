"""Split a text into the sentences that a summary may contain.

text ─► paragraphs ─► without page boilerplate ─► sentences (sentencex) ─► repaired splits ─► Passage
                                                                           (quotations, abbreviations)

The patterns below recognise captions, bylines, time stamps and banners by their form.
watchers/text/boilerplate.py recognises trailing boilerplate ("Read more").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import regex

from watchers.text.boilerplate import is_boilerplate_line
from watchers.text.clean import split_sentences
from watchers.text.lazy_pattern import LazyPattern
from watchers.text.tokens import normalize_word, split_words, strip_accents

# Longer paragraphs are never boilerplate.
_MAX_BOILERPLATE_CHARS: Final = 320
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
# Matches whole paragraphs, without regard to case.
_BOILERPLATE_PARAGRAPH: Final = LazyPattern(
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
    # The text at the point where a paywall ends an article.
    r"|(?:subscribe|sign ?up|register|log ?in|sign ?in|become a (?:subscriber|member))\b.{0,80}\b(?:to|for)\b.{0,60}\b(?:read|reading|access|unlock|continue|full (?:article|story)|subscribers)\b.{0,160}"
    r"|already (?:a |have an? )?(?:subscriber|member|subscription|account)\b.{0,80}|(?:to )?(?:continue|keep) reading\b.{0,120}"
    r"|(?:this|the full) (?:article|story|content|page) is (?:only |exclusively )?(?:available |reserved )?(?:for|to) .{0,20}(?:subscribers|members).{0,80}"
    r"|(?:jetzt )?(?:abonnieren|weiterlesen)\b.{0,100}|(?:bereits|schon) abonnent.{0,80}|abonnez-vous\b.{0,140}|déjà abonné.{0,80}|suscr[ií]b(?:ete|ase)\b.{0,140}|¿?ya (?:eres|es) suscriptor.{0,80}"
    r"|(?:copy|permalink|copy link|share|tweet|pin|print|email|comments?|menu|close|home|skip|next|previous|listen|play|pause|loading|advertisement|anzeige|publicité|publicidad|реклама|広告|广告)"
    r")[\W_]*",
    regex.IGNORECASE,
)
# Case-sensitive: names are recognised by their capitals.
_BYLINE: Final = LazyPattern(
    rf"[\W_]*(?:(?:By|BY|by|Von|Par|Por|Di|Door|Av|Autor(?:in)?:|Author:|Автор:|Text:|Words:|Story by|Reported by)\s+{_NAMES}(?:\s*[,|·/–—-]\s*.{{0,80}})?"
    rf"|[–—-]\s?{_NAMES}|{_NAME} (?:reports|reported) from {_NAME}|{_NAME} in {_NAME})[\W_]*"
)
_MAX_BYLINE_CHARS: Final = 140
# The start of an agency report: place, day and agency, or the place before a dash.
_AGENCY: Final = r"[(/（]\p{L}[\p{L}\p{N} .,/&-]{1,20}[)/）]\.?"
_DATELINE: Final = LazyPattern(
    rf"^[\p{{Lu}}][\p{{L}} .'’,/-]{{1,50}}(?:,? (?i:{_DATE}),?\.?)? ?{_AGENCY}\s*(?:[-–—―:]+|(?<=/\.?\s?)(?=\p{{Lu}}))\s*"
    rf"|^\p{{Lu}}[\p{{Lu}} .'’,/-]{{2,40}}(?:,? (?i:{_DATE}),?)?\s*[–—―]+\s*"
    r"|^【[^】]{1,30}】\s*",
)
_SENTENCE_END: Final = regex.compile(r"[.!?…。！？؟।।॥։።။៕。｡:;；][\p{Pf}\p{Pe}\"'’”»）」』\s]*$")
_NO_FULL_STOP_SCRIPT: Final = regex.compile(r"[\p{Thai}\p{Lao}\p{Tibetan}]")
_MAX_SIDE_NOTE_CHARS: Final = 160
# Shorter titles are headlines, not the first sentence of the document.
_MIN_TITLE_SENTENCE_CHARS: Final = 60


def is_boilerplate(paragraph: str) -> bool:
    """Return True if the paragraph belongs to the page and not to the article."""
    bare = paragraph.strip()
    if not any(map(str.isalnum, bare)):
        return True
    if len(bare) > _MAX_BOILERPLATE_CHARS:
        return False
    if (
        len(bare) <= _MAX_BYLINE_CHARS
        and not _SENTENCE_END.search(bare)
        and _BYLINE.fullmatch(bare)
    ):
        return True
    return is_boilerplate_line(bare) or _BOILERPLATE_PARAGRAPH.fullmatch(bare) is not None


def is_side_note(paragraph: str) -> bool:
    """Return True for a heading, a list item or a label: short and without a full stop."""
    bare = paragraph.strip()
    if len(bare) > _MAX_SIDE_NOTE_CHARS or _NO_FULL_STOP_SCRIPT.search(bare):
        return False
    return _SENTENCE_END.search(bare) is None


def is_first_sentence(title: str) -> bool:
    """Return True if the title of a document is its first sentence.

    Headlines are shorter or have no full stop.
    """
    bare = title.rstrip("”\"'’»）)」』 ")
    return len(bare) >= _MIN_TITLE_SENTENCE_CHARS and bare.endswith((".", "。", "।", "።", "։"))


def without_dateline(paragraph: str) -> str:
    """Return the paragraph without the dateline (place, day, agency) of an agency report."""
    match = _DATELINE.match(paragraph)
    if match is None or len(paragraph) - match.end() < _MIN_CHARS_AFTER_DATELINE:
        return paragraph
    return paragraph[match.end() :]


MAX_READ_CHARS: Final = 250_000
"""Characters of a text that are read. The longest newspaper articles have 60,000."""

# If less text follows a dateline, the paragraph is a heading.
_MIN_CHARS_AFTER_DATELINE: Final = 20
# A document with more lines is a list, not an article.
_MAX_PARAGRAPHS: Final = 3_000
# Longer passages are split at a comma or a space.
_MAX_PASSAGE_CHARS: Final = 700
# The same for scripts that separate phrases, not sentences, by a space.
_MAX_PASSAGE_CHARS_NO_FULL_STOP: Final = 160
# A quotation that the splitter separated is joined up to this length.
_MAX_JOINED_CHARS: Final = 1_000
_ABBREVIATION_END: Final = regex.compile(
    r"(?:^|[\s(“\"«])(?:\p{Lu}|M[lm]e|Mgr|\d{1,2} \p{L}{1,5}|[Nn]o)\.$"
)
_CONTINUATION: Final = regex.compile(r"[\p{Ll},;:)\]]|\d{4}\b")
_ENDED_QUOTE: Final = regex.compile(r"[」』]$")
_QUOTE_PARTICLE: Final = regex.compile(r"(?:と|という|って|などと|との)")
_QUOTE_PAIRS: Final = {"“": "”", "«": "»", "「": "」", "『": "』", "‹": "›", "（": "）"}
_PHRASE_SPACED_SCRIPT: Final = regex.compile(r"[\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}\p{Tibetan}]")
_BREAK: Final = regex.compile(r"[;；،؛,，、။།។]\s*|\s+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or a similar unit in a script without full stops.

    Attributes:
        text: the exact text on one line.
        starts_paragraph: True for the first passage of a paragraph.
        aside: True for a heading, a list item or a label, which is selected only as a last resort.
    """

    text: str
    starts_paragraph: bool = False
    aside: bool = False


def passages(text: str, title: str = "", language: str | None = None) -> list[Passage]:
    """Return the passages of ``text`` in order, without page boilerplate and the title."""
    # Damaged JSON contains lone surrogates, which the sentence splitter does not accept.
    text = text[:MAX_READ_CHARS].encode("utf-8", "replace").decode()
    paragraphs = [line for line in text.split("\n") if line.strip()][:_MAX_PARAGRAPHS]
    story = [line for line in paragraphs if not is_boilerplate(line)]
    title_words = "" if is_first_sentence(title) else _normalised_words(title)
    if title_words:
        without_title = [
            line
            for line in story
            if len(line) > 2 * len(title) + 20 or _normalised_words(line) != title_words
        ]
        story = without_title or story[:1]
    # A text in which no paragraph has a full stop consists of short notes; all of them count.
    has_sentences = any(not is_side_note(line) for line in story)
    return [
        passage
        for line in story
        for passage in _split_paragraph(line, language, has_sentences=has_sentences)
    ]


def _split_paragraph(line: str, language: str | None, *, has_sentences: bool) -> Iterator[Passage]:
    aside = has_sentences and is_side_note(line)
    first = True
    line = " ".join(without_dateline(line).split())
    for sentence in _join_split_sentences(line, split_sentences(line, language)):
        for piece in _split_long(sentence):
            yield Passage(piece, starts_paragraph=first, aside=aside)
            first = False


def _join_split_sentences(line: str, pieces: Sequence[str]) -> Iterator[str]:
    """Join pieces of ``line`` that the splitter separated inside a quotation or an abbreviation."""
    start = end = 0
    for piece in pieces:
        position = line.find(piece, end)
        if end > start and position + len(piece) - start < _MAX_JOINED_CHARS:
            is_continuation = _is_continuation(line[start:end], piece)
        else:
            is_continuation = False
        if not is_continuation:
            if end > start:
                yield line[start:end]
            start = position
        end = position + len(piece)
    if end > start:
        yield line[start:end]


def _is_continuation(previous: str, piece: str) -> bool:
    if any(
        previous.count(opening) > previous.count(closing)
        for opening, closing in _QUOTE_PAIRS.items()
    ):
        return any(closing in piece for closing in _QUOTE_PAIRS.values())
    if _ENDED_QUOTE.search(previous) and _QUOTE_PARTICLE.match(piece):
        return True
    if _ABBREVIATION_END.search(previous[-12:]):
        return True
    return previous.endswith(".") and _CONTINUATION.match(piece) is not None


def _split_long(sentence: str) -> Iterator[str]:
    """Split a very long sentence at commas or spaces."""
    max_chars = (
        _MAX_PASSAGE_CHARS_NO_FULL_STOP
        if _PHRASE_SPACED_SCRIPT.search(sentence[:200])
        else _MAX_PASSAGE_CHARS
    )
    start = 0
    while len(sentence) - start > max_chars:
        breaks = [match.end() for match in _BREAK.finditer(sentence, start, start + max_chars)]
        end = next(
            (end for end in reversed(breaks) if end > start + max_chars // 3), start + max_chars
        )
        yield sentence[start:end].strip()
        start = end
    if sentence[start:].strip():
        yield sentence[start:].strip()


def _normalised_words(text: str) -> str:
    """Return the normalised words of ``text``, for the comparison of two lines."""
    return " ".join(strip_accents(normalize_word(word)) for word in split_words(text[:500]))
