"""`tocsin summarize FILE…`: the sentences that say most of a document."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from bot.cli.documents import read_named
from bot.conversation.queries import read_query
from bot.errors import MisuseError
from bot.summaries import summarize as summarize_text


def summarize(names: Sequence[str], *, sentences: int, topic: str | None, as_json: bool) -> int:
    """Print a summary of each document; 2 if one could not be read."""
    query = read_query(topic) if topic else None
    bad = False
    for number, name in enumerate(names):
        try:
            item = read_named(name)
        except MisuseError as error:
            print(f"tocsin: {error}", file=sys.stderr)
            bad = True
            continue
        made = summarize_text(item.text, item.title, sentences, query, language=item.language)
        if as_json:
            row = {
                "file": name,
                "title": item.title,
                "published": item.published.isoformat() if item.published else None,
                "sentences": list(made.sentences),
                "of": made.total,
            }
            print(json.dumps(row, ensure_ascii=False))
            continue
        if number:
            print()
        print(item.title)
        for sentence in made.sentences:
            print(f"  {sentence}")
    return 2 if bad else 0
