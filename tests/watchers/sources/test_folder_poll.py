import os
from datetime import UTC, datetime

import pytest

from watchers import PollResult, Source, SourceMissingError, poll

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_a_poll_returns_new_items_and_cursor_changes(tmp_path):
    document = tmp_path / "pact.txt"
    document.write_text("A pact in Geneva\n\nIt was signed.")
    os.utime(document, (1, 1))
    source = Source("folder", str(tmp_path))
    first = await poll(source, {}, now=NOW)
    assert [item.title for item in first.items] == ["A pact in Geneva"]
    assert await poll(source, first.cursor, now=NOW) == PollResult()
    assert await poll(source, first.cursor, ["pact.txt"], now=NOW) == PollResult()
    repeated = await poll(source, {}, ["pact.txt"], now=NOW)
    assert repeated.items == first.items


async def test_a_poll_of_a_missing_folder_raises_an_error(tmp_path):
    with pytest.raises(SourceMissingError) as caught:
        await poll(Source("folder", str(tmp_path / "nowhere")), {}, now=NOW)
    assert caught.value.address == str(tmp_path / "nowhere")
