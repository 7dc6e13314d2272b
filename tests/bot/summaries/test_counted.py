import pytest

from bot.errors import ModelError
from bot.summaries.counted import CountedModel
from bot.summaries.endpoint import Answer
from bot.web.counters import Counters


class OneAnswer:
    """A model that answers what it is asked, if it is asked anything."""

    name = "small"

    async def ask(self, messages):
        if not messages:
            raise ModelError("nothing was asked")
        return Answer("Yes.", tokens=700)


async def test_what_a_language_model_is_asked_and_costs_is_counted():
    counters = Counters()
    model = CountedModel(OneAnswer(), counters)
    await model.ask([{"role": "user", "content": "?"}])
    with pytest.raises(ModelError):
        await model.ask([])
    told = counters.told().decode()
    assert 'tocsin_model_questions_total{outcome="answered"} 1.0' in told
    assert 'tocsin_model_questions_total{outcome="failed"} 1.0' in told
    assert "tocsin_model_tokens_total 700.0" in told
