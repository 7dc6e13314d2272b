"""Detect access barriers of an article page: a paywall, a login, a cookie dialog, required scripts.

    declared (JSON-LD, meta) or visible (phrases in many languages)
    and little text was found                                     ──► AccessBarrier(kind)

A page with much text never has a barrier, whatever it declares: many publishers declare hidden articles
as free, and public ones as not free. A short text next to such a phrase may be complete. So a barrier is
information for the user, never a reason to drop the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import regex

from watchers.text.json_ld import LinkedData
from watchers.text.lazy_pattern import LazyPattern

BarrierKind = Literal["paywall", "login", "consent", "script"]

# A text below this length is only the beginning if the page asks for a subscription, …
_MAX_STUB_CHARS: Final = 1_500
# … if the publisher declares that the article is not free, …
_MAX_DECLARED_STUB_CHARS: Final = 2_500
# … or if the text itself ends with the request.
_MAX_TEASER_CHARS: Final = 5_000
# The text of a page that asks for consent or a login is not an article below this length.
_MAX_DIALOG_CHARS: Final = 600
# A shorter text is not an article at all.
_MIN_ARTICLE_CHARS: Final = 200
# The end of a text, which may contain the request.
_ENDING_CHARS: Final = 300
# An article with this share of its declared words is complete: publishers count words differently.
_COMPLETE_WORD_SHARE: Final = 0.7
_CONSENT_HOST_PREFIXES: Final = ("consent.", "guce.", "cmp.", "privacy.", "myprivacy.")

_PAYWALL: Final = LazyPattern(
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
_LOGIN: Final = LazyPattern(
    r"(?:log|sign) ?in to (?:continue|read|view|see|access)|please (?:log|sign) in|you (?:must|need to) (?:be logged|log|sign) in"
    r"|melden sie sich an,? um|anmelden,? um|bitte (?:loggen|melden) sie sich|connectez-vous pour|inicia sesión para|accedi per|faça login para|log in om"
    r"|zaloguj się,? (?:aby|żeby)|logga in för att|войдите,? чтобы|увійдіть,? щоб|giriş yap|ログインして|登录后|登入後|로그인 (?:후|이 필요)|سجل الدخول",
    regex.IGNORECASE,
)
_CONSENT: Final = LazyPattern(
    r"before you continue to|(?:value|respect|care about)s? your privacy|accept (?:all|cookies|and continue)|(?:agree|consent) and (?:continue|proceed|close)"
    r"|alle(?: cookies)? akzeptieren|zustimmen und weiter|mit werbung (?:weiter|lesen)|tout accepter|accepter (?:et|les cookies)|continuer sans accepter"
    r"|aceptar (?:todo|todas|cookies|y)|accett[ao] (?:tutt|e continua|i cookie)|aceitar (?:tudo|todos|cookies)|alles accepteren|cookies accepteren|akkoord en"
    r"|akceptuj|zgadzam się|acceptera alla|godta alle|accepter alle|принять все|прийняти все|tümünü kabul|přijmout vše|elfogadom|すべて同意|同意して続ける|接受所有|모두 동의",
    regex.IGNORECASE,
)
_SCRIPT: Final = LazyPattern(
    r"(?:enable|turn on|activate|allow|requires?|needs?|without) java ?script|java ?script (?:is |must be |to be )?(?:disabled|required|not enabled|enabled|turned)"
    r"|java ?script (?:aktivier|einschalten|ist deaktiviert)|activer (?:le )?java ?script|activ[ae] (?:el )?java ?script|(?:habilit|abilit)[ae] (?:il |o )?java ?script"
    r"|включите java ?script|увімкніть java ?script|javascript を有効|启用 ?javascript|請啟用 ?javascript",
    regex.IGNORECASE,
)
_NOTICE: Final = LazyPattern(
    r"(?:use|uses|using|store|accept|allow|about|our|these|of) (?:\w{1,15} )?cookies|cookies? (?:policy|settings|preferences|notice|are (?:small|necessary))|personali[sz]ed (?:ads|advertising|content)"
    r"|(?:verwende[nt]?|nutz(?:en|t)|setz(?:en|t)|akzeptieren) (?:\w{1,15} )?cookies|cookie-?(?:einstellungen|richtlinie)|datenschutzerklärung"
    r"|(?:utilis(?:ons|e|ent)|acceptez|paramétrer) (?:\w{1,15} )?(?:\w{1,15} )?cookies|politique (?:de|relative aux) (?:cookies|confidentialité)"
    r"|(?:utiliza(?:mos)?|usamos|aceptar?|política de) (?:\w{1,15} )?(?:las )?cookies|política de privacidad(?:e)?"
    r"|(?:utilizziamo|utilizza|usa|accett\w{1,15}) (?:\w{1,15} )?(?:i )?cookie|informativa sulla privacy|(?:gebruik(?:t|en)?|maakt gebruik van) (?:\w{1,15} )?cookies"
    r"|(?:używa(?:my)?|wykorzystuje(?:my)?|korzysta(?:my)?) (?:\w{1,15} )?(?:z )?plik\w{0,15} cookies?|polityk[aię] prywatności|(?:använder|bruker|bruger) (?:\w{1,15} )?(?:cookies|kakor|informasjonskapsler)"
    r"|использ\w{1,15} (?:файл\w{0,15} )?cookie|файл\w{0,15} cookie|політик\w{1,15} конфіденційності|політик\w{1,15} cookie|политик\w{1,15} конфиденциальности|çerez\w{0,15} (?:kullan|politika)|používá(?:me)? (?:soubory )?cookies"
    r"|クッキー(?:を|ポリシー)|Cookieを使用|プライバシーポリシー|使用\s?cookies?|隐私政策|隱私權政策|쿠키(?:를|\s?정책)|개인정보\s?처리방침|ملفات تعريف الارتباط|סיבות? לעוגיות|קובצי cookie"
    r"|passwords? (?:must|should|needs? to|has to) (?:be|contain|have|include)|(?:forgot|reset|change|choose|enter) (?:your |a |the )?(?:new )?password|at least \d{1,3} characters"
    r"|(?:passwort|kennwort) (?:muss|vergessen|zurücksetzen)|mot de passe (?:doit|oublié)|contraseña (?:debe|olvidada)|¿?olvidaste tu contraseña|senha deve|esquece[ur]\w{0,15} (?:a |sua )?senha"
    r"|password (?:deve|dimenticata)|wachtwoord (?:moet|vergeten)|hasło (?:musi|powinno)|парол\w{1,15} (?:долж|має|повинен)|забыли пароль|şifre(?:niz)? en az|パスワードを?(?:忘れ|入力)|密码(?:必须|至少)|忘记密码|비밀번호",
    regex.IGNORECASE,
)
# A longer text is an article about such a subject.
_MAX_NOTICE_CHARS: Final = 1_500
_NOTICE_SHARE: Final = 0.5
_REASONS: Final[dict[BarrierKind, str]] = {
    "paywall": "only the beginning can be read without a subscription",
    "login": "the site requires a login",
    "consent": "the site asks for cookie consent before it shows the article",
    "script": "the text is only visible in a browser with scripts",
}


@dataclass(frozen=True, slots=True)
class AccessBarrier:
    """The reason why an article is incomplete or missing."""

    kind: BarrierKind

    @property
    def reason(self) -> str:
        """Return a clause that follows the name of the page."""
        return _REASONS[self.kind]

    @property
    def hides_all(self) -> bool:
        """Return True if the text is that of the barrier and contains no part of the article."""
        return self.kind != "paywall"


def is_notice(paragraphs: list[str]) -> bool:
    """Return True if a short text consists mostly of a cookie note, password rules or similar."""
    length = sum(map(len, paragraphs))
    if length >= _MAX_NOTICE_CHARS:
        return False
    notice_length = sum(len(paragraph) for paragraph in paragraphs if _NOTICE.search(paragraph))
    return notice_length > _NOTICE_SHARE * length


def detect_barrier(
    article: str, visible: str, declared: LinkedData, *, host: str = "", tier: str = ""
) -> AccessBarrier | None:
    """Return the barrier that hides the article, or None.

    Args:
        article: the text of the article.
        visible: all visible text of the page without its menus.
        declared: the JSON-LD data of the page.
        host: the host of the final address after redirects.
        tier: the meta value "article:content_tier" ("free", "metered", "locked").
    """
    length = len(article)
    # A cookie banner above a short article does not make it a barrier.
    searched = article if length >= _MIN_ARTICLE_CHARS else visible
    if host.startswith(_CONSENT_HOST_PREFIXES) or (
        length < _MAX_DIALOG_CHARS and _CONSENT.search(searched)
    ):
        return AccessBarrier("consent")
    if _is_behind_paywall(article, visible, declared, tier):
        return AccessBarrier("paywall")
    if length < _MAX_DIALOG_CHARS and _LOGIN.search(article or visible):
        return AccessBarrier("login")
    if length < _MIN_ARTICLE_CHARS and _SCRIPT.search(visible):
        return AccessBarrier("script")
    return None


def _is_behind_paywall(article: str, visible: str, declared: LinkedData, tier: str) -> bool:
    length = len(article)
    if (
        declared.word_count is not None
        and len(article.split()) >= _COMPLETE_WORD_SHARE * declared.word_count > 0
    ):
        return False
    if length < _MAX_TEASER_CHARS and _PAYWALL.search(article[-_ENDING_CHARS:]):
        return True
    is_declared_paid = declared.is_free is False or tier.lower() == "locked"
    if length < _MAX_DECLARED_STUB_CHARS and is_declared_paid:
        return True
    return (
        length < _MAX_STUB_CHARS
        and declared.is_free is not True
        and _PAYWALL.search(visible) is not None
    )
