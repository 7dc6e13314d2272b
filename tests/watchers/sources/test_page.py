import json
from datetime import UTC, datetime
from typing import Any

import pytest

from watchers.errors import (
    DocumentError,
    EmptyDocument,
    FetchTimeout,
    HttpStatusError,
    SandboxTimeout,
    UnreadableDocument,
)
from watchers.fetching.result import MAX_BODY_BYTES, NO_VALIDATORS, FetchResult
from watchers.process_pool import SandboxPool
from watchers.sources.page import read_page

NOW = datetime(2026, 3, 1, tzinfo=UTC)
URL = "https://example.org/2024/pact-signed"
SENTENCES = (
    "The council signed the pact on Wednesday in a hall that had been repainted for the day.",
    "Three ministers stayed away and sent their deputies, who read short notes from paper.",
    "Prices of cheese rose within the hour, and the market at the harbour closed before noon.",
    "Fishermen said that they had heard nothing of the new borders until the morning radio.",
    "The text of 40 pages will be published once the lawyers have agreed on its commas.",
    "A vote in the smaller chamber is expected before the summer, though no date was given.",
    "Opposition leaders called the ceremony a theatre, and promised to bring it to the court.",
    "Outside, a brass band played, and two buses waited for guests from the northern valleys.",
)
PARAGRAPHS = [
    f"{first} {second}"
    for first, second in zip(SENTENCES, SENTENCES[3:] + SENTENCES[:3], strict=True)
] * 1
STORY = "".join(f"<p>{text}</p>" for text in (*PARAGRAPHS, *(text[::-1] for text in SENTENCES)))
STUB = f"<p>{PARAGRAPHS[0]}</p>"


def page(body=STORY, *, head="", title="Pact signed", attributes="lang=en"):
    return (
        f"<!DOCTYPE html><html {attributes}><head><meta charset=utf-8><title>{title} | The Post</title>"
        f'<meta property="og:title" content="{title}">{head}</head><body><nav><ul><li><a href=/>Home</a>'
        "<li><a href=/world>World</a></ul></nav>"
        f"<article><h1>{title}</h1>{body}</article><aside><h2>Most read</h2><p>Another story</p></aside>"
        "<footer><p>© 2019 The Post. All rights reserved.</p></footer></body></html>"
    ).encode()


class Web:
    """A `Fetch` from memory: addresses to bodies, answers or errors."""

    def __init__(self, **_):
        self.pages = {}
        self.requests = []

    def put(self, url, body, content_type="text/html; charset=utf-8", *, final=None):
        self.pages[url] = FetchResult(url=final or url, body=body, content_type=content_type)

    async def __call__(self, url, *, validators=NO_VALIDATORS, **_options):
        self.requests.append(url)
        answer = self.pages.get(url, HttpStatusError(404, "not found", address=url))
        if isinstance(answer, Exception):
            raise answer
        return answer


class InProcessPool(SandboxPool):
    """Runs functions at once, in this process; other tests cover the timeout of workers."""

    def __init__(self):
        super().__init__()
        self.error = None

    async def run(self, function: Any, *arguments: Any, seconds: float) -> Any:  # type: ignore[override]
        if self.error is not None:
            raise self.error
        return function(*arguments)


@pytest.fixture
def web():
    return Web()


@pytest.fixture
def read(web):
    async def read(url=URL, pool=None):
        return await read_page(url, web, pool or InProcessPool(), now=NOW)

    return read


async def test_a_page_is_reduced_to_its_article(web, read):
    head = (
        '<meta property="og:site_name" content="The Post"><meta name=author content="Jane Doe">'
        '<meta property="article:published_time" content="2024-06-20T10:00:00+02:00">'
        '<meta name=description content="A pact, at last.">'
        '<link rel=canonical href="https://www.example.org/2024/pact-signed?utm_source=x">'
    )
    web.put(f"{URL}?at_medium=RSS", page(head=head), final=URL)
    result = await read(f"{URL}?at_medium=RSS")
    item = result.item
    assert (item.title, item.source, item.author, item.language) == (
        "Pact signed",
        "The Post",
        "Jane Doe",
        "en",
    )
    assert item.published == datetime(2024, 6, 20, 8, tzinfo=UTC)
    assert item.lead == "A pact, at last."
    assert item.key == URL
    assert item.url == "https://www.example.org/2024/pact-signed?utm_source=x"
    assert item.text.split("\n\n")[:8] == PARAGRAPHS
    assert "Most read" not in item.text
    assert "Home" not in item.text
    assert "2019" not in item.text
    assert result.barrier is None


