"""Detect sentences that depend on the previous one ("He said …", "But …")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

import regex

from watchers.text.function_words import languages_by_word

# The first words of dependent sentences per language: pronouns, connectives and references.
_BEGINNINGS: Final = {
    "en": (
        "he|she|they|it|him|her|his|hers|their|theirs|its|this|these|those|such|both|but|and|or|"
        "so|yet|nor|then|thus|hence|however|therefore|moreover|furthermore|additionally|besides|"
        "instead|otherwise|nevertheless|nonetheless|still|also|likewise|similarly|consequently|"
        "accordingly|meanwhile|afterwards|afterward|later|the two|the three|the latter|"
        "the former|the pair|the same|others|other|another|as a result|in turn|in addition|"
        "in contrast|in response|in return|in other words|by contrast|on the other hand|"
        "for example|for instance|for this|for that|that is|that was|that said|that includes|"
        "that comes|that means|that would|that will|that has|that had|that came|that could|"
        "because of this|because of that|despite this|despite that|among them|one of them|"
        "at the same time|after that|before that|since then|until then|there"
    ),
    "de": (
        "er|sie|es|ihr|ihren|ihrem|ihrer|ihres|ihre|sein|seinen|seinem|seiner|seines|seine|dies|"
        "diesen|diesem|dieser|dieses|diese|jenen|jenem|jener|jenes|jene|solchen|solchem|solcher|"
        "solches|solche|beide|aber|doch|und|oder|denn|so|dann|daher|deshalb|darum|deswegen|"
        "dennoch|trotzdem|jedoch|außerdem|zudem|auch|dabei|dafür|dagegen|damit|danach|dadurch|"
        "daraufhin|hingegen|allerdings|stattdessen|zugleich|gleichzeitig|später|letzteren|"
        "letzterem|letzterer|letzteres|letztere|darunter|somit|darüber hinaus|da ist|da war"
    ),
    "fr": (
        "il|elle|ils|elles|lui|leurs|leur|son|sa|ses|ce|cela|ceci|ces|cette|cet|c’est|mais|et|ou|"
        "or|donc|puis|ensuite|ainsi|alors|pourtant|toutefois|cependant|néanmoins|en outre|"
        "en effet|en revanche|en conséquence|par ailleurs|par exemple|par contre|par conséquent|"
        "de plus|aussi|celui-ci|celle-ci|ceux-ci|tous deux|au contraire|quant à lui|parmi eux"
    ),
    "es": (
        "él|ella|ellos|ellas|esto|eso|estes|este|estas|esta|estos|eses|ese|esas|esa|esos|su|sus|"
        "pero|y|e|o|además|también|sin embargo|no obstante|por eso|por ello|por tanto|"
        "por lo tanto|por ejemplo|por su parte|por otro lado|entonces|luego|así|asimismo|"
        "en cambio|ambos|ambas|aunque|mientras tanto|aquella|aquellos|aquellas|aquel|dicho|dicha"
    ),
    "pt": (
        "ele|ela|eles|elas|isso|isto|aquilo|esses|esse|essas|essa|estes|este|estas|esta|seu|sua|"
        "seus|suas|mas|e|ou|além disso|também|no entanto|porém|contudo|entretanto|todavia|"
        "por isso|por exemplo|por outro lado|por sua vez|então|assim|ambos|ambas|já"
    ),
    "it": (
        "lui|lei|egli|ella|essi|esse|loro|suo|sua|suoi|ciò|questo|questa|questi|queste|quello|"
        "quella|quelli|quelle|ma|e|o|però|tuttavia|inoltre|anche|quindi|perciò|così|poi|infatti|"
        "entrambi|entrambe|invece|dunque|nel frattempo"
    ),
    "nl": (
        "hij|zij|ze|het is|dit|deze|dat is|die|hun|haar|zijn|maar|en|of|ook|echter|daarom|"
        "daarnaast|bovendien|dus|toch|daarna|vervolgens|toen|beide|zo"
    ),
    "sv": (
        "han|hon|hun|de|dem|den|det|detta|dette|denna|denne|dessa|disse|hans|hennes|hendes|deras|"
        "deres|men|och|og|också|også|dock|dog|därför|derfor|dessutom|dessuten|desuden|sedan|så|"
        "båda|begge|samtidigt|samtidig|likevel|imidlertid"
    ),
    "pl": (
        "on|ona|ono|oni|one|jego|jej|ich|to|ten|ta|te|ci|ale|i|a|lub|jednak|również|także|"
        "ponadto|dlatego|więc|zatem|potem|następnie|obaj|tymczasem|natomiast|jeho|její|jejich|"
        "tento|tato|toto|však|také|proto|navíc|pak|oba|mezitím|ovšem"
    ),
    "ru": (
        "он|она|оно|они|его|ее|её|их|это|этот|эта|эти|такой|такая|такие|оба|обе|но|и|а|или|"
        "однако|также|кроме того|поэтому|затем|потом|тогда|таким образом|при этом|тем не менее|"
        "в свою очередь|зато|между тем|тем временем|кроме этого|впрочем"
    ),
    "uk": (
        "він|вона|воно|вони|його|її|їх|це|цей|ця|ці|такий|така|такі|обидва|обидві|але|і|й|та|а|"
        "або|однак|проте|також|крім того|тому|потім|тоді|отже|при цьому|водночас|тим часом|"
        "своєю чергою|утім|втім"
    ),
    "tr": (
        "o|onlar|onun|bu|bunlar|bunun|şu|ama|fakat|ancak|ve|veya|ayrıca|bu nedenle|böylece|sonra|"
        "ardından|öte yandan|bununla birlikte|ikisi"
    ),
    "id": (
        "dia|ia|mereka|ini|itu|tetapi|namun|dan|atau|juga|selain itu|oleh karena itu|kemudian|"
        "lalu|keduanya|sementara itu"
    ),
    "ar": ("هو|هي|هم|هذا|هذه|هؤلاء|ذلك|تلك|لكن|ولكن|كما|لذلك|ثم|إلا أن|غير أن|ومع ذلك"),
    "he": ("הוא|היא|הם|הן|זה|זאת|אלה|אבל|אך|גם|לכן|אולם|עם זאת|בנוסף|אז"),
    "hi": (
        "वह|वे|उन्होंने|उसने|उनका|उनकी|उनके|उसका|उसकी|यह|ये|इस|इसके|इससे|लेकिन|और|परंतु|किंतु|"
        "हालांकि|साथ ही|इसलिए|फिर|दोनों"
    ),
}
_OPENERS: Final = {
    "en": "a an while although though despite during since when where what who how why according all"
    " some many most more few several each every no not only if because between among about around"
    " before until under through within without amid along across near there here now today",
}
"""Further words that start a sentence with a capital and are not names."""

_SIMILAR_LANGUAGES: Final = {
    "da": "sv",
    "no": "sv",
    "cs": "pl",
    "sk": "pl",
    "gl": "pt",
    "ms": "id",
    "be": "ru",
}
_UNSPACED: Final = regex.compile(
    r"他们?|她们?|它们?|这|那(?!时)|此|但是?|然而|不过|而且?|并且|所以|因此|同时|另外|此外|随后|之后|还|也|其|双方|两人|他們|她們|這|但|不過|同時|"
    r"彼|彼女|彼ら|これ|それ|その|この|こうした|そうした|しかし|だが|ただ|また|さらに|そして|一方|同氏|同社|同省|両氏|両者|なお|そのため|"
    r"그(?:는|녀|들|의|가)?\s|이(?:는|에|것|러한)?\s|하지만|그러나|또한?\s|그리고|이어|한편|따라서|반면"
)
# "Kim, in turn, voiced …" refers to the previous sentence.
_CONNECTIVE_AFTER_SUBJECT: Final = regex.compile(
    r"^[^,]{1,60}, (?:in turn|however|too|also|meanwhile|for (?:his|her|its|their) part|by contrast|on the other hand|therefore|instead|then),",
    regex.IGNORECASE,
)
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}’-]+")
# Only the start of a sentence is examined.
_MAX_START_CHARS: Final = 90
_QUOTES: Final = frozenset('“„"«「『‘')
_LEADING_MARKS: Final = "—–- ([•*·"
_ONLY_QUOTED: Final = regex.compile(r"[“„\"«「『][^“”„\"«»「」『』]*[”“\"»」』][.!?…]?")


class DependencyDetector:
    """Detects dependent sentences of one language; in an unknown language it detects few."""

    def __init__(self, language: str | None = None) -> None:
        primary = (language or "").partition("-")[0].lower()
        self._beginnings = _by_first_word(_SIMILAR_LANGUAGES.get(primary, primary))

    def depends_on_previous(self, sentence: str) -> bool:
        """Return True if a reader needs the previous sentence to understand ``sentence``."""
        if _ONLY_QUOTED.fullmatch(sentence):
            # The sentence does not name the speaker.
            return True
        if sentence[:1] in _QUOTES:
            # Pronouns inside a quotation do not refer to the previous sentence, and the speaker follows.
            return False
        bare = sentence.lstrip(_LEADING_MARKS)[:_MAX_START_CHARS]
        words = _WORD.findall(bare.casefold().replace("'", "’"))
        beginnings = self._beginnings.get(words[0], ()) if words else ()
        if any(words[: len(beginning)] == beginning for beginning in beginnings):
            return True
        if _UNSPACED.match(bare) is not None:
            return True
        return ", " in bare and _CONNECTIVE_AFTER_SUBJECT.match(bare) is not None


@cache
def beginnings(language: str) -> frozenset[str]:
    """Return the words that start sentences of ``language`` with a capital and are not names."""
    primary = language.partition("-")[0].lower()
    primary = _SIMILAR_LANGUAGES.get(primary, primary)
    function_words = {
        word for word, languages in languages_by_word().items() if primary in languages
    }
    return frozenset(
        function_words.union(_by_first_word(primary), _OPENERS.get(primary, "").split())
    )


@cache
def _by_first_word(language: str) -> Mapping[str, Sequence[list[str]]]:
    by_first_word: dict[str, list[list[str]]] = {}
    for beginning in _BEGINNINGS.get(language, "").split("|"):
        words = _WORD.findall(beginning.casefold())
        if words:
            by_first_word.setdefault(words[0], []).append(words)
    return by_first_word
