"""What stands between a reader and an article: a paywall, a login, a question about cookies.

    declared (JSON-LD, meta) or said (in the words of many languages)
    and little text was found                                       ──► Wall(kind, reason)

A page full of text is never walled, whatever it declares: many publishers call free to read what they
show to nobody, and not free what they show to all. A short text beside such words may be whole; so a
wall is a remark for people, never a reason to drop what was read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import regex

from watchers.text.linked_data import LinkedData

WallKind = Literal["paywall", "login", "consent", "script"]

_STUB: Final = 1_500
"""Characters below which an article that asks for money is only its beginning."""

_DECLARED_STUB: Final = 2_500
"""The same where the publisher declares that it is not free."""

_TEASER: Final = 5_000
"""The same where the text itself ends with the request."""

_BANNER: Final = 600
"""Characters below which the text of a page that asks for consent or a login is no article."""

_NOTHING: Final = 200
_ENDING: Final = 300  # characters at the end of a text in which a request stands
_WHOLE: Final = 0.7  # share of the declared words that is as good as all
_CONSENT_HOST: Final = ("consent.", "guce.", "cmp.", "privacy.", "myprivacy.")

_PAYWALL: Final = regex.compile(
    r"(?:subscribe|sign up|register|join|log ?in)(?: now| today)?(?: to| and)(?: continue| keep)(?: on)? reading"
    r"|subscribe (?:now )?(?:to|for) (?:read|unlock|access|full access)|(?:to )?(?:continue|keep) reading(?: this \w+)?,? (?:please )?(?:subscribe|become|log in|sign in|register)"
    r"|(?:article|story|content|page)s? (?:is|are) (?:only |exclusively )?(?:available )?(?:only |exclusively )?(?:for|to) (?:our )?(?:paid |paying |premium )?(?:subscribers|members)"
    r"|(?:for )?(?:subscribers|members)[- ]only|unlock (?:this|the full) (?:article|story)|become a (?:subscriber|member) to (?:read|continue)"
    r"|(?:reached|used) (?:your|all (?:of )?your)(?: monthly)?(?: limit of)?(?: \w+)? free (?:articles|stories)"
    r"|weiterlesen mit|jetzt (?:weiterlesen|testen und (?:lesen|weiterlesen))|(?:nur|exklusiv) für (?:unsere )?abonnent|mit \S+ (?:abo|plus) (?:weiter)?lesen"
    r"|artikel freischalten|abonnieren sie,? um|dieser (?:artikel|inhalt) ist (?:nur )?(?:für|exklusiv)"
    r"|réservée? (?:à nos|aux) abonné|abonnez-vous pour (?:lire|continuer|accéder|profiter)|la suite (?:de cet article )?est réservée|pour lire la suite"
    r"|suscr[ií]b(?:ete|ase) para (?:seguir|continuar|leer|acceder)|(?:exclusiv[oa]|s[oó]lo) para (?:nuestros )?suscriptores|para seguir leyendo"
    r"|abbonati per (?:leggere|continuare|accedere)|(?:riservato|esclusivo|solo) (?:agli|per gli|ai nostri) abbonati|continua a leggere con"
    r"|assine para (?:ler|continuar)|(?:exclusivo|apenas|só) para assinantes"
    r"|abonneer (?:je |u )?(?:nu )?om (?:verder )?te lezen|(?:alleen|exclusief|enkel) voor abonnees|verder lezen\? abonneer"
    r"|(?:tylko )?dla (?:prenumerator|subskrybent)|wykup (?:dostęp|subskrypcję)|(?:endast|bara|kun|bare) (?:för|for) (?:prenumeranter|abonnent)|vain tilaajille"
    r"|только (?:для )?(?:подписчик|по подписке)|оформите подписку,? чтобы|(?:лише|тільки) для передплатник|оформіть передплату"
    r"|abone olarak (?:okumaya )?devam|(?:sadece|yalnızca) aboneler|μόνο για συνδρομητές|pouze pro předplatitele|csak előfizetőknek|doar pentru abonați"
    r"|会員限定|この記事は有料|続きを読むには|有料記事|订阅后?(?:可以?)?(?:继续)?阅读|付费(?:阅读|内容)|訂閱.{0,6}閱讀|구독자 전용|유료 (?:회원|기사)"
    r"|للمشتركين فقط|اشترك (?:لمتابعة|لقراءة)|למנויים בלבד|केवल सदस्यों",
    regex.IGNORECASE,
)
_LOGIN: Final = regex.compile(
    r"(?:log|sign) ?in to (?:continue|read|view|see|access)|please (?:log|sign) in|you (?:must|need to) (?:be logged|log|sign) in"
    r"|melden sie sich an,? um|anmelden,? um|bitte (?:loggen|melden) sie sich|connectez-vous pour|inicia sesión para|accedi per|faça login para|log in om"
    r"|zaloguj się,? (?:aby|żeby)|logga in för att|войдите,? чтобы|увійдіть,? щоб|giriş yap|ログインして|登录后|登入後|로그인 (?:후|이 필요)|سجل الدخول",
    regex.IGNORECASE,
)
_CONSENT: Final = regex.compile(
    r"before you continue to|(?:value|respect|care about)s? your privacy|accept (?:all|cookies|and continue)|(?:agree|consent) and (?:continue|proceed|close)"
    r"|alle(?: cookies)? akzeptieren|zustimmen und weiter|mit werbung (?:weiter|lesen)|tout accepter|accepter (?:et|les cookies)|continuer sans accepter"
    r"|aceptar (?:todo|todas|cookies|y)|accett[ao] (?:tutt|e continua|i cookie)|aceitar (?:tudo|todos|cookies)|alles accepteren|cookies accepteren|akkoord en"
    r"|akceptuj|zgadzam się|acceptera alla|godta alle|accepter alle|принять все|прийняти все|tümünü kabul|přijmout vše|elfogadom|すべて同意|同意して続ける|接受所有|모두 동의",
    regex.IGNORECASE,
)
_SCRIPT: Final = regex.compile(
    r"(?:enable|turn on|activate|allow|requires?|needs?|without) java ?script|java ?script (?:is |must be |to be )?(?:disabled|required|not enabled|enabled|turned)"
    r"|java ?script (?:aktivier|einschalten|ist deaktiviert)|activer (?:le )?java ?script|activ[ae] (?:el )?java ?script|(?:habilit|abilit)[ae] (?:il |o )?java ?script"
    r"|включите java ?script|увімкніть java ?script|javascript を有効|启用 ?javascript|請啟用 ?javascript",
    regex.IGNORECASE,
)
_REASONS: Final[dict[WallKind, str]] = {
    "paywall": "only its beginning can be read without a subscription",
    "login": "the site shows it only to readers who are logged in",
    "consent": "the site asks about cookies before it shows the article",
    "script": "its text only appears in a browser that runs scripts",
}


@dataclass(frozen=True, slots=True)
class Wall:
    """Why an article is not whole, or not there; ``reason`` says it to a person."""

    kind: WallKind

    @property
    def reason(self) -> str:
        """One clause, to follow the name of the page."""
        return _REASONS[self.kind]

    @property
    def hides_all(self) -> bool:
        """Whether what was read is the wall's own text, and nothing of the article."""
        return self.kind != "paywall"


