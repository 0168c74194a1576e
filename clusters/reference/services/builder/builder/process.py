"""Runs a coroutine as a container's main process: settings errors told plainly, SIGTERM as cancellation."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any


def run(main: Coroutine[Any, Any, None]) -> int:
    """Returns 0 after SIGTERM or SIGINT; what `main` raises, it raises."""
    try:
        asyncio.run(_until_told(main))
    except asyncio.CancelledError:
        return 0
    return 0


async def _until_told(main: Coroutine[Any, Any, None]) -> None:
    task = asyncio.ensure_future(main)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    await task