async def test_a_bare_page_is_named_after_its_site(web, read):
    web.put(URL, page())
    item = (await read()).item
    assert (item.url, item.key, item.source) == (URL, URL, "example.org")
    assert (item.published, item.author) == (None, None)


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "NewsArticle", "datePublished": "2024-06-20T08:00:00Z"},
        [
            {"@type": "WebSite"},
            {"@type": ["Article", "x"], "datePublished": "2024-06-20T10:00:00+02:00"},
        ],
        {"@graph": [{"@type": "NewsArticle", "datePublished": "Thu, 20 Jun 2024 08:00:00 GMT"}]},
        {
            "@type": "WebPage",
            "mainEntity": {"@type": "Article", "datePublished": "2024-06-20T08:00:00Z"},
        },
    ],
)
async def test_json_ld_gives_the_publication_time(web, read, data):
    web.put(URL, page(head=f'<script type="application/ld+json">{json.dumps(data)}</script>'))
    assert (await read()).item.published == datetime(2024, 6, 20, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "script",
    ["{", "[" * 100_000, "null", "[1, [], {}]", '{"@graph": 7}', '{"@type": {}, "hasPart": [[]]}'],
)
async def test_invalid_json_ld_is_ignored(web, read, script):
    web.put(URL, page(head=f'<script type="application/ld+json">{script}</script>'))
    assert (await read()).item.title == "Pact signed"


@pytest.mark.parametrize(
    ("encoding", "header", "declared"),
    [
        ("utf-8", "text/html", ""),
        ("utf-8", "text/html; charset=iso-8859-1", ""),
        ("windows-1251", 'text/html; charset="windows-1251"', ""),
        ("windows-1251", "text/html", "<meta charset=windows-1251>"),
        ("windows-1251", "text/html; charset=utf-8", "<meta charset=windows-1251>"),
        ("koi8-r", "text/html; charset=koi8-r", ""),
        ("utf-16", "text/html", ""),
        ("utf-8", "", ""),
    ],
)
async def test_wrong_encoding_labels_are_corrected(web, read, encoding, header, declared):
    text = "Министры подписали договор в среду, и рынок у гавани закрылся ещё до полудня. " * 6
    markup = (
        f"<html><head>{declared}<title>Договор</title></head><body><article><p>{text}</p></article>"
    )
    web.put(URL, markup.encode(encoding), header)
    item = (await read()).item
    assert item.title == "Договор"
    assert item.text == text.strip()
    assert item.language == "ru"


async def test_xhtml_with_a_declaration_is_a_page(web, read):
    body = b'<?xml version="1.0" encoding="UTF-8"?>' + page(
        attributes='xmlns="http://www.w3.org/1999/xhtml"'
    )
    web.put(URL, body, "application/xhtml+xml")
    assert (await read()).item.text.split("\n\n")[:8] == PARAGRAPHS


# ── Address ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("canonical", "url"),
    [
        ("https://www.example.org/2024/pact", "https://www.example.org/2024/pact"),
        ("/2024/pact", "https://example.org/2024/pact"),
        ("https://elsewhere.example/2024/pact", URL),
        ("https://example.org/", URL),
        ("javascript:alert(1)", URL),
        ("https://[", URL),
        ("", URL),
    ],
)
async def test_a_canonical_address_counts_only_on_the_same_site(web, read, canonical, url):
    web.put(URL, page(head=f'<link rel=canonical href="{canonical}">'))
    assert (await read()).item.url == url
    assert web.requests == [URL]


@pytest.mark.parametrize("attributes", ["amp", "⚡ lang=en", "lang=en amp=''"])
async def test_an_amp_page_is_replaced_by_its_original(web, read, attributes):
    web.put(
        f"{URL}/amp", page(STUB, head=f'<link rel=canonical href="{URL}">', attributes=attributes)
    )
    web.put(URL, page())
    result = await read(f"{URL}/amp")
    assert result.item.url == URL
    assert len(result.item.text) > 1000
    assert web.requests == [f"{URL}/amp", URL]


@pytest.mark.parametrize(
    "copy", [f"{URL}/print", f"{URL}/print/", f"{URL}?print=1", f"{URL}?view=print"]
)
async def test_a_print_version_is_replaced_by_its_original(web, read, copy):
    web.put(copy, page(head=f'<link rel=canonical href="{URL}">'))
    web.put(URL, page(title="Original"))
    assert (await read(copy)).item.title == "Original"


async def test_the_copy_is_used_if_the_original_is_missing_or_behind_a_barrier(web, read):
    amp = page(head=f'<link rel=canonical href="{URL}">', attributes="amp")
    web.put(f"{URL}/amp", amp)
    copy = await read(f"{URL}/amp")
    assert len(copy.item.text) > 1000
    assert (copy.item.url, copy.item.key) == (URL, URL)
    web.put(URL, page("<p>Subscribe to continue reading.</p>"))
    assert (await read(f"{URL}/amp")).barrier is None
    web.pages[URL] = FetchTimeout(30, address=URL)
    assert (await read(f"{URL}/amp")).barrier is None


