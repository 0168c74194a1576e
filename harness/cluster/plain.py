"""Objects as the API server writes them, for what every run asks and says before its first injection.

The client's own classes import the models of the kinds they know, some 250 for CoreV1Api, and build validators of them
when they are first used: as long as all else that a run imports together.
"""

from __future__ import annotations

from typing import Any

import msgspec
from kubernetes import client
from kubernetes.client.exceptions import ApiException

_TIMEOUT_S = 5


def pods(namespace: str) -> str:
    """The path of a namespace's pods; a pod's own is a slash and its name more."""
    return f"/api/v1/namespaces/{namespace}/pods"


def read(api: client.ApiClient, path: str, *, timeout_s: int = _TIMEOUT_S) -> dict[str, Any]:
    """The object at `path`, such as "/api/v1/namespaces/default". Raises what the client's own calls raise."""
    return ask(api, "GET", path, timeout_s=timeout_s)


def ask(
    api: client.ApiClient, method: str, path: str, body: dict[str, Any] | None = None, *, timeout_s: int = _TIMEOUT_S
) -> dict[str, Any]:
    """The API server's answer to a request; the body of a PATCH is merged into the object.

    Raises what the client's own calls raise.
    """
    content = _answer(api, method, path, body, accept="application/json", timeout_s=timeout_s)
    return msgspec.json.decode(content, type=dict[str, Any])


def text(api: client.ApiClient, path: str, *, timeout_s: int = _TIMEOUT_S) -> str:
    """What is not an object, such as a log, at `path`. Raises what the client's own calls raise."""
    return _answer(api, "GET", path, None, accept="*/*", timeout_s=timeout_s).decode(errors="replace")


def _answer(
    api: client.ApiClient, method: str, path: str, body: dict[str, Any] | None, *, accept: str, timeout_s: int
) -> bytes:
    headers = {"Accept": accept}
    if body is not None:
        headers["Content-Type"] = "application/merge-patch+json" if method == "PATCH" else "application/json"
    request = api.param_serialize(method, path, header_params=headers, body=body, auth_settings=["BearerToken"])
    answer = api.call_api(*request, _request_timeout=timeout_s)
    content: bytes = answer.read()
    if not 200 <= answer.status <= 299:
        raise ApiException.from_response(http_resp=answer, body=content.decode(errors="replace"), data=None)
    return content
