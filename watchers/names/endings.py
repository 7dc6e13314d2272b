"""The endings of names in languages that inflect them. All are folded."""

from __future__ import annotations

from typing import Final

from watchers.names.ending_rules import EndingRules, parse_rules

_SOUTH_SLAVIC: Final = parse_rules("""
    ija: ija ije iji iju ijo ijom
    ska: ska ske skoj sku skom ski sko
    cka: cka cke ckoj cku ckom cki cko
    sko: sko skega skem skemu skim ska sku skom
    cko: cko ckega ckem ckemu ckim cka cku ckom
    ka: ka ke ki ku ko kom ci
    ga: ga ge gi gu go gom zi
    a: a e i u o om oj ah ama ih
    e: e a u om ima
    i: i a ih im ima ama ov e
    o: o a u om
    -: - a u e om em i ov ima ih
""")

_SOUTH_SLAVIC_CYRILLIC: Final = parse_rules("""
    ија: ија ије ији ију ијом
    ска: ска ске ској ску ском
    чка: чка чке чкој чку чком
    ка: ка ке ки ку ком ци
    а: а е и у ом ој ама их
    е: е а у ом има
    и: и а их им има
    о: о а у ом
    -: - а у е ом ем и их има
""")

NOUN_RULES: Final[dict[str, EndingRules]] = {
    "ru": parse_rules("""
        ия: ия ии ию ией иею ий иям иях иями
        ея: ея еи ее ею еи
        ая: ая ой ую ою
        яя: яя ей юю
        ья: ья ьи ье ью ьей
        я: я и ю ей е
        ский: ский ского скому ским ском
        ый: ый ого ому ым ом
        ой: ой ого ому ым ом
        кое: кое кого кому ким ком
        ое: ое ого ому ым ом
        ие: ие их им ими
        ые: ые ых ым ыми
        ай: ай ая аю аем ае
        ей: ей ея ею еем ее
        ет: ет та ту том те
        ка: ка ки ке ку кой кою
        га: га ги ге гу гой
        а: а ы е у ой ою ей и - ам ами ах
        ы: ы ов - ам ами ах
        и: и ов - ам ами ах ям ями ях ей
        о: о а у ом е ами ах
        ь: ь и ю ью я ем ём е
        -: - а у ом ем е ы ов ам ах
    """),
    "uk": parse_rules("""
        ія: ія ії ію ією
        ея: ея еї ею еєю
        ська: ська ської ській ську ською
        ня: ня ні ню нею
        я: я і ю ею ї єю
        ий: ий ого ому им ім
        ет: ет ту том ті та
        ка: ка ки ці ку кою
        га: га ги зі гу гою
        ха: ха хи сі ху хою
        а: а и і у ою ої ій -
        ай: ай аю аєм аї ая
        ей: ей ею еєм еї ея
        ть: ть ті тю
        ь: ь і ю я ем
        і: і их им ими ів ам ами ах ей ей
        и: и ів ам ами ах -
        о: о а у ом і
        е: е ого ому им ім я ю ем і
        ів: ів ова ову овом ові
        -: - у а ом ові і ів
    """),
    "be": parse_rules("""
        ія: ія іі ію іяй
        ка: ка кі цы ку кай
        а: а ы е у ай
        я: я і ю яй
        ь: ь і ю
        ы: ы аў ам амі ах
        -: - а у ам е ы
    """),
    "bg": parse_rules("""
        ите: ите и
        -: - та то ът а
    """),
    "mk": parse_rules("""
        -: - та то от
    """),
    "pl": parse_rules("""
        ska: ska skiej ska ska sce ski skie
        cka: cka ckiej cce cki
        ja: ja ji je jo
        nia: nia nii nie nio
        ia: ia ii ie io
        da: da dy dzie de do
        ta: ta ty cie te to
        ra: ra ry rze re ro
        ka: ka ki ce ke ko kiej
        ga: ga gi dze ge go
        la: la li le lo
        a: a y ie e i o ej
        skie: skie skich skim skimi
        kie: kie kich kim kimi
        ie: ie ich im imi ii iach iami iom
        ny: ny - n now nom nami nach ne nych nym
        y: y - om ami ach ow ych ym
        e: e ych ym ymi ego
        sko: sko ska sku skiem skie
        o: o a u em ie
        iec: iec ca cu cem
        er: er ru rze rem ra
        t: t tu cie tem ta towi
        d: d du dzie dem da dowi
        r: r ru rze rem ra rowi
        n: n nu nie nem na nowi
        m: m mu mie mem
        l: l lu le lem la
        k: k ku kiem ka kowi
        g: g gu giem ga gowi
        -: - u a em iem owi ie ow
    """),
    "cs": parse_rules("""
        cko: cko cka cku ckem cke cky
        sko: sko ska sku skem ske sky
        ea: ea eje eji eju eou ey
        cky: cky ckeho ckemu ckem ckym cka cke ckou
        sky: sky skeho skemu skem skym ska ske skou
        ie: ie ii ií
        ka: ka ky ce ku kou ke
        ga: ga gy ze gu gou
        ra: ra ry re ru rou
        ne: ne ni nych nym nymi neho nemu nem
        a: a y e u ou i
        y: y u um - ech ach ami
        e: e i u ich im imi ech
        i: i ich im imi iho imu
        o: o a u em e
        -: - u a em e em ovi um y
    """),
    "sk": parse_rules("""
        sko: sko ska sku skom
        cko: cko cka cku ckom
        ka: ka ky ke ku kou
        ia: ia ie ii iu iou
        ea: ea ey ei eu eou
        a: a y e u ou
        e: e ych ym ymi ych
        y: y ov - om och ami
        ska: ska skej sku skou
        -: - u a om e ovi i ou
    """),
    "sl": _SOUTH_SLAVIC,
    "hr": _SOUTH_SLAVIC,
    "bs": _SOUTH_SLAVIC,
    "sr": {key: value for key, value in _SOUTH_SLAVIC.items() if key}
    | _SOUTH_SLAVIC_CYRILLIC
    | {"": (*_SOUTH_SLAVIC[""], *_SOUTH_SLAVIC_CYRILLIC[""])},
    "lt": parse_rules("""
        ija: ija ijos ijai ijoje
        ia: ia ios iai ioje
        a: a os ai oje u oms as omis ose
        e: e es ei eje emis ese
        ias: ias io iui iu iuje
        is: is io iui i yje iu
        ys: ys io iui i yje
        us: us aus ui u uje iaus iui
        as: as o ui a u e
        os: os u oms as ose omis
        es: es u iu ems es ese oms ose
        iai: iai iu iams ius iuose
        ai: ai u ams us uose ais
        -: - as o ui u e
    """),
    "lv": parse_rules("""
        ija: ija ijas ijai iju ija
        a: a as ai u am ajai aja o
        e: e es ei i
        as: as u am as o ajam ajas
        es: es u em es
        is: is a im i iem
        s: s a am u iem os us
        i: i u iem us os
        us: us us um u
        o: o
        -: - a am u
    """),
    "el": parse_rules("""
        ια: ια ιας ιων
        α: α ας ων
        η: η ης
        ος: ος ου ο οι ων ους
        οι: οι ων ους
        ες: ες ων
        ο: ο ου α ων
        ι: ι ιου ια
        ς: ς - ων
        -: -
    """),
    "ro": parse_rules("""
        ia: ia iei ie
        ea: ea ei ee
        a: a ei e ai
        ele: ele elor
        ii: ii iilor
        i: i lor ilor
        ele: ele elor
        u: u ul ului
        -: - ul ului ului i ilor a lui
    """),
    "de": parse_rules("""
        s: s
        ische: ische ischen ischer isches
        te: te ten ter
        tes: tes te ten tem ter
        lande: lande landen
        staaten: staaten
        -: - s es
    """),
    "nl": parse_rules("""
        s: s
        -: - s se
    """),
    "sv": parse_rules("""
        erna: erna ernas
        s: s
        -: - s
    """),
    "no": parse_rules("""
        s: s
        ene: ene enes
        -: - s
    """),
    "da": parse_rules("""
        s: s
        -: - s
    """),
    "is": parse_rules("""
        land: land lands landi
        a: a u
        ur: ur s i
        in: in anna num
        jar: jar jum ja
        ir: ir i is ja
        ur: ur s i
        ia: ia iu
        -: - s i ar um
    """),
    "hi": parse_rules("""
        -: - ी
    """),
    "bn": parse_rules("""
        া: া ায় ার াতে াকে
        -: - ে ের র তে কে য় য়ে য়ের ি
    """),
    "hy": parse_rules("""
        ա: ա այի այում այից այով ան
        -: - ի ը ն ում ից ով ին յի ներ ների
    """),
    "ka": parse_rules("""
        ი: ი ის ს ში ზე მა იდან თან ისა
        ა: ა ის ას აში აზე ამ იდან ასთან
        ე: ე ის ეს ეში ემ
        -: - ს ში ზე მ დან სთან ის ისა
    """),
}
"""Rules for nouns and the adjectives of names, by language."""