async def test_copies_that_link_to_each_other_get_one_request_each(web, read):
    web.put(f"{URL}/amp", page(head=f'<link rel=canonical href="{URL}/print">', attributes="amp"))
    web.put(f"{URL}/print", page(head=f'<link rel=canonical href="{URL}/amp">'))
    await read(f"{URL}/amp")
    assert web.requests == [f"{URL}/amp", f"{URL}/print"]


async def test_a_page_that_needs_scripts_is_read_as_its_amp_version(web, read):
    empty = (
        f'<html><head><title>Pact</title><link rel=amphtml href="{URL}/amp"></head>'
        "<body><div id=root></div><noscript>Please enable JavaScript.</noscript></body></html>"
    ).encode()
    web.put(URL, empty)
    web.put(f"{URL}/amp", page(head=f'<link rel=canonical href="{URL}">', attributes="amp"))
    result = await read()
    assert (result.item.url, result.barrier) == (URL, None)
    assert len(result.item.text) > 1000
    del web.pages[f"{URL}/amp"]
    result = await read()
    assert (result.barrier.kind, result.item.text, result.item.title) == ("script", "", "Pact")


# ── Barriers ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "phrase",
    [
        "Subscribe to continue reading",
        "To keep reading, please log in or sign up.",
        "This article is available exclusively to our paying subscribers.",
        "You have reached your monthly limit of 3 free articles.",
        "Weiterlesen mit dem digitalen Abo",
        "Nur für Abonnenten",
        "Cet article est réservé aux abonnés",
        "Abonnez-vous pour lire la suite",
        "Suscríbete para seguir leyendo",
        "Contenuto riservato agli abbonati",
        "Conteúdo exclusivo para assinantes",
        "Alleen voor abonnees",
        "Treść tylko dla prenumeratorów",
        "Доступно только подписчикам",
        "この記事は会員限定です。",
        "订阅后继续阅读",
        "구독자 전용 기사입니다",
    ],
)
async def test_a_paywall_is_detected_by_its_phrase(web, read, phrase):
    web.put(URL, page(f"{STUB}<div class=offer><p>{phrase}</p></div>"))
    result = await read()
    assert result.barrier is not None
    assert result.barrier.kind == "paywall"
    assert "subscription" in result.barrier.reason
    assert result.item.title == "Pact signed"
    assert SENTENCES[0] in result.item.text


@pytest.mark.parametrize("free", [False, "False", "false", "http://schema.org/False"])
async def test_a_declared_paid_stub_has_a_paywall(web, read, free):
    for declared in ({"isAccessibleForFree": free}, {"hasPart": {"isAccessibleForFree": free}}):
        data = json.dumps({"@type": "NewsArticle", **declared})
        web.put(URL, page(STUB, head=f'<script type="application/ld+json">{data}</script>'))
        assert (await read()).barrier.kind == "paywall"


async def test_a_locked_content_tier_is_a_paywall(web, read):
    web.put(URL, page(STUB, head='<meta property="article:content_tier" content="locked">'))
    assert (await read()).barrier.kind == "paywall"


@pytest.mark.parametrize(
    ("body", "data"),
    [
        (STORY * 2, {"isAccessibleForFree": False}),
        (STORY + "<p>Already a subscriber? Sign in.</p>", {}),
        (STUB, {"isAccessibleForFree": True}),
        (STUB, {"isAccessibleForFree": False, "wordCount": 30}),
        (STUB, {}),
        (STUB, {"isRelatedTo": [{"@type": "NewsArticle", "isAccessibleForFree": False}]}),
    ],
)
async def test_a_complete_article_has_no_barrier(web, read, body, data):
    script = json.dumps({"@type": "NewsArticle", **data})
    header = "<header><p>Subscribe to continue reading</p></header>"
    head = f'<script type="application/ld+json">{script}</script>'
    web.put(URL, page(body, head=head).replace(b"<nav>", header.encode() + b"<nav>"))
    assert (await read()).barrier is None


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            "<p>Before you continue to The Post</p><p>We use cookies.</p><button>Accept all</button>",
            "consent",
        ),
        ("<p>Wir verwenden Cookies.</p><button>Alle akzeptieren</button>", "consent"),
        ("<p>Nous utilisons des cookies.</p><p>Continuer sans accepter</p>", "consent"),
        ("<p>Please log in to see this page.</p>", "login"),
        ("<p>Melden Sie sich an, um den Beitrag zu sehen.</p>", "login"),
        ("<noscript>You need to enable JavaScript to run this app.</noscript>", "script"),
    ],
)
async def test_other_barriers_are_detected_and_their_text_is_dropped(web, read, body, kind):
    web.put(URL, f"<html><title>Pact</title><body>{body}</body></html>".encode())
    result = await read()
    assert result.barrier.kind == kind
    assert (result.item.title, result.item.text) == ("Pact", "")


