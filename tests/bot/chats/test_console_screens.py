import asyncio
import io
import os

from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document

from bot.chats.console.pipe import PipeScreen, plain_text
from bot.chats.console.terminal import TerminalScreen, terminal_text
from bot.conversation.cards.card import Style, TextSpan, line, make_card, strong

CARD = make_card(
    line(strong("Title \x1b[31mred\x07")),
    line("before ", TextSpan("match", Style.HIGHLIGHT), " after"),
    line(TextSpan("link", url="https://example.org/\x1b]8;;evil")),
)


def test_plain_text_stars_what_matched_and_shows_where_links_lead():
    shown = plain_text(CARD, labels=["1 Yes"], alert=False)
    assert "before *match* after" in shown
    assert "https://example.org/" in shown
    assert shown.endswith("1 Yes")


def test_no_control_character_reaches_a_pipe_or_a_terminal():
    assert "\x1b" not in plain_text(CARD, labels=[], alert=False)
    drawn = terminal_text(CARD, labels=[], alert=True, width=80)
    assert "\x1b[31m" not in drawn
    assert "\x07" not in drawn
    assert "]8;;evil" not in drawn.replace("example.org/]8;;evil", "")


def test_an_alert_is_told_from_an_answer():
    assert plain_text(CARD, labels=[], alert=True).startswith("● ")


def _pipe(data: bytes) -> int:
    reading, writing = os.pipe()
    os.write(writing, data)
    os.close(writing)
    return reading


async def test_lines_are_read_to_the_end_whatever_their_bytes():
    screen = PipeScreen(_pipe("one\ntwo é\n\xff".encode() + b"\xff\nlast"), io.StringIO())
    lines = [text async for text in screen.lines(asyncio.Event())]
    assert lines[0] == "one"
    assert lines[1] == "two é"
    assert lines[-1] == "last"


async def test_a_stop_ends_the_reading_though_nothing_comes():
    reading, writing = os.pipe()
    stop = asyncio.Event()
    screen = PipeScreen(reading, io.StringIO())

    async def read() -> list[str]:
        return [text async for text in screen.lines(stop)]

    task = asyncio.ensure_future(read())
    asyncio.get_running_loop().call_soon(stop.set)
    assert await asyncio.wait_for(task, 60) == []
    os.close(writing)


def _complete(screen: TerminalScreen, text: str) -> list[str]:
    found = screen._completer.get_completions(Document(text), CompleteEvent())
    return [completion.text for completion in found]


def test_commands_and_topics_are_completed(world, tmp_path):
    screen = TerminalScreen(world.conversation.commands, tmp_path / "history")
    screen.set_completions(["sanctions", '"North Korea"'])
    assert _complete(screen, "/subs") == ["/subscribe", "/subs"]
    assert _complete(screen, "/unsubscribe san") == ["sanctions"]
    assert _complete(screen, "/why san") == []
    assert _complete(screen, "san") == []
