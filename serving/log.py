"""Structured logs: one short JSON line an event, with request ids and never a customer's."""

import json
import logging
import sys
from typing import Any

from scoring.clock import now

_LOGGER = logging.getLogger("perennial")
_LEVELS = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def log(event: str, *, level: str = "info", **fields: Any) -> None:
    """Write one event. Fields are names, numbers and ids of requests and releases."""
    if _LOGGER.isEnabledFor(_LEVELS[level]):
        line = {"time": now().strftime("%Y-%m-%dT%H:%M:%S.%fZ"), "level": level, "event": event, **fields}
        _LOGGER.log(_LEVELS[level], json.dumps(line, ensure_ascii=False, default=str))


def log_to_stderr() -> None:
    """Send the service's events to standard error, and only there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOGGER.handlers = [handler]
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False
