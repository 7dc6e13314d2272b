from bot.conversation.cards.card import Style, TextSpan
from bot.conversation.cards.item import highlight_spans, snippet, spans_of
from bot.models import TopicMatch
from watchers import Item, Span, parse_query


def _reasons(item: Item, *topics: str) -> list[TopicMatch]:
    queries = [parse_query(topic) for topic in topics]
    return [TopicMatch(n, str(q), str(q), q.match(item) or ()) for n, q in enumerate(queries)]


def _text(pieces: list[TextSpan]) -> str:
    return "".join(f"*{p.text}*" if p.style is Style.HIGHLIGHT else p.text for p in pieces)


def test_matched_words_are_highlighted_in_the_title():
    item = Item(key="k", title="New sanctions on banks")
    spans = spans_of(_reasons(item, "sanctions", "banks"))
    assert _text(highlight_spans(item.title, "title", spans)) == "New *sanctions* on *banks*"


def test_the_snippet_shows_the_position_with_most_topics():
    text = (
        "Sanctions were named. " + "Nothing of note here. " * 20 + "Banks fear sanctions. The end."
    )
    item = Item(key="k", title="T", text=text)
    assert "*Banks* fear *sanctions*." in _text(snippet(item, _reasons(item, "sanctions", "banks")))


def test_a_snippet_is_short_and_starts_with_a_sentence():
    item = Item(
        key="k", title="T", text="First one. The port is closed to all ships. " + "More. " * 90
    )
    shown = _text(snippet(item, _reasons(item, "ships")))
    assert shown.startswith("The port is closed to all *ships*.")
    assert shown.endswith("…")
    assert len(shown) < 260


def test_without_a_match_in_the_text_the_snippet_is_its_beginning():
    item = Item(key="k", title="Sanctions", text="The text begins here.")
    assert _text(snippet(item, _reasons(item, "sanctions"))) == "The text begins here."


def test_an_item_without_text_has_no_snippet():
    item = Item(key="k", title="Sanctions")
    assert snippet(item, _reasons(item, "sanctions")) == []


def test_overlapping_spans_are_highlighted_once():
    spans = (Span("title", 0, 5), Span("title", 3, 9))
    query = parse_query("x")
    reasons = [TopicMatch(1, str(query), "x", spans[:1]), TopicMatch(2, str(query), "x", spans[1:])]
    assert spans_of(reasons) == [Span("title", 0, 5)]
