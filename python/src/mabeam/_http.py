"""Requests to the facade of mabeam, without a library."""

import http.client
import json
import time
import urllib.error
import urllib.request
import uuid
from typing import Any

from mabeam._show import show

_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0
_REQUEST_S = 60.0
# Worth another attempt with the same key: a facade that starts, or is told to wait.
_PASSING = (429, 502, 503, 504)


class RequestError(Exception):
    """The facade has refused a request, or cannot be reached.

    Attributes:
        code: One of the error table (``docs/reference/errors.md``), such as ``trial-not-held``; ``unreachable`` when
            nobody answered.
        status: Of HTTP; None when nobody answered.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.status = status


def post(url: str, body: dict[str, Any], patience_s: float) -> dict[str, Any]:
    """Posts JSON, and again with the same key while nobody answers or the facade says to wait: it has one effect.

    Args:
        url: Whole.
        body: Plain JSON.
        patience_s: Seconds from the first attempt on; then the failure is raised.

    Raises:
        RequestError: It was refused, or nobody answered in time.
    """
    headers = {"content-type": "application/json", "idempotency-key": str(uuid.uuid4())}
    request = urllib.request.Request(url, json.dumps(body, allow_nan=False).encode(), headers, method="POST")
    deadline = time.monotonic() + patience_s
    pause_s = _PAUSE_S
    while True:
        wait_s = pause_s
        try:
            with urllib.request.urlopen(request, timeout=_REQUEST_S) as response:
                return _object(response.read())
        except urllib.error.HTTPError as error:
            with error:
                failure = _refused(error)
            if error.code not in _PASSING:
                raise failure from None
            wait_s = _seconds(error.headers.get("retry-after"), pause_s)
        except (urllib.error.URLError, http.client.HTTPException, OSError) as error:
            failure = RequestError("unreachable", f"nobody answers at {url}: {error}")
        if time.monotonic() + wait_s > deadline:
            raise failure from None
        time.sleep(wait_s)
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)


def _object(data: bytes) -> dict[str, Any]:
    try:
        value: object = json.loads(data)
    except ValueError:
        value = data.decode(errors="replace")
    if not isinstance(value, dict):
        raise RequestError("unexpected-answer", f"the facade answers with an object; got {show(value)}")
    return value


def _refused(error: urllib.error.HTTPError) -> RequestError:
    try:
        problem = json.loads(error.read())
        return RequestError(str(problem["code"]), str(problem["detail"]), error.code)
    except (ValueError, TypeError, KeyError, OSError):
        return RequestError("unexpected-answer", f"HTTP {error.code}: {error.reason}", error.code)


def _seconds(text: str | None, otherwise: float) -> float:
    return float(text) if text is not None and text.isdigit() else otherwise