async def test_a_short_article_below_a_cookie_banner_is_an_article(web, read):
    banner = "<div><p>We value your privacy.</p><button>Accept all</button></div>"
    web.put(
        URL, page(f"<p>{' '.join(SENTENCES[:4])}</p>").replace(b"<nav>", banner.encode() + b"<nav>")
    )
    assert (await read()).barrier is None


async def test_a_redirect_to_a_consent_host_is_a_barrier(web, read):
    web.put(URL, page(), final="https://consent.example.org/m?continue=x")
    result = await read()
    assert result.barrier.kind == "consent"


# ── Other content ─────────────────────────────────────────────────────────────────────────────────


async def test_plain_text_is_read_as_a_document(web, read):
    web.put(URL, b"A pact in Geneva\n\nIt was signed on Wednesday.", "text/plain; charset=utf-8")
    item = (await read()).item
    assert (item.title, item.text) == ("A pact in Geneva", "It was signed on Wednesday.")
    assert (item.url, item.key, item.source) == (URL, URL, "example.org")


async def test_html_served_as_plain_text_is_read_as_html(web, read):
    for media_type in ("text/plain", "application/octet-stream"):
        web.put(URL, page(), media_type)
        assert (await read()).item.text.split("\n\n")[:8] == PARAGRAPHS


@pytest.mark.parametrize("media_type", ["application/pdf", "text/html", "application/octet-stream"])
@pytest.mark.process
async def test_a_pdf_is_read_by_the_pdf_reader(web, read, media_type):
    web.put(URL, b"%PDF-1.4 broken", media_type)
    with pytest.raises(UnreadableDocument, match=URL):
        await read()


@pytest.mark.parametrize(
    ("body", "media_type", "keyword"),
    [
        (b"\x89PNG", "image/png", "(image/png)"),
        (b"\0\0", "video/mp4", "(video/mp4)"),
        (b"{}", "application/json", "(application/json)"),
        (b"PK", "application/zip", "(application/zip)"),
        (b"<?xml version='1.0'?><rss version='2.0'>", "text/html", "feed"),
        (b"<feed xmlns='http://www.w3.org/2005/Atom'>", "application/atom+xml", "feed"),
        (b"\0\1\2\3" * 50, "text/html", "binary"),
    ],
)  # fmt: skip
async def test_other_content_is_refused_with_its_type(web, read, body, media_type, keyword):
    web.put(URL, body, media_type)
    with pytest.raises(DocumentError) as caught:
        await read()
    assert keyword in str(caught.value)
    assert str(caught.value).startswith(URL)
    assert caught.value.address == URL


@pytest.mark.parametrize(
    "body", [b"", b"<html></html>", b"<html><title>Pictures</title><body><img src=a>"]
)
async def test_a_page_without_words_is_empty(web, read, body):
    web.put(URL, body)
    with pytest.raises(EmptyDocument):
        await read()


async def test_request_errors_are_raised_unchanged(web, read):
    web.pages[URL] = HttpStatusError(
        403, "a Cloudflare check stands before it", address=URL, is_browser_challenge=True
    )
    with pytest.raises(HttpStatusError) as caught:
        await read()
    assert caught.value.is_browser_challenge


async def test_a_parser_timeout_is_an_unreadable_document(web, read):
    pool = InProcessPool()
    pool.error = SandboxTimeout(15)
    web.put(URL, page())
    with pytest.raises(UnreadableDocument, match="15 seconds"):
        await read(pool=pool)


# ── Hostile pages, in real processes ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "make_body",
    [
        lambda: b"<div>" * 3_000_000,
        lambda: b"<a " + b" ".join(b"a%d=1" % number for number in range(300_000)) + b">x",
        lambda: b"<article>" + b"<p>" + b"word " * 3_000_000,
        lambda: b"<p>" + b"&amp;" * 3_000_000,
        lambda: b"<html>" + b"<link rel=canonical href=/x>" * 500_000,
        lambda: b'<script type="application/ld+json">' + b"[" * 15_000_000,
        lambda: b"subscribe to " * 1_100_000,
    ],
    ids=["nested", "attributes", "words", "entities", "links", "json", "phrases"],
)
@pytest.mark.process
async def test_fifteen_hostile_megabytes_end_at_the_timeout(web, read, monkeypatch, make_body):
    monkeypatch.setattr("watchers.sources.page.PARSE_TIMEOUT_SECONDS", 1.0)
    web.put(URL, make_body()[:MAX_BODY_BYTES], "text/html")
    async with SandboxPool() as pool:
        try:
            result = await read(pool=pool)
        except DocumentError as error:
            assert error.address == URL
        else:
            assert result.item.key == URL
