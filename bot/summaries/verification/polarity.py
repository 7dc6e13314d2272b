"""Read the direction, negation and modality of a clause in nine languages.

An axis is a pair of opposite meanings ("rise" and "fall"). The sign of a clause on an axis is the side of
its word, reversed if the clause is negated: "did not accept" and "rejected" have the same sign.
"""

from __future__ import annotations

import regex

from watchers.text.lazy_pattern import LazyPattern

_WHOLE_WORD_START = r"(?<![\p{L}\p{N}])(?:"
_WHOLE_WORD_END = r")(?![\p{L}\p{N}])"


def _words(*patterns: str) -> LazyPattern:
    return LazyPattern(
        _WHOLE_WORD_START + "|".join(patterns) + _WHOLE_WORD_END, regex.IGNORECASE | regex.VERSION1
    )


# Positive side, negative side and, where it exists, the neutral side of each axis.
_AXES: tuple[tuple[LazyPattern, ...], ...] = (
    (
        _words(
            r"rises?|rose|risen|rising|increas\p{L}*|gr[eo]w\p{L}*|climb\p{L}*|jump(?:s|ed|ing)?|soar\p{L}*|surg\p{L}+|rais(?:es?|ed|ing)|gain(?:s|ed|ing)?|higher|up from|doubl\p{L}+",
            r"gestiegen\p{L}*|stieg(?:en)?|steig(?:t|en|ert\p{L}*)|angestiegen|erhöh\p{L}+|angehoben|hebt|hob|wuchs\p{L}*|wächst|gewachsen|zugenommen|n(?:ahm|immt|ahmen|ehmen) [^,;]{0,60}\bzu|zulegt\p{L}*|höher\p{L}*",
            r"augment\p{L}+|hauss\p{L}+|progress\p{L}+|relev\p{L}+|grimp\p{L}+|bond\p{L}+|aument\p{L}+|sub(?:e|ió|ieron|ido|en|irá\p{L}*|ida)|creci\p{L}+|crece\p{L}*|elev\p{L}+|gan(?:ó|aron)",
            r"subiu|subiram|cresce\p{L}*|sal(?:e|ito|ita|iti|ì|gono)|cresciut\p{L}+|alz(?:a|ato|ata|ò|ano)",
            r"вырос\p{L}*|рос(?:ла|ло|ли)?|рост(?:ёт|ет|ут|а|ом)?|раст[её]т|увелич\p{L}+|повыс\p{L}+|повыш\p{L}+|подорожа\p{L}+|поднял\p{L}*|зріс|зрос\p{L}+|збільш\p{L}+|підвищ\p{L}+|підня\p{L}+|подорожча\p{L}+",
        ),
        _words(
            r"falls?|fell|fallen|falling|drop(?:s|ped|ping)?|decreas\p{L}*|shr[aiu]nk\p{L}*|plung\p{L}+|slump\p{L}*|tumbl\p{L}+|lower(?:s|ed|ing)?|cuts?|cutting|reduc\p{L}+|slid|down from|halv\p{L}+|los(?:t|es|ing) value",
            r"gesunken\p{L}*|s[aiu]nk(?:t|en|e)?|senk\p{L}+|gesenkt|gefallen|fiel(?:en)?|fällt|fallen|zurückgegangen|verringer\p{L}+|kürz\p{L}+|gekürzt|abgenommen|n(?:ahm|immt|ahmen|ehmen) [^,;]{0,60}\bab|niedriger\p{L}*|schrumpf\p{L}*",
            r"baiss\p{L}+|recul\p{L}+|diminu\p{L}+|chut\p{L}+|rédui\p{L}+|abaiss\p{L}+|baj(?:a|ó|an|aron|ado|aba|ará\p{L}*)|ca(?:e|en|yó|yeron|ído|iu|íram)|disminu\p{L}+|reduj\p{L}+|reduc\p{L}+|perdió|descend\p{L}+",
            r"baixa\p{L}*|baixou|diminui\p{L}*|reduz\p{L}*|desceu|cala(?:to|ta|no|ti)?|calò|scend\p{L}+|sces[oaie]|ridott\p{L}+|riduc\p{L}+|diminuit\p{L}+|abbass\p{L}+|tagli(?:a|ato|ò)",
            r"снизи\p{L}+|сниж\p{L}+|упа(?:л|ла|ло|ли|дёт)|сократи\p{L}+|сокращ\p{L}+|уменьш\p{L}+|понизи\p{L}+|подешеве\p{L}+|знизи\p{L}+|зниж\p{L}+|впа(?:в|ла|ло|ли)|скороти\p{L}+|зменш\p{L}+|подешевша\p{L}+",
        ),
        _words(
            r"unchanged|steady|stable|unverändert|stabil|inchangé\p{L}*|stables?|mant(?:uvo|iene)|mant(?:ém|eve)|invariat\p{L}+|stabil[ei]|сохранил\p{L}*|не изменил\p{L}*|зберіг\p{L}*"
        ),
    ),
    (
        _words(
            r"accept\p{L}*|approv\p{L}*|adopt(?:s|ed)|pass(?:es|ed)|agre(?:es?|ed)|welcom\p{L}+|support\p{L}*|back(?:s|ed)|favou?r\p{L}*|endors\p{L}+|in favor|vot(?:e|ed|es) for",
            r"angenommen|annahm\p{L}*|nahm\p{L}* [^,;]{1,60} an|nimmt [^,;]{1,60} an|akzeptier\p{L}+|stimm(?:t|te|ten|en) [^,;]{0,60}\bzu|zustimm\p{L}*|zugestimmt|billig\p{L}*|gebilligt|befürwort\p{L}+|unterstütz\p{L}+|begrüß\p{L}+|dafür|stimmten? [^,;]{0,30}für|verabschied\p{L}+|genehmig\p{L}+",
            r"accepté\p{L}*|accepte(?:nt)?|approuv\p{L}+|adopté\p{L}*|adopte(?:nt)?|souten\p{L}+|soutien\p{L}*|salu(?:e|é|ent)|favorable|vot\p{L}+ (?:pour|a favor|por|a favore)|acept\p{L}+|aprob\p{L}+|apruv\p{L}+|apoy\p{L}+|respald\p{L}+|aceit\p{L}+|aprov\p{L}+|apoi\p{L}+|accett\p{L}+|approv\p{L}+|sosten\p{L}+|sostien\p{L}+|appoggi\p{L}+",
            r"приня(?:л|ла|ло|ли|т|та|то|ты)|одобри\p{L}+|одобря\p{L}+|поддерж\p{L}+|соглас\p{L}+|голосова\p{L}+ за|утверди\p{L}+|прийня(?:в|ла|ло|ли)|схвали\p{L}+|підтрима\p{L}+|погоди\p{L}+|ухвали\p{L}+|затверди\p{L}+",
        ),
        _words(
            r"reject\p{L}*|refus\p{L}+|declin(?:ed?|es|ing)|turn(?:s|ed|ing)? down|veto\p{L}*|oppos(?:es?|ed|ing)|against(?! \d)|criticis\p{L}+|criticiz\p{L}+|voted against|block(?:s|ed|ing)?",
            r"abgelehnt|ablehn\p{L}*|lehn(?:t|te|ten|en) [^;]{0,80}\bab|verworfen|verwarf\p{L}*|verwirft|zurückgewiesen|wies [^,;]{1,60} zurück|verweiger\p{L}+|dagegen|gegen(?! \d)|kritisier\p{L}+|blockier\p{L}+",
            r"reje(?:t|tt)\p{L}+|refus\p{L}+|repouss\p{L}+|opposé\p{L}*|s['’]oppos\p{L}+|critiqu\p{L}+|contre(?! \d)|rechaz\p{L}+|rehus\p{L}+|critic\p{L}+|en contra|contra(?! \d)|opuso|opone|rejeit\p{L}+|recus\p{L}+|opôs|respin\p{L}+|rifiut\p{L}+|bocci\p{L}+|contrari\p{L}+|oppost\p{L}+",
            r"отклони\p{L}+|отверг\p{L}*|отказ\p{L}+|против(?! \d)|критик\p{L}+|раскритик\p{L}+|відхили\p{L}+|відмов\p{L}+|відкину\p{L}+|проти(?! \d)|розкритик\p{L}+",
        ),
    ),
    (
        _words(
            r"w[io]n(?:s|ning)?|beat(?:s|ing)?|defeat(?:s|ed)?|gewann\p{L}*|gewonnen|gewinn\p{L}*|siegt\p{L}*|schlug\p{L}*|besieg\p{L}+|gagn\p{L}+|remport\p{L}+|battu|vainqu\p{L}+|ganó|gana|ganaron|venció|venceu|derrot\p{L}+|ganhou|vence|vint[oaie]|vince|vinse|battuto|выигра\p{L}+|побед\p{L}+|обыгра\p{L}+|виграв|вигра\p{L}+|перем\p{L}+"
        ),
        _words(
            r"los(?:es?|t|ing)|verlor\p{L}*|verlier\p{L}*|unterl\p{L}+|perd\p{L}+|pierd\p{L}+|pers[oaie]|проигра\p{L}+|програ\p{L}+"
        ),
    ),
    (
        _words(
            r"beg[aiu]n\p{L}*|start(?:s|ed|ing)?|launch\p{L}*|beginn\p{L}*|begann\p{L}*|begonnen|start(?:et|ete|en|eten)|commenc\p{L}+|début\p{L}*|empez\p{L}+|empiez\p{L}+|comen[zç]\p{L}+|inici\p{L}+|inizi\p{L}+|cominci\p{L}+|нача\p{L}+|начн\p{L}+|начин\p{L}+|поча\p{L}+|почн\p{L}+"
        ),
        _words(
            r"end(?:s|ed|ing)?|finish\p{L}*|stopp?(?:s|ed|ing)?|halt(?:s|ed)?|ende(?:t|te|ten|n)?|beend\p{L}+|stopp\p{L}+|termin\p{L}+|achev\p{L}+|cess\p{L}+|acab\p{L}+|finaliz\p{L}+|concluy\p{L}+|encerr\p{L}+|conclu\p{L}+|finit\p{L}+|finisc\p{L}+|законч\p{L}+|заверш\p{L}+|прекрат\p{L}+|закінч\p{L}+|припин\p{L}+"
        ),
    ),
    (
        _words(
            r"(?:re)?open(?:s|ed|ing)?|(?:wieder)?(?:er)?öffn\p{L}+|geöffnet|offen|ouvr\p{L}+|ouvert\p{L}*|rouvr\p{L}+|abr(?:e|en|ió|ieron|iu|irá\p{L}*)|abiert\p{L}+|reabr\p{L}+|abert\p{L}+|apr(?:e|ono|ì|irà)|apert\p{L}+|riapr\p{L}+|откры\p{L}+|відкри\p{L}+"
        ),
        _words(
            r"clos(?:es?|ed|ing|ure)|shut\p{L}*|geschlossen|schließ\p{L}+|schloss\p{L}*|ferm\p{L}+|cerr(?:ó|a|ar\p{L}*|ad\p{L}+|aron)|cierr\p{L}+|fech\p{L}+|chius\p{L}+|chiud\p{L}+|закры\p{L}+|закри\p{L}+"
        ),
    ),
    (
        _words(
            r"confirm\p{L}*|admit\p{L}*|bestätig\p{L}+|gestand\p{L}*|confirm\p{L}+|reconn\p{L}+|avou\p{L}+|reconoc\p{L}+|admit\p{L}+|conferm\p{L}+|ammett\p{L}+|ammess\p{L}+|подтверд\p{L}+|призна(?:л|ла|ли|ло|ёт|ет)|підтверд\p{L}+|визна(?:в|ла|ли|ло)"
        ),
        _words(
            r"den(?:y|ies|ied|ying)|bestr(?:eit|itt)\p{L}*|dementier\p{L}+|démen\p{L}+|nie\p{L}*|niega\p{L}*|neg(?:ó|aron|ou|a|am|aram)|desmint\p{L}+|desment\p{L}+|smenti\p{L}+|опроверг\p{L}*|отрица\p{L}+|спростов?у\p{L}+|запереч\p{L}+"
        ),
    ),
    (
        _words(
            r"buys?|bought|buying|acquir\p{L}+|kauf(?:t|te|ten|en)|gekauft|erwarb\p{L}*|erwirb\p{L}*|übern[ai][hm]m\p{L}*|ach[eè]t\p{L}+|racheté?\p{L}*|acquier\p{L}+|compr(?:a|ó|ou|an|aron|ar\p{L}*|ato|ata|ado)|adquir\p{L}+|acquist\p{L}+|купи\p{L}+|приобр\p{L}+|придба\p{L}+"
        ),
        _words(
            r"sells?|sold|selling|verkauf\p{L}*|veräußer\p{L}+|vend\p{L}+|céd\p{L}+|прода\p{L}+"
        ),
    ),
    (
        _words(
            r"allow\p{L}*|permit\p{L}*|legali[sz]\p{L}+|erlaub\p{L}*|gestatt\p{L}+|autoris\p{L}+|permet\p{L}*|permi[ts]\p{L}+|autoriz\p{L}+|consent\p{L}+|разреш\p{L}+|дозвол\p{L}+"
        ),
        _words(
            r"bann?(?:s|ed|ing)?|forb[aio]d\p{L}*|prohibit\p{L}*|verb(?:iete|oten|ot)\p{L}*|interdi\p{L}+|prohib\p{L}+|pro[ií]b\p{L}+|viet\p{L}+|запре[тщ]\p{L}+|заборон\p{L}+"
        ),
    ),
    (
        _words(
            r"offer(?:s|ed|ing)?|biete[tn]?|bot(?:en)?|angeboten|offr\p{L}+|offert\p{L}*|propos\p{L}+|ofrec\p{L}+|oferec\p{L}+|предл\p{L}+|пропону\p{L}+|запропонув\p{L}+"
        ),
        _words(
            r"demand(?:s|ed|ing)|ask(?:s|ed|ing)? for|seek(?:s|ing)?|sought|forder\p{L}+|verlang\p{L}+|réclam\p{L}+|exig\p{L}+|pid(?:e|en|ió|ieron)|ped(?:e|iu|em|iram)|chied\p{L}+|chiest\p{L}+|требу\p{L}+|потреб\p{L}+|вимага\p{L}+"
        ),
    ),
    (
        _words(
            r"acquitt\p{L}+|innocent|cleared|freigesprochen|freispr\p{L}+|acquitt\p{L}+|absuel\p{L}+|absolv\p{L}+|assol\p{L}+|оправда\p{L}+|виправда\p{L}+"
        ),
        _words(
            r"convict\p{L}+|guilty|sentenced|verurteil\p{L}+|condamn\p{L}+|conden\p{L}+|condann\p{L}+|осужд\p{L}+|осудил\p{L}*|приговор\p{L}+|засуд\p{L}+"
        ),
    ),
    (
        _words(
            r"stay\p{L}*|remain\p{L}*|bleib\p{L}*|geblieben|rest(?:e|ent|é|era)|arriv\p{L}+|enter(?:s|ed|ing)?|join(?:s|ed|ing)?|ankam\p{L}*|angekommen|beitr\p{L}+|beigetreten|rejoin\p{L}*|rejoint|lleg\p{L}+|chegou|ingres\p{L}+|arriva\p{L}*|ader\p{L}+|прибы\p{L}+|вступи\p{L}+|прибу\p{L}+"
        ),
        _words(
            r"le(?:ft|aves?|aving)|depart\p{L}*|withdr\p{L}+|quit(?:s|ting)?|verließ\p{L}*|verlass\p{L}*|verläss\p{L}*|ausgetreten|quitt\p{L}+|abandon\p{L}+|salió|saiu|deix\p{L}+|lasci\p{L}+|покину\p{L}+|выш(?:ел|ла|ли)|залиш\p{L}+|вийш\p{L}+"
        ),
    ),
    (
        _words(r"more than|over|above|at least|über|mehr als|mindestens|plus d[e']?|más de|por encima|mais de|acima|più di|oltre|sopra|более|больше|выше|понад|більше|вище"),
        _words(r"less than|fewer than|below|at most|under|unter|weniger als|höchstens|moins d[e']?|menos de|por debajo|abaixo|meno di|sotto|менее|меньше|ниже|менше|нижче"),
    ),
    (
        _words(r"present|attend\p{L}*|anwesend|présente?s?|asist\p{L}+|presentes?|presenti|assistiu|присутств\p{L}+|присутн\p{L}+"),
        _words(r"absent|missed|abwesend|fehlte\p{L}*|absente?s?|ausentes?|faltou|assent[ei]|отсутств\p{L}+|відсутн\p{L}+"),
    ),
    (
        _words(r"before|vor|bevor|avant|antes|prima|перед|раньше|до того|раніше"),
        _words(r"after|nach|nachdem|après|después|depois|dopo|после|після"),
    ),
)  # fmt: skip
_NEGATION = _words(
    r"not|never|no|none|nobody|nothing|neither|nor|cannot|\p{L}+n['’]t",
    r"nicht|kein\p{L}*|nie|niemals|niemand|nichts|weder",
    r"ne|n['’](?=\p{L})\p{L}+|pas|jamais|aucune?|nunca|jamás|ningun[oa]?|ningún|nadie|nada|tampoco",
    r"não|nenhum\p{L}*|ninguém|non|mai|nessun\p{L}*|не|ни|нет|никогда|никто|ничего|ні|немає|ніколи|ніхто",
)
# "No fewer than", "not only" and similar phrases do not negate their clause.
_NO_NEGATION = _words(
    r"not only|no (?:fewer|less|more|later) than|no longer than|nicht nur|nicht weniger als|non seulement|pas seulement|no sólo|no solo|não só|non solo|не только|не лише|не менее|не менше"
)
_LEXICAL_NEGATIVE = _words(
    r"without|ohne|sans|sin|sem|senza|без|los(?:es?|t|ing)|fail\p{L}*|absent|absence|refus\p{L}+|declin\p{L}+|den(?:y|ies|ied)|reject\p{L}*|lack\p{L}*|avoid\p{L}*|cancel\p{L}*|stopp?\p{L}*|halt\p{L}*|suspend\p{L}*|prevent\p{L}*|ban\p{L}*|unharmed|unlikely|impossible|missing|miss(?:ed|es)|ruled? out|rules out|against|less|neither|few|hardly|barely",
    r"verweiger\p{L}+|lehn\p{L}+|abgelehnt|fehl\p{L}+|verzicht\p{L}*|vermeid\p{L}+|abgesagt|verhinder\p{L}+|verb(?:ot|iet)\p{L}*|ausgeschlossen|schließt|un\p{L}{5,}|gegen|kaum",
    r"refus\p{L}+|évit\p{L}+|annul\p{L}+|suspen\p{L}+|empêch\p{L}+|manqu\p{L}+|exclu\p{L}*|évite\p{L}*|rechaz\p{L}+|neg(?:ó|ou|a)|evit\p{L}+|cancel\p{L}+|descart\p{L}+|falt\p{L}+|recus\p{L}+|rejeit\p{L}+|rifiut\p{L}+|manc\p{L}+|esclu\p{L}+|annull\p{L}+|impedi\p{L}+|sospes\p{L}+",
    r"отказ\p{L}+|отмен\p{L}+|отсутств\p{L}+|избеж\p{L}+|исключ\p{L}+|отверг\p{L}*|отклон\p{L}+|запре\p{L}+|невозмож\p{L}+|відмов\p{L}+|скасов?\p{L}+|уник\p{L}+|виключ\p{L}+|відхил\p{L}+|заборон\p{L}+|бракує|неможлив\p{L}+",
)
_POSSIBLE = _words(
    r"(?<!\d )may(?!,? \d)|might|could|possibl[ey]|perhaps|maybe|potential(?:ly)?|alleged(?:ly)?|reportedly|likely|suspected|if|whether",
    r"könnte\p{L}*|kann|können|peut|peuvent|puede|pueden|pode|podem|può|possono|möglich\p{L}*|vielleicht|mutmaßlich\p{L}*|angeblich\p{L}*|dürfte\p{L}*|falls|ob",
    r"pourrai\p{L}*|peut-être|éventuel\p{L}*|possible\p{L}*|podría\p{L}*|quizás?|tal vez|posible\p{L}*|poderia\p{L}*|talvez|possível|possíveis|potrebbe\p{L}*|forse|possibil\p{L}+|presunt\p{L}+|supuest\p{L}+|presum\p{L}+",
    r"возможно|может|могут|мог(?:ла|ло|ли)? бы|вероятно|якобы|бы|можливо|може|можуть|міг би|могл[аио] б|ймовірно|нібито|б|би",
)
_PLANNED = _words(
    r"plans?|planned|planning|wants?|wanted|intends?|intended|propos\p{L}+|consider\p{L}*|calls? for|called for|demand(?:s|ed|ing)?|threaten\p{L}*|hopes?|hoped|aims?|aimed|seeks?|sought|should|must|urg(?:es?|ed)|asked|asks|offer\p{L}*|promis\p{L}+|expect\p{L}*|forecast\p{L}*|ready to|tr(?:y|ies|ied) to|would like",
    r"plan(?:t|te|ten|en)|geplant\p{L}*|will|wollen|wollte\p{L}*|möchte\p{L}*|erwäg\p{L}+|forder\p{L}+|droh\p{L}+|hoff\p{L}+|soll\p{L}*|beabsichtig\p{L}+|vorgeschlagen|schl[aäu]g\p{L}* [^,;]{1,80} vor|erwart\p{L}+|verlang\p{L}+|versprach\p{L}*|verspricht",
    r"prévoi\p{L}+|veut|veulent|voulai\p{L}+|envisag\p{L}+|propos\p{L}+|menac\p{L}+|espèr\p{L}+|compte|devrai\p{L}*|planea\p{L}*|quier\p{L}+|quería\p{L}*|propon\p{L}+|propuso|amenaz\p{L}+|esper\p{L}+|prevé\p{L}*|pretend\p{L}+|estudia\p{L}*|planeja\p{L}*|quer(?:em|ia)?|propõe|propôs|ameaç\p{L}+|vuol\p{L}+|vogli\p{L}+|intend\p{L}+|propost\p{L}+|minacci\p{L}+|sper\p{L}+|prevede\p{L}*|dovrebb\p{L}+|valuta",
    r"планир\p{L}+|хо(?:чет|тят|тел\p{L}*)|намер\p{L}+|предл\p{L}+|требу\p{L}+|угрож\p{L}+|надеет\p{L}*|рассматрив\p{L}+|собира\p{L}+|плану\p{L}+|хоч\p{L}+|хот\p{L}+|ма\p{L}{1,4} намір|пропону\p{L}+|запропонув\p{L}+|вимага\p{L}+|погрож\p{L}+|розгляда\p{L}+|сподіва\p{L}+",
)
_FUTURE = _words(
    r"will|would|shall|going to|set to|due to|to|won['’]t|werden|wird|würde\p{L}*|va|vont|allait|ir[áà]|irão|van a|vai|vão|буд(?:ет|ут|е|уть)|\p{L}{3,}(?:ará|erá|irá|arán|erán|irán|arão|erão|irão|erà|irà|eranno|iranno|era|eront)"
)


