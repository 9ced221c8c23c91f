"""What `inspectd verify --config` says to the running service's page."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPException
from typing import Any

from inspectd.core.errors import CalibrationError, ConfigurationError, PublishError
from inspectd.settings.web import WebSettings

_ADDRESS = "/api/verification"
_TIMEOUT_S = 10.0
_POLL_S = 0.2
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - read here, bound elsewhere
_NOT_FOUND = 404
_CONFLICT = 409


def verify_on_line(
    web: WebSettings, timeout_s: float, tell: Callable[[str], None]
) -> dict[str, Any]:
    """Arm the verification, wait for its last part, and return its record.

    One that is running already is joined. `withheld` of the record: why nothing may pass all the
    same.

    `tell` hears how it goes on, for a person. CalibrationError where it cannot be armed or does
    not end in time; PublishError where the service does not answer.
    """
    try:
        return _end(web, _arm(web, tell), timeout_s, tell)
    except KeyboardInterrupt:
        left = 0
        with suppress(CalibrationError, ConfigurationError, PublishError):
            left = int(_ask(web, "GET", _ADDRESS)["left"])
        if left:
            tell(
                f"no longer waiting: the service still takes the next {left} parts for the gauge; "
                "nothing passes until then"
            )
        raise


def _arm(web: WebSettings, tell: Callable[[str], None]) -> dict[str, Any]:
    """What the service says of the verification that has begun, or of the one that is running."""
    try:
        return _ask(web, "POST", _ADDRESS)
    except CalibrationError:
        found = _ask(web, "GET", _ADDRESS)
        if not found["left"]:
            raise
        tell("a verification is running already: waiting for its end")
        return found


def _end(
    web: WebSettings, armed: dict[str, Any], timeout_s: float, tell: Callable[[str], None]
) -> dict[str, Any]:
    """The record of the verification that is running, once it has ended."""
    before = armed["last"]
    give_up_s = time.monotonic() + timeout_s
    told = 0
    while True:
        found = _ask(web, "GET", _ADDRESS)
        left = int(found["left"])
        if found["last"] != before and not left:
            return {**found["last"], "withheld": found["withheld"]}
        if left and left != told:
            told = left
            tell(f"lay the gauge in: {left} parts to come")
        if time.monotonic() > give_up_s:
            msg = (
                f"{left} of {found['parts']} parts have not come within {timeout_s:g} s: the "
                "service still takes the next parts for the gauge; nothing passes until then"
            )
            raise CalibrationError(msg)
        time.sleep(_POLL_S)


def acknowledge(web: WebSettings) -> None:
    """Acknowledge a failed verification. CalibrationError where that is not accepted."""
    _ask(web, "POST", f"{_ADDRESS}/acknowledge")


def _ask(web: WebSettings, method: str, path: str) -> dict[str, Any]:
    host = _EVERYWHERE.get(web.host, web.host)
    address = f"http://{f'[{host}]' if ':' in host else host}:{web.port}{path}"
    request = urllib.request.Request(
        address,
        data=b"{}" if method == "POST" else None,
        headers={"Content-Type": "application/json"},
        method=method,
    )
    # The page is on this line's own network: no proxy knows it.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_TIMEOUT_S) as answer:
            found = _document(json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(error) from None
    except (OSError, ValueError, HTTPException) as error:
        why = " ".join(str(getattr(error, "reason", error)).split())
        msg = f"no service answers at {address} ({why}): start it, or mend [web] in the settings"
        raise PublishError(msg) from None
    return found


def _document(found: object) -> dict[str, Any]:
    """What the service says of its verification; ValueError where another program speaks."""
    if not isinstance(found, dict) or not {"left", "last"} <= found.keys():
        msg = "what answers there is another program"
        raise ValueError(msg)
    return found


def _refused(error: urllib.error.HTTPError) -> ConfigurationError | CalibrationError | PublishError:
    try:
        said = str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        said = f"HTTP status {error.code}"
    if error.code == _NOT_FOUND:
        return ConfigurationError(said)
    if error.code == _CONFLICT:
        return CalibrationError(said)
    return PublishError(f"the service refused: {said}")
