"""Language and country codes: check the values of ``lang:`` and ``country:``, and accept names.

A code that does not exist would make a topic that never matches.
"""

from __future__ import annotations

import re
from functools import cache
from types import MappingProxyType
from typing import Final

_TAG: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")

# ISO 639-1, and the languages of news that have a code of three letters only.
_LANGUAGES: Final = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv "
    "cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr "
    "ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw "
    "ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv "
    "ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg sh si sk sl sm sn so sq "
    "sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh "
    "yi yo za zh zu iw in ji mo "
    "ast arz bho bal bcl bik bug ceb ckb cmn crh csb dsb fil frr fur gsw hak hil hsb ilo kab "
    "kok krc ksh lad lmo lus mai mad mhr min mni mrj mwl nah nap nds new nso pam pap pms pnb "
    "prs rom sah sat scn sco sgs shn skr smo srn szl tet tum tyv udm vec vep vls war wuu yue zgh"
)

# A code, then its ISO 639-2 codes and English names, which other services use.
_LANGUAGE_SYNONYMS: Final = (
    "en eng english, fr fra fre french, de deu ger german, es spa spanish, it ita italian, "
    "pt por portuguese, nl nld dut dutch, ru rus russian, uk ukr ukrainian, pl pol polish, "
    "cs ces cze czech, sk slk slo slovak, sl slv slovenian, hr hrv croatian, sr srp serbian, "
    "bs bos bosnian, bg bul bulgarian, mk mkd mac macedonian, ro ron rum romanian, "
    "hu hun hungarian, el ell gre greek, tr tur turkish, ar ara arabic, he heb hebrew, "
    "fa fas per persian farsi, ur urd urdu, hi hin hindi, bn ben bengali, ta tam tamil, "
    "te tel telugu, mr mar marathi, gu guj gujarati, pa pan punjabi, ml mal malayalam, "
    "zh zho chi chinese, ja jpn japanese, ko kor korean, vi vie vietnamese, th tha thai, "
    "id ind indonesian, ms msa may malay, tl tgl tagalog, sv swe swedish, da dan danish, "
    "no nor norwegian, fi fin finnish, et est estonian, lv lav latvian, lt lit lithuanian, "
    "is isl ice icelandic, ga gle irish, sq sqi alb albanian, hy hye arm armenian, "
    "ka kat geo georgian, az aze azerbaijani, kk kaz kazakh, uz uzb uzbek, ca cat catalan, "
    "gl glg galician, eu eus baq basque, sw swa swahili, af afr afrikaans, am amh amharic"
)

# ISO 3166-1, the European Union and Kosovo.
_COUNTRIES: Final = (
    "ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bl bm bn bo bq br "
    "bs bt bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz "
    "ec ee eg eh er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu "
    "gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw "
    "ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mf mg mh mk ml mm mn mo mp mq mr ms mt mu "
    "mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw "
    "py qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st sv sx sy sz tc td tf "
    "tg th tj tk tl tm tn to tr tt tv tw tz ua ug um us uy uz va vc ve vg vi vn vu wf ws xk ye yt "
    "za zm zw"
)

_COUNTRY_SYNONYMS: Final = MappingProxyType({"uk": "gb", "el": "gr"})


def language_code(typed: str) -> str | None:
    """Return the language tag that ``typed`` stands for ("pt-BR", "eng", "English"), or ``None``."""
    tag = typed.strip().replace("_", "-").lower()
    languages, synonyms = _languages()
    tag = synonyms.get(tag, tag)
    return tag if _TAG.fullmatch(tag) and tag.partition("-")[0] in languages else None


def country_code(typed: str) -> str | None:
    """Return the ISO 3166-1 code that the two letters ``typed`` stand for, or ``None``."""
    code = typed.strip().lower()
    code = _COUNTRY_SYNONYMS.get(code, code)
    return code if code in _countries() else None


@cache
def _languages() -> tuple[frozenset[str], dict[str, str]]:
    """Return the codes, and the code of each synonym."""
    synonyms = {
        synonym: code
        for code, *names in (line.split() for line in _LANGUAGE_SYNONYMS.split(", "))
        for synonym in names
    }
    return frozenset(_LANGUAGES.split()), synonyms


@cache
def _countries() -> frozenset[str]:
    return frozenset(_COUNTRIES.split())