SUFFIXES: Final[dict[str, tuple[str, ...]]] = {
    "az": ("da", "de", "də", "dan", "den", "dən", "nin", "nın", "in", "ın", "un", "nun", "a", "ə")
    + ("ya", "yə", "ni", "i", "u", "la", "lə", "li", "lı", "lu", "nda", "ndə", "ndan", "ndən"),
    "uz": ("da", "dan", "ga", "ning", "ni", "lik", "cha"),
    "kk": ("да", "де", "та", "те", "дан", "ден", "тан", "тен", "ға", "ге", "қа", "ке", "ның", "нің")
    + ("дың", "дің", "тың", "тің", "ны", "ні", "ды", "ді", "ты", "ті", "ның", "мен", "пен"),
    "eu": ("k", "ko", "n", "ra", "ren", "tik", "ak", "ek", "en", "an", "ako", "era", "eko", "in"),
    "ta": ("வில்", "வின்", "யில்", "யின்", "இல்", "இன்", "க்கு", "வுக்கு", "யுக்கு", "வை", "யை", "விற்கு"),
    "te": ("లో", "కు", "కి", "ను", "తో", "పై", "లోని", "నుంచి", "యొక్క"),
    "kn": ("ದಲ್ಲಿ", "ದ", "ವನ್ನು", "ಕ್ಕೆ", "ನಲ್ಲಿ", "ಗೆ", "ಯ", "ವು"),
    "ml": ("യിൽ", "യുടെ", "ിൽ", "ിന്റെ", "ലെ", "യിലെ", "യെ", "ക്ക്"),
    "mr": ("त", "च्या", "चा", "ची", "चे", "ला", "ने", "तील", "मध्ये", "ात", "ाच्या", "ाने", "ाला", "ातील"),
    "gu": ("માં", "ના", "ની", "નો", "નું", "ને", "થી"),
    "pa": (),
    "ne": ("मा", "को", "का", "की", "ले", "लाई", "बाट"),
    "fa": ("ی", "یی", "ها", "های"),
    "ur": ("ی",),
    "id": ("nya",),
    "ms": ("nya",),
    "ca": (),
}
"""Suffixes that follow the unchanged name, by language."""
