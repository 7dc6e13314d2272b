import os
from datetime import UTC, datetime

import pytest

from watchers import Polled, Source, SourceGone, poll

NOW = datetime(2026, 3, 1, tzinfo=UTC)


async def test_a_poll_brings_what_is_new_and_a_cursor_to_keep(tmp_path):
    document = tmp_path / "pact.txt"
    document.write_text("A pact in Geneva\n\nIt was signed.")
    os.utime(document, (1, 1))
    source = Source("folder", str(tmp_path))
    first = await poll(source, {}, now=NOW)
    assert [item.title for item in first.items] == ["A pact in Geneva"]
    assert await poll(source, first.cursor, now=NOW) == Polled()
    assert await poll(source, first.cursor, ["pact.txt"], now=NOW) == Polled()
    again = await poll(source, {}, ["pact.txt"], now=NOW)
    assert again.items == first.items


async def test_a_poll_of_a_folder_that_is_gone_says_so(tmp_path):
    with pytest.raises(SourceGone) as gone:
        await poll(Source("folder", str(tmp_path / "nowhere")), {}, now=NOW)
    assert gone.value.address == str(tmp_path / "nowhere")
