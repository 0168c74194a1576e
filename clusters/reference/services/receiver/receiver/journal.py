"""Every notification in the order it came, in memory and as lines of a file that outlives the process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec


class Notification(msgspec.Struct, frozen=True):
    """One accepted request. `seq` counts from 1; `received_at` is unix seconds."""

    seq: int
    received_at: float
    channel: str  # pagerduty, slack, developer
    payload: dict[str, Any]
    idempotency_key: str = ""


class Journal:
    """Append-only. A process that starts on an existing file goes on where that ended."""

    def __init__(self, path: Path) -> None:
        self._notifications: list[Notification] = []
        if path.exists():
            for line in path.read_bytes().splitlines():
                try:
                    self._notifications.append(msgspec.json.decode(line, type=Notification))
                except msgspec.DecodeError:
                    # The line that a killed process did not finish.
                    break
        complete = b"".join(msgspec.json.encode(each) + b"\n" for each in self._notifications)
        path.write_bytes(complete)
        self._file: BinaryIO = path.open("ab", buffering=0)
        self._keys = {each.idempotency_key for each in self._notifications if each.idempotency_key}
        self._grown = asyncio.Condition()

    async def append(self, channel: str, payload: dict[str, Any], idempotency_key: str = "") -> bool:
        """Keep a notification. False if one with this key is there already."""
        if idempotency_key in self._keys:
            return False
        if idempotency_key:
            self._keys.add(idempotency_key)
        notification = Notification(len(self._notifications) + 1, time.time(), channel, payload, idempotency_key)
        self._notifications.append(notification)
        self._file.write(msgspec.json.encode(notification) + b"\n")
        async with self._grown:
            self._grown.notify_all()
        return True

    def after(self, seq: int) -> list[Notification]:
        """All with a higher sequence number."""
        return self._notifications[max(seq, 0) :]

    async def follow(self, seq: int) -> AsyncIterator[list[Notification]]:
        """What `after` gives, then what comes, as it comes, without end."""
        while True:
            async with self._grown:
                while len(self._notifications) <= seq:
                    await self._grown.wait()
            news = self.after(seq)
            seq += len(news)
            yield news
