"""The API server's clock, which stamps objects and audit events."""

from __future__ import annotations

from kubernetes import client

from harness.cluster.answering import answering
from harness.errors import TargetError
from harness.facts.clocks import Reading, of_date

_TIMEOUT_S = 5


def api_time(api: client.ApiClient) -> Reading:
    """The API server's time, to the second. Raises TargetError."""
    request = api.param_serialize("GET", "/version", header_params={}, auth_settings=["BearerToken"])
    with answering("its time"):
        answer = api.call_api(*request, _request_timeout=_TIMEOUT_S)
        answer.read()
    try:
        return of_date(answer.headers.get("Date", ""))
    except ValueError as error:
        raise TargetError(f"the API server did not tell its time: {error}") from error
