"""A language model whose questions and tokens are counted."""

from __future__ import annotations

from collections.abc import Sequence

from bot.errors import ModelError
from bot.summaries.endpoint import Answer, Model
from bot.summaries.prompt import Message
from bot.telemetry import Counts


class CountedModel:
    """A `Model` that asks ``model``, and tells of it."""

    def __init__(self, model: Model, counts: Counts) -> None:
        self._model = model
        self._counts = counts

    @property
    def name(self) -> str:
        """See `Model.name`."""
        return self._model.name

    async def ask(self, messages: Sequence[Message]) -> Answer:
        """See `Model.ask`."""
        try:
            answer = await self._model.ask(messages)
        except ModelError:
            self._counts.asked_model("failed", 0)
            raise
        self._counts.asked_model("answered", answer.tokens)
        return answer
