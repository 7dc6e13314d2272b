"""Function words of languages that share the Latin, Cyrillic or Devanagari script.

They decide between similar languages for one line of text, where letter statistics do not suffice
(Danish or Norwegian, Spanish or Galician). Nouns are not listed: a headline is full of names.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

_WORDS_BY_LANGUAGE: Final = {
    "en": (
        "the of and in to for on with after at from by as over is are was were has have will "
        "says said that an against amid"
    ),
    "de": (
        "der die das und in im den dem des mit nach von für auf ist sind hat haben wird "
        "werden bei zum zur nicht ein eine einer über gegen sich auch"
    ),
    "nl": (
        "de het een en van in op na met voor is zijn heeft hebben wordt worden bij niet aan "
        "door over uit tegen ook naar zal"
    ),
    "af": "die het van en in is nie vir wat met op sy na om te sal oor hulle ook",
    "fr": (
        "le la les de des du et en un une dans pour sur après avec est sont ont par au aux ce "
        "qui que plus contre selon être été"
    ),
    "es": (
        "el la los las de del y en un una por para con tras se que es son ha han su sus al "
        "como más según contra sobre"
    ),
    "pt": (
        "o os as de do da dos das e em no na nos um uma por para com após que é são foi não "
        "ao aos mais segundo contra sobre num"
    ),
    "gl": (
        "o os as de do da dos das e en no na nun unha un por para con tras que é son foi non "
        "ao aos máis segundo contra sobre"
    ),
    "it": (
        "il lo la gli le di del della dei delle e in un una per con dopo che è sono ha hanno "
        "nel nella si da dal non più al alla contro"
    ),
    "ca": (
        "el la els les de del dels i en un una per amb després que és són ha han aquest "
        "aquesta va als més segons contra sobre"
    ),
    "ro": (
        "și în de la cu pe un o din după pentru care este sunt a au fost va vor ar prin lui "
        "al ale nu mai spune"
    ),
    "sv": (
        "och i att det som en ett på är av för med till efter har inte om från den de vid ska "
        "säger under kan mot skulle"
    ),
    "da": (
        "og i at det som en et på er af for med til efter har ikke om fra den de ved skal "
        "siger under kan mod blev"
    ),
    "no": (
        "og i at det som en et på er av for med til etter har ikke om fra den de ved skal "
        "sier under kan mot ble"
    ),
    "is": (
        "og í að það sem á er af fyrir með til eftir hefur ekki um frá við var verður segir undir"
    ),
    "fi": (
        "ja on ei että oli se hän ovat kun mutta myös jälkeen mukaan kanssa sekä joka vielä ennen"
    ),
    "et": "ja on ei et oli see ta ka kui pärast kuid oma aga mis või enne veel",
    "lv": "un ir ar no par uz pēc pie ka kas bet tika arī vēl gan nav pirms",
    "lt": "ir yra su iš apie po prie kad kas bet buvo taip dar už nuo dėl iki per",
    "pl": "i w na z do się że nie jest po za od dla są przez o jak ale został w ze przed będą",
    "cs": (
        "a v na se že je po za od pro jsou ale byl bylo podle ve ještě při před který která budou"
    ),
    "sk": "a v na sa že je po za od pre sú ale bol bolo podľa vo ešte pri pred ktorý ktorá budú",
    "sl": "in v na se da je po za od pri so ki bo bodo ter ali pred tudi še bila naj",
    "hr": (
        "i u na se da je po za od pri su koji će te ili prije nakon još bila što kako samo "
        "nije bez prema zbog iz do ovo više godine"
    ),
    "sq": "dhe në e të për me nga një që është janë pas do më si u se ka prej",
    "tr": "ve bir bu için ile da de sonra kadar olarak daha çok gibi ardından önce göre",
    "az": "və bir bu üçün ilə də da sonra kimi qədər olan daha çox edib görə",
    "hu": "a az és hogy egy nem is van volt után még csak már meg ez vagy szerint",
    "id": (
        "yang dan di ke dari untuk dengan pada setelah akan ini itu tidak oleh dalam adalah telah"
    ),
    "vi": "và của là có cho với được trong sau không các một những khi tại về",
    "tl": "ang ng sa mga na ay at para ni kay si hindi",
    "sw": "ya wa na kwa katika la za baada ni kuwa cha huo alisema",
    "eu": "eta da du ez ere dute bat baino ondoren dira zuen izan",
    "ga": "an na agus ar le go is do tar tar éis leis ag atá",
    "ru": "и в на с по о что не из за для от до это как после при но был были об его же",
    "uk": "і в на з по що не із за для від до це як після при але був були та й про його",
    "be": "і ў на з па што не за для ад да гэта як пасля пры але быў былі аб яго",
    "bg": "и в на с по че не от за до това като след при но са е се ще да със към",
    "mk": "и во на со по дека не од за до ова како при но се е ќе да беше беа",
    "sr": "и у на са по да не из за од до ово као после при али су је се ће који",
    "hi": "के की का में से और को ने पर है हैं यह कि भी लिए बाद था थे थी गया",
    "mr": "आणि आहे च्या आहेत तर हे ते या केले झाली झाले मध्ये होते होता",
    "ne": "र छ को का मा ले पनि छन् गरेको भएको गरेका भने",
}


@cache
def languages_by_word() -> Mapping[str, tuple[str, ...]]:
    """Return the languages of each function word."""
    languages_by_word: dict[str, list[str]] = defaultdict(list)
    for language, words in _WORDS_BY_LANGUAGE.items():
        for word in dict.fromkeys(words.split()):
            # Single ASCII letters are often initials or units.
            if len(word) > 1 or not word.isascii():
                languages_by_word[word].append(language)
    return MappingProxyType(
        {word: tuple(languages) for word, languages in languages_by_word.items()}
    )
