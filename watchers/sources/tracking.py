"""The parameters of an address that tell publishers where a reader came from, and nothing of the article.

A name is here only if no site is known to number its articles with it: "id", "p", "sid", "page" and
the like are never dropped. Names that mean one thing here and another there ("ref", "source", "m") are
dropped only with a value, or on a host, that shows which.
"""

from __future__ import annotations

import re
from typing import Final

_ANYWHERE: Final = re.compile(
    r"utm_.*|mtm_.*|matomo_.*|piwik_.*|pk_(?:campaign|kwd|keyword|source|medium|content|cid)"  # Matomo and kin
    r"|hsa_.*|_hs(?:enc|mi|fp)|__hs(?:tc|sc|fp)|hsctatracking"  # HubSpot
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|ysclid|twclid|ttclid|li_fat_id|rb_clickid|epik|srsltid"
    r"|igsh|igshid|fb_(?:action_ids|action_types|source|ref|comment_id)|__twitter_impression|s_kwcid|ef_id"
    r"|mc_(?:cid|eid)|mkt_tok|vero_(?:conv|id)|oly_(?:anon|enc)_id|sfmc_(?:id|sub)|_ke|ck_subscriber_id|elqtrack(?:id)?"
    r"|at_(?:medium|campaign(?:_type)?|custom\d|format|ptr_\w+|link_\w+|bbc_\w+|variant|creation|recipient_\w+)"  # BBC
    r"|ns_(?:campaign|source|mchannel|linkname|fee)|xtor|xtref|ocid|ncid|icid|smid|smtyp|fsrc|cmpid|cmp|maca|mbid|ito"
    r"|taid|traffic_source|wt[._](?:mc_\w+|nav|z?mc)|wt_zmc|wtmc|wtrid|s?_?openstat|mktc(?:id|val)|sr_share|rpc"
    r"|feedtype|feedname|guccounter|guce_referrer(?:_sig)?|soc_(?:src|trk)|\.?tsrc|spm|_ga|_gl|ga_(?:source|medium|campaign|content|term)"
    r"|ref_(?:src|url)|referrer|share_id|sharetoken|share_from|shareid|trk(?:campaign|info|sid)?"
    r"|amp_js_v|amp_gsa|amp_ct|usqp|aoh|__cf_chl_\w+|phpsessid|jsessionid|zanpid|wickedid|_branch_match_id",
    re.IGNORECASE,
)
_WITH_VALUE: Final = {
    **dict.fromkeys(("ref", "source", "src", "from", "mod", "via", "partner", "emc", "origin"),
        re.compile(
            r"(?:public)?rss\d?|rss[_-].*|(?:home(?:page)?|hp)(?:[_-].*)?|feed|twitter|x|facebook|fb|tw|whatsapp|telegram|reddit"
            r"|linkedin|instagram|share|social|newsletter|e?mail|hn|hackernews|googlenews|(?:desktop|mobile|web)share(?:_.*)?",
            re.IGNORECASE)),
    **dict.fromkeys(("amp", "rss", "print", "printable", "mobile"), re.compile(r"|1|true|yes|amp", re.IGNORECASE)),
    **dict.fromkeys(("outputtype", "output", "view", "mode"), re.compile(r"amp|print", re.IGNORECASE)),
}  # fmt: skip
_ON_HOST: Final = (
    (re.compile(r"(?:[\w-]+\.)?youtube\.com|youtu\.be"), re.compile(r"si|feature|pp|ab_channel|t")),
    (re.compile(r"[\w-]+\.blogspot\.[a-z.]{2,6}"), re.compile(r"m|spref")),
    (re.compile(r"(?:[\w-]+\.)?reddit\.com"), re.compile(r"share_id|rdt|context|sort")),
    (re.compile(r"(?:twitter|x)\.com"), re.compile(r"s|t")),
    (re.compile(r"nytimes\.com"), re.compile(r"unlocked_article_code|smvar|searchresultposition", re.IGNORECASE)),
    (re.compile(r"medium\.com|[\w-]+\.medium\.com"), re.compile(r"sk|source")),
    (re.compile(r"[\w-]+\.substack\.com"), re.compile(r"r|s|triedredirect|showwelcome.*|publication_id|post_id|isfreemail", re.IGNORECASE)),
)  # fmt: skip


def is_tracking(name: str, value: str, host: str) -> bool:
    """Whether the parameter ``name`` = ``value`` says nothing of which article of ``host`` is meant."""
    if _ANYWHERE.fullmatch(name):
        return True
    telling = _WITH_VALUE.get(name.lower())
    if telling is not None and telling.fullmatch(value):
        return True
    return any(hosts.fullmatch(host) and names.fullmatch(name) for hosts, names in _ON_HOST)
