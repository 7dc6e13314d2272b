"""Generate realistic feeds, with the formats, sizes, markup and defects of 200 feeds from the web.

Half of the feeds are smaller than 80 kB, and 5 % are larger than 1.27 MB. 5 % of the feeds, and 5 % of the
bytes, are broken in a common way.
"""

from __future__ import annotations

import json
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from statistics import NormalDist

START = datetime(2026, 11, 20, tzinfo=UTC)
MEDIAN_BYTES, P95_BYTES = 80_000, 1_270_000
SPREAD = math.log(P95_BYTES / MEDIAN_BYTES) / NormalDist().inv_cdf(0.95)
KINDS = ("rss",) * 12 + ("atom",) * 5 + ("rdf",) + ("json",) + ("broken",)
WORDS = (
    "council vote envoy port bank trade talks border winter harvest treaty minister school bridge river "
    "market price union strike court film match storm rail budget energy science museum Zürich façade "
    "señor Übergang naïve “quoted” – which said that after several of them would not have been"
).split()


@dataclass(frozen=True, slots=True)
class GeneratedFeed:
    kind: str
    body: bytes
    entries: int


def generate_feeds(count: int, seed: int = 7) -> list[GeneratedFeed]:
    """Return ``count`` feeds with sizes from the whole distribution."""
    rng = random.Random(seed)
    sizes = [
        math.exp(math.log(MEDIAN_BYTES) + SPREAD * NormalDist().inv_cdf((rank + 0.5) / count))
        for rank in range(count)
    ]
    kinds = [KINDS[rank % len(KINDS)] for rank in range(count)]
    # The largest feeds hold most of the bytes. Of many random orders, take the one in which the broken
    # feeds have the right share of the bytes.
    orders = [rng.sample(kinds, count) for _ in range(200)]
    kinds = min(orders, key=lambda order: abs(_broken_bytes(order, sizes) - 1 / len(KINDS)))
    return [
        _generate_feed(kind, int(min(size, 8e6)), rng)
        for kind, size in zip(kinds, sizes, strict=True)
    ]


def _broken_bytes(kinds: list[str], sizes: list[float]) -> float:
    broken = sum(size for kind, size in zip(kinds, sizes, strict=True) if kind == "broken")
    return broken / sum(sizes)


def _generate_feed(kind: str, size: int, rng: random.Random) -> GeneratedFeed:
    """Return a feed of about ``size`` bytes."""
    entries: list[str] = []
    length, body_size = 0, rng.choice((300, 800, 2_500, 6_000))
    body_size = max(min(body_size, max(200, size // 10)), size // 1_000)
    while length < size or not entries:
        entry = _ENTRIES[kind](len(entries), _body(body_size, rng), rng)
        entries.append(entry)
        length += len(entry.encode())
    return GeneratedFeed(kind, _DOCUMENTS[kind]("\n".join(entries), entries).encode(), len(entries))


def _line(rng: random.Random, words: int) -> str:
    return " ".join(rng.choices(WORDS, k=words))


def _body(size: int, rng: random.Random) -> str:
    parts: list[str] = []
    length = 0
    while length < size:
        line = _line(rng, 40)
        parts.append(
            f'<p class="body">{line}, <a href="https://example.org/{len(parts)}?a=1&amp;b=2">{line[:20]}</a> '
            f'<em>{line[20:40]}</em>.<br/><img src="/i/{len(parts)}.jpg" alt="" width="640"/></p>\n'
        )
        length += len(parts[-1])
    return "".join(parts)


def _published_at(number: int) -> datetime:
    return START - timedelta(minutes=17 * number)


def _rss(number: int, body: str, rng: random.Random) -> str:
    title = escape(_line(rng, 9))
    return (
        f"<item><title>{title}</title><link>https://example.org/a/{number}</link>"
        f"<dc:creator><![CDATA[{_line(rng, 2)}]]></dc:creator>"
        f"<pubDate>{format_datetime(_published_at(number))}</pubDate><category><![CDATA[news]]></category>"
        f'<category>world</category><guid isPermaLink="false">https://example.org/?p={number}</guid>'
        f"<description><![CDATA[{_line(rng, 30)} &#8230;]]></description>"
        f"<content:encoded><![CDATA[{body}]]></content:encoded>"
        f'<media:content url="https://example.org/i/{number}.jpg" medium="image"/>'
        f"<slash:comments>{number}</slash:comments></item>"
    )


def _atom(number: int, body: str, rng: random.Random) -> str:
    moment = _published_at(number).isoformat()
    return (
        f"<entry><id>tag:example.org,2026:{number}</id><title type='html'>{escape(_line(rng, 9))}</title>"
        f"<link rel='alternate' type='text/html' href='https://example.org/a/{number}'/>"
        f"<published>{moment}</published><updated>{moment}</updated><author><name>{_line(rng, 2)}</name>"
        f"</author><category term='news'/><summary>{escape(_line(rng, 30))}</summary>"
        f"<content type='html'>{escape(body)}</content></entry>"
    )


def _rdf(number: int, body: str, rng: random.Random) -> str:
    return (
        f'<item rdf:about="https://example.org/a/{number}"><title>{escape(_line(rng, 9))}</title>'
        f"<link>https://example.org/a/{number}</link><description>{escape(body)}</description>"
        f"<dc:date>{_published_at(number).isoformat()}</dc:date><dc:creator>{_line(rng, 2)}</dc:creator></item>"
    )


def _json(number: int, body: str, rng: random.Random) -> str:
    item = {
        "id": f"https://example.org/a/{number}",
        "url": f"https://example.org/a/{number}",
        "title": _line(rng, 9),
        "content_html": body,
        "date_published": _published_at(number).isoformat(),
        "tags": ["news", "world"],
    }
    return json.dumps(item)


def _broken(number: int, body: str, rng: random.Random) -> str:
    """Return an item; in every fifth one, a tag is not closed."""
    entry = _rss(number, body, rng)
    return entry if number % 5 else entry.replace("</title>", " & co <b>more</title>", 1)


_NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/" '
    'xmlns:atom="http://www.w3.org/2005/Atom"'
)


def _rss_document(inner: str, _: list[str]) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" {_NAMESPACES}><channel><title>Example</title>'
        "<link>https://example.org</link><description>All of it</description><language>en-US</language>"
        f"<ttl>30</ttl>{inner}</channel></rss>"
    )


def _atom_document(inner: str, _: list[str]) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"><title>Example</title>'
        f"<link href='https://example.org'/><id>urn:x</id><updated>{START.isoformat()}</updated>{inner}</feed>"
    )


def _rdf_document(inner: str, _: list[str]) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rdf:RDF xmlns="http://purl.org/rss/1.0/" '
        f'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" {_NAMESPACES}><channel rdf:about="https://e.org">'
        f"<title>Example</title><link>https://example.org</link></channel>{inner}</rdf:RDF>"
    )


def _json_document(_: str, entries: list[str]) -> str:
    head = '{"version": "https://jsonfeed.org/version/1.1", "title": "Example", "items": ['
    return head + ",\n".join(entries) + "]}"


_ENTRIES = {"rss": _rss, "atom": _atom, "rdf": _rdf, "json": _json, "broken": _broken}
_DOCUMENTS = {
    "rss": _rss_document,
    "atom": _atom_document,
    "rdf": _rdf_document,
    "json": _json_document,
    "broken": _rss_document,
}
