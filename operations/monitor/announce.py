"""Where findings go besides the report: MLflow over time, the service's /metrics, one JSON line to a webhook."""

import http.client
import json
import os
import ssl
import threading
from collections import Counter
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from features.errors import PerennialError
from features.shop import Shop
from operations import home
from operations.monitor.findings import CHECKS, Findings
from operations.monitor.wording import wording
from scoring.plain_json import as_json
from scoring.verified_files import write_bytes
from serving.state.watched import FILE
from training.tracking.over_time import log_day
from training.tracking.store import Mlruns

WEBHOOK = "PERENNIAL_WEBHOOK"  # https address; nothing is sent where it is not set
SECONDS = 5.0  # for all of a call; nobody waits for a hook
_TOLD = 20  # findings in one line


class WebhookError(PerennialError):
    """The webhook's address cannot be used, or it did not take the line."""


def figures_of(found: Findings) -> dict[str, float]:
    """What MLflow shows over time: check/task/metric of everybody, the findings by check, the columns that alarm."""
    counted = Counter(one.check for one in found.findings)
    return {
        **{
            f"{one.check}/{one.task}/{one.metric}": one.found
            for one in found.figures
            if one.grouping == "all" and one.found == one.found
        },
        **{f"{check}/findings": float(counted[check]) for check in CHECKS},
        "drift/alarms": float(sum(one.alarm for one in found.shifts)),
        "exit_code": float(found.exit_code),
    }


def log_to_mlflow(found: Findings, *, mlruns: Mlruns) -> None:
    """Add the look to the shop's run of watching."""
    log_day(found.shop, found.at, figures_of(found), mlruns=mlruns)


def write_metrics(shop: Shop, found: Findings) -> Path:
    """Let the service show the look at /metrics."""
    counted = Counter((one.check, one.advice) for one in found.findings)
    gauges: dict[str, Any] = {
        "as_of": [[[], (found.at - datetime(1970, 1, 1)).total_seconds()]],
        "exit_code": [[[], found.exit_code]],
        "drift_alarms": [[[], sum(one.alarm for one in found.shifts)]],
        "findings": [[list(key), count] for key, count in sorted(counted.items())],
        "figure": [
            [[one.check, one.task, one.metric], one.found]
            for one in found.figures
            if one.grouping == "all" and one.found == one.found
        ],
    }
    path = home.state(shop) / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    write_bytes(path, as_json(gauges))
    return path


def line_of(found: Findings) -> bytes:
    """The look as one line of JSON: tasks, tables and columns by name, nobody by id."""
    words = wording("en")
    told = {
        "shop": found.shop,
        "at": f"{found.at:%Y-%m-%d}",
        "advice": found.advice,
        "exit_code": found.exit_code,
        "findings": [
            {"check": one.check, "subject": one.subject, "advice": one.advice, "text": words.sentence(one)}
            for one in found.findings[:_TOLD]
        ],
        "more": max(0, len(found.findings) - _TOLD),
    }
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def post(found: Findings, *, seconds: float = SECONDS) -> bool:
    """Send the line to the address in PERENNIAL_WEBHOOK; False where none is set. Redirects are not followed.

    Raises
    ------
    WebhookError     if it is no https address, has not answered when the time is up, or not with 2xx; the address
                     may hold a secret and is not told
    """
    address = os.environ.get(WEBHOOK, "")
    if not address:
        return False
    parts = urlsplit(address)
    if parts.scheme != "https" or not parts.hostname:
        raise WebhookError(f"{WEBHOOK} is no https address, so nothing was sent. Set it to https://…, or to nothing.")
    answered: list[int | str] = []
    caller = threading.Thread(target=lambda: answered.append(_called(parts, line_of(found), seconds)), daemon=True)
    caller.start()
    caller.join(seconds)  # a socket's own limit starts anew with every byte
    answer = answered[0] if answered else "TimeoutError"
    if not isinstance(answer, int):
        raise WebhookError(f"{WEBHOOK} did not take the findings ({answer}). They stand in the report.")
    if not 200 <= answer < 300:
        raise WebhookError(f"{WEBHOOK} answered {answer} instead of 2xx. The findings stand in the report.")
    return True


def _called(parts: SplitResult, line: bytes, seconds: float) -> int | str:
    """The status a hook answered with, or the name of what went wrong."""
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    context = ssl.create_default_context()
    try:
        with closing(
            http.client.HTTPSConnection(str(parts.hostname), parts.port, timeout=seconds, context=context)
        ) as connection:
            connection.request("POST", path, line, {"Content-Type": "application/json"})
            return connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as error:
        return type(error).__name__
