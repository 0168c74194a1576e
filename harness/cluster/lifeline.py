"""A stream held on a container that ends with the container's main process.

The API server forgets a pod that is killed seconds before its process is gone. The container runtime closes what is
attached to a container's output when the process that writes it has ended: that is the first sign to be had of it.
"""

from __future__ import annotations

import json

from kubernetes import client
from kubernetes.stream.ws_client import ERROR_CHANNEL
from websocket import WebSocketException

from harness.cluster.answering import answering
from harness.cluster.streams import attach
from harness.errors import TargetError


class Lifeline:
    """Attached to one container from the start on. Making one raises TargetError when it cannot be attached to."""

    def __init__(self, api: client.ApiClient, namespace: str, pod: str, container: str) -> None:
        self._where = f"{namespace}/{pod}"
        self._ended = False
        with answering(f"the output of {self._where}"):
            self._socket = attach(api, namespace, pod, container)

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
