"""The clock of anything that speaks HTTP."""

from __future__ import annotations

import requests

from harness.errors import TargetError
from harness.facts.clocks import AskTime, Reading, of_date

_TIMEOUT_S = 3.0


def http_clock(url: str) -> AskTime:
    """Asks whoever answers at `url` for its time, to the second."""
    session = requests.Session()

    def ask() -> Reading:
        try:
            return of_date(session.get(url, timeout=_TIMEOUT_S).headers["Date"])
        except (requests.RequestException, KeyError, ValueError) as error:
            raise TargetError(f"{url} did not tell its time: {error!r}", todo="make status") from error

    return ask
