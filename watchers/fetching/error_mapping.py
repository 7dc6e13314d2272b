"""Convert the exceptions of aiohttp, asyncio, TLS and DNS to `FetchError`, with one clear reason each.

Reasons contain no credentials and no IP addresses.
"""

from __future__ import annotations

import os
import ssl
from typing import Final

import aiohttp

from watchers.errors import (
    FetchError,
    FetchTimeout,
    ForbiddenAddressError,
    InvalidResponse,
    Unreachable,
)
from watchers.fetching.addresses import PRIVATE_NETWORK_REASON, to_printable
from watchers.fetching.proxies import InvalidProxy
from watchers.fetching.redirects import RequestStep
from watchers.fetching.ssrf_guard import AddressBlocked

# Text that a server or a library provides.
_MAX_QUOTE_CHARS: Final = 120


def to_fetch_error(
    error: Exception, step: RequestStep, *, timeout_seconds: float, connect_seconds: float
) -> FetchError:
    """Return the `FetchError` for ``error``, which was raised at ``step``.

    Args:
        error: Any exception that one request raised.
        step: The step of the request.
        timeout_seconds: The timeout of the whole request.
        connect_seconds: The timeout of the connection.
    """
    if isinstance(error, FetchError):
        return error
    # A ConnectionTimeoutError is a TimeoutError too, but its timeout is the one of the connection.
    if isinstance(error, TimeoutError) and not isinstance(error, aiohttp.ConnectionTimeoutError):
        return FetchTimeout(timeout_seconds, address=step.requested_url)
    if _is_blocked(error):
        return ForbiddenAddressError(
            step.describe(PRIVATE_NETWORK_REASON), address=step.requested_url
        )
    if isinstance(error, aiohttp.InvalidURL):
        return ForbiddenAddressError(
            step.describe("this is not a web address"), address=step.requested_url
        )
    if reason := _unreachable_reason(error, connect_seconds):
        return Unreachable(step.describe(reason), address=step.requested_url)
    return InvalidResponse(
        step.describe(_invalid_response_reason(error)), address=step.requested_url
    )


def _is_blocked(error: Exception) -> bool:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return isinstance(cause, AddressBlocked)


def _unreachable_reason(  # noqa: C901, PLR0911 - one return per type
    error: Exception, connect_seconds: float
) -> str | None:
    """Return why the host sent no response; ``None`` if it sent one.

    The order matters: aiohttp's classes inherit from each other and from OSError.
    """
    match error:
        case InvalidProxy():
            return str(error)
        case aiohttp.ConnectionTimeoutError():
            return f"no connection within {connect_seconds:g} s"
        case aiohttp.ClientConnectorCertificateError():
            return f"the TLS certificate is not valid: {_certificate_text(error.certificate_error)}"
        case aiohttp.ClientHttpProxyError():
            return f"the proxy answered with status {error.status}"
        case aiohttp.ClientProxyConnectionError():
            return f"the proxy does not answer: {_system_text(error.os_error)}"
        case aiohttp.ClientConnectorDNSError():
            return f"the host name cannot be resolved: {_system_text(error.os_error)}"
        case aiohttp.ClientSSLError():
            return f"no secure connection: {_system_text(error.os_error)}"
        case aiohttp.ClientConnectorError():
            return f"no connection: {_system_text(error.os_error)}"
        case aiohttp.ServerDisconnectedError():
            return "the server closed the connection without a response"
        case OSError():
            return f"the connection broke: {_system_text(error)}"
        case _:
            return None


def _invalid_response_reason(error: Exception) -> str:
    match error:
        case aiohttp.ClientPayloadError():
            return "the response is incomplete or malformed"
        case aiohttp.ClientResponseError():
            first_line = (error.message.splitlines() or [""])[0].strip(" :")
            return f"the response violates HTTP: {to_printable(first_line, _MAX_QUOTE_CHARS)}"
        case _:
            return f"the response could not be processed ({type(error).__name__})"


def _certificate_text(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return to_printable(error.verify_message, _MAX_QUOTE_CHARS)
    return to_printable(str(error), _MAX_QUOTE_CHARS)


def _system_text(error: OSError) -> str:
    """Return the message of a system error without IP addresses.

    The message of the exception itself may contain addresses of a private network.
    """
    if isinstance(error, ssl.SSLError):
        reason = (error.reason or "TLS failed").replace("_", " ").lower()
        return to_printable(reason, _MAX_QUOTE_CHARS)
    if error.errno is not None:
        return os.strerror(error.errno).lower()
    return to_printable((error.strerror or "no address answers").lower(), _MAX_QUOTE_CHARS)
