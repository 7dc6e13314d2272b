"""Lines that belong to the page and not to the story: kept out, so they neither match nor get summarised.

A trailer is a whole paragraph, short, in a form that a page uses and a reporter does not. Being sure
matters more than being complete: a sentence of the story must never go.
"""

from __future__ import annotations

from typing import Final

import regex

_LONGEST: Final = 240  # characters; a longer paragraph says something of its own

# A label and what it points to ("Read more: …"), or the label alone.
_POINTERS: Final = (
    r"(?:click here to |to )?read (?:more|also|next|on|the full (?:story|article|report))(?: (?:here|about \w+))?",
    r"see (?:also|more)",
    r"(?:watch|listen|learn) (?:more|also|now)",
    r"(?:more )?related(?: (?:articles?|stor(?:y|ies)|news|posts?|reading|coverage|topics?|content|links?))?",
    r"recommended(?: (?:articles?|stor(?:y|ies)|for you|reading))?",
    r"(?:more|further) (?:on|from|about) (?:this(?: (?:story|topic))?|[\w' ]{1,40})",
    r"further reading|also (?:read|on|in)|you (?:may|might) also like|most (?:read|popular|viewed)",
    r"(?:don['’]t miss|up next|trending(?: now)?|editor['’]?s['’]? picks?|in case you missed it)",
    r"lire (?:aussi|également)|à lire (?:aussi|également)?|lesen sie (?:auch|mehr)|mehr zum thema|auch interessant",
    r"lea (?:también|más)|leer más|te puede interesar|leia (?:também|mais)|veja também|leggi anche|lees ook|läs (?:också|mer)",
    r"czytaj (?:też|także|więcej)|zobacz (?:też|także)|читайте (?:также|ещё|еще|подробнее)|подробнее|по теме|читайте також",
    r"ayrıca bkz|devamını oku|関連記事|相关(?:新闻|阅读|链接)|延伸阅读|관련\s?기사|اقرأ (?:أيضا|أيضًا|المزيد)",
)
# Requests to the reader, whole.
_REQUESTS: Final = (
    r"(?:please )?(?:subscribe|sign up|register)\b.{0,120}\b(?:newsletters?|bulletin|updates|inbox|e-?mails?|alerts|channel|podcast|app|access|briefing)\b.{0,60}",
    r"(?:get|receive)\b.{0,80}\b(?:newsletter|in your inbox|to your inbox|by e-?mail)\b.{0,60}",
    r"(?:subscribe|sign up|log in|sign in|register)(?: (?:now|here|today|for free|to (?:continue|read)(?: \w+){0,3}))?",
    r"(?:share|tweet|print|e-?mail|save|bookmark|like) (?:this(?: (?:article|story|post|page|on .{1,60}|via .{1,60}|with .{1,40}))?|on .{1,60}|article|story|via .{1,60})",
    r"(?:follow|like|join|find) us(?: (?:on|at|for|@).{0,80})?|follow @?[\w ]{1,40} on .{1,60}",
    r"download (?:our|the) .{0,40}\bapp\b.{0,60}",
    r"support (?:our|independent) (?:journalism|reporting|work).{0,80}",
    r"(?:story continues below )?advertisement|sponsored(?: content)?|scroll (?:down )?to continue.{0,40}",
    r"skip (?:past )?(?:newsletter promotion|to (?:content|main content))|back to top|leave a (?:comment|reply)|\d* ?comments?",
    r"(?:copyright |© ?|\(c\) ?)\d{4}.{0,160}|.{0,80}all rights reserved.{0,80}",
    r"we use cookies.{0,180}|accept (?:all )?cookies",
)
_TRAILER: Final = regex.compile(
    rf"[\W_]*(?:(?:{'|'.join(_POINTERS)})\s*(?:[:：|»>→]|\s[-–—]\s).*"
    rf"|(?:{'|'.join((*_POINTERS, *_REQUESTS))}))[\W_]*",
    regex.IGNORECASE,
)


def is_trailer(paragraph: str) -> bool:
    """Whether this paragraph belongs to the page ("Read more: …") and not to the story."""
    return len(paragraph) <= _LONGEST and _TRAILER.fullmatch(paragraph) is not None


def without_trailers(paragraphs: list[str]) -> list[str]:
    """The paragraphs that tell the story."""
    return [paragraph for paragraph in paragraphs if not is_trailer(paragraph)]
