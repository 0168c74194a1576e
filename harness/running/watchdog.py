"""The watchdog: a process in the target's cluster that heals what no runner answers for any more.

    python -m harness.running.watchdog <profile> <port>

It looks at the leases, heals each fault whose lease has expired, and writes one JSON line for each. An error is
written too, and tried again. `GET /healthz` at the port answers 200 while it is able to look and to heal.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import FrameType
from typing import Any

import msgspec

from harness.errors import HarnessError, UsageError
from harness.extensions import fault_lookup, target_for
from harness.faults.fault import FaultLookup
from harness.faults.ledger import heal_expired
from harness.target import Leases, Target

EVERY_S = 2.0
"""Between two looks: an expired lease is noticed that late at most."""
RETRY_S = 5.0
"""Between two looks after one that failed."""
_FRESH_S = 15.0
"""A look older than this says that looking does not work: a silent API server is given up on after 5 s."""

Say = Callable[[str, dict[str, str]], None]
"""Writes what happened: an event's name and its particulars."""


class Watchdog:
    """Looks at `leases`; `connect` makes the target anew for each healing, since its credentials may have changed."""

    def __init__(self, leases: Leases, connect: Callable[[], Target], lookup: FaultLookup, say: Say) -> None:
        self._leases = leases
        self._connect = connect
        self._lookup = lookup
        self._say = say
        self._looked_at: float | None = None

    def look(self) -> bool:
        """Heal what has expired; False when something is left to be tried again."""
        well = True
        try:
            if any(lease.expired for lease in self._leases.all()):
                target = self._connect()
                target.guard()
                for healing in heal_expired(self._leases, target, self._lookup):
                    self._say("not-healed" if healing.error else "healed", msgspec.to_builtins(healing))
                    well = well and not healing.error
        except HarnessError as error:
            self._say("look-failed", {"error": f"{type(error).__name__}: {error}"})
            return False
        self._looked_at = time.monotonic()
        return well

    @property
    def able(self) -> bool:
        """Whether a look has succeeded lately."""
        return self._looked_at is not None and time.monotonic() - self._looked_at < _FRESH_S


def serve(watchdog: Watchdog, port: int) -> ThreadingHTTPServer:
    """Answer GET /healthz at `port` on a thread that ends with the process."""

    class Health(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" and watchdog.able else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            return

    server = ThreadingHTTPServer(("", port), Health)
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server


def main(arguments: list[str]) -> None:
    """Look until SIGTERM. Raises UsageError for a wrong call or profile."""
    try:
        profile, port = Path(arguments[0]), int(arguments[1])
    except (IndexError, ValueError) as error:
        raise UsageError(f"{arguments} is not a profile and a port") from error
    # A heal that is cut off keeps its lease, and healing twice is harmless: there is nothing to wait for.
    signal.signal(signal.SIGTERM, _end)

    def connect() -> Target:
        return target_for(profile, Path.cwd(), inside=True)

    watchdog = Watchdog(connect().leases, connect, fault_lookup(), _say)
    serve(watchdog, port)
    _say("watching", {"profile": str(profile)})
    while True:
        time.sleep(EVERY_S if watchdog.look() else RETRY_S)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def _say(event: str, particulars: dict[str, str]) -> None:
    line = {"at": round(time.time(), 3), "event": event, **{key: text for key, text in particulars.items() if text}}
    sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
