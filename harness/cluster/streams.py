"""Streams to and from containers, opened without the client's models: see harness.cluster.plain."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from kubernetes import client
from kubernetes.stream import stream
from kubernetes.stream.ws_client import V4_CHANNEL_PROTOCOL, WSClient

from harness.cluster.plain import pods

_TIMEOUT_S = 10


def attach(api: client.ApiClient, namespace: str, pod: str, container: str) -> WSClient:
    """A stream of what the container writes to its output, open as long as its process lives.

    Raises what the client's own calls raise.
    """
    query = {"container": container, "stdin": False, "stdout": True, "stderr": False, "tty": False}
    # In this version of the protocol it is the kubelet that accepts the stream; in the next the API server does,
    # before it has asked the kubelet, which knows nothing any more of a pod that is deleted in between.
    return stream(
        _Opening(api, V4_CHANNEL_PROTOCOL).get, _path(namespace, pod, "attach", query), _preload_content=False
    )


def output(api: client.ApiClient, namespace: str, pod: str, command: list[str]) -> str:
    """What `command` writes when it is run in the pod's first container. Raises what the client's own calls raise."""
    query = {"command": command, "stdin": False, "stdout": True, "stderr": False, "tty": False}
    return str(stream(_Opening(api).get, _path(namespace, pod, "exec", query), _request_timeout=_TIMEOUT_S))


def _path(namespace: str, pod: str, what: str, query: dict[str, Any]) -> str:
    said = {key: str(value).lower() if isinstance(value, bool) else value for key, value in query.items()}
    return f"{pods(namespace)}/{pod}/{what}?{urlencode(said, doseq=True)}"


class _Opening:
    """What the client's `stream` takes for one of its classes of calls: it puts its own in place of a request."""

    def __init__(self, api: client.ApiClient, protocol: str | None = None) -> None:
        # A client of its own: while a stream is opened, the client's other calls would be taken for streams too.
        self.api_client = client.ApiClient(api.configuration)
        self._headers = {"sec-websocket-protocol": protocol} if protocol else {}

    def get(self, path: str, *, _preload_content: bool, _request_timeout: float | None = None) -> Any:
        request = self.api_client.param_serialize(
            "GET", path, header_params=self._headers, auth_settings=["BearerToken"]
        )
        return self.api_client.call_api(*request, _request_timeout=_request_timeout).response
