"""What aiohttp, asyncio, TLS and DNS raise, as our own errors: one clear reason each, no secrets."""

from __future__ import annotations

import os
import ssl
from typing import Final

import aiohttp

from watchers.errors import AddressRefused, BadAnswer, FetchError, TooSlow, Unreachable
from watchers.fetching.addresses import PRIVATE, printable
from watchers.fetching.guard import ForbiddenAddress
from watchers.fetching.proxies import BadProxy
from watchers.fetching.redirects import Step

_LONGEST: Final = 120  # characters of somebody else's words


def failure(error: Exception, step: Step, *, total: float, connect: float) -> FetchError:
    """The error for ``error``, which happened at ``step``.

    Args:
        error: anything that one request raised.
        step: where it was.
        total: seconds that the whole request had.
        connect: seconds that the connection had.
    """
    if isinstance(error, FetchError):
        return error
    if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ConnectionTimeoutError):
        return TooSlow(total, address=step.asked)
    if _is_forbidden(error):
        return AddressRefused(step.at(PRIVATE), address=step.asked)
    if isinstance(error, aiohttp.InvalidURL):
        return AddressRefused(step.at("it is no web address"), address=step.asked)
    if reason := _unreachable(error, connect):
        return Unreachable(step.at(reason), address=step.asked)
    return BadAnswer(step.at(_bad_answer(error)), address=step.asked)


def _is_forbidden(error: Exception) -> bool:
    inner = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return isinstance(inner, ForbiddenAddress)


def _unreachable(  # noqa: C901, PLR0911 - one return a meaning
    error: Exception, connect: float
) -> str | None:
    """Why no answer came; ``None`` where one did."""
    match error:
        case BadProxy():
            return str(error)
        case aiohttp.ConnectionTimeoutError():
            return f"no connection within {connect:g} s"
        case aiohttp.ClientConnectorCertificateError():
            return f"its TLS certificate is not valid: {_certificate(error.certificate_error)}"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy answered {error.status}"
        case aiohttp.ClientProxyConnectionError():
            return f"the proxy does not answer: {_system(error.os_error)}"
        case aiohttp.ClientConnectorDNSError():
            return f"its name cannot be looked up: {_system(error.os_error)}"
        case aiohttp.ClientSSLError():
            return f"no secure connection could be made: {_system(error.os_error)}"
        case aiohttp.ClientConnectorError():
            return f"no connection: {_system(error.os_error)}"
        case aiohttp.ServerDisconnectedError():
            return "the server hung up without an answer"
        case OSError():
            return f"the connection broke: {_system(error)}"
        case _:
            return None


def _bad_answer(error: Exception) -> str:
    match error:
        case aiohttp.ClientPayloadError():
            return "the connection was cut, or lost its thread, before the answer was complete"
        case aiohttp.ClientResponseError():
            lines = error.message.splitlines() or [""]
            return (
                f"the answer breaks the rules of HTTP: {printable(lines[0].strip(' :'), _LONGEST)}"
            )
        case _:
            return f"the answer broke our client ({type(error).__name__})"


def _certificate(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return printable(error.verify_message, _LONGEST)
    return printable(str(error), _LONGEST)


def _system(error: OSError) -> str:
    """What the system says, without addresses: they would tell of networks that are not ours."""
    if isinstance(error, ssl.SSLError):
        return printable((error.reason or "TLS failed").replace("_", " ").lower(), _LONGEST)
    if error.errno is not None:
        return os.strerror(error.errno).lower()
    return printable((error.strerror or "none of its addresses answers").lower(), _LONGEST)
