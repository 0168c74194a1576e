"""A stream held on a container that ends with the container's main process.

The API server forgets a pod that is killed seconds before its process is gone. The container runtime closes what is
attached to a container's output when the process that writes it has ended: that is the first sign to be had of it.
"""

from __future__ import annotations

import json

from kubernetes import client
from kubernetes.stream import stream
from kubernetes.stream.ws_client import ERROR_CHANNEL, V4_CHANNEL_PROTOCOL
from websocket import WebSocketException

from harness.cluster.answering import answering
from harness.errors import TargetError


class Lifeline:
    """Attached to one container from the start on. Making one raises TargetError when it cannot be attached to."""

    def __init__(self, api: client.ApiClient, namespace: str, pod: str, container: str) -> None:
        self._where = f"{namespace}/{pod}"
        self._ended = False
        # A client of its own: while a stream is opened, the client's other calls would be taken for streams too.
        own = client.ApiClient(api.configuration)
        # In this version of the protocol it is the kubelet that accepts the stream; in the next the API server does,
        # before it has asked the kubelet, which knows nothing any more of a pod that is deleted in between.
        own.set_default_header("sec-websocket-protocol", V4_CHANNEL_PROTOCOL)
        with answering(f"the output of {self._where}"):
            self._socket = stream(
                client.CoreV1Api(own).connect_get_namespaced_pod_attach,
                pod,
                namespace,
                container=container,
                stdin=False,
                stdout=True,
                stderr=False,
                tty=False,
                _preload_content=False,
            )

    def ended(self) -> bool:
        """Whether the process has ended. Raises TargetError when the stream ended for another reason."""
        if self._ended:
            return True
        try:
            self._socket.update(timeout=0)
        except (WebSocketException, OSError) as error:
            raise TargetError(f"the stream to {self._where} was cut: {error}", todo="make status") from error
        if self._socket.is_open():
            return False
        said = self._socket.read_channel(ERROR_CHANNEL)
        if not said or json.loads(said).get("status") != "Success":
            raise TargetError(f"the stream to {self._where} ended: {said or 'no reason given'}", todo="make status")
        self._ended = True
        return True

    def close(self) -> None:
        """Let go; a second time changes nothing."""
        self._socket.close()
