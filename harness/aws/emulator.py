"""Refuses anything but the emulator."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import requests

from harness.errors import NotOurs, TargetError

_TIMEOUT_S = 5
_HERE = re.compile(r"127\.0\.0\.1|localhost|::1")
_IN_CLUSTER = re.compile(r"[a-z0-9-]+\.[a-z0-9-]+\.svc\.cluster\.local")
"""A Service of the cluster that the asking process itself runs in."""


def refuse_elsewhere(endpoint: str, *, inside: bool = False) -> None:
    """Raise NotOurs unless `endpoint` is on this machine; `inside` the cluster, where the watchdog is, unless it is a
    Service of that cluster."""
    host = urlsplit(endpoint).hostname or ""
    if not (_IN_CLUSTER if inside else _HERE).fullmatch(host):
        where = "in this cluster" if inside else "on this machine"
        raise NotOurs(f"AWS endpoint {endpoint} is not {where}", todo="only the emulator is ever spoken to")


def refuse_other_than_emulator(endpoint: str, *, inside: bool = False) -> None:
    """Raise NotOurs unless `endpoint` is where it may be (see `refuse_elsewhere`) and answers as moto does.

    Raises TargetError when nothing answers.
    """
    refuse_elsewhere(endpoint, inside=inside)
    try:
        # Moto's own settings: unlike a dump of its state, as soon answered after a thousand builds as after one.
        # Somebody else's answer, reached through a redirect, proves nothing of this endpoint.
        answer = requests.get(f"{endpoint}/moto-api/config", timeout=_TIMEOUT_S, allow_redirects=False)
        # It says 201 to being asked.
        told = answer.json() if answer.status_code in (requests.codes.ok, requests.codes.created) else None
        emulator = isinstance(told, dict) and "batch" in told
    except (requests.ConnectionError, requests.Timeout) as error:
        raise TargetError(f"the AWS emulator at {endpoint} does not answer", todo="make up") from error
    except (requests.RequestException, ValueError):
        emulator = False
    if not emulator:
        raise NotOurs(f"what answers at {endpoint} is not the AWS emulator", todo="make up")