def find_wall(
    article: str, seen: str, declared: LinkedData, *, host: str = "", tier: str = ""
) -> Wall | None:
    """What hides the article.

    Args:
        article: the text that was found.
        seen: all that a reader sees on the page, menus left out.
        declared: what the page says in JSON-LD.
        host: of the address that answered in the end.
        tier: the page's "article:content_tier" ("free", "metered", "locked").
    """
    length = len(article)
    # A short article below a banner is an article all the same.
    asked = article if length >= _NOTHING else seen
    if host.startswith(_CONSENT_HOST) or (length < _BANNER and _CONSENT.search(asked)):
        return Wall("consent")
    if _is_behind_paywall(article, seen, declared, tier):
        return Wall("paywall")
    if length < _BANNER and _LOGIN.search(article or seen):
        return Wall("login")
    if length < _NOTHING and _SCRIPT.search(seen):
        return Wall("script")
    return None


def _is_behind_paywall(article: str, seen: str, declared: LinkedData, tier: str) -> bool:
    length = len(article)
    if declared.words is not None and len(article.split()) >= _WHOLE * declared.words > 0:
        return False
    if length < _TEASER and _PAYWALL.search(article[-_ENDING:]):
        return True
    if length < _DECLARED_STUB and (declared.is_free is False or tier.lower() == "locked"):
        return True
    return length < _STUB and declared.is_free is not True and _PAYWALL.search(seen) is not None
