"""A language model behind any OpenAI-compatible address: one question, one bounded answer, or an error.

The SDK is an extra (`pip install 'tocsin[llm]'`) and is imported with the first question.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from pydantic import SecretStr

from bot.errors import ModelError
from bot.summaries.prompt import Message

if TYPE_CHECKING:
    from openai import AsyncOpenAI

SECONDS: Final = 20.0
"""That a question may take, its second try included."""

_LONGEST_ANSWER: Final = 500  # tokens
_LONGEST_READ: Final = 4_000  # characters of the answer
_MOST_BYTES: Final = 256 * 1024  # of a response; an answer and its form take some 3,000
_PAUSE: Final = 0.5  # seconds before the second try
_TRIES: Final = 2
_WORTH_ANOTHER: Final = frozenset({408, 409, 429, 500, 502, 503, 504})
_NO_KEY: Final = "none"  # the SDK wants one, and local servers take any


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said, and the tokens that it counted for both sides."""

    text: str
    tokens: int


class Model(Protocol):
    """Answers questions in writing."""

    @property
    def name(self) -> str:
        """The model, as its operator calls it."""

    async def ask(self, messages: Sequence[Message]) -> Answer:
        """One answer.

        Raises:
            ModelError: there is none in time, or none that can be read.
        """


class Endpoint:
    """One model at one address. Close it at the end."""

    def __init__(
        self,
        base_url: str,
        name: str,
        key: SecretStr,
        *,
        seconds: float = SECONDS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.name = name
        self._base_url = base_url
        self._key = key
        self._seconds = seconds
        self._sleep = sleep
        self._client: AsyncOpenAI | None = None

    async def ask(self, messages: Sequence[Message]) -> Answer:
        """One answer, after a second try where that may help.

        Raises:
            ModelError: it does not answer in time, refuses, or answers what cannot be read.
        """
        try:
            async with asyncio.timeout(self._seconds):
                return await self._ask(messages)
        except TimeoutError as error:
            raise ModelError(f"it did not answer within {self._seconds:g} s") from error

    async def close(self) -> None:
        """Let go of its connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.close()

    async def _ask(self, messages: Sequence[Message]) -> Answer:
        if self._client is None:
            self._client = await asyncio.to_thread(self._open)
        problem = ModelError("it was not asked")
        for number in range(_TRIES):
            if number:
                await self._sleep(_PAUSE)
            try:
                return await self._try(self._client, messages)
            except _AnotherTry as error:
                problem = ModelError(error.reason)
        raise problem

    async def _try(self, client: AsyncOpenAI, messages: Sequence[Message]) -> Answer:
        from httpx2 import HTTPError  # noqa: PLC0415 - the SDK's own client, whose errors it lets through
        from openai import APIConnectionError, APIStatusError, OpenAIError  # noqa: PLC0415

        try:
            async with client.chat.completions.with_streaming_response.create(
                model=self.name,
                messages=list(messages),  # type: ignore[arg-type]
                temperature=0,
                max_tokens=_LONGEST_ANSWER,
                stream=False,
            ) as response:
                body = await _bounded(response.iter_bytes())
            return _answer(json.loads(body))
        except (APIConnectionError, HTTPError) as error:
            raise _AnotherTry("it cannot be reached") from error
        except APIStatusError as error:
            reason = f"it answered with status {error.status_code}"
            if error.status_code in _WORTH_ANOTHER:
                raise _AnotherTry(reason) from error
            raise ModelError(reason) from error
        except (OpenAIError, ValueError, RecursionError) as error:
            raise ModelError("its answer cannot be read") from error

    def _open(self) -> AsyncOpenAI:
        try:
            from openai import AsyncOpenAI  # noqa: PLC0415 - half a second, for those who use it
        except ImportError as error:
            raise ModelError("the extra is missing: pip install 'tocsin[llm]'") from error
        return AsyncOpenAI(
            base_url=self._base_url,
            api_key=self._key.get_secret_value() or _NO_KEY,
            max_retries=0,
            timeout=self._seconds,
        )


class _AnotherTry(Exception):
    """It did not answer, and may at the next try."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def _bounded(chunks: AsyncIterator[bytes]) -> bytes:
    """A response, unless it is far longer than any answer."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > _MOST_BYTES:
            raise ModelError("its answer has no end")
    return bytes(body)


def _answer(made: object) -> Answer:
    """What is said in an answer, whose shape is a stranger's."""
    text = _at(made, "choices", 0, "message", "content")
    if not isinstance(text, str) or not text.strip():
        raise ModelError("its answer says nothing")
    used = _at(made, "usage", "total_tokens")
    tokens = used if isinstance(used, int) and 0 <= used < 1_000_000 else 0  # noqa: PLR2004
    return Answer(text[:_LONGEST_READ], tokens)


def _at(made: object, *path: str | int) -> object:
    """What stands in nested JSON at ``path``; ``None``: nothing."""
    for step in path:
        if isinstance(step, str) and isinstance(made, dict):
            made = made.get(step)
        elif isinstance(step, int) and isinstance(made, list) and step < len(made):
            made = made[step]
        else:
            return None
    return made
