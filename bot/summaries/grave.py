"""Claims that harm where they are wrong: that somebody died, was arrested, resigned, took bribes.

Other words a model may choose freely; of these, the article needs one of the same kind.
"""

from __future__ import annotations

from typing import Final

import regex

_KINDS: Final = {
    "death": r"dead|dea?th\w*|died?|dies|dying|kill\w*|fatal\w*|deceased|perish\w*|murder\w*|slain|lost (?:his|her|their) li(?:fe|ves)|massacre\w*"
    r"|tot|tote[nr]?|töte\w*|getötet|starb\w*|gestorben|sterben|ermord\w*|umgekommen|morte?s?|tué\w*|décéd\w*|assassin\w*|muert\w*|muri\w+|asesin\w*|falleci\w*"
    r"|погиб\w*|умер\w*|убит\w*|убил\w*|загин\w*|помер\w*|вбит\w*|вбив\w*",
    "injury": r"injur\w*|wound\w*|hurt|verletz\w*|verwund\w*|bless(?:é|ée|és|ées|ures?)|herid\w*|ранен\w*|поранен\w*",
    "arrest": r"arrest\w*|detain\w*|detention|jail\w*|prison\w*|imprison\w*|custody|charged with|indict\w*|festgenommen|festnahm\w*|verhaft\w*|haft|gefängnis\w*|arrêt\w*|en détention|incarcér\w*|detenid\w*|encarcel\w*|preso|арест\w*|задерж\w*|затрим\w*|заарешт\w*",
    "guilt": r"guilt\w*|convict\w*|sentenced|schuldig\w*|verurteil\w*|coupable\w*|condamn\w*|culpable\w*|condena\w*|виновн\w*|осужд\w*|осудил\w*|винн\w*|засудж\w*",
    "resigning": r"resign\w*|step(?:s|ped|ping)? (?:down|aside)|quits?|oust\w*|sack(?:ed|ing)|dismiss\w*|zurückgetreten|rücktritt\w*|zurücktret\w*|trat zurück|entlass\w*|démission\w*|limog\w*|dimi[ts]\w*|destitu\w*|отстав\w*|уволен\w*|відстав\w*|звільн\w*",
    "corruption": r"brib\w*|corrupt\w*|fraud\w*|embezzl\w*|launder\w*|bestech\w*|korrupt\w*|betrug\w*|betrüg\w*|corrupt\w*|corrup\w*|pots-de-vin|soborn\w*|fraude\w*|взятк\w*|корруп\w*|хабар\w*|коруп\w*",
    "abuse": r"rap(?:e[sd]?|ist|ing)|abus\w*|assault\w*|molest\w*|vergewaltig\w*|missbrauch\w*|violé\w*|violad[oa]s?|agress\w*|изнасил\w*|зґвалт\w*",
    "bankruptcy": r"bankrupt\w*|insolven\w*|konkurs\w*|pleite\w*|faillite\w*|quiebra\w*|bancarrota|банкрот\w*",
}  # fmt: skip
_GRAVE: Final = {
    kind: regex.compile(rf"\b(?:{words})\b", regex.IGNORECASE) for kind, words in _KINDS.items()
}


def grave_kinds(text: str) -> frozenset[str]:
    """What ``text`` claims of these."""
    return frozenset(kind for kind, words in _GRAVE.items() if words.search(text) is not None)
