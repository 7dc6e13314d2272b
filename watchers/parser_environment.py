"""The environment variables of processes that parse untrusted input."""

from __future__ import annotations

import os
from typing import Final

# The variables that Python needs to start and to find its libraries.
_ENVIRONMENT_NAMES: Final = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT"),
    *("PYTHONPATH", "PYTHONHOME", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE"),
)


def parser_environment() -> dict[str, str]:
    """Return the environment of a process that parses untrusted input: no tokens and no passwords."""
    return {name: os.environ[name] for name in _ENVIRONMENT_NAMES if name in os.environ}
