"""Asking a running service, as a CRM would: JSON over HTTP."""

import json
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from serving.errors import ServingError

Result = dict[str, Any]


def ask(url: str, call: str, customer_ids: Sequence[str], **more: Any) -> list[Result]:
    """The results of one call for some customers, in their order.

    Raises
    ------
    ServingError    if the service refuses or cannot be reached
    """
    body = json.dumps({"customer_ids": list(customer_ids), **more}).encode()
    request = urllib.request.Request(f"{url}/v1/{call}", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            results: list[Result] = json.load(answer)["results"]
            return results
    except urllib.error.HTTPError as error:
        told = json.loads(error.read()).get("error", {})
        raise ServingError(f"{url}/v1/{call} refused: {told.get('message', error.reason)}") from error
    except OSError as error:
        raise ServingError(f"{url} cannot be reached ({error}). Is the service running? perennial serve") from error
