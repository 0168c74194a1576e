"""Single objects as the API server writes them, for what every run asks before its first injection.

CoreV1Api imports the models of some 250 kinds when it is first used: as long as all else that a run imports together.
"""

from __future__ import annotations

from typing import Any

import msgspec
from kubernetes import client
from kubernetes.client.exceptions import ApiException

_TIMEOUT_S = 5
_OK = 200


def read(api: client.ApiClient, path: str) -> dict[str, Any]:
    """The object at `path`, such as "/api/v1/namespaces/default". Raises what the client's own calls raise."""
    request = api.param_serialize(
        "GET", path, header_params={"Accept": "application/json"}, auth_settings=["BearerToken"]
    )
    answer = api.call_api(*request, _request_timeout=_TIMEOUT_S)
    body = answer.read()
    if answer.status != _OK:
        raise ApiException.from_response(http_resp=answer, body=body.decode(errors="replace"), data=None)
    return msgspec.json.decode(body, type=dict[str, Any])
