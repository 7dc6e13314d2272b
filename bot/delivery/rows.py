"""The chats in memory: of each, the letters that were read, of which the first waits in its lane."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, KeysView, Sequence
from dataclasses import dataclass

from bot.delivery.lanes import Turn
from bot.delivery.letters import Letter
from bot.delivery.turns import Go, Turns


@dataclass(slots=True)
class _Row:
    letters: deque[Letter]
    lane: str
    number: int  # what waits in the lane


class Rows:
    """What the sender holds of the outbox. A lane has one row at a time: threads take turns."""

    def __init__(self, turns: Turns, start: Callable[[Letter, Turn], None]) -> None:
        self._turns = turns
        self._start = start
        self._rows: dict[int, _Row] = {}
        self._lanes: dict[str, int] = {}

    @property
    def ids(self) -> KeysView[int]:
        """The rows of the chats."""
        return self._rows.keys()

    def has_lane(self, lane: str) -> bool:
        """Whether a row of this platform's chat is held."""
        return lane in self._lanes

    def load(self, chat_id: int, letters: Sequence[Letter], *, due: float) -> None:
        """Hold a chat's letters; ``due``: since when it waits, in ticks."""
        lane = letters[0].ref.chat
        row = self._rows[chat_id] = _Row(deque(letters), lane, 0)
        self._lanes[lane] = chat_id
        self._ask(row, due)

    def next(self, letter: Letter, *, ticks: float, drop: bool) -> bool:
        """Go on after a letter, with none of the rest if ``drop``; whether the row is still held."""
        row = self._rows.get(letter.chat_id)
        if row is None or not row.letters or row.letters[0] is not letter:
            return False
        row.letters.popleft()
        if row.letters and not drop:
            self._ask(row, ticks)
            return True
        self._forget(letter.chat_id)
        return False

    def go(self, letter: Letter) -> Go:
        """What sends a letter when its turn comes."""
        return lambda turn: self._start(letter, turn)

    def clear(self) -> None:
        """Hold only what is under way: it must not be read again before it is recorded."""
        for chat_id, row in list(self._rows.items()):
            if self._turns.cancel(row.number):
                self._forget(chat_id)
            else:
                row.letters = deque([row.letters[0]])

    def _ask(self, row: _Row, due: float) -> None:
        letter = row.letters[0]
        row.number = self._turns.ask(row.lane, letter.priority, self.go(letter), due=due)

    def _forget(self, chat_id: int) -> None:
        del self._lanes[self._rows.pop(chat_id).lane]
