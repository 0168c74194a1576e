"""The receiver of notifications: what PagerDuty, Slack and the developer's webhook were sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import requests

from harness.errors import TargetError

_CONNECT_TIMEOUT_S = 3.0


class Received(msgspec.Struct, frozen=True):
    """One request that the receiver kept. `received_at`: seconds since the epoch, by the receiver's clock."""

    seq: int
    received_at: float
    channel: str
    payload: dict[str, Any]


class Receiver:
    """A client of the receiver's read side."""

    def __init__(self, url: str) -> None:
        self.url = url

    def last_seq(self) -> int:
        """Sequence number of the newest request kept, 0 when there is none. Raises TargetError."""
        try:
            response = requests.get(f"{self.url}/notifications", params={"after": 0}, timeout=_CONNECT_TIMEOUT_S)
            response.raise_for_status()
            kept = msgspec.json.decode(response.content, type=list[Received])
        except (requests.RequestException, msgspec.MsgspecError) as error:
            raise TargetError(f"the receiver at {self.url} did not answer: {error}", todo="make status") from error
        return max((request.seq for request in kept), default=0)

    def stream(self, after: int) -> Iterator[Received]:
        """Requests after sequence number `after`, as they arrive, without end. Raises TargetError when cut off."""
        try:
            with requests.get(
                f"{self.url}/stream", params={"after": after}, stream=True, timeout=(_CONNECT_TIMEOUT_S, None)
            ) as response:
                response.raise_for_status()
                for line in response.iter_lines(chunk_size=1):
                    if line:
                        yield msgspec.json.decode(line, type=Received)
        except (requests.RequestException, msgspec.MsgspecError) as error:
            raise TargetError(f"the receiver's stream was cut: {error}") from error
        raise TargetError("the receiver ended the stream")
