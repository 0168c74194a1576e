"""Pushes for a fault that acts on nothing else: connected, and sent together at a word."""

from __future__ import annotations

import threading

import requests

_TIMEOUT_S = 5.0
_HELD_S = 60.0


class Pushes:
    """`count` pushes of manifests that the registry will not take, so that nothing is left of them."""

    def __init__(self, registry: str, repository: str, count: int) -> None:
        self._url = f"{registry}/v2/"
        self._repository = repository
        self._go = threading.Event()
        self._connected = threading.Barrier(count + 1)
        for number in range(count):
            threading.Thread(target=self._push, args=(number,), name=f"push-{number}", daemon=True).start()
        self._connected.wait(_TIMEOUT_S)

    def go(self) -> None:
        """Send them."""
        self._go.set()

    def _push(self, number: int) -> None:
        with requests.Session() as session:
            session.get(self._url, timeout=_TIMEOUT_S)
            self._connected.wait(_TIMEOUT_S)
            if self._go.wait(_HELD_S):
                session.put(f"{self._url}{self._repository}/manifests/bench-{number}", data=b"{}", timeout=_TIMEOUT_S)