def signs(text: str) -> dict[int, set[int]]:
    """Return the signs of ``text`` on each axis that occurs in it: 1, -1, or 0 for no change."""
    negated = is_negated(text)
    result: dict[int, set[int]] = {}
    for axis, sides in enumerate(_AXES):
        for sign, side in zip((1, -1, 0), sides, strict=False):
            if side.search(text):
                result.setdefault(axis, set()).add(-sign if negated else sign)
    return result


def raw_signs(text: str) -> dict[int, set[int]]:
    """Return the signs of ``text`` without regard to its negation."""
    negated = is_negated(text)
    return {
        axis: {-sign if negated else sign for sign in sides} for axis, sides in signs(text).items()
    }


def is_negated(text: str) -> bool:
    """Return True if ``text`` contains a negation."""
    return _NEGATION.search(_NO_NEGATION.sub(" ", text)) is not None


def has_negative_word(text: str) -> bool:
    """Return True if ``text`` has a word that includes a negation, such as "fail"."""
    return _LEXICAL_NEGATIVE.search(text) is not None


def without_negation(text: str) -> str:
    """Return ``text`` without its negations."""
    return _NEGATION.sub(" ", text)


def is_uncertain(text: str) -> bool:
    """Return True if ``text`` states a possibility or a plan, not a fact."""
    return _POSSIBLE.search(text) is not None or _PLANNED.search(text) is not None


def is_future(text: str) -> bool:
    """Return True if ``text`` has a future verb."""
    return _FUTURE.search(text) is not None
