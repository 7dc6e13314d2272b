"""Remove boilerplate lines of a page, so that they neither match a topic nor enter a summary.

A boilerplate line is a short, whole paragraph in a form that pages use and reporters do not ("Read more:
…"). Precision comes before recall: no sentence of an article may be removed.
"""

from __future__ import annotations

from typing import Final

import regex

from watchers.text.lazy_pattern import LazyPattern

# A longer paragraph has content of its own.
_MAX_LINE_CHARS: Final = 240

# A label with its target ("Read more: …"), or the label alone.
_POINTERS: Final = (
    r"(?:click here to |to )?read (?:more|also|next|on|the full (?:story|article|report))(?: (?:here|about \w+))?",
    r"see (?:also|more)",
    r"(?:watch|listen|learn) (?:more|also|now)",
    r"(?:more )?related(?: (?:articles?|stor(?:y|ies)|news|posts?|reading|coverage|topics?|content|links?))?",
    r"recommended(?: (?:articles?|stor(?:y|ies)|for you|reading))?",
    r"more (?:on|from|about) this(?: (?:story|topic))?",
    r"further reading|also (?:read|on|in)|you (?:may|might) also like|most (?:read|popular|viewed)",
    r"(?:don['’]t miss|up next|trending(?: now)?|editor['’]?s['’]? picks?|in case you missed it)",
    r"lire (?:aussi|également)|à lire (?:aussi|également)?|lesen sie (?:auch|mehr)|mehr zum thema|auch interessant",
    r"lea (?:también|más)|leer más|te puede interesar|leia (?:também|mais)|veja também|leggi anche|lees ook|läs (?:också|mer)",
    r"czytaj (?:też|także|więcej)|zobacz (?:też|także)|читайте (?:также|ещё|еще|подробнее)|подробнее|по теме|читайте також",
    r"ayrıca bkz|devamını oku|関連記事|相关(?:新闻|阅读|链接)|延伸阅读|관련\s?기사|اقرأ (?:أيضا|أيضًا|المزيد)",
)
# A label that contains a name: the rest of a sentence must not follow.
_NAMED_POINTER: Final = r"more (?:on|from|about) (?:[\w'’ ]{1,40}[:：|»>→].*|[\w'’]+(?: [\w'’]+){0,2}(?=(?:_|[^\w.!?…])*$))"
_NETWORK: Final = (
    r"(?:facebook|twitter|x|whatsapp|telegram|signal|linkedin|reddit|instagram|threads|tiktok|youtube|mastodon|bluesky|pinterest|tumblr"
    r"|vk|weibo|wechat|line|viber|google news|apple news|e-?mail|social media|(?:your )?friends)"
)
_NETWORKS: Final = rf"{_NETWORK}(?:(?:, | and | or |, and | / |/){_NETWORK})*"
# Complete requests to the reader.
_REQUESTS: Final = (
    r"(?:please )?(?:subscribe|sign up|register)(?: (?:now|here|today|free))? (?:to|for|and|with|via)\b[^,]{0,100}\b(?:newsletters?|bulletin|updates|inbox|e-?mails?|alerts|channel|podcast|app|access|briefing)\b.{0,60}",
    r"(?:get|receive)\b[^,]{0,80}\b(?:newsletter|in your inbox|to your inbox|by e-?mail)\b[^,]{0,60}",
    r"(?:subscribe|sign up|log in|sign in|register)(?: (?:now|here|today|for free|to (?:continue|read)(?: \w+){0,3}))?",
    rf"(?:share|tweet|print|e-?mail|save|bookmark|like)(?: this| the)?(?: (?:article|story|post|page))? (?:on|via|with|by) {_NETWORKS}",
    r"(?:share|tweet|print|e-?mail|save|bookmark|like) (?:this|(?:this )?(?:article|story|post|page))",
    rf"(?:follow|like|join|find) us(?: (?:on|at) (?:{_NETWORKS}|@\w+|[\w-]+\.[\w.-]+)[^,]{{0,60}}| @\w+| for (?:more|updates|the latest).{{0,40}})?",
    rf"follow @?[\w ]{{1,40}} on {_NETWORKS}.{{0,30}}",
    rf"join (?:our|the) (?:[\w-]+ )?(?:{_NETWORK} )?(?:channel|group|community|mailing list)(?: (?:on|at) .{{0,40}})?",
    r"download (?:our|the) [^,]{0,40}\bapp\b(?: (?:for|on|from|now|today|here)\b.{0,50})?",
    r"support (?:our|independent) (?:journalism|reporting|work).{0,80}",
    r"(?:story continues below )?advertisement|sponsored(?: content)?|scroll (?:down )?to continue.{0,40}",
    r"skip (?:past )?(?:newsletter promotion|to (?:content|main content))|back to top|leave a (?:comment|reply)|\d* ?comments?",
    r"(?:copyright )?(?:©|\(c\)) ?\d{4}.{0,160}|copyright,? \d{4}(?:[-–]\d{4})?(?: [\w.&'’-]+){0,5}|.{0,80}all rights reserved.{0,80}",
    r"we (?:and our partners )?use cookies(?: (?:to|on|and) (?:improve|give|offer|provide|personali[sz]e|analy[sz]e|make|ensure|enhance|deliver|show|similar|this)\b.{0,160})?|accept (?:all )?cookies",
)

_BOILERPLATE: Final = LazyPattern(
    rf"[\W_]*(?:(?:{'|'.join(_POINTERS)})\s*(?:[:：|»>→]|\s[-–—]\s).*"
    rf"|(?:{'|'.join((*_POINTERS, _NAMED_POINTER, *_REQUESTS))}))[\W_]*",
    regex.IGNORECASE,
)


def is_boilerplate_line(paragraph: str) -> bool:
    """Return True if the paragraph belongs to the page ("Read more: …") and not to the article."""
    return len(paragraph) <= _MAX_LINE_CHARS and _BOILERPLATE.fullmatch(paragraph) is not None


def remove_boilerplate(paragraphs: list[str]) -> list[str]:
    """Return the paragraphs without boilerplate, and without lines of dashes or stars."""
    return [
        paragraph
        for paragraph in paragraphs
        if not is_boilerplate_line(paragraph) and any(map(str.isalnum, paragraph))
    ]
