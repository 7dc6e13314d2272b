"""The vocabularies of feeds: an element's name in any of their spellings, as one short name.

RSS of every version is "title", Atom 0.3 and 1.0 are "atom:title", the modules keep their usual
prefix: "dc:creator", "media:content". Letters are small: people write pubdate and PubDate.
"""

from __future__ import annotations

from typing import Final

_RSS: Final = ""
_VOCABULARIES: Final = {
    # Addresses without their scheme and closing "/" or "#", as feeds vary in just these.
    "my.netscape.com/rdf/simple/0.9": _RSS,
    "channel.netscape.com/rdf/simple/0.9": _RSS,
    "my.netscape.com/publish/formats/rss-0.91.dtd": _RSS,
    "purl.org/rss/1.0": _RSS,
    "purl.org/net/rss1.1": _RSS,
    "backend.userland.com/rss": _RSS,
    "backend.userland.com/rss2": _RSS,
    "backend.userland.com/rss091": _RSS,
    "backend.userland.com/rss092": _RSS,
    "blogs.law.harvard.edu/tech/rss": _RSS,
    "cyber.law.harvard.edu/rss/rss.html": _RSS,
    "www.rssboard.org/rss-specification": _RSS,
    "www.w3.org/2005/atom": "atom",
    "purl.org/atom/ns": "atom",
    "www.w3.org/1999/02/22-rdf-syntax-ns": "rdf",
    "purl.org/dc/elements/1.0": "dc",
    "purl.org/dc/elements/1.1": "dc",
    "purl.org/dc/terms": "dcterms",
    "purl.org/rss/1.0/modules/content": "content",
    "purl.org/rss/1.0/modules/syndication": "sy",
    "purl.org/rss/1.0/modules/slash": "slash",
    "purl.org/net/rss1.1/payload": "content",
    "purl.org/syndication/thread/1.0": "thr",
    "purl.org/syndication/history/1.0": "fh",
    "search.yahoo.com/mrss": "media",
    "video.search.yahoo.com/mrss": "media",
    "tools.search.yahoo.com/mrss": "media",
    "www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "www.youtube.com/xml/schemas/2015": "yt",
    "www.georss.org/georss": "georss",
    "www.opengis.net/gml": "gml",
    "www.w3.org/2003/01/geo/wgs84_pos": "geo",
    "wellformedweb.org/commentapi": "wfw",
    "www.w3.org/1999/xhtml": "xhtml",
    "www.w3.org/xml/1998/namespace": "xml",
    "rssnamespace.org/feedburner/ext/1.0": "feedburner",
    "podcastindex.org/namespace/1.0": "podcast",
}


def short_name(tag: str) -> str:
    """``tag`` as lxml gives it ("{namespace}local"), in our short form; unknown ones as "?:local"."""
    if not tag.startswith("{"):
        return tag.lower()
    space, _, local = tag[1:].partition("}")
    key = space.lower().partition("://")[2].rstrip("/#")
    prefix = _VOCABULARIES.get(key)
    if prefix is None:
        # A feed that declares a default namespace of its own is still RSS.
        return f"?:{local.lower()}"
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


class ShortNames(dict[str, str]):
    """`short_name`, each tag worked out once; one for a feed, as a hostile one invents names."""

    def __missing__(self, tag: str) -> str:
        name = self[tag] = short_name(tag)
        return name
