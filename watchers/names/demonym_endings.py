"""The endings of adjectives of territories, and of words for people, by language. All are folded."""

from __future__ import annotations

from typing import Final

from watchers.names.ending_rules import EndingRules, parse_rules

# They follow "kiinalai".
_FINNISH_ADJECTIVE_ENDINGS: Final = (
    "nen s sen sta seen sessa sesta selle sella selta sena seksi set sten sia siin sissa sista sille"
    " silla silta sina siksi"
)

ADJECTIVE_ENDINGS: Final[dict[str, EndingRules]] = {
    "de": parse_rules("""
        er: er ern ers erin erinnen
        e: e en in innen
    """)
    | {"-": ("", "e", "en", "er", "es", "em")},
    "fr": parse_rules("""
        ien: ien iens ienne iennes
        een: een eens eenne eennes
        an: an ans ane anes
        ec: ec ecs ecque ecques
        c: c cs que ques
        on: on ons onne onnes
        s: s se ses
        e: e es
        -: - s e es
    """),
    "es": parse_rules("""
        o: o a os as
        es: es esa eses esas
        an: an ana anes anas
        i: i ies is
        ta: ta tas
        e: e es
        l: l la les las
        -: - a s es
    """),
    "pt": parse_rules("""
        o: o a os as
        ao: ao a aos as oes aes
        es: es esa eses esas
        eu: eu eia eus eias
        e: e es
        -: - s
    """),
    "it": parse_rules("""
        co: co ca ci chi che
        o: o a i e
        e: e i
        ta: ta ti te
        -: -
    """),
    "nl": parse_rules("""
        -: -
    """),
    "ru": {"-": tuple("ий ого ому им ом ая ой ую ою ое ие их ими ии".split())},
    "uk": {"-": tuple("ий ого ому им ім а ої ій у ою е і их ими".split())},
    "pl": {"-": tuple("i a ie iego iej iemu im ich imi o u".split())},
    "sr": {
        "-": (
            *"i a o e u og oga om ome omu im ima ih oj".split(),
            *"и а о е у ог ога ом оме ому им има их ој".split(),
        )
    },
    "bg": {"-": tuple("и ия ият а ата о ото ите".split())},
    "cs": {"-": tuple("y a e eho emu em om ou i ych ymi ym u ej ho".split())},
    "sk": {"-": tuple("y a e eho emu em om ou i ych ymi ym u ej ho".split())},
    "fi": {"-": tuple(_FINNISH_ADJECTIVE_ENDINGS.split())},
    "sv": {"-": ("", "a", "t", "e", "as")},
    "da": {"-": ("", "e", "es")},
    "no": {"-": ("", "e", "es")},
    "ro": {"-": tuple("a i e ii ei ilor lor ul ului ele elor easca esc esti".split()) + ("",)},
    "el": {"-": tuple("οσ η ο οι εσ α ου ων ουσ ησ ασ".split())},
    "hu": parse_rules("""
        -: - ok ak ek k ot at et t nak nek okat ekat eket akat okkal ul ra re
    """),
    "tr": parse_rules("""
        -: - lar ler larin lerin lari leri i u in un a e
    """),
    "ar": parse_rules("""
        ي: ي يه يون يين يات يا
        -: -
    """),
}
"""Endings of adjectives of territories. The key "-" has those of stems."""

PEOPLE_ENDINGS: Final[dict[str, tuple[str, ...]]] = {
    "ru": tuple(
        ("", "а", "у", "ом", "ем", "е", "ы", "и", "ев", "ов", "ей", "ам", "ами", "ах", "ям", "ями")
        + ("ин", "ина", "ину", "ином", "ине", "ка", "ки", "ку", "кой", "ке", "ок")
    ),
    "uk": tuple(
        ("", "а", "у", "ем", "ом", "і", "и", "ів", "ам", "ами", "ах", "ям", "ями", "ях", "еві")
        + ("ин", "ина", "ину", "ином", "ка", "ки", "ку", "кою", "ці", "ок")
    ),
    "sr": (
        *"a e i u ac ca cu ce ci cem cima in ina ini ine inu om ima em ka ke ku ki".split(),
        *"а е и у ац ца цу це ци цем цима ин ина ини ине ину ом има ем ка ке ку ки".split(),
        "",
    ),
    "bg": tuple("и ите ът а ин ина ка ки".split()),
    "cs": (*"a e i u y em ovi ove um ech ec ce ci cu cum cich cem ka ky ku kou".split(), ""),
    "sk": (*"a e i u y om ov ovi ia och mi ami ec ca ci cov com ka ky ke ku kou".split(), ""),
    "sv": ("", "ar", "er", "en", "na", "arna", "erna", "s", "arnas", "ernas", "e", "ska", "skor"),
    "da": ("", "e", "er", "ere", "erne", "eren", "ne", "en", "s", "ernes", "nes"),
    "no": ("", "e", "er", "ere", "erne", "eren", "ne", "en", "s", "ernes", "nes"),
    "pl": tuple(
        ("in", "ina", "inem", "inowi", "ie", "", "om", "ami", "ach", "ka", "ki", "ke", "ko", "kom")
        + ("i", "y", "k", "ka", "kiem", "kow", "kami", "kach", "ow", "em", "a", "owi", "ce")
        + ("cy", "si", "ci", "cow", "kom")
    ),
}
"""Endings after the stem of a word for people."""
