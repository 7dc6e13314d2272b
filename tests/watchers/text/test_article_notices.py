"""Pages that contain a notice instead of an article give no article, and say so."""

from datetime import UTC, datetime

import pytest

from watchers.text.access_barriers import is_notice
from watchers.text.article import read_article

NOW = datetime(2026, 6, 1, tzinfo=UTC)
NOTICES = {
    "en": "We use cookies and similar technologies to improve your experience on this site and to measure "
    "how it is used. You can change your cookie settings at any time.",
    "de": "Wir verwenden Cookies, um Ihnen das beste Erlebnis zu bieten. Weitere Hinweise finden Sie in "
    "unserer Datenschutzerklärung und unter Cookie-Einstellungen.",
    "fr": "Nous utilisons des cookies pour mesurer l’audience de ce site et pour afficher des annonces. "
    "Consultez notre politique relative aux cookies.",
    "es": "Utilizamos cookies propias y de terceros para mejorar nuestros servicios. Consulte nuestra "
    "política de privacidad para saber más.",
    "ru": "Мы используем файлы cookie, чтобы сайт работал лучше. Подробности – на отдельной странице.",
    "password": "Your password must contain at least 8 characters, one number and one capital letter. "
    "Choose a new password that you have not used before.",
    "passwort": "Ihr Passwort muss mindestens acht Zeichen enthalten. Passwort vergessen? Fordern Sie ein "
    "neues an, das Sie noch nie benutzt haben.",
}
ARTICLE = [
    f"The court ruled on point {number} that the publisher must ask readers before it stores data, and "
    "that a banner without a choice is not enough, the judge said in a long statement on Monday."
    for number in range(12)
]


def read(*paragraphs):
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f"<html><head><title>T</title></head><body><main>{body}</main></body></html>"
    return read_article(page.encode(), "utf-8", "https://example.org/a", NOW)


@pytest.mark.parametrize("language", NOTICES)
def test_a_notice_is_not_an_article(language):
    article = read(NOTICES[language])
    assert article.draft.paragraphs == ()


@pytest.mark.parametrize("language", NOTICES)
def test_an_article_with_a_notice_keeps_its_text(language):
    article = read(NOTICES[language], *ARTICLE)
    assert article.draft.paragraphs[-1] == ARTICLE[-1]
    assert article.barrier is None


def test_a_long_article_about_cookies_is_an_article():
    text = [f"{paragraph} Sites that use cookies must ask first." for paragraph in ARTICLE]
    assert not is_notice(text)
    assert read(*text).draft.paragraphs[-1] == text[-1]


def test_a_short_report_about_another_subject_is_an_article():
    assert not is_notice(
        ["The bakery sells cookies again.", "It opened on Monday, the owner said."]
    )
    assert not is_notice([])
